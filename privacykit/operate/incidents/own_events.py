"""The inventory of our own events, and the state of the salts of their days. Reads stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from privacykit.collect.events.format import Event, decode_event
from privacykit.errors import StoreError
from privacykit.govern.incidents.model import (
    FieldInventory,
    PeopleCount,
    SaltDay,
    StoreInventory,
)
from privacykit.operate.context import OperatorContext
from privacykit.policy.place import normalise_place
from privacykit.settings.model import Settings
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.sqlite import is_sqlite, sqlite_path
from privacykit.stores.events.reader import EventReader
from privacykit.stores.salts.rules import SaltRow

EVENTS = "events"
"""How the store of our own events is named on the command line."""

_FORMS = {
    "day": "keyed pseudonym of one day, by a salt that is destroyed",
    "consented": "keyed pseudonym by a durable key, the same as long as the consent stands",
}

MILLISECONDS = 1000
_LATEST = 253_402_300_799
"""The last second of the year 9999."""
MOST_DAYS = 400


@dataclass
class _Seen:
    """What was met."""

    rows: int = 0
    in_period: int = 0
    oldest: float | None = None
    newest: float | None = None
    visitors: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    unknown: int = 0
    places: Counter[str] = field(default_factory=Counter)
    days: set[str] = field(default_factory=set)


@contextmanager
def events_engine(context: OperatorContext) -> Iterator[Engine | None]:
    """Lend the database of the event store; ``None`` where there is none: looking makes none."""
    url = context.settings.events.url
    if url is None:
        yield None
        return
    engine = open_engine(context.paths.url(url, "events.url"), kind="events")
    try:
        yield engine if not is_sqlite(engine) or sqlite_path(engine).exists() else None
    finally:
        engine.dispose()


def events_inventory(
    settings: Settings,
    engine: Engine,
    start: float | None,
    end: float | None,
    now: float,
) -> tuple[StoreInventory, tuple[str, ...]]:
    """
    Return the inventory of the event store, and the days (UTC) of its daily ids.

    Every event of the period is read once; what is kept of it are counts and digests of who.

    Raises:
        StoreError: The database failed.
    """
    reader = EventReader(lambda: engine, lambda: None)
    seen = _Seen(rows=sum(reader.count(by="day", since=0.0, now=now).values()))
    first = 0 if start is None else int(start * MILLISECONDS)
    last = int((_LATEST if end is None else end) * MILLISECONDS)
    for page in reader.between(first, last, now, {}):
        for row in page:
            try:
                body = decode_event(row.body)
            except ValueError:
                raise StoreError("an event of the store cannot be read") from None
            _count(seen, body, row.envelope.visitor, row.envelope.subject)
            if row.envelope.visitor and _daily(settings, body.data.purpose):
                seen.days.add(_day_of(body))
    recipients = tuple(sorted(sink_names(settings)))
    inventory = StoreInventory(
        name=EVENTS,
        kind="event store",
        rows=seen.rows,
        in_period=seen.in_period,
        oldest=seen.oldest,
        newest=seen.newest,
        fields=tuple(_fields(settings)),
        people=_people(seen),
        places=dict(seen.places),
        recipients=recipients,
    )
    return inventory, tuple(sorted(seen.days))


def sink_names(settings: Settings) -> Iterator[str]:
    """Yield the sinks by name, with their kind and role."""
    for number, sink in enumerate(settings.sinks):
        yield f"{sink.name or f'{sink.type}-{number}'} ({sink.type}, {sink.role})"


def salt_days(
    days: Sequence[str], rows: Callable[[], Sequence[SaltRow]], now: float
) -> tuple[SaltDay, ...]:
    """
    Return for each of *days* whether some site's salt of it still stands.

    Args:
        days: ISO days.
        rows: Reads what stands in the salt store, without the salts.
        now: Unix seconds.
    """
    try:
        alive = {row.day[:10] for row in rows() if row.not_after > now}
        there = {row.day[:10] for row in rows()}
    except StoreError:
        return tuple(SaltDay(day, "unknown") for day in days[:MOST_DAYS])
    # A dead salt that still stands is not destroyed: whoever reads the store may link by it.
    standing = alive | there
    return tuple(
        SaltDay(day, "alive" if day in standing else "destroyed") for day in days[:MOST_DAYS]
    )


def days_between(start: float | None, end: float | None) -> Iterator[str]:
    """Yield the days (UTC) of a period that has both ends."""
    if start is None or end is None:
        return
    day = datetime.fromtimestamp(start, UTC).date()
    last = datetime.fromtimestamp(end - 1, UTC).date()
    while day <= last:
        yield day.isoformat()
        day += timedelta(days=1)


def _count(seen: _Seen, body: Event, visitor: str | None, subject: str | None) -> None:
    at = datetime.fromisoformat(body.time)
    moment = at.timestamp()
    seen.in_period += 1
    seen.oldest = moment if seen.oldest is None else min(seen.oldest, moment)
    seen.newest = moment if seen.newest is None else max(seen.newest, moment)
    if subject:
        seen.people.add(subject)
    elif visitor:
        seen.visitors.add(visitor)
    else:
        seen.unknown += 1
    place = body.data.place
    found = normalise_place(place.country, place.region)
    seen.places[found] += 1


def _daily(settings: Settings, purpose: str) -> bool:
    """Tell whether visitor ids of *purpose* are those of a day, as it is configured now."""
    table = settings.purposes.get(purpose)
    return table is not None and table.visitor == "day"


def _day_of(body: Event) -> str:
    return f"{datetime.fromisoformat(body.time).astimezone(UTC):%Y-%m-%d}"


def _people(seen: _Seen) -> PeopleCount:
    known, days = len(seen.people), len(seen.visitors)
    if known and not days and not seen.unknown:
        return PeopleCount("exact", known, known)
    why = (
        "ids of visits count browsers, and daily ones visitor-days, not people"
        if days
        else "events without any id"
    )
    if known:
        return PeopleCount("at_least", known, None, why, days)
    if not seen.in_period:
        return PeopleCount("exact", 0, 0)
    return PeopleCount("not_knowable", 0, None, why, days)


def visitor_form(settings: Settings) -> str:
    """Return how visitor ids are made and how long they last; by purpose, where that differs."""
    modes = {name: table.visitor for name, table in settings.purposes.items()}
    said = {_FORMS[mode]: [name for name, its in modes.items() if its == mode] for mode in _FORMS}
    there = {form: names for form, names in said.items() if names}
    if len(there) > 1:
        return "; ".join(f"{form} ({', '.join(names)})" for form, names in there.items())
    return next(iter(there), "none is made")


def _fields(settings: Settings) -> Iterator[FieldInventory]:
    from privacykit.operate.own.datamap import own_map
    from privacykit.stores.events.held_events import OWN_DATASET

    forms = {
        "ip": f"weakened: {settings.ip.mode}",
        "visitor": visitor_form(settings),
        "referrer": f"weakened: {settings.text.referrer}",
        "device": "weakened: class, system, browser family",
        "page": "template of the page, not its path",
    }
    for name, mapped in own_map(settings).of(OWN_DATASET)[EVENTS].fields.items():
        if mapped.personal:
            yield FieldInventory(name, tuple(mapped.category), form=forms.get(name, "plain"))
