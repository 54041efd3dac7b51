"""
Consent records, orders to stop, and leases, in SQLite, PostgreSQL or MariaDB. Does I/O.

What was committed here stops an event whose delivery begins later. An event whose consent record is
not found is stopped too: without the record there is no proof that it may exist. An order about a
person or a visitor's day does not stop what rests on a consent to its purpose given after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Engine, delete, select

from privacykit.collect.consent.shown import ConsentText
from privacykit.collect.ports import ConsentRecord, Envelope, StopKind
from privacykit.collect.suppressed import Suppressed
from privacykit.errors import UnprovenError
from privacykit.govern.audit.chain import AuditKey
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.schema import prepare
from privacykit.stores.database.using import driving
from privacykit.stores.records.consent.chain import BROKEN, ConsentChain
from privacykit.stores.records.consent.change import ChangeStatements, SqlConsentChange
from privacykit.stores.records.consent.ended import end_page, ended_records
from privacykit.stores.records.consent.orders import (
    LASTING,
    OrdersMark,
    lasting_orders,
    mark_of,
    stopped_among,
    take_back_turn,
)
from privacykit.stores.records.consent.tables import (
    CONSENTS,
    SCHEMA,
    STOPS,
    TEXTS,
    to_record,
)


class SqlConsentStore:
    """
    Consent records and orders to stop.

    Args:
        engine: Of the ``[records]`` database.
        keys: Returns the audit keys that chain the records, the newest first; asked when a record
            changes. Without them nothing is chained, and a check names what was added so.
    """

    def __init__(
        self, engine: Engine, keys: Callable[[], Sequence[AuditKey]] | None = None
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._prepared = False

    @cached_property
    def _statements(self) -> ChangeStatements:
        return ChangeStatements(self._engine)

    def prepare(self) -> None:
        """
        Create the tables where they are missing; done by itself at the first use.

        Raises:
            StoreError: The database failed.
        """
        prepare(self._engine, SCHEMA)
        self._prepared = True

    def add(self, consent: ConsentRecord, text: ConsentText | None = None) -> None:
        """
        Keep *consent*, and once the *text* that was shown; committed when this returns.

        Raises:
            StoreError: It is not kept, so it must not be used.
        """
        with self.together() as change:
            change.add(consent, text)

    @contextmanager
    def together(self) -> Iterator[SqlConsentChange]:
        """
        Open a change: what is withdrawn, stopped and added in the block is committed at its end.

        Raises:
            UnprovenError: The chain is not as we left it: all is committed but what was added.
            StoreError: The database failed; nothing of it is kept.
        """
        self._ready()
        with driving(self._engine) as cursor:
            change = SqlConsentChange(cursor, self._statements, lambda: self._chain)
            yield change
            proven = change.prove()
        if not proven:
            raise UnprovenError(BROKEN)

    def get(self, record: str) -> ConsentRecord | None:
        """
        Return the consent *record*, withdrawn or not, or ``None``.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with reading(self._engine) as connection:
            found = connection.execute(
                select(CONSENTS).where(CONSENTS.c.record == record)
            ).one_or_none()
        return None if found is None else to_record(found)

    def text(self, hash_: str) -> ConsentText | None:
        """
        Return the text of *hash_*, ``None`` where it is not kept.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with reading(self._engine) as connection:
            found = connection.execute(select(TEXTS).where(TEXTS.c.hash == hash_)).one_or_none()
        return None if found is None else ConsentText(found.hash, found.language, found.body)

    def withdraw(self, record: str, at: float, interface: str = "") -> bool:
        """
        Withdraw *record*; committed when this returns; ``False`` when there is none.

        An order to stop it is kept as long as a cookie may show it, so that every process knows
        (:meth:`suppressed`) and a cookie that is replayed grants nothing. Done twice, the first
        time counts.

        Raises:
            StoreError: The database failed: the withdrawal has to be repeated.
        """
        with self.together() as change:
            return change.withdraw(record, at, interface)

    def stop(
        self,
        kind: StopKind,
        key: str,
        *,
        at: float,
        until: float | None,
        purposes: Sequence[str] = (),
    ) -> None:
        """
        Let nothing of *key* leave from now on, pending events included.

        Done twice, the later order counts and the later end.

        Args:
            kind: What *key* is.
            key: A visitor id, consent record or subject reference.
            at: Unix seconds of the order.
            until: Unix seconds when the order may be forgotten; ``None`` is never.
            purposes: The purposes stopped; none given means all.

        Raises:
            StoreError: The database failed: the order has to be repeated.
        """
        with self.together() as change:
            change.stop(kind, key, at=at, until=until, purposes=purposes)

    def lift(self, kind: StopKind, key: str, purpose: str) -> None:
        """
        Take one order back; what it erased stays erased.

        Raises:
            StoreError: The database failed: the order still stands.
        """
        this = (STOPS.c.kind == kind) & (STOPS.c.key == key) & (STOPS.c.purpose == purpose)
        self._ready()
        with writing(self._engine) as connection:
            take_back_turn(connection, self._engine)
            connection.execute(delete(STOPS).where(this))

    def ordered(self, purpose: str) -> bool:
        """
        Tell whether any order stands that stops *purpose* by name.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with reading(self._engine) as connection:
            found = select(STOPS.c.key).where(STOPS.c.purpose == purpose).limit(1)
            return connection.execute(found).first() is not None

    def stopped(self, envelopes: Iterable[Envelope]) -> set[str]:
        """
        Return the event ids among *envelopes* that must not leave.

        Raises:
            StoreError: The database failed: nothing may leave.
        """
        asked = list(envelopes)
        if not asked:
            return set()
        self._ready()
        with reading(self._engine) as connection:
            return stopped_among(connection, asked)

    def orders_mark(self) -> OrdersMark:
        """
        Return what changes when :meth:`suppressed` does; cheap enough to ask for all the time.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with reading(self._engine) as connection:
            return mark_of(connection)

    def suppressed(self, after: OrdersMark | None = None) -> Suppressed:
        """
        Return the orders about persons and consents, for requests to look up in memory.

        Args:
            after: Only those that came since.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with reading(self._engine) as connection:
            return lasting_orders(connection, after)

    def forget_stops(self, now: float) -> int:
        """
        Delete the orders whose end has come; return how many.

        Raises:
            StoreError: The database failed.
        """
        ended, lasts = STOPS.c.until <= now, STOPS.c.kind.in_(LASTING)
        self._ready()
        with writing(self._engine) as connection:
            if connection.execute(select(STOPS.c.key).where(ended, lasts).limit(1)).first():
                take_back_turn(connection, self._engine)
            return connection.execute(delete(STOPS).where(ended)).rowcount

    def any_ended(self, before: float, refused_before: float) -> bool:
        """
        Tell whether a record's time is over; see :meth:`forget_ended`.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with reading(self._engine) as connection:
            return connection.scalar(ended_records(before, refused_before).limit(1)) is not None

    def forget_ended(self, before: float, refused_before: float, now: float = 0.0) -> int:
        """
        Erase the records whose time is over, by pages, and texts nobody names; return how many.

        A consent ends when it is withdrawn, else when the cookie that shows it does; a refusal when
        it is made.

        Args:
            before: Consents that ended then or earlier go. Unix seconds.
            refused_before: Refusals made then or earlier go.
            now: The time that the chain says of it.

        Raises:
            StoreError: The database failed; some may be gone already.
        """
        self._ready()
        gone, is_last = 0, False
        while not is_last:
            with writing(self._engine) as connection:
                page, is_last = end_page(connection, self._chain, before, refused_before, now)
            gone += page
        return gone

    @cached_property
    def _chain(self) -> ConsentChain | None:
        return None if self._keys is None else ConsentChain(self._engine, self._keys())

    def _ready(self) -> None:
        if not self._prepared:
            self.prepare()
