"""Our own events in an incident: visitor-days are exact, people are not knowable, salts are told."""

from __future__ import annotations

import msgspec
import pytest

from privacykit.collect.ports import OutboxRow
from privacykit.govern.incidents.model import PeopleCount
from privacykit.operate.incidents.own_events import events_inventory, visitor_form
from privacykit.settings.load import parse
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.testing.layout import CONFIG
from privacykit.testing.samples import NOW, of_nobody, rich_row, row

SINK = '[[sinks]]\nname = "hook"\ntype = "jsonl"\nfolder = "."\npurposes = ["analytics"]\n'
SETTINGS = parse(CONFIG + SINK)
LASTING = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_storage"]
visitor = "consented"
[purposes.necessary]
uses = ["strictly_necessary"]
visitor = "none"
"""


@pytest.fixture
def stored(tmp_path):
    """Store events; gives the inventory of a period of them."""
    engine = open_engine(f"sqlite:///{tmp_path}/events.db", kind="events")
    store = EventStore(engine)
    store.ensure_periods(NOW, 6)

    def stored(rows, start=None, end=None):
        store.add(rows, NOW)
        return events_inventory(SETTINGS, engine, start, end, NOW + 100)

    yield stored
    engine.dispose()


def _by(number, visitor, subject=None):
    envelope = msgspec.structs.replace(row(number).envelope, visitor=visitor, subject=subject)
    return OutboxRow(envelope, row(number).body)


def test_daily_ids_are_visitor_days_not_people(stored):
    """Five events of two ids."""
    rows = [_by(n, "a" if n % 2 else "b") for n in range(1, 6)]
    store, days = stored(rows)
    assert store.people.known == "not_knowable"
    assert (store.people.visitor_days, store.in_period) == (2, 5)
    assert "visitor-days" in store.people.why
    assert days == ("2027-01-15",)
    assert store.places == {"DE": 5}


def test_identified_people_are_counted(stored):
    """Exactly where every event has one, at least that many beside others."""
    assert stored([_by(n, None, f"s{n % 2}") for n in range(1, 5)])[0].people == PeopleCount(
        "exact", 2, 2
    )
    more, _ = stored([of_nobody(row(9))])
    assert (more.people.known, more.people.number) == ("at_least", 2)


def test_the_period_is_of_the_events_own_time(stored):
    """And oldest and newest are told."""
    store, _ = stored([row(n) for n in range(1, 9)], NOW + 2, NOW + 5)
    assert (store.rows, store.in_period) == (8, 3)
    assert (store.oldest, store.newest) == (NOW + 2, NOW + 4)


def test_places_have_their_states(stored):
    """A law of a state needs it."""
    store, _ = stored([rich_row(1), row(2)])
    assert store.places == {"US-CA": 1, "DE": 1}


def test_nothing_there_is_nobody(stored):
    """Exactly none."""
    assert stored([])[0].people == PeopleCount("exact", 0, 0)


def test_an_id_that_lasts_is_not_said_to_die_with_a_salt(tmp_path):
    """A consented purpose's ids live as long as the consent, whatever becomes of the days' salts."""
    settings = parse(LASTING)
    engine = open_engine(f"sqlite:///{tmp_path}/events.db", kind="events")
    store = EventStore(engine)
    store.ensure_periods(NOW, 6)
    store.add([_by(n, "a") for n in range(1, 3)], NOW)

    found, days = events_inventory(settings, engine, None, None, NOW + 100)

    engine.dispose()
    form = next(field.form for field in found.fields if field.field == "visitor")
    assert (days, form) == (
        (),
        "keyed pseudonym by a durable key, the same as long as the consent stands",
    )


def test_ids_of_two_kinds_are_told_by_purpose():
    """And which purpose has which."""
    both = parse(LASTING + '[purposes.visits]\nuses = ["analytics_no_storage"]\n')
    assert [part.rpartition(" (")[2] for part in visitor_form(both).split("; ")] == [
        "visits)",
        "analytics)",
    ]


def test_forms_and_recipients_are_told(stored):
    """How each field is kept, and who got the same."""
    store, _ = stored([row(1)])
    forms = {field.field: field.form for field in store.fields}
    assert forms["ip"] == "weakened: truncate"
    assert "destroyed" in forms["visitor"]
    assert store.recipients == ("hook (jsonl, processor)",)
