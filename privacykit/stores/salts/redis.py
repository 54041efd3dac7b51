"""
Salts in a Redis server that keeps nothing on disk. Does I/O.

A salt is one key: set only if absent, and expiring by the server's own clock at the end of its
period. A server that writes snapshots or a log would keep salts in its files: it is refused, unless
the URL says ``persistence=accepted``; then destruction is ``logical``, and said to be.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from privacykit.errors import ConfigurationError, MissingExtraError, Problem, StoreError
from privacykit.logs.libraries import withhold_library_logs
from privacykit.pseudonym.salts import SALT_BYTES, SaltAudit, SaltLevel
from privacykit.stores.salts.rules import SaltRow, audit_of, check_alive, check_kept, check_salt

if TYPE_CHECKING:
    from redis import Redis

DEFAULT_PREFIX = "privacykit:salt:"
SECONDS = 5
"""How long we wait for the server."""

_VALUE = struct.Struct(f">dd{SALT_BYTES}s")
"""When made, when dead, the salt. Times are Unix seconds."""

_NOTES = (
    "The server's memory and swap are not searched; its slow log may name a slow command's salt.",
)
_KEPT = "The server writes to disk: snapshots or logs keep destroyed salts."
_UNKNOWN = "The server does not say whether it writes to disk: its files may keep destroyed salts."
_REPLICAS = "Replicas are connected: what they write to disk is not known."
_SAVED = "A snapshot was written since the server started: it may keep destroyed salts."


class RedisSaltStore:
    """
    Salts in Redis.

    Args:
        url: ``redis://…``, ``rediss://…`` or ``unix://…``; of its query, ``prefix`` starts every
            key of ours, and ``persistence=accepted`` allows a server that writes to disk.

    Raises:
        ConfigurationError: The URL cannot be read. It is not quoted.
        MissingExtraError: The client is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            import redis
        except ImportError:
            raise MissingExtraError("redis", "the [salts] store") from None
        server, _, query = url.partition("?")
        options = dict(parse_qsl(query))
        self._prefix = options.pop("prefix", DEFAULT_PREFIX)
        self._accepted = options.pop("persistence", "") == "accepted"
        self._failures: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        self._refused = redis.ResponseError
        withhold_library_logs()
        try:
            self._client: Redis = redis.Redis.from_url(
                f"{server}?{urlencode(options)}",
                socket_timeout=SECONDS,
                socket_connect_timeout=SECONDS,
            )
            # An unknown option is else only noticed when somebody connects.
            self._client.connection_pool.make_connection()
        except (ValueError, TypeError):
            hint = "use redis://HOST:PORT/DB"
            problem = _problem("PK130", "not the URL of a Redis server", hint)
            raise ConfigurationError(problem) from None
        self._prepared = False

    def __repr__(self) -> str:
        return "<RedisSaltStore>"

    def prepare(self) -> None:
        """
        Connect, and check that the server keeps nothing on disk.

        Raises:
            ConfigurationError: It does, or does not say, and the URL does not accept that.
            StoreError: The server does not answer.
        """
        with self._translated():
            problem = self._keeps_on_disk()
        if problem is not None:
            raise ConfigurationError(problem)
        self._prepared = True

    def _keeps_on_disk(self) -> Problem | None:
        kept = {_KEPT, _UNKNOWN} & set(self._doubts())
        if not kept or self._accepted:
            return None
        hint = "use a server with save '' and appendonly no, or add ?persistence=accepted"
        return _problem("PK149", min(kept), hint)

    def get_or_create(
        self, site: str, day: str, candidate: bytes, not_after: float, now: float
    ) -> bytes:
        """
        Keep *candidate* unless there is a salt already; return what is kept.

        The server is asked anew, before each salt that it does not have, whether it would write it
        to disk: what it answered at the start may have changed.

        Raises:
            StoreError: The server failed, or by now keeps what it is told, or the salt is dead or
                not of the present.
            KeyMaterialError: *candidate* is not 32 bytes.
        """
        check_salt(day, candidate, not_after, now)
        self._ready()
        key = f"{self._prefix}{site}:{day}"
        made = _VALUE.pack(now, not_after, candidate)
        with self._translated():
            problem = None if self._client.exists(key) else self._keeps_on_disk()
        if problem is not None:
            self._prepared = False
            raise StoreError(str(problem))
        with self._translated(), self._client.pipeline() as both:
            both.set(key, made, nx=True, pxat=int(not_after * 1000))
            both.get(key)
            kept = both.execute()[1]
        _, until, salt = _parse(check_kept(kept))
        check_alive(until, now)
        return salt

    def destroy_expired(self, now: float) -> int:
        """
        Delete every salt that is dead at *now* and has not expired by itself; return how many.

        Raises:
            StoreError: The server failed.
        """
        self._ready()
        with self._translated():
            dead = [key for key, (_, until, _) in self._scan() if until <= now]
            return sum(int(self._client.delete(key)) for key in dead)

    def destroy_all(self, now: float) -> int:  # noqa: ARG002 - the other stores note the time
        """
        Delete every salt, living ones too; return how many there were.

        Raises:
            StoreError: The server failed.
        """
        return self.destroy_expired(inf)

    def rows(self) -> tuple[SaltRow, ...]:
        """
        Return what stands in the store, without the salts.

        Raises:
            StoreError: The server failed.
        """
        self._ready()
        with self._translated():
            found = [self._row(key, made, until) for key, (made, until, _) in self._scan()]
        return tuple(sorted(found, key=lambda row: (row.site, row.day)))

    def audit(self, now: float) -> SaltAudit:
        """
        Count what stands, and ask the server again whether it writes to disk.

        Raises:
            StoreError: The server failed.
        """
        rows = self.rows()
        with self._translated():
            doubts = self._doubts()
        level: SaltLevel = "logical" if doubts else "erased"
        return audit_of(rows, now, level=level, searched=False, notes=_NOTES + doubts)

    def _ready(self) -> None:
        if not self._prepared:
            try:
                self.prepare()
            except ConfigurationError as error:
                raise StoreError(str(error)) from None

    def _doubts(self) -> tuple[str, ...]:
        """Return what speaks against the bytes being gone with the key."""
        doubts = []
        try:
            kept = self._client.config_get("save", "appendonly")
        except self._refused:
            doubts.append(_UNKNOWN)
        else:
            if kept.get("save") != "" or kept.get("appendonly") != "no":
                doubts.append(_KEPT)
        told = self._client.info()
        if told.get("connected_slaves") or told.get("role") != "master":
            doubts.append(_REPLICAS)
        if told.get("rdb_saves"):
            doubts.append(_SAVED)
        return tuple(doubts)

    def _row(self, key: bytes, made: float, until: float) -> SaltRow:
        site, _, day = key.decode().removeprefix(self._prefix).rpartition(":")
        return SaltRow(site, day, made, until)

    def _scan(self) -> Iterator[tuple[bytes, tuple[float, float, bytes]]]:
        for key in self._client.scan_iter(match=f"{_literal(self._prefix)}*", count=1000):
            value = self._client.get(key)
            if isinstance(value, bytes):
                yield key, _parse(value)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._failures as error:
            raise StoreError(f"PK133 Redis: it failed ({type(error).__name__})") from None


def _literal(prefix: str) -> str:
    """Return *prefix* with what Redis would read as a pattern escaped."""
    return "".join(f"\\{c}" if c in "*?[]^-\\" else c for c in prefix)


def _parse(value: bytes) -> tuple[float, float, bytes]:
    try:
        made, until, salt = _VALUE.unpack(value)
    except struct.error:
        raise StoreError("PK148 a key under our prefix was not written by us") from None
    return made, until, salt


def _problem(code: str, message: str, hint: str) -> Problem:
    return Problem(code, "privacykit.toml", "salts.url", message, hint)
