"""
Kept people: of whom an erasure found again would leave rows, and what keeps them. Reads.

A row that a hold or a reason of the data map keeps stands there by right, and `erasure reapply`
leaves it as it is. What else stands there came back.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from privacykit.errors import InputError, PlanError
from privacykit.govern.erasure.connector import Connector, Context, Subject
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.treatment import HELD
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Action, Hold, Identity
from privacykit.operate.context import OperatorContext
from privacykit.operate.returned.reapply import TOGETHER, Returned
from privacykit.stores.database.looking import open_in_memory
from privacykit.stores.records.plans import SqlPlans

MOST_ASKED = 50
"""Holds of one collection that are tried one by one; of more, none is named."""


class KeptPeople:
    """
    What keeps rows of people who were erased.

    Args:
        context: The stores.
        holds: The holds that stand.
    """

    def __init__(self, context: OperatorContext, holds: Sequence[Hold]) -> None:
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

    def judge_all(self, found: Returned) -> tuple[dict[str, int], list[str]]:
        """
        Look at every place where somebody was found again.

        Returns:
            By place how many values are there that nothing keeps; and what keeps others.

        Raises:
            StoreError: A store did not answer.
        """
        back, stays = dict[str, int](), list[str]()
        for place, number in found.counts.items():
            free, kept = self.judge(place, list(found.places[place]))
            stays += kept
            if left := min(number, free) if kept else number:
                back[place] = left
        return back, stays

    def judge(self, place: str, identities: Sequence[Identity]) -> tuple[int, tuple[str, ...]]:
        """
        Look what an erasure of *identities* would do to the rows of *place* that hold them.

        Args:
            place: ``dataset.collection``.
            identities: What stands there of people who were erased.

        Returns:
            How many rows nothing keeps; and what keeps others, in sentences without a value. Where
            no row is found for an identity, it counts as a row that nothing keeps.

        Raises:
            StoreError: A store did not answer.
        """
        dataset, _, collection = place.partition(".")
        connector, free, kept = self._means.connectors[dataset], 0, Counter[str]()
        for kind, same in groupby(sorted(identities, key=_kind), key=_kind):
            alike = list(same)
            for start in range(0, len(alike), TOGETHER):
                some = alike[start : start + TOGETHER]
                try:
                    here = self._rows(connector, collection, kind, some)
                except (PlanError, InputError):  # too many rows, or a value that asks for nobody
                    here = Counter()
                number = here.pop("", 0)
                free += number if here or number else len(some)
                kept += here
        return free, tuple(f"{place}: {_many(n)} {why}" for why, n in sorted(kept.items()))

    def _rows(
        self, connector: Connector, collection: str, kind: str, some: Sequence[Identity]
    ) -> Counter[str]:
        """Return how many rows stay and why, and under no word how many would not."""
        fields = self._means.datamap.of(connector.dataset)[collection].fields
        columns = {name for name, field in fields.items() if field.identity == kind}
        subject = find_person(self._means, some, several=True).subject
        context = Context(subject, self._means.clock(), self._holds, self._means.key)
        found = Counter[tuple[Action, str | None]]()
        for target in connector.find(collection, context):
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


def _kind(identity: Identity) -> str:
    return identity.type


def _many(number: int) -> str:
    return "a row" if number == 1 else f"{number} rows"
