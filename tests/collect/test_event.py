"""Tests of the event: every one of them is valid against the published schema."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import RFC_4122, UUID

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.collect.events.event import (
    CUSTOM,
    PAGE,
    RANDOM_BYTES_PER_EVENT,
    EventIds,
    Finisher,
    Item,
)
from privacykit.collect.plans.plan import NO_ADDRESS, PurposePlan
from privacykit.collect.plans.purpose_terms import add_months
from privacykit.pseudonym.addresses.ip import Drop, Truncate, method, no_finer

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/reference/event.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PLAN = PurposePlan(
    "shop",
    "analytics",
    "",
    "day",
    identified=False,
    consented=False,
    sinks=("events",),
    shared=False,
    retention=86_400,
    head='{"specversion":"1.0","source":"urn:privacykit:site:shop",'
    '"datacontenttype":"application/json","dataschema":"urn:privacykit:event:1","id":"',
    fixed='"purpose":"analytics","site":"shop","place":{"country":"DE","region":null},'
    '"consent":{"purposes":{"analytics":"allow"},"source":"law",'
    '"policies":["DE@0123456789ab"],"signals":["gpc"]},'
    '"ip_method":"truncate","stability":"stable"',
)


def _item(**changes) -> Item:
    fields = {
        "plan": PLAN,
        "at": 1_763_726_400.25,
        "opening": PAGE,
        "visitor": "0" * 32,
        "page": '"/"',
        "address": '"ip":"203.0.113.0","ip_bits":24',
        "device": "null",
        "more": "",
        "record": "r",
        "subject": None,
    }
    return Item(**{**fields, **changes})


def _finished(*items: Item):
    return Finisher()(list(items), bytes(RANDOM_BYTES_PER_EVENT * len(items)))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"visitor": None},
        {"address": NO_ADDRESS.json_members},
        {"page": "null", "device": '{"type":"desktop","os":"Linux","browser":"Firefox 145"}'},
        {"more": ',"language":"de","referrer":{"channel":"direct"}'},
        {"opening": f'{CUSTOM}"signup"', "more": ',"props":{"plan":"free"}'},
    ],
    ids=["plain", "no-visitor", "no-address", "device", "language", "custom"],
)
def test_event_is_valid(changes):
    """Whatever is missing, the event follows its schema."""
    body = json.loads(_finished(_item(**changes))[0].body)
    assert list(VALIDATOR.iter_errors(body)) == []


def test_times_and_expiry_are_stamped():
    """The expiry is the event's time plus the retention, in body and envelope alike."""
    row = _finished(_item())[0]
    body = json.loads(row.body)
    assert body["time"] == "2025-11-21T12:00:00.250Z"
    assert body["data"]["expires_at"] == "2025-11-22T12:00:00Z"
    assert row.envelope.expires_at == 1_763_812_800


def test_record_travels_only_with_consent():
    """A consent record that an event does not rest on is no business of the outbox."""
    assert _finished(_item())[0].envelope.record is None


def test_nothing_makes_no_rows():
    """A batch may be empty."""
    assert _finished() == []


def test_a_wrong_event_would_be_noticed():
    """The schema refuses what it does not know."""
    event = json.loads(_finished(_item())[0].body)
    event["data"]["address"] = "203.0.113.9"
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(event)


@given(st.lists(st.tuples(st.integers(1, 2500), st.floats(0, 2e9)), min_size=1, max_size=8))
def test_ids_rise_whatever_the_clock_does(batches):
    """UUIDv7 ids rise within a process even when the clock jumps back."""
    ids = EventIds()
    made = [
        id_
        for count, at in batches
        for id_ in ids.take(count, int(at * 1000), bytes(RANDOM_BYTES_PER_EVENT * count))
    ]
    assert made == sorted(set(made))
    assert len(made) == sum(count for count, _ in batches)


def test_an_id_is_of_version_7():
    """Time, version, count, variant and random bits stand where RFC 9562 §5.7 wants them."""
    made = EventIds().take(2, 0x017F22E279B0, bytes(range(1, 17)))
    assert made == ["017f22e2-79b0-7000-80f1-010203040506", "017f22e2-79b0-7001-80f1-0708090a0b0c"]
    assert {(UUID(id_).version, UUID(id_).variant) for id_ in made} == {(7, RFC_4122)}


def test_item_does_not_print():
    """An event in memory shows nothing in a log or traceback."""
    assert repr(_item()) == "<Item>"


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2026-11-21", 13, "2027-12-21"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-12-15", 0, "2026-12-15"),
        ("2026-10-31", 1, "2026-11-30"),
    ],
)
def test_retention_months_are_calendar_months(day, months, then):
    """A month is a month and not thirty days."""
    from datetime import date

    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(then)


@pytest.mark.parametrize(
    ("asked", "bits", "given_"),
    [
        (Truncate(24, 48), (32, 128), Truncate(24, 48)),
        (Truncate(24, 48), (16, 48), Truncate(16, 48)),
        (Truncate(8, 32), (16, 48), Truncate(8, 32)),
        (method("keep", basis="security"), (24, 64), Truncate(24, 64)),
    ],
    ids=["no-bound", "finer-than-allowed", "coarser", "whole"],
)
def test_policy_bounds_the_address(asked, bits, given_):
    """No configuration keeps more of an address than a policy allows."""
    assert no_finer(asked, *bits) == given_


def test_dropped_stays_dropped():
    """What keeps nothing is never replaced by what keeps something."""
    drop = Drop()
    assert no_finer(drop, 24, 48) is drop
