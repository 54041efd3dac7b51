"""Sinks as recipients of an erasure: who is asked, under which ids, and who is not, and why."""

from __future__ import annotations

import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.collect.ports import OutboxRow
from privacykit.govern.records import Identity, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.notify import RecipientNotice
from privacykit.operate.backends.deletions import MOST_BYTES, BackendDeletions
from privacykit.operate.backends.destination import destination_of
from privacykit.operate.backends.sent import sent_to
from privacykit.operate.context import OperatorContext
from privacykit.sinks.deletes import Deletion
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.testing.samples import rich_row

NOW = time.time()
LATER = int(NOW) + 86_400
MATOMO = """
[[sinks]]
type = "matomo"
name = "matomo"
purposes = ["analytics"]
url = "https://matomo.example"
token = "t"
idsite = 1
site_url = "https://shop.example"
"""
HUBSPOT = """
[[sinks]]
type = "hubspot"
name = "crm"
purposes = ["analytics"]
token = "t"
hub_id = 1
contact = "lead"
"""
SEGMENT = """
[[sinks]]
type = "segment"
name = "pipe"
purposes = ["analytics"]
url = "https://api.segment.io"
token = "t"
"""
TABLE = """
[sinks.deletion]
token = "t"
"""
OTHER = """
[[sinks]]
type = "sql"
name = "copy"
purposes = ["analytics"]
url = "sqlite:///copy.db"
"""
STORE = '[events]\npage = "analytics"'
ME = ("subject", "me")
REQUEST = SubjectRequest(
    "5f0c",
    RequestType.ERASURE,
    (Identity("email", "anna@shop.example"),),
    "DE",
    RequestStatus.IN_PROGRESS,
    "DE",
    NOW,
    "ref",
)


@pytest.fixture
def opened(tmp_path):
    """Opens an installation with sinks; its event store has room."""
    made = []

    def opened(sinks, config=CONFIG):
        stored = config.replace(STORE, f'{STORE}\nurl = "sqlite:///privacykit-events.db"')
        context = OperatorContext(str(lay_out(tmp_path, stored + sinks)))
        made.append(context)
        with context.events() as store:
            if store is not None:
                store.ensure_periods(NOW, 2)
        return context

    yield opened
    for context in made:
        context.close()


def event(number, *, visitor=None, subject=None, record=None, purpose="analytics", **data):
    """Return an event of somebody."""
    made = rich_row(number, visitor=visitor, **data)
    envelope = msgspec.structs.replace(
        made.envelope,
        visitor=visitor,
        subject=subject,
        record=record,
        purpose=purpose,
        expires_at=LATER,
    )
    return OutboxRow(envelope, made.body)


def keep(context, *rows, pending=()):
    """Store *rows*, and let *pending* wait."""
    with context.events() as store:
        store.add(rows, NOW)
    with context.outbox() as outbox:
        outbox.add(list(pending), NOW)


def asked(context, *keys):
    """Return the notices by recipient: status, evidence, order."""
    found = list(BackendDeletions(context).notices(REQUEST, keys or (ME,)))
    return {
        it.recipient: (
            it.status,
            it.evidence,
            msgspec.json.decode(it.body, type=Deletion) if it.body else None,
        )
        for it in found
    }


def test_an_id_is_what_the_mapping_made_of_the_persons_events(opened):
    """Of the visitor where there is one, else of the event; each once."""
    context = opened(MATOMO)
    keep(
        context,
        event(1, visitor="a" * 32, subject="me"),
        event(2, visitor="a" * 32, subject="me"),
        event(3, subject="me"),
        event(4, visitor="b" * 32, subject="other"),
    )
    status, _, order = asked(context)["privacykit-matomo"]
    assert status == "pending"
    assert sorted(order.ids) == sorted(["a" * 16, "8000" + f"{3:012d}"])


def test_events_of_purposes_that_the_sink_does_not_get_are_not_told(opened):
    """They never went there, nor does their id."""
    context = opened(MATOMO)
    keep(context, event(1, visitor="a" * 32, subject="me", purpose="profile"))
    assert asked(context)["privacykit-matomo"] == ("nothing_sent", "", None)


