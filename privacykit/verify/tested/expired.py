"""Expired rows: what is kept longer than its purpose, its clock or a law allows. Reads."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Engine, Table, and_, func, not_, select
from sqlalchemy.exc import SQLAlchemyError

from privacykit.collect.events.format import moment
from privacykit.errors import PrivacyKitError, StoreError
from privacykit.govern.records import Hold
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.datamap import CONSENTS
from privacykit.operate.own.proofs import ended_before
from privacykit.operate.retention import RetentionService
from privacykit.stores.database.schema import check_version
from privacykit.stores.events.event_periods import held_by
from privacykit.stores.events.event_tables import HELD
from privacykit.stores.events.held_events import OWN_DATASET, held_events
from privacykit.stores.records.consent.tables import SCHEMA as CONSENTS_SCHEMA
from privacykit.stores.records.holds import SCHEMA as HOLDS
from privacykit.verify.places.own import OwnDatabase
from privacykit.verify.places.place import KeptEvent, PlaceKind, StoredRow
from privacykit.verify.stated import DAY, INTERVAL, Stated
from privacykit.verify.tested.claim import TestedClaim
from privacykit.verify.tested.ids import time_of

_ADVICE = "run `privacykit worker`, or `privacykit retention run`"
_SHORT_OF = 2 * DAY
"""Months differ in length, and retention is stamped in whole seconds."""


def standing(context: OperatorContext) -> Sequence[Hold]:
    """Return the holds that stand: none where nobody ever placed one."""
    return context.holds.standing() if check_version(context.engine, HOLDS) else ()


class RetentionClaim(TestedClaim):
    """
    Nothing is kept longer than stated.

    Args:
        stated: The policy in force.
        context: The stores, their clock one purge interval behind.
        stores: Databases of events.
    """

    name = "retention"
    says = "nothing is kept longer than its purpose or its clock in the data map allows"
    cannot_show = "It does not see backups and third parties. One purge interval (a day) is grace."
    kinds = frozenset({PlaceKind.EVENTS, PlaceKind.OUTBOX, PlaceKind.SINK})

    def __init__(
        self, stated: Stated, context: OperatorContext, stores: tuple[OwnDatabase, ...]
    ) -> None:
        super().__init__()
        self._stated = stated
        self._context = context
        self._stores = stores
        self._counted = {store.name for store in stores}

    def look(self, row: StoredRow) -> None:
        """Look when the event has to be gone, and whether that was stated."""
        self.seen(row.place)
        event = row.event
        if event is None:
            return
        end, at = end_of(event), time_of(event)
        counted = row.place in self._counted and row.kind is PlaceKind.EVENTS
        if end is not None and not counted and end <= self._stated.now - INTERVAL:
            self.found("PK307", row.at("expires_at"), "an event that has expired", _ADVICE)
        longest = self._longest(event, at)
        if end is not None and longest is not None and end > longest:
            words = "an event that is to be kept longer than its purpose states"
            advice = "purposes.NAME.retention was shortened: erase, or wait and state it"
            self.found("PK307", row.at("expires_at"), words, advice)

    def _longest(self, event: KeptEvent, at: float | None) -> float | None:
        table = self._stated.purpose(event.text("purpose"))
        if table is None or at is None:
            return None
        return _later(at, table.retention.months, table.retention.days) + _SHORT_OF

    def settle(self) -> None:
        """
        Count what has expired in the databases, and what the clocks of the data map end.

        Raises:
            StoreError: A store did not answer.
        """
        for store in self._stores:
            engine = store.opened()
            try:
                for one, table in store.event_tables(engine):
                    self._count(store.name, one, table)
            finally:
                engine.dispose()
        self._proofs()
        if self._stated.datamap is not None:
            self._clocks()

    def _count(self, place: str, engine: Engine, table: Table) -> None:
        over = table.c.expires_at <= int(self._stated.now - INTERVAL)
        if table.name == HELD.name:
            holds = held_events(standing(self._context))
            over = and_(over, not_(held_by(table, holds)))
        query = select(func.count()).select_from(table).where(over)
        try:
            with engine.connect() as connection:
                number = int(connection.execute(query).scalar_one())
        except (SQLAlchemyError, engine.dialect.loaded_dbapi.Error) as error:
            told = f"{table.name}: the database answered {type(error).__name__}"
            raise StoreError(f"PK316 {told}") from None
        words = "an event that has expired"
        self.found("PK307", f"{place}: events.expires_at", words, _ADVICE, number)

    def _proofs(self) -> None:
        """Look whether records of consent are kept longer than ``[records]`` says."""
        context = self._context
        if not check_version(context.engine, CONSENTS_SCHEMA):
            return
        self.seen("records", 0)
        kept = any(
            hold.dataset == OWN_DATASET and hold.collection in {CONSENTS, "*"}
            for hold in standing(context)
        )
        if not kept and context.consents.any_ended(
            *ended_before(context.settings, context.clock())
        ):
            words = "a record of consent whose time is over"
            self.found("PK307", "records: consents.given_at", words, "run `privacykit worker`")

    def _clocks(self) -> None:
        service = RetentionService(self._context)
        holds, now = standing(self._context), self._context.clock()
        for rule in service.rules():
            plain = msgspec.structs.replace(rule, tally=None)  # else its table would be made
            try:
                due = service.purger(rule).due(plain, holds, now)
            except PrivacyKitError as error:
                self.unread(rule.name, str(error))
                continue
            self.seen(rule.dataset, due.rows)
            words = "a row that is over by the data map's clock"
            place = f"{rule.dataset}: {rule.collection}.{rule.column}"
            self.found("PK307", place, words, _ADVICE, due.removable)


def end_of(event: KeptEvent) -> float | None:
    """Return Unix seconds at which *event* has to be gone; ``None`` where it says none."""
    told = event.columns.get("expires_at", event.data.get("expires_at"))
    if isinstance(told, datetime):
        return told.timestamp()
    if isinstance(told, str):
        try:
            return moment(told).timestamp()
        except ValueError:
            return None
    return float(told) if isinstance(told, int | float) else None


def _later(at: float, months: int, days: int) -> float:
    """Return Unix seconds of the same day so many months and days later."""
    begin = datetime.fromtimestamp(at, UTC)
    years, month = divmod(begin.month - 1 + months, 12)
    year, month = begin.year + years, month + 1
    day = min(begin.day, calendar.monthrange(year, month)[1])
    return begin.replace(year=year, month=month, day=day).timestamp() + days * DAY
