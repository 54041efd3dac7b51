"""
Sinks that keep events in files of this machine, read back: JSON lines, DuckDB, objects. Reads.

Whatever lies in a sink's folder is read, by whatever name: a copy that somebody made ends with
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from privacykit.collect.events.format import Event
from privacykit.connectors.files.tree import every_file
from privacykit.errors import MissingExtraError, StoreError
from privacykit.verify.places.mapped import file_rows
from privacykit.verify.places.own import body_of
from privacykit.verify.places.place import ALL, Chance, KeptEvent, PlaceKind, StoredRow

SINK = frozenset({PlaceKind.SINK})
_ENVELOPE = ("id", "site", "purpose", "visitor", "expires_at")
_OUTER = tuple(name for name in Event.__struct_fields__ if name != "data")


class SinkFiles:
    """
    A sink's files: every one in its folder, rotated, copied and unfinished ones too.

    Args:
        sink: The sink's name.
        folder: Where they are.
        stem: What the names of its own begin with; empty where any may.
        others: Folders and stems of other sinks, whose files are read as theirs.
        alone: Whether only what begins with *stem* is the sink's, since the folder holds all sorts.

    Attributes:
        name: As results name it.
        kinds: What its rows are.
    """

    kinds = SINK

    def __init__(
        self,
        sink: str,
        folder: Path,
        stem: str = "",
        others: Sequence[tuple[Path, str]] = (),
        *,
        alone: bool = False,
    ) -> None:
        self.name = f"sink {sink}"
        self._sink = sink
        self._folder = folder
        self._stem = stem
        self._others = others
        self._alone = alone

    def rows(self, chance: Chance) -> Iterator[StoredRow]:
        """
        Yield what stands in each file.

        Raises:
            StoreError: A file cannot be read.
        """
        if not self._folder.is_dir():
            raise StoreError("PK316 the folder is not there")
        for path in sorted(every_file(self._folder, unfinished=True)):
            if not path.is_file() or not self._is_ours(path):
                continue
            place = path.relative_to(self._folder).as_posix()
            for values in file_rows(path, chance):
                yield event_row(self.name, place, self._sink, values)

    def _is_ours(self, path: Path) -> bool:
        named = path.name.startswith(self._stem)
        if self._alone:
            return named and path.parent == self._folder
        longest = len(self._stem) if named and path.parent == self._folder else -1
        return not any(
            path.is_relative_to(folder) and path.name.startswith(stem) and len(stem) > longest
            for folder, stem in self._others
        )


class SinkDuckDB:
    """
    A sink's DuckDB file.

    Args:
        sink: The sink's name.
        path: The file.
        name: As results name it; after the sink by default.

    Attributes:
        name: As results name it.
        kinds: What its rows are.
        sink: The sink's name.
    """

    kinds = SINK

    def __init__(self, sink: str, path: Path, name: str = "") -> None:
        self.name = name or f"sink {sink}"
        self.sink = sink
        self._path = path

    def files(self) -> Iterator[Path]:
        """Yield the file."""
        yield self._path

    def rows(self, chance: Chance) -> Iterator[StoredRow]:
        """
        Yield the rows of every table in the file.

        Raises:
            StoreError: It is not there, or another program has it open.
        """
        try:
            import duckdb
        except ImportError:
            raise StoreError(f"PK316 {MissingExtraError('duckdb', 'reading it')}") from None
        if not self._path.exists():
            raise StoreError("PK316 the file is not there")
        try:
            with duckdb.connect(str(self._path), read_only=True) as store:
                for (table,) in store.execute("select table_name from duckdb_tables()").fetchall():
                    yield from self._table(store, str(table), chance)
        except duckdb.Error as error:
            raise StoreError(f"PK316 DuckDB answered {type(error).__name__}") from None

    def _table(self, store: Any, table: str, chance: Chance) -> Iterator[StoredRow]:  # noqa: ANN401 - a library without types
        quoted = '"' + table.replace('"', '""') + '"'
        (total,) = store.execute(f"select count(*) from {quoted}").fetchone()  # noqa: S608 - quoted
        share = chance.share(int(total))
        found = store.cursor().execute(f"select * from {quoted}")  # noqa: S608 - quoted
        names = [column[0] for column in found.description]
        while rows := found.fetchmany(500):
            for row in rows:
                if share >= ALL or chance.takes(share):
                    values = dict(zip(names, row, strict=True))
                    yield event_row(self.name, table, self.sink, values)


def event_row(place: str, table: str, sink: str, values: Mapping[str, Any]) -> StoredRow:
    """Return a row that may be an event: as it was sent, as a line of text, or in columns."""
    body = values
    if "line" in values and len(values) == 1:
        body = body_of(values["line"])
    if "data" not in body and "expires_at" in body and "purpose" in body:
        outer = {name: body[name] for name in _OUTER if name in body}
        inner = {name: value for name, value in body.items() if name not in outer}
        body = {**outer, "data": inner}
    data = body.get("data")
    if not isinstance(data, Mapping):
        return StoredRow(place, table, PlaceKind.SINK, values)
    columns = {name: data[name] for name in _ENVELOPE if name in data}
    event = KeptEvent(body, {**columns, "id": body.get("id")}, (sink,))
    return StoredRow(place, table, PlaceKind.SINK, {"": body}, event)