def test_events_of_sites_that_the_sink_does_not_get_are_not_told(opened):
    """They never went there either."""
    blog = '[[site]]\nid = "blog"\nhosts = ["blog.example"]\ntimezone = "UTC"\n\n[events]'
    context = opened(f'{MATOMO}sites = ["blog"]\n', CONFIG.replace("[events]", blog))
    keep(context, event(1, visitor="a" * 32, subject="me"))
    assert asked(context)["privacykit-matomo"] == ("nothing_sent", "", None)


def test_what_is_on_its_way_counts_as_sent(opened):
    """It may have left a moment ago: the outbox is told of it later."""
    context = opened(MATOMO)
    waiting = event(1, visitor="a" * 32, subject="me")
    envelope = msgspec.structs.replace(waiting.envelope, sinks=("matomo",))
    keep(context, pending=[OutboxRow(envelope, waiting.body)])
    assert asked(context)["privacykit-matomo"][2].ids == ("a" * 16,)


def test_somebody_elses_event_on_its_way_makes_an_id_shared(opened):
    """The event store does not have it yet, the backend perhaps has."""
    context = opened(MATOMO)
    other = event(2, visitor="a" * 32, subject="other")
    envelope = msgspec.structs.replace(other.envelope, sinks=("matomo",))
    keep(
        context,
        event(1, visitor="a" * 32, subject="me"),
        pending=[OutboxRow(envelope, other.body)],
    )
    assert asked(context)["privacykit-matomo"][:2] == ("unable", "1 ids, all shared with others")


def test_a_contact_is_the_persons_alone_whoever_shared_the_browser(opened):
    """The application says whose the event is, and no address is in it."""
    context = opened(HUBSPOT)
    keep(
        context,
        event(1, visitor="a" * 32, subject="me", props={"lead": 1001}),
        event(2, visitor="a" * 32, subject="other", props={"lead": 1002}),
    )
    assert asked(context)["privacykit-crm"][2].ids == ("1001",)


def test_two_contacts_are_nobodys_to_delete(opened):
    """One of them may be a stranger's: somebody has to look."""
    context = opened(HUBSPOT)
    keep(
        context,
        event(1, subject="me", props={"lead": 1001}),
        event(2, subject="me", props={"lead": 1002}),
    )
    assert asked(context)["privacykit-crm"] == ("unable", "2 people", None)


@pytest.mark.parametrize(
    ("sinks", "why"),
    [
        (SEGMENT, "deletion is not configured"),
        (SEGMENT + TABLE, "sent under no id that its deletion finds"),
    ],
)
def test_who_is_asked_nothing_is_told_why(sinks, why, opened):
    """No table, or a visitor id that was never sent as what is looked for."""
    context = opened(sinks)
    keep(context, event(1, visitor="a" * 32, subject="me"))
    assert asked(context)["privacykit-pipe"] == ("unable", why, None)


def test_without_an_event_store_nobody_knows_what_was_sent(opened):
    """And that is said: silence would be taken for an erasure."""
    context = opened(MATOMO)
    blind = context.settings.model_copy(
        update={"events": context.settings.events.model_copy(update={"url": None})}
    )
    context.settings = blind
    said = asked(context)["privacykit-matomo"]
    assert said == ("unable", "nothing kept here says what was sent", None)


def test_another_store_of_ours_is_asked_by_the_persons_keys(opened, tmp_path):
    """It keeps the envelope: nothing need be known of what was sent."""
    engine = open_engine(f"sqlite:///{tmp_path}/copy.db", kind="events")
    store = EventStore(engine)
    store.ensure_periods(NOW, 2)
    store.add([event(1, subject="me"), event(2, subject="other")], NOW)
    context = opened(OTHER)
    deletions = BackendDeletions(context)
    (notice,) = deletions.notices(REQUEST, (ME,))
    answer = deletions.send(notice)
    assert (answer.status, answer.effect.value) == ("acknowledged", "logical")
    assert [it.subject for it in store.select(NOW)] == ["other"]
    engine.dispose()


