"""
MQTT 5: one event a message of quality of service 1, acknowledged by the broker. Does network I/O.

paho-mqtt itself, because what stands on it drops the reason code of an acknowledgement, and with it
the answer that nobody subscribes, or that we may not publish: events would be lost and counted as
delivered.
Sources: OASIS MQTT 5.0 §3.3 to §3.4, §4.9; cloudevents/spec, its binding for MQTT.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from ssl import create_default_context
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta

from privacykit.errors import MissingExtraError, SinkError
from privacykit.sinks.config import SinkConfig, options, refuse
from privacykit.sinks.kind import SinkKind
from privacykit.sinks.mapping.revealed import revealed
from privacykit.sinks.streams.broker import (
    BrokerLink,
    Said,
    UnsureBrokerOptions,
    UnsureBrokerSink,
    checked_broker_url,
    checked_topic,
    each,
    topic_of,
)
from privacykit.sinks.streams.cloudevents import Message
from privacykit.sinks.unanswered import no_answer

if TYPE_CHECKING:
    from paho.mqtt.client import Client
    from paho.mqtt.properties import Properties

NO_SUBSCRIBERS = 0x10
FAILURES = 0x80
"""Reason codes from here on are failures (§2.4)."""

REFUSALS = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C})
"""Version, client, user or password not taken, not authorised, banned, wrong method (§2.4)."""

AT_A_TIME = 100
"""Messages under way, if the broker allows as many."""

PORTS = {"mqtt": 1883, "mqtts": 8883}
HEADERS_BYTES = 2048
"""More than topic and properties of a message of ours take."""


class MQTTOptions(UnsureBrokerOptions, kw_only=True):
    """Keys of an MQTT sink."""

    topic: Annotated[
        str, Meta(description="where to; `{site}` and `{purpose}` stand for the event's")
    ] = "privacykit/{site}/{purpose}"
    user: Annotated[str, Meta(description="with `token` as the password")] | None = None


class MQTTLink(BrokerLink):
    """
    One connection to an MQTT broker; its thread tells the loop what the broker said.

    Args:
        client: The client, not connected.
        wanted: Keys of the sink.
        clock: Returns Unix seconds.
    """

    def __init__(self, client: Client, wanted: MQTTOptions, clock: Callable[[], float]) -> None:
        self._client = client
        self._wanted = wanted
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._greeted: asyncio.Future[tuple[int, Properties | None]] = self._loop.create_future()
        self._sent: dict[int, asyncio.Future[int]] = {}
        self._gone = False
        self._most = 0
        self._turns = asyncio.Semaphore(1)
        client.max_inflight_messages_set(AT_A_TIME)
        client.on_connect = lambda _c, _u, _f, code, told: self._tell(self._greet, code.value, told)
        client.on_publish = lambda _c, _u, mid, code, _p: self._tell(self._confirm, mid, code.value)
        client.on_disconnect = lambda *_: self._tell(self._end)

    async def open(self, host: str, port: int) -> None:
        """
        Connect, and ask how much the broker takes.

        Raises:
            SinkError: The broker is not there, or refuses us.
        """
        try:
            await asyncio.to_thread(self._client.connect, host, port)
            self._client.loop_start()
            async with asyncio.timeout(self._wanted.timeout):
                code, told = await self._greeted
        except (OSError, TimeoutError) as error:
            raise SinkError(no_answer(error)) from None
        _check(code)
        limits: dict[str, Any] = {} if told is None else told.json()  # type: ignore[no-untyped-call]
        self._most = limits.get("MaximumPacketSize", 0)
        at_a_time = min(limits.get("ReceiveMaximum", AT_A_TIME), AT_A_TIME)
        self._turns = asyncio.Semaphore(at_a_time)

    async def publish(self, messages: Sequence[Message]) -> Sequence[Said]:
        """Publish as many at once as the broker allows, and wait for every acknowledgement."""
        overdue = self._loop.call_later(self._wanted.timeout, self._end)
        try:
            return await each(messages, self._publish)
        finally:
            overdue.cancel()

    async def _publish(self, message: Message) -> str:
        if self._most and len(message.body) + HEADERS_BYTES > self._most:
            return "too_large"
        topic = topic_of(self._wanted.topic, message)
        told = properties_of(message, self._clock())
        async with self._turns:
            if self._gone:
                raise SinkError("PK166 no answer (cut off, or overdue)")
            number = self._client.publish(topic, message.body, qos=1, properties=told).mid
            self._sent[number] = self._loop.create_future()
            try:
                code = await self._sent[number]
            finally:
                del self._sent[number]
        _check(code)
        return ""

    async def answers(self) -> None:
        """Nothing more: who subscribes is only told of a message."""

    async def close(self) -> None:
        """End the connection: what is not acknowledged is sent again."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
        self._client.reinitialise()  # or its pair of sockets stays open until somebody collects it

    def _tell(self, what: Callable[..., None], *said: object) -> None:
        # In the client's thread; a loop that has ended needs to know nothing.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what, *said)

    def _greet(self, code: int, told: Properties | None) -> None:
        if not self._greeted.done():
            self._greeted.set_result((code, told))

    def _confirm(self, number: int, code: int) -> None:
        waiting = self._sent.get(number)
        if waiting is not None and not waiting.done():
            waiting.set_result(code)

    def _end(self) -> None:
        self._gone = True
        ended = SinkError("PK166 no answer (cut off, or overdue)", unclear=True)
        waits: list[asyncio.Future[Any]] = [self._greeted, *self._sent.values()]
        for waiting in waits:
            if not waiting.done():
                waiting.set_exception(ended)


