"""
Kafka: one event a record, by an idempotent producer. Does network I/O.

The idempotence is the producer's own: its repetitions are written once. A batch that we send again
after a crash is not known, so readers look at the event's id.
Sources: librdkafka, "Idempotent Producer" and CONFIGURATION.md; cloudevents/spec, its binding for
Kafka.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from privacykit import forks
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
    topic_of,
)
from privacykit.sinks.streams.cloudevents import Message
from privacykit.sinks.streams.tombstones import Buried, TombstoneWriter
from privacykit.webhook import is_private

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Producer

PORT = 9092
_MARGIN_SECONDS = 1.0
"""How much longer than the producer itself we wait for what it says of a record."""


class KafkaOptions(UnsureBrokerOptions, kw_only=True):
    """Keys of a Kafka sink."""

    topic: Annotated[
        str, Meta(description="where to; `{site}` and `{purpose}` stand for the event's")
    ] = "privacykit.{site}.{purpose}"
    user: Annotated[str, Meta(description="with `token` as the password")] | None = None
    compacted: Annotated[
        bool,
        Meta(
            description="the topic's `cleanup.policy` has `compact`: then an erasure writes a "
            "record without a value under each key of the person"
        ),
    ] = False
    mechanism: Annotated[
        Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
        Meta(description="of SASL, how user and password are shown"),
    ] = "SCRAM-SHA-512"


_Header = tuple[str, str | bytes | None]
_Record = tuple[str, bytes | None, str, list[_Header]]

_open: set[KafkaLink] = set()
"""
Connections of this process and those a fork handed on, which nobody may end: the library would wait
for threads that only the parent has.
"""


_beginning = forks.TurnLock()
"""
Around the beginning and the end of a producer: the library has a lock over all of them then, which
a child born in the meantime would wait for in vain.
"""


class KafkaLink(BrokerLink):
    """
    One producer.

    Args:
        settings: Those of the library.
        wanted: Keys of the sink.
    """

    def __init__(self, settings: dict[str, Any], wanted: KafkaOptions) -> None:
        from confluent_kafka import Producer

        self._wanted = wanted
        self._refused = False
        with _beginning:
            self._producer: Producer = Producer({**settings, "error_cb": self._trouble})
        _open.add(self)

    def _trouble(self, error: KafkaError) -> None:
        self._refused |= error.code() == error._AUTHENTICATION  # noqa: SLF001 - its public name

    async def open(self, *, tls: bool) -> None:
        """
        Ask who the brokers are.

        Raises:
            SinkError: None answers, they refuse us, or events would go to another machine in the
                clear.
        """
        from confluent_kafka import KafkaException

        ask = self._producer.list_topics
        try:
            told = await asyncio.to_thread(ask, timeout=self._wanted.timeout)
        except KafkaException as error:
            if self._refused:
                told_why = "PK167 the server refuses us"
                raise SinkError(told_why, refuses=True) from None
            raise SinkError(f"PK166 no answer ({error.args[0].name()})") from None
        hosts = [broker.host for broker in told.brokers.values()]
        if not tls and not all(is_private(f"http://{host}") for host in hosts):
            told_why = "PK164 the brokers are on other machines: use kafkas://"
            raise SinkError(told_why, refuses=True)

    async def publish(self, messages: Sequence[Message]) -> Sequence[Said]:
        """Hand all of them to the producer, and wait until it has said of each."""
        topic = self._wanted.topic
        return await self._write(
            [(topic_of(topic, it), it.body, it.key, headers_of(it)) for it in messages]
        )

    async def bury(self, keys: Sequence[Buried]) -> Sequence[Said]:
        """Write a record without a value for each of *keys*."""
        return await self._write([(topic, None, key, []) for topic, key in keys])

    async def _write(self, records: Sequence[_Record]) -> Sequence[Said]:
        from confluent_kafka import KafkaException

        said: list[Said] = [_unclear("TimeoutError")] * len(records)

        def produce() -> None:
            put = self._producer.produce
            for at, (topic, value, key, headers) in enumerate(records):
                try:
                    put(
                        topic,
                        value,
                        key=key,
                        headers=headers,
                        on_delivery=partial(_written_down, said, at),
                    )
                except KafkaException as error:
                    said[at] = _meaning(error.args[0])
                except BufferError:
                    said[at] = SinkError("PK168 too many records wait for the brokers")
            self._producer.flush(self._wanted.timeout + _MARGIN_SECONDS)

        await asyncio.to_thread(produce)
        return said

    async def answers(self) -> None:
        """Nothing more: the brokers said who they are when the connection was opened."""

    async def close(self) -> None:
        """End the producer: what is not confirmed is sent again."""
        self._producer.purge()
        await asyncio.to_thread(self._end)
        _open.discard(self)

    def _end(self) -> None:
        self._producer.flush(_MARGIN_SECONDS)
        with _beginning:
            del self._producer


def headers_of(message: Message) -> list[_Header]:
    """Return the headers of *message*: its type and its attributes, as UTF-8."""
    typed, attributes = _typed(message.content_type), message.attributes
    if not attributes:
        return typed
    return [*((f"ce_{name}", value.encode()) for name, value in attributes.items()), *typed]


@lru_cache(maxsize=64)
def _typed(content_type: str) -> list[_Header]:
    return [("content-type", content_type.encode())]


def _written_down(said: list[Said], at: int, error: KafkaError | None, _: object) -> None:
    said[at] = "" if error is None else _meaning(error)


def _unclear(why: str) -> SinkError:
    return SinkError(f"PK166 no answer ({why})", unclear=True)


def _meaning(error: KafkaError) -> Said:
    code, name = error.code(), error.name()
    if code in {error.MSG_SIZE_TOO_LARGE, error.INVALID_MSG_SIZE}:
        return "too_large"
    if code in {error.UNKNOWN_TOPIC_OR_PART, error._UNKNOWN_TOPIC}:  # noqa: SLF001 - its public names
        told = "PK178 there is no such topic: create it, or mend 'topic'"
        return SinkError(told, refuses=True)
    if code in {error.TOPIC_AUTHORIZATION_FAILED, error.CLUSTER_AUTHORIZATION_FAILED}:
        return SinkError("PK167 the server refuses us", refuses=True)
    if name.startswith("_"):
        return _unclear(name)
    return SinkError(f"PK168 the server answered {name}")


def from_config(config: SinkConfig) -> UnsureBrokerSink[KafkaLink]:
    """
    Build the sink.

    Raises:
        ConfigurationError: The URL would carry events in the clear, or a key is wrong.
        MissingExtraError: The extra ``kafka`` is not installed.
    """
    wanted = options(config, KafkaOptions)
    return UnsureBrokerSink(config.name, _connector(config, wanted), wanted)


def deleter(config: SinkConfig) -> TombstoneWriter | None:
    """
    Build what writes tombstones; ``None`` where the topic is not compacted.

    Raises:
        ConfigurationError: The URL would carry events in the clear, or a key is wrong.
        MissingExtraError: The extra ``kafka`` is not installed.
    """
    if config.deletion is not None:
        refuse(config, "deletion")
    wanted = options(config, KafkaOptions)
    return TombstoneWriter(wanted.topic, _connector(config, wanted)) if wanted.compacted else None


def _connector(config: SinkConfig, wanted: KafkaOptions) -> Callable[[], Awaitable[KafkaLink]]:
    refuse(config, "key")
    at = urlsplit(checked_broker_url(config, plain=("kafka",), tls=("kafkas",)))
    checked_topic(config, "topic", wanted.topic, "._-")
    try:
        import confluent_kafka  # noqa: F401 - looked for, not used yet
    except ImportError:
        raise MissingExtraError("kafka", "a sink of type 'kafka'") from None
    tls = at.scheme == "kafkas"
    settings: dict[str, Any] = {
        "bootstrap.servers": f"{at.hostname}:{at.port or PORT}",
        "client.id": "privacykit",
        "enable.idempotence": True,
        "message.timeout.ms": int(wanted.timeout * 1000),
        "socket.connection.setup.timeout.ms": max(1000, int(wanted.timeout * 1000)),
        "linger.ms": 5,
        "partitioner": "murmur2_random",
        "log_level": 0,
    }
    # As Java's producers choose partitions, so that theirs and ours agree on a key.

    async def connect() -> KafkaLink:
        secret: dict[str, Any] = {}
        if config.token is not None:
            password = revealed(config.token)
            secret = {
                "sasl.mechanism": wanted.mechanism,
                "sasl.username": wanted.user or "",
                "sasl.password": password,
            }
        protocol = f"{'SASL_' if secret else ''}{'SSL' if tls else 'PLAINTEXT'}"
        link = KafkaLink({**settings, **secret, "security.protocol": protocol}, wanted)
        try:
            await link.open(tls=tls)
        except BaseException:
            await link.close()
            raise
        return link

    return connect


KIND = SinkKind(
    "kafka",
    "A topic of Kafka, one event a record.",
    from_config,
    extra="kafka",
    packages=("confluent_kafka",),
    options=KafkaOptions,
    erasure="By the topic's `retention.ms`; Kafka removes no single record. The key of a record is "
    "the visitor's id, so readers find a visitor's, and in a compacted topic a record without a "
    "value under that key removes the others in time: with `compacted = true` an erasure writes "
    "it.",
    deleter=deleter,
    deletion=(("needs", "`compacted = true`"), ("writes", "a tombstone for each key, once")),
    facts=(
        ("confirmed", "by all replicas in sync, each (`acks` all, by an idempotent producer)"),
        ("partition", "by the key, as Java's producers choose it: a visitor's events keep order"),
        ("known by", "the event's id, to whoever reads: the broker does not look"),
    ),
)
