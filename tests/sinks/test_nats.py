"""The NATS sink against the real server."""

import json
import os
from uuid import uuid4

import nats
import pytest

from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks import SinkConfig, build
from privacykit.sinks.streams.nats import KIND
from privacykit.testing.samples import NOW, ids, rich_row, row
from privacykit.testing.sinks.broker_contract import BrokerSinkContract, maker, sent
from privacykit.testing.sinks.contract import run

URL = os.environ.get("PRIVACYKIT_NATS", "nats://127.0.0.1:4222")


async def _with_stream(work):
    client = await nats.connect(URL)
    try:
        return await work(client.jetstream())
    finally:
        await client.close()


@pytest.fixture
def stream():
    """A stream of this test's own; gives its name, which is also the first token of subjects."""
    name = f"t{uuid4().hex[:12]}"
    run(_with_stream(lambda js: js.add_stream(name=name, subjects=[f"{name}.>"])))
    yield name
    run(_with_stream(lambda js: js.delete_stream(name)))


@pytest.fixture
def keys(stream):
    """Keys of the table: where to."""
    return {"subject": f"{stream}.{{site}}.{{purpose}}"}


@pytest.fixture
def make(keys):
    """Makes sinks that publish into the stream."""
    return maker(KIND, URL, keys)


@pytest.fixture
def messages(stream):
    """Reads all messages of the stream."""

    def read():
        async def all_of(js):
            info = await js.stream_info(stream)
            found = [await js.get_msg(stream, at + 1) for at in range(info.state.messages)]
            return [({**one.headers, "subject": one.subject}, one.data) for one in found]

        return run(_with_stream(all_of))

    return read


class TestNATS(BrokerSinkContract):
    """The contract of every broker."""

    @pytest.fixture
    def kind(self):
        """The kind."""
        return KIND

    @pytest.fixture
    def url(self):
        """The server."""
        return URL

    @pytest.fixture
    def arrived(self, messages):
        """What the stream holds."""
        return lambda: [headers["Nats-Msg-Id"] for headers, _ in messages()]


def send(sink, *rows):
    """Send *rows* and close the sink."""
    return run(sent(sink, rows))


def test_a_message_is_the_event_as_it_is(make, messages):
    """Structured: the CloudEvents JSON."""
    send(make(), rich_row(1))
    ((_, body),) = messages()
    assert body == rich_row(1).body


def test_a_binary_message_has_its_attributes_in_headers(make, messages):
    """Binary: the data alone, and no word of the envelope anywhere."""
    send(make(mode="binary"), row(1))
    ((headers, body),) = messages()
    whole = json.loads(row(1).body)
    assert json.loads(body) == whole["data"]
    for name in ("specversion", "id", "source", "type", "time", "dataschema"):
        assert headers[f"ce-{name}"] == whole[name]
    assert "record-1" not in str(headers)


def test_a_subject_is_of_site_and_purpose(make, messages, stream):
    """And the headers say what a message is."""
    send(make(), row(1))
    send(make(mode="binary"), row(2))
    (one, _), (other, _) = messages()
    assert one["subject"] == f"{stream}.shop.analytics"
    assert one["content-type"] == "application/cloudevents+json; charset=UTF-8"
    assert other["content-type"] == "application/json"


def test_without_a_stream_events_wait(make):
    """Nothing would keep them: that is said, and nothing is lost."""
    sink = make(subject="nobody.takes.this")
    with pytest.raises(SinkError, match="PK178") as caught:
        send(sink, row(1))
    assert (caught.value.retry_after, caught.value.unclear) == (300.0, False)


def test_without_a_stream_it_would_take_none(make):
    """`privacykit check --connect` says so."""
    with pytest.raises(SinkError, match="PK178"):
        run(make(subject="nobody.takes.this").answers())


def test_what_is_too_large_is_set_aside(make, messages):
    """For the server's own limit; the others arrive."""
    huge = rich_row(1, props={"words": "x" * 2_000_000})
    outcome = send(make(), huge, row(2))
    assert outcome.rejected == ((ids(1)[0], "too_large"),)
    assert len(messages()) == 1


def test_what_is_too_large_for_the_stream_is_set_aside(make, messages, stream):
    """Its own limit may be below the server's: sent again for ever it would hold up the others."""
    subjects = [f"{stream}.>"]
    run(
        _with_stream(
            lambda js: js.update_stream(name=stream, subjects=subjects, max_msg_size=4_000)
        )
    )
    huge = rich_row(1, props={"words": "x" * 20_000})
    outcome = send(make(), huge, row(2))
    assert outcome.rejected == ((ids(1)[0], "too_large"),)
    assert len(messages()) == 1


@pytest.mark.parametrize(
    ("url", "options", "code"),
    [
        (None, {}, "PK163"),
        ("http://127.0.0.1", {}, "PK176"),
        ("nats://elsewhere.example", {}, "PK164"),
        ("tls://me:s3cret@elsewhere.example", {}, "PK164"),
        (URL, {"subject": "shop.{visitor}"}, "PK177"),
        (URL, {"subject": "shop.>"}, "PK177"),
        (URL, {"mode": "s3cret"}, "PK162"),
    ],
)
def test_says_what_is_wrong(url, options, code):
    """Each mistake has an id, and no value; a visitor is in no subject."""
    with pytest.raises(ConfigurationError) as caught:
        build(SinkConfig("mine", "nats", lambda: NOW, url=url, options=options))
    (problem,) = caught.value.problems
    assert problem.id == code
    assert "s3cret" not in str(problem)
