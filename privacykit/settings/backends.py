"""The stores and sinks a configuration names, each opened when it is first used."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from random import SystemRandom

from sqlalchemy import Engine

from privacykit.collect.counters import Counters
from privacykit.collect.ports import Sink
from privacykit.collect.site import SinkRule
from privacykit.delivery.deliverer import Deliverer
from privacykit.errors import NO_SINK, ConfigurationError, InputError, Problem
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import EVENT_STORE, named_sinks, outbox_url, sink_rules
from privacykit.settings.paths import Paths
from privacykit.settings.types import DeletionTable, SinkTable
from privacykit.settings.values import Url
from privacykit.sinks import SinkConfig, kind_of
from privacykit.sinks import build as build_sink
from privacykit.sinks.deletes import Deletes
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.sqlite import StoreKind
from privacykit.stores.events.event_tables import HeldBy
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.held_events import held_events
from privacykit.stores.events.withheld import WithheldStore
from privacykit.stores.keys import KeyRing, load_keys
from privacykit.stores.outbox.store import OutboxStore
from privacykit.stores.records.audit_keys import audit_keys
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.stores.records.holds import standing_holds
from privacykit.stores.salts.open import open_salts
from privacykit.stores.salts.rules import DurableSaltStore


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
        self.counters = counters
        self._clock = clock
        self._workers = workers
        self._opened: list[Engine] = []

    def start(self) -> None:
        """Nothing runs: each store is opened when it is first used."""

    def stop(self, deadline: float) -> None:  # noqa: ARG002 - the shape of a part
        """Close the connections; a store that is used again opens new ones."""
        for engine in self._opened:
            engine.dispose()

    def _open(self, url: Url, kind: StoreKind) -> Engine:
        where = "outbox" if url == self._settings.outbox.url else kind
        engine = open_engine(self._paths.url(url, f"{where}.url"), kind=kind, where=where)
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
        url = self._paths.url(self._settings.salts.url, "salts.url")
        return open_salts(url, workers=self._workers)

    @cached_property
    def consents(self) -> SqlConsentStore:
        """Consent records and stop orders."""
        return SqlConsentStore(self.records, lambda: audit_keys(self.keys))

    @cached_property
    def records(self) -> Engine:
        """The ``[records]`` database."""
        return self._open(self._settings.records.url, "records")

    def _held_events(self) -> Sequence[HeldBy]:
        return held_events(standing_holds(self.records))

    @cached_property
    def outbox(self) -> OutboxStore:
        """The outbox, in the events database unless it has one of its own."""
        return OutboxStore(self._outbox_engine)

    @cached_property
    def withheld(self) -> WithheldStore:
        """Counts of events that are not there, beside the outbox."""
        return self.outbox.withheld

    @cached_property
    def _outbox_engine(self) -> Engine:
        return self._open(outbox_url(self._settings), "events")

    @property
    def sink_rules(self) -> list[SinkRule]:
        """Which events each sink may take; the event store takes those of all purposes."""
        return sink_rules(self._settings)

    def sinks(self) -> list[Sink]:
        """
        Build the sinks; nothing is connected to yet.

        Raises:
            ConfigurationError: A sink cannot be built; all of them are named.
        """
        problems: list[Problem] = []
        built: list[Sink] = []
        for _, build in self.builders():
            try:
                built.append(build())
            except ConfigurationError as error:
                problems.extend(error.problems)
        if problems:
            raise ConfigurationError(*problems)
        return built

    def sink(self, name: str) -> Sink:
        """
        Build the one sink called *name*.

        Raises:
            ConfigurationError: It cannot be built.
            InputError: There is none of this name.
        """
        for _, found, build in self._builders():
            if found == name:
                return build()
        raise InputError(NO_SINK)

    def sink_types(self) -> dict[str, str]:
        """Return the kind of each sink, by name, in the order of the file."""
        ours = {} if self._settings.events.url is None else {EVENT_STORE: "sql"}
        return {**ours, **{name: table.type for _, name, table in named_sinks(self._settings)}}

    def served(self, name: str) -> tuple[str, str]:
        """Return a site, and a purpose that the sink called *name* serves."""
        mine = [table for _, found, table in named_sinks(self._settings) if found == name]
        purposes = [*(table.purposes[0] for table in mine), *self._settings.purposes, "test"]
        sites = [table.sites[0] for table in mine if table.sites]
        sites += [site.id for site in self._settings.site]
        return [*sites, "test"][0], purposes[0]

    @cached_property
    def event_store(self) -> EventStore:
        """
        Our own event store, to read.

        Raises:
            InputError: None is configured.
        """
        if (url := self._settings.events.url) is None:
            raise InputError("no event store is configured: [events] url")
        return EventStore(self._open(url, "events"))

    def deliverer(self, only: str | None = None) -> Deliverer:
        """
        Return what carries events from the outbox to the sinks.

        Args:
            only: The one sink to deliver to; all of them otherwise.

        Raises:
            ConfigurationError: A sink cannot be built.
        """
        return Deliverer(
            self.outbox,
            self.sinks() if only is None else [self.sink(only)],
            self.consents,
            rules={rule.name: rule for rule in self.sink_rules if rule.name != EVENT_STORE},
            clock=self._clock,
            chance=SystemRandom().random,
            name=lambda: secrets.token_hex(8),
            counters=self.counters,
        )

    def _months(self) -> int:
        """Return how many months ahead events may expire, with two to spare."""
        lives = [table.retention for table in self._settings.purposes.values()]
        return 2 + max((it.months + it.days // 28 for it in lives), default=0)

    def builders(self) -> Iterator[tuple[str, Callable[[], Sink]]]:
        """Yield the key of each sink in the configuration, and what builds it."""
        yield from ((key, build) for key, _, build in self._builders())

    def _builders(self) -> Iterator[tuple[str, str, Callable[[], Sink]]]:
        if (url := self._settings.events.url) is not None:
            from privacykit.sinks.sql import from_config

            config = SinkConfig(
                EVENT_STORE,
                "sql",
                self._clock,
                url=self._paths.url(url, "events.url"),
                options={"months": self._months()},
                base=self._paths.folder,
                where="events",
            )
            # Where figures are kept first, retention drops, and nobody else.
            drops, held = not self._settings.reports.keep, self._held_events
            yield "events", EVENT_STORE, partial(from_config, config, held, drops=drops)
        for i, name, table in named_sinks(self._settings):
            config = sink_config(table, name, f"sinks.{i}", self._paths, self._clock)
            yield f"sinks.{i}", name, partial(build_sink, config)


def sink_config(
    table: SinkTable | DeletionTable,
    name: str,
    where: str,
    paths: Paths,
    clock: Callable[[], float],
    kind: str = "",
) -> SinkConfig:
    """
    Return *table* as a sink reads it.

    Args:
        table: One of ``[[sinks]]``, or the table ``deletion`` inside one.
        name: The sink's name.
        where: The table's own key in the file.
        paths: Finds what it names.
        clock: Unix seconds.
        kind: The sink's kind, where the table does not say it.
    """
    deletion = key = None
    if isinstance(table, SinkTable):
        kind, key = table.type, table.key
        if table.deletion is not None:
            inner = f"{where}.deletion"
            deletion = sink_config(table.deletion, name, inner, paths, clock, kind)
    return SinkConfig(
        name,
        kind,
        clock,
        url=None if table.url is None else paths.url(table.url, f"{where}.url"),
        token=None if table.token is None else table.token.reveal,
        key=None if key is None else key.reveal,
        options=table.model_extra or {},
        deletion=deletion,
        base=paths.folder,
        where=where,
    )


def deleter_of(
    settings: Settings, paths: Paths, name: str, clock: Callable[[], float]
) -> Deletes | None:
    """
    Build what has people deleted at the other end of the sink called *name*.

    Returns:
        Nothing where there is no such sink, its kind cannot, or its table lacks what that takes.

    Raises:
        ConfigurationError: It cannot be built.
        MissingExtraError: Its package is not installed.
    """
    for i, found, table in named_sinks(settings):
        kind = kind_of(table.type) if found == name else None
        if kind is not None and kind.deleter is not None:
            return kind.deleter(sink_config(table, name, f"sinks.{i}", paths, clock))
    return None
