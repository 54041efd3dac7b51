"""
The table of events in ClickHouse: columns, the mapping into them, the statements about it. Pure.

No statement holds whom it is about: ClickHouse keeps every mutation, as it was written, in
``system.mutations`` and in a file beside the parts, and every query in its log. So an erasure puts
its keys into a table first, as data, and names that table.

Source: ClickHouse documentation, "MergeTree", "TTL", "ALTER TABLE … DELETE", "Restrictions on
query complexity"; what holds of version 26.9 was tried.
"""

# ruff: noqa: S608 - names of tables are checked by the kind, and no value stands in a statement

from __future__ import annotations

from privacykit.sinks.mapping.rules import EventMapping, FieldRule
from privacykit.sinks.mapping.sources import Member
from privacykit.sinks.mapping.standard import PROPERTIES, properties

_WORD = "LowCardinality(String)"
_MAYBE_WORD = "LowCardinality(Nullable(String))"
_MAYBE = "Nullable(String)"

COLUMNS: dict[str, str] = {
    "id": "UUID",
    "time": "DateTime64(3, 'UTC')",
    "type": _WORD,
    "name": _WORD,
    "visitor": _MAYBE,
    "ip": _MAYBE,
    "ip_bits": "Nullable(UInt8)",
    "ip_method": _WORD,
    "stability": _WORD,
    "consent_purposes": "Map(String, String)",
    "consent_basis": _WORD,
    "consent_policies": "Array(String)",
    "consent_signals": "Array(String)",
    "props": _MAYBE,
    **dict.fromkeys(PROPERTIES, _MAYBE_WORD),
    **dict.fromkeys(("site", "purpose", "country"), _WORD),
    **dict.fromkeys(("page", "query", "referrer_url", "utm_content", "utm_term"), _MAYBE),
    "expires_at": "DateTime('UTC')",
}
"""Name and type of each column; what an event leaves out is null."""

MAPPING = EventMapping(
    FieldRule("id", Member("id")),
    FieldRule("time", Member("time")),
    FieldRule("type", Member("type")),
    FieldRule("name", Member("data.name")),
    FieldRule("visitor", Member("data.visitor")),
    FieldRule("ip", Member("data.ip"), "as weak as it is in the event"),
    FieldRule("ip_bits", Member("data.ip_bits")),
    FieldRule("ip_method", Member("data.ip_method")),
    FieldRule("stability", Member("data.stability")),
    *properties(""),
    FieldRule("consent_purposes", Member("data.consent.purposes")),
    FieldRule("consent_basis", Member("data.consent.source")),
    FieldRule("consent_policies", Member("data.consent.policies")),
    FieldRule("consent_signals", Member("data.consent.signals")),
    FieldRule("props", Member("data.props"), "as JSON text"),
)

KEYS = "privacykit_gone_"
"""What the names of tables begin with that hold the keys of an erasure while it runs."""


def created(table: str) -> str:
    """Return the statement that makes *table*, if there is none."""
    columns = ",\n".join(f"    {name} {kind}" for name, kind in COLUMNS.items())
    return (
        f"CREATE TABLE IF NOT EXISTS {table} (\n{columns}\n)\n"
        "ENGINE = ReplacingMergeTree\n"
        "PARTITION BY toYYYYMM(expires_at)\n"
        "ORDER BY (site, toDate(time), id)\n"
        "TTL expires_at DELETE\n"
        "SETTINGS non_replicated_deduplication_window = 1000, merge_with_ttl_timeout = 3600"
    )


def ended(table: str) -> str:
    """Return the query for partitions of *table* before the month ``{month:UInt32}``."""
    here = "database = currentDatabase()"
    return (
        f"SELECT DISTINCT partition FROM system.parts WHERE active AND {here}"
        f" AND table = '{table}' AND toUInt32OrZero(partition) > 0"
        " AND toUInt32OrZero(partition) < {month:UInt32}"
        f" AND (SELECT partition_key FROM system.tables WHERE {here} AND name = '{table}')"
        " = 'toYYYYMM(expires_at)' FORMAT TSV"
    )


def dropped(table: str, month: int) -> str:
    """Return the statement that drops the partition of *month*, ``202712``."""
    return f"ALTER TABLE {table} DROP PARTITION {month}"


_PAST = "expires_at <= fromUnixTimestamp({now:UInt32})"


def expired(table: str) -> str:
    """Return the query for how many events of *table* have expired at ``{now:UInt32}``."""
    return f"SELECT count() FROM {table} WHERE {_PAST} FORMAT TSV"


def expire(table: str) -> str:
    """Return the statement that hides them at once, until a merge removes them."""
    return f"DELETE FROM {table} WHERE {_PAST}"


def leftovers() -> str:
    """Return the query for tables of keys that no running erasure needs."""
    return (
        "SELECT name FROM system.tables WHERE database = currentDatabase()"
        f" AND startsWith(name, '{KEYS}') AND NOT (SELECT count() > 0 FROM system.mutations"
        " WHERE database = currentDatabase() AND NOT is_done) FORMAT TSV"
    )


def keys_created(keys: str) -> str:
    """Return the statement that makes a table of keys."""
    return f"CREATE TABLE {keys} (key String) ENGINE = MergeTree ORDER BY key"


def keys_filled(keys: str) -> str:
    """Return the statement whose data are the keys."""
    return f"INSERT INTO {keys} FORMAT JSONEachRow"


def keys_dropped(keys: str) -> str:
    """Return the statement that removes a table of keys."""
    return f"DROP TABLE IF EXISTS {keys} SYNC"


def _theirs(keys: str) -> str:
    return f"id IN (SELECT toUUIDOrZero(key) FROM {keys})"


def counted(table: str, keys: str) -> str:
    """Return the query for how many events of *table* the *keys* name."""
    return f"SELECT uniqExact(id) FROM {table} WHERE {_theirs(keys)} FORMAT TSV"


def erased(table: str, keys: str) -> str:
    """Return the statement that writes the parts of *table* anew without what *keys* name."""
    return f"ALTER TABLE {table} DELETE WHERE {_theirs(keys)}"
