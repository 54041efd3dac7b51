"""Events into an event store of ours, at any URL. Does I/O, in threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, get_args

import anyio.to_thread
import msgspec
from msgspec import Meta

from privacykit.collect.ports import Maintains, OutboxRow, Reachable, SendOutcome, Sink, StopKind
from privacykit.errors import SinkError, StoreError
from privacykit.sinks.config import SinkConfig, options, refuse, required_url
from privacykit.sinks.deletes import Deletes, Deletion, DeletionProgress, erased
from privacykit.sinks.kind import SinkKind

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from privacykit.stores.events.event_tables import HeldBy
    from privacykit.stores.events.events import EventStore

MONTHS_AHEAD = 15
"""Months that periods are made ahead: the default retention, the present month, one to spare."""


def _no_holds() -> Sequence[HeldBy]:
    return ()


class SQLSink(Sink, Maintains, Reachable):
    """
    Keeps events in *store*.

    Args:
        name: The sink's name.
        store: Where events are kept.
        clock: Returns Unix seconds.
        months: How many months ahead events may expire.
        holds: Says what must not be dropped, whatever its retention. While it fails, nothing is.
        drops: Whether it drops what has expired; else retention does, which keeps figures first.
    """

    def __init__(
        self,
        name: str,
        store: EventStore,
        *,
        clock: Callable[[], float],
        months: int = MONTHS_AHEAD,
        holds: Callable[[], Sequence[HeldBy]] = _no_holds,
        drops: bool = True,
    ) -> None:
        self.name = name
        self._store = store
        self._clock = clock
        self._months = months
        self._holds = holds
        self._drops = drops

    async def send(self, batch: Sequence[OutboxRow]) -> SendOutcome:
        """
        Store *batch*; what has no period yet is to be sent again.

        Raises:
            SinkError: The database failed.
        """
        try:
            refused = await anyio.to_thread.run_sync(self._store.add, batch, self._clock())
        except StoreError as error:
            raise SinkError(str(error)) from None
        return SendOutcome(
            refused.early, tuple((event, "unstorable") for event in refused.unstorable)
        )

    async def keep(self, now: float) -> None:
        """
        Make the periods that are due, and drop what has expired at *now*, where it is to.

        Raises:
            SinkError: The database failed, or may not be changed by this user.
        """
        try:
            await anyio.to_thread.run_sync(self._keep, now)
        except StoreError as error:
            raise SinkError(str(error)) from None

    def _keep(self, now: float) -> None:
        self._store.ensure_periods(now, self._months)
        if not self._drops:
            return
        holds = self._holds()
        self._store.drop_expired(now, holds)
        self._store.drop_released(now, holds)

    async def answers(self) -> None:
        """
        Ask the database which periods it has; none is made.

        Raises:
            SinkError: It does not answer, or refuses us.
        """
        try:
            await anyio.to_thread.run_sync(self._store.ask)
        except StoreError as error:
            raise SinkError(str(error)) from None

    async def close(self) -> None:
        """Nothing is held open between batches but pooled connections."""


class SQLDeleter(Deletes):
    """
    Erases a person's events from a store, by the rules of our own event store.

    Args:
        engine: The database in which events are kept.
    """

    found_by = "keys"
    level = "logical"

    def __init__(self, engine: Engine) -> None:
        from privacykit.stores.events.events import EventStore

        self._engine = engine
        self._store = EventStore(engine)

    def known_as(self, row: OutboxRow) -> str:  # noqa: ARG002 - a person is found by the envelope
        """Return nothing: the keys of a person find all of their events."""
        return ""

    async def delete(self, order: Deletion) -> DeletionProgress:
        """
        Erase what the keys of *order* find.

        Raises:
            SinkError: The database failed.
        """
        try:
            rows = await anyio.to_thread.run_sync(self._forget, order.ids)
        except StoreError as error:
            raise SinkError(str(error)) from None
        return erased(rows)

    def _forget(self, ids: Sequence[str]) -> int:
        kinds: dict[str, StopKind] = {kind: kind for kind in get_args(StopKind)}
        found = [id_.partition("/") for id_ in ids]
        return sum(self._store.forget(kinds[kind], key) for kind, _, key in found)

    async def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


class _Options(msgspec.Struct):
    record: Annotated[
        bool,
        Meta(
            description="keep the consent record beside the event; it would link the days of a "
            "daily visitor id"
        ),
    ] = False
    months: Annotated[
        int,
        Meta(
            description="how many months ahead events may expire: the longest retention, and two "
            "to spare"
        ),
    ] = MONTHS_AHEAD


def from_config(
    config: SinkConfig,
    holds: Callable[[], Sequence[HeldBy]] = _no_holds,
    *,
    drops: bool = True,
) -> SQLSink:
    """
    Build the sink.

    Args:
        config: Its table in the file.
        holds: For our own event store: what must not be dropped, whatever its retention.
        drops: Whether it drops what has expired.

    Raises:
        ConfigurationError: The URL is none of a database, or a key is unknown.
        MissingExtraError: The database's driver is not installed.
    """
    # What kinds there are is asked without a database.
    from privacykit.stores.database.engine import open_engine
    from privacykit.stores.events.events import EventStore

    wanted = options(config, _Options)
    refuse(config, "token", "key")
    engine = open_engine(required_url(config), kind="events", where=config.where)
    store = EventStore(engine, record=wanted.record)
    return SQLSink(
        config.name, store, clock=config.clock, months=wanted.months, holds=holds, drops=drops
    )


def deleter(config: SinkConfig) -> SQLDeleter:
    """
    Build what erases a person's events.

    Raises:
        ConfigurationError: The URL is none of a database, or a key is unknown.
        MissingExtraError: The database's driver is not installed.
    """
    from privacykit.stores.database.engine import open_engine

    if config.deletion is not None:
        refuse(config, "deletion")
    options(config, _Options)
    return SQLDeleter(open_engine(required_url(config), kind="events", where=config.where))


KIND = SinkKind(
    "sql",
    "An event store of ours, at any URL.",
    from_config,
    options=_Options,
    deduplicates="the event's id",
    erasure="`privacykit subject erase` reaches `[events]` and every store of this kind: the "
    "person's events go by the rules of our own store, those of somebody else stay.",
    deleter=deleter,
    deletion=(("finds", "the person's keys, which it keeps beside each event"),),
)
