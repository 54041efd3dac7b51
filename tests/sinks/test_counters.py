"""Products that know no ids: the published samples, and what their answers say of events."""

import asyncio
import json
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest

from privacykit.collect.events.format import EventPlace
from privacykit.collect.ports import SendOutcome
from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks import SinkConfig, build, kind_of
from privacykit.sinks.http.answers import Answer, AnswerReading
from privacykit.sinks.products.ga4 import GA4
from privacykit.sinks.products.goatcounter import GOATCOUNTER
from privacykit.sinks.products.matomo import MATOMO
from privacykit.sinks.products.plausible import PLAUSIBLE
from privacykit.sinks.products.umami import UMAMI
from privacykit.testing.samples import NOW, ids, rich_row, row
from privacykit.testing.stubs import ga4 as ga4_stub
from privacykit.testing.stubs.ga4 import GA4Stub
from privacykit.testing.stubs.goatcounter import GoatCounterStub
from privacykit.testing.stubs.matomo import MatomoStub
from privacykit.testing.stubs.plausible import PlausibleStub
from privacykit.testing.stubs.server import StubRequest
from privacykit.testing.stubs.umami import UmamiStub
from privacykit.webhook import AnswerKind

VECTORS = Path(__file__).parents[1] / "vectors" / "backends"
TAKEN, AGAIN, REFUSED = AnswerKind.TAKEN, AnswerKind.AGAIN, AnswerKind.REFUSED
REFUSES_US = AnswerKind.REFUSES_US


def sample(name):
    """Return one sample."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def request_in(it):
    """Return the request of a sample as it arrives."""
    said = it["request"]
    body = said.get("body")
    raw = b"" if body is None else msgspec.json.encode(body)
    if said.get("body_kind") == "form":
        raw = urlencode(body).encode()
    headers = {name.lower(): value for name, value in said.get("headers", {}).items()}
    return StubRequest(said["method"], said["path"], said.get("query", {}), headers, raw)


def read(kind, status, body, *, sent=3, **headers):
    """Return how *kind* reads an answer."""
    raw = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
    return kind.read(Answer(status, headers, raw, ids(*range(sent)), NOW))


def read_sample(kind, name, *, sent):
    """Return how the answer of a sample is read."""
    said = sample(name)["response"]
    headers = {name.lower(): value for name, value in said.get("headers", {}).items()}
    return read(kind, said["status"], said.get("body", ""), sent=sent, **headers)


def made(kind, stub, **keys):
    """Return a sink of *kind* for *stub*."""
    token = keys.pop("token", stub.token)
    secret = None if token is None else lambda: token
    return build(SinkConfig(kind, kind, lambda: NOW, url=stub.url, token=secret, options=keys))


def send(sink, *rows):
    """Send *rows* and close the sink."""

    async def work():
        try:
            return await sink.send(rows)
        finally:
            await sink.close()

    return asyncio.run(work())


@pytest.mark.parametrize(
    "name",
    ["matomo-bulk-two", "matomo-single-204", "matomo-cid-wrong-length", "matomo-cip-no-token"],
)
def test_the_stub_of_matomo_answers_what_is_published(name):
    """In bulk and alone, a visitor id of a wrong length, an address without a token."""
    it, stub = sample(name), MatomoStub(lambda: NOW)
    given = stub.answer(request_in(it))
    assert given.status == it["response"]["status"]
    assert given.body == it["response"].get("body")


def test_an_answer_of_matomo_is_read_as_it_is_meant():
    """Two of two tracked."""
    assert read_sample(MATOMO, "matomo-bulk-two", sent=2) == AnswerReading()


@pytest.mark.parametrize(
    ("status", "body", "sent", "kind", "rejected", "dropped"),
    [
        (200, {"tracked": 2, "invalid": 1, "invalid_indices": [1]}, 3, TAKEN, [1], []),
        (200, {"tracked": 1, "invalid": 2}, 3, TAKEN, [], [1, 2]),
        (200, {"tracked": 1, "invalid": 2, "invalid_indices": [9, 1]}, 3, TAKEN, [], [1, 2]),
        (200, {"tracked": 2, "invalid": 0}, 3, TAKEN, [], [2]),
        (200, {"tracked": 0, "invalid": 3}, 3, REFUSES_US, [], []),
        (200, {"tracked": 0, "invalid": 1}, 1, REFUSED, [], []),
        (200, "<html>a page of somebody else", 3, REFUSES_US, [], []),
        (200, [], 3, REFUSES_US, [], []),
        (400, {"status": "error", "tracked": 2, "invalid": 1}, 3, REFUSED, [], []),
        (500, {"status": "error", "tracked": 2, "invalid": 1}, 3, AGAIN, [], []),
    ],
)
def test_loss_in_an_answer_of_matomo_is_seen(status, body, sent, kind, rejected, dropped):
    """How many are lost is right, whoever they are; what is no tracker took nothing."""
    said = read(MATOMO, status, body, sent=sent)
    assert (said.kind, [*said.rejected], [*said.dropped]) == (kind, rejected, dropped)


def test_matomo_gets_what_it_can_hold():
    """The page with its campaign, an event's name, the numbered dimensions, never an address."""
    with MatomoStub(lambda: NOW + 60) as stub:
        sink = made(
            "matomo",
            stub,
            idsite=1,
            site_url="https://shop.example/",
            dimensions={"consent_purposes": 4, "browser": 2, "consent_signals": 3},
        )
        assert send(sink, rich_row(1)) == SendOutcome()
    (item,) = stub.events.values()
    assert item["url"].startswith("https://shop.example/orders/{id}?size=9&utm_source=letter&utm_")
    assert (item["e_c"], item["e_a"], item["ca"]) == ("analytics", "order placed", "1")
    assert item["dimension4"] == "analytics=allow,ads=deny,profile=needs_consent"
    assert (item["dimension2"], item["dimension3"]) == ("Firefox 145", "gpc")
    assert (item["cip"], item["country"], item["region"]) == ("0.0.0.0", "us", "CA")


