"""Sight of the events of a configuration, and reasons why there may be none. Reads stores."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from privacykit.cli.terminal.ids import check_known
from privacykit.cli.terminal.words import many
from privacykit.decide.withheld import GONE, meaning
from privacykit.settings.load import load
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import outbox_url
from privacykit.settings.paths import Paths
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.sqlite import is_sqlite, sqlite_path
from privacykit.stores.events.reader import EventReader
from privacykit.stores.events.withheld import WithheldCount, WithheldStore

MOST_REASONS = 5


class Database:
    """
    A database of events that may not be there yet.

    Args:
        url: Where it is, ``None`` for none at all.
    """

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._engine: Engine | None = None

    def __call__(self) -> Engine | None:
        """Return it, ``None`` as long as its file is not there: looking makes none."""
        if self._engine is None and self._url is not None:
            engine = open_engine(self._url, kind="events")
            if not is_sqlite(engine) or sqlite_path(engine).exists():
                self._engine = engine
        return self._engine

    def close(self) -> None:
        """Close what was opened."""
        if self._engine is not None:
            self._engine.dispose()


@dataclass(frozen=True, slots=True)
class Sight:
    """
    The stores of events, as far as they are there.

    Attributes:
        settings: The configuration.
        paths: Where its files are.
        store: The event store's database.
        outbox: The outbox's database.
        reader: Reads events.
    """

    settings: Settings
    paths: Paths
    store: Database
    outbox: Database
    reader: EventReader

    def filters(self, site: str, purpose: str) -> dict[str, str]:
        """
        Return what events are asked for.

        Raises:
            InputError: The configuration has no such site or purpose.
        """
        sites = [table.id for table in self.settings.site]
        wanted = {"site": (site, sites), "purpose": (purpose, list(self.settings.purposes))}
        for what, (given, known) in wanted.items():
            check_known(what, given, known, "the configuration has")
        return {what: given for what, (given, _) in wanted.items() if given}

    def withheld(self, since: float = 0.0) -> list[WithheldCount]:
        """Return why events are not there, and how often, the most frequent first."""
        engine = self.outbox()
        return [] if engine is None else WithheldStore(engine).read(since)

    def waiting(self) -> int:
        """Return how many events wait in the outbox."""
        return self.reader.waiting()

    def why_empty(self, equal: dict[str, str]) -> Iterator[str]:
        """Say what may be the cause that no event is seen, and what to do."""
        among = "".join(f" with --{name} {value}" for name, value in equal.items())
        yield f"There is no event{among}."
        events = self.settings.events
        if events.url is None:
            yield "- [events] has no url: what sinks have taken is not kept here."
        elif self.store() is None:
            yield "- Nothing was stored yet: the event store is made with the first event."
        if events.page is None:
            yield '- [events] names no page purpose: visits are not counted; set page = "…".'
        hosts = sorted({host for table in self.settings.site for host in table.hosts})
        yield f"- Only requests to these hosts make events: {', '.join(hosts) or 'none'}."
        counts = self.withheld()
        if not counts:
            yield "- No event was withheld, as far as it is known: has the application been asked?"
        for one in counts[:MOST_REASONS]:
            what, advice = meaning(one.reason)
            told = f" {advice[:1].upper()}{advice[1:]}." if advice else ""
            became = "gone" if one.reason in GONE else "withheld"
            yield f"- {many(one.n, 'event')} {became} as {one.reason}: {what}{told}"


@contextmanager
def sight(config: str) -> Iterator[Sight]:
    """
    Open what *config* names, to look at; a file that is not there is not made.

    Raises:
        ConfigurationError: The configuration is wrong.
    """
    settings, paths = load(config), Paths.beside(config)
    events = settings.events.url
    beside = outbox_url(settings)
    store = Database(None if events is None else paths.url(events, "events.url"))
    outbox = store if beside == events else Database(paths.url(beside, "outbox.url"))
    try:
        yield Sight(settings, paths, store, outbox, EventReader(store, outbox))
    finally:
        store.close()
        outbox.close()
