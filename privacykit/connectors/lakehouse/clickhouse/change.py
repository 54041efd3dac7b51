"""
A change of rows: a table of keys is made, the rows go or change by it, it goes itself. Does I/O.

Killed between two statements it is done again from the start: what went is gone, what did not is
found by its content. Until a mutation is done its table of keys stays, since the server would stop
at a mutation that names a table which is not there.
"""

# ruff: noqa: S608 - names are quoted, and no value stands in a statement

from __future__ import annotations

from contextlib import suppress

from privacykit.connectors.lakehouse.clickhouse.columns import literal, quoted
from privacykit.connectors.lakehouse.clickhouse.keys import KEYS, ChangePlan
from privacykit.connectors.lakehouse.clickhouse.parts import WRITES
from privacykit.connectors.lakehouse.clickhouse.server import (
    QUIET,
    ClickHouseDatabase,
    counted,
    told,
)
from privacykit.errors import StoreError


def change_rows(
    at: ClickHouseDatabase, name: str, keys: str, plan: ChangePlan, *, projected: bool
) -> None:
    """
    Do *plan* in the table *name*.

    Args:
        at: The database.
        name: The table.
        keys: What the table of keys is called.
        plan: The statements.
        projected: Whether projections keep copies of its rows, which a mask does not reach.

    Raises:
        StoreError: The server refuses it; or PK403, some are left, and it has to be repeated.
    """
    for old in _leftovers(at):
        _drop(at, old)
    try:
        at.run(plan.create, QUIET)
        at.run(plan.fill, {**QUIET, "async_insert": "0"}, rows=plan.lines)
        _write(at, name, plan, projected=projected)
        left = counted(at, f"SELECT count() FROM {quoted(name)} WHERE {plan.left}")
    except StoreError:
        _stop(at, name, keys)
        raise
    _drop(at, keys)
    if left:
        raise StoreError(f"rows of {name} are there still that were changed (PK403)")


def _write(at: ClickHouseDatabase, name: str, plan: ChangePlan, *, projected: bool) -> None:
    if plan.delete and projected:
        at.run(f"ALTER TABLE {quoted(name)} DELETE WHERE {plan.delete}", WRITES, long=True)
    elif plan.delete:
        settings = {**WRITES, "lightweight_deletes_sync": "2"}
        at.run(f"DELETE FROM {quoted(name)} WHERE {plan.delete}", settings, long=True)
    if plan.update:
        settings = {**WRITES, "allow_nondeterministic_mutations": "1"}
        at.run(f"ALTER TABLE {quoted(name)} UPDATE {plan.update}", settings, long=True)


def _leftovers(at: ClickHouseDatabase) -> list[str]:
    """Return tables of keys that a process left which died long ago."""
    query = (
        "SELECT name FROM system.tables WHERE database = currentDatabase()"
        f" AND startsWith(name, '{KEYS}') AND metadata_modification_time < now() - 86400"
    )
    return [name for (name,) in told(at, query)]


def _stop(at: ClickHouseDatabase, name: str, keys: str) -> None:
    """End a change of ours that failed: the server would go on trying."""
    with suppress(StoreError):
        of_ours = f"database = currentDatabase() AND table = {literal(name)}"
        ours = f"{of_ours} AND position(command, '{keys}') > 0"
        at.run(f"KILL MUTATION WHERE {ours} SYNC", QUIET)
        _drop(at, keys)


def _drop(at: ClickHouseDatabase, keys: str) -> None:
    """Remove a table of keys, unless a change needs it that is not done yet."""
    needed = (
        "SELECT count() FROM system.mutations WHERE database = currentDatabase()"
        f" AND NOT is_done AND position(command, '{keys}') > 0"
    )
    if not counted(at, needed):
        at.run(f"DROP TABLE IF EXISTS {keys} SYNC", QUIET)