def test_the_token_of_matomo_is_in_no_query():
    """Servers log queries."""
    with MatomoStub(lambda: NOW + 60) as stub:
        send(made("matomo", stub, idsite=1, site_url="https://shop.example"), row(1))
    (request,) = stub.requests
    assert (request.query, request.json()["token_auth"]) == ({}, stub.token)


def test_an_event_of_a_site_that_is_not_named_is_rejected():
    """It goes to no other's numbers; the rest of its batch goes."""
    with MatomoStub(lambda: NOW + 60) as stub:
        sink = made("matomo", stub, idsite={"blog": 1}, site_url="https://shop.example")
        assert send(sink, row(1)) == SendOutcome(rejected=((ids(1)[0], "no_idsite"),))
        assert stub.requests == []


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"idsite": 1}, "sinks.site_url: object missing required field"),
        (
            {"idsite": 1, "site_url": "https://x.example", "dimensions": {"ip": 1}},
            "dimensions.ip: unknown",
        ),
    ],
)
def test_a_table_that_cannot_work_is_refused(keys, word):
    """With the key that is missing, or that nobody knows."""
    with MatomoStub() as stub, pytest.raises(ConfigurationError, match=word):
        made("matomo", stub, **keys)


def test_a_wrong_token_of_matomo_keeps_events_waiting():
    """With 200 it tells that nothing was tracked."""
    with MatomoStub(lambda: NOW + 60) as stub:
        sink = made("matomo", stub, token="wrong", idsite=1, site_url="https://shop.example")
        with pytest.raises(SinkError, match="PK167"):
            send(sink, row(1), row(2))
    assert stub.arrived() == []


@pytest.mark.parametrize(
    "name",
    ["plausible-pageview", "plausible-missing-url", "plausible-bot-dropped", "plausible-revenue"],
)
def test_the_stub_of_plausible_answers_what_is_published(name):
    """A page, money, a page without an address, a robot."""
    it, stub = sample(name), PlausibleStub()
    given = stub.answer(request_in(it))
    wanted = it["response"]
    assert (given.status, given.body) == (wanted["status"], wanted["body"])
    assert given.headers == wanted.get("headers", {})


@pytest.mark.parametrize(
    ("name", "kind", "dropped"),
    [
        ("plausible-pageview", TAKEN, {}),
        ("plausible-revenue", TAKEN, {}),
        ("plausible-missing-url", REFUSED, {}),
        ("plausible-bot-dropped", TAKEN, {0: "not_counted"}),
    ],
)
def test_an_answer_of_plausible_is_read_as_it_is_meant(name, kind, dropped):
    """What it throws away it accepts as well."""
    said = read_sample(PLAUSIBLE, name, sent=1)
    assert (said.kind, said.dropped) == (kind, dropped)


