"""Erase again whom a restored backup brought back, knowing only keyed hashes of them."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from privacykit.errors import PlanError, StoreError
from privacykit.govern import flow
from privacykit.govern.erasure.capability import ListsIdentities
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Identity, RequestStatus
from privacykit.govern.requests.receipt import held_rows
from privacykit.govern.words import RequestType
from privacykit.operate.context import OperatorContext
from privacykit.stores.records.operations.lacking import SUPPRESSIONS, lacking

LOOKED_UP = 2000
"""Values hashed and looked up at a time."""

SLACK = 86_400.0
"""Seconds before the backup's time that count too: clocks differ, and a backup takes its time."""

TOGETHER = 200
"""Identities in one plan: rows that two of them share are nobody else's."""


@dataclass(slots=True)
class Returned:
    """
    Who came back.

    Attributes:
        identities: The values found, as they stand in the stores.
        counts: Collection to how many of them it holds.
        places: Collection to which of them it holds, each once.
        alike: Collection to how many values it holds that are one of them but for their spelling,
            where the map compares to the letter: nobody is erased for a likeness.
        unsearched: Datasets whose connector cannot list identities, columns that hold hashes.
    """

    identities: list[Identity] = field(default_factory=list, repr=False)
    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, dict[Identity, None]] = field(default_factory=dict, repr=False)
    alike: Counter[str] = field(default_factory=Counter)
    unsearched: list[str] = field(default_factory=list)

    def said(self) -> list[str]:
        """Return what is alike, in sentences without a value."""
        return [
            f"{place}: {number} that differ from an identity that was erased in their spelling"
            ' alone; `match = "ignore-case"` in the data map makes them one'
            for place, number in sorted(self.alike.items())
        ]


def returned(context: OperatorContext, since: float) -> Returned:
    """
    Look through every identity column for people erased at *since* or later, or a day before.

    A backup holds what was committed when it began, by the clock of another machine, and somebody
    wrote down when that was: who was erased shortly before may be in it.

    Raises:
        StoreError: A store does not answer; or there is no checkpoint apart from ``[records]``, so
            that nobody can say whether the suppressions themselves are an old copy; or a key that
            suppressions were made with is gone; or PK444, some of them are.
    """
    if context.check_not_older() is None:
        raise StoreError(
            "PK255 no checkpoint is kept apart from [records]: whether its suppressions are an old "
            "copy cannot be told"
        )
    context.suppressions.check_keys()
    if gone := lacking(context.engine).get(SUPPRESSIONS):
        raise StoreError(
            f"PK444 {gone} suppressions that the audit log knows of are not in [records]: whom they"
            " kept away cannot be told; restore a copy that has them"
        )
    found, now, since = Returned(), context.clock(), since - SLACK
    for dataset, connector in context.connectors.items():
        if not isinstance(connector, ListsIdentities):
            found.unsearched.append(dataset)
            continue
        found.unsearched += connector.hashed_columns()
        known = connector.iter_identities()
        while some := list(islice(known, LOOKED_UP)):
            _look_up(context, dataset, some, now, since, found)
    found.identities = list(dict.fromkeys(found.identities))
    return found


def reapply(
    context: OperatorContext, found: Returned, actor: str, *, accept_problems: Sequence[str] = ()
) -> list[flow.PlanOutcome]:
    """
    Erase everything about *found* again, and put that into the audit log.

    Args:
        context: The stores.
        found: Who came back.
        actor: Who does it.
        accept_problems: The digests of problems that are accepted, of one plan each.

    Raises:
        PlanError: A plan has problems that were not accepted; with their digest.
        StoreError: A store does not answer.
    """
    outcomes = []
    for some in _groups(found.identities):
        run = secrets.token_hex(16)
        plan = flow.plan_request(
            context.means,
            RequestType.ERASURE,
            some,
            plan_id=secrets.token_hex(16),
            request_id=run,
            several=True,
        )
        digest, known = plan.targets_digest, plan.problems_digest
        accepted = known if known in accept_problems else ""
        if known and not accepted:
            raise PlanError("; ".join((*plan.problems, f"--accept-problems {known}")))
        flow.approve(context.means, plan.plan_id, digest, actor, accept_problems=accepted)
        results = flow.execute(context.means, plan.plan_id, digest)
        outcome = flow.verify(context.means, plan.plan_id)
        outcomes.append(outcome)
        detail = {
            "identities": len(some),
            "rows": sum(result.rows_changed for result in results),
            "status": outcome.status.value,
            "held": held_rows(results),
        }
        context.audit.append(actor, "erasure.reapplied", request_id=run, detail=detail)
    return outcomes


def whole(outcomes: Iterable[flow.PlanOutcome]) -> bool:
    """Tell whether nothing was left."""
    return all(outcome.status is RequestStatus.FULFILLED for outcome in outcomes)


def _look_up(
    context: OperatorContext,
    dataset: str,
    some: list[tuple[str, Identity]],
    now: float,
    since: float,
    found: Returned,
) -> None:
    ledger = context.suppressions
    hashes = [ledger.hashes(identity) for _, identity in some]
    hits = ledger.among([one for known in hashes for one in known], now, since)
    for (collection, identity), known in zip(some, hashes, strict=True):
        kept = [
            suppression
            for one in known
            for suppression in hits.get(one, ())
            if suppression.reason == RequestType.ERASURE.value
        ]
        if not kept or not names_somebody(identity):
            continue
        place = f"{dataset}.{collection}"
        if not _ignores_case(context, dataset, collection, identity):
            # The hash forgives spellings that the map does not: they may be somebody else's.
            exact = ledger.exact_hashes(identity)
            if not any(suppression.exact in exact for suppression in kept):
                found.alike[place] += 1
                continue
        found.identities.append(identity)
        found.counts[place] += 1
        found.places.setdefault(place, {})[identity] = None


def _ignores_case(
    context: OperatorContext, dataset: str, collection: str, identity: Identity
) -> bool:
    fields = context.datamap.of(dataset)[collection].fields.values()
    return any(f.identity == identity.type and f.match == "ignore-case" for f in fields)


def _groups(identities: list[Identity]) -> Iterator[list[Identity]]:
    for start in range(0, len(identities), TOGETHER):
        yield identities[start : start + TOGETHER]
