"""
The application's own data: every table and file of the data map's datasets, mapped or not. Reads.

What the map does not name is read like what it names: what it says of a column only decides what
may stand there.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Engine

from privacykit.connectors.files.formats import kind_of, read_rows
from privacykit.connectors.files.tree import every_file
from privacykit.connectors.sql.catalogue.reflect import reflect
from privacykit.connectors.sql.database import check_there, guarded, open_database
from privacykit.errors import MissingExtraError, StoreError
from privacykit.pseudonym.texts.names import told_place
from privacykit.verify.places.place import ALL, Chance, PlaceKind, StoredRow
from privacykit.verify.places.sql_tables import read_any_text, table_rows

MAPPED = frozenset({PlaceKind.MAPPED})
LONGEST_LINE = 1 << 16


class MappedDatabase:
    """
    The tables of a dataset in a SQL database.

    Args:
        name: The dataset.
        url: Where it is.
        only: Its schema, where it is not the login's.
        named: Schemas that the map names.

    Attributes:
        name: As results name it.
        kinds: What its rows are.
    """

    kinds = MAPPED

    def __init__(
        self, name: str, url: str, only: str | None = None, named: frozenset[str] = frozenset()
    ) -> None:
        self.name = name
        self._url = url
        self._only = only
        self._named = named

    def rows(self, chance: Chance) -> Iterator[StoredRow]:
        """
        Yield the rows of every table in reach, copies such as materialised views too.

        Raises:
            StoreError: It is not there, or refused.
        """
        check_there(self._url)
        engine = open_database(self._url)
        read_any_text(engine)
        try:
            with guarded("reading the schema", engine):
                tables = reflect(engine, self._only, self._named).tables
            for name, table in tables.items():
                for values in table_rows(engine, table, chance):
                    yield StoredRow(self.name, name, PlaceKind.MAPPED, values)
        finally:
            _close(engine)


def _close(engine: Engine) -> None:
    engine.dispose()


class MappedFiles:
    """
    The files below a dataset's directory, of whatever format.

    Args:
        name: The dataset.
        folder: The directory.
        collections: Names of the map's collections.

    Attributes:
        name: As results name it.
        kinds: What its rows are.
    """

    kinds = MAPPED

    def __init__(self, name: str, folder: Path, collections: Iterable[str]) -> None:
        self.name = name
        self._folder = folder
        self._collections = tuple(sorted(collections, key=len, reverse=True))

    def rows(self, chance: Chance) -> Iterator[StoredRow]:
        """
        Yield the rows of every file: those of JSON lines, CSV and Parquet, lines of others.

        One that is not of its format is looked at by its lines, and said once all were shown.

        Raises:
            StoreError: A file or folder cannot be read, or is not of its format.
        """
        if not self._folder.is_dir():
            raise StoreError("PK316 the directory is not there")
        seen: set[Path] = set()
        broken: list[str] = []
        for path in sorted(every_file(self._folder, unfinished=True)):
            if not path.is_file() or (real := path.resolve()) in seen:
                continue
            seen.add(real)
            place = path.relative_to(self._folder).as_posix()
            table = self.collection_of(place) or place
            try:
                for values in file_rows(path, chance):
                    yield StoredRow(self.name, table, PlaceKind.MAPPED, values)
            except StoreError as error:
                broken.append(str(error))
                for values in _by_lines(path, chance):
                    yield StoredRow(self.name, table, PlaceKind.MAPPED, values)
        if broken:
            raise StoreError("; ".join(broken))

    def collection_of(self, place: str) -> str:
        """Return the collection of the map that the file *place* is of; empty where it is none."""
        first = place.partition("/")[0]
        for name in self._collections:
            begins = any(place.startswith(f"{name}{sign}") for sign in "._-")
            if first == name or begins:
                return name
        return ""


def file_rows(path: Path, chance: Chance) -> Iterator[Mapping[str, Any]]:
    """
    Yield the rows of the file *path*, with a line that is none of its format as it stands.

    Raises:
        StoreError: It cannot be read, or is not of its format.
    """
    share = ALL if chance.most is None else chance.share(_count(path))
    for values in _every(path):
        if share >= ALL or chance.takes(share):
            yield values


def _by_lines(path: Path, chance: Chance) -> Iterator[Mapping[str, Any]]:
    """Yield the lines of a file that is not of its format, as far as it can be read."""
    try:
        lines = sum(1 for _ in _lines(path))
        share = chance.share(lines)
        yield from ({"line": line} for line in _lines(path) if chance.takes(share))
    except (OSError, EOFError, ValueError):
        return


def _count(path: Path) -> int:
    return sum(1 for _ in _every(path))


def _every(path: Path) -> Iterator[Mapping[str, Any]]:
    name = told_place(path.name)
    try:
        if not kind_of(path):
            for line in _lines(path):
                yield {"line": line}
            return
        for record in read_rows(path):
            yield record.values or ({"line": record.raw} if record.raw.strip() else {})
    except (MissingExtraError, StoreError) as error:
        raise StoreError(f"PK316 {name}: {error}") from None
    except (OSError, EOFError, ValueError) as error:
        raise StoreError(f"PK316 {name} cannot be read ({type(error).__name__})") from None


def _lines(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file of any kind, in pieces where one is long, unpacked by gzip."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    with cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb") as stream:
        while line := stream.readline(LONGEST_LINE):
            yield line.rstrip(b"\r\n")
