"""Daily ids and their salts: no id lives longer than its day, and no salt than its life. Reads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Engine, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from privacykit.collect.events.format import moment
from privacykit.errors import StoreError
from privacykit.stores.database.sqlite import is_sqlite
from privacykit.stores.salts.file import SaltFile
from privacykit.stores.salts.open import NOT_SQL, open_salts
from privacykit.stores.salts.rules import LONGEST_AHEAD, SaltRow
from privacykit.verify.places.left_out import LeftOut
from privacykit.verify.places.own import OwnDatabase
from privacykit.verify.places.place import Chance, KeptEvent, PlaceKind, StoredRow
from privacykit.verify.places.sql_tables import table_rows
from privacykit.verify.stated import Stated
from privacykit.verify.tested.claim import TestedClaim, Untouched

REMEMBERED = 100_000
"""Visitors whose day is kept in memory, of places that no database sorts."""
LATE = 3600.0
"""Seconds after its end within which a salt is destroyed."""
_EVENTS = frozenset({PlaceKind.EVENTS, PlaceKind.OUTBOX, PlaceKind.SINK})
PAGE = 500


class _Span(NamedTuple):
    visitor: str
    site: str
    purpose: str
    first: int
    last: int


class VisitorClaim(TestedClaim):
    """
    No daily id is on two days.

    Args:
        stated: The policy in force.
        stores: Our own databases of events, which sort visitors themselves.
        left_out: Tells whose events are passed over.
    """

    name = "visitors"
    says = "a daily visitor id is on one local day only, and none is where none may be"
    cannot_show = "It does not know copies of the salts, nor what somebody else did with an id."
    kinds = _EVENTS

    def __init__(self, stated: Stated, stores: tuple[OwnDatabase, ...], left_out: LeftOut) -> None:
        super().__init__()
        self._stated = stated
        self._left_out = left_out
        self._stores = stores
        self._sorted = {store.name for store in stores}
        self._days: OrderedDict[tuple[str, str], str] = OrderedDict()

    def look(self, row: StoredRow) -> None:
        """Look whether an id may be there; of files and the outbox on which day it is, too."""
        self.seen(row.place)
        event = row.event
        visitor = event.text("visitor") if event else ""
        if event is None or not visitor:
            return
        table = self._stated.purpose(event.text("purpose"))
        if table is not None and table.visitor == "none":
            words = "a visitor id under a purpose that has none"
            self.found("PK303", row.at("visitor"), words, "see purposes.NAME.visitor")
        by_database = row.place in self._sorted and row.kind is PlaceKind.EVENTS
        if table is not None and table.visitor == "day" and not by_database:
            self._remember(row, event, visitor)

    def _remember(self, row: StoredRow, event: KeptEvent, visitor: str) -> None:
        at = time_of(event)
        site = event.text("site")
        day = None if at is None else self._stated.day(site, at)
        if day is None:
            return
        key = (f"{row.place}/{site}", visitor)
        known = self._days.setdefault(key, day.date)
        self._days.move_to_end(key)
        if known != day.date:
            self._two_days(row.at("visitor"))
        if len(self._days) > REMEMBERED:
            self._days.popitem(last=False)
            self.sampled = True

    def _two_days(self, place: str) -> None:
        advice = "see whether salts are destroyed: `privacykit salts audit`"
        self.found("PK303", place, "a daily visitor id on two local days", advice)

    def settle(self) -> None:
        """
        Ask the databases which ids are on two days: all of them, whatever was sampled.

        Raises:
            StoreError: One did not answer.
        """
        daily = [n for n, t in self._stated.settings.purposes.items() if t.visitor == "day"]
        for store in self._stores if daily else ():
            engine = store.opened()
            try:
                tables = list(store.event_tables(engine))
                gone = [self._left_out.ids_in(*it) for it in tables]
                found = zip(tables, gone, strict=True)
                spans = merge(*(_spans(*it, daily, without) for it, without in found))
                for (_, site), same in groupby(spans, key=lambda span: span[:2]):
                    self._look_at(store.name, site, list(same))
            finally:
                engine.dispose()

    def _look_at(self, place: str, site: str, spans: list[_Span]) -> None:
        times = [time for span in spans for time in (span.first, span.last)]
        days = {self._stated.day(site, time / 1000) for time in (min(times), max(times))}
        if len({day.date for day in days if day is not None}) > 1:
            self._two_days(f"{place}: events.visitor")


def _spans(
    engine: Engine, table: Table, purposes: list[str], without: Sequence[str]
) -> Iterator[_Span]:
    """
    Yield when each visitor was there first and last, in the order of visitors.

    Events whose ids are in *without* are passed over.

    Raises:
        StoreError: The database refused.
    """
    c = table.c
    query = (
        select(c.visitor, c.site, c.purpose, func.min(c.time), func.max(c.time))
        .where(c.visitor.is_not(None), c.purpose.in_(purposes), c.id.not_in(without))
        .group_by(c.visitor, c.site, c.purpose)
        .order_by(c.visitor, c.site, c.purpose)
        .limit(PAGE)
    )
    last: _Span | None = None
    while True:
        page = query if last is None else query.where(c.visitor >= last.visitor)
        try:
            with engine.connect() as connection:
                rows = [_Span(*row) for row in connection.execute(page)]
        except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
            told = f"{table.name}: the database answered {type(error).__name__}"
            raise StoreError(f"PK316 {told}") from None
        fresh = [row for row in rows if last is None or row[:3] > last[:3]]
        yield from fresh
        if len(rows) < PAGE or not fresh:
            return
        last = fresh[-1]


def time_of(event: KeptEvent) -> float | None:
    """Return Unix seconds of *event*; ``None`` where it says none."""
    told: Any = event.body.get("time")
    if isinstance(told, datetime):
        return told.timestamp()
    if isinstance(told, str):
        try:
            return moment(told).timestamp()
        except ValueError:
            return None
    column = event.columns.get("time")
    return column / 1000 if isinstance(column, int) else None


class SaltClaim(Untouched):
    """
    No salt lives longer than its day.

    Args:
        stated: The policy in force.
        url: The salt store.
    """

    name = "salts"
    says = "no salt is older than its life, in the store and in its file"
    cannot_show = "It does not see backups, replicas, memory, swap and worn-out cells of disks."

    def __init__(self, stated: Stated, url: str) -> None:
        super().__init__()
        self._stated = stated
        self._url = url

    def settle(self) -> None:
        """
        Read the store.

        Raises:
            StoreError: It does not answer.
        """
        if self._url.startswith("memory:"):
            self.unable.append("Salts in the memory of a server are not seen from here.")
            return
        rows = self._kept() if self._url.startswith(NOT_SQL) else self._in_tables()
        self.seen("salts", len(rows))
        for row in rows:
            self._look_at(row)

    def _kept(self) -> list[SaltRow]:
        return list(open_salts(self._url).rows())

    def _in_tables(self) -> list[SaltRow]:
        database = OwnDatabase("salts", self._url, "salts")
        engine = database.opened()
        try:
            tables = {table.name: table for _, table in database.tables(engine)}
            if is_sqlite(engine) and "destroyed_salts" in tables:
                self._search(engine, tables["destroyed_salts"])
            if "salts" not in tables:
                return []
            columns = ["site", "day", "made_at", "not_after"]
            everything = Chance(None, lambda: 0.0)
            found = table_rows(engine, tables["salts"], everything, columns)
            return [SaltRow(**row) for row in found]
        finally:
            engine.dispose()

    def _search(self, engine: Engine, tombs: Table) -> None:
        everything = Chance(None, lambda: 0.0)
        known = {str(row["fingerprint"]) for row in table_rows(engine, tombs, everything)}
        number = len(SaltFile(engine).find(known))
        words = "the bytes of a destroyed salt"
        self.found("PK304", "salts: the file", words, "`privacykit salts audit`", number)

    def _look_at(self, row: SaltRow) -> None:
        if row.not_after <= self._stated.now - LATE:
            words = "a salt whose day is over"
            advice = "run the server or `privacykit worker`, which destroy them"
            self.found("PK304", "salts: salts", words, advice)
        elif row.not_after - row.made_at > LONGEST_AHEAD.total_seconds():
            words = "a salt that would live longer than its day"
            self.found("PK304", "salts: salts", words, "`privacykit salts rotate`")
