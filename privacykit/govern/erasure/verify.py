"""
Verify: look again with fresh eyes, then reach the level that was asked. Pure.

Independent of the plan: it begins with the identities as they were given, knows no target, and
searches their values in every text column of every table, mapped or not; then, where the level
claims it, in the bytes. What it finds is either explained (kept, held, shared, a part of a longer
value) or an open end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from privacykit.errors import StoreError
from privacykit.govern.datamap import DataMap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.planning.opened import Opened
from privacykit.govern.erasure.planning.plan import context_of
from privacykit.govern.erasure.ports.connector import Connector, Subject
from privacykit.govern.erasure.ports.work import Hit, Settled
from privacykit.govern.erasure.strategies import strategy_effect
from privacykit.govern.erasure.whole_values import INSIDE
from privacykit.govern.identity.find_person import found_again
from privacykit.govern.identity.types import WEAK_IDENTITIES
from privacykit.govern.identity.unconfirmed import not_reached, not_reached_words
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import (
    STANDS_YET,
    Action,
    Effect,
    Evidence,
    Identity,
    RequestType,
    StepResult,
)

SHORTEST_VALUE = 6
"""Shorter values (a customer number) stand in rows of everybody; they are found by key only."""

LONGER = "hold a longer value, of which one is a part"
"""Words of evidence for what is most likely somebody else's, and is shown to be looked at."""


def search_values(identities: Sequence[Identity]) -> tuple[str, ...]:
    """
    Return the values worth searching for: written out, and long enough to mean one person.

    A part of a composite identity is none: a name or a day of birth is somebody else's too.
    """
    named = (it for it in identities if it.type not in WEAK_IDENTITIES and names_somebody(it))
    found = {it.value.strip() for it in named}
    return tuple(sorted(value for value in found if len(value) >= SHORTEST_VALUE))


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """
    What verification saw in one store.

    Attributes:
        remaining: Rows that are still the person's though they were to go.
        hits: Values found.
        settled: The level reached.
        error: Why it could not look.
        notes: Where values stand that others may have too.
    """

    remaining: Mapping[str, int]
    hits: tuple[Hit, ...] = ()
    settled: Settled | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()


UNSERVED = StoreCheck({}, error="nothing serves this dataset (PK240)")


def verify(
    means: GovernContext, opened: Opened, results: Sequence[StepResult], *, deep: bool = True
) -> list[StepResult]:
    """
    Look whether what was to go is gone, and write into the results what was seen.

    Args:
        means: The stores.
        opened: The plan.
        results: What execution says it did.
        deep: Whether to read every text column; without it only keys and indexes are asked, and
            the result says so.

    Returns:
        The results with effect and evidence. A row still found takes ``finished_at`` away: it is
        not done.
    """
    # Only after an erasure must something be gone; what others wrote, their counts tell.
    if opened.bundle.kind != RequestType.ERASURE.value:
        return list(results)
    judged = list(results)
    for name in dict.fromkeys(result.dataset for result in results):
        if name not in means.datamap.datasets:
            continue  # foreseen for a store of ours, which is looked at by itself
        numbers = [n for n, result in enumerate(results) if result.dataset == name]
        connector = means.connectors.get(name)
        verdict = UNSERVED
        if connector is not None:
            verdict = _store(means, opened, connector, results, deep=deep)
        for number, result in _judge(means.datamap, opened, verdict, numbers, results, deep=deep):
            judged[number] = result
    return judged


def _store(
    means: GovernContext,
    opened: Opened,
    connector: Connector,
    results: Sequence[StepResult],
    *,
    deep: bool,
) -> StoreCheck:
    try:
        remaining = _remaining(means, opened, connector)
        hits: tuple[Hit, ...] = ()
        notes: tuple[str, ...] = ()
        subject = opened.bundle.subject
        context = context_of(means, opened.bundle, opened.salt)
        values = search_values((*subject.identities, *subject.known))
        if deep and values:
            hits = tuple(connector.search(values, context))
            own = search_values(subject.identities)
            if own != values and any(hit.explained is None for hit in hits):
                # What others may have too is no proof that something of the person is left.
                more, values = hits, own
                hits = tuple(connector.search(values, context)) if values else ()
                notes = tuple(_may_be_others(more, hits))
        touched = sorted(
            {r.collection for r in results if r.dataset == connector.dataset and r.cursor}
        )
        settled = None
        if touched:
            asked = means.datamap.datasets[connector.dataset].effect
            # What may stay somewhere cannot be claimed to be in no byte.
            markers = () if any(hit.explained for hit in hits) else values
            settled = connector.settle(touched, asked if deep else Effect.LOGICAL, markers)
            settled = _qualified(settled, markers, values)
    except StoreError as error:
        return StoreCheck({}, error=str(error))
    return StoreCheck(remaining, hits, settled, notes=notes)


