"""
Statements built once and filled anew: whose rows is a parameter, never part of the text. Pure.

Building an expression costs more than running it, so a connector keeps each statement it has built
and hands in the person, the keys of the batch and the cut-offs at every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Executable, bindparam, tuple_

from privacykit.connectors.sql.statement import Row, Statement, parameters
from privacykit.govern.connector import Context

Source = Callable[[Context], Any]
Build = Callable[[], Executable]

KEYS = "privacykit_keys"
"""The parameter that takes the keys of a batch."""

MOST_STATEMENTS = 2000
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Binds:
    """
    The parameters of one family of statements and where their values come from.

    Args:
        fixed: Whose values to write into the statements at once, for statements that are run by
            other means than this.
    """

    def __init__(self, fixed: Context | None = None) -> None:
        self._fixed = fixed
        self._sources: dict[str, Source] = {}
        self._labels: dict[str, str] = {}
        self._statements: dict[tuple[object, ...], Statement] = {}
        self._filled: tuple[Context | None, dict[str, Any]] = (None, {})

    def many(self, name: str, source: Source, width: int = 1) -> BindParameter[Any]:
        """Return a parameter for a list of *width* columns, filled by *source* at every run."""
        # For an empty list SQLAlchemy writes nested selects, too deep for SQLite's parser. What
        # is compared with nothing is unknown, and unknown is untrue.
        nobody = [None] if width == 1 else [(None,) * width]

        def filled(context: Context) -> Any:  # noqa: ANN401 - a list of values
            return source(context) or nobody

        if self._fixed is not None:
            return bindparam(name, filled(self._fixed), expanding=True, unique=True)
        return bindparam(self._label(name, filled), expanding=True)

    def one(self, name: str, source: Source) -> BindParameter[Any]:
        """Return a parameter for one value, filled by *source* at every run."""
        if self._fixed is not None:
            return bindparam(name, source(self._fixed), unique=True)
        return bindparam(self._label(name, source))

    def _label(self, name: str, source: Source) -> str:
        # Names of tables and columns hold what a parameter's name may not.
        label = self._labels.setdefault(name, f"privacykit_{len(self._labels)}")
        self._sources[label] = source
        return label

    def fetch(
        self,
        connection: Connection,
        name: tuple[object, ...],
        build: Build,
        context: Context,
        given: Mapping[str, Any] = NOTHING,
    ) -> list[Row]:
        """
        Return the rows of the statement *name*, built by *build* the first time.

        Args:
            connection: Where.

            name: Names the statement within the family.

            build: Builds it.

            context: Fills its parameters.

            given: Parameters of this run alone: :data:`KEYS` and values written.
        """
        statement = self._kept(connection, name, build)
        return statement.fetch(connection, {**self._values(statement, context), **given})

    def change(
        self,
        connection: Connection,
        name: tuple[object, ...],
        build: Build,
        context: Context,
        given: Mapping[str, Any] = NOTHING,
    ) -> int:
        """Run the statement *name* and return how many rows it changed."""
        statement = self._kept(connection, name, build)
        return statement.change(connection, {**self._values(statement, context), **given})

    def stream(
        self, connection: Connection, name: tuple[object, ...], build: Build, context: Context
    ) -> Iterator[Row]:
        """Yield the rows of the statement *name* in constant memory."""
        statement = self._kept(connection, name, build)
        return statement.stream(connection, self._values(statement, context))

    def once(
        self, connection: Connection, statement: Executable, context: Context, keys: Sequence[Any]
    ) -> Any:  # noqa: ANN401 - SQLAlchemy's result
        """Execute a statement that is not kept, for it holds values of its own."""
        names = parameters(statement)
        values = {n: keys if n == KEYS else self._sources[n](context) for n in names}
        return connection.execute(statement, values)

    def _kept(self, connection: Connection, name: tuple[object, ...], build: Build) -> Statement:
        if name not in self._statements:
            if len(self._statements) > MOST_STATEMENTS:
                self._statements.clear()
            self._statements[name] = Statement(build(), connection.dialect)
        return self._statements[name]

    def _values(self, statement: Statement, context: Context) -> dict[str, Any]:
        """Return the values that come from *context*; those of one context are looked up once."""
        if self._filled[0] is not context:
            self._filled = (context, {})
        filled = self._filled[1]
        for name in statement.names:
            if name not in filled and name in self._sources:
                filled[name] = self._sources[name](context)
        return filled


def within(
    columns: Sequence[ColumnElement[Any]], values: BindParameter[Any]
) -> ColumnElement[bool]:
    """Say that *columns* are one of *values*: scalars for one column, else tuples."""
    return (columns[0] if len(columns) == 1 else tuple_(*columns)).in_(values)
