"""Copies of our own databases and of DuckDB sinks that somebody left beside them. Reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, NullPool, create_engine

from privacykit.errors import StoreError
from privacykit.verify.places.own import OwnDatabase
from privacykit.verify.places.place import Chance, StoredPlace, StoredRow
from privacykit.verify.places.sink_files import SinkDuckDB
from privacykit.verify.places.sql_tables import read_any_text

_ALIVE = ("-wal", "-shm", "-journal", ".wal", ".tmp")
"""What a database keeps beside itself while it is open: it is read with it."""
_CALLED = frozenset({".bak", ".backup", ".old", ".orig", ".copy", ".save"})
_SQLITE, _DUCKDB = b"SQLite format 3\0", b"DUCK"


class CopiedDatabase(OwnDatabase):
    """
    A copy of a SQLite database of ours, read as it lies there: nothing is made beside it.

    Args:
        name: As results name it.
        path: The copy.
        sink: The sink that it is of, where it is of one.
    """

    def __init__(self, name: str, path: Path, sink: str = "") -> None:
        # A copy of events is one file: its periods are copies of their own.
        super().__init__(name, "", "records", sink)
        self._path = path

    def opened(self) -> Engine:
        """Open it for reading; what is in a journal beside it is not seen."""
        file = quote(str(self._path.resolve()))
        engine = create_engine(f"sqlite:///file:{file}?immutable=1&uri=true", poolclass=NullPool)
        read_any_text(engine)
        return engine


class UnknownCopy:
    """
    What lies beside a database, is called after it and is none that can be opened.

    Args:
        place: The place that it is beside.
        path: The file.

    Attributes:
        name: As results name it.
        kinds: What its rows may be.
    """

    def __init__(self, place: OwnDatabase | SinkDuckDB, path: Path) -> None:
        self.name = f"{place.name}, {path.name}"
        self.kinds = place.kinds

    def rows(self, chance: Chance) -> Iterator[StoredRow]:  # noqa: ARG002 - the protocol's shape
        """
        Yield nothing.

        Raises:
            StoreError: Always.
        """
        raise StoreError("PK316 it lies beside the store, and is no database that can be opened")
        yield  # type: ignore[unreachable]  # pragma: no cover - it makes this a generator


def copies_beside(places: Iterable[StoredPlace]) -> Iterator[StoredPlace]:
    """Yield what lies beside each of *places* that is a file and is called after it."""
    seen: set[Path] = set()
    for place in places:
        if isinstance(place, OwnDatabase | SinkDuckDB):
            for file in place.files():
                for path in _called_after(file):
                    if path not in seen:
                        seen.add(path)
                        yield _copy(place, path)


def _called_after(file: Path) -> Iterator[Path]:
    if not file.parent.is_dir():
        return
    for path in sorted(file.parent.iterdir()):
        added = path.name.removeprefix(file.name)
        after = path.name.startswith(file.name) and added and added not in _ALIVE
        beside = path.stem == file.stem and path.suffix in _CALLED
        if (after or beside) and path.is_file() and path != file:
            yield path


def _copy(place: OwnDatabase | SinkDuckDB, path: Path) -> StoredPlace:
    try:
        with path.open("rb") as stream:
            head = stream.read(len(_SQLITE))
    except OSError:
        return UnknownCopy(place, path)
    name = f"{place.name}, {path.name}"
    if head == _SQLITE and isinstance(place, OwnDatabase):
        return CopiedDatabase(name, path, place.sink)
    if head[8:12] == _DUCKDB and isinstance(place, SinkDuckDB):
        return SinkDuckDB(place.sink, path, name)
    return UnknownCopy(place, path)
