"""The AMQP sink against a real RabbitMQ."""

import asyncio
import json
from uuid import uuid4

import aio_pika
import pytest

from privacykit.collect.ports import SendOutcome
from privacykit.errors import ConfigurationError, SinkError
from privacykit.sinks import SinkConfig, build
from privacykit.sinks.streams.amqp import KIND
from privacykit.testing.samples import LATER, NOW, ids, rich_row, row
from privacykit.testing.sinks.broker_contract import BrokerSinkContract, maker, sent
from privacykit.testing.sinks.contract import run

URL = "amqp://127.0.0.1:5672"


async def _on_channel(work):
    async with await aio_pika.connect(URL) as connection, connection.channel() as channel:
        return await work(channel)


@pytest.fixture
def name():
    """A queue of this test's own, bound to what begins with its name; gives that."""
    made = f"t{uuid4().hex[:12]}"

    async def declare(channel):
        queue = await channel.declare_queue(made)
        await queue.bind("amq.topic", f"{made}.#")

    run(_on_channel(declare))
    yield made
    run(_on_channel(lambda channel: channel.queue_delete(made)))


@pytest.fixture
def keys(name):
    """Keys of the table: where to."""
    return {"routing_key": f"{name}.{{site}}.{{purpose}}"}


@pytest.fixture
def make(keys):
    """Makes sinks that publish to the queue."""
    return maker(KIND, URL, keys)


@pytest.fixture
def messages(name):
    """Takes all messages out of the queue."""

    async def all_of(channel):
        queue, found = await channel.get_queue(name), []
        while (message := await queue.get(no_ack=True, fail=False)) is not None:
            found.append(message)
        return found

    return lambda: run(_on_channel(all_of))


class TestAMQP(BrokerSinkContract):
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
        """What the queue held."""
        return lambda: [message.message_id for message in messages()]


def test_a_message_is_the_event_as_it_is(make, messages, name):
    """Structured: the CloudEvents JSON, under a routing key of site and purpose."""
    run(sent(make(), [rich_row(1)]))
    (message,) = messages()
    assert message.body == rich_row(1).body
    assert message.routing_key == f"{name}.shop.analytics"
    assert message.content_type == "application/cloudevents+json; charset=UTF-8"
    assert message.headers == {"key": row(1).envelope.visitor}


def test_a_binary_message_has_its_attributes_in_properties(make, messages):
    """Binary: the data alone, and no word of the envelope anywhere."""
    run(sent(make(mode="binary"), [row(1)]))
    (message,) = messages()
    body = json.loads(row(1).body)
    assert json.loads(message.body) == body["data"]
    assert message.content_type == "application/json"
    assert message.headers == {
        "key": row(1).envelope.visitor,
        **{
            f"cloudEvents_{name}": body[name]
            for name in ("specversion", "id", "source", "type", "time", "dataschema")
        },
    }


def test_a_message_ends_with_the_retention_of_its_event(make, messages):
    """And is on disk until then."""
    run(sent(make(), [row(1)]))
    (message,) = messages()
    assert (message.expiration, message.delivery_mode) == (LATER - NOW, 2)


def test_an_event_whose_retention_is_over_is_not_kept(make, messages):
    """The broker itself throws it away."""
    run(sent(make(), [row(1, expires_at=int(NOW) - 1), row(2)]))
    assert [message.message_id for message in messages()] == ids(2)


def test_only_what_no_queue_takes_comes_again(make, messages, name):
    """The others are delivered, and are not sent a second time."""
    other = rich_row(2, purpose="ads")
    sink = make(routing_key=f"{name}{{purpose}}")

    async def bind(channel):
        await (await channel.get_queue(name)).bind("amq.topic", f"{name}analytics")

    run(_on_channel(bind))
    assert run(sent(sink, [row(1), other])) == SendOutcome(retry=tuple(ids(2)))
    assert [message.message_id for message in messages()] == ids(1)


@pytest.mark.parametrize(
    "options", [{"routing_key": "nobody.takes.this"}, {"exchange": "nobody-made-this"}]
)
def test_where_nothing_keeps_events_they_wait(make, options):
    """That is said, and nothing is lost."""
    with pytest.raises(SinkError, match="PK178") as caught:
        run(sent(make(**options), [row(1)]))
    assert (caught.value.retry_after, caught.value.unclear) == (300.0, False)


def test_a_full_queue_keeps_events_waiting(name):
    """It refuses what is over its length, where it is told to."""
    full = f"{name}-full"

    async def declare(channel):
        limits = {"x-max-length": 1, "x-overflow": "reject-publish"}
        await channel.declare_queue(full, arguments=limits)

    run(_on_channel(declare))
    options = {"exchange": "", "routing_key": full}
    sink = build(SinkConfig("amqp", "amqp", lambda: NOW, url=URL, options=options))
    try:
        run(sent(sink, [row(1)]))
        with pytest.raises(SinkError, match="PK168"):
            run(sent(sink, [row(2), row(3)]))
    finally:
        run(_on_channel(lambda channel: channel.queue_delete(full)))


@pytest.mark.parametrize("host", ["", "/nobodys"])
def test_a_server_that_refuses_us_is_left_alone(host):
    """A wrong password, and a virtual host that is not there."""
    token = None if host else lambda: "s3cret"
    sink = build(SinkConfig("amqp", "amqp", lambda: NOW, url=f"{URL}{host}", token=token))
    with pytest.raises(SinkError, match="PK167") as caught:
        run(sent(sink, [row(1)]))
    assert caught.value.retry_after == 300.0
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "options", "code"),
    [
        (None, {}, "PK163"),
        ("nats://127.0.0.1", {}, "PK176"),
        ("amqp://elsewhere.example", {}, "PK164"),
        (URL, {"routing_key": "shop.{visitor}"}, "PK177"),
        (URL, {"unclear": "s3cret"}, "PK162"),
    ],
)
def test_says_what_is_wrong(url, options, code):
    """Each mistake has an id, and no value; a visitor is in no routing key."""
    with pytest.raises(ConfigurationError) as caught:
        build(SinkConfig("mine", "amqp", lambda: NOW, url=url, options=options))
    (problem,) = caught.value.problems
    assert problem.id == code
    assert "s3cret" not in str(problem)


def test_a_batch_that_is_given_up_leaves_nothing_running(make):
    """None of its messages is still waited for."""

    async def work():
        sink = make()
        await sink.send([row(500)])  # what a busy machine needs to connect is not given up
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await sink.send([row(number) for number in range(500)])
        coroutines = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]
        assert [name for name in coroutines if name.startswith("each")] == []
        # What the library does at the end of a connection, it does in tasks that nobody awaits.
        async with asyncio.timeout(60):
            while others := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(others, timeout=5)

    run(work())
