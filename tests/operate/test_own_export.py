"""Tests of exports of our own stores: a person's events are theirs, as any other row is."""

from __future__ import annotations

import time
import tracemalloc
from collections import deque

import msgspec
import pytest

from privacykit.collect.events.format import EventData
from privacykit.collect.ports import ConsentRecord
from privacykit.errors import StoreError
from privacykit.govern.datamap import DataMap, parse_datamap
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.records import Identity
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.datamap import own_map, with_own
from privacykit.operate.own.events import OwnEvents
from privacykit.operate.own.export import OwnStores
from privacykit.pseudonym.subject import subject_reference
from privacykit.pseudonym.visitor import consented_id
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.testing.samples import row

NOW = time.time()
LATER = int(NOW) + 86_400
ANN = Identity("controller_customer_id", "customer-7")


@pytest.fixture
def context(tmp_path):
    """An installation whose event store has room."""
    made = OperatorContext(str(lay_out(tmp_path)))
    (tmp_path / "datamap.toml").write_text("")
    with made.events() as store:
        store.ensure_periods(NOW, 2)
    yield made
    made.close()


def _key(context):
    return context.keys.current("subject").value


def _event(number, **envelope):
    made = row(number, expires_at=LATER)
    who = {"subject": None, "record": None, "visitor": None} | envelope
    return msgspec.structs.replace(made, envelope=msgspec.structs.replace(made.envelope, **who))


def _keep(context, *rows, pending=()):
    with context.events() as store:
        store.add(rows, NOW)
    with context.outbox() as outbox:
        outbox.add(list(pending), NOW)


def _stores(context, *identities):
    traces = OwnEvents(context, identities).traces
    return OwnStores(context, traces, own_map(context.settings).of("privacykit"))


def _read(context, collection, *identities, given=False):
    asked = Context(Subject(identities), NOW, given=given)
    return list(_stores(context, *identities).rows(collection, asked))


def _ids(rows):
    return [int(found["id"][-12:]) for found in rows]


def test_a_persons_events_are_found_wherever_they_are(context):
    """Those delivered and those on their way; nobody else's."""
    ann, ben = (subject_reference(_key(context), who) for who in ("customer-7", "customer-8"))
    waiting = [_event(3, subject=ann), _event(4, subject=ben)]
    _keep(context, _event(1, subject=ann), _event(2, subject=ben), pending=waiting)

    assert _ids(_read(context, "events", ANN)) == [1]
    assert [(found["sink"], found["id"][-1]) for found in _read(context, "outbox", ANN)] == [
        ("events", "3")
    ]


def test_an_event_is_told_as_it_is_kept(context):
    """What the body says, under the names of the map; what it does not say is empty."""
    _keep(context, _event(1, subject=subject_reference(_key(context), "customer-7")))

    told = _read(context, "events", ANN)[0]

    assert told["referrer"] is None
    assert set(told) == set(own_map(context.settings).of("privacykit")["events"].fields)
    assert (told["name"], told["purpose"], told["page"]) == ("page", "analytics", "/")


def test_the_map_names_every_member_of_an_event(context):
    """What an event holds and the map does not name would be in no export."""
    mapped = own_map(context.settings).of("privacykit")["events"].fields
    assert set(mapped) == {"id", "time", *EventData.__struct_fields__}


def test_an_event_that_cannot_be_read_is_said_by_its_id(context):
    """It is not left out of the export in silence, and nothing of it is shown."""
    row = _event(1, subject=subject_reference(_key(context), "customer-7"))
    broken = msgspec.structs.replace(row, body=row.body.replace(b'"page":"/"', b'"page":7'))
    _keep(context, broken)

    with pytest.raises(StoreError, match=f"^the event {row.envelope.id} cannot be read$"):
        _read(context, "events", ANN)


def test_a_visitor_id_finds_events_of_nobody_known_only(context):
    """People behind one address share it; what somebody did while known is theirs."""
    shared = "a" * 32
    _keep(context, _event(1, visitor=shared), _event(2, visitor=shared, subject="b" * 32))

    assert _ids(_read(context, "events", Identity("visitor_id", shared))) == [1]


def test_a_consent_finds_its_proof_and_its_events_once(context):
    """By the record where it is kept, else by the visitor id made of it."""
    record = "r" * 22
    context.consents.add(ConsentRecord(record, "shop", ("profile",), "1", ("DE@0",), NOW))
    visitor = consented_id(_key(context), record)
    pending = [_event(1, record=record, visitor=visitor)]
    _keep(context, _event(2, record=record, visitor=visitor), pending=pending)
    named = Identity("consent_record", record)

    assert _ids(_read(context, "outbox", named)) == [1]
    assert _ids(_read(context, "events", named)) == [2]
    assert _read(context, "consents", named)[0]["purposes"] == ("profile",)


def test_portability_leaves_out_what_we_made_ourselves(context):
    """Article 20 covers what was provided and observed."""
    _keep(context, _event(1, subject=subject_reference(_key(context), "customer-7")))

    told = _read(context, "events", ANN, given=True)[0]

    assert {"visitor", "place"}.isdisjoint(told)
    assert "page" in told


def test_memory_does_not_grow_with_the_events(context):
    """Rows are read by pages."""
    ann = subject_reference(_key(context), "customer-7")
    peaks = []
    for numbers in (range(2_000), range(2_000, 20_000)):
        _keep(context, *(_event(number, subject=ann) for number in numbers))
        rows = _stores(context, ANN).rows("events", Context(Subject((ANN,)), NOW))
        tracemalloc.start()
        deque(rows, maxlen=0)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2_000_000


def test_the_map_names_recipients_and_retention(tmp_path):
    """What an export has to say of events comes from the configuration."""
    sink = '\n[[sinks]]\ntype = "jsonl"\nname = "lake"\nurl = "file:lake"\npurposes = ["analytics"]'
    made = OperatorContext(str(lay_out(tmp_path, CONFIG + sink)))
    whole = with_own(DataMap(), made.settings)

    assert whole.recipients_of("privacykit", "events") == ("privacykit-lake",)
    spans = [str(rule.duration) for rule in whole.of("privacykit")["events"].retention]
    assert spans == ["13 months", "13 months", "13 months", "3 months"]


def test_a_map_that_has_our_stores_already_is_left_alone(context):
    """Who maps them with words of their own is heard."""
    theirs = parse_datamap('[datasets.privacykit]\nurl = "sqlite:///x.db"\n')
    assert with_own(theirs, context.settings) is theirs
