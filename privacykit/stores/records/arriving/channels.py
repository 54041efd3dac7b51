"""
The request channels: by what each subject request arrived, and whom to tell how it goes. Does I/O.

Laws of this file:

1. A party's number, or a token, is kept as a keyed hash only.
2. What names somebody stands in a column of its own and is erased with the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Double,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from privacykit.errors import StoreError
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.schema import Schema, prepare

_METADATA = MetaData()
_CHANNELS = Table(
    "request_channels",
    _METADATA,
    Column("hash", String(64), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("party", String(128), nullable=False),
    Column("request_id", String(36), nullable=False, index=True),
    Column("digest", String(64), nullable=False),
    Column("details", LargeBinary(65_535), nullable=False),
    Column("private", LargeBinary(65_535), nullable=False),
    Column("told", String(48), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Double, index=True),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("channels", _METADATA)


class RequestChannel(msgspec.Struct, frozen=True):
    """
    How one request arrived. Its ``repr`` names nobody.

    Attributes:
        hash: Keyed hash of the party's number, or of the person's token.
        channel: ``form``, ``opendsr``, ``drp``, ``ddrf`` or ``drop``.
        party: Who sent it, as the configuration names them.
        request_id: Our request.
        digest: Of what was sent.
        details: Codes and URLs that are needed to answer.
        private: What names somebody; empty once it was erased.
        told: The state that the party was told last.
        tries: How often telling it failed.
        next_at: When to look again whether there is something to tell; ``None`` is never.
    """

    hash: str
    channel: str
    party: str
    request_id: str
    digest: str
    details: dict[str, Any]
    private: bytes = b""
    told: str = ""
    tries: int = 0
    next_at: float | None = None

    def __repr__(self) -> str:
        return f"<RequestChannel {self.channel}>"


class SqlRequestChannels:
    """
    The channels in a database.

    Args:
        engine: The ``[records]`` database; its table is created when missing.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        prepare(engine, SCHEMA)

    def add(self, channel: RequestChannel) -> bool:
        """
        Keep *channel*; return whether there was none of its hash before.

        Raises:
            StoreError: The database failed.
        """
        try:
            with writing(self._engine) as connection:
                try:
                    connection.execute(insert(_CHANNELS).values(_row(channel)))
                except IntegrityError:
                    raise StoreError("there is one already") from None
        except StoreError:
            if self.find((channel.hash,)) is None:
                raise
            return False
        return True

    def restate(self, channel: RequestChannel) -> None:
        """Have the row of its hash say what *channel* does."""
        changes = _row(channel)
        this = _CHANNELS.c.hash == channel.hash
        with writing(self._engine) as connection:
            connection.execute(update(_CHANNELS).where(this).values(**changes))

    def find(self, hashes: Sequence[str]) -> RequestChannel | None:
        """Return the channel under one of *hashes*, or ``None``."""
        wanted = select(_CHANNELS).where(_CHANNELS.c.hash.in_(list(hashes)))
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
        return _channel(row) if row else None

    def of(self, request_id: str) -> tuple[RequestChannel, ...]:
        """Return the channels of a request."""
        wanted = select(_CHANNELS).where(_CHANNELS.c.request_id == request_id)
        with reading(self._engine) as connection:
            return tuple(map(_channel, connection.execute(wanted)))

    def due(self, now: float, limit: int = 100) -> tuple[RequestChannel, ...]:
        """Return the channels to look at *now*, those that wait longest first."""
        order = (_CHANNELS.c.next_at, _CHANNELS.c.hash)
        wanted = select(_CHANNELS).where(_CHANNELS.c.next_at <= now).order_by(*order).limit(limit)
        with reading(self._engine) as connection:
            return tuple(map(_channel, connection.execute(wanted)))

    def note(self, channel: RequestChannel) -> None:
        """Keep what *channel* was told, and when to look again."""
        changes = {"told": channel.told, "tries": channel.tries, "next_at": channel.next_at}
        this = _CHANNELS.c.hash == channel.hash
        with writing(self._engine) as connection:
            connection.execute(update(_CHANNELS).where(this).values(**changes))

    def forget(self, request_id: str) -> int:
        """Erase what names somebody; return of how many channels."""
        these = (_CHANNELS.c.request_id == request_id) & (_CHANNELS.c.private != b"")
        with writing(self._engine) as connection:
            return connection.execute(update(_CHANNELS).where(these).values(private=b"")).rowcount

    def naming(self) -> tuple[str, ...]:
        """Return the ids of the requests of which a channel still names somebody."""
        wanted = select(_CHANNELS.c.request_id).where(_CHANNELS.c.private != b"").distinct()
        with reading(self._engine) as connection:
            return tuple(connection.scalars(wanted))


def _row(channel: RequestChannel) -> dict[str, Any]:
    row = msgspec.structs.asdict(channel)
    return row | {"details": msgspec.json.encode(channel.details)}


def _channel(row: Row[Any]) -> RequestChannel:
    found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return RequestChannel(**found | {"details": msgspec.json.decode(row.details)})
