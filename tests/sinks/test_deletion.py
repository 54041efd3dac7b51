"""Deletion at the other end of a sink: each product's interface, against a stub that validates."""

import asyncio
from dataclasses import replace
from urllib.parse import parse_qsl

import msgspec
import pytest

from privacykit.collect.events.format import EventConsent
from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks import OURS, SinkConfig, build, kind_of
from privacykit.sinks.deletes import (
    FOLLOW_SECONDS,
    NOTHING_FOUND,
    Deletion,
    DeletionProgress,
    key_of,
)
from privacykit.sinks.http.deleter import MOST_CALLS
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.testing.samples import NOW, ids, rich_row, row
from privacykit.testing.stubs.amplitude import AmplitudeStub
from privacykit.testing.stubs.ga4 import GA4Stub
from privacykit.testing.stubs.hubspot import HubSpotStub
from privacykit.testing.stubs.matomo import MatomoStub
from privacykit.testing.stubs.mixpanel import MixpanelStub
from privacykit.testing.stubs.pipelines.rudderstack import RudderStackStub
from privacykit.testing.stubs.posthog import PostHogStub
from privacykit.testing.stubs.segment import SegmentStub
from privacykit.testing.stubs.server import BROKEN, SILENT, StubAnswer, StubRequest
from tests.sinks.products import sample, send

SOON = 0.5
"""Seconds that a stub which says nothing is waited for."""

SITE = "https://shop.example"
CRM = {"hub_id": 1, "contact": "lead"}
CONSENTED = EventConsent({"ads": "allow"}, "consent", ("DE@0123456789ab",), ())
PRODUCTS = {
    "amplitude": (AmplitudeStub, {}, {}),
    "ga4": (
        lambda: GA4Stub(lambda: NOW),
        {"measurement_id": GA4Stub.measurement_id, "site_url": SITE},
        {"property": GA4Stub.property},
    ),
    "hubspot": (HubSpotStub, CRM, None),
    "matomo": (lambda: MatomoStub(lambda: NOW + 60), {"idsite": 1, "site_url": SITE}, None),
    "mixpanel": (lambda: MixpanelStub(lambda: NOW), {}, {}),
    "posthog": (PostHogStub, {"erasable": True}, {"project": "1"}),
    "rudderstack": (RudderStackStub, {"erasable": True}, {"destinations": ["dest-1"]}),
    "segment": (SegmentStub, {"erasable": True}, {}),
}
"""For each kind that deletes: its stub, the keys of its sink and of the table `deletion`."""

FOLLOWED = ("amplitude", "hubspot", "mixpanel", "posthog", "segment")
MEASURED = (*FOLLOWED, "matomo")


def who(number):
    """Return the visitor id of the event with *number*; its first half tells it from others."""
    return f"{number:016x}" * 2


def event(kind, number):
    """Return an event that the kind can send."""
    if kind != "hubspot":
        return rich_row(number, visitor=who(number))
    return rich_row(number, consent=CONSENTED, props={"lead": 1000 + number})


def config(kind, stub, *, url=None, token=None, **more):
    """Return the table of a sink of *kind*, and the table inside it."""
    _, keys, deletion = PRODUCTS[kind]
    whole = SinkConfig(
        kind,
        kind,
        lambda: NOW,
        url=stub.url,
        token=lambda: stub.token,
        options={"timeout": SOON, **keys, **more},
    )
    if deletion is None:
        return replace(whole, url=url or stub.url, token=token or whole.token)
    credential = token or (lambda: stub.deletion_token)
    inner = replace(whole, url=url or stub.url, token=credential, options=deletion)
    return replace(whole, deletion=inner)


@pytest.fixture(params=sorted(PRODUCTS))
def kind(request):
    """Each kind that deletes over HTTP."""
    return request.param


