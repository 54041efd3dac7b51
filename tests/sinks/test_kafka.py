"""The Kafka sink against a small broker that speaks Kafka's protocol, started for these tests."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks import SinkConfig, build
from privacykit.sinks.deletes import Deletion
from privacykit.sinks.streams.kafka import KIND
from privacykit.testing.brokers.gate import Gate
from privacykit.testing.brokers.kafka import kafka_broker
from privacykit.testing.samples import NOW, ids, rich_row, row
from privacykit.testing.sinks.broker_contract import BrokerSinkContract, maker, sent
from privacykit.testing.sinks.contract import run

VECTORS = Path(__file__).parents[1] / "vectors" / "backends"


@pytest.fixture(scope="module")
def door():
    """A broker, and the door through which alone it is reached."""
    made = Gate(Gate(0).port)
    made.open()
    with kafka_broker(made.behind, f"127.0.0.1:{made.port}"):
        yield made
        made.shut()


@pytest.fixture
def topic(door):
    """A topic of this test's own; gives how it begins."""
    name = f"t{uuid4().hex[:12]}"
    admin = AdminClient({"bootstrap.servers": f"127.0.0.1:{door.port}", "log_level": 0})
    made = admin.create_topics([NewTopic(f"{name}.shop.analytics", 1, 1)])
    assert [one.result() for one in made.values()] == [None]
    return name


@pytest.fixture
def keys(topic):
    """Keys of the table: where to."""
    return {"topic": f"{topic}.{{site}}.{{purpose}}"}


@pytest.fixture
def make(door, keys):
    """Makes sinks that write to the topic."""
    return maker(KIND, f"kafka://127.0.0.1:{door.port}", keys)


@pytest.fixture
def records(door, topic):
    """Reads all records of the topic."""

    def read():
        consumer = Consumer(
            {
                "bootstrap.servers": f"127.0.0.1:{door.port}",
                "group.id": topic,
                "enable.partition.eof": True,
                "log_level": 0,
            }
        )
        consumer.assign([TopicPartition(f"{topic}.shop.analytics", 0, 0)])
        found = []
        while (record := consumer.poll(10)) is not None and record.error() is None:
            found.append(record)
        assert record.error().code() == KafkaError._PARTITION_EOF
        consumer.close()
        return found

    return read


def id_of(record):
    """Return the event's id."""
    return dict(record.headers()).get("ce_id", b"").decode() or json.loads(record.value())["id"]


class TestKafka(BrokerSinkContract):
    """The contract of every broker."""

    @pytest.fixture
    def kind(self):
        """The kind."""
        return KIND

    @pytest.fixture
    def url(self, door):
        """The broker, behind its door."""
        return f"kafka://127.0.0.1:{door.port}"

    @pytest.fixture
    def gate(self, door, topic):
        """The door: the broker tells clients to come through it."""
        assert topic
        door.shut()
        yield door
        door.shut()
        door.open()

    @pytest.fixture
    def through(self, url):
        """The same."""
        return url

    @pytest.fixture
    def arrived(self, records):
        """What the topic holds."""
        return lambda: [id_of(record) for record in records()]


def test_a_record_is_the_event_as_it_is(make, records):
    """Structured: the CloudEvents JSON, under the visitor's id."""
    run(sent(make(), [rich_row(1)]))
    (record,) = records()
    assert (record.key(), record.value()) == (row(1).envelope.visitor.encode(), rich_row(1).body)
    assert record.headers() == [("content-type", b"application/cloudevents+json; charset=UTF-8")]


def test_a_binary_record_has_its_attributes_in_headers(make, records):
    """Binary: the data alone, and no word of the envelope anywhere."""
    run(sent(make(mode="binary"), [row(1)]))
    (record,) = records()
    body = json.loads(row(1).body)
    assert json.loads(record.value()) == body["data"]
    assert {name: value.decode() for name, value in record.headers()} == {
        "content-type": "application/json",
        **{
            f"ce_{name}": body[name]
            for name in ("specversion", "id", "source", "type", "time", "dataschema")
        },
    }


def test_what_is_too_large_is_set_aside(make, records):
    """For the producer's own limit; the others arrive."""
    huge = rich_row(1, props={"words": "x" * 2_000_000})
    outcome = run(sent(make(), [huge, row(2)]))
    assert outcome.rejected == ((ids(1)[0], "too_large"),)
    assert [id_of(record) for record in records()] == ids(2)


