"""
Events read back from the places that hold them: event store, outbox, sinks. Does I/O.

Only what is younger than the visits is read, however much there is besides. A sink whose other end
cannot be read is named, and nothing is claimed of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Engine

from privacykit.errors import MissingExtraError, SinkError, StoreError
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import EVENT_STORE, named_sinks, outbox_url
from privacykit.settings.paths import Paths
from privacykit.settings.types import SinkTable
from privacykit.settings.values import Url
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.sqlite import is_sqlite, sqlite_path
from privacykit.stores.events.events import EventStore
from privacykit.stores.events.reader import EventReader
from privacykit.verify.watch.marks import HOME, NO_LANGUAGE
from privacykit.verify.watch.places.containers import unwrapped

OUTBOX = "outbox"
SKEW_SECONDS = 60.0
"""How far the clocks of the site and of who watches may differ."""
MOST_TAIL = 64 * 1024 * 1024
"""Bytes at the end of a file of lines that are read."""


class EventSeen(msgspec.Struct, frozen=True):
    """
    What of an event is held to what was expected; other members are read past.

    Attributes:
        purpose: Its purpose.
        ip: The weakened address.
        ip_bits: How much of it was kept.
        visitor: The visitor id.
        device: The device.
        language: The language of the browser.
        referrer: Where the visit came from.
    """

    purpose: str = ""
    ip: str | None = None
    ip_bits: int | None = None
    visitor: str | None = None
    device: dict[str, Any] | None = None
    language: str | None = None
    referrer: Any = None

    @property
    def is_of_canary(self) -> bool:
        """Whether the language is none, or the visit came from where made-up people come from."""
        told = self.referrer.get("host") if isinstance(self.referrer, dict) else self.referrer
        return self.language == NO_LANGUAGE or told == HOME

    @property
    def browser(self) -> str:
        """What it says of the browser."""
        return str((self.device or {}).get("browser", ""))


class PlacedEvent(NamedTuple):
    """
    An event at one place.

    Attributes:
        place: ``events``, ``outbox``, or a sink's name.
        id: Its id.
        text: Everything that stands there of it.
        seen: What is held to what was expected; ``None`` where it is no event of ours.
    """

    place: str
    id: str
    text: bytes
    seen: EventSeen | None

    @property
    def at(self) -> float:
        """Unix seconds of the event, by its id (RFC 9562 §5.7); 0 where that tells none."""
        try:
            return int(self.id.replace("-", "")[:12], 16) / 1000
        except ValueError:
            return 0.0


class _Whole(msgspec.Struct):
    id: str
    data: EventSeen


def first_id(since: float) -> str:
    """Return what no id of an event after *since*, Unix seconds, is below (RFC 9562 §5.7)."""
    ms = max(0, int((since - SKEW_SECONDS) * 1000))
    return ms.to_bytes(6).hex("-", -4) + "-7"


class EventPlaces:
    """
    The places of one configuration.

    Args:
        settings: The configuration.
        paths: Finds what it names.

    Attributes:
        unread: Names of sinks that cannot be read back, and of those that failed to be.
    """

    def __init__(self, settings: Settings, paths: Paths) -> None:
        self._settings = settings
        self._paths = paths
        self._engines: dict[str, Engine] = {}
        self._stores: dict[Engine, EventStore] = {}
        self._readers: dict[str, EventReader] = {}
        self.unread: dict[str, str] = {}

    def close(self) -> None:
        """Close what was opened."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        self._stores.clear()
        self._readers.clear()

    def rows(self, since: float, now: float) -> Iterator[PlacedEvent]:
        """
        Yield every event that is younger than *since* at each place that can be read.

        Args:
            since: Unix seconds.
            now: Unix seconds.
        """
        self.unread = {}
        first = first_id(since)
        yield from self._guarded(EVENT_STORE, partial(self._own, first, now))
        for _, name, table in named_sinks(self._settings):
            yield from self._guarded(name, partial(self._of_sink, name, table, first, now))

    def every(self, since: float, now: float) -> list[PlacedEvent]:
        """Return what waits and what :meth:`rows` yields; an outbox that fails is among unread."""
        waiting: list[PlacedEvent] = []
        failed = False
        try:
            waiting = self.waiting(since, now)
        except StoreError:
            failed = True
        rows = list(self.rows(since, now))
        if failed:
            self.unread[OUTBOX] = "it could not be read"
        return [*waiting, *rows]

    def waiting(self, since: float, now: float) -> list[PlacedEvent]:
        """Return what is younger than *since* and waits, once for each sink it waits for."""
        if OUTBOX not in self._readers:
            self._readers[OUTBOX] = EventReader(_no_engine, self.engine_of_outbox)
        return [
            _placed(sink, one.body.encode())
            for one in self._readers[OUTBOX].after(first_id(since), now)
            for sink in one.waits_for
        ]

    def count(self, since: float) -> int | None:
        """
        Return how many events the event store has of the time since *since*; ``None`` without one.

        Raises:
            StoreError: The database failed.
        """
        if self._settings.events.url is None:
            return None
        engine = self.engine_of_events()
        return 0 if engine is None else self.store(engine).count_from(first_id(since))

    def store(self, engine: Engine) -> EventStore:
        """Return the event store in the database of *engine*."""
        if engine not in self._stores:
            self._stores[engine] = EventStore(engine)
        return self._stores[engine]

    def _stored(self, name: str, engine: Callable[[], Engine | None]) -> EventReader:
        if name not in self._readers:
            self._readers[name] = EventReader(engine, _no_engine)
        return self._readers[name]

    def engine_of_events(self) -> Engine | None:
        """Return the event store's database, ``None`` where there is none yet."""
        url = self._settings.events.url
        return None if url is None else self._engine(url, "events")

    def engine_of_outbox(self) -> Engine | None:
        """Return the outbox's database, ``None`` where there is none yet."""
        return self._engine(outbox_url(self._settings), "outbox")

    def engine_of_sink(self, name: str, url: Url) -> Engine | None:
        """Return the database of a sink of type ``sql``, ``None`` where there is none yet."""
        return self._engine(url, name)

    def _engine(self, url: Url, where: str) -> Engine | None:
        place = self._paths.url(url, f"{where}.url")
        engine = self._engines.get(place)
        if engine is None:
            engine = self._engines[place] = open_engine(place, kind="events", where=where)
        return engine if not is_sqlite(engine) or sqlite_path(engine).exists() else None

    def _guarded(
        self, name: str, read: Callable[[], Iterator[PlacedEvent]]
    ) -> Iterator[PlacedEvent]:
        try:
            yield from read()
        except (SinkError, StoreError, MissingExtraError, OSError) as error:
            self.unread[name] = f"it could not be read ({type(error).__name__})"

    def _own(self, first: str, now: float) -> Iterator[PlacedEvent]:
        for one in self._stored(EVENT_STORE, self.engine_of_events).after(first, now):
            yield _placed(EVENT_STORE, one.body.encode())

    def _of_sink(
        self, name: str, table: SinkTable, first: str, now: float
    ) -> Iterator[PlacedEvent]:
        more = table.model_extra or {}
        match table.type:
            case "jsonl":
                yield from _lines(name, self._paths.file(str(more.get("folder", ""))), first)
            case "sql" if table.url is not None:
                engine = partial(self._engine, table.url, name)
                for one in self._stored(name, engine).after(first, now):
                    yield _placed(name, one.body.encode())
            case "duckdb":
                from privacykit.sinks.storage.duckdb_file import EventsFile

                file = EventsFile(self._paths.file(str(more.get("file", ""))))
                yield from (_row(name, row) for row in file.since(first))
            case "objects" if table.url is None and "folder" in more:
                yield from _objects(name, self._paths.file(str(more["folder"])), first)
            case _:
                self.unread[name] = f"a sink of type {table.type} cannot be read back"