def test_plausible_counts_visitors_by_an_address_that_nobody_has():
    """One for each visitor id, and one for each event without."""
    with PlausibleStub() as stub:
        sink = made("plausible", stub, token=None, domain="shop.example")
        for one in (row(1), rich_row(1), rich_row(2, visitor=None), rich_row(3, visitor=None)):
            assert send(sink, one) == SendOutcome()
    assert (len(stub.counts), max(stub.counts.values()), stub.faults) == (3, 2, [])


def test_what_plausible_throws_away_is_counted_as_that():
    """It is not delivered, and not sent again."""
    with PlausibleStub() as stub:
        stub.dropping = True
        sink = made("plausible", stub, token=None, domain="shop.example")
        assert send(sink, row(1)).dropped == ((ids(1)[0], "not_counted"),)


def test_plausible_gets_no_more_properties_than_it_keeps():
    """Ours first: what does not fit is the application's."""
    many = {f"property {at}": at for at in range(30)}
    with PlausibleStub() as stub:
        send(made("plausible", stub, token=None, domain="shop.example"), rich_row(1, props=many))
    (event,) = stub.events.values()
    assert (len(event["props"]), event["props"]["consent_ads"], stub.faults) == (30, "deny", [])


@pytest.mark.parametrize("name", ["umami-pageview", "umami-bot", "umami-batch"])
def test_the_stub_of_umami_answers_what_is_published(name):
    """A page, a robot, a batch of which one is of a website that it has not."""
    it, stub = sample(name), UmamiStub()
    given = stub.answer(request_in(it))
    assert (given.status, set(given.body)) == (200, set(it["response"]["body"]))
    wanted = {n: v for n, v in it["response"]["body"].items() if "<" not in str(v)}
    assert {name: given.body[name] for name in wanted} == wanted


def test_a_session_of_umami_follows_from_the_visitor_id():
    """The same website and id are one visitor."""
    it, stub = sample("umami-pageview"), UmamiStub()
    first, again = stub.answer(request_in(it)), stub.answer(request_in(it))
    it["request"]["body"]["payload"]["id"] = "another"
    other = stub.answer(request_in(it))
    assert first.body["sessionId"] == again.body["sessionId"] != other.body["sessionId"]


LOST = {"error": {"message": "Website not found.", "code": "bad-request", "status": 400}}
BROKE = {"error": {"message": "Server error", "code": "server-error", "status": 500}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "rejected", "dropped"),
    [
        (200, {"beep": "boop"}, TAKEN, {}, [0, 1]),
        (200, {"size": 2, "processed": 2, "errors": 0, "details": []}, TAKEN, {}, []),
        (
            200,
            {"processed": 1, "details": [{"index": 1, "response": LOST}]},
            TAKEN,
            {1: "no_website"},
            [],
        ),
        (
            200,
            {"processed": 0, "details": [{"index": at, "response": LOST} for at in (0, 1)]},
            REFUSES_US,
            {},
            [],
        ),
        (
            200,
            {"processed": 0, "details": [{"index": 0, "response": BROKE}, {"index": 1}]},
            TAKEN,
            {0: "status_500", 1: "refused"},
            [],
        ),
        (
            200,
            {"processed": 1, "details": [{"index": 7, "response": BROKE}, "?"]},
            TAKEN,
            {},
            [],
        ),
        (200, {"processed": 2, "details": None}, TAKEN, {}, []),
        (200, "<html>somebody else", REFUSES_US, {}, []),
        (403, "", REFUSES_US, {}, []),
        (500, {}, AGAIN, {}, []),
    ],
)
def test_loss_in_an_answer_of_umami_is_seen(status, body, kind, rejected, dropped):
    """It names by position what it did not take; where it has no website, it took nothing."""
    said = read(UMAMI, status, body, sent=2)
    assert (said.kind, said.rejected, [*said.dropped]) == (kind, rejected, dropped)


