"""
Redis Streams: one event an entry, trimmed by retention, known by its id. Does network I/O.

A script adds the events of a batch, because only so can an event that comes again be told by its id
on every Redis from 5 on: beside each stream a sorted set holds the ids of late, under the name of
the stream in braces and ``:ids``, in the same slot.
Sources: redis.io, "Redis Streams", "Scripting with Lua"; CloudEvents has no binding for Redis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, cast

from msgspec import Meta

from privacykit.collect.ports import Maintains
from privacykit.errors import ConfigurationError, InputError, MissingExtraError, SinkError
from privacykit.govern.datamap.duration import Duration, parse_duration
from privacykit.logs.libraries import withhold_library_logs
from privacykit.sinks.config import SinkConfig, options, problem, refuse
from privacykit.sinks.kind import SinkKind
from privacykit.sinks.mapping.revealed import revealed
from privacykit.sinks.streams.broker import (
    BrokerLink,
    BrokerOptions,
    BrokerSink,
    Said,
    checked_broker_url,
    checked_topic,
    topic_of,
)
from privacykit.sinks.streams.cloudevents import Message
from privacykit.sinks.unanswered import no_answer

if TYPE_CHECKING:
    from redis.asyncio import Redis

_ADD = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - ARGV[1]))
local at = 4
while at < #ARGV do
  local id, last = ARGV[at], at + 1 + ARGV[at + 1]
  if not redis.call('ZSCORE', KEYS[2], id) then
    redis.call('XADD', KEYS[1], '*', unpack(ARGV, at + 2, last))
    redis.call('ZADD', KEYS[2], string.format('%.0f', now), id)
  end
  at = last + 1
end
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', now - ARGV[2]))
if ARGV[3] ~= '0' then redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[3]) end
"""
# The id is written after the entry: a server that stops between them doubles, and loses nothing.


class RedisOptions(BrokerOptions, kw_only=True):
    """Keys of a sink of Redis Streams."""

    keep: Annotated[
        str, Meta(description="how long entries stay, `30 days` or `13 months`; older ones go")
    ]
    stream: Annotated[
        str, Meta(description="the key; `{site}` and `{purpose}` stand for the event's")
    ] = "privacykit:{site}:{purpose}"
    max_length: (
        Annotated[int, Meta(ge=1, description="entries a stream holds at most; the oldest go")]
        | None
    ) = None
    remember: Annotated[
        int, Meta(ge=1, description="seconds within which an event that comes again is known")
    ] = 3600
    user: Annotated[str, Meta(description="with `token` as the password")] | None = None


