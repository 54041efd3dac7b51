"""
Events to a broker, whatever its kind: connected, published, confirmed. Does network I/O.

Laws of this file:

1. One event is one message, and it is delivered when the broker has confirmed it.
2. A connection that failed in any way is closed; the next attempt opens another.
3. A connection that a fork handed on is the parent's.
4. What the broker refuses of one event is that event's; what it refuses of us keeps all waiting.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Annotated, Generic, Protocol, TypeVar

import msgspec
from msgspec import Meta

from privacykit.collect.ports import (
    Batches,
    OutboxRow,
    Reachable,
    SendOutcome,
    Sink,
    Unclear,
    Unsure,
)
from privacykit.errors import ConfigurationError, KeyMaterialError, SinkError
from privacykit.sinks.config import SinkConfig, problem
from privacykit.sinks.kind import UnclearChoice
from privacykit.sinks.streams.cloudevents import Message, Mode, message_of
from privacykit.webhook import is_private

_T = TypeVar("_T")

BATCH = 500
"""Events that are published before the first of them must be confirmed."""

PLACEHOLDERS = {"site": "shop", "purpose": "analytics"}
"""What may stand in a topic, with an example: nothing of a visitor's may."""


class BrokerOptions(msgspec.Struct, kw_only=True):
    """Keys that every kind of broker knows."""

    mode: Annotated[
        Mode,
        Meta(description="CloudEvents whole as JSON (`structured`), or data and headers"),
    ] = "structured"
    batch: Annotated[int, Meta(ge=1, le=5000, description="events under way at a time")] = BATCH
    timeout: Annotated[float, Meta(gt=0, description="seconds")] = 20.0


Said = str | SinkError
"""
What became of a message: an empty text if it is confirmed, a word of ours if it never will be, or
why it is not now.
"""


class UnsureBrokerOptions(BrokerOptions, kw_only=True):
    """The same of brokers that cannot tell that an event came again."""

    unclear: UnclearChoice = "repeat"


class BrokerLink(Protocol):
    """One open connection to a broker."""

    async def publish(self, messages: Sequence[Message]) -> Sequence[Said]:
        """
        Publish *messages* and wait until each is confirmed.

        Returns:
            What became of each.

        Raises:
            SinkError: The same became of all.
        """
        ...

    async def answers(self) -> None:
        """
        Ask whether messages would be taken, without publishing one.

        Raises:
            SinkError: They would not.
        """
        ...

    async def close(self) -> None:
        """End the connection."""
        ...


_Link = TypeVar("_Link", bound=BrokerLink)


class BrokerSink(Sink, Batches, Reachable, Generic[_Link]):
    """
    Publishes events.

    Args:
        name: The sink's name.
        connect: Opens a connection. It raises a :class:`SinkError` with what to do.
        mode: The form of messages.
        batch: How many events it wants at a time.

    Attributes:
        batch: The same.
        sent: Ids of what was published last, confirmed or not.
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], Awaitable[_Link]],
        *,
        mode: Mode,
        batch: int = BATCH,
    ) -> None:
        self.name = name
        self.batch = batch
        self.sent: Collection[str] = ()
        self._connect = connect
        self._mode = mode
        self._link: _Link | None = None
        self._process = 0

    async def send(self, batch: Sequence[OutboxRow]) -> SendOutcome:
        """
        Publish *batch* and wait for the confirmations.

        Raises:
            SinkError: The broker is not there, refuses us, or did not confirm; all of it is sent
                again, under the same ids.
        """
        self.sent = ()
        messages: list[Message] = []
        rejected: list[tuple[str, str]] = []
        for row in batch:
            try:
                messages.append(message_of(row, self._mode))
            except ValueError:
                rejected.append((row.envelope.id, "unreadable"))
        if messages:
            said = await self._asked(lambda link: self._publish(link, messages))
            if not any(said):
                return SendOutcome(rejected=tuple(rejected))
            pairs = list(zip(messages, said, strict=True))
            failed = [(message.id, why) for message, why in pairs if isinstance(why, SinkError)]
            clear = tuple(id_ for id_, why in failed if not why.unclear)
            unclear = tuple(id_ for id_, why in failed if why.unclear)
            if failed:
                await self.close()
            if len(failed) == len(messages) and not (clear and unclear):
                raise failed[0][1]
            rejected += [(one.id, why) for one, why in pairs if why and isinstance(why, str)]
            return SendOutcome(rejected=tuple(rejected), retry=clear, unclear=unclear)
        return SendOutcome(rejected=tuple(rejected))

    async def _publish(self, link: _Link, messages: Sequence[Message]) -> Sequence[Said]:
        self.sent = [message.id for message in messages]
        return await link.publish(messages)

    async def answers(self) -> None:
        """
        Ask the broker whether it would take events.

        Raises:
            SinkError: It would not, or is not there.
        """
        try:
            await self._asked(lambda link: link.answers())
        finally:
            await self.close()

    async def _asked(self, ask: Callable[[_Link], Awaitable[_T]]) -> _T:
        try:
            if self._link is None or self._process != os.getpid():
                self._process = os.getpid()
                self._link = None
                self._link = await self._connect()
            return await ask(self._link)
        except KeyMaterialError as error:
            raise SinkError(f"PK165 {error}", refuses=True) from None
        except BaseException:
            # Cut off in the middle too: what it was about to confirm must not be taken for ours.
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connection, if it is ours."""
        link, self._link = self._link, None
        if link is not None and self._process == os.getpid():
            # What fails while it ends is no event's loss: nothing unconfirmed counts as delivered.
            with suppress(SinkError, OSError):
                await link.close()


