"""
Tables of a DuckDB file: rows go in one transaction; then the file is written anew. Does I/O.

A table of the schema ``main`` goes by its name, one of another by ``schema.table``. Views hold
nothing of their own and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from privacykit.connectors.lakehouse.duckdb.columns import ReadColumn, read_columns
from privacykit.connectors.lakehouse.duckdb.edits import CHANGED, change_rows
from privacykit.connectors.lakehouse.duckdb.file import (
    AttachedFile,
    DuckDBFile,
    FileState,
    quoted,
)
from privacykit.connectors.lakehouse.duckdb.query import condition_of, hides_numbers, rows_query
from privacykit.connectors.lakehouse.duckdb.renew import UNLIKE, is_copied_whole, renew, tables_of
from privacykit.connectors.lakehouse.rows.columns import mask_of
from privacykit.connectors.lakehouse.rows.sought import Wanted
from privacykit.connectors.lakehouse.tables import (
    Edited,
    Freed,
    LakeTables,
    Outlook,
    Scanned,
    StoredFile,
    taken,
)
from privacykit.errors import StoreError
from privacykit.govern.datamap.schema import ForeignKey

MAIN = "main"
ROWS = 50_000
"""Rows in memory at once."""

STEPS = ("all that lives copied into a new file, which takes the place of the old one",)
KEPT = "rows go in place; free blocks of the file hold them until it is written anew"
NOT_COPIED = (
    "rows go in place; free blocks of the file hold them, since a copy would lack its triggers, or"
    " rows that point at rows of their table"
)


class DuckDBTables(LakeTables):
    """
    The tables of a DuckDB file.

    Args:
        file: The file.
    """

    def __init__(self, file: DuckDBFile) -> None:
        self._file = file
        self._renewed: FileState | None = None

    def names(self) -> Sequence[str]:
        """
        Return the tables.

        Raises:
            StoreError: The file cannot be read, or two tables would have one name here.
        """
        with self._file.reading() as at:
            found = [_name(schema, table) for schema, table in tables_of(at.cursor, at.name)]
        if len(set(found)) < len(found):
            raise StoreError("a table of a DuckDB file is called like one of another schema")
        return sorted(found)

    @staticmethod
    def _table(at: AttachedFile, name: str) -> tuple[str, list[ReadColumn]]:
        """
        Return a table as SQL takes it, and its columns.

        Raises:
            StoreError: It is gone.
        """
        for schema, table in tables_of(at.cursor, at.name):
            if _name(schema, table) == name:
                place = quoted(at.name, schema, table)
                found = at.cursor.sql(f"SELECT * FROM {place}")  # noqa: S608 - quoted
                return place, read_columns(found.columns, found.types)
        raise StoreError(f"the table {name} of a DuckDB file is gone")

    def schema(self, name: str) -> Any:  # noqa: ANN401 - of Arrow
        """
        Return the columns of a table, in the types they are read in.

        Raises:
            StoreError: The file cannot be read.
        """
        import pyarrow as pa

        with self._file.reading() as at:
            place, columns = self._table(at, name)
            found = at.cursor.sql(f"{rows_query(place, columns)} LIMIT 0").to_arrow_table().schema
            return pa.schema([found.field(number) for number in range(1, len(found))])

    def foreign_keys(self, name: str) -> Sequence[ForeignKey]:
        """
        Return what a table points at; DuckDB takes no row away that is pointed at.

        Raises:
            StoreError: The file cannot be read.
        """
        with self._file.reading() as at:
            found = at.cursor.execute(_FOREIGN_KEYS, [at.name]).fetchall()
        return [
            ForeignKey(tuple(columns), _name(schema, target), tuple(others))
            for schema, table, columns, target, others in found
            if _name(schema, table) == name
        ]

    def fixed_columns(self, name: str) -> frozenset[str]:
        """
        Return the columns with an index: DuckDB changes no row at all under which one would move.

        Raises:
            StoreError: The file cannot be read.
        """
        with self._file.reading() as at:
            _, columns = self._table(at, name)
            keys = at.cursor.execute(_KEYS, [at.name]).fetchall()
            indexes = at.cursor.execute(_INDEXES, [at.name]).fetchall()
        mine = {it for schema, table, it in keys if _name(schema, table) == name}
        words = " ".join(text for schema, table, text in indexes if _name(schema, table) == name)
        said = set(re.findall(r"\w+", words))
        return frozenset(it.name for it in columns if it.name in mine or _words(it.name) <= said)

    def count(self, name: str) -> int:
        """
        Return the rows of a table.

        Raises:
            StoreError: The file cannot be read.
        """
        with self._file.reading() as at:
            place, _ = self._table(at, name)
            (rows,) = at.cursor.execute(f"SELECT count(*) FROM {place}").fetchone()  # noqa: S608 - quoted
            return int(rows)

    def scan(self, name: str, wanted: Wanted) -> Iterator[Scanned]:
        """
        Yield the rows that *wanted* may fit; DuckDB leaves out what it can.

        Raises:
            StoreError: The file cannot be read.
        """
        if wanted == ():
            return
        with self._file.reading() as at:
            yield from self._rows(at, name, wanted)

    def _rows(self, at: AttachedFile, name: str, wanted: Wanted) -> Iterator[Scanned]:
        place, columns = self._table(at, name)
        condition, tables = condition_of(wanted, columns)
        for called, values in tables.items():
            at.cursor.register(called, values)
        reader = at.cursor.sql(f"{rows_query(place, columns)}{condition}").to_arrow_reader(ROWS)
        for batch in reader:
            numbers = batch.column(0).to_pylist()
            rows = batch.select(batch.schema.names[1:])
            yield from taken(Scanned("", "", numbers, rows), mask_of(rows, wanted))

    def change(self, name: str, edits: Sequence[Edited]) -> None:
        """
        Do *edits* in one transaction, and write the log into the file.

        Raises:
            StoreError: A row changed meanwhile, a value does not fit, or somebody else has the file
                open; nothing is changed.
        """
        with self._file.changing() as at:
            place, columns = self._table(at, name)
            if hides_numbers([column.name for column in columns]):
                raise StoreError(f"{name} has a column called rowid and is not changed (PK392)")
            change_rows(at, place, columns, edits)

    def outlook(self, name: str, wanted: Wanted, now: float) -> Outlook:
        """
        Say that the file is written anew, if it holds a row that *wanted* fits.

        Raises:
            StoreError: The file cannot be read.
        """
        del now
        if not any(True for _ in self.scan(name, wanted)):
            return Outlook()
        with self._file.reading() as at:
            if not is_copied_whole(at):
                return Outlook(1, 1, kept=NOT_COPIED)
        return Outlook(1, 1, self._file.state().size, steps=STEPS, kept=KEPT)

    def free(self, names: Sequence[str]) -> Freed:
        """
        Write the file anew, whatever tables are meant, if anything happened to it since we did.

        Raises:
            StoreError: Somebody else has it open, or it cannot be written; it is as it was.
        """
        del names
        if self._renewed != self._file.state() or self._file.log.exists():
            self._renewed = renew(self._file)
        return Freed() if self._renewed else Freed(reached=False, remains=[UNLIKE])

    def stored(self) -> Iterator[StoredFile]:
        """
        Yield the file with every row of every table in it, its log, and what DuckDB has spilt.

        Raises:
            StoreError: A file cannot be read, or was changed meanwhile.
        """
        path = self._file.path
        with self._file.reading() as at:
            before = self._file.state()
            spilt = sorted(path.with_name(f"{path.name}.tmp").rglob("*"))
            try:
                for file in (path, self._file.log, *spilt):
                    if file.is_file():
                        rows = self._every(at) if file == path else ()
                        with file.open("rb") as stream:
                            size = file.stat().st_size
                            yield StoredFile(file.name, size, stream, rows, plain=file == path)
            except OSError as error:
                raise StoreError(f"reading a file: {type(error).__name__}") from None
            if self._file.state() != before:
                raise StoreError(CHANGED)

    def _every(self, at: AttachedFile) -> Iterator[Any]:
        for schema, table in tables_of(at.cursor, at.name):
            for scanned in self._rows(at, _name(schema, table), None):
                yield scanned.batch

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


_KEYS = (
    "SELECT schema_name, table_name, unnest(constraint_column_names) FROM duckdb_constraints()"
    " WHERE database_name = ? AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')"
)
_INDEXES = (
    "SELECT schema_name, table_name, expressions FROM duckdb_indexes() WHERE database_name = ?"
)
_FOREIGN_KEYS = """
select schema_name, table_name, constraint_column_names, referenced_table, referenced_column_names
from duckdb_constraints() where database_name = ? and constraint_type = 'FOREIGN KEY'
"""
"""A foreign key of DuckDB's stays within its schema."""


def _name(schema: str, table: str) -> str:
    return table if schema == MAIN else f"{schema}.{table}"


def _words(name: str) -> set[str]:
    return set(re.findall(r"\w+", name)) or {name}
