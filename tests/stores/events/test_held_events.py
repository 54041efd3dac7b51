"""Holds on our own events: nothing drops a period behind their back."""

import msgspec
import pytest

from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.govern.records import Hold, RowCondition
from privacykit.stores.database.engine import open_engine, reading
from privacykit.stores.events.event_tables import HELD, HeldBy
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.held_events import EVERYTHING, held_events

HOLD = Hold("h", "privacykit", "events", (), "x", "system", 0.0, 0.0)
SUBJECT = RowCondition("subject", "=", "s1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"where": (SUBJECT,)}, (HeldBy("subject", "s1"),)),
        ({"where": (RowCondition("time", "<", 1), SUBJECT)}, (HeldBy("subject", "s1"),)),
        ({"where": ()}, (EVERYTHING,)),
        ({"where": (RowCondition("time", "<", 1),)}, (EVERYTHING,)),
        ({"where": (RowCondition("nothing", "=", "x"),)}, (EVERYTHING,)),
        ({"collection": "*"}, (EVERYTHING,)),
        ({"dataset": "shop"}, ()),
        ({"collection": "consents"}, ()),
        ({"released_at": 1.0}, ()),
    ],
)
def test_hold_never_means_less_than_it_says(changes, expected):
    """What the event store cannot compare is held as a whole."""
    assert held_events([msgspec.structs.replace(HOLD, **changes)]) == expected


def _event(number, subject):
    body = {"time": "2026-01-01T00:00:00Z", "data": {"name": "page"}}
    envelope = Envelope(f"e{number}", "shop", "analytics", 1000, ("events",), subject=subject)
    return OutboxRow(envelope, msgspec.json.encode(body))


@pytest.mark.parametrize(
    ("holds", "kept"),
    [((), 0), ((HeldBy("subject", "s1"),), 2), ((EVERYTHING,), 5)],
    ids=["none", "one person", "all"],
)
def test_held_events_outlive_their_period_until_released(sql_url, holds, kept):
    """They are moved aside, and go when the hold does."""
    engine = open_engine(sql_url, kind="events")
    store = EventStore(engine)
    store.ensure_periods(0, 0)
    store.add([_event(n, f"s{n % 3}") for n in range(5)], 0)

    store.drop_expired(1e9, holds)

    with reading(engine) as connection:
        assert len(connection.execute(HELD.select()).all()) == kept
    assert store.drop_released(1e9, holds) == 0
    assert store.drop_released(1e9, ()) == kept
    engine.dispose()
