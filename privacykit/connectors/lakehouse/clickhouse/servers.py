"""
Other servers that have rows of a table, or copies of them: what the one that is asked can tell.

A replicated table is the same on several servers, a Distributed one shows the rows of several.
What was tried on one server says nothing of the others: it is said, and no more is claimed.
"""

# ruff: noqa: S608 - names are quoted, and no value stands in a statement

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from privacykit.connectors.lakehouse.clickhouse.columns import quoted
from privacykit.connectors.lakehouse.clickhouse.server import ClickHouseDatabase, told

_ARGUMENT = r"\s*(?:'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`|(\w*))\s*"
_DISTRIBUTED = re.compile(rf"Distributed\({_ARGUMENT},{_ARGUMENT},{_ARGUMENT}[,)]")
_ON = "ON CLUSTER '{cluster}'"


class DistributedTable(NamedTuple):
    """
    A table that shows rows of several servers.

    Attributes:
        name: What it is called, with its database.
        cluster: Which servers.
        database: Where the rows are; empty where that cannot be told.
        table: In which table; empty likewise.
    """

    name: str
    cluster: str
    database: str
    table: str

    def shows(self, database: str, table: str) -> bool:
        """Say whether rows of *table* are shown, or may be."""
        return not self.table or (self.database in {database, ""} and self.table == table)


def distributed(name: str, engine: str) -> DistributedTable:
    """
    Return what *engine*, ``Distributed('cluster', 'database', 'table', …)``, says.

    Args:
        name: The table.
        engine: Its engine with all that was given to it.
    """
    found = _DISTRIBUTED.match(engine)
    if found is None:
        return DistributedTable(name, "", "", "")
    cluster, database, table = (
        next((it for it in found.groups()[n : n + 3] if it is not None), "") for n in (0, 3, 6)
    )
    return DistributedTable(name, cluster, database, table)


def elsewhere(at: ClickHouseDatabase, table: str) -> Iterator[str]:
    """
    Say of *table* which other servers have rows that belong with its own.

    Raises:
        StoreError: The server does not answer, or refuses it.
    """
    query = (
        "SELECT concat(database, '.', name), engine_full FROM system.tables"
        " WHERE engine = 'Distributed' ORDER BY 1"
    )
    shown = [
        it for it in (distributed(*row) for row in told(at, query)) if it.shows(at.name, table)
    ]
    if not shown:
        return
    hosts = "SELECT cluster, count(), sum(is_local) FROM system.clusters GROUP BY cluster"
    alone = {name for name, number, local in told(at, hosts) if int(number) == int(local) == 1}
    for it in shown:
        if it.cluster not in alone:
            servers = f"the cluster {it.cluster}" if it.cluster else "a cluster"
            yield (
                f"{it.name} shows rows of {table} on every server of {servers}, and this one alone"
                " is asked here: map each server as a dataset of its own"
            )


def by_hand(database: str, table: str) -> tuple[str, ...]:
    """
    Return the statements that take rows out of a replicated table on every server that has it.

    No value stands in one: the rows that go are those of a table of keys, which is filled by an
    ``INSERT`` with its rows as data; each is known by all that it holds, since what rows are sorted
    by others may share. Not tried by our tests, which have no second server.

    Args:
        database: Where it is.
        table: The table.
    """
    keys = f"{quoted(database)}.{quoted(f'privacykit_gone_{table}')}"
    of, kept = (
        f"{quoted(database)}.{quoted(table)}",
        "ENGINE = ReplicatedMergeTree ORDER BY tuple()",
    )
    gone = f"WHERE tuple(*) IN (SELECT key FROM {keys})"
    waiting = "lightweight_deletes_sync = 2, allow_nondeterministic_mutations = 1"
    return (
        f"CREATE TABLE {keys} {_ON} {kept} EMPTY AS SELECT tuple(*) AS key FROM {of}",
        f"INSERT INTO {keys} FORMAT JSONEachRow",
        f"SYSTEM SYNC REPLICA {_ON} {keys}",
        f"DELETE FROM {of} {_ON} {gone} SETTINGS {waiting}",
        f"ALTER TABLE {of} {_ON} APPLY DELETED MASK SETTINGS mutations_sync = 2",
        f"DROP TABLE {keys} {_ON} SYNC",
    )
