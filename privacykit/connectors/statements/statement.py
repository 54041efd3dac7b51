"""
A statement compiled once and run on the driver's own cursor. Does I/O on a connection it is lent.

SQLAlchemy writes it; to run it through SQLAlchemy again and again would cost several times what the
database takes to find one person's few rows. Values keep the types that SQLAlchemy gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from sqlalchemy import BindParameter, Connection, Dialect, Executable
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TupleType

from privacykit.connectors.statements import drivers

Cells: TypeAlias = Sequence[Any]
"""What stands in the places of one parameter, one after another; see :func:`cells`."""

Values: TypeAlias = Mapping[str, Cells]
"""Parameter to its cells."""

NOTHING: Values = MappingProxyType({})
NO_LISTS: tuple[int, ...] = ()
"""The lengths of the lists of a statement that has none."""

Row: TypeAlias = Sequence[Any]
Ready: TypeAlias = tuple[str, drivers.Arguments]
_Process: TypeAlias = Callable[[Any], Any]


def cells(values: Sequence[Any]) -> Cells:
    """
    Return the cells of a list: of its values, tuples for several columns, one after another.

    The last one is repeated up to a power of two, so that few texts serve all lengths.
    """
    size = 1 << (len(values) - 1).bit_length()
    padded = [*values, *[values[-1]] * (size - len(values))]
    return list(chain.from_iterable(padded)) if isinstance(padded[0], tuple) else padded


@dataclass(frozen=True, slots=True)
class _Text:
    """
    The statement as the driver takes it, for lists of certain lengths.

    Attributes:
        sql: The text.
        fixed: What stands in places of no parameter at every run.
        takes: How cells are handed to the driver, where not as they are, by their number.
        pick: Puts all cells, those of the parameters and the fixed ones, into the text's order.
    """

    sql: str
    fixed: Sequence[Any]
    takes: Sequence[tuple[int, _Process]]
    pick: Callable[[list[Any]], drivers.Arguments]


class Statement:
    """
    A statement to be run many times.

    Attributes:
        names: Its parameters.
    """

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        self._statement = cast("Any", statement)
        self._dialect = drivers.writing(dialect)
        self._compiled: SQLCompiler = self._statement.compile(dialect=self._dialect)
        # Whoever wrote it met them all: to look for them once more takes half as long again.
        found = _filled(self._compiled.binds.values())
        self.names = tuple(found)
        self._lists = {name: _width(item) for name, item in found.items() if item.expanding}
        self._listed = [place for place, name in enumerate(found) if name in self._lists]
        self._texts: dict[tuple[int, ...], _Text] = {}
        self._gives: list[tuple[int, _Process]] | None = None

    def fetch(self, connection: Connection, values: Values, given: Values = NOTHING) -> list[Row]:
        """Return all rows."""
        with drivers.cursor(connection) as cursor:
            cursor.execute(*self.ready(values, given))
            return self.made(cursor, cursor.fetchall())

    def change(self, connection: Connection, values: Values, given: Values = NOTHING) -> int:
        """Return how many rows were changed."""
        with drivers.cursor(connection) as cursor:
            cursor.execute(*self.ready(values, given))
            return drivers.changed(cursor)

    def run(self, cursor: drivers.Cursor, row: Mapping[str, Any]) -> drivers.Cursor:
        """Run with the values of *row*, no lists among them, on a *cursor*; return that."""
        every = list(map(row.__getitem__, self.names))
        text = self._texts.get(NO_LISTS)
        if text is None:
            cells = {name: [value] for name, value in zip(self.names, every, strict=True)}
            text = self._texts[NO_LISTS] = self._write(cells)
        cursor.execute(*_placed(text, every))
        return cursor

    def change_each(self, connection: Connection, values: Values, each: Sequence[Values]) -> int:
        """Run once for each of *each*, one after another; return how many rows were changed."""
        if not each:
            return 0
        ready = [self.ready(values, given) for given in each]
        with drivers.cursor(connection) as cursor:
            cursor.executemany(ready[0][0], [arguments for _, arguments in ready])
            return drivers.changed(cursor)

    def stream(self, connection: Connection, values: Values) -> Iterator[Row]:
        """Yield all rows, in constant memory."""
        for cursor, page in drivers.pages(connection, *self.ready(values)):
            yield from self.made(cursor, page)

    def ready(self, values: Values, given: Values = NOTHING) -> Ready:
        """Return text and arguments as the driver takes them; *given* goes before *values*."""
        parts = [given[name] if name in given else values[name] for name in self.names]
        lengths = tuple([len(parts[place]) for place in self._listed])
        text = self._texts.get(lengths)
        if text is None:
            text = self._texts[lengths] = self._write(dict(zip(self.names, parts, strict=True)))
        return _placed(text, [*chain.from_iterable(parts)])

    def _write(self, values: Values) -> _Text:
        given = {name: self._listing(name, values[name]) for name in self.names}
        state = self._compiled.construct_expanded_state(given)
        spread = [state.parameter_expansion.get(name, [name]) for name in self.names]
        ours = list(chain.from_iterable(spread))
        filled = {*ours, *self.names}
        fixed = {n: v for n, v in state.parameters.items() if n not in filled}
        fixed |= {n: state.processors[n](v) for n, v in fixed.items() if n in state.processors}
        takes = [(n, state.processors[p]) for n, p in enumerate(ours) if p in state.processors]
        pick = _picking([*ours, *fixed], state.positiontup)
        return _Text(state.statement, list(fixed.values()), takes, pick)

    def _listing(self, name: str, found: Cells) -> Any:  # noqa: ANN401 - a value, or a list
        if name not in self._lists:
            return found[0]
        width = self._lists[name]
        return found if width is None else list(zip(*[iter(found)] * width, strict=True))

    def made(self, cursor: Any, rows: list[Row]) -> list[Row]:  # noqa: ANN401 - a driver's own
        """
        Return *rows* of a driver with the values that SQLAlchemy makes of them.

        What is no value of its column's type, as SQLite may hold it, stays as it came.
        """
        if self._gives is None:
            self._gives = self._processes(cursor.description)
        if not self._gives:
            return rows
        made = [list(row) for row in rows]
        for place, give in self._gives:
            for row in made:
                try:  # noqa: SIM105 - costs nothing where all is well
                    row[place] = give(row[place])
                except (ValueError, TypeError, ArithmeticError):
                    pass
        return [tuple(row) for row in made]

    def _processes(self, description: Sequence[Any]) -> list[tuple[int, _Process]]:
        """Return what SQLAlchemy does to a column's values, for the columns where it does."""
        found = []
        columns = self._statement.selected_columns
        for place, (column, told) in enumerate(zip(columns, description, strict=True)):
            kind = column.type.dialect_impl(self._dialect)
            give = kind.result_processor(self._dialect, told[1])
            if give is not None:
                found.append((place, give))
        return found