def started(kind):
    """Return a stub of *kind* in which persons are wanted, if it knows any."""
    stub = PRODUCTS[kind][0]()
    stub.profiles = True
    if kind in {"matomo", "ga4"}:
        known = {who(n)[: 16 if kind == "matomo" else 32]: ids(n)[0] for n in range(9)}
        stub.called = lambda seen: known.get(seen.partition(" ")[0], seen)
    return stub


@pytest.fixture
def stub(kind):
    """It, started, with events of three visitors."""
    with started(kind) as made:
        send(build(config(kind, made)), *(event(kind, number) for number in (1, 2, 3)))
        if len(made.events) < 3:  # those that take one event a message
            for number in (2, 3):
                send(build(config(kind, made)), event(kind, number))
        made.requests.clear()
        yield made


def order_for(deleter, kind, *numbers):
    """Return the order to delete whom the events with *numbers* are of."""
    known = tuple(deleter.known_as(event(kind, number)) for number in numbers)
    assert all(known)
    return Deletion(known, asked=len(known), since=NOW)


def asked(made, order):
    """Return how far one attempt came."""

    async def work():
        try:
            return await made.delete(order)
        finally:
            await made.close()

    return asyncio.run(work())


def deleter(kind, stub, **more):
    """Return what has people deleted at *stub*."""
    return kind_of(kind).deleter(config(kind, stub, **more))


def test_events_of_the_person_go_and_no_others(kind, stub):
    """By the id that the sink itself sent, and by nothing else that is the person's."""
    made = deleter(kind, stub)
    progress = asked(made, order_for(made, kind, 1))
    assert progress.left is None
    assert (stub.arrived(), stub.faults) == (ids(2, 3), [])
    assert progress.level == ("logical" if kind in MEASURED else "none")


def test_several_ids_go(kind, stub):
    """In one call or in several."""
    made = deleter(kind, stub)
    assert asked(made, order_for(made, kind, 1, 3)).left is None
    assert (stub.arrived(), stub.faults) == (ids(2), [])


def test_asking_again_does_no_harm(kind, stub):
    """After a crash nobody knows how far it was; but a regulation that was asked for is new."""
    made = deleter(kind, stub)
    asked(made, order_for(made, kind, 1))
    again = deleter(kind, stub)
    assert asked(again, order_for(again, kind, 1)).left is None
    assert (stub.arrived(), stub.faults) == (ids(2, 3), [])


@pytest.mark.parametrize("kind", ["matomo", "posthog"])
def test_no_level_is_claimed_where_nothing_was_found(kind, stub):
    """It may be gone, or not be shown: Matomo shows nothing where its visits log is off."""
    made = deleter(kind, stub)
    order = order_for(made, kind, 7)
    progress = asked(made, order)
    assert (progress.left, progress.level) == (None, "none")
    assert progress.evidence == "nothing found there"


@pytest.mark.parametrize("kind", ["matomo"])
def test_what_was_found_before_an_interruption_counts(kind, stub):
    """The look that finds nothing any more may be the next attempt's."""
    made = deleter(kind, stub)
    order = order_for(made, kind, 1)
    answer, looked = stub.answer, []

    def down_at_the_third(call):
        looked.append(call)
        return StubAnswer(503) if len(looked) == 3 else answer(call)

    stub.answer = down_at_the_third
    first = asked(made, order)
    assert (first.trouble, first.left.found) == (True, 1)
    assert asked(deleter(kind, stub), first.left).level == "logical"


def test_nothing_of_the_envelope_leaves(kind, stub):
    """Consent record and subject reference stay with us; so does all that an event says."""
    made = deleter(kind, stub)
    asked(made, order_for(made, kind, 1))
    received = stub.received()
    assert b"record-" not in received
    assert b"subject-" not in received
    assert b"/orders/" not in received


