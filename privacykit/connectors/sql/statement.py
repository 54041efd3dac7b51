"""
A statement compiled once and run on the driver's own cursor. Does I/O on a connection it is lent.

SQLAlchemy writes it; to run it through SQLAlchemy again and again would cost several times what the
database takes to find one person's few rows. Values keep the types that SQLAlchemy gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias, cast

from sqlalchemy import BindParameter, Connection, Dialect, Executable
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler

from privacykit.connectors.sql import drivers

Values: TypeAlias = Mapping[str, Any]
"""Parameter to its value; to a list of values, tuples for several columns, where it takes one."""

Row: TypeAlias = Sequence[Any]
_Process: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Text:
    """
    The statement as the driver takes it, for lists of certain lengths.

    Attributes:
        sql: The text.
        order: The names of its places, one after another; ``None`` where the driver goes by name.
        spread: Parameter to the names of its places.
        fixed: What stands in the other places at every run.
        takes: How values are handed to the driver, where not as they are.
    """

    sql: str
    order: Sequence[str] | None
    spread: Mapping[str, Sequence[str]]
    fixed: Mapping[str, Any]
    takes: Mapping[str, _Process]

    def arguments(self, values: Mapping[str, Sequence[Any]]) -> drivers.Arguments:
        """Put *values*, one for each place of their parameter, into the order of the text."""
        placed = dict(self.fixed)
        for name, places in self.spread.items():
            placed.update(zip(places, values[name], strict=True))
        for name, take in self.takes.items():
            placed[name] = take(placed[name])
        return placed if self.order is None else [placed[name] for name in self.order]


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
        found = parameters(statement)
        self.names = tuple(found)
        self._lists = [name for name, item in found.items() if item.expanding]
        self._texts: dict[tuple[int, ...], _Text] = {}
        self._gives: list[tuple[int, _Process]] | None = None

    def fetch(self, connection: Connection, values: Values) -> list[Row]:
        """Return all rows."""
        with drivers.cursor(connection) as cursor:
            cursor.execute(*self._ready(values))
            return self._made(cursor, cursor.fetchall())

    def change(self, connection: Connection, values: Values) -> int:
        """Return how many rows were changed."""
        with drivers.cursor(connection) as cursor:
            cursor.execute(*self._ready(values))
            return drivers.changed(cursor)

    def stream(self, connection: Connection, values: Values) -> Iterator[Row]:
        """Yield all rows, in constant memory."""
        for cursor, page in drivers.pages(connection, *self._ready(values)):
            yield from self._made(cursor, page)

    def _ready(self, values: Values) -> tuple[str, drivers.Arguments]:
        filled: dict[str, Sequence[Any]] = {
            name: _filled(values[name]) if name in self._lists else (values[name],)
            for name in self.names
        }
        lengths = tuple(len(filled[name]) for name in self._lists)
        text = self._texts.get(lengths)
        if text is None:
            text = self._texts[lengths] = self._write(values, filled)
        return text.sql, text.arguments(filled)

    def _write(self, values: Values, filled: Mapping[str, Sequence[Any]]) -> _Text:
        given = {
            name: _padded(values[name]) if name in self._lists else values[name]
            for name in self.names
        }
        state = self._compiled.construct_expanded_state(given)
        spread = {name: state.parameter_expansion.get(name, [name]) for name in filled}
        ours = set(chain.from_iterable(spread.values()))
        takes = {name: take for name, take in state.processors.items() if name in ours}
        fixed = {n: v for n, v in state.parameters.items() if n not in ours and n not in filled}
        fixed |= {n: state.processors[n](v) for n, v in fixed.items() if n in state.processors}
        return _Text(state.statement, state.positiontup, spread, fixed, takes)

    def _made(self, cursor: Any, rows: list[Row]) -> list[Row]:  # noqa: ANN401 - a driver's own
        if self._gives is None:
            self._gives = self._processes(cursor.description)
        if not self._gives:
            return rows
        made = [list(row) for row in rows]
        for place, give in self._gives:
            for row in made:
                row[place] = give(row[place])
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


def parameters(statement: Executable) -> dict[str, BindParameter[Any]]:
    """Return the parameters of *statement* that each run fills, by name."""
    return {
        element.key: element
        for element in visitors.iterate(cast("Any", statement))
        if isinstance(element, BindParameter) and not element.unique
    }


def _padded(values: Sequence[Any]) -> list[Any]:
    """Repeat the last of *values* up to a power of two, so that few texts serve all lengths."""
    size = 1 << (len(values) - 1).bit_length()
    return [*values, *[values[-1]] * (size - len(values))]


def _filled(values: Sequence[Any]) -> list[Any]:
    padded = _padded(values)
    return list(chain.from_iterable(padded)) if isinstance(padded[0], tuple) else padded