def _placed(text: _Text, every: list[Any]) -> Ready:
    """Return *text* and *every* cell of its parameters, as the driver takes them."""
    every += text.fixed
    for number, take in text.takes:
        every[number] = take(every[number])
    return text.sql, text.pick(every)


def parameters(statement: Executable) -> dict[str, BindParameter[Any]]:
    """Return the parameters of *statement* that each run fills, by name."""
    met = visitors.iterate(cast("Any", statement))
    return _filled(each for each in met if isinstance(each, BindParameter))


def _filled(met: Iterable[BindParameter[Any]]) -> dict[str, BindParameter[Any]]:
    return {each.key: each for each in met if not each.unique}


def _width(item: BindParameter[Any]) -> int | None:
    """Return of how many columns a list is; ``None`` for values that are no tuples."""
    return len(item.type.types) if isinstance(item.type, TupleType) else None


def _picking(
    places: Sequence[str], order: Sequence[str] | None
) -> Callable[[list[Any]], drivers.Arguments]:
    """Return what puts cells of *places* into *order*, or under their names where it is none."""
    if order is None:
        return lambda every: dict(zip(places, every, strict=True))
    at = {place: number for number, place in enumerate(places)}
    numbers = [at[place] for place in order]
    if numbers == list(range(len(places))):
        return lambda every: every
    if len(numbers) == 1:
        return lambda every: [every[numbers[0]]]
    return itemgetter(*numbers)
