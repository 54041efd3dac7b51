"""
The table of keys of a change: which rows, by their hashes, and what they become. Pure.

A mutation is kept as it was written, in ``system.mutations`` and beside the parts: so it names a
table, that goes afterwards. It lies in memory, and no server that starts anew has its rows.
"""

# ruff: noqa: S608 - names are quoted, and no value stands in a statement

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from privacykit.connectors.lakehouse.clickhouse.columns import (
    ClickHouseColumn,
    RowHash,
    literal,
    quoted,
)
from privacykit.connectors.lakehouse.tables import Edited

KEYS = "privacykit_keys_"
"""What the names of tables of keys begin with."""


class ChangePlan(NamedTuple):
    """
    The statements of a change.

    Attributes:
        create: Makes the table of keys.
        fill: Takes *lines* into it.
        lines: Its rows, as JSON.
        delete: The condition of those rows that go; empty where none does.
        update: What is set in those that change and the condition of them; empty likewise.
        left: The condition of all of them, as they were.
        columns: The names of those columns that change.
    """

    create: str
    fill: str
    lines: bytes
    delete: str
    update: str
    left: str
    columns: tuple[str, ...]

    def __repr__(self) -> str:
        return "<ChangePlan>"


def change_plan(
    keys: str,
    database: str,
    columns: Sequence[ClickHouseColumn],
    known: RowHash,
    edits: Sequence[Edited],
) -> ChangePlan:
    """
    Return how *edits* are done.

    Args:
        keys: What the table of keys is called.
        database: Where it is.
        columns: How the columns of the edited table are read.
        known: How its rows were known.
        edits: The rows by their hashes.
    """
    changed = _changed(columns, edits)
    row = known.number(columns)
    stored = "".join(f", set_{n} UInt8, new_{n} {it.kind.plain}" for n, it in changed)
    create = (
        f"CREATE TABLE {keys} (key UInt128, part String, gone UInt8{stored})"
        " ENGINE = Join(ANY, LEFT, key) SETTINGS persistent = 0"
    )
    lines = b"".join(
        msgspec.json.encode(line, enc_hook=str) + b"\n" for line in _lines(changed, edits)
    )
    near = f"_partition_id IN (SELECT part FROM {keys})"
    gone, kept = (
        f"{near} AND {row} IN (SELECT key FROM {keys} WHERE gone = {flag})" for flag in (1, 0)
    )
    place = literal(f"{database}.{keys}")
    sets = ", ".join(
        f"{quoted(it.name)} = if(joinGet({place}, 'set_{n}', {row}) = 1,"
        f" joinGet({place}, 'new_{n}', {row}), {quoted(it.name)})"
        for n, it in changed
    )
    any_gone = any(new is None for edit in edits for new in edit.new)
    return ChangePlan(
        create,
        f"INSERT INTO {keys} FORMAT JSONEachRow",
        lines,
        gone if any_gone else "",
        f"{sets} WHERE {kept}" if changed else "",
        f"{near} AND {row} IN (SELECT key FROM {keys})",
        tuple(column.name for _, column in changed),
    )


def _changed(
    columns: Sequence[ClickHouseColumn], edits: Sequence[Edited]
) -> list[tuple[int, ClickHouseColumn]]:
    """Return the columns that change somewhere, numbered."""
    pairs = [
        (new, old)
        for edit in edits
        for new, old in zip(edit.new, edit.old.to_pylist(), strict=True)
        if new is not None
    ]
    return [
        (n, column)
        for n, column in enumerate(columns)
        if any(new.get(column.name) != old[column.name] for new, old in pairs)
    ]


def _lines(
    changed: Sequence[tuple[int, ClickHouseColumn]], edits: Sequence[Edited]
) -> list[dict[str, Any]]:
    lines = []
    for edit in edits:
        for key, new, old in zip(edit.positions, edit.new, edit.old.to_pylist(), strict=True):
            line = {"key": str(key), "part": edit.part, "gone": int(new is None)}
            for n, column in changed if new is not None else ():
                value = (new or {}).get(column.name)
                # What is not to change is not written: what was read of it may be less than it is.
                if value != old[column.name]:
                    line |= {f"set_{n}": 1, f"new_{n}": value}
            lines.append(line)
    return lines
