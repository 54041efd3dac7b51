"""What hands events on: the contract, the published samples, consent in its own words."""

from pathlib import Path
from typing import get_args

import jsonschema
import msgspec
import pytest

from privacykit.collect.ports import SendOutcome
from privacykit.errors import SinkError
from privacykit.sinks.http.answers import Answer, AnswerReading
from privacykit.sinks.pipelines.jitsu import JITSU
from privacykit.sinks.pipelines.otlp import OTLP
from privacykit.sinks.pipelines.rudderstack import RUDDERSTACK
from privacykit.sinks.pipelines.snowplow import SNOWPLOW
from privacykit.testing.samples import NOW, ids, rich_row, row
from privacykit.testing.stubs.pipelines import snowplow
from privacykit.testing.stubs.pipelines.jitsu import JitsuStub
from privacykit.testing.stubs.pipelines.otlp import OTLPStub
from privacykit.testing.stubs.pipelines.rudderstack import RudderStackStub
from privacykit.testing.stubs.pipelines.snowplow import SnowplowStub
from privacykit.testing.stubs.segment import SegmentStub
from privacykit.webhook import AnswerKind
from tests.sinks.products import Product, read, read_sample, request_in, sample, sent

TAKEN, AGAIN, REFUSED = AnswerKind.TAKEN, AnswerKind.AGAIN, AnswerKind.REFUSED
REFUSES_US = AnswerKind.REFUSES_US
DOCS = Path(__file__).parents[2] / "docs"
ONE_CATEGORY = {"analytics": "Marketing", "ads": "Marketing"}


class TestRudderStack(Product):
    """To RudderStack."""

    kind, of, keys = "rudderstack", RudderStackStub, {"erasable": True}


COLLECTOR = {"vendor": "example.shop", "site_url": {"shop": "https://shop.example"}}


class TestSnowplow(Product):
    """To Snowplow."""

    kind, of, keys, token = "snowplow", SnowplowStub, COLLECTOR, False


class TestJitsu(Product):
    """To Jitsu."""

    kind, of = "jitsu", JitsuStub


class TestOTLP(Product):
    """To a collector."""

    kind, of = "otlp", OTLPStub


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rudder-batch-consent", TAKEN),
        ("rudder-no-denied", TAKEN),
        ("rudder-bad-key", REFUSES_US),
        ("rudder-429", AGAIN),
    ],
)
def test_an_answer_of_rudderstack_is_read_as_it_is_meant(name, kind):
    """Taken, refused, or to be sent again; nothing says how long to wait."""
    said = read_sample(RUDDERSTACK, name, sent=1)
    assert (said.kind, said.wait, said.unclear) == (kind, None, False)


@pytest.mark.parametrize(
    ("body", "kind"), [("OK", TAKEN), ("<html>", REFUSES_US), ("", REFUSES_US)]
)
def test_who_does_not_say_ok_is_no_rudderstack(body, kind):
    """A page of somebody else's took nothing."""
    assert read(RUDDERSTACK, 200, body).kind is kind


def test_the_stub_of_rudderstack_takes_its_published_batch():
    """And answers what is published; without its key it does not."""
    it, stub = sample("rudder-batch-consent"), RudderStackStub()
    stub.token = "writeKey"
    assert stub.answer(request_in(it)).body == it["response"]["body"]
    assert (stub.faults, len(stub.events)) == ([], 1)
    refused = stub.answer(request_in(it, authorization="Basic eDo="))
    wanted = sample("rudder-bad-key")["response"]
    assert (refused.status, refused.body) == (wanted["status"], wanted["body"])


def test_what_is_not_denied_holds_nothing_back_at_rudderstack():
    """The published event denies nothing and flows everywhere; ours denies what is not allowed."""
    stub = RudderStackStub()
    stub.destinations = {"all": (), "ads": ("ads",), "profile": ("profile",), "us": ("analytics",)}
    stub.take("published", sample("rudder-no-denied")["request"]["body"])
    with stub:
        assert sent("rudderstack", stub, rich_row(1)) == SendOutcome()
    (ours,) = set(stub.events) - {"published"}
    assert stub.routed("published") == ["all", "ads", "profile", "us"]
    assert stub.routed(ours) == ["all", "us"]


@pytest.mark.parametrize("categories", [ONE_CATEGORY, dict(reversed(ONE_CATEGORY.items()))])
def test_of_purposes_that_are_one_category_the_strictest_decides(categories):
    """Whichever comes first: what was not allowed for one of them is not allowed."""
    with RudderStackStub() as rudder, SegmentStub() as segment:
        rudder.destinations = segment.destinations = {"ads": ("Marketing",)}
        sent("rudderstack", rudder, rich_row(1), categories=categories)
        sent("segment", segment, rich_row(1), categories=categories)
    assert [stub.routed(next(iter(stub.events))) for stub in (rudder, segment)] == [[], []]