def _may_be_others(more: Sequence[Hit], own: Sequence[Hit]) -> Iterator[str]:
    """Say where values stand that the person has, and others may have: nobody knows whose."""
    told = {(hit.collection, hit.field): hit.rows for hit in own if hit.explained is None}
    for hit in more:
        rows = hit.rows - told.get((hit.collection, hit.field), 0)
        if hit.explained is None and rows > 0:
            place = f"{hit.collection}.{hit.field}"
            yield f"{place}: {rows} rows carry a value that others may have too"


def _qualified(settled: Settled, markers: Sequence[str], values: Sequence[str]) -> Settled:
    if settled.effect is Effect.ERASED and values and not markers:
        note = "rows that stay hold the same values or longer ones, so that bytes prove nothing"
        return Settled(Effect.LOGICAL, settled.bytes_searched, 0, (note, *settled.remains))
    return settled


def _remaining(means: GovernContext, opened: Opened, connector: Connector) -> dict[str, int]:
    """Count what a new plan would still delete, identities looked up anew."""
    before = opened.bundle.subject
    fresh = found_again(connector, opened.bundle.given, means.choice.has)
    roots = {
        name: tuple(dict.fromkeys((*before.roots.get(name, ()), *fresh.roots.get(name, ()))))
        for name in before.roots.keys() | fresh.roots.keys()
    }
    subject = Subject(fresh.identities, roots, (*before.known, *fresh.known))
    bundle = replace(opened.bundle, subject=subject)
    planned = {s.collection for s in opened.plan.steps if s.dataset == connector.dataset}
    found: dict[str, int] = {}
    for name in connector.order():
        if name in planned:
            context = context_of(means, bundle, opened.salt)
            targets = means.choice.targets(connector, name, context)
            found[name] = sum(1 for target in targets if target.action is Action.DELETE)
    return found


def _judge(
    datamap: DataMap,
    opened: Opened,
    verdict: StoreCheck,
    numbers: Sequence[int],
    results: Sequence[StepResult],
    *,
    deep: bool,
) -> Iterator[tuple[int, StepResult]]:
    """Write what was seen in one store into its results; each finding is told once."""
    told: set[str] = set()
    planned = {results[number].collection for number in numbers}
    for number in numbers:
        result, step = results[number], opened.plan.steps[number]
        if verdict.error:
            yield number, replace(result, error=result.error or verdict.error)
            continue
        # What stands in tables that the plan knows nothing of is told with the first step.
        mine = {result.collection} | ({h.collection for h in verdict.hits} - planned)
        hits = [hit for hit in verdict.hits if hit.collection in mine - told]
        left = 0 if result.collection in told else verdict.remaining.get(result.collection, 0)
        told |= mine
        unclear = () if result.error else not_reached(datamap, step)
        evidence = _evidence(verdict, result, hits, left, unclear, deep=deep)
        seen = replace(result, effect=_effect(verdict, step, result), evidence=evidence)
        yield number, replace(seen, error=seen.error or "rows remain") if left else seen


def _evidence(
    verdict: StoreCheck,
    result: StepResult,
    hits: Sequence[Hit],
    left: int,
    unclear: Sequence[str],
    *,
    deep: bool,
) -> Evidence:
    open_ends = [hit for hit in hits if hit.explained is None]
    remains = [f"{hit.collection}.{hit.field}: {hit.rows} rows {STANDS_YET}" for hit in open_ends]
    longer = (hit for hit in hits if hit.explained == INSIDE)
    remains += [f"{hit.collection}.{hit.field}: {hit.rows} rows {LONGER}" for hit in longer]
    remains += [
        not_reached_words(f"{result.collection}.{name}", result.rows_matched) for name in unclear
    ]
    settled = verdict.settled if result.cursor else None
    if result.cursor:
        remains += verdict.notes
    if settled:
        remains += settled.remains
    if not deep:
        remains.append("text columns were not searched")
    return Evidence(
        verify_query_count=left + sum(hit.rows for hit in open_ends),
        explained=sum(hit.rows for hit in hits if hit.explained is not None),
        bytes_searched=settled.bytes_searched if settled else 0,
        byte_hits=settled.byte_hits if settled else 0,
        remains=tuple(remains),
    )


def _effect(verdict: StoreCheck, step: PlanStep, result: StepResult) -> Effect:
    """Return the weakest level of what was written; nothing written has none."""
    if verdict.settled is None or not result.cursor:
        return Effect.NONE
    reached = verdict.settled.effect
    levels = {strategy_effect(strategy, reached) for _, strategy in step.fields}
    return Effect.PSEUDONYMISED if Effect.PSEUDONYMISED in levels else reached
