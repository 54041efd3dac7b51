"""
The view ``events``: living events in columns, for whoever asks in SQL. Does I/O.

Laws of this file: the view holds nothing that an event does not hold, and nothing whose retention
is over, even where its row still waits to be dropped; consent record and subject are not in it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, inspect

from privacykit.stores.events.event_tables import EVENTS

COLUMNS: Mapping[str, str] = {
    "page": "page",
    "country": "place.country",
    "region": "place.region",
    "language": "language",
    "channel": "referrer.channel",
    "referrer": "referrer.host",
    "campaign_source": "campaign.source",
    "campaign_medium": "campaign.medium",
    "campaign_name": "campaign.name",
    "device": "device.type",
    "os": "device.os",
    "browser": "device.browser",
    "ip": "ip",
    "props": "props",
}
"""Columns of the view that come out of an event's ``data``, each a text, and where they stand."""

_PLAIN = ("id", "site", "name", "purpose", "visitor")

_TIMES: Mapping[str, tuple[str, str]] = {
    "sqlite": (
        "strftime('%Y-%m-%dT%H:%M:%fZ', time / 1000.0, 'unixepoch')",
        "strftime('%Y-%m-%dT%H:%M:%SZ', expires_at, 'unixepoch')",
    ),
    "postgresql": ("to_timestamp(time / 1000.0)", "to_timestamp(expires_at)"),
    "mysql": (
        "timestamp'1970-01-01 00:00:00' + interval (time * 1000) microsecond",
        "timestamp'1970-01-01 00:00:00' + interval expires_at second",
    ),
}
"""How each database makes a time, in UTC, of Unix milliseconds, and of Unix seconds."""

_NOW: Mapping[str, str] = {
    "sqlite": "cast(strftime('%s', 'now') as integer)",
    "postgresql": "extract(epoch from now())",
    "mysql": "unix_timestamp()",
}


def make_view(connection: Connection, table: str) -> None:
    """
    Make the view anew over *table*.

    What else is called ``events`` in that database is somebody's own, and left alone.

    Args:
        connection: A transaction that writes.
        table: Name of the table that holds events.
    """
    if EVENTS not in inspect(connection).get_table_names():
        connection.exec_driver_sql(view_of(connection.dialect.name, table))


def is_there(connection: Connection) -> bool:
    """Tell whether the view was made."""
    return EVENTS in inspect(connection).get_view_names()


def view_of(dialect: str, table: str) -> str:
    """Return the statement that makes the view over *table*, the name of one of ours."""
    time, end = _TIMES[dialect]
    columns = [
        *_PLAIN,
        f"{time} as time",
        *(f"{member_of(dialect, path)} as {name}" for name, path in COLUMNS.items()),
        f"{end} as expires_at",
        "body",
    ]
    create = "create view" if dialect == "sqlite" else "create or replace view"
    alive = f"e.expires_at > {_NOW[dialect]}"
    return f"{create} {EVENTS} as select {', '.join(columns)} from {table} as e where {alive}"  # noqa: S608


def member_of(dialect: str, path: str) -> str:
    """Return the SQL of a text in an event's ``data``, by its dotted *path*: one of ours."""
    if dialect == "postgresql":
        return f"body::json #>> '{{data,{path.replace('.', ',')}}}'"
    if dialect == "sqlite" or path == "props":
        return f"json_extract(body, '$.data.{path}')"
    return f"json_value(body, '$.data.{path}')"