@pytest.mark.parametrize("kind", FOLLOWED)
def test_what_is_at_work_is_followed_until_it_is_done(kind, stub):
    """It took the order; it is asked for nothing twice, but how far it is."""
    stub.at_work = True
    made = deleter(kind, stub)
    first = asked(made, order_for(made, kind, 1))
    assert (first.left.ids, len(first.left.tasks), first.level) == ((), 1, "none")
    assert (first.trouble, first.failed, first.wait) == (False, False, FOLLOW_SECONDS)
    stub.requests.clear()
    second = asked(deleter(kind, stub), first.left)
    assert (second.left, {request.method for request in stub.requests}) == (first.left, {"GET"})
    stub.at_work = False
    third = asked(deleter(kind, stub), second.left)
    assert (third.left, third.level, stub.arrived()) == (None, "logical", ids(2, 3))


@pytest.mark.parametrize(("kind", "end"), [("segment", "FAILED"), ("mixpanel", "FAILURE")])
def test_what_it_says_that_it_cannot_is_somebodys_to_look_at(kind, end, stub):
    """A regulation that fails may concern one destination only: a person has to see which."""
    stub.ends = end
    made = deleter(kind, stub)
    progress = asked(made, order_for(made, kind, 1))
    assert (progress.failed, end in progress.evidence) == (True, True)
    assert progress.left.tasks


def test_a_backend_that_refuses_us_keeps_the_order_waiting(kind, stub):
    """A wrong credential is ours to mend; nothing is lost."""
    stub.fail(401)
    made = deleter(kind, stub)
    order = order_for(made, kind, 1)
    progress = asked(made, order)
    assert (progress.left, progress.trouble, progress.failed) == (order, True, False)
    assert (progress.wait, progress.evidence) == (300.0, "http 401")


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_as_long_as_it_is_asked_to(kind, status, stub):
    """Nothing was done."""
    stub.fail(status, headers={"retry-after": "700"})
    made = deleter(kind, stub)
    order = order_for(made, kind, 1)
    progress = asked(made, order)
    assert (progress.left, progress.trouble, progress.wait) == (order, True, 700.0)


@pytest.mark.parametrize("trouble", [SILENT, BROKEN])
def test_no_answer_keeps_the_order_waiting(kind, trouble, stub):
    """Whatever it may have done: asking twice does no harm."""
    stub.fail(trouble)
    made = deleter(kind, stub)
    order = order_for(made, kind, 1)
    progress = asked(made, order)
    assert (progress.left, progress.trouble) == (order, True)
    assert progress.evidence.startswith("no answer")


def test_an_answer_of_something_else_deletes_nothing(kind, stub):
    """No such interface at this address: a page says 200 to whatever comes."""
    stub.fail(200, "<html>")
    made = deleter(kind, stub)
    order = order_for(made, kind, 1)
    progress = asked(made, order)
    assert (progress.left, progress.trouble, progress.failed) == (order, True, False)
    assert stub.arrived() == ids(1, 2, 3)


@pytest.mark.parametrize("kind", ["matomo", "posthog"])
def test_what_was_found_is_there_until_an_answer_says_that_it_goes(kind, stub):
    """The call that deletes is read with the same care."""
    made, answer, calls = deleter(kind, stub), stub.answer, []

    def page_at_the_second(call):
        calls.append(call)
        return StubAnswer(200, "<html>") if len(calls) == 2 else answer(call)

    stub.answer = page_at_the_second
    order = order_for(made, kind, 1)
    progress = asked(made, order)
    assert (progress.left.ids, progress.left.tasks, progress.trouble) == (order.ids, (), True)


@pytest.mark.parametrize("kind", FOLLOWED)
def test_a_page_is_no_word_of_how_far_it_is(kind, stub):
    """What is followed is done when the backend says so, in its own words."""
    stub.at_work = True
    made = deleter(kind, stub)
    first = asked(made, order_for(made, kind, 1))
    stub.fail(200, "<html>")
    assert asked(deleter(kind, stub), first.left).left == first.left


