"""
Proofs: an event of a consent's purpose has a consent that was given before, for it, and stood.

Where our event store keeps no record beside an event (it would link days), the visitor id of such
an event is made of the record: ids are made again from the records there are, and compared. Reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Engine, Select, Table, case, func, literal_column, or_, select
from sqlalchemy.exc import SQLAlchemyError

from privacykit.errors import StoreError
from privacykit.operate.context import OperatorContext
from privacykit.pseudonym.visitor import consented_id
from privacykit.stores.database.schema import check_version
from privacykit.stores.events.view import member_of
from privacykit.stores.records.consent.tables import CONSENTS, SCHEMA
from privacykit.verify.places.left_out import LeftOut
from privacykit.verify.places.own import OwnDatabase
from privacykit.verify.places.place import PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.claim import TestedClaim
from privacykit.verify.tested.ids import time_of

PAGE = 300
TOLERANCE = 60.0
"""Seconds: a request that was on its way when somebody chose, and clocks of two machines."""
LONGEST_DAY_MS = 25 * 3_600_000
_LATE = "a consent that was withdrawn before"
_EARLY = "a consent that was given later"
_OTHER = "a consent to another purpose"
_ADVICE = "look what wrote it, and erase it: `privacykit consent verify` checks the records"


class _Asked(NamedTuple):
    record: str
    purpose: str
    at: float
    place: str


class _Proof(NamedTuple):
    purposes: frozenset[str]
    given_at: float
    withdrawn_at: float | None

    def fault(self, purpose: str, at: float) -> str:
        """Return what is wrong with it for an event; empty where nothing is."""
        if purpose not in self.purposes:
            return _OTHER
        if at < self.given_at - TOLERANCE:
            return _EARLY
        ended = self.withdrawn_at is not None and at > self.withdrawn_at + TOLERANCE
        return _LATE if ended else ""


class ProofClaim(TestedClaim):
    """
    Nothing of a consent's purpose is without its proof.

    Args:
        stated: The policy in force.
        context: The stores.
        stores: Databases of events.
        left_out: Tells whose events are passed over.
    """

    name = "consent"
    says = "what rests on consent has one: given before, for its purpose, and not withdrawn"
    cannot_show = (
        "It does not see what other software on the page does, nor, where neither the record nor "
        "an id made of it is kept with an event, which consent an event rests on."
    )
    kinds = frozenset({PlaceKind.EVENTS, PlaceKind.OUTBOX, PlaceKind.SINK})

    def __init__(
        self,
        stated: Stated,
        context: OperatorContext,
        stores: tuple[OwnDatabase, ...],
        left_out: LeftOut,
    ) -> None:
        super().__init__()
        self._left_out = left_out
        self._stated = stated
        self._context = context
        self._stores = stores
        self._waiting: list[_Asked] = []
        settings = stated.settings
        self._others_ask = bool(settings.tcf or settings.gpp or settings.banners)
        if self._others_ask:
            self.unable.append("A consent given to another banner has no record here.")

    def look(self, row: StoredRow) -> None:
        """Look what the event says of its decision, and for the record that it names."""
        self.seen(row.place)
        event = row.event
        if event is None or not event.data:
            return
        purpose, at = event.text("purpose"), time_of(event)
        consent = event.data.get("consent")
        verdicts = consent.get("purposes") if isinstance(consent, Mapping) else None
        said = dict(verdicts).get(purpose) if isinstance(verdicts, Mapping | list) else None
        if said != "allow":
            words = "an event that its own decision does not allow"
            self.found("PK305", row.at("consent"), words, _ADVICE)
        source = consent.get("source") if isinstance(consent, Mapping) else ""
        record = event.columns.get("record")
        if isinstance(record, str) and record and at is not None:
            self._waiting.append(_Asked(record, purpose, at, row.at("record")))
        elif source == "consent" and row.kind is PlaceKind.OUTBOX and not self._others_ask:
            words = "an event that rests on consent and names none"
            self.found("PK305", row.at("record"), words, _ADVICE)
        if len(self._waiting) >= PAGE:
            self._flush()

    def settle(self) -> None:
        """
        Look up what is left, and make the ids of consented visitors again.

        Raises:
            StoreError: A database did not answer.
        """
        self._flush()
        wanted = [n for n, t in self._stated.settings.purposes.items() if t.visitor == "consented"]
        for store in self._stores if wanted else ():
            engine = store.opened()
            try:
                for one, table in store.event_tables(engine):
                    self._remake(store.name, one, table, wanted)
            finally:
                engine.dispose()

    def _flush(self) -> None:
        asked, self._waiting = self._waiting, []
        if not asked:
            return
        proofs = self._proofs({it.record for it in asked})
        for it in asked:
            proof = proofs.get(it.record)
            if proof is None:
                words = "an event whose consent is not on record"
                self.found("PK305", it.place, words, _ADVICE)
            elif fault := proof.fault(it.purpose, it.at):
                self.found("PK306", it.place, f"an event that rests on {fault}", _ADVICE)

    def _proofs(self, records: set[str]) -> dict[str, _Proof]:
        where = CONSENTS.c.record.in_(sorted(records))
        return dict(self._read(where))

    def _read(self, where: object) -> list[tuple[str, _Proof]]:
        c = CONSENTS.c
        query = select(c.record, c.purposes, c.given_at, c.withdrawn_at).order_by(c.record)
        if not check_version(self._context.engine, SCHEMA):
            return []
        with _asking(self._context.engine) as engine, engine.connect() as connection:
            rows = connection.execute(query.where(where).limit(PAGE)).all()  # type: ignore[arg-type]
        return [
            (record, _Proof(frozenset(msgspec.json.decode(purposes)), given_at, withdrawn_at))
            for record, purposes, given_at, withdrawn_at in rows
        ]

    def _every_proof(self) -> Iterator[list[tuple[str, _Proof]]]:
        last = ""
        while page := self._read(CONSENTS.c.record > last):
            yield page
            last = page[-1][0]

    def _remake(self, place: str, engine: Engine, table: Table, purposes: list[str]) -> None:
        """Compare the ids in *table*, of events without a record, with those of every consent."""
        keys = [key.value for key in self._context.keys.all("subject")]
        spans = _spans(table, purposes, engine.dialect.name)
        spans = spans.where(table.c.id.not_in(self._left_out.ids_in(engine, table)))
        matched = 0
        for page in self._every_proof():
            made = {consented_id(key, record): proof for record, proof in page for key in keys}
            with _asking(engine) as asked, asked.connect() as connection:
                found = connection.execute(spans.where(table.c.visitor.in_(made))).all()
            matched += sum(1 for *_, needed in found if needed)
            for visitor, purpose, first, last, _ in found:
                faults = {made[visitor].fault(purpose, at / 1000) for at in (first, last)}
                for fault in sorted(faults - {""}):
                    words = f"events of a visitor that rest on {fault}"
                    self.found("PK306", f"{place}: events.visitor", words, _ADVICE)
        inner = spans.subquery()
        total = select(func.coalesce(func.sum(inner.c.needed), 0))
        with _asking(engine) as asked, asked.connect() as connection:
            number = int(connection.execute(total).scalar_one())
        words = "a visitor who is known by a consent that is not on record"
        self.found("PK305", f"{place}: events.visitor", words, _ADVICE, number - matched)


def _spans(table: Table, purposes: list[str], dialect: str) -> Select[Any]:
    """
    Return when each visitor was there first and last, and whether that needs a consent.

    Without one an id under a consent's purpose is a daily id, which rests on the law.
    """
    c = table.c
    source: ColumnElement[str] = literal_column(member_of(dialect, "consent.source"))
    first, last = func.min(c.time), func.max(c.time)
    rests = func.max(case((source == "consent", 1), else_=0)) == 1
    needed = case((or_(rests, last - first > LONGEST_DAY_MS), 1), else_=0).label("needed")
    columns = (c.visitor, c.purpose, first.label("first"), last.label("last"), needed)
    theirs = (c.purpose.in_(purposes), c.record.is_(None), c.visitor.is_not(None))
    return select(*columns).where(*theirs).group_by(c.visitor, c.purpose)


class _asking:  # noqa: N801 - a context manager, used as a function
    """Ask a database; its failures are errors of ours, which quote no row."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Engine:
        return self._engine

    def __exit__(self, kind: type[BaseException] | None, error: object, _: object) -> None:
        if isinstance(error, SQLAlchemyError | self._engine.dialect.loaded_dbapi.Error):
            raise StoreError(f"PK316 the database answered {type(error).__name__}") from None
