"""Line 18, brokers: our sinks against raw loops of the same client, with the same framing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from uuid import uuid4

import aio_pika
import nats
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from redis.asyncio import Redis

from benchmarks.measure import Row
from privacykit.sinks import SinkConfig, build
from privacykit.testing.brokers.gate import Gate
from privacykit.testing.brokers.kafka import kafka_broker
from privacykit.testing.samples import rich_row

BATCHES, BATCH = 4, 500
TYPE = "application/cloudevents+json; charset=UTF-8"

Raw = Callable[[list], Awaitable[object]]


def run(rounds: int) -> list[Row]:
    """Measure each broker in turn, ours and the loop by turns."""
    rounds = max(3, rounds // 4)
    return [asyncio.run(_measured(kind, made, rounds)) for kind, made in BROKERS.items()]


async def _measured(kind: str, made: Callable, rounds: int) -> Row:
    name = f"bench{uuid4().hex[:12]}"
    spent: dict[str, list[float]] = {"ours": [], "raw": []}
    quickest = float("inf")
    async with AsyncExitStack() as stack:
        url, options, raw = await made(name, stack)
        sink = build(SinkConfig(kind, kind, time.time, url=url, options=options))
        stack.push_async_callback(sink.close)
        ways = {"ours": sink.send, "raw": raw}
        for turn in range(rounds + 1):
            for way in sorted(ways, reverse=bool(turn % 2)):
                first = (turn * 2 + (way == "raw")) * BATCHES * BATCH
                batches = [
                    [rich_row(first + at * BATCH + one) for one in range(BATCH)]
                    for at in range(BATCHES)
                ]
                began, ticked = time.perf_counter(), time.process_time()
                for batch in batches:
                    await ways[way](batch)
                if turn:
                    spent[way].append(time.process_time() - ticked)
                    if way == "ours":
                        quickest = min(quickest, time.perf_counter() - began)
    return Row.of(
        "brokers.raw-loop",
        f"{kind} sink, events a second ÷ a raw loop with the same framing",
        min(spent["raw"]) / min(spent["ours"]),
        note=f"{BATCHES * BATCH / quickest:,.0f} events a second on the wall",
    )


async def _nats(name: str, stack: AsyncExitStack) -> tuple[str, dict, Raw]:
    url = "nats://127.0.0.1:4222"
    client = await nats.connect(url)
    stack.push_async_callback(client.close)
    stream = client.jetstream()
    await stream.add_stream(name=name, subjects=[f"{name}.>"])
    stack.push_async_callback(stream.delete_stream, name)

    async def raw(batch: list) -> None:
        await asyncio.gather(
            *(
                stream.publish(
                    f"{name}.shop.analytics",
                    one.body,
                    headers={"Nats-Msg-Id": one.envelope.id, "content-type": TYPE},
                )
                for one in batch
            )
        )

    return url, {"subject": f"{name}.{{site}}.{{purpose}}"}, raw


async def _redis(name: str, stack: AsyncExitStack) -> tuple[str, dict, Raw]:
    url = "redis://127.0.0.1:6379"
    client = Redis.from_url(url)
    stack.push_async_callback(client.aclose)

    async def remove() -> None:
        async for key in client.scan_iter(f"*{name}*"):
            await client.delete(key)

    stack.push_async_callback(remove)

    async def raw(batch: list) -> None:
        pipe = client.pipeline(transaction=False)
        for one in batch:
            pipe.xadd(f"{name}:raw", {"key": one.envelope.visitor, "ce": one.body})
        await pipe.execute()

    return url, {"stream": f"{name}:{{site}}:{{purpose}}", "keep": "30 days"}, raw


async def _amqp(name: str, stack: AsyncExitStack) -> tuple[str, dict, Raw]:
    url = "amqp://127.0.0.1:5672"
    connection = await stack.enter_async_context(await aio_pika.connect(url))
    channel = await connection.channel(on_return_raises=True)
    await channel.declare_queue(name, arguments={"x-max-length": 10_000})
    stack.push_async_callback(channel.queue_delete, name)

    async def raw(batch: list) -> None:
        await asyncio.gather(
            *(
                channel.default_exchange.publish(
                    aio_pika.Message(
                        one.body,
                        content_type=TYPE,
                        message_id=one.envelope.id,
                        headers={"key": one.envelope.visitor},
                        delivery_mode=2,
                        expiration=1_000_000.0,
                    ),
                    name,
                )
                for one in batch
            )
        )

    return url, {"exchange": "", "routing_key": name}, raw


async def _mqtt(name: str, stack: AsyncExitStack) -> tuple[str, dict, Raw]:
    def client() -> Client:
        made = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        made.connect("127.0.0.1", 1883)
        made.loop_start()
        stack.callback(made.loop_stop)
        stack.callback(made.disconnect)
        return made

    reader, ready = client(), threading.Event()
    reader.on_subscribe = lambda *_: ready.set()
    reader.subscribe(f"{name}/#", qos=0)
    await asyncio.to_thread(ready.wait)
    writer = client()

    async def raw(batch: list) -> None:
        sent = []
        for one in batch:
            told = Properties(PacketTypes.PUBLISH)
            told.ContentType, told.MessageExpiryInterval = TYPE, 1_000_000
            sent.append(writer.publish(f"{name}/shop", one.body, 1, False, told))
        await asyncio.to_thread(lambda: [one.wait_for_publish() for one in sent])

    return "mqtt://127.0.0.1:1883", {"topic": f"{name}/{{site}}/{{purpose}}"}, raw


async def _kafka(name: str, stack: AsyncExitStack) -> tuple[str, dict, Raw]:
    port = Gate(0).port
    inner = stack.enter_context(ExitStack())
    inner.enter_context(kafka_broker(port, f"127.0.0.1:{port}"))
    settings = {"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0}
    admin = AdminClient(settings)
    admin.create_topics([NewTopic(name, 1, 1)])[name].result()
    producer = Producer({**settings, "enable.idempotence": True, "linger.ms": 5})

    def loop(batch: list) -> None:
        for one in batch:
            producer.produce(
                name,
                one.body,
                key=one.envelope.visitor,
                headers=[("content-type", TYPE)],
                on_delivery=lambda *_: None,
            )
        producer.flush()

    return (
        f"kafka://127.0.0.1:{port}",
        {"topic": name},
        lambda batch: asyncio.to_thread(loop, batch),
    )


BROKERS = {"nats": _nats, "redis": _redis, "amqp": _amqp, "mqtt": _mqtt, "kafka": _kafka}
