"""The stores and sinks a configuration names, each opened when it is first used."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from random import SystemRandom

from sqlalchemy import Engine

from privacykit.collect.counters import Counters
from privacykit.collect.ports import Sink
from privacykit.collect.site import SinkRule
from privacykit.errors import ConfigurationError, Problem
from privacykit.settings.model import Settings, SinkTable
from privacykit.settings.paths import Paths
from privacykit.sinks import SinkConfig
from privacykit.sinks import build as build_sink
from privacykit.sinks.delivery import Deliverer
from privacykit.stores.engine import StoreKind, open_engine
from privacykit.stores.event_tables import HeldBy
from privacykit.stores.held_events import held_events
from privacykit.stores.holds import standing_holds
from privacykit.stores.keys import KeyRing, load_keys
from privacykit.stores.outbox_sql import OutboxStore
from privacykit.stores.records import SqlConsentStore
from privacykit.stores.salts import DurableSaltStore, open_salts

EVENT_STORE = "events"
"""Name of the sink that is our own event store."""

DEFAULT_EVENTS = "sqlite:///privacykit-events.db"
_COMMON = {"type", "name", "role", "purposes", "url", "token", "key"}


class Backends:
    """
    Four stores with four lives, and the sinks.

    Args:
        settings: The configuration.
        paths: Finds what it names.
        counters: Where deliveries are counted.
        clock: Unix seconds.
        workers: How many processes serve the sites.
    """

    def __init__(
        self,
        settings: Settings,
        paths: Paths,
        *,
        counters: Counters,
        clock: Callable[[], float],
        workers: int = 1,
    ) -> None:
        self._settings = settings
        self._paths = paths
        self._counters = counters
        self._clock = clock
        self._workers = workers
        self._opened: list[Engine] = []

    def start(self) -> None:
        """Nothing runs: each store is opened when it is first used."""

    def stop(self, deadline: float) -> None:  # noqa: ARG002 - the shape of a part
        """Close the connections; a store that is used again opens new ones."""
        for engine in self._opened:
            engine.dispose()

    def _open(self, url: str, kind: StoreKind) -> Engine:
        engine = open_engine(self._paths.url(url), kind=kind)
        self._opened.append(engine)
        return engine

    @cached_property
    def keys(self) -> KeyRing:
        """The durable keys."""
        return load_keys(self._paths.file(self._settings.keys.file))

    def look_at_keys(self) -> None:
        """
        Say that the key file is gone, while what was read from it still serves.

        Raises:
            ConfigurationError: It is, and the next start will fail.
        """
        path = self._paths.file(self._settings.keys.file)
        if not path.exists():
            message, hint = "the key file is gone", "restore it from backup before the next start"
            raise ConfigurationError(Problem("PK127", str(path), "", message, hint))

    @cached_property
    def salts(self) -> DurableSaltStore:
        """The salt store."""
        return open_salts(self._paths.url(self._settings.salts.url), workers=self._workers)

    @cached_property
    def consents(self) -> SqlConsentStore:
        """Consent records and stop orders."""
        return SqlConsentStore(self._records)

    @cached_property
    def _records(self) -> Engine:
        return self._open(self._settings.records.url, "records")

    def _held_events(self) -> Sequence[HeldBy]:
        return held_events(standing_holds(self._records))

    @cached_property
    def outbox(self) -> OutboxStore:
        """The outbox, in the events database unless it has one of its own."""
        url = self._settings.outbox.url or self._settings.events.url or DEFAULT_EVENTS
        return OutboxStore(self._open(url, "events"))

    @property
    def sink_rules(self) -> list[SinkRule]:
        """Which events each sink may take; the event store takes those of all purposes."""
        rules = [
            SinkRule(name, frozenset(table.purposes), table.role)
            for _, name, table in self._tables()
        ]
        if self._settings.events.url is not None:
            every = frozenset(self._settings.purposes)
            rules.insert(0, SinkRule(EVENT_STORE, every, "processor"))
        return rules

    def sinks(self) -> list[Sink]:
        """
        Build the sinks; nothing is connected to yet.

        Raises:
            ConfigurationError: A sink cannot be built; all of them are named.
        """
        problems: list[Problem] = []
        built: list[Sink] = []
        for config in self._configs():
            try:
                built.append(build_sink(config))
            except ConfigurationError as error:
                problems.extend(error.problems)
        if problems:
            raise ConfigurationError(*problems)
        return built

    def deliverer(self) -> Deliverer:
        """
        Return what carries events from the outbox to the sinks.

        Raises:
            ConfigurationError: A sink cannot be built.
        """
        return Deliverer(
            self.outbox,
            self.sinks(),
            self.consents,
            clock=self._clock,
            chance=SystemRandom().random,
            name=lambda: secrets.token_hex(8),
            counters=self._counters,
        )

    def _tables(self) -> Iterator[tuple[int, str, SinkTable]]:
        for i, table in enumerate(self._settings.sinks):
            yield i, table.name or f"{table.type}-{i}", table

    def _months(self) -> int:
        """Return how many months ahead events may expire, with two to spare."""
        longest = [table.retention for table in self._settings.purposes.values()]
        return 2 + max(it.months + it.days // 28 for it in longest)

    def _configs(self) -> Iterator[SinkConfig]:
        if (url := self._settings.events.url) is not None:
            yield SinkConfig(
                EVENT_STORE,
                "sql",
                self._clock,
                url=self._paths.url(url),
                options={"months": self._months()},
                base=self._paths.folder,
                holds=self._held_events,
                where="events",
            )
        for i, name, table in self._tables():
            yield SinkConfig(
                name,
                table.type,
                self._clock,
                url=None if table.url is None else self._paths.url(table.url),
                token=None if table.token is None else table.token.reveal,
                key=None if table.key is None else table.key.reveal,
                options=table.model_extra or {},
                base=self._paths.folder,
                where=f"sinks.{i}",
            )
