"""
Places on the brokers of this machine that tests may publish to, and their end. Does network I/O.

A place is a context manager: it takes a name that nobody else has, and the port of a door before
the server; within the block events are taken, and it gives the keys of the sink's table for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from privacykit.testing.brokers.gate import Gate
from privacykit.testing.brokers.kafka import kafka_broker

Place = Callable[[str, Gate], AbstractContextManager[str]]


@contextmanager
def nats_stream(name: str, _: Gate) -> Iterator[str]:
    """A stream."""
    import nats

    async def work(do: Callable[[Any], Awaitable[object]]) -> None:
        client = await nats.connect("nats://127.0.0.1:4222")
        try:
            await do(client.jetstream())
        finally:
            await client.close()

    asyncio.run(work(lambda streams: streams.add_stream(name=name, subjects=[f"{name}.>"])))
    try:
        yield f'subject = "{name}.{{site}}.{{purpose}}"'
    finally:
        asyncio.run(work(lambda streams: streams.delete_stream(name)))


@contextmanager
def amqp_queue(name: str, _: Gate) -> Iterator[str]:
    """A queue, bound to the exchange that is always there."""
    import aio_pika

    async def work(do: Callable[[Any], Awaitable[object]]) -> None:
        async with await aio_pika.connect() as connection, connection.channel() as channel:
            await do(channel)

    async def declare(channel: Any) -> None:  # noqa: ANN401 - the library is imported when used
        queue = await channel.declare_queue(name)
        await queue.bind("amq.topic", f"{name}.#")

    asyncio.run(work(declare))
    try:
        yield f'routing_key = "{name}.{{site}}.{{purpose}}"'
    finally:
        asyncio.run(work(lambda channel: channel.queue_delete(name)))


@contextmanager
def mqtt_topic(name: str, _: Gate) -> Iterator[str]:
    """A topic that somebody reads."""
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    reader, ready = Client(CallbackAPIVersion.VERSION2), threading.Event()
    reader.on_subscribe = lambda *_: ready.set()
    reader.connect("127.0.0.1")
    reader.loop_start()
    try:
        reader.subscribe(f"{name}/#", qos=1)
        ready.wait(5)
        yield f'topic = "{name}/{{site}}/{{purpose}}"'
    finally:
        reader.disconnect()
        reader.loop_stop()


@contextmanager
def redis_streams(name: str, _: Gate) -> Iterator[str]:
    """Streams, which make themselves."""
    from redis import Redis

    with Redis() as client:
        try:
            yield f'stream = "{name}:{{site}}:{{purpose}}"\nkeep = "13 months"'
        finally:
            for key in client.scan_iter(f"*{name}:*"):
                client.delete(key)


@contextmanager
def kafka_topic(name: str, door: Gate) -> Iterator[str]:
    """A broker behind the door, which makes topics by itself."""
    with kafka_broker(door.behind, f"127.0.0.1:{door.port}"):
        yield f'topic = "{name}.{{site}}.{{purpose}}"'
        door.shut()


PLACES: dict[str, tuple[int, Place]] = {
    "amqp": (5672, amqp_queue),
    "kafka": (0, kafka_topic),
    "mqtt": (1883, mqtt_topic),
    "nats": (4222, nats_stream),
    "redis": (6379, redis_streams),
}
"""For each kind of sink the port of its server, and a place there; 0: it starts one itself."""


def door_of(kind: str) -> Gate:
    """Return a door before the server of *kind*, open."""
    port, _ = PLACES[kind]
    door = Gate(port or Gate(0).port)
    door.open()
    return door
