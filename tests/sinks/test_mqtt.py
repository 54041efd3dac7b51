"""The MQTT sink against a real Mosquitto."""

import json
import socket
import subprocess
import threading
import time
from uuid import uuid4

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from privacykit.collect.ports import SendOutcome
from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks import SinkConfig, build
from privacykit.sinks.streams.mqtt import KIND
from privacykit.testing.brokers.gate import Gate
from privacykit.testing.samples import LATER, NOW, ids, rich_row, row
from privacykit.testing.sinks.broker_contract import BrokerSinkContract, maker, sent
from privacykit.testing.sinks.contract import run

URL = "mqtt://127.0.0.1:1883"
END = b"that was all"


class Reader:
    """A session that keeps messages until it is asked for them."""

    def __init__(self, topic):
        self.topic = topic
        self.name = uuid4().hex
        self.found = []
        self.ended = threading.Event()

    def open(self, keep=3600):
        """Connect, subscribe, and wait until that is so."""
        client = Client(CallbackAPIVersion.VERSION2, self.name, protocol=MQTTProtocolVersion.MQTTv5)
        ready = threading.Event()
        client.on_message = self._take
        client.on_subscribe = lambda *_: ready.set()
        told = Properties(PacketTypes.CONNECT)
        told.SessionExpiryInterval = keep
        client.connect("127.0.0.1", 1883, clean_start=False, properties=told)
        client.loop_start()
        client.subscribe(f"{self.topic}/#", qos=1)
        assert ready.wait(5)
        return client

    def _take(self, _client, _, message):
        if message.payload == END:
            self.ended.set()
        else:
            self.found.append(message)

    def close(self, client):
        """Leave; the session stays as long as it said."""
        client.disconnect()
        client.loop_stop()
        client.reinitialise()  # closes what it keeps for its thread

    def read(self):
        """Return all there is; the session then ends."""
        client = self.open(keep=0)
        client.publish(f"{self.topic}/end", END, qos=1)
        assert self.ended.wait(10)
        self.close(client)
        return self.found


@pytest.fixture
def topic():
    """Where topics of this test begin, with a reader that is away."""
    made = Reader(f"t{uuid4().hex[:12]}")
    made.close(made.open())
    yield made
    if not made.ended.is_set():
        made.read()


@pytest.fixture
def keys(topic):
    """Keys of the table: where to."""
    return {"topic": f"{topic.topic}/{{site}}/{{purpose}}"}


@pytest.fixture
def make(keys):
    """Makes sinks that publish below the topic."""
    return maker(KIND, URL, keys)


def id_of(message):
    """Return the event's id."""
    body = json.loads(message.payload)
    return body["id"] if "id" in body else dict(message.properties.UserProperty)["id"]


class TestMQTT(BrokerSinkContract):
    """The contract of every broker."""

    @pytest.fixture
    def kind(self):
        """The kind."""
        return KIND

    @pytest.fixture
    def url(self):
        """The broker."""
        return URL

    @pytest.fixture
    def arrived(self, topic):
        """What the reader gets that was away."""
        return lambda: [id_of(message) for message in topic.read()]


def test_a_message_is_the_event_as_it_is(make, topic):
    """Structured: the CloudEvents JSON, under a topic of site and purpose; nothing is retained."""
    run(sent(make(), [rich_row(1)]))
    (message,) = topic.read()
    assert message.payload == rich_row(1).body
    assert message.topic == f"{topic.topic}/shop/analytics"
    assert message.properties.ContentType == "application/cloudevents+json; charset=UTF-8"
    assert (message.qos, message.retain) == (1, False)


def test_a_binary_message_has_its_attributes_in_properties(make, topic):
    """Binary: the data alone, names as they are, and no word of the envelope anywhere."""
    run(sent(make(mode="binary"), [row(1)]))
    (message,) = topic.read()
    body = json.loads(row(1).body)
    assert json.loads(message.payload) == body["data"]
    assert message.properties.ContentType == "application/json"
    assert dict(message.properties.UserProperty) == {
        name: body[name] for name in ("specversion", "id", "source", "type", "time", "dataschema")
    }


def test_a_message_ends_with_the_retention_of_its_event(make, topic):
    """The broker tells its readers how long it has left."""
    run(sent(make(), [row(1)]))
    (message,) = topic.read()
    assert LATER - NOW - 60 < message.properties.MessageExpiryInterval <= LATER - NOW


def test_where_nobody_reads_events_wait(make):
    """The broker acknowledges and throws away: that is no delivery."""
    with pytest.raises(SinkError, match="PK178") as caught:
        run(sent(make(topic="nobody/reads/this"), [row(1)]))
    assert (caught.value.retry_after, caught.value.unclear) == (300.0, False)


def test_only_what_nobody_reads_comes_again(make, topic):
    """The others are delivered, and are not sent a second time."""
    sink = make(topic=f"{topic.topic}-{{purpose}}")
    reader = Reader(f"{topic.topic}-ads")
    client = reader.open(keep=0)
    try:
        outcome = run(sent(sink, [rich_row(1, purpose="ads"), row(2)]))
    finally:
        reader.close(client)
    assert outcome == SendOutcome(retry=tuple(ids(2)))


@pytest.mark.parametrize(
    ("url", "options", "code"),
    [
        (None, {}, "PK163"),
        ("nats://127.0.0.1", {}, "PK176"),
        ("mqtt://elsewhere.example", {}, "PK164"),
        (URL, {"topic": "shop/{visitor}"}, "PK177"),
        (URL, {"topic": "shop/#"}, "PK177"),
        (URL, {"unclear": "s3cret"}, "PK162"),
    ],
)
def test_says_what_is_wrong(url, options, code):
    """Each mistake has an id, and no value; a visitor is in no topic."""
    with pytest.raises(ConfigurationError) as caught:
        build(SinkConfig("mine", "mqtt", lambda: NOW, url=url, options=options))
    (problem,) = caught.value.problems
    assert problem.id == code
    assert "s3cret" not in str(problem)


@pytest.fixture
def broker(tmp_path):
    """Starts a broker of this test's own, with lines of configuration; gives its URL."""
    made = []

    def start(*lines):
        port = Gate(0).port
        file = tmp_path / "mosquitto.conf"
        file.write_text("\n".join([f"listener {port} 127.0.0.1", *lines]) + "\n")
        made.append(subprocess.Popen(["mosquitto", "-c", file], stderr=subprocess.DEVNULL))
        for _ in range(100):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.02)
        return f"mqtt://127.0.0.1:{port}"

    yield start
    for one in made:
        one.terminate()
        one.wait()


def test_a_broker_that_refuses_us_is_left_alone(broker):
    """Nobody without a password it knows."""
    config = SinkConfig(
        "mqtt",
        "mqtt",
        lambda: NOW,
        url=broker("allow_anonymous false"),
        token=lambda: "s3cret",
        options={"user": "me"},
    )
    with pytest.raises(SinkError, match="PK167") as caught:
        run(sent(build(config), [row(1)]))
    assert caught.value.retry_after == 300.0
    assert "s3cret" not in str(caught.value)


def test_what_is_too_large_for_the_broker_is_set_aside(make, broker):
    """It says what it takes when it is greeted; the others are tried."""
    url = broker("allow_anonymous true", "max_packet_size 8000")
    huge = rich_row(1, props={"words": "x" * 8000})
    outcome = run(sent(make(url), [huge]))
    assert outcome.rejected == ((ids(1)[0], "too_large"),)
