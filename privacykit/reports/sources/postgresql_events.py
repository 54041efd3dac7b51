"""Our own events in PostgreSQL as a report table, in place. Does I/O."""

from __future__ import annotations

from typing import Any, Final

from privacykit.reports.engines.postgresql import PostgreSql
from privacykit.reports.expressions.events import COLUMNS, properties
from privacykit.reports.sources.event_store import ReadEvents
from privacykit.stores.events.event_tables import WHOLE
from privacykit.stores.events.view import member_of

_MEMBERS: Final = {
    "page": "page",
    "channel": "referrer.channel",
    "campaign": "campaign.name",
    "content": "campaign.content",
    "referrer_host": "referrer.host",
    "country": "place.country",
    "region": "place.region",
    "language": "language",
    "device": "device.type",
    "browser": "device.browser",
    "os": "device.os",
    "basis": "consent.source",
    "currency": "props.currency",
}
_NUMBER: Final = "^-?[0-9]{1,18}$"


def events_in_place(engine: PostgreSql, site: str, now: float, names: frozenset[str]) -> Any:
    """
    Return the living events of *site*.

    Args:
        engine: The database of the event store.
        site: The site's id.
        now: Unix seconds; what expired by then is not read.
        names: Properties that the report asks for: letters, digits and ``_``.
    """
    value = _member("props.value")
    told = {
        "visitor": "visitor",
        "visit": "null::text",
        "at": "time * 1000",
        "tie": "id",
        "event": "name",
        **{name: _member(path) for name, path in _MEMBERS.items()},
        "channel": f"coalesce({_member('referrer.channel')}, 'direct')",
        "value": f"case when {value} ~ '{_NUMBER}' then ({value})::bigint end",
        **{f"prop.{name}": _member(f"props.{name}") for name in sorted(names)},
    }
    kinds = COLUMNS | properties(names)
    columns = ", ".join(f'{told[name]} as "{name}"' for name in kinds)
    where = f"site = '{site}' and expires_at > {int(now)}"
    return engine.connection.sql(
        f"select {columns} from {WHOLE} where {where}",  # noqa: S608 - names and numbers of ours
        schema=kinds,
    )


def read_in_place(engine: PostgreSql, site: str, now: float, names: frozenset[str]) -> ReadEvents:
    """Return the living events of *site*, and the policies they were made under."""
    return ReadEvents(
        events_in_place(engine, site, now, names), policies_in_place(engine, site, now)
    )


def policies_in_place(engine: PostgreSql, site: str, now: float) -> tuple[str, ...]:
    """Return ``id@hash`` of all policies under which the living events of *site* were made."""
    found = engine.connection.sql(
        "select distinct p.policy from (select json_array_elements_text("  # noqa: S608 - as above
        f"body::json #> '{{data,consent,policies}}') as policy from {WHOLE} "
        f"where site = '{site}' and expires_at > {int(now)}) as p",
        schema={"policy": "string"},
    )
    return tuple(sorted(row["policy"] for row in engine.rows(found)))


def _member(path: str) -> str:
    return member_of("postgresql", path)
