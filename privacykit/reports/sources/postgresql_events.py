"""Our own events in PostgreSQL as a report table, in place. Does I/O."""

from __future__ import annotations

from typing import Final

from privacykit.errors import InputError
from privacykit.reports.engines.postgresql import PostgreSql
from privacykit.reports.expressions.events import COLUMNS, properties
from privacykit.reports.sources.event_store import MILLISECOND, ReadEvents, Stopped
from privacykit.stores.events.event_tables import WHOLE
from privacykit.stores.events.reader import EventReader
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
_POLICIES: Final = (
    # No string_agg: sqlglot writes its first argument once, and a question may have it twice.
    "array_to_string(array(select p from json_array_elements_text("
    "body::json #> '{data,consent,policies}') as p order by p collate \"C\"), ' ')"
)
MOST_STOPPED: Final = 50_000
"""Events that a statement names."""
_NUMBER: Final = "^-?[0-9]{1,18}$"
_IS_NUMBER: Final = "json_typeof(body::json #> '{data,props,value}') = 'number'"


def read_in_place(
    engine: PostgreSql,
    reader: EventReader,
    between: tuple[int, int],
    now: float,
    names: frozenset[str],
    stopped: Stopped,
    site: str,
) -> ReadEvents:
    """
    Return the events of some time as a table of *engine*, which stay where they are.

    Args:
        engine: The database of the event store.
        reader: Reads it: what ties events to people, to leave out those that are stopped.
        between: From when on and until before when, in microseconds since 1970.
        now: Unix seconds; what expired by then is not read.
        names: Properties that the report asks for: letters, digits and ``_``.
        stopped: Returns the ids of events that may no longer be used.
        site: The site's id.

    Raises:
        InputError: So many are stopped that a statement cannot name them.
        StoreError: The store failed.
    """
    start, end = (at // MILLISECOND for at in between)
    gone: set[str] = set()
    for page in reader.between(start, end, now, {"site": site}, bodies=False):
        gone |= stopped([row.envelope for row in page])
        if len(gone) > MOST_STOPPED:
            raise InputError(
                f"more than {MOST_STOPPED} events may no longer be used; ask without --in-place"
            )
    left_out = ", ".join(f"'{id_}'" for id_ in sorted(gone))
    where = (
        f"site = '{site}' and expires_at > {int(now)} and time >= {start} and time < {end} "
        f"and id <> all(array[{left_out}]::text[])"
    )
    kinds = COLUMNS | properties(names)
    told = _told(names)
    columns = ", ".join(f'{told[name]} as "{name}"' for name in kinds)
    events = engine.connection.sql(
        f"select {columns} from {WHOLE} where {where}",  # noqa: S608 - names and numbers of ours
        schema=kinds,
    )
    made_under = engine.connection.sql(
        "select distinct p.policy from (select json_array_elements_text("  # noqa: S608 - as above
        f"body::json #> '{{data,consent,policies}}') as policy from {WHOLE} where {where}) as p",
        schema={"policy": "string"},
    )
    return ReadEvents(events, tuple(sorted(row["policy"] for row in engine.rows(made_under))))


def _told(names: frozenset[str]) -> dict[str, str]:
    """Return the SQL of each column."""
    value = _member("props.value")
    return {
        "visitor": "visitor",
        "visit": "null::text",
        "at": "time * 1000",
        "tie": "id",
        "event": "name",
        **{name: _member(path) for name, path in _MEMBERS.items()},
        "channel": f"coalesce({_member('referrer.channel')}, 'direct')",
        "policies": _POLICIES,
        "value": f"case when {_IS_NUMBER} and {value} ~ '{_NUMBER}' then ({value})::bigint end",
        **{f"prop.{name}": _member(f"props.{name}") for name in sorted(names)},
    }


def _member(path: str) -> str:
    return member_of("postgresql", path)
