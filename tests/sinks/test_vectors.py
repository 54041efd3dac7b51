"""The published samples of backends: ours have their form, and their answers are read as meant."""

import json
from pathlib import Path

import msgspec
import pytest

from privacykit.sinks.http.answers import Answer
from privacykit.sinks.products.posthog import POSTHOG
from privacykit.sinks.products.segment import SEGMENT
from privacykit.sinks.streams.amqp import published
from privacykit.sinks.streams.cloudevents import Message, message_of
from privacykit.sinks.streams.kafka import headers_of
from privacykit.testing.samples import LATER, NOW, rich_row
from privacykit.testing.stubs.posthog import PostHogStub
from privacykit.testing.stubs.segment import SegmentStub
from privacykit.testing.stubs.server import StubRequest
from privacykit.webhook import AnswerKind

VECTORS = Path(__file__).parents[1] / "vectors" / "backends"
KINDS = {"posthog": POSTHOG, "segment": SEGMENT}
MEANT = {
    "accepted": AnswerKind.TAKEN,
    "retry": AnswerKind.AGAIN,
    "disable": AnswerKind.REFUSES_US,
}


def sample(name):
    """Return one sample."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def answer(response):
    """Return the answer in a sample."""
    headers = {name.lower(): value for name, value in response.get("headers", {}).items()}
    body = response.get("body", "")
    raw = body.encode() if isinstance(body, str) else msgspec.json.encode(body)
    return Answer(response["status"], headers, raw, ["1"], NOW)


@pytest.mark.parametrize(
    "name",
    ["posthog-batch-v0", "posthog-bad-key", "posthog-transient", "segment-track", "segment-429"],
)
def test_an_answer_is_read_as_it_is_meant(name):
    """Taken, refused, or to be sent again when the service says."""
    it = sample(name)
    said = KINDS[it["backend"]].read(answer(it["response"]))
    wait = it["response"].get("headers", {}).get("Retry-After")
    assert said.kind is MEANT[it["meaning"]]
    assert said.wait == (float(wait) if wait else None)


def request_of(it, **headers):
    """Return the request in a sample."""
    wanted = it["request"]
    given = {name.lower(): value for name, value in wanted["headers"].items()} | headers
    return StubRequest("POST", wanted["path"], {}, given, msgspec.json.encode(wanted["body"]))


def test_the_stub_of_posthog_takes_its_published_batch():
    """And answers what is published."""
    it, stub = sample("posthog-batch-v0"), PostHogStub()
    stub.token = it["request"]["body"]["api_key"]
    assert stub.answer(request_of(it)).status == it["response"]["status"]
    assert (stub.faults, len(stub.events)) == ([], 2)


def test_the_stub_of_posthog_refuses_a_batch_without_a_key():
    """In PostHog's words."""
    it = sample("posthog-bad-key")
    given = PostHogStub().answer(request_of(it))
    assert (given.status, given.body) == (it["response"]["status"], it["response"]["body"])


def test_the_stub_of_segment_finds_a_call_without_consent():
    """Segment would send it everywhere, and answer 200."""
    it, stub = sample("segment-no-consent-object"), SegmentStub()
    batch = {"batch": [it["request"]["body"] | {"type": "track"}], "sentAt": "2026-11-21T10:00:00Z"}
    basic = "Basic c3R1Yi1jcmVkZW50aWFsOg=="
    request = StubRequest(
        "POST", "/v1/batch", {}, {"authorization": basic}, json.dumps(batch).encode()
    )
    assert stub.answer(request).status == 200
    assert len(stub.faults) == 2  # the call, and that it is thrown away


def test_consent_decides_where_segment_sends_an_event():
    """Its own rule: every category that a destination needs, and all where it needs none."""
    stub = SegmentStub()
    stub.destinations = {"all": (), "ads": ("Advertising",), "both": ("Advertising", "Analytics")}
    said = {"Advertising": True, "Analytics": False}
    stub.take("1", {"context": {"consent": {"categoryPreferences": said}}})
    stub.take("2", {"context": {"consent": {"categoryPreferences": {}}}})
    assert (stub.routed("1"), stub.routed("2")) == (["all", "ads"], ["all"])


def message_of_sample(it, prefix):
    """Return the message that the record in a sample is made of, and the record."""
    record = it["record"]
    named = record.get("application-properties") or dict(map(tuple, record["headers"]))
    attributes = {
        name.removeprefix(prefix): value for name, value in named.items() if name.startswith(prefix)
    }
    kind = record.get("properties", named)["content-type"]
    body = msgspec.json.encode(record.get("body", record.get("value")))
    made = Message(
        attributes["id"], record.get("key", "v"), "shop", "analytics", LATER, kind, attributes, body
    )
    return made, record


def test_a_message_of_rabbitmq_is_as_cloudevents_has_it():
    """Its attributes are application properties, which are RabbitMQ's headers, and not encoded."""
    message, record = message_of_sample(sample("amqp-binary"), "cloudEvents_")
    made = published(message, NOW)
    assert made.headers == {"key": "v", **record["application-properties"]}
    assert {"content-type": made.content_type, "message-id": made.message_id} == record[
        "properties"
    ]
    assert json.loads(made.body) == record["body"]


def test_a_record_of_kafka_is_as_cloudevents_has_it():
    """Its attributes are headers with a prefix, as UTF-8, and not encoded."""
    message, record = message_of_sample(sample("kafka-binary"), "ce_")
    headers = [[name, value.decode()] for name, value in headers_of(message)]
    assert sorted(headers) == sorted(record["headers"])
    assert (message.key, json.loads(message.body)) == (record["key"], record["value"])


def test_the_key_of_a_tombstone_is_the_key_of_a_visitor():
    """As it is, so that whoever writes one for a visitor meets all records of theirs."""
    key = sample("kafka-tombstone")["record"]["key"]
    assert message_of(rich_row(1, visitor=key), "structured").key == key


def test_a_header_is_encoded_as_cloudevents_has_it():
    """Where the binding says so: NATS, as HTTP."""
    it = sample("cloudevents-header-encoding")
    message, _ = message_of_sample(sample("kafka-binary"), "ce_")
    told = msgspec.structs.replace(message, attributes={"title": it["value"]})
    assert told.headers("ce-") == {"ce-title": it["encoded"]}
