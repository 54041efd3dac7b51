"""
Kept people: of whom an erasure found again would leave rows, and what keeps them. Reads.

`erasure reapply` and `verify` judge by this alone who is back.

A row that a hold or a reason of the data map keeps stands there by right, and `erasure reapply`
leaves it as it is. What else stands there came back.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from privacykit.errors import InputError, PlanError
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.ports.connector import Connector, Context, Subject
from privacykit.govern.erasure.treatment import HELD
from privacykit.govern.records import Action, Hold, Identity
from privacykit.operate.context import OperatorContext
from privacykit.operate.returned.reapply import TOGETHER, Returned
from privacykit.operate.returned.recognised import FoundPart, doubts, find_again
from privacykit.stores.database.looking import open_in_memory
from privacykit.stores.records.operations.erased_rows import SqlErasedRows
from privacykit.stores.records.plans import SqlPlans

MOST_ASKED = 50
"""Holds of one collection that are tried one by one; of more, none is named."""


@dataclass(slots=True)
class JudgedPeople:
    """
    What is known of people found again.

    Attributes:
        back: By place, how many values are there that were erased and that nothing keeps.
        stays: What keeps others, in sentences without a value.
        doubts: Which rows may be somebody else's and what led to each, in plain words.
        doubted: By place, how many of these sentences are of it.
    """

    back: dict[str, int] = field(default_factory=dict)
    stays: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    doubted: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Here:
    """The same of one place: how many rows nothing keeps, what keeps others, what is doubted."""

    free: int = 0
    kept: Counter[str] = field(default_factory=Counter)
    doubts: list[str] = field(default_factory=list)

    def add(self, free: int, doubt: str) -> None:
        """Note values of which no row could be told: *doubt*, or they count as free."""
        if doubt:
            self.doubts.append(doubt)
        else:
            self.free += free


class KeptPeople:
    """
    What keeps rows of people who were erased.

    Args:
        context: The stores.
        holds: The holds that stand.
    """

    def __init__(self, context: OperatorContext, holds: Sequence[Hold]) -> None:
        self._context = context
        self._holds = tuple(holds)
        self._means = GovernContext(
            context.datamap,
            context.connectors,
            SqlPlans(open_in_memory()),  # a look makes no plan, and no table for one
            context.clock,
            os.urandom,
            lambda: self._holds,
            key=context.keys.current("subject").value,
        )

    def judge_all(self, found: Returned) -> JudgedPeople:
        """
        Look at every place where somebody was found again.

        Raises:
            StoreError: A store did not answer.
        """
        told = JudgedPeople()
        ledger = self._context.suppressions.erased
        for place, number in found.counts.items():
            here = list(found.places[place])
            kept = ledger.of({it for one in here for it in found.requests[one]})
            some = self._judge(place, here, ledger, kept)
            told.stays += _stays(place, some.kept)
            told.doubts += some.doubts
            if some.doubts:
                told.doubted[place] = len(some.doubts)
            if left := min(number, some.free) if some.kept or some.doubts else number:
                told.back[place] = left
        told.doubts = list(dict.fromkeys(told.doubts))
        return told

    def judge(self, place: str, identities: Sequence[Identity]) -> tuple[int, tuple[str, ...]]:
        """
        Look what an erasure of *identities* would do to the rows of *place* that hold them.

        Args:
            place: ``dataset.collection``.
            identities: What stands there of people, each of whom is meant.

        Returns:
            How many rows nothing keeps; and what keeps others, in sentences without a value. Where
            no row is found for an identity, it counts as a row that nothing keeps.

        Raises:
            StoreError: A store did not answer.
        """
        some = self._judge(place, identities)
        return some.free, _stays(place, some.kept)

    def _judge(
        self,
        place: str,
        identities: Sequence[Identity],
        ledger: SqlErasedRows | None = None,
        hashes: Collection[str] = (),
    ) -> _Here:
        told = _Here()
        for kind, same in groupby(sorted(identities, key=_kind), key=_kind):
            alike = list(same)
            for start in range(0, len(alike), TOGETHER):
                some = alike[start : start + TOGETHER]
                try:
                    both = find_again(self._means, some, ledger, hashes)
                except (PlanError, InputError) as error:
                    # Too many rows, or a value that asks for nobody.
                    told.add(len(some), f"{place}: {error} (PK447)" if ledger else "")
                    continue
                rows = self._rows(place, kind, both.erased)
                number = rows.pop("", 0)
                said: list[str] = []
                if both.doubted:
                    said = doubts(self._means, both.doubted).get(place, [])
                    left = self._rows(place, kind, both.doubted)
                    del left[""]
                    rows += left
                told.free += number
                told.doubts += said
                told.kept += rows
                if not (rows or number or said):
                    words = "somebody erased is named, and nothing finds the row"
                    told.add(len(some), f"{place}: {words} (PK447)" if ledger else "")
        return told

    def _rows(self, place: str, kind: str, part: FoundPart) -> Counter[str]:
        """Return how many rows stay and why, and under no word how many would not."""
        dataset, _, collection = place.partition(".")
        connector = self._means.connectors[dataset]
        fields = self._means.datamap.of(dataset)[collection].fields
        columns = {name for name, field in fields.items() if field.identity == kind}
        subject = part.reach.subject
        context = Context(subject, self._means.clock(), self._holds, self._means.key)
        found = Counter[tuple[Action, str | None]]()
        for target in part.choice.targets(connector, collection, context):
            found[target.action, target.justification] += 1
        rows = Counter[str]()
        for (action, why), number in found.items():
            step = connector.step(collection, action, why)
            changed = {name for name, _ in step.fields}
            if action is Action.DELETE or (action is not Action.KEEP and columns & changed):
                rows[""] += number
            elif why == HELD:
                rows[f"kept by {self._names(connector, collection, subject)}"] += number
            else:
                rows[f"kept as the data map says ({why or 'keep'})"] += number
        return rows

    def _names(self, connector: Connector, collection: str, subject: Subject) -> str:
        """Return the ids of the holds that keep rows of *subject*."""
        here = [hold for hold in self._holds if hold.dataset == connector.dataset]
        if len(here) > MOST_ASKED:
            return "holds"
        keeping = [it for it in here if _keeps(connector, collection, subject, it, self._means)]
        return " and ".join(f"hold {it.hold_id}" for it in keeping) or "holds"


def _keeps(
    connector: Connector, collection: str, subject: Subject, hold: Hold, means: GovernContext
) -> bool:
    alone = Context(subject, means.clock(), (hold,), means.key)
    return any(target.justification == HELD for target in connector.find(collection, alone))


def _stays(place: str, kept: Counter[str]) -> tuple[str, ...]:
    return tuple(f"{place}: {_many(n)} {why}" for why, n in sorted(kept.items()))


def _kind(identity: Identity) -> str:
    return identity.type


def _many(number: int) -> str:
    return "a row" if number == 1 else f"{number} rows"
