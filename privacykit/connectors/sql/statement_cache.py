"""
Statements built once and filled anew: whose rows is a parameter, never part of the text. Pure.

Building an expression costs more than running it, so a connector keeps each statement it has built
and hands in the person, the keys of the batch and the cut-offs at every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Connection, Executable, bindparam, tuple_

from privacykit.connectors.statements.statement import (
    NOTHING,
    Cells,
    Row,
    Statement,
    Values,
    cells,
    parameters,
)
from privacykit.govern.erasure.ports.connector import Context, Subject

Source = Callable[[Context], Any]
Build = Callable[[], Executable]

KEYS = "privacykit_keys"
"""The parameter that takes the keys of a batch."""

MOST_STATEMENTS = 2000


class Filled(dict[str, Cells]):
    """
    The parameters of a family of statements, filled for one person: looked up when first asked for.

    One context, one object: what another thread asks for another person never gets in.

    Args:
        context: Whose.
        sources: Parameter to where its value comes from.
        lists: Those that take a list, which depends on the selection alone.
    """

    def __init__(
        self, context: Context, sources: Mapping[str, Source], lists: AbstractSet[str]
    ) -> None:
        super().__init__()
        self.context = context
        self._sources, self._lists = sources, lists

    def __missing__(self, name: str) -> Cells:
        value = self._sources[name](self.context)
        found = self[name] = cells(value) if name in self._lists else (value,)
        return found

    def at(self, context: Context) -> Filled:
        """Return the parameters for *context*: of the same people, lists are not made again."""
        if context is self.context:
            return self
        found = Filled(context, self._sources, self._lists)
        if context.selection is self.context.selection:
            known = list(self.items())  # at once: another thread may look one up
            found.update({name: value for name, value in known if name in self._lists})
        return found


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
        self._lists: set[str] = set()
        self._labels: dict[str, str] = {}
        self._statements: dict[tuple[object, ...], Statement] = {}
        self._filled: Filled | None = None

    def many(self, name: str, source: Source, width: int = 1) -> BindParameter[Any]:
        """Return a parameter for a list of *width* columns, filled by *source* at every run."""
        # For an empty list SQLAlchemy writes nested selects, too deep for SQLite's parser. What
        # is compared with nothing is unknown, and unknown is untrue.
        nobody = [None] if width == 1 else [(None,) * width]

        def filled(context: Context) -> Any:  # noqa: ANN401 - a list of values
            return source(context) or nobody

        if self._fixed is not None:
            return bindparam(name, filled(self._fixed), expanding=True, unique=True)
        label = self._label(name, filled)
        self._lists.add(label)
        return bindparam(label, expanding=True)

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
        given: Values = NOTHING,
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
        statement = self.statement(connection, name, build)
        return statement.fetch(connection, self.filled(context), given)

    def change(
        self,
        connection: Connection,
        name: tuple[object, ...],
        build: Build,
        context: Context,
        given: Values = NOTHING,
    ) -> int:
        """Run the statement *name* and return how many rows it changed."""
        statement = self.statement(connection, name, build)
        return statement.change(connection, self.filled(context), given)

    def change_each(
        self,
        connection: Connection,
        name: tuple[object, ...],
        build: Build,
        context: Context,
        each: Sequence[Values],
    ) -> int:
        """Run the statement *name* for each of *each*, all lists in it of one length."""
        statement = self.statement(connection, name, build)
        return statement.change_each(connection, self.filled(context), each)

    def stream(
        self, connection: Connection, name: tuple[object, ...], build: Build, context: Context
    ) -> Iterator[Row]:
        """Yield the rows of the statement *name* in constant memory."""
        statement = self.statement(connection, name, build)
        return statement.stream(connection, self.filled(context))

    def once(
        self, connection: Connection, statement: Executable, context: Context, keys: Sequence[Any]
    ) -> Any:  # noqa: ANN401 - SQLAlchemy's result
        """Execute a statement that is not kept, for it holds values of its own."""
        names = parameters(statement)
        values = {n: keys if n == KEYS else self._sources[n](context) for n in names}
        return connection.execute(statement, values)

    def statement(
        self, connection: Connection, name: tuple[object, ...], build: Build
    ) -> Statement:
        """Return the statement *name*, built by *build* the first time."""
        found = self._statements.get(name)
        if found is None:
            if len(self._statements) > MOST_STATEMENTS:
                self._statements.clear()
            found = self._statements[name] = Statement(build(), connection.dialect)
        return found

    def filled(self, context: Context) -> Filled:
        """Return the parameters as *context* fills them."""
        last = self._filled
        found = Filled(context, self._sources, self._lists) if last is None else last.at(context)
        self._filled = found
        return found


def within(
    columns: Sequence[ColumnElement[Any]], values: BindParameter[Any]
) -> ColumnElement[bool]:
    """Say that *columns* are one of *values*: scalars for one column, else tuples."""
    return (columns[0] if len(columns) == 1 else tuple_(*columns)).in_(values)


def shape_of(context: Context) -> bytes:
    """Return what statements depend on: all but the person's values, the clock and the keys."""
    selection: object = context.selection
    if isinstance(selection, Subject):
        finding_by = sorted((i.type, i.format, i.parts) for i in selection.identities)
        known = sorted({(i.type, i.format) for i in selection.known if not i.parts})
        selection = (finding_by, known)
    return msgspec.msgpack.encode((selection, context.holds))
