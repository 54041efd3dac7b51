"""
Our own databases: every table that is really there, with every column. Reads, and makes nothing.

On SQLite a file is ours alone, so that whatever table is in it is read. A server may be shared with
the application: there tables are read that bear a name of ours, and partitions that somebody cut
off; what else there is, the data map has to name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Engine, Table, inspect, make_url

from privacykit.collect.events.format import tables_of as event_tables
from privacykit.errors import StoreError
from privacykit.stores.database.looking import open_to_look
from privacykit.stores.database.sqlite import StoreKind, is_sqlite, sqlite_path
from privacykit.stores.database.using import using
from privacykit.stores.events.event_tables import EVENTS, HELD, WHOLE
from privacykit.stores.events.layout import period_layout
from privacykit.stores.outbox.batches import unpacked
from privacykit.stores.outbox.tables import BATCHES, REJECTED
from privacykit.verify.places.own_tables import BY_DESIGN, OUR_NAMES
from privacykit.verify.places.place import ALL, Chance, KeptEvent, PlaceKind, StoredRow
from privacykit.verify.places.sql_tables import read_any_text, table_rows, tables_of

_CUT_OFF = re.compile(r"events_\d{4}_\d\d")
_HALF = "outbox_batches"
EVERY_KIND = frozenset({PlaceKind.EVENTS, PlaceKind.OUTBOX, PlaceKind.OWN})


class OwnDatabase:
    """
    One database of ours.

    Args:
        name: As results name it.
        url: Where it is.
        kind: What it holds, for its journal.
        sink: The sink that it is, where it is one.

    Attributes:
        name: As results name it.
        kinds: What its rows may be.
        sink: The sink that it is, where it is one.
    """

    def __init__(self, name: str, url: str, kind: StoreKind, sink: str = "") -> None:
        self.name = name
        self._url = url
        self._kind = kind
        self.sink = sink
        self.kinds = frozenset({PlaceKind.SINK}) if sink else EVERY_KIND

    def files(self) -> Iterator[Path]:
        """Yield the file of a SQLite database, and those of its periods; none of a server's."""
        parsed = make_url(self._url) if self._url else None
        if parsed is None or parsed.get_backend_name() != "sqlite" or not parsed.database:
            return
        path = Path(parsed.database)
        yield path
        month = f"{path.stem}_[0-9][0-9][0-9][0-9]_[0-9][0-9]{path.suffix}"
        yield from sorted(path.parent.glob(month))

    def rows(self, chance: Chance) -> Iterator[StoredRow]:
        """
        Yield the rows of every table; a batch of the outbox as the events that it holds.

        Raises:
            StoreError: It cannot be read, or its file is not there.
        """
        engine = self.opened()
        try:
            for one, table in self.tables(engine):
                yield from self._rows(one, table, chance)
        finally:
            engine.dispose()

    def opened(self) -> Engine:
        """
        Open it for reading.

        Raises:
            StoreError: Its file is not there.
        """
        engine = open_to_look(self._url, kind=self._kind)
        if is_sqlite(engine) and not sqlite_path(engine).exists():
            raise StoreError(
                "PK316 not there yet: a server makes it as it starts, or it lies elsewhere"
            )
        read_any_text(engine)
        return engine

    def tables(self, engine: Engine) -> Iterator[tuple[Engine, Table]]:
        """
        Yield every table to read, with its database: on SQLite each period is a file of its own.

        Raises:
            StoreError: A database failed, or a file is not private.
        """
        found = tables_of(engine)
        for name, table in found.items():
            if is_sqlite(engine) or name in OUR_NAMES or self._cut_off(name, found, engine):
                yield engine, table
        if is_sqlite(engine) and self._kind == "events":
            layout = period_layout(engine)
            for shelf in layout.shelves(layout.existing()):
                read_any_text(shelf.engine)
                yield from ((shelf.engine, table) for table in tables_of(shelf.engine).values())

    def event_tables(self, engine: Engine) -> Iterator[tuple[Engine, Table]]:
        """
        Yield the tables of events that are kept, held ones too, as our own layout has them.

        Raises:
            StoreError: A database failed, or a file is not private.
        """
        layout = period_layout(engine)
        with using(engine):
            there = frozenset(inspect(engine).get_table_names())
        for shelf in layout.shelves(layout.existing()):
            yield shelf.engine, shelf.table
        if HELD.name in there:
            yield engine, HELD

    @staticmethod
    def _cut_off(name: str, found: Mapping[str, Table], engine: Engine) -> bool:
        """Tell whether *name* is a partition that belongs to no table any more."""
        if not _CUT_OFF.fullmatch(name):
            return False
        attached = period_layout(engine).existing() if WHOLE in found else set()
        return name.removeprefix("events_") not in {period.name for period in attached}

    def _rows(self, engine: Engine, table: Table, chance: Chance) -> Iterator[StoredRow]:
        if table.name in BY_DESIGN:
            return
        if table.name == BATCHES.name:
            yield from self._waiting(engine, table, chance)
            return
        is_event = {"id", "body", "expires_at"} <= set(table.columns.keys())
        shown = _shown(engine, table)
        for values in table_rows(engine, table, chance):
            yield self._row(shown, values, is_event=is_event)

    def _row(self, table: str, values: Mapping[str, Any], *, is_event: bool) -> StoredRow:
        if not is_event:
            return StoredRow(self.name, table, self._of(PlaceKind.OWN), values)
        waits = table == REJECTED.name
        sinks = (str(values.get("sink", "")),) if waits else (self.sink,) * bool(self.sink)
        event = KeptEvent(body_of(values.get("body")), values, sinks)
        kind = PlaceKind.OUTBOX if waits else PlaceKind.EVENTS
        return StoredRow(self.name, table, self._of(kind), values, event)

    def _waiting(self, engine: Engine, table: Table, chance: Chance) -> Iterator[StoredRow]:
        """Yield each event of each batch with its envelope; a batch that nobody reads is a row."""
        everything = Chance(None, lambda: 0.0)
        total = sum(_number(row) for row in table_rows(engine, table, everything, ["n"]))
        share = chance.share(total)
        for values in table_rows(engine, table, everything):
            rest = {k: v for k, v in values.items() if k not in {"envelopes", "bodies"}}
            try:
                batch = unpacked(
                    str(values["id"]), 0.0, bytes(values["envelopes"]), bytes(values["bodies"])
                )
            except (msgspec.MsgspecError, ValueError, TypeError, KeyError):
                yield StoredRow(self.name, _HALF, self._of(PlaceKind.OUTBOX), values)
                continue
            yield StoredRow(self.name, _HALF, self._of(PlaceKind.OWN), rest)
            for place, envelope in enumerate(batch.envelopes):
                if share < ALL and not chance.takes(share):
                    continue
                told = msgspec.structs.asdict(envelope)
                body = batch.bodies[place] if place < len(batch.bodies) else b""
                event = KeptEvent(body_of(body), told, envelope.sinks)
                beside = {"envelopes": told, "bodies": body}
                yield StoredRow(self.name, _HALF, self._of(PlaceKind.OUTBOX), beside, event)

    def _of(self, kind: PlaceKind) -> PlaceKind:
        return PlaceKind.SINK if self.sink and kind is PlaceKind.EVENTS else kind


def _shown(engine: Engine, table: Table) -> str:
    """Return the table's name; of a period file of SQLite the file's, which is its month."""
    name = str(table.name)
    if name != WHOLE:
        return name
    return sqlite_path(engine).stem if is_sqlite(engine) else EVENTS


def _number(row: Mapping[str, Any]) -> int:
    found = row.get("n")
    return found if isinstance(found, int) else 0


def body_of(raw: object) -> Mapping[str, Any]:
    """Return an event's tables; empty where *raw* is no event."""
    if isinstance(raw, memoryview | bytearray):
        raw = bytes(raw)
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "replace")
    if isinstance(raw, bytes):
        with suppress(msgspec.MsgspecError, ValueError):
            return event_tables(raw)
    return {}
