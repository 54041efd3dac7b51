"""
Erase again whom a restored backup brought back, knowing only keyed hashes of them.

Laws of this file:

1. A value is one that was erased where the erasure would have taken it for the same: to the
   letter, or whatever its case, as the map says. What is only like it is told.
2. A row goes where it is one that was erased. Another one that holds the value goes after a yes to
   exactly that.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import msgspec

from privacykit.errors import StoreError
from privacykit.govern import flow
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.planning.plan import DESTRUCTIVE, PlanScope, draft_plan
from privacykit.govern.erasure.ports.capability import ListsIdentities
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.planned import Plan
from privacykit.govern.records import Identity, RequestStatus, StepResult
from privacykit.govern.requests.receipt import held_rows
from privacykit.govern.words import RequestType
from privacykit.operate.context import OperatorContext
from privacykit.operate.returned.recognised import FoundPart, doubts, find_again
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
        requests: By which erasures each of them is known.
        alike: Collection to how many values it holds that are like one of them, and that the map
            does not take for the same: nobody is erased for a likeness.
        unsearched: Datasets whose connector cannot list identities, columns that hold hashes.
    """

    identities: list[Identity] = field(default_factory=list, repr=False)
    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, dict[Identity, None]] = field(default_factory=dict, repr=False)
    requests: dict[Identity, set[str]] = field(default_factory=dict, repr=False)
    alike: Counter[str] = field(default_factory=Counter)
    unsearched: list[str] = field(default_factory=list)

    def said(self) -> list[str]:
        """Return what is alike, in sentences without a value."""
        return [
            f"{place}: {number} that differ from an identity that was erased in their spelling"
            " alone: maybe somebody else; if only capitals differ,"
            ' `match = "ignore-case"` in the data map makes them one'
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
    found, look = Returned(), _Look(context, since - SLACK)
    for dataset, connector in context.connectors.items():
        if not isinstance(connector, ListsIdentities):
            found.unsearched.append(dataset)
            continue
        found.unsearched += connector.hashed_columns()
        known = connector.iter_identities()
        while some := list(islice(known, LOOKED_UP)):
            look.up(dataset, some, found)
    found.identities = list(dict.fromkeys(found.identities))
    return found


@dataclass(slots=True)
class Reapplied:
    """
    What was done.

    Attributes:
        outcomes: How each plan ended.
        refused: The problems of plans that nobody accepted, each with what would accept them.
    """

    outcomes: list[flow.PlanOutcome] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def reapply(
    context: OperatorContext, found: Returned, actor: str, *, accept_problems: Sequence[str] = ()
) -> Reapplied:
    """
    Erase everything about *found* again, and put that into the audit log.

    Rows that were erased are a plan of their own, which asks nothing; what may be somebody else's
    is another, which is carried out where its problems were accepted.

    Args:
        context: The stores.
        found: Who came back.
        actor: Who does it.
        accept_problems: The digests of problems that are accepted, of one plan each.

    Raises:
        PlanError: More people hold a value than can be told apart.
        StoreError: A store does not answer.
    """
    done = Reapplied()
    ledger = context.suppressions.erased
    for some in _groups(found.identities):
        kept = ledger.of({it for one in some for it in found.requests[one]})
        both = find_again(context.means, some, ledger, kept)
        begun: list[tuple[GovernContext, Plan, list[StepResult]]] = []
        for part in filter(None, both):
            means = replace(context.means, choice=part.choice)
            plan = _planned(context, means, part)
            if plan is None:
                continue
            known = plan.problems_digest
            if known and known not in accept_problems:
                context.plans.remove(plan.plan_id)
                done.refused.append("; ".join((*plan.problems, f"--accept-problems {known}")))
                continue
            digest = plan.targets_digest
            flow.approve(means, plan.plan_id, digest, actor, accept_problems=known)
            begun.append((means, plan, list(flow.execute(means, plan.plan_id, digest))))
        for means, plan, results in begun:
            outcome = flow.verify(means, plan.plan_id)
            done.outcomes.append(outcome)
            detail = {
                "identities": len(some),
                "rows": sum(result.rows_changed for result in results),
                "status": outcome.status.value,
                "held": held_rows(results),
            }
            run = plan.subject_request_id
            context.audit.append(actor, "erasure.reapplied", request_id=run, detail=detail)
    return done


def _planned(context: OperatorContext, means: GovernContext, part: FoundPart) -> Plan | None:
    """Return the plan of what *part* would lose; ``None`` where that is nothing."""
    reach = part.reach
    told = [line for lines in doubts(means, part).values() for line in lines]
    plan = draft_plan(
        means,
        PlanScope(reach.subject, reach.given, RequestType.ERASURE.value),
        reach,
        plan_id=secrets.token_hex(16),
        request_id=secrets.token_hex(16),
        problems=[line for line in told if line not in reach.problems()],
    )
    if any(step.rows for step in plan.steps if step.action in DESTRUCTIVE):
        return plan
    context.plans.remove(plan.plan_id)
    return None


def whole(outcomes: Iterable[flow.PlanOutcome]) -> bool:
    """Tell whether nothing was left."""
    return all(outcome.status is RequestStatus.FULFILLED for outcome in outcomes)


class _Look:
    """One look for values that were erased since a moment."""

    def __init__(self, context: OperatorContext, since: float) -> None:
        self._ledger = context.suppressions
        self._datamap = context.datamap
        self._now, self._since = context.clock(), since
        self._erasures = self._ledger.standing(self._now, since, RequestType.ERASURE.value)

    def up(self, dataset: str, some: list[tuple[str, Identity]], found: Returned) -> None:
        """Note which of *some*, collections and what stands there, were erased."""
        ledger = self._ledger
        hashes = [ledger.hashes(identity) for _, identity in some]
        hits = ledger.among([one for known in hashes for one in known], self._now, self._since)
        caseless = self._caseless(dataset)
        lower = [
            ledger.erased.folded(it) if (name, it.type) in caseless else () for name, it in some
        ]
        folded = ledger.erased.among([one for known in lower for one in known])
        for (collection, identity), known, low in zip(some, hashes, lower, strict=True):
            if not names_somebody(identity):
                continue
            like = [
                suppression
                for one in known
                for suppression in hits.get(one, ())
                if suppression.reason == RequestType.ERASURE.value
            ]
            exact = ledger.exact_hashes(identity)
            if low:
                # Of erasures before their values were kept in lower case, too: addresses were.
                exact |= ledger.exact_hashes(
                    msgspec.structs.replace(identity, value=identity.value.lower())
                )
            theirs = {it.request_id for it in like if it.exact in exact}
            theirs |= {it for one in low for it in folded.get(one, ())} & self._erasures
            place = f"{dataset}.{collection}"
            if theirs:
                found.identities.append(identity)
                found.counts[place] += 1
                found.places.setdefault(place, {})[identity] = None
                found.requests.setdefault(identity, set()).update(theirs)
            elif like:
                found.alike[place] += 1

    def _caseless(self, dataset: str) -> set[tuple[str, str]]:
        """Return the collections and types whose values are compared whatever their case."""
        return {
            (name, field.identity)
            for name, mapped in self._datamap.of(dataset).items()
            for field in mapped.fields.values()
            if field.identity and field.match == "ignore-case"
        }


def _groups(identities: list[Identity]) -> Iterator[list[Identity]]:
    for start in range(0, len(identities), TOGETHER):
        yield identities[start : start + TOGETHER]
