"""
Events of our own store, read into DuckDB a page at a time. Does I/O.

What has expired is not read, and what was erased is not there. Events that may no longer leave,
since their consent was withdrawn or their person objected, are not counted either: the delivery's
last gate decides on both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec import UNSET

from privacykit.collect.events.format import Event, decode_event, moment
from privacykit.collect.ports import Envelope
from privacykit.errors import BackendError
from privacykit.reports.engines.duckdb import DuckDb
from privacykit.reports.expressions.events import COLUMNS, properties
from privacykit.reports.numbers import MOST_DIGITS
from privacykit.stores.events.reader import EventReader

PAGE: Final = 20_000
"""Events that are held in memory at once."""

MILLISECOND: Final = 1000
"""Microseconds."""


Stopped = Callable[[Sequence[Envelope]], AbstractSet[str]]


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
    stopped: Stopped,
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
        stopped: Returns the ids of events that may no longer be used.
        equal: Columns of the store and what they must hold: ``site``, ``purpose``.

    Raises:
        StoreError: The store failed.
        BackendError: An event in the store is not of this version's format.
    """
    import pyarrow as pa

    types = {"string": pa.string(), "int64": pa.int64()}
    fields = {name: types[kind] for name, kind in (COLUMNS | properties(names)).items()}
    schema = pa.schema(list(fields.items()))
    engine.shut()
    con = engine.connection.con
    columns = ", ".join(
        f'"{name}" {"bigint" if kind == pa.int64() else "varchar"}' for name, kind in fields.items()
    )
    con.execute(f"create temp table report_events ({columns})")
    policies: set[str] = set()
    found = _events(reader, between, now, stopped, equal)
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
    reader: EventReader,
    between: tuple[int, int],
    now: float,
    stopped: Stopped,
    equal: dict[str, str],
) -> Iterator[Event]:
    """
    Yield the events of the time that may be used.

    Raises:
        BackendError: One is not of this version's format.
    """
    start, end = (at // MILLISECOND for at in between)
    for page in reader.between(start, end, now, equal):
        gone = stopped([row.envelope for row in page])
        for row in page:
            if row.envelope.id in gone:
                continue
            try:
                yield decode_event(row.body)
            except ValueError:
                raise BackendError(
                    f"the stored event {row.envelope.id} is not of this version's format"
                ) from None


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
        _amount(value),
        _text(props.get("currency")),
        *(_text(props.get(name)) for name in sorted(names)),
    )


def _amount(value: object) -> int | None:
    """Return *value* if it is a whole number that every engine knows."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) < 10**MOST_DIGITS else None


def _text(value: object) -> str | None:
    if value is None or value is UNSET:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