@pytest.mark.parametrize(
    ("name", "good", "kind"),
    [
        ("snowplow-pageview-doc", 1, TAKEN),
        ("snowplow-consent-selected", 1, TAKEN),
        ("snowplow-bad-number", 0, TAKEN),
    ],
)
def test_the_stub_of_snowplow_finds_what_fails_later(name, good, kind):
    """The collector says `ok` to all of them."""
    it, stub = sample(name), SnowplowStub()
    given = stub.answer(request_in(it, **{"sp-anonymous": "*"}))
    assert (given.status, given.body) == (it["response"]["status"], it["response"]["body"])
    assert (len(stub.events), len(stub.failed), not stub.faults) == (good, 1 - good, bool(good))
    assert read_sample(SNOWPLOW, name, sent=1).kind is kind


def test_a_payload_too_large_for_snowplow_is_split():
    """What is refused for its size comes in smaller ones."""
    assert read_sample(SNOWPLOW, "snowplow-too-large", sent=2).kind is REFUSED


def test_the_stub_of_snowplow_knows_what_it_was_made_of():
    """Its parameters and bases are those of the published schemas."""
    facts = sample("snowplow-facts")["facts"]
    assert set(facts["payload_data_1-0-4"]["allowed"]) == snowplow.PARAMETERS
    bases = facts["consent_preferences_1-0-0"]["basisForProcessing"]
    assert bases == list(get_args(snowplow.Basis))


def test_an_event_of_ours_fits_its_schema_in_the_registry():
    """The one that the documentation hands out; consent has its own entity where it is the basis."""
    schema = msgspec.json.decode((DOCS / "reference" / "snowplow-event.json").read_bytes())
    with SnowplowStub() as stub:
        sent("snowplow", stub, rich_row(1), row(2), token=False, **COLLECTOR)
    entities = [msgspec.json.decode(item["co"])["data"] for item in stub.events.values()]
    for *_, ours in entities:
        jsonschema.Draft4Validator(schema).validate(ours["data"])
    assert [[one["schema"].split("/")[1] for one in listed] for listed in entities] == [
        ["gdpr", "privacykit_event"],
        ["privacykit_event"],
    ]
    assert entities[0][0]["data"] == {"basisForProcessing": "consent"}


def test_a_person_is_found_in_a_warehouse_of_snowplows():
    """What its removal job looks for, a field and its value, is what was sent."""
    (line,) = [
        line["data"]["pojo"]
        for line in sample("snowplow-r2f-criteria")["lines"]
        if "pojo" in line["data"]
    ]
    with SnowplowStub() as stub:
        sent("snowplow", stub, row(1), token=False, **COLLECTOR)
    assert set(line) == {"fieldName", "valueForWhichEventWillBeDeleted"}
    assert (stub.events[ids(1)[0]]["duid"], "ip" in stub.events[ids(1)[0]]) == (f"{1:032x}", False)


def test_the_stub_of_jitsu_takes_its_published_batch():
    """And answers what is published."""
    it, stub = sample("jitsu-s2s-batch"), JitsuStub()
    stub.token = "id:secret"
    answered = stub.answer(request_in(it))
    assert (answered.status, answered.body) == (200, it["response"]["body"])
    assert (stub.faults, len(stub.events)) == ([], 1)
    assert read_sample(JITSU, "jitsu-s2s-batch", sent=1) == AnswerReading()


def test_what_jitsu_does_not_take_it_names():
    """The published answer: one of two, with 200."""
    body = sample("jitsu-batch-partial")["response"]["body"]
    answer = Answer(200, {}, msgspec.json.encode(body), ["m1", "m2"], NOW)
    assert JITSU.read(answer) == AnswerReading(rejected={0: "invalid"})


@pytest.mark.parametrize(
    ("status", "body", "kind", "rejected", "dropped"),
    [
        (200, {"ok": False, "okEvents": 2, "errors": ["event error"]}, TAKEN, [], [2]),
        (
            200,
            {"ok": False, "okEvents": 1, "errors": [f"Message ID: {ids(2)[0]}: x", 7]},
            TAKEN,
            [2],
            [1],
        ),
        (200, {"ok": False, "error": "no destinations found for stream"}, REFUSES_US, [], []),
        (200, {"ok": False}, REFUSED, [], []),
        (200, "<html>", REFUSES_US, [], []),
        (400, {"ok": False, "error": "stream not found"}, REFUSES_US, [], []),
        (402, {}, REFUSES_US, [], []),
        (500, {}, AGAIN, [], []),
    ],
)
def test_loss_in_an_answer_of_jitsu_is_seen(status, body, kind, rejected, dropped):
    """How many are lost is right, whoever they are; what goes nowhere waits."""
    said = read(JITSU, status, body)
    assert (said.kind, [*said.rejected], [*said.dropped]) == (kind, rejected, dropped)