def test_umami_is_told_the_device_and_no_browser_of_ours():
    """Family and system are the event's; what we call ourselves is nobody's browser."""
    with UmamiStub() as stub:
        sink = made(
            "umami", stub, token=None, website={"shop": stub.website}, hostname="shop.example"
        )
        assert send(sink, rich_row(1)) == SendOutcome()
    (payload,) = stub.events.values()
    assert (payload["browser"], payload["os"], payload["name"]) == (
        "Firefox",
        "Android",
        "order placed",
    )
    assert payload["url"].startswith("/orders/{id}?size=9&utm_source=letter")
    assert payload["data"]["consent_ads"] == "deny"


MANY = [{"path": "/a"}] * 501


@pytest.mark.parametrize(
    "name", ["goatcounter-no-sessions", "goatcounter-partial", "goatcounter-501"]
)
def test_the_stub_of_goatcounter_answers_what_is_published(name):
    """Two of the past, one without a session, one too many."""
    it, stub = sample(name), GoatCounterStub(lambda: NOW)
    stub.token = "token"
    if name == "goatcounter-501":
        it["request"]["body"]["hits"] = MANY
    given = stub.answer(request_in(it))
    assert (given.status, given.body) == (it["response"]["status"], it["response"]["body"])


@pytest.mark.parametrize(
    ("name", "kind", "rejected", "wait"),
    [
        ("goatcounter-no-sessions", TAKEN, {}, None),
        ("goatcounter-partial", TAKEN, {1: "refused"}, None),
        ("goatcounter-501", REFUSED, {}, None),
        ("goatcounter-429", AGAIN, {}, 30.0),
    ],
)
def test_an_answer_of_goatcounter_is_read_as_it_is_meant(name, kind, rejected, wait):
    """Of a batch that is refused in part the rest is stored, and never sent again."""
    said = read_sample(GOATCOUNTER, name, sent=2)
    assert (said.kind, said.rejected, said.wait) == (kind, rejected, wait)


def test_what_goatcounter_refuses_as_a_whole_is_refused():
    """Then it names no page view, and has stored none."""
    assert read(GOATCOUNTER, 400, {"errors": {"hits": ["wrong"]}}).kind is REFUSED


def test_what_goatcounter_filters_is_counted_as_dropped():
    """It names them in a header."""
    headers = {"x-goatcounter-filter": "2, 0, 9, x"}
    said = read(GOATCOUNTER, 202, {"status": "ok"}, **headers)
    assert said.dropped == {2: "filtered", 0: "filtered"}


def test_goatcounter_gets_pages_and_events():
    """A page by its template, an event by its name, a country where it is known, no address."""
    with GoatCounterStub(lambda: NOW + 60) as stub:
        nowhere = {"place": EventPlace("ZZ", None)}
        sink = made("goatcounter", stub)
        assert send(sink, row(1), rich_row(2), rich_row(3, **nowhere)) == SendOutcome()
    page, event, unplaced = stub.events.values()
    assert (page["path"], page["event"], page["location"]) == ("/", False, "DE")
    assert (event["path"], event["event"], event["ref"]) == (
        "order placed",
        True,
        "https://search.example/",
    )
    assert event["query"].startswith("size=9&utm_source=letter&utm_medium=email")
    assert "location" not in unplaced


def test_google_takes_the_published_event():
    """With its consent and its country."""
    it, stub = sample("ga4-consent-event"), GA4Stub(lambda: 1_795_255_300)
    stub.token = it["request"]["query"]["api_secret"]
    assert stub.answer(request_in(it)).status == it["response"]["status"]
    assert (stub.faults, len(stub.events)) == ([], 1)


def test_google_hides_that_it_drops():
    """26 events are answered as if they were taken."""
    it, stub = sample("ga4-too-many"), GA4Stub(lambda: NOW)
    stub.token = it["request"]["query"]["api_secret"]
    assert stub.answer(request_in(it)).status == it["response"]["status"]
    assert ("EXCEEDED_MAX_ENTITIES" in stub.faults, stub.events) == (True, {})


def test_what_the_debugging_twin_finds_is_refused():
    """In its own words, and read as what will never be taken."""
    it = sample("ga4-debug-bad-name")
    given = GA4Stub(lambda: NOW).answer(request_in(it))
    assert (given.status, given.body) == (it["response"]["status"], it["response"]["body"])
    assert read_sample(GA4, "ga4-debug-bad-name", sent=1).kind is REFUSED


