"""Sets of rows said once in a statement, under a name, where the database lets us. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy import CTE, CompoundSelect, FromClause, Select

from privacykit.connectors.sql.ownership.nested import label

Rows: TypeAlias = Select[Any] | CompoundSelect[Any]


class NamedSets:
    """
    The sets of one family of statements.

    Attributes:
        inline: Whether the database takes common table expressions inside subqueries only: then
            a set is written out wherever it is asked for.
    """

    def __init__(self, *, inline: bool) -> None:
        self.inline = inline
        self._selects: dict[tuple[str, str], Rows] = {}
        self._named: dict[tuple[str, str], CTE] = {}

    def get(self, name: str, kind: str) -> FromClause | None:
        """Return the set of that name and kind, if there is one."""
        known = (name, kind) in self._selects
        return self.made(name, kind, lambda: self._selects[name, kind]) if known else None

    def made(self, name: str, kind: str, make: Callable[[], Rows]) -> FromClause:
        """Return the set of that name and kind, of the rows that *make* returns the first time."""
        place = (name, kind)
        if place not in self._selects:
            self._selects[place] = make()
        if self.inline:
            return self._selects[place].subquery()
        return self.walked(name, kind, lambda: self._selects[place].cte(label(name)))

    def walked(self, name: str, kind: str, make: Callable[[], CTE]) -> CTE:
        """Return the expression of that name and kind, as *make* returns it the first time."""
        if self.inline:
            return make()
        if (name, kind) not in self._named:
            self._named[name, kind] = make()
        return self._named[name, kind]
