"""Events that lie under their own ids are deleted by them: the person's, none on hold, no others."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from privacykit.collect.ports import OutboxRow
from privacykit.govern.audit.chain import SYSTEM
from privacykit.govern.records import Hold, RowCondition
from privacykit.operate.backends.deletions import HELD, BackendDeletions
from privacykit.operate.own.events import OwnEvents
from privacykit.settings.backends import Backends
from privacykit.sinks.deletes import Deletion
from privacykit.stores.events.held_events import OWN_DATASET
from privacykit.testing.samples import ids
from tests.operate.backends.test_deletions import LATER, ME, NOW, REQUEST, event, keep, opened
from tests.sinks.storage.places import ids_below

__all__ = ["opened"]  # a fixture
LAKE = """
[[sinks]]
type = "objects"
name = "lake"
purposes = ["analytics"]
folder = "."
"""
SHARED = "a" * 32


@pytest.fixture
def context(opened):
    """An installation with a lake."""
    return opened(LAKE)


def arrived(context, *rows):
    """Store *rows*, in the lake as well."""
    keep(context, *rows)
    lake = Backends(context.settings, context.paths, counters=None, clock=context.clock).sink(
        "lake"
    )
    asyncio.run(lake.send(rows))


def erased(context):
    """Carry out the erasure's orders; return what each answered."""
    deletions = BackendDeletions(context)
    return [
        (deletions.send(notice).evidence if notice.status == "pending" else notice.evidence)
        for notice in deletions.notices(REQUEST, (ME,))
    ]


def test_the_persons_events_go_and_nobody_elses(context, tmp_path):
    """Also where both came under one visitor id, as behind one address."""
    arrived(
        context,
        event(1, subject="me", visitor=SHARED),
        event(2, subject="other", visitor=SHARED),
        event(3, visitor=SHARED),
    )
    assert erased(context) == ["1 ids; 1 events"]
    assert ids_below(tmp_path) == ids(2, 3)


def test_what_is_on_hold_stays(context, tmp_path):
    """There as in our own store; the rest goes."""
    arrived(context, event(1, subject="me", visitor="b" * 32), event(2, subject="me"))
    held = RowCondition("visitor", "=", "b" * 32)
    context.holds.place(
        Hold("a" * 32, OWN_DATASET, "events", (held,), "case", SYSTEM, NOW, NOW + 9)
    )
    assert erased(context) == ["1 ids; 1 events"]
    assert ids_below(tmp_path) == ids(1)


def test_a_lake_that_fails_is_asked_again(context, tmp_path):
    """The order stays, with all of its ids."""
    arrived(context, event(1, subject="me"), event(2, subject="me"))
    (path,) = tmp_path.rglob("part-*")
    whole = path.read_bytes()
    path.write_bytes(b"torn")
    deletions = BackendDeletions(context)
    (notice,) = deletions.notices(REQUEST, (ME,))
    assert deletions.send(notice).status == "pending"
    assert sorted(msgspec.json.decode(notice.body, type=Deletion).ids) == sorted(ids(1, 2))
    path.write_bytes(whole)
    assert deletions.send(notice).status == "acknowledged"
    assert ids_below(tmp_path) == []


def test_an_order_holds_ids_of_events_alone(context):
    """Nothing else of the person or of the visit is told to what deletes."""
    arrived(context, event(1, subject="me", visitor=SHARED, record="r" * 22))
    (notice,) = BackendDeletions(context).notices(REQUEST, (ME,))
    assert msgspec.json.decode(notice.body, type=Deletion).ids == tuple(ids(1))
    assert not any(word in notice.body for word in (b'"me"', SHARED.encode(), b"r" * 22))


def hold(context, *where):
    """Place a hold on events; its clock is behind."""
    at = context.clock() - 60
    held = Hold("a" * 32, OWN_DATASET, "events", where, "case", SYSTEM, at, at + 9)
    context.holds.place(held)


@pytest.mark.parametrize(
    "where", [(), (RowCondition("visitor", "=", "b" * 32),)], ids=["all", "one visitor"]
)
def test_a_hold_that_comes_after_the_order_stops_it(where, context, tmp_path):
    """Also where our own rows are gone meanwhile; when it is released the order is carried out."""
    arrived(context, event(1, subject="me", visitor="b" * 32))
    deletions = BackendDeletions(context)
    (notice,) = deletions.notices(REQUEST, (ME,))
    with context.events() as store:
        store.forget(*ME)
    hold(context, *where)
    answer = deletions.send(notice)
    assert (answer.status, answer.evidence, answer.working) == ("pending", HELD, True)
    assert ids_below(tmp_path) == ids(1)
    context.holds.release("a" * 32, at=context.clock(), actor=SYSTEM)
    assert deletions.send(notice).status == "acknowledged"
    assert ids_below(tmp_path) == []


def test_a_hold_that_stood_before_does_not_stop_what_it_does_not_hold(context, tmp_path):
    """What it holds is not in the order; nor does its end, or one on other rows, stop anything."""
    arrived(context, event(1, subject="me", visitor="b" * 32), event(2, subject="me"))
    hold(context, RowCondition("visitor", "=", "b" * 32))
    deletions = BackendDeletions(context)
    (notice,) = deletions.notices(REQUEST, (ME,))
    at = context.clock()
    context.holds.place(Hold("c" * 32, "shop", "*", (), "case", SYSTEM, at, at + 9))
    assert deletions.send(notice).status == "acknowledged"
    assert ids_below(tmp_path) == ids(1)


def on_its_way(row, *sinks):
    """Return *row*, waiting for *sinks*."""
    return OutboxRow(msgspec.structs.replace(row.envelope, sinks=sinks), row.body)


def held_and_waiting(context, where):
    """Let a held event wait for the event store and the lake, and one that is not on hold."""
    mine = event(2, subject="me", visitor="b" * 32), event(3, subject="me", visitor="c" * 32)
    hold(context, where)
    keep(context, pending=[on_its_way(it, "events", "lake") for it in mine])


@pytest.mark.parametrize(
    "where",
    [RowCondition("visitor", "=", "b" * 32), RowCondition("record", "=", "never kept")],
    ids=["held", "not held"],
)
def test_what_is_on_hold_on_its_way_is_in_no_order(where, context):
    """It may have arrived a moment ago, and the event store does not have it yet."""
    held_and_waiting(context, where)
    (notice,) = BackendDeletions(context).notices(REQUEST, (ME,))
    found = msgspec.json.decode(notice.body, type=Deletion).ids
    assert sorted(found) == (ids(3) if where.column == "visitor" else ids(2, 3))


@pytest.mark.parametrize("periods", [True, False], ids=["there", "not made yet"])
def test_what_is_on_hold_on_its_way_is_kept_and_does_not_leave(periods, context, tmp_path):
    """Our event store gets it, since that is what the hold is of; nobody else does."""
    held_and_waiting(context, RowCondition("visitor", "=", "b" * 32))
    if not periods:
        with context.events() as store:
            store.drop_expired(LATER + 400 * 86_400.0)
    (tmp_path / "datamap.toml").write_text("")
    ours = OwnEvents(context, ())
    ours.traces = (ME,)
    ours.forget()
    with context.events() as store, context.outbox() as outbox:
        assert [it.id for it in store.of_subject(*ME)] == ids(2)
        assert list(outbox.of_subject(*ME)) == []