class RedisLink(BrokerLink):
    """
    One connection to a Redis server.

    Args:
        client: The client; it is connected when it is first used.
        wanted: Keys of the sink.
        keep: How long entries stay.
        clock: Returns Unix seconds; only the length of months is taken from it.
    """

    def __init__(
        self, client: Redis, wanted: RedisOptions, keep: Duration, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._pattern = wanted.stream
        self._known = f"{wanted.stream}:streams"
        self._rules = (wanted.remember * 1000, wanted.max_length or 0)
        self._keep = keep
        self._clock = clock
        self._script = ""

    async def open(self) -> None:
        """
        Connect.

        Raises:
            SinkError: The server is not there, or refuses us.
        """
        with _said(unclear=False):
            self._script = await self._client.script_load(_ADD)

    async def publish(self, messages: Sequence[Message]) -> Sequence[Said]:
        """
        Add all of them, in one command for each stream.

        Raises:
            SinkError: The server did not say that all are added; those that are are known again.
        """
        by_stream: dict[str, list[str | bytes | int]] = {}
        for message in messages:
            fields = _fields_of(message)
            entry = (message.id, len(fields), *fields)
            by_stream.setdefault(topic_of(self._pattern, message), []).extend(entry)
        await self._run(by_stream, self._clock())
        return [""] * len(messages)

    async def answers(self) -> None:
        """
        Do all that adding does, with no event and a stream of no one's.

        Raises:
            SinkError: The server would take none.
        """
        await self._run({f"{self._pattern}:test": []}, self._clock())

    async def trim(self, now: float) -> None:
        """
        Remove what has been kept long enough, from streams that get no more events too.

        Args:
            now: Unix seconds; only the length of months is taken from it, entries are as old as
                the server's own clock says.

        Raises:
            SinkError: The server does not answer.
        """
        with _said(unclear=False):
            names = await cast("Any", self._client.smembers(self._known))
        await self._run({name.decode(): [] for name in names}, now)

    async def _run(self, by_stream: dict[str, list[str | bytes | int]], now: float) -> None:
        keep = int((now - self._keep.before(now)) * 1000)
        remember, most = self._rules
        pipe = self._client.pipeline(transaction=False)
        if any(by_stream.values()):
            pipe.sadd(self._known, *by_stream)
        for stream, entries in by_stream.items():
            ids = f"{{{stream}}}:ids"
            pipe.evalsha(self._script, 2, stream, ids, remember, keep, most, *entries)
        with _said(unclear=True):
            # Its own way to raise would put the command, and so events, into the message.
            for said in await pipe.execute(raise_on_error=False):
                if isinstance(said, Exception):
                    raise said

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()


class RedisSink(BrokerSink[RedisLink], Maintains):
    """Adds events to streams, and ends their retention there."""

    async def keep(self, now: float) -> None:
        """
        Remove what has been kept long enough.

        Args:
            now: Unix seconds.

        Raises:
            SinkError: The server does not answer, or refuses us.
        """
        # Beside a batch under way: on a connection of its own, closed at the end.
        link = await self._connect()
        try:
            await link.trim(now)
        finally:
            await link.close()


def _fields_of(message: Message) -> list[str | bytes]:
    fields: list[str | bytes] = ["key", message.key]
    if not message.attributes:
        return [*fields, "ce", message.body]
    fields += ["content-type", message.content_type]
    for name, value in message.attributes.items():
        fields += [f"ce_{name}", value]
    return [*fields, "data", message.body]


@contextmanager
def _said(*, unclear: bool) -> Iterator[None]:
    import redis

    try:
        yield
    except (
        redis.AuthenticationError,
        redis.exceptions.AuthorizationError,
        redis.exceptions.NoPermissionError,
    ):
        raise SinkError("PK167 the server refuses us", refuses=True) from None
    except redis.ResponseError as error:
        # The first word is a code where it is in capitals, unless the client made a class of it;
        # the rest may name a key.
        word = str(error).partition(" ")[0]
        code = word if word.isupper() else type(error).__name__.replace("ResponseError", "ERR")
        raise SinkError(f"PK168 the server answered {code}") from None
    except (redis.RedisError, OSError, TimeoutError) as error:
        raise SinkError(no_answer(error), unclear=unclear) from None


def from_config(config: SinkConfig) -> RedisSink:
    """
    Build the sink.

    Raises:
        ConfigurationError: The URL would carry events in the clear, or a key is wrong.
        MissingExtraError: The extra ``redis`` is not installed.
    """
    wanted = options(config, RedisOptions)
    refuse(config, "key")
    url = checked_broker_url(config, plain=("redis",), tls=("rediss",))
    checked_topic(config, "stream", wanted.stream, ":._-")
    try:
        keep = parse_duration(wanted.keep)
    except InputError as error:
        raise ConfigurationError(
            problem(config, "PK162", "keep", "no duration", str(error))
        ) from None
    try:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ImportError:
        raise MissingExtraError("redis", "a sink of type 'redis'") from None

    async def connect() -> RedisLink:
        withhold_library_logs()
        client = Redis.from_url(
            url,
            username=wanted.user,
            password=revealed(config.token) if config.token is not None else None,
            socket_timeout=wanted.timeout,
            socket_connect_timeout=wanted.timeout,
            retry=Retry(NoBackoff(), 0),
        )
        link = RedisLink(client, wanted, keep, config.clock)
        try:
            await link.open()
        except BaseException:
            await link.close()
            raise
        return link

    return RedisSink(config.name, connect, mode=wanted.mode, batch=wanted.batch)


KIND = SinkKind(
    "redis",
    "Redis Streams, one event an entry.",
    from_config,
    extra="redis",
    packages=("redis",),
    options=RedisOptions,
    deduplicates="its id, in a sorted set beside the stream, for the seconds of `remember`",
    erasure="By `keep`: entries that are older go at the next event, and every hour. Before that, "
    "by `XDEL`: the entries of a visitor are those whose field `key` is the visitor's id.",
)