@pytest.mark.parametrize("kind", ["posthog"])
def test_a_person_that_posthog_could_not_delete_is_asked_for_again(kind, stub):
    """It says so with success, in a list."""
    made, answer = deleter(kind, stub), stub.answer

    def partly(call):
        told = answer(call)
        if call.method == "GET":
            return told
        return StubAnswer(202, told.body | {"deletion_errors": [{"person_uuid": "x"}]})

    stub.answer = partly
    order = order_for(made, kind, 1)
    progress = asked(made, order)
    assert (progress.left.ids, progress.trouble) == (order.ids, True)


@pytest.mark.parametrize("kind", ["amplitude"])
def test_amplitude_may_know_nobody_of_these_ids(kind, stub):
    """It ignores them, as it is asked to, and no level is claimed."""
    stub.fail(200, [])
    made = deleter(kind, stub)
    progress = asked(made, order_for(made, kind, 7))
    assert (progress.left, progress.level) == (None, "none")
    assert progress.evidence == "nothing found there"


@pytest.mark.parametrize("kind", ["matomo"])
def test_all_sites_of_the_sink_are_looked_through(kind, stub):
    """And no other: its token may reach more."""
    stub.sites = {1, 2}
    made = deleter(kind, stub, idsite={"shop": 2, "blog": 1})
    asked(made, order_for(made, kind, 1))
    assert dict(_form(stub.requests[0]))["idSite"] == "1,2"


def test_an_order_that_is_refused_is_somebodys_to_look_at(kind, stub):
    """It would be refused for ever; the ids are kept for whoever looks."""
    stub.fail(400)
    made = deleter(kind, stub)
    order = order_for(made, kind, 1)
    progress = asked(made, order)
    assert (progress.left, progress.failed, progress.evidence) == (order, True, "http 400")


@pytest.mark.parametrize("kind", FOLLOWED)
def test_what_was_asked_is_kept_when_the_next_call_fails(kind, stub):
    """What it said that it works on is not asked for again."""
    stub.at_work = True
    made = deleter(kind, stub)
    order = order_for(made, kind, 1)
    first = asked(made, order)
    stub.fail(500)
    second = asked(deleter(kind, stub), first.left)
    assert (second.left, second.trouble) == (first.left, True)


def test_a_credential_that_is_gone_says_so(kind, stub):
    """Nothing is sent without one."""
    made = deleter(kind, stub, token=lambda: None)
    with pytest.raises(SinkError, match="PK165"):
        asked(made, order_for(made, kind, 1))
    assert stub.requests == []


@pytest.mark.parametrize("kind", ["segment", "rudderstack", "posthog"])
def test_what_was_sent_without_an_id_to_delete_by_is_not_found(kind, stub):
    """Without `erasable` its deletion finds nothing, and that is said."""
    assert deleter(kind, stub, erasable=False).known_as(row(1)) == ""


@pytest.mark.parametrize(("kind", "known"), [("mixpanel", ""), ("amplitude", "")])
def test_an_event_of_nobody_is_under_no_id(kind, known, stub):
    """No visitor, nothing to look for."""
    nobody = rich_row(1, visitor=None)
    assert deleter(kind, stub).known_as(nobody) == known


@pytest.mark.parametrize("kind", ["posthog", "matomo", "ga4"])
def test_an_event_without_a_visitor_is_found_by_its_own_id(kind, stub):
    """The mapping sent that in its place, so that is what is looked for: nobody shares it."""
    known = deleter(kind, stub).known_as(rich_row(1, visitor=None))
    assert known
    assert ids(1)[0].replace("-", "").endswith(known.replace("-", "")[-16:])


