"""
Events in files of any origin, read into DuckDB: CSV, JSON lines, Parquet, packed or not. Does I/O.

Nothing is skipped silently: a row whose time cannot be read, or whose money has more decimals than
the map allows, ends the report; rows without a visitor are in no figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from privacykit.errors import InputError
from privacykit.reports.engines.duckdb import DuckDb, text_of
from privacykit.reports.expressions.events import COLUMNS
from privacykit.reports.sources.column_map import MAPPED, ColumnMap
from privacykit.reports.sources.file_columns import present, unreadable

_CSV: Final = (
    "read_csv([{files}], all_varchar = true, header = true, union_by_name = true, quote = '\"', "
)
_OWN: Final = "hive_partitioning = false)"
"""Names of folders are no columns."""
_READERS: Final = {
    ".csv": f"{_CSV}{_OWN}",
    ".tsv": f"{_CSV}delim = '\\t', {_OWN}",
    ".parquet": f"read_parquet([{{files}}], union_by_name = true, {_OWN}",
    ".jsonl": f"read_json_objects([{{files}}], format = 'newline_delimited', {_OWN}",
    ".ndjson": f"read_json_objects([{{files}}], format = 'newline_delimited', {_OWN}",
    ".json": f"read_json_objects([{{files}}], format = 'auto', {_OWN}",
}
_PACKED: Final = frozenset({".gz", ".zst"})
_JSON: Final = frozenset({".jsonl", ".ndjson", ".json"})
_LEAST_ORDER: Final = 10**36
"""Makes a number of fewer digits one of as many, and not negative."""
_EARLIEST: Final = -2 * 10**15
_LATEST: Final = 2 * 10**17
"""In the years 1906 and 8307: what is beyond is no time, in microseconds since 1970."""


def load_files(
    engine: DuckDb, files: Sequence[str], columns: ColumnMap, properties: frozenset[str]
) -> Any:
    """
    Read *files* into a table of *engine*.

    Args:
        engine: Where to.
        files: All of one kind.
        columns: What is read of them.
        properties: Properties that the report asks for.

    Raises:
        InputError: A file is missing, of no known kind, a column is not in it, or a row of it
            cannot be read.
    """
    kind = _kind(files)
    paths = columns.property_paths()
    if unknown := sorted(properties - paths.keys()):
        raise InputError(f"no property {', '.join(unknown)} in the column map: add properties")
    given = [str(Path(name).absolute()) for name in files]
    patterns = [_literal(name) for name in given]
    reader = _READERS[kind].format(files=", ".join(map(text_of, patterns)))
    con = engine.connection.con
    try:
        con.execute("set timezone = 'UTC'")
        engine.shut([*given, *patterns])
        columns = present(con, kind in _JSON, reader, columns, properties)
    except duckdb.Error as error:
        raise InputError(unreadable(files, error)) from None
    picked = _picked(kind, columns, {name: paths[name] for name in sorted(properties)})
    try:
        con.execute(_read(picked, reader, columns.digits))
    except duckdb.Error as error:
        raise InputError(unreadable(files, error)) from None
    _check(con, columns, ", ".join(files))
    names = [*COLUMNS, *(f"prop.{name}" for name in sorted(properties))]
    chosen = ", ".join(
        "exact_value::bigint as value" if name == "value" else f'"{name}"' for name in names
    )
    con.execute(f"create temp table report_events as select {chosen} from read_events")  # noqa: S608
    con.execute("drop table read_events")
    return engine.connection.table("report_events")


def _picked(kind: str, columns: ColumnMap, properties: Mapping[str, str]) -> dict[str, str]:
    """Return the SQL of each member of an event, as the text that the file has for it."""
    told = {"visitor": columns.visitor, "visit": columns.visit}
    told |= {column: getattr(columns, key) for key, column in MAPPED.items()}
    told |= {"basis": columns.basis, "policies": columns.policies}
    told |= {f"prop.{name}": path for name, path in properties.items()}
    told |= {"raw_at": columns.time, "raw_value": columns.value}
    place = "(row_number() over ())::varchar"
    return {name: _member(kind, path) for name, path in told.items()} | {
        "event": f"coalesce(nullif({_member(kind, columns.name)}, ''), 'page')",
        "raw_order": _member(kind, columns.order) if columns.order else place,
    }


def _read(picked: Mapping[str, str], reader: str, digits: int) -> str:
    """Return the statement that reads the files, times, ties and amounts as numbers."""
    select = ", ".join(f'{member} as "{name}"' for name, member in picked.items())
    typed = ", ".join([
        *(_cleaned(name) for name in picked if not name.startswith("raw_")),
        f"{_TIME} as at",
        f"{_TIE} as tie",
        f"try_cast(raw_value as decimal(24, 6)) * {10**digits} as exact_value",
        "raw_value",
        "row_number() over () as raw_row",
    ])  # fmt: skip
    return (
        f"create temp table read_events as select {typed} from "  # noqa: S608 - names are quoted
        f"(select {select} from {reader})"
    )


_NUMBER: Final = "try_cast(raw_at as decimal(30, 6))"
_INSTANT: Final = (
    # 20261101 is a day to whoever wrote it, and a moment in 1970 as a number.
    "case when regexp_full_match(raw_at, '(19|20)[0-9]{6}') then null "
    f"when regexp_full_match(raw_at, '-?[0-9]+(\\.[0-9]+)?') then "
    f"try_cast(case when abs({_NUMBER}) < 1e11 then {_NUMBER} * 1000000 "
    f"when abs({_NUMBER}) < 1e14 then {_NUMBER} * 1000 else {_NUMBER} end as bigint) "
    "else epoch_us(try_cast(raw_at as timestamptz)) end"
)
_TIME: Final = f"case when ({_INSTANT}) between {_EARLIEST} and {_LATEST} then ({_INSTANT}) end"
_WRONG_VALUE: Final = (
    "raw_value is not null and raw_value <> '' and (exact_value is null "
    "or exact_value <> floor(exact_value) or abs(exact_value) >= 1000000000000000000)"
)
_TIE: Final = (
    "case when regexp_full_match(raw_order, '-?[0-9]{1,36}') "
    f"then lpad((try_cast(raw_order as hugeint) + {_LEAST_ORDER}::hugeint)::varchar, 37, '0') "
    "else coalesce(raw_order, '') end"
)


def _kind(files: Sequence[str]) -> str:
    if len({Path(name).resolve() for name in files}) < len(files):
        raise InputError("the same events file is named twice: its events would be counted twice")
    kinds = set()
    for name in files:
        path = Path(name)
        if not path.is_file():
            raise InputError(f"no such file: {name}")
        suffixes = [one for one in path.suffixes if one not in _PACKED]
        kinds.add(suffixes[-1] if suffixes else "")
    if len(kinds) != 1 or not kinds <= _READERS.keys():
        known = ", ".join(_READERS)
        raise InputError(f"the events files must all be of one kind: {known}; .gz may follow")
    return kinds.pop()


def _literal(name: str) -> str:
    """Return the pattern that the file *name* alone fits."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _member(kind: str, path: str | None) -> str:
    """Return the SQL of a column or member, as text; null where the map names none."""
    if path is None:
        return "null::varchar"
    if kind not in _JSON:
        quoted = path.replace('"', '""')
        return f'"{quoted}"::varchar'
    pointer = "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in path.split("."))
    return f"json_extract_string(json, {text_of(pointer)})"


def _cleaned(name: str) -> str:
    """Return the SQL of a text; names of policies are in order, whatever separates them."""
    if name != "policies":
        return f'"{name}"'
    words = "regexp_extract_all(policies, '[A-Za-z0-9@-]+')"
    return f"array_to_string(list_sort({words}), ' ') as policies"


def _check(con: Any, columns: ColumnMap, where: str) -> None:
    """
    Refuse what cannot be read.

    Raises:
        InputError: A time or an amount cannot be.
    """
    instants = "ISO 8601, or seconds since 1970; 20261101 is neither"
    decimals = (
        f"digits = {columns.digits} in the column map: numbers of at most {columns.digits} "
        "decimals, behind a point"
    )
    for what, column, wrong, hint in (
        ("time", columns.time, '"at" is null', instants),
        ("amount", columns.value, _WRONG_VALUE, decimals),
    ):
        count, first = con.execute(
            f"select count(*), min(raw_row) from read_events where {wrong}"  # noqa: S608 - ours
        ).fetchone()
        if count:
            rows = "row has" if count == 1 else "rows have"
            raise InputError(
                f"{where}: {count} {rows} no readable {what} in the column {column}, the first is "
                f"row {first} ({hint})"
            )
