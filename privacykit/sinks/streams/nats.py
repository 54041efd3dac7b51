"""
NATS JetStream: one event a message, known by its id in ``Nats-Msg-Id``. Does network I/O.

The stream is the operator's: it decides how long events are kept, so it is not made here.
Sources: docs.nats.io, "JetStream model deep dive"; cloudevents/spec, its binding for NATS.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from privacykit.errors import MissingExtraError, SinkError
from privacykit.sinks.config import SinkConfig, options, refuse
from privacykit.sinks.kind import SinkKind
from privacykit.sinks.mapping.revealed import revealed
from privacykit.sinks.streams.broker import (
    BrokerLink,
    BrokerOptions,
    BrokerSink,
    Said,
    checked_broker_url,
    checked_topic,
    each,
    topic_of,
)
from privacykit.sinks.streams.cloudevents import Message
from privacykit.sinks.unanswered import no_answer

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.js import JetStreamContext

TOO_LARGE = frozenset({10049, 10054})
"""Error codes of a stream that takes no message, or no headers, of this size (nats-server)."""
NO_STREAM = "PK178 no stream takes the subject: add one that does to the server, or mend 'subject'"


CLOSE_SECONDS = 1.0
"""How long a connection that never was may take to end."""


class NATSOptions(BrokerOptions, kw_only=True):
    """Keys of a NATS sink."""

    subject: Annotated[
        str, Meta(description="where to; `{site}` and `{purpose}` stand for the event's")
    ] = "privacykit.{site}.{purpose}"
    user: Annotated[str, Meta(description="with `token` as the password")] | None = None
    credentials_file: (
        Annotated[str, Meta(description="a file of JWT and seed, as `nsc` writes it")] | None
    ) = None


class NATSLink(BrokerLink):
    """
    One connection to a NATS server.

    Args:
        client: The open client.
        subject: The pattern of subjects.
        timeout: Seconds a confirmation may take.
    """

    def __init__(self, client: Client, subject: str, timeout: float) -> None:
        self._client = client
        self._stream: JetStreamContext = client.jetstream(timeout=timeout)
        self._subject = subject

    async def publish(self, messages: Sequence[Message]) -> Sequence[Said]:
        """Publish all of them at once, and wait for every confirmation."""
        return await each(messages, self._publish)

    async def _publish(self, message: Message) -> str:
        from nats import errors
        from nats.js.errors import APIError, NoStreamResponseError

        headers = {
            "Nats-Msg-Id": message.id,
            "content-type": message.content_type,
            **message.headers("ce-"),
        }
        subject = topic_of(self._subject, message)
        try:
            await self._stream.publish(subject, message.body, headers=headers)
        except errors.MaxPayloadError:
            return "too_large"
        except NoStreamResponseError:
            raise SinkError(NO_STREAM, refuses=True) from None
        except APIError as error:
            if error.err_code in TOO_LARGE:
                return "too_large"
            # A stream that is full answers so; it may have room later.
            raise SinkError(f"PK168 the stream answered {error.code}") from None
        except (errors.Error, OSError, TimeoutError) as error:
            raise SinkError(no_answer(error), unclear=True) from None
        return ""

    async def answers(self) -> None:
        """
        Look for the stream that would take an event.

        Raises:
            SinkError: There is none.
        """
        from nats import errors
        from nats.js.errors import NotFoundError

        # Braces are for one token each: whichever stream takes an example takes the others.
        subject = self._subject.format_map({"site": "*", "purpose": "*"})
        try:
            await self._stream.find_stream_name_by_subject(subject)
        except NotFoundError:
            raise SinkError(NO_STREAM) from None
        except (errors.Error, OSError, TimeoutError) as error:
            raise SinkError(no_answer(error)) from None

    async def close(self) -> None:
        """Close the connection at once: what is not confirmed is sent again."""
        await self._client.close()


def _client(url: str) -> Client:
    """
    Return a client that says nothing of us in the clear where *url* wants TLS.

    The library encrypts where the server's greeting asks for it, and whoever is on the way may have
    taken that out: nothing but the handshake itself is believed.
    """
    from nats import errors
    from nats.aio.client import Client
    from nats.aio.transport import TcpTransport

    class GuardedClient(Client):
        def _connect_command(self) -> bytes:
            way = self._transport
            writer = way._io_writer if isinstance(way, TcpTransport) else None  # noqa: SLF001
            # A WebSocket (`wss`) is encrypted before it is one.
            wants = url.startswith("tls://")
            if wants and (writer is None or writer.get_extra_info("ssl_object") is None):
                raise errors.SecureConnWantedError
            return super()._connect_command()

    return GuardedClient()


def _connecting(
    url: str, wanted: NATSOptions, credential: dict[str, Any], token: Callable[[], dict[str, Any]]
) -> Callable[[], Any]:
    async def connect() -> NATSLink:
        from nats import errors

        client = _client(url)
        try:
            await client.connect(
                url,
                connect_timeout=wanted.timeout,  # type: ignore[arg-type]  # parts of seconds too
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0.05,  # type: ignore[arg-type]
                error_cb=_quiet,
                **credential,
                **token(),
            )
        except errors.AuthorizationError:
            told = "PK167 the server refuses us"
            raise SinkError(told, refuses=True) from None
        except errors.SecureConnWantedError:
            told = "PK166 no TLS is offered there: nothing was sent; mend the server, or the way"
            raise SinkError(told) from None
        except (errors.Error, OSError, TimeoutError) as error:
            # A server that refuses us may just end the connection: the words tell it apart.
            if "authorization" in str(error).lower():
                told = "PK167 the server refuses us"
                raise SinkError(told, refuses=True) from None
            raise SinkError(no_answer(error)) from None
        finally:
            # The library leaves the socket open when the server took it and then said nothing.
            if not client.is_connected:
                # It closes at once, but waits for ever for the end of a handshake that failed.
                with suppress(TimeoutError):
                    await asyncio.wait_for(client.close(), CLOSE_SECONDS)
        return NATSLink(client, wanted.subject, wanted.timeout)

    return connect


async def _quiet(_error: Exception) -> None:
    """Say nothing: what fails raises as well, and the library would log it whole."""


def from_config(config: SinkConfig) -> BrokerSink[NATSLink]:
    """
    Build the sink.

    Raises:
        ConfigurationError: The URL would carry events in the clear, or a key is wrong.
        MissingExtraError: The extra ``nats`` is not installed.
    """
    wanted = options(config, NATSOptions)
    refuse(config, "key")
    url = checked_broker_url(config, plain=("nats", "ws"), tls=("tls", "wss"))
    checked_topic(config, "subject", wanted.subject, "._-")
    try:
        import nats  # noqa: F401 - looked for, not used yet
    except ImportError:
        raise MissingExtraError("nats", "a sink of type 'nats'") from None
    file = (
        {}
        if wanted.credentials_file is None
        else {"user_credentials": str(config.base / wanted.credentials_file)}
    )

    def token() -> dict[str, Any]:
        if config.token is None:
            return {}
        secret = revealed(config.token)
        return {"user": wanted.user, "password": secret} if wanted.user else {"token": secret}

    connect = _connecting(url, wanted, file, token)
    return BrokerSink(config.name, connect, mode=wanted.mode, batch=wanted.batch)


KIND = SinkKind(
    "nats",
    "A stream of NATS JetStream, one event a message.",
    from_config,
    extra="nats",
    packages=("nats",),
    options=NATSOptions,
    deduplicates="`Nats-Msg-Id`, within the stream's `duplicate_window` (two minutes by default)",
    erasure="By the stream's `max_age`, or message by message with `nats stream rmm`; NATS finds "
    "no person by itself.",
)