def test_an_order_that_is_too_long_is_several(opened):
    """Each is kept in a row that every database takes."""
    context = opened(MATOMO)
    keep(context, *(event(n, visitor=f"{n:016x}" * 2, subject="me") for n in range(2000)))
    found = asked(context)
    assert sorted(found) == ["privacykit-matomo", "privacykit-matomo/2"]
    assert all(len("".join(order.ids)) < MOST_BYTES for _, _, order in found.values())
    assert len({id_ for _, _, order in found.values() for id_ in order.ids}) == 2000


def test_an_order_says_nothing_of_itself(opened):
    """Logs and errors show no id."""
    assert "secret" not in repr(Deletion(("secret",), ("secret",)))
    context = opened(MATOMO)
    keep(context, event(1, visitor="a" * 32, subject="me"))
    assert "a" * 16 not in repr(sent_to(context, (ME,)))


def test_a_table_that_is_wrong_keeps_the_order_waiting(opened):
    """Whoever mends the file finds it done."""
    context = opened(MATOMO.replace("https://", "http://"))
    order = msgspec.json.encode(Deletion(("a",), to=destination_of(context, "matomo")))
    notice = RecipientNotice("n", "r", "privacykit-matomo", order, "pending", 0, NOW, NOW)
    answer = BackendDeletions(context).send(notice)
    assert (answer.status, answer.evidence[:5]) == ("pending", "PK164")


PEOPLE = st.sampled_from([None, "me", "other"])
VISITORS = st.sampled_from([None, "v1", "v2", "v3"])


@settings(max_examples=40, deadline=None)
@given(
    seen=st.lists(st.tuples(VISITORS, PEOPLE, st.booleans()), max_size=8),
    named=st.booleans(),
)
def test_an_id_is_told_only_where_every_event_under_it_is_the_persons(
    seen, named, tmp_path_factory
):
    """For any history: by the rule by which our own store erases, in store and outbox alike."""
    folder = tmp_path_factory.mktemp("shared")
    engine = open_engine(f"sqlite:///{folder}/events.db", kind="events")
    store, outbox = EventStore(engine), OutboxStore(engine)
    store.ensure_periods(NOW, 2)
    outbox.prepare()
    keys = [ME, ("visitor", "v1")] if named else [ME]
    rows = [event(n, visitor=who, subject=of) for n, (who, of, _) in enumerate(seen)]
    store.add([it for it, (_, _, kept) in zip(rows, seen, strict=True) if kept], NOW)
    waiting = [it for it, (_, _, kept) in zip(rows, seen, strict=True) if not kept]
    outbox.add([_to_matomo(it) for it in waiting], NOW)
    wanted = {
        who
        for who, of, _ in seen
        if who and of != "me" and not (named and who == "v1" and of is None)
    }
    asked = ["v1", "v2", "v3"]
    assert outbox.shared(asked, keys) | store.shared(asked, keys) == wanted
    engine.dispose()


def _to_matomo(it):
    return OutboxRow(msgspec.structs.replace(it.envelope, sinks=("matomo",)), it.body)


def test_a_store_that_is_down_keeps_the_order_waiting(opened):
    """In the store's words, which hold no data."""
    context = opened(OTHER.replace("sqlite:///copy.db", "postgresql+psycopg://u@127.0.0.1:9/no"))
    (notice,) = BackendDeletions(context).notices(REQUEST, (ME,))
    answer = BackendDeletions(context).send(notice)
    assert (answer.status, answer.evidence[:2]) == ("pending", "PK")


def test_an_order_takes_the_place_of_what_said_that_none_was_possible(opened):
    """A hold was released: the request is run again, and its sink is asked after all."""
    context = opened(MATOMO)
    keep(context, event(1, visitor="a" * 32, subject="me"))
    (order,) = BackendDeletions(context).notices(REQUEST, (ME,))
    on_hold = msgspec.structs.replace(
        order, notice_id="held", body=b"", status="unable", next_at=None, evidence="1 events"
    )
    context.notices.add([on_hold])
    context.notices.add([order])
    context.notices.add([msgspec.structs.replace(on_hold, notice_id="later")])
    assert context.notices.of(REQUEST.subject_request_id) == (order,)
