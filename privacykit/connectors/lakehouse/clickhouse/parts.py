"""
Parts that a server keeps of old rows: masks are applied, then its own removal is awaited. Does I/O.

A part that was written anew stays on the disk, not active, for ``old_parts_lifetime``: eight
minutes unless a table says otherwise. No statement removes it.
"""

# ruff: noqa: S608 - names are quoted, and no value stands in a statement

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from privacykit.connectors.lakehouse.clickhouse.columns import literal, quoted
from privacykit.connectors.lakehouse.clickhouse.server import (
    QUIET,
    ClickHouseDatabase,
    counted,
    told,
)
from privacykit.connectors.lakehouse.tables import Freed

POLL_SECONDS = 2.0
"""How long the server is left alone between two looks."""

LOGS = "what the server's own logs keep of statements (system.query_log) is not searched"

WRITES = {**QUIET, "mutations_sync": "2"}
"""The settings of what writes parts: it is done when it is answered."""


class Waiting(NamedTuple):
    """
    How old parts are waited for.

    Attributes:
        seconds: At most.
        clock: Says the time, in seconds from any moment.
        sleep: Waits for so many.
    """

    seconds: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]


def free_parts(at: ClickHouseDatabase, names: Sequence[str], waiting: Waiting) -> Freed:
    """
    Write what is masked in the tables *names* away, and wait until no old part is on the disk.

    Raises:
        StoreError: The server does not answer, or refuses it.
    """
    if not names:
        return Freed(remains=[LOGS])
    freed = Freed()
    of_these = f"database = currentDatabase() AND table IN ({', '.join(map(literal, names))})"
    where = f"active AND has_lightweight_delete AND {of_these}"
    masked = f"SELECT DISTINCT table FROM system.parts WHERE {where}"
    for (name,) in told(at, masked):
        at.run(f"ALTER TABLE {quoted(name)} APPLY DELETED MASK", WRITES, long=True)
    still = {name for (name,) in told(at, masked)}
    hidden = [name for name in names if name not in still and _is_hidden(at, name)]
    freed.remains += [f"rows of {name} are masked still" for name in sorted(still)]
    freed.remains += [f"rows of {name} are hidden from us, by a row policy" for name in hidden]
    freed.remains += _old(at, of_these, waiting)
    detached = f"SELECT table, count() FROM system.detached_parts WHERE {of_these} GROUP BY table"
    for name, number in told(at, detached):
        freed.remains.append(f"{number} parts of {name} are detached, and are not searched")
    freed.reached = not freed.remains
    freed.remains.append(LOGS)
    return freed


def _is_hidden(at: ClickHouseDatabase, name: str) -> bool:
    """Say whether a row policy keeps rows of *name* from us; none is masked any more."""
    of_it = f"active AND database = currentDatabase() AND table = {literal(name)}"
    for _ in range(2):  # between two looks a merge may have dropped some
        stored = counted(at, f"SELECT sum(rows) FROM system.parts WHERE {of_it}")
        if counted(at, f"SELECT count() FROM {quoted(name)}") >= stored:
            return False
    return True


def _old(at: ClickHouseDatabase, of_these: str, waiting: Waiting) -> list[str]:
    """Wait for the parts that are not active now, and say of which tables some are there still."""
    query = f"SELECT table, name FROM system.parts WHERE NOT active AND {of_these}"
    start, old = waiting.clock(), {(table, part) for table, part in told(at, query)}
    while old and waiting.clock() - start < waiting.seconds:
        waiting.sleep(POLL_SECONDS)
        # Those that come meanwhile are of what has been written anew already.
        old &= {(table, part) for table, part in told(at, query)}
    return [
        f"old parts of {name} are on the disk still, until the server removes them"
        " (old_parts_lifetime); run the request again then"
        for name in sorted({table for table, _ in old})
    ]
