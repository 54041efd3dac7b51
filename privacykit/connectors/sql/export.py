"""
A person's rows for export, other people's data redacted. Does I/O on a connection it is lent.

In a row of several people, what speaks of another one is not ours to hand out (GDPR Art. 15(4)):
their keys, the fields the map says are about them, identities that are not the person's. In a row
that the person only sees, every personal field that is not about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, select, true

from privacykit.connectors.sql.identified import identities_of
from privacykit.connectors.sql.values import plain
from privacykit.connectors.sql.whose import Whose
from privacykit.govern.connector import REDACTED, Context
from privacykit.govern.exporting import exported_fields
from privacykit.govern.treatment import structure


def rows(
    connection: Connection, whose: Whose, name: str, context: Context
) -> Iterator[Mapping[str, Any]]:
    """Yield one mapping a row, in key order."""
    place = ("export", name, context.given)
    export = whose.kept(place, lambda: _Export(whose, name, given=context.given))
    found = whose.binds.stream(connection, place, export.query, context)
    if not export.several:
        for row in found:
            yield dict(zip(export.names, row, strict=True))
        return
    mine = {identity.value.strip().lower() for identity in identities_of(context)}
    for row in found:
        yield export.redacted(row, mine)


class _Export:
    """
    How rows of one collection are read and shown, for any person.

    Attributes:
        names: The fields.
        several: Whether a row may speak of several people.
    """

    def __init__(self, whose: Whose, name: str, *, given: bool) -> None:
        self._whose, self._name = whose, name
        ownership, table = whose.ownership, whose.tables[name]
        fields = exported_fields(ownership.collections[name].fields, given=given)
        self._fields = {column: field for column, field in fields.items() if column in table.c}
        self.names = tuple(self._fields)
        several = ownership.may_be_shared(name) or ownership.may_be_accessed(name)
        self.several = several and whose.where is None
        self._ties = [tie for tie in ownership.ties[name] if tie.points]
        self._fixed = structure(ownership, name)

    def query(self) -> Select[Any]:
        """Build the statement."""
        whose, table = self._whose, self._whose.tables[self._name]
        flags = self._flags() if self.several else ()
        found = select(*(table.c[column] for column in self.names), *flags)
        return whose.among_mine(self._name, found).order_by(*whose.key(self._name, table))

    def _flags(self) -> Iterator[ColumnElement[Any]]:
        """Whether the row is theirs only to see, whether shared, which ties lead to the person."""
        whose, name, table = self._whose, self._name, self._whose.tables[self._name]
        owned = whose.owned(name, table) if whose.ownership.may_be_accessed(name) else true()
        leads = [whose.tied(tie, table) for tie in self._ties]
        for flag in (owned, whose.others(name, table), *leads):
            yield case((flag, 1), else_=0)

    def redacted(self, row: Sequence[Any], mine: AbstractSet[str]) -> dict[str, Any]:
        """Return *row* without what is somebody else's; *mine* are the person's identities."""
        values = dict(zip(self.names, row, strict=False))
        owned, shared, *leads = row[len(values) :]
        if owned and not shared:
            return values
        pairs = zip(self._ties, leads, strict=True)
        to_me = {column for tie, leads_to_me in pairs if leads_to_me for column in tie.columns}
        to_others = {column for tie in self._ties for column in tie.columns} - to_me
        for column, value in values.items():
            field = self._fields[column]
            is_mine = bool(field.identity) and str(plain(value)).strip().lower() in mine
            theirs = column in to_others or field.about in to_others
            if field.identity and not is_mine:
                theirs = theirs or column not in to_me
            if not owned and field.personal and field.about not in to_me:
                theirs = theirs or not (is_mine or column in self._fixed)
            if theirs and value is not None:
                values[column] = REDACTED
        return values
