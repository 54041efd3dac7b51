"""People who are gone: who was erased, suppressed or stopped is found nowhere again. Reads."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlalchemy import select

from privacykit.collect.suppressed import ALL_PURPOSES, CLOSING
from privacykit.operate.context import OperatorContext
from privacykit.operate.returned.kept_people import KeptPeople
from privacykit.operate.returned.reapply import returned
from privacykit.stores.database.engine import reading
from privacykit.stores.database.schema import check_version
from privacykit.stores.records.consent.tables import CONSENTS, STOPS
from privacykit.stores.records.consent.tables import SCHEMA as CONSENTS_SCHEMA
from privacykit.stores.records.operations.suppression_table import SCHEMA as SUPPRESSIONS
from privacykit.verify.places.place import PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.claim import TestedClaim
from privacykit.verify.tested.expired import standing
from privacykit.verify.tested.ids import time_of

PAGE = 300
TOLERANCE = 60.0
"""Seconds: what was on its way when the order was given."""
_KEYS = ("visitor", "subject", "record")


class _Seen(NamedTuple):
    kind: str
    key: str
    purpose: str
    record: str
    at: float
    place: str


class GoneClaim(TestedClaim):
    """
    Nobody who is gone is found.

    Args:
        stated: The policy in force.
        context: The stores.
    """

    name = "erased"
    says = "who was erased, suppressed or stopped is in no store again"
    cannot_show = (
        "It knows erased people by keyed hashes of what named them: what else of them is left, and "
        "what stands in columns that hold hashes, it does not find; nor bytes below the files."
    )
    kinds = frozenset({PlaceKind.EVENTS, PlaceKind.OUTBOX, PlaceKind.SINK})

    def __init__(self, stated: Stated, context: OperatorContext) -> None:
        super().__init__()
        self._stated = stated
        self._context = context
        self._waiting: list[_Seen] = []

    def look(self, row: StoredRow) -> None:
        """Note by what the event's person is known."""
        self.seen(row.place)
        event = row.event
        at = time_of(event) if event else None
        if event is None or at is None:
            return
        record = event.columns.get("record")
        for kind in _KEYS:
            key = event.columns.get(kind)
            theirs = kind == "subject" or not event.columns.get("subject")
            if isinstance(key, str) and key and theirs:
                known = record if isinstance(record, str) else ""
                place = row.at(kind)
                self._waiting.append(_Seen(kind, key, event.text("purpose"), known, at, place))
        if len(self._waiting) >= PAGE:
            self._flush()

    def settle(self) -> None:
        """
        Look up what is left, and try every suppression against every identity column.

        Raises:
            StoreError: A store did not answer, or the suppressions themselves may be an old copy.
        """
        self._flush()
        context = self._context
        nobody = not check_version(context.engine, SUPPRESSIONS)
        if self._stated.datamap is None or nobody:
            return
        if not context.suppressions.count(self._stated.now):
            return
        found = returned(context, 0.0)
        self.unable += [f"{name} cannot be searched." for name in sorted(found.unsearched)]
        self.unable += [f"{line}." for line in found.said()]
        if not found.counts:
            return
        for place in found.counts:
            self.seen(place.partition(".")[0], 0)
        told = KeptPeople(context, standing(context)).judge_all(found)
        self.stays += told.stays
        for place in told.doubted:
            words = (
                "somebody erased is named in rows that may be somebody else's, or of who came anew"
            )
            advice = "`privacykit erasure reapply` shows them, `erasure lift` lets in who came anew"
            self.unread(place, f"{words} (PK447); {advice}")
        for place, number in told.back.items():
            dataset, _, collection = place.partition(".")
            words = "a value that named somebody who was erased"
            advice = "`privacykit erasure reapply --since …` erases them again"
            self.found("PK308", f"{dataset}: {collection}", words, advice, number)

    def _flush(self) -> None:
        seen, self._waiting = self._waiting, []
        if not seen:
            return
        orders = self._orders({it.key for it in seen})
        given = self._given({it.record for it in seen if it.record}) if orders else {}
        for it in seen:
            names = (ALL_PURPOSES, CLOSING, it.purpose)
            at = max((orders.get((it.kind, it.key, name), 0.0) for name in names), default=0.0)
            answered = it.kind != "record" and given.get((it.record, it.purpose), 0.0) > at
            if at and it.at > at + TOLERANCE and not answered:
                words = "an event of somebody who was stopped before"
                advice = "look what wrote it, and erase it: `privacykit subject erase`"
                self.found("PK308", it.place, words, advice)

    def _orders(self, keys: set[str]) -> dict[tuple[str, str, str], float]:
        if not check_version(self._context.engine, CONSENTS_SCHEMA):
            return {}
        query = select(STOPS.c.kind, STOPS.c.key, STOPS.c.purpose, STOPS.c.at)
        with reading(self._context.engine) as connection:
            rows = connection.execute(query.where(STOPS.c.key.in_(sorted(keys)))).all()
        return {(kind, key, purpose): at for kind, key, purpose, at in rows}

    def _given(self, records: set[str]) -> dict[tuple[str, str], float]:
        c = CONSENTS.c
        query = select(c.record, c.purposes, c.given_at).where(c.withdrawn_at.is_(None))
        with reading(self._context.engine) as connection:
            rows = connection.execute(query.where(c.record.in_(sorted(records)))).all()
        return {
            (record, purpose): at
            for record, purposes, at in rows
            for purpose in msgspec.json.decode(purposes)
        }