def test_events_do_not_go_elsewhere_in_the_clear():
    """A broker on this machine may name others as those to come to."""
    port = Gate(0).port
    with kafka_broker(port, "elsewhere.example:9092"):
        config = SinkConfig("kafka", "kafka", lambda: NOW, url=f"kafka://127.0.0.1:{port}")
        with pytest.raises(SinkError, match="PK164") as caught:
            run(sent(build(config), [row(1)]))
    assert caught.value.retry_after == 300.0


@pytest.mark.parametrize(
    ("url", "options", "code"),
    [
        (None, {}, "PK163"),
        ("nats://127.0.0.1", {}, "PK176"),
        ("kafka://elsewhere.example", {}, "PK164"),
        ("kafka://127.0.0.1", {"topic": "shop.{visitor}"}, "PK177"),
        ("kafka://127.0.0.1", {"mechanism": "s3cret"}, "PK162"),
    ],
)
def test_says_what_is_wrong(url, options, code):
    """Each mistake has an id, and no value; a visitor is in no topic."""
    with pytest.raises(ConfigurationError) as caught:
        build(SinkConfig("mine", "kafka", lambda: NOW, url=url, options=options))
    (problem,) = caught.value.problems
    assert problem.id == code
    assert "s3cret" not in str(problem)


def deleted(made, order):
    """Return how far one attempt came."""

    async def work():
        try:
            return await made.delete(order)
        finally:
            await made.close()

    return run(work())


def test_an_erasure_writes_a_tombstone_under_each_key_of_the_person(door, topic, make, records):
    """In a compacted topic Kafka removes what stands before it; this broker compacts nothing."""
    mine = rich_row(1, visitor="p_7f3a9c0e5b")
    run(sent(make(), [mine, rich_row(2)]))
    options = {"topic": f"{topic}.{{site}}.{{purpose}}", "compacted": True}
    url = f"kafka://127.0.0.1:{door.port}"
    made = KIND.deleter(SinkConfig("kafka", "kafka", lambda: NOW, url=url, options=options))
    known = made.known_as(mine)
    progress = deleted(made, Deletion((known,), asked=1))
    assert (progress.left, progress.level) == (None, "none")
    last = records()[-1]
    published = json.loads((VECTORS / "kafka-tombstone.json").read_text())["record"]
    assert {"key": last.key().decode(), "value": last.value()} == {
        "key": published["key"],
        "value": published["value"],
    }
    assert (last.headers() or [], len(records())) == (published["headers"], 3)


def test_a_tombstone_that_is_refused_stays_to_be_written(door):
    """No such topic can be: nothing was written, and it is tried again."""
    options = {"topic": "t", "compacted": True, "timeout": 2.0}
    url = f"kafka://127.0.0.1:{door.port}"
    made = KIND.deleter(SinkConfig("kafka", "kafka", lambda: NOW, url=url, options=options))
    progress = deleted(made, Deletion(("no topic/v",), asked=1))
    assert (progress.left.ids, progress.trouble) == (("no topic/v",), True)


def test_an_event_that_cannot_be_read_is_under_no_key():
    """It was never sent either."""
    config = SinkConfig(
        "kafka", "kafka", lambda: NOW, url="kafka://localhost", options={"compacted": True}
    )
    broken = msgspec.structs.replace(row(1), body=b"{")
    assert KIND.deleter(config).known_as(broken) == ""


@pytest.mark.parametrize("type_", ["kafka", "sql"])
def test_a_kind_that_needs_no_table_refuses_one(type_):
    """An operator who writes it believes that it does something."""
    urls = {"kafka": "kafka://localhost", "sql": "sqlite:///other.db"}
    whole = SinkConfig(type_, type_, lambda: NOW, url=urls[type_])
    with pytest.raises(ConfigurationError, match=r"PK161 .*deletion"):
        build(replace(whole, deletion=whole))


def test_no_tombstone_is_written_where_nothing_is_compacted():
    """It would delete nothing, and stay."""
    config = SinkConfig("kafka", "kafka", lambda: NOW, url="kafka://localhost")
    assert KIND.deleter(config) is None


def test_a_tombstone_waits_for_its_broker():
    """Nothing was written; it is asked again."""
    options = {"topic": "events", "compacted": True, "timeout": 0.5}
    config = SinkConfig("kafka", "kafka", lambda: NOW, url="kafka://127.0.0.1:9", options=options)
    with pytest.raises(SinkError, match="PK166"):
        deleted(KIND.deleter(config), Deletion(("events/v",), asked=1))