def test_a_source_of_jitsus_without_destinations_loses_nothing():
    """It answers 200, and the events wait."""
    with JitsuStub() as stub:
        stub.connected = False
        with pytest.raises(SinkError, match="PK167"):
            sent("jitsu", stub, row(1))


def test_jitsu_is_told_every_purpose():
    """Allowed or not, under the names of its categories; whoever acts on it is behind Jitsu."""
    with JitsuStub() as stub:
        sent("jitsu", stub, rich_row(1), categories={"analytics": "A", "ads": "B"})
    (call,) = stub.events.values()
    assert call["context"]["consent"] == {"categoryPreferences": {"A": True, "B": False}}


@pytest.mark.parametrize(("name", "count"), [("otlp-logs-example", 1), ("otlp-snake-case", 0)])
def test_the_stub_of_a_collector_answers_what_is_published(name, count):
    """The example of the protocol is a record; one in other letters is none, with the same answer."""
    it, stub = sample(name), OTLPStub()
    answered = stub.answer(request_in(it))
    assert (answered.status, answered.body) == (200, it["response"]["body"])
    assert (len(stub.events), len(stub.faults)) == (count, 1 - count)
    assert read_sample(OTLP, name, sent=1) == AnswerReading()


def test_what_a_collector_rejects_is_never_sent_again():
    """The published answer: one of three, and nobody says which."""
    said = read_sample(OTLP, "otlp-partial", sent=3)
    assert said == AnswerReading(dropped={2: "rejected_unnamed"})
    with OTLPStub() as stub:
        stub.rejected = set(ids(1))
        outcome = sent("otlp", stub, row(1), row(2), token=False)
    assert outcome == SendOutcome(dropped=((ids(2)[0], "rejected_unnamed"),))
    assert len(stub.requests) == 1


def test_a_collector_that_is_overloaded_is_waited_for():
    """As long as it asks."""
    said = read_sample(OTLP, "otlp-503", sent=1)
    assert (said.kind, said.wait, said.unclear) == (AGAIN, 2.0, False)


@pytest.mark.parametrize(
    ("body", "lost"),
    [
        ({"partialSuccess": {"rejectedLogRecords": 2}}, 2),
        ({"partialSuccess": {"rejectedLogRecords": "0", "errorMessage": "a warning"}}, 0),
        ({"partialSuccess": {"rejectedLogRecords": "-1"}}, 0),
        ({"partialSuccess": {"rejectedLogRecords": "99"}}, 3),
        ({"partialSuccess": None}, 0),
        ([], 0),
        (b"", 0),
    ],
)
def test_how_many_records_a_collector_rejects_is_counted(body, lost):
    """Number or text; a warning rejects none."""
    assert len(read(OTLP, 200, body).dropped) == lost


def test_an_event_is_a_record_with_attributes_of_their_types():
    """Integers are texts, as OTLP has them; whose and of which service it is, by the conventions."""
    with OTLPStub() as stub:
        sent("otlp", stub, rich_row(1), token=False, service="shop")
    (record,) = stub.events.values()
    told = {one["key"]: one["value"] for one in record["attributes"]}
    assert (record["eventName"], record["timeUnixNano"]) == ("order placed", "1800000001000000000")
    assert told["user.id"] == {"stringValue": f"{1:032x}"}
    assert told["privacykit.consent_ads"] == {"stringValue": "deny"}
    assert [told[f"privacykit.props.{name}"] for name in ("amount", "items", "gift")] == [
        {"doubleValue": 12.5},
        {"intValue": "3"},
        {"boolValue": True},
    ]
    resource = stub.requests[0].json()["resourceLogs"][0]["resource"]
    assert resource["attributes"][0]["value"] == {"stringValue": "shop"}


@pytest.mark.parametrize(("erasable", "left"), [(True, ids(2)), (False, ids(1, 2))])
def test_rudderstack_deletes_only_by_a_user_id(erasable, left):
    """The published regulation finds one visitor's events if the table says `erasable`."""
    it = sample("rudder-regulation")
    with RudderStackStub() as stub:
        sent("rudderstack", stub, row(1), row(2), erasable=erasable)
        it["request"]["body"]["users"] = [{"userId": f"{1:032x}"}]
        answered = stub.answer(request_in(it))
    assert (answered.status, answered.body) == (201, it["response"]["body"])
    assert (stub.arrived(), stub.faults) == (left, [])