class UnsureBrokerSink(BrokerSink[_Link], Unsure):
    """
    The same to a broker that cannot tell that an event came again.

    Attributes:
        unclear: What the operator wants of events that perhaps arrived.
    """

    unclear: Unclear

    def __init__(
        self,
        name: str,
        connect: Callable[[], Awaitable[_Link]],
        wanted: UnsureBrokerOptions,
    ) -> None:
        super().__init__(name, connect, mode=wanted.mode, batch=wanted.batch)
        self.unclear = wanted.unclear


async def each(
    messages: Sequence[Message], publish: Callable[[Message], Awaitable[str]]
) -> list[Said]:
    """
    Publish all *messages* at once by *publish*, and return what became of each.

    Whoever gives up waiting leaves none of them running.
    """

    async def one(message: Message) -> Said:
        try:
            return await publish(message)
        except SinkError as error:
            return error

    return await asyncio.gather(*map(one, messages))


def checked_broker_url(config: SinkConfig, *, plain: Sequence[str], tls: Sequence[str]) -> str:
    """
    Return the URL of *config*, whose scheme is one of *plain* on this machine, or one of *tls*.

    Raises:
        ConfigurationError: It is missing, would carry events in the clear, or has a user in it.
    """
    scheme, _, rest = (config.url or "").partition("://")
    if not config.url:
        found = "PK163", "this kind of sink needs a URL", f"write it as {tls[0]}://host"
    elif scheme not in {*plain, *tls}:
        known = ", ".join((*plain, *tls))
        found = "PK176", "not a URL of this kind of broker", f"begin it with one of: {known}"
    elif not is_private(f"{'https' if scheme in tls else 'http'}://{rest}"):
        hint = f"use {tls[0]}:// to another machine; a credential belongs in 'token'"
        found = "PK164", "events would travel in the clear, or a user is in the URL", hint
    else:
        return config.url
    code, message, hint = found
    raise ConfigurationError(problem(config, code, "url", message, hint))


def checked_topic(config: SinkConfig, key: str, topic: str, allowed: str) -> str:
    """
    Return *topic*, a pattern with none but :data:`PLACEHOLDERS` in it.

    Args:
        config: The sink's table.
        key: The name of the setting.
        topic: Its value.
        allowed: Characters besides letters and digits that the broker takes in a topic.

    Raises:
        ConfigurationError: Something else stands in braces, or a character is not taken.
    """
    try:
        example = topic.format_map(PLACEHOLDERS)
    except (KeyError, ValueError, IndexError, AttributeError):
        example = ""
    if not example or not all(sign.isalnum() or sign in allowed for sign in example):
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        hint = f"letters, digits, any of {allowed} and {known}"
        raise ConfigurationError(problem(config, "PK177", key, "no name of a topic", hint))
    return topic


def topic_of(pattern: str, message: Message) -> str:
    """Return the topic that *message* goes to."""
    return _topic(pattern, message.site, message.purpose)


@lru_cache(maxsize=4096)
def _topic(pattern: str, site: str, purpose: str) -> str:
    return pattern.format_map({"site": site, "purpose": purpose})
