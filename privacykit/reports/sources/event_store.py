"""
Events of our own store, read into DuckDB a page at a time. Does I/O.

What has expired is not read, and what was erased is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec import UNSET

from privacykit.collect.event_format import Event, decode_event, moment
from privacykit.errors import BackendError
from privacykit.reports.engines.duckdb import DuckDb
from privacykit.reports.expressions.events import COLUMNS, properties
from privacykit.reports.periods import SECOND
from privacykit.stores.events.reader import EventReader

PAGE: Final = 20_000
"""Events that are held in memory at once."""

LATE: Final = 3600 * SECOND
"""How long after its time an event may have got its id, which begins with when it was written."""


class ReadEvents(msgspec.Struct, frozen=True):
    """
    Events that were read.

    Attributes:
        table: Of the report table's columns.
        policies: ``id@hash`` of all policies under which they were made.
    """

    table: Any
    policies: tuple[str, ...]


def load_store(
    engine: DuckDb,
    reader: EventReader,
    between: tuple[int, int],
    now: float,
    names: frozenset[str],
    **equal: str,
) -> ReadEvents:
    """
    Read the stored events of some time into a table of *engine*.

    Args:
        engine: Where to.
        reader: The store.
        between: From when on and until before when, in microseconds since 1970.
        now: Unix seconds; what expired by then is not read.
        names: Properties that the report asks for.
        equal: Columns of the store and what they must hold: ``site``, ``purpose``.

    Raises:
        StoreError: The store failed.
        BackendError: An event in the store is not of this version's format.
    """
    import pyarrow as pa

    types = {"string": pa.string(), "int64": pa.int64()}
    fields = {name: types[kind] for name, kind in (COLUMNS | properties(names)).items()}
    schema = pa.schema(list(fields.items()))
    con = engine.connection.con
    columns = ", ".join(
        f'"{name}" {"bigint" if kind == pa.int64() else "varchar"}' for name, kind in fields.items()
    )
    con.execute(f"create temp table report_events ({columns})")
    policies: set[str] = set()
    found = _events(reader, between, now, equal)
    while page := list(islice(found, PAGE)):
        policies.update(label for event in page for label in event.data.consent.policies)
        rows = [_row(event, names) for event in page]
        batch = pa.Table.from_pydict(
            {name: [row[place] for row in rows] for place, name in enumerate(fields)}, schema=schema
        )
        con.register("report_page", batch)
        con.execute("insert into report_events select * from report_page")
        con.unregister("report_page")
    return ReadEvents(engine.connection.table("report_events"), tuple(sorted(policies)))


def _events(
    reader: EventReader, between: tuple[int, int], now: float, equal: dict[str, str]
) -> Iterator[Event]:
    """
    Yield the events of the time, and some around it.

    Raises:
        BackendError: One is not of this version's format.
    """
    start, end = between
    last = _least_id(end + LATE)
    for seen in reader.after(_least_id(start), now, **equal):
        if seen.id >= last:
            return
        if seen.waits_for:
            continue
        try:
            yield decode_event(seen.body)
        except ValueError:
            raise BackendError(
                f"the stored event {seen.id} is not of this version's format"
            ) from None


def _least_id(at: int) -> str:
    return max(at // 1000, 0).to_bytes(6).hex("-", -4)


def _row(event: Event, names: frozenset[str]) -> tuple[Any, ...]:
    """Return the cells of *event*, in the order of the report table's columns."""
    data = event.data
    referrer, campaign, device = data.referrer, data.campaign, data.device
    props = {} if data.props is UNSET else data.props
    value = props.get("value")
    return (
        data.visitor,
        None,
        round(moment(event.time).timestamp() * 1000) * 1000,
        event.id,
        data.name,
        data.page,
        "direct" if referrer is UNSET else referrer.channel,
        None if campaign is UNSET else _text(campaign.name),
        None if campaign is UNSET else _text(campaign.content),
        None if referrer is UNSET else _text(referrer.host),
        data.place.country,
        data.place.region,
        _text(data.language),
        device and device.type,
        device and device.browser,
        device and device.os,
        data.consent.source,
        " ".join(sorted(data.consent.policies)),
        value if isinstance(value, int) and not isinstance(value, bool) else None,
        _text(props.get("currency")),
        *(_text(props.get(name)) for name in sorted(names)),
    )


def _text(value: object) -> str | None:
    if value is None or value is UNSET:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
