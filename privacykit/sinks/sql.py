"""Events into an event store of ours, at any URL. Does I/O, in threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio.to_thread
import msgspec

from privacykit.collect.ports import OutboxRow, Outcome
from privacykit.errors import SinkError, StoreError
from privacykit.sinks.config import SinkConfig, options, refuse, required_url
from privacykit.stores.engine import open_engine
from privacykit.stores.event_tables import HeldBy
from privacykit.stores.events import EventStore

MONTHS_AHEAD = 15
"""Months that periods are made ahead: the default retention, the present month, one to spare."""


def _no_holds() -> Sequence[HeldBy]:
    return ()


class SQLSink:
    """
    Keeps events in *store*.

    Args:
        name: The sink's name.

        store: Where events are kept.

        clock: Returns Unix seconds.

        months: How many months ahead events may expire.

        holds: Says what must not be dropped, whatever its retention. While it fails, nothing is.
    """

    def __init__(
        self,
        name: str,
        store: EventStore,
        *,
        clock: Callable[[], float],
        months: int = MONTHS_AHEAD,
        holds: Callable[[], Sequence[HeldBy]] = _no_holds,
    ) -> None:
        self.name = name
        self._store = store
        self._clock = clock
        self._months = months
        self._holds = holds

    async def send(self, batch: Sequence[OutboxRow]) -> Outcome:
        """
        Store *batch*; what has no period yet is to be sent again.

        Raises:
            SinkError: The database failed.
        """
        try:
            refused = await anyio.to_thread.run_sync(self._store.add, batch, self._clock())
        except StoreError as error:
            raise SinkError(str(error)) from None
        return Outcome(refused.early, tuple((event, "unstorable") for event in refused.unstorable))

    async def keep(self, now: float) -> None:
        """
        Make the periods that are due, and drop what has expired at *now*.

        Raises:
            SinkError: The database failed, or may not be changed by this user.
        """
        try:
            await anyio.to_thread.run_sync(self._keep, now)
        except StoreError as error:
            raise SinkError(str(error)) from None

    def _keep(self, now: float) -> None:
        self._store.ensure_periods(now, self._months)
        holds = self._holds()
        self._store.drop_expired(now, holds)
        self._store.drop_released(now, holds)

    async def close(self) -> None:
        """Nothing is held open between batches but pooled connections."""


class _Options(msgspec.Struct):
    record: bool = False
    months: int = MONTHS_AHEAD


def from_config(config: SinkConfig) -> SQLSink:
    """
    Build the sink.

    Raises:
        ConfigurationError: The URL is none of a database, or a key is unknown.
        MissingExtraError: The database's driver is not installed.
    """
    wanted = options(config, _Options)
    refuse(config, "token", "key")
    engine = open_engine(required_url(config), kind="events")
    store = EventStore(engine, record=wanted.record)
    clock, holds = config.clock, config.holds
    return SQLSink(config.name, store, clock=clock, months=wanted.months, holds=holds)
