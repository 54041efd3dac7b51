"""Columns of an events file: which are there, and why a file cannot be read. Asks DuckDB."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from privacykit.errors import InputError
from privacykit.reports.sources.column_map import ColumnMap

_LINE: Final = re.compile(r"Line: (\d+)")
_NEEDED: Final = ("time", "visitor", "name")
_NO_COLUMNS: Final = ("digits", "ids", "properties", "optional")


def present(
    con: Any, is_json: bool, reader: str, columns: ColumnMap, properties: frozenset[str]
) -> ColumnMap:
    """
    Return *columns* without those that may be missing, and are.

    Args:
        con: DuckDB's connection.
        is_json: Whether members are looked for; one that is nowhere is empty.
        reader: SQL that reads the files.
        columns: The map.
        properties: Properties that the report asks for.

    Raises:
        InputError: A column that the map names is not in the file.
    """
    if is_json:
        return columns
    there = {row[0] for row in con.execute(f"describe select * from {reader}").fetchall()}  # noqa: S608
    named = columns.model_dump(exclude=set(_NO_COLUMNS))
    paths = columns.property_paths()
    wanted = {f"properties.{name}": paths[name] for name in sorted(properties)}
    absent = {key: path for key, path in named.items() if path and path not in there}
    wrong = {key: path for key, path in wanted.items() if path not in there}
    wrong |= {key: path for key, path in absent.items() if key in _NEEDED or not columns.optional}
    if wrong:
        told = ", ".join(f"{path} (for {key})" for key, path in wrong.items())
        raise InputError(
            f"not in the header of the events file: {told}; name the columns it has in the column "
            "map, and leave out what it has not; if its first line has them, another row has a "
            "cell more or less than it"
        )
    return columns.model_copy(update=dict.fromkeys(absent))


def unreadable(files: Sequence[str], error: Exception) -> str:
    """Return why *files* cannot be read, without anything of what is in them."""
    found = _LINE.search(str(error))
    where = f"near line {found.group(1)} " if found else ""
    return (
        f"{', '.join(files)}: cannot be read {where}as its name says; it must be UTF-8, whole, "
        "with a header if it is CSV, and each row must have as many cells"
    )