def test_the_limits_of_google_are_the_published_ones():
    """Ours, and those that the stub holds us to."""
    facts = sample("ga4-facts")["facts"]
    assert facts["events"] == [1, ga4_stub.MOST_EVENTS]
    assert facts["body_max_bytes"] == GA4.limits.bytes == ga4_stub.LARGEST
    assert facts["backdate_max_hours"] * 3600 == GA4.limits.age == ga4_stub.LATEST_SECONDS
    assert ga4_stub.NAME.fullmatch("a" * facts["event_name_max"])
    assert not ga4_stub.NAME.fullmatch("a" * (facts["event_name_max"] + 1))
    sent = {field.to for field in GA4.mapping.fields if field.to.startswith("consent/")}
    assert sent == {f"consent/{name}" for name in facts["consent_keys"]}


def to_google(stub, **keys):
    """Return a sink of type `ga4` for *stub*."""
    stream = {"measurement_id": stub.measurement_id, "site_url": "https://shop.example"}
    return made("ga4", stub, **stream, **keys)


@pytest.mark.parametrize(
    ("keys", "data", "personal"),
    [
        ({}, "DENIED", "DENIED"),
        ({"ad_user_data": "analytics", "ad_personalization": "ads"}, "GRANTED", "DENIED"),
        ({"ad_user_data": "profile", "ad_personalization": "nothing"}, "DENIED", "DENIED"),
    ],
)
def test_consent_goes_to_google_in_its_own_words(keys, data, personal):
    """Only `allow` is granted: not what needs consent, nor what nobody was asked."""
    with GA4Stub(lambda: NOW) as stub:
        assert send(to_google(stub, **keys), rich_row(1)) == SendOutcome()
    (told,) = stub.events.values()
    assert told["consent"] == {"ad_user_data": data, "ad_personalization": personal}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("order placed", "order_placed"),
        ("session_start", "x_session_start"),
        ("3 clicks", "x_3_clicks"),
        ("_own", "x__own"),
        ("google_it", "x_google_it"),
        ("é" * 64, "x_" + "_" * 38),
    ],
)
def test_google_drops_no_event_for_its_name(name, wanted):
    """It would, and answer as if it had taken it."""
    with GA4Stub(lambda: NOW) as stub:
        send(to_google(stub), rich_row(1, name=name))
    (told,) = stub.events.values()
    assert (told["events"][0]["name"], stub.faults) == (wanted, [])


def test_google_gets_no_more_parameters_than_it_keeps():
    """Ours first; of the application's as many as fit, each as it must be."""
    many = {f"{at} thing": "x" * 300 if at else True for at in range(30)}
    with GA4Stub(lambda: NOW) as stub:
        send(to_google(stub), rich_row(1, props=many))
    (told,) = stub.events.values()
    params = told["events"][0]["params"]
    assert (len(params), params["consent_ads"], params["x_0_thing"]) == (25, "deny", "true")
    assert stub.faults == []


def test_an_event_too_old_for_google_is_set_aside():
    """Google would move it to another day; the rest goes."""
    with GA4Stub(lambda: NOW) as stub:
        sink = to_google(stub)
        late = build(
            SinkConfig(
                "ga4",
                "ga4",
                lambda: NOW + 72 * 3600 + 1.5,
                url=stub.url,
                token=lambda: stub.token,
                options={
                    "measurement_id": stub.measurement_id,
                    "site_url": "https://shop.example",
                },
            )
        )
        assert send(late, row(1)) == SendOutcome(rejected=((ids(1)[0], "too_old"),))
        assert send(sink, row(1)) == SendOutcome()


def test_a_stream_that_is_none_is_refused_without_being_told():
    """The key is named, its value is not."""
    with GA4Stub() as stub, pytest.raises(ConfigurationError, match="measurement_id") as caught:
        made("ga4", stub, measurement_id="UA-1-secret", site_url="https://shop.example")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["matomo", "plausible", "umami", "goatcounter", "ga4"])
def test_what_perhaps_arrived_is_the_operators_to_decide(kind):
    """None of them knows an id: each takes `unclear`, and says in its page what that means."""
    found = kind_of(kind)
    assert (found.deduplicates, "unclear" in found.options.__struct_fields__) == ("", True)
