"""
Rows found again: those that were erased, and those that may be somebody else's. Reads.

Laws of this file:

1. A row was erased where the erasure kept a keyed hash of its key, or it hangs on one that was.
2. Whatever else a value leads to is doubted: who mentions them, who has their number now, who came
   anew. It is told with the way that led there, and touched after a yes to exactly that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from privacykit.govern.erasure.context import EVERY_ROW, GovernContext, RowChoice
from privacykit.govern.erasure.ports.connector import Connector, Context, PersonRow, Subject
from privacykit.govern.erasure.ports.work import Key, Target
from privacykit.govern.identity.find_person import everyone, find_person
from privacykit.govern.identity.reach import Reach
from privacykit.govern.records import Action, Identity
from privacykit.stores.records.operations.erased_rows import SqlErasedRows


class FoundPart(NamedTuple):
    """
    Rows of one kind.

    Attributes:
        reach: The rows that are people.
        choice: Which rows of all collections.
    """

    reach: Reach
    choice: RowChoice


class FoundAgain(NamedTuple):
    """
    What values of people who were erased lead to.

    Attributes:
        erased: What was erased.
        doubted: What may be somebody else's; nobody is looked for where all is meant.
    """

    erased: FoundPart
    doubted: FoundPart | None


@dataclass(frozen=True, slots=True)
class ErasedChoice:
    """
    Rows that were erased, or (not *erased*) those that were not.

    Attributes:
        ledger: What knows them.
        kept: The hashes that the erasures kept.
        erased: Which of the two.
    """

    ledger: SqlErasedRows
    kept: Collection[str]
    erased: bool

    def has(self, row: PersonRow) -> bool:
        """Say whether a row that is a person is meant."""
        return self._is_known(row.collection, row.key, row.mark) is self.erased

    def targets(self, connector: Connector, collection: str, context: Context) -> Iterator[Target]:
        """
        Name every row of *collection* that is the selection's and meant.

        Raises:
            StoreError: The store could not be asked.
        """
        for target, _ in self.told(connector, collection, context):
            yield target

    def told(
        self, connector: Connector, collection: str, context: Context
    ) -> Iterator[tuple[Target, bool]]:
        """Name the same, and say whether a row that is a person leads to it by key."""
        place, tied = f"{connector.dataset}.{collection}", _tied(connector, collection, context)
        for target in connector.find(collection, context):
            if target.key in tied:
                yield target, True
            elif self._is_known(place, target.key) is self.erased:
                yield target, False

    def _is_known(self, place: str, key: Key, mark: bytes = b"") -> bool:
        return self.ledger.is_among((place, key, mark), self.kept)


def find_again(
    means: GovernContext,
    identities: Sequence[Identity],
    ledger: SqlErasedRows | None = None,
    kept: Collection[str] = (),
) -> FoundAgain:
    """
    Find the rows of several people by *identities*.

    Args:
        means: The stores.
        identities: What stands in the stores of people who were erased.
        ledger: What knows their rows; without one every row is meant.
        kept: The hashes that their erasures kept.

    Raises:
        InputError: A value names nobody.
        PlanError: More people hold a value than can be told apart.
        StoreError: A store could not be asked.
    """
    if ledger is None:
        return FoundAgain(
            FoundPart(find_person(means, identities, known=everyone), EVERY_ROW), None
        )
    erased, others = ErasedChoice(ledger, kept, True), ErasedChoice(ledger, kept, False)
    reach = find_person(means, identities, known=erased.has)
    return FoundAgain(
        FoundPart(reach.part(doubted=False), erased), FoundPart(reach.part(doubted=True), others)
    )


def doubts(means: GovernContext, part: FoundPart) -> dict[str, list[str]]:
    """
    Say by place which rows of *part* may be somebody else's, with the way that led to each.

    Rows of which nothing would go are left out.

    Raises:
        StoreError: A store could not be asked.
    """
    found: dict[str, list[str]] = {}
    going = _going(means, part)
    for line in part.reach.problems():
        place = line.partition(":")[0]
        if place in going:
            found.setdefault(place, []).append(line)
    for place, (_, alone) in going.items():
        if alone:
            rows = "a row names" if alone == 1 else f"{alone} rows name"
            words = "somebody erased and was not erased then: maybe of who came anew (PK447)"
            found.setdefault(place, []).append(f"{place}: {rows} {words}")
    return found


def _going(means: GovernContext, part: FoundPart) -> dict[str, tuple[int, int]]:
    """Count by place the rows that would go, and those that no row of a person leads to."""
    choice, going = part.choice, dict[str, tuple[int, int]]()
    if not isinstance(choice, ErasedChoice) or choice.erased:
        return going
    context = Context(part.reach.subject, means.clock(), means.holds(), means.key)
    for dataset, connector in means.connectors.items():
        for name in connector.order():
            rows = [
                tied or bool(means.datamap.of(dataset)[name].subject)
                for target, tied in choice.told(connector, name, context)
                if target.action is not Action.KEEP
            ]
            if rows:
                going[f"{dataset}.{name}"] = len(rows), rows.count(False)
    return going


def _tied(connector: Connector, collection: str, context: Context) -> frozenset[Key]:
    """Return the rows to which a row that is a person leads by key, whatever stands in them."""
    subject = context.selection
    if connector.cost_model != "point" or not isinstance(subject, Subject) or not subject.roots:
        return frozenset()
    by_key = replace(context, selection=replace(subject, identities=(), known=()))
    return frozenset(target.key for target in connector.find(collection, by_key))
