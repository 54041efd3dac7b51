"""
RabbitMQ over AMQP 0-9-1: one event a message, confirmed by the broker. Does network I/O.

Exchanges and queues are the operator's: what is bound decides who gets events, so nothing is
declared here. A message no queue takes comes back, and its event waits.
Sources: rabbitmq.com, "Consumer Acknowledgements and Publisher Confirms", "Time-To-Live";
cloudevents/spec, its binding for AMQP, whose application properties are RabbitMQ's headers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from privacykit.errors import MissingExtraError, SinkError
from privacykit.logs.libraries import withhold_library_logs
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
    from aio_pika.abc import AbstractConnection, AbstractExchange
    from aio_pika.message import Message as Published

_REFUSED = frozenset({"ACCESS_REFUSED", "NOT_ALLOWED"})
_UNROUTED = "PK178 no queue takes the routing key: bind one, or mend 'routing_key'"


class AMQPOptions(UnsureBrokerOptions, kw_only=True):
    """Keys of a sink of RabbitMQ."""

    routing_key: Annotated[
        str, Meta(description="where to; `{site}` and `{purpose}` stand for the event's")
    ] = "privacykit.{site}.{purpose}"
    exchange: Annotated[
        str, Meta(description="it must be there; empty: the routing key is a queue's name")
    ] = "amq.topic"
    user: Annotated[str, Meta(description="with `token` as the password")] = "guest"


class AMQPLink(BrokerLink):
    """
    One connection to a RabbitMQ server.

    Args:
        connection: The open connection.
        exchange: Where messages go, on a channel that confirms.
        wanted: Keys of the sink.
        clock: Returns Unix seconds.
    """

    def __init__(
        self,
        connection: AbstractConnection,
        exchange: AbstractExchange,
        wanted: AMQPOptions,
        clock: Callable[[], float],
    ) -> None:
        self._connection = connection
        self._exchange = exchange
        self._wanted = wanted
        self._clock = clock

    async def publish(self, messages: Sequence[Message]) -> Sequence[Said]:
        """Publish all of them at once, and wait for every confirmation."""
        return await each(messages, self._publish)

    async def _publish(self, message: Message) -> str:
        key = topic_of(self._wanted.routing_key, message)
        made = published(message, self._clock())
        with _said(unclear=True):
            await self._exchange.publish(made, key, timeout=self._wanted.timeout)
        return ""

    async def answers(self) -> None:
        """Nothing more: the exchange was found when the connection was opened."""

    async def close(self) -> None:
        """Close the connection: what is not confirmed is sent again."""
        with _said(unclear=False):
            await self._connection.close()


def published(message: Message, now: float) -> Published:
    """
    Return *message* as AMQP has it: kept on disk, and gone at the end of the event's retention.

    Args:
        message: The event's.
        now: Unix seconds.
    """
    from aio_pika import DeliveryMode
    from aio_pika.message import Message as Made

    attributes = {f"cloudEvents_{name}": value for name, value in message.attributes.items()}
    return Made(
        message.body,
        content_type=message.content_type,
        message_id=message.id,
        headers={"key": message.key, **attributes},
        delivery_mode=DeliveryMode.PERSISTENT,
        expiration=max(0.0, message.expires_at - now),
    )


@contextmanager
def _said(*, unclear: bool) -> Iterator[None]:
    from aio_pika import exceptions
    from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity, PublishError

    try:
        yield
    except PublishError:
        raise SinkError(_UNROUTED, refuses=True) from None
    except exceptions.DeliveryError:
        raise SinkError("PK168 a queue takes no events now") from None
    except ChannelNotFoundEntity:
        told = "PK178 there is no such exchange: declare it, or mend 'exchange'"
        raise SinkError(told, refuses=True) from None
    except (exceptions.AMQPError, OSError, TimeoutError, RuntimeError) as error:
        # The code of a refusal is the first word; a virtual host that is not ours ends in a frame.
        refused = isinstance(error, (ChannelAccessRefused, exceptions.ProtocolSyntaxError))
        if refused or str(error).partition(" ")[0] in _REFUSED:
            told = "PK167 the server refuses us"
            raise SinkError(told, refuses=True) from None
        raise SinkError(no_answer(error), unclear=unclear) from None


def from_config(config: SinkConfig) -> UnsureBrokerSink[AMQPLink]:
    """
    Build the sink.

    Raises:
        ConfigurationError: The URL would carry events in the clear, or a key is wrong.
        MissingExtraError: The extra ``amqp`` is not installed.
    """
    wanted = options(config, AMQPOptions)
    refuse(config, "key")
    url = checked_broker_url(config, plain=("amqp",), tls=("amqps",))
    checked_topic(config, "routing_key", wanted.routing_key, "._-")
    try:
        import aio_pika
        from yarl import URL
    except ImportError:
        raise MissingExtraError("amqp", "a sink of type 'amqp'") from None

    async def connect() -> AMQPLink:
        withhold_library_logs()
        password = "guest" if config.token is None else revealed(config.token)
        at = URL(url).with_user(wanted.user).with_password(password)
        # Not `aio_pika.connect`: what it could not open closes itself later, without its loop.
        connection = aio_pika.Connection(at)
        try:
            with _said(unclear=False):
                await connection.connect(timeout=wanted.timeout)
                channel = await connection.channel(on_return_raises=True)
                exchange = await channel.get_exchange(wanted.exchange, ensure=bool(wanted.exchange))
        except BaseException:
            await connection.close()
            raise
        return AMQPLink(connection, exchange, wanted, config.clock)

    return UnsureBrokerSink(config.name, connect, wanted)


KIND = SinkKind(
    "amqp",
    "RabbitMQ, one event a message.",
    from_config,
    extra="amqp",
    packages=("aio_pika",),
    options=AMQPOptions,
    erasure="Message by message it cannot: a message goes when it is consumed, or when its "
    "`expiration` is over, which is the end of the event's retention (a queue of type `stream` "
    "does not look at it: give that one a `max-age`). Who consumes finds a visitor's events by the "
    "header `key`.",
    facts=(
        ("confirmed", "by the broker, each; a message that no queue takes keeps events waiting"),
        ("kept", "on disk, where the queue is durable (`delivery_mode` 2)"),
        ("known by", "`message-id`, the event's id, to whoever consumes: the broker does not look"),
    ),
)