def properties_of(message: Message, now: float) -> Properties:
    """
    Return the properties of *message*: its type, its attributes, and the end of its retention.

    Args:
        message: The event's.
        now: Unix seconds.
    """
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties

    made = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    made.ContentType = message.content_type
    made.MessageExpiryInterval = max(0, int(message.expires_at - now))
    if message.attributes:
        made.UserProperty = list(message.attributes.items())
    return made


def _check(code: int) -> None:
    if code == NO_SUBSCRIBERS:
        told = "PK178 nobody subscribes to the topic: add a reader, or mend 'topic'"
        raise SinkError(told, refuses=True)
    if code in REFUSALS:
        raise SinkError("PK167 the server refuses us", refuses=True)
    if code >= FAILURES:
        raise SinkError(f"PK168 the server answered {code}")


def from_config(config: SinkConfig) -> UnsureBrokerSink[MQTTLink]:
    """
    Build the sink.

    Raises:
        ConfigurationError: The URL would carry events in the clear, or a key is wrong.
        MissingExtraError: The extra ``mqtt`` is not installed.
    """
    wanted = options(config, MQTTOptions)
    refuse(config, "key")
    at = urlsplit(checked_broker_url(config, plain=("mqtt",), tls=("mqtts",)))
    checked_topic(config, "topic", wanted.topic, "/._-")
    try:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
    except ImportError:
        raise MissingExtraError("mqtt", "a sink of type 'mqtt'") from None

    async def connect() -> MQTTLink:
        client = Client(
            CallbackAPIVersion.VERSION2,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = wanted.timeout
        if config.token is not None:
            client.username_pw_set(wanted.user, revealed(config.token))
        if at.scheme == "mqtts":
            client.tls_set_context(create_default_context())
        link = MQTTLink(client, wanted, config.clock)
        try:
            await link.open(at.hostname or "", at.port or PORTS[at.scheme])
        except BaseException:
            await link.close()
            raise
        return link

    return UnsureBrokerSink(config.name, connect, wanted)


KIND = SinkKind(
    "mqtt",
    "An MQTT 5 broker, one event a message.",
    from_config,
    extra="mqtt",
    packages=("paho",),
    options=MQTTOptions,
    erasure="It cannot: a message goes when every subscriber has it, or when its expiry interval "
    "is over, which is the end of the event's retention. Nothing is published as retained.",
    facts=(
        ("acknowledged", "by the broker, each (quality of service 1)"),
        ("nobody subscribes", "is an answer of MQTT 5, and keeps events waiting"),
        ("known by", "the event's `id`, to whoever subscribes: the broker does not look"),
    ),
)
