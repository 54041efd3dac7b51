"""
Statements built once and filled anew: whose rows is a parameter, never part of the text. Pure.

Building an expression costs more than running it, so a connector keeps each statement it has built
and hands in the person, the keys of the batch and the cut-offs at every run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    CursorResult,
    Executable,
    bindparam,
    tuple_,
)
from sqlalchemy.sql import visitors

from privacykit.govern.connector import Context

Source = Callable[[Context], Any]

KEYS = "privacykit_keys"
"""The parameter that takes the keys of a batch."""

MOST_STATEMENTS = 2000


class Binds:
    """
    The parameters of one family of statements and where their values come from.

    Args:
        fixed: Whose values to write into the statements at once, for statements that are run by
            other means than :meth:`run` and :meth:`once`.
    """

    def __init__(self, fixed: Context | None = None) -> None:
        self._fixed = fixed
        self._sources: dict[str, Source] = {}
        self._statements: dict[tuple[object, ...], tuple[Executable, tuple[str, ...]]] = {}

    def many(self, name: str, source: Source, width: int = 1) -> BindParameter[Any]:
        """Return a parameter for a list of *width* columns, filled by *source* at every run."""
        # For an empty list SQLAlchemy writes nested selects, too deep for SQLite's parser. What
        # is compared with nothing is unknown, and unknown is untrue.
        nobody = [None] if width == 1 else [(None,) * width]

        def filled(context: Context) -> Any:  # noqa: ANN401 - a list of values
            return source(context) or nobody

        if self._fixed is not None:
            return bindparam(name, filled(self._fixed), expanding=True, unique=True)
        self._sources[name] = filled
        return bindparam(name, expanding=True)

    def one(self, name: str, source: Source) -> BindParameter[Any]:
        """Return a parameter for one value, filled by *source* at every run."""
        if self._fixed is not None:
            return bindparam(name, source(self._fixed), unique=True)
        self._sources[name] = source
        return bindparam(name)

    def run(
        self,
        connection: Connection,
        name: tuple[object, ...],
        build: Callable[[], Executable],
        context: Context,
        keys: Sequence[Any] = (),
    ) -> CursorResult[Any]:
        """
        Execute the statement *name*, built by *build* the first time.

        Args:
            connection: Where.

            name: Names the statement within the family.

            build: Builds it.

            context: Fills its parameters.

            keys: Fills :data:`KEYS`.
        """
        if name not in self._statements:
            if len(self._statements) > MOST_STATEMENTS:
                self._statements.clear()
            statement = build()
            self._statements[name] = (statement, _names(statement))
        statement, names = self._statements[name]
        return self._execute(connection, statement, names, context, keys)

    def once(
        self,
        connection: Connection,
        statement: Executable,
        context: Context,
        keys: Sequence[Any] = (),
    ) -> CursorResult[Any]:
        """Execute a statement that is not kept, for it holds values of its own."""
        return self._execute(connection, statement, _names(statement), context, keys)

    def _execute(
        self,
        connection: Connection,
        statement: Executable,
        names: Sequence[str],
        context: Context,
        keys: Sequence[Any],
    ) -> CursorResult[Any]:
        values = {n: keys if n == KEYS else self._sources[n](context) for n in names}
        return cast("CursorResult[Any]", connection.execute(statement, values))


def _names(statement: Executable) -> tuple[str, ...]:
    found = {
        element.key
        for element in visitors.iterate(cast("Any", statement))
        if isinstance(element, BindParameter) and not element.unique
    }
    return tuple(sorted(found))


def within(
    columns: Sequence[ColumnElement[Any]], values: BindParameter[Any]
) -> ColumnElement[bool]:
    """Say that *columns* are one of *values*: scalars for one column, else tuples."""
    return (columns[0] if len(columns) == 1 else tuple_(*columns)).in_(values)