def test_an_event_that_cannot_be_read_is_under_no_id(kind, stub):
    """It was never sent either."""
    broken = msgspec.structs.replace(row(1), body=b"{")
    assert deleter(kind, stub).known_as(broken) == ""


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("amplitude", "amplitude-delete"),
        ("ga4", "ga4-user-deletion"),
        ("mixpanel", "mixpanel-deletion"),
        ("rudderstack", "rudder-regulation"),
        ("segment", "segment-regulation"),
    ],
)
def test_a_call_is_as_it_is_published(kind, name, stub):
    """Method, path, kind of body, credential and every field, but for whose id it is."""
    published = sample(name)["request"]
    made = deleter(kind, stub)
    asked(made, order_for(made, kind, 1))
    call = stub.requests[0]
    assert (call.method, call.path) == (published["method"], published["path"])
    headers = {name.lower(): value for name, value in published["headers"].items()}
    assert call.headers["content-type"] == headers["content-type"]
    scheme = headers["authorization"].partition(" ")[0]
    assert call.headers["authorization"].partition(" ")[0] == scheme
    told, theirs = msgspec.json.encode(call.json()), msgspec.json.encode(published["body"])
    for whose in (b"p_7f3a9c0e5b", b'"123"'):
        ours = who(1).encode()
        theirs = theirs.replace(whose, b'"%s"' % ours if whose[:1] == b'"' else ours)
    assert msgspec.json.decode(told) == msgspec.json.decode(theirs)


@pytest.mark.parametrize("kind", ["matomo"])
def test_matomo_is_asked_as_it_is_published(kind, stub):
    """By a form, as PHP spells lists; and once more, to see that nothing is left."""
    made = deleter(kind, stub)
    asked(made, order_for(made, kind, 1))
    methods = [dict(_form(call))["method"].partition(".")[2] for call in stub.requests]
    assert methods == ["findDataSubjects", "deleteDataSubjects", "findDataSubjects"]
    published = sample("matomo-gdpr-delete")["request"]["body"]
    assert set(dict(_form(stub.requests[1]))) == set(published)


def _form(call):
    return parse_qsl(call.body.decode())


@pytest.mark.parametrize("kind", ["matomo"])
def test_matomo_that_believes_no_token_deletes_nothing(kind, stub):
    """It tells so with 200."""
    stub.token = "another"
    made = kind_of(kind).deleter(replace(config(kind, stub), token=lambda: "wrong"))
    progress = asked(made, order_for(made, kind, 1))
    assert (progress.trouble, progress.evidence) == (True, "no list of visits")
    assert stub.arrived() == ids(1, 2, 3)


@pytest.mark.parametrize("kind", ["posthog"])
def test_a_person_of_posthogs_with_another_id_is_not_deleted(kind, stub):
    """Somebody merged two of them there: the other may be a stranger's."""
    stub.persons[who(2)] = stub.persons[who(1)]
    made = deleter(kind, stub)
    progress = asked(made, order_for(made, kind, 1))
    assert (progress.failed, progress.evidence) == (True, "a person with other ids too")
    assert stub.arrived() == ids(1, 2, 3)


@pytest.mark.parametrize("kind", ["posthog"])
def test_the_stub_of_posthog_answers_as_published(stub):
    """Its deletion by `distinct_ids`, which finds the persons itself."""
    it = sample("posthog-bulk-delete")
    body = msgspec.json.encode(it["request"]["body"] | {"distinct_ids": [who(1)]})
    headers = {"authorization": f"Bearer {stub.deletion_token}"}
    answer = stub.answer(StubRequest("POST", it["request"]["path"], {}, headers, body))
    assert (answer.status, answer.body) == (it["response"]["status"], it["response"]["body"])


@pytest.mark.parametrize("kind", ["ga4"])
def test_an_attempt_ends_after_so_many_calls(kind, stub):
    """The next one goes on: no order keeps others from being tried."""
    made = deleter(kind, stub)
    many = tuple(f"{number:032x}" for number in range(1000, 1000 + MOST_CALLS + 5))
    progress = asked(made, Deletion(many, asked=len(many)))
    assert (len(progress.left.ids), progress.trouble, progress.failed) == (5, False, False)


@pytest.mark.parametrize("kind", sorted(name for name in PRODUCTS if PRODUCTS[name][2] is not None))
def test_without_the_table_it_is_not_asked(kind, stub):
    """Its deletion needs a credential of its own."""
    assert kind_of(kind).deleter(replace(config(kind, stub), deletion=None)) is None


