"""The tables of a database of ClickHouse: which hold rows, and what else gets these. Does I/O."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from privacykit.connectors.lakehouse.clickhouse.columns import literal
from privacykit.connectors.lakehouse.clickhouse.keys import KEYS
from privacykit.connectors.lakehouse.clickhouse.server import ClickHouseDatabase, told
from privacykit.connectors.lakehouse.clickhouse.servers import by_hand
from privacykit.errors import DataMapError, Problem

_CHANGED = re.compile(
    r"(?:Replacing|Summing|Aggregating|Collapsing|VersionedCollapsing|Graphite|Coalescing)?MergeTree"
)
_NAMES = re.compile(r"[\w.]+")
_COPIES = re.compile(r"(?:Replicated|Shared)\w*MergeTree")
_HOLDS_NOTHING = frozenset(
    {
        *("View", "LiveView", "WindowView", "MaterializedView", "Distributed", "Merge", "Null"),
        *("Alias", "GenerateRandom", "Loop"),
    }
)
_ENDS = ("privacykit_gone_", KEYS)
"""What our own tables of keys begin with."""


class ClickHouseTable(NamedTuple):
    """
    A table.

    Attributes:
        name: What it is called.
        engine: Which holds it.
        partition_key: What it is parted by, as SQL; empty for nothing.
        sorting_key: What its rows are sorted by, as SQL.
        projected: Whether projections keep copies of its rows.
        expires: Whether it ends rows by itself.
        views: The materialized views that get its rows as they come.
    """

    name: str
    engine: str
    partition_key: str
    sorting_key: str
    projected: bool
    expires: bool
    views: tuple[str, ...]

    @property
    def is_changed(self) -> bool:
        """Whether rows can be searched and taken out here."""
        return _CHANGED.fullmatch(self.engine) is not None

    def is_key(self, column: str) -> bool:
        """Say whether rows are sorted or parted by *column*, or by what is made of it."""
        return column in _NAMES.findall(
            f"{self.sorting_key} {self.partition_key}".replace("`", " ")
        )

    @property
    def holds_nothing(self) -> bool:
        """Whether it shows only what is in other tables."""
        return self.engine in _HOLDS_NOTHING


def every_table(at: ClickHouseDatabase) -> dict[str, ClickHouseTable]:
    """
    Return the tables of the database by their names.

    Raises:
        StoreError: The server does not answer, or refuses it.
    """
    query = (
        "SELECT name, engine, partition_key, sorting_key,"
        " position(create_table_query, 'PROJECTION ') > 0, position(engine_full, ' TTL ') > 0,"
        " dependencies_table FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    )
    found = (
        ClickHouseTable(name, engine, parted, sorting, bool(projected), bool(expires), tuple(views))
        for name, engine, parted, sorting, projected, expires, views in told(at, query)
    )
    return {it.name: it for it in found if not it.name.startswith(_ENDS)}


def column_types(at: ClickHouseDatabase, table: str) -> list[tuple[str, str]]:
    """
    Return name and type of the columns that *table* stores.

    Raises:
        StoreError: The server does not answer, or refuses it.
    """
    query = (
        f"SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table ="  # noqa: S608 - a name, quoted
        f" {literal(table)} AND default_kind NOT IN ('ALIAS', 'EPHEMERAL') ORDER BY position"
    )
    return [(name, kind) for name, kind in told(at, query)]


def check_mapped(
    tables: Mapping[str, ClickHouseTable],
    mapped: Collection[str],
    place: tuple[str, str],
    file: str,
) -> None:
    """
    Look whether each table of the map can be changed here.

    Args:
        tables: Those that are there.
        mapped: Names of those that the map names.
        place: The dataset, and the database that it is.
        file: The data map's name, for messages.

    Raises:
        DataMapError: PK402, an engine is not one that can.
    """
    if problems := [
        _problem(tables[name], *place, file)
        for name in mapped
        if name in tables and not tables[name].is_changed
    ]:
        raise DataMapError(*problems)


def _problem(table: ClickHouseTable, dataset: str, database: str, file: str) -> Problem:
    key = f"collections.{dataset}.{table.name}"
    if _COPIES.fullmatch(table.engine):
        statements = "; ".join(by_hand(database, table.name))
        hint = f"its replicas would not know our keys; exclude it, and by hand: {statements}"
    elif table.engine == "Distributed":
        hint = "it shows rows of other tables: map those, each server as a dataset of its own"
    elif table.holds_nothing:
        hint = "it shows rows of other tables: map those"
    else:
        hint = "only tables of the MergeTree family are changed: exclude it, or copy it into one"
    return Problem("PK402", file, key, f"a table of the engine {table.engine}", hint)


def beside(table: ClickHouseTable) -> Iterator[str]:
    """Yield what else of a table a plan has to say."""
    if table.views:
        names = ", ".join(sorted(table.views))
        yield f"the views {names} copied rows as they came: map the tables that they write to"
    if table.expires:
        yield "it has a TTL, which ends rows by itself and knows no hold"


def not_searched(every: Mapping[str, ClickHouseTable]) -> Iterator[str]:
    """Say which tables of the database are neither searched nor changed."""
    if names := [it.name for it in every.values() if not it.is_changed and not it.holds_nothing]:
        yield f"tables of other engines in the database are not searched: {', '.join(names)}"