def _no_engine() -> Engine | None:
    return None


def _placed(place: str, body: bytes) -> PlacedEvent:
    try:
        whole = msgspec.json.decode(body, type=_Whole)
    except msgspec.MsgspecError:
        return PlacedEvent(place, "", body, None)
    return PlacedEvent(place, whole.id, body, whole.data)


def _row(place: str, row: dict[str, Any]) -> PlacedEvent:
    text = repr(row).encode("utf-8", "backslashreplace")
    told = {name: row.get(name) for name in EventSeen.__struct_fields__}
    return PlacedEvent(place, str(row.get("id", "")), text, msgspec.convert(told, EventSeen))


def _lines(place: str, folder: Path, first: str) -> Iterator[PlacedEvent]:
    for path in sorted(folder.glob(f"{place}-*.jsonl")):
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MOST_TAIL))
            for line in file.read().splitlines():
                event = _placed(place, line)
                if not event.id or event.id >= first:
                    yield event


def _objects(place: str, folder: Path, first: str) -> Iterator[PlacedEvent]:
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            yield from _of_parquet(place, path, first)
        elif path.name.endswith((".jsonl", ".jsonl.gz", ".gz")) and path.is_file():
            for piece in unwrapped(path.read_bytes()):
                if piece.startswith(b"{"):
                    events = (_placed(place, line) for line in piece.splitlines())
                    yield from (one for one in events if one.id >= first)


def _of_parquet(place: str, path: Path, first: str) -> Iterator[PlacedEvent]:
    from pyarrow import parquet

    table = parquet.ParquetFile(path).read()
    for row in table.to_pylist():
        if str(row.get("id", "")) >= first:
            yield _row(place, row)
