"""
A DuckDB file written anew: all that lives is copied, compared, and put in its place. Does I/O.

What DuckDB deletes stays in free blocks of the file, a checkpoint or not: 50 of 50 rows were found
there after delete and checkpoint, none in a copy (2.0.1, columns stored without compression).
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from privacykit.connectors.lakehouse.duckdb.file import (
    BESIDE,
    AttachedFile,
    DuckDBFile,
    FileState,
    quoted,
    quoted_path,
)
from privacykit.connectors.lakehouse.rows.columns import own_prefix
from privacykit.private_files import replacing

FRESH = "privacykit_fresh"
UNLIKE = "the file was not written anew, since a copy would not be like it in all"
_CATALOGUE = (
    *("schemas", "tables", "columns", "constraints", "indexes", "views"),
    *("sequences", "types", "functions", "triggers"),
)
_NOT_COMPARED = re.compile(
    r".*oid|database_name|estimated_size|data_type_id|start_value|last_value|is_bound|column_count"
    r"|constraint_index"
)
"""Numbers of the engine's own, and what is told by other columns too."""


def renew(file: DuckDBFile) -> FileState | None:
    """
    Write *file* anew, owner and permissions kept.

    Returns:
        What it is now; ``None`` where a copy would not be like it, and it stays as it was.

    Raises:
        StoreError: Somebody has it open, or it cannot be written; it is as it was.
    """
    import duckdb

    # Not of operation: no space and no memory pass.
    refused = (
        *(duckdb.ProgrammingError, duckdb.IntegrityError),
        *(duckdb.NotSupportedError, duckdb.DataError),
    )
    with (
        file.writing() as at,
        tempfile.TemporaryDirectory(prefix=BESIDE, dir=file.path.parent) as folder,
    ):
        fresh = Path(folder) / "fresh"
        at.cursor.execute(f"CHECKPOINT {at.name}")
        at.cursor.execute(f"ATTACH {quoted_path(fresh)} AS {FRESH} ({_like(at)})")
        try:
            at.cursor.execute(f"COPY FROM DATABASE {at.name} TO {FRESH}")
            same = list(_facts(at.cursor, at.name)) == list(_facts(at.cursor, FRESH))
            at.cursor.execute(f"CHECKPOINT {FRESH}")
        except refused:
            same = False
        finally:
            at.cursor.execute(f"DETACH {FRESH}")
        if not same:
            return None
        with replacing(file.path, like=file.path.stat()) as new, fresh.open("rb") as copied:
            shutil.copyfileobj(copied, new)
            new.flush()
            return FileState.of(os.fstat(new.fileno()))


def is_copied_whole(at: AttachedFile) -> bool:
    """Say whether nothing in the file is known to be left out, or refused, by DuckDB's own copy."""
    for part in ("triggers", "constraints"):
        if part in _parts(at.cursor):
            which = {"triggers": "", "constraints": " AND table_name = referenced_table"}[part]
            told = f"SELECT 1 FROM duckdb_{part}() WHERE database_name = ?{which}"  # noqa: S608 - ours
            if at.cursor.execute(told, [at.name]).fetchall():
                return False
    return True


def _like(at: AttachedFile) -> str:
    """Return the options that make a file which the same versions of DuckDB can open."""
    (block,) = at.cursor.execute(
        "SELECT block_size FROM pragma_database_size() WHERE database_name = ?", [at.name]
    ).fetchone()
    (told,) = at.cursor.execute(
        "SELECT tags::VARCHAR FROM duckdb_databases() WHERE database_name = ?", [at.name]
    ).fetchone()
    version = re.search(r"v\d+\.\d+\.\d+", told)
    kept = f", STORAGE_VERSION '{version[0]}'" if version else ""
    return f"BLOCK_SIZE {int(block)}{kept}"


def _facts(cursor: Any, name: str) -> Iterator[Any]:  # noqa: ANN401 - of DuckDB
    """Yield what the database *name* is: its catalogue, then how many rows of what content."""
    for part in _parts(cursor):
        yield sorted(_catalogue(cursor, name, part))
    for schema, table in tables_of(cursor, name):
        place = quoted(name, schema, table)
        row = f"{own_prefix(cursor.sql(f'SELECT * FROM {place}').columns)}it"  # noqa: S608 - quoted
        told = f"SELECT count(*), sum(hash({row})::HUGEINT) FROM {place} {row}"  # noqa: S608 - quoted
        yield schema, table, cursor.execute(told).fetchall()


def _parts(cursor: Any) -> list[str]:  # noqa: ANN401 - of DuckDB
    """Return the parts of a catalogue that this DuckDB has."""
    known = (
        "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_name LIKE 'duckdb_%'"
    )
    there = {row[0] for row in cursor.execute(known).fetchall()}
    return [part for part in _CATALOGUE if f"duckdb_{part}" in there]


def _catalogue(cursor: Any, name: str, part: str) -> Iterator[str]:  # noqa: ANN401 - of DuckDB
    found = cursor.execute(f"SELECT * FROM duckdb_{part}() WHERE database_name = ?", [name])  # noqa: S608 - ours
    kept = [n for n, it in enumerate(found.description) if not _NOT_COMPARED.fullmatch(it[0])]
    for row in found.fetchall():
        yield repr([row[n] for n in kept])


def tables_of(cursor: Any, name: str) -> list[tuple[str, str]]:  # noqa: ANN401 - of DuckDB
    """Return schema and name of every table that the database *name* keeps, sorted."""
    told = (
        "SELECT schema_name, table_name FROM duckdb_tables()"
        " WHERE database_name = ? AND NOT internal AND NOT temporary"
    )
    return sorted(cursor.execute(told, [name]).fetchall())