@pytest.mark.parametrize("kind", sorted(name for name in PRODUCTS if PRODUCTS[name][2] is not None))
def test_the_table_needs_a_token(kind, stub):
    """Found at the start, and by `privacykit check`."""
    whole = config(kind, stub)
    bare = replace(whole, deletion=replace(whole.deletion, token=None))
    with pytest.raises(ConfigurationError, match="PK163"):
        build(bare)


@pytest.mark.parametrize("kind", sorted(PRODUCTS))
def test_ids_do_not_travel_in_the_clear(kind, stub):
    """As events do not."""
    with pytest.raises(ConfigurationError, match="PK164"):
        build(config(kind, stub, url="http://elsewhere.example"))


def test_a_kind_that_deletes_nobody_refuses_the_table():
    """An operator who writes it believes that it does something."""
    table = SinkConfig("p", "plausible", lambda: NOW)
    whole = SinkConfig(
        "p",
        "plausible",
        lambda: NOW,
        url="https://p.example",
        options={"domain": "shop.example"},
        deletion=table,
    )
    with pytest.raises(ConfigurationError, match=r"PK161 .*deletion"):
        build(whole)


def test_every_kind_says_whether_it_deletes():
    """The list that the documentation prints: these, and no others."""
    said = {name for name in OURS if kind_of(name).deleter is not None}
    assert said >= {*PRODUCTS, "kafka", "sql"}
    assert not said & {"plausible", "umami", "goatcounter", "otlp", "jitsu", "snowplow", "mqtt"}


@pytest.fixture
def stored(tmp_path):
    """A store of ours at another place, with events of three people."""
    url = f"sqlite:///{tmp_path}/other.db"
    engine = open_engine(url, kind="events")
    store = EventStore(engine)
    store.ensure_periods(NOW, 15)
    store.add([row(1), row(2), row(3)], NOW)
    yield url, store
    engine.dispose()


def test_a_store_of_ours_deletes_by_the_keys_of_the_person(stored):
    """As our own event store does; the rows of others stay."""
    url, store = stored
    made = kind_of("sql").deleter(SinkConfig("other", "sql", lambda: NOW, url=url))
    assert (made.found_by, made.known_as(row(1))) == ("keys", "")
    progress = asked(made, Deletion((key_of("subject", "subject-2"),), asked=1))
    assert (progress.left, progress.level, progress.evidence) == (None, "logical", "1 events")
    assert [it.id for it in store.select(NOW)] == ids(1, 3)


def test_a_store_that_does_not_answer_keeps_the_order():
    """It is asked again."""
    url = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"
    made = kind_of("sql").deleter(SinkConfig("other", "sql", lambda: NOW, url=url))
    with pytest.raises(SinkError):
        asked(made, Deletion((key_of("visitor", "v"),)))


def test_a_store_that_had_nothing_of_the_person_claims_nothing(stored):
    """They may lie elsewhere: that none was found there proves no deletion."""
    url, _ = stored
    made = kind_of("sql").deleter(SinkConfig("other", "sql", lambda: NOW, url=url))
    progress = asked(made, Deletion((key_of("subject", "nobody"),), asked=1))
    assert progress == DeletionProgress(evidence=NOTHING_FOUND)


@pytest.mark.parametrize(
    ("kind", "keys"),
    [("objects", {"folder": ".", "format": "jsonl"}), ("duckdb", {"file": "e.db"})],
)
def test_what_keeps_events_by_their_ids_claims_nothing_either(kind, keys, tmp_path):
    """What it has, it says to have erased."""
    table = SinkConfig(kind, kind, lambda: NOW, options=keys, base=tmp_path)
    order = Deletion(tuple(ids(1)), asked=1)
    assert asked(kind_of(kind).deleter(table), order) == DeletionProgress(evidence=NOTHING_FOUND)
    send(build(table), rich_row(1))
    progress = asked(kind_of(kind).deleter(table), order)
    assert (progress.level, progress.evidence) == ("logical", "1 events")
