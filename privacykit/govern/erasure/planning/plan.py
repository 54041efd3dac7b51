"""
Plan: find every row that a request concerns, say what becomes of it, bind the plan to the rows.

Pure: stores, clock and randomness come with :class:`GovernContext`.

The keys found are stored with the plan and erased with it. The digest over them is keyed by a salt
of the plan's own, so that no log that quotes it can be tested against a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

import msgspec

from privacykit.errors import StoreError
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.planning.builder import PlanBuilder
from privacykit.govern.erasure.planning.trial import try_plan
from privacykit.govern.erasure.ports.capability import Foretells, Unchanging
from privacykit.govern.erasure.ports.connector import Connector, Context, Subject
from privacykit.govern.erasure.ports.work import Target
from privacykit.govern.erasure.treatment import CO_OWNED, HELD, LEFT_ALONE, REFERENCED, SEEN
from privacykit.govern.identity.doubts.doubt import taken
from privacykit.govern.identity.doubts.named_apart import named_apart
from privacykit.govern.identity.reach import NOBODY, Reach
from privacykit.govern.identity.unconfirmed import (
    UNCONFIRMED,
    are_hanging,
    hanging_words,
    lost,
    not_reached,
    not_reached_words,
    unconfirmed,
    unconfirmed_words,
)
from privacykit.govern.planned import Plan
from privacykit.govern.records import Action, Identity, RequestType
from privacykit.govern.requests.lifecycle import NO_MARK

PROPORTION_FROM = 100
"""Below this many rows a proportion says nothing."""


KEPT_BECAUSE = LEFT_ALONE | {REFERENCED, NO_MARK, UNCONFIRMED}
"""Why rows stay, beside the reasons that a data map names: each needs words for people."""

READING = frozenset({RequestType.ACCESS, RequestType.PORTABILITY})
MARKING = frozenset({RequestType.RESTRICTION, RequestType.OBJECTION})
DESTRUCTIVE = frozenset({Action.DELETE, Action.CHANGE, Action.DETACH})


class PlanScope(msgspec.Struct, frozen=True):
    """
    Whose plan it is: stored beside it, erased with the targets.

    Attributes:
        subject: Whose rows.
        given: The identities as they were given: verification starts from them anew.
        kind: The request type's value.
        changes: For rectification: ``dataset.collection`` to field to new value.
    """

    subject: Subject
    given: tuple[Identity, ...]
    kind: str
    changes: dict[str, dict[str, Any]] = {}

    def __repr__(self) -> str:
        return f"<PlanScope {self.kind}>"


def context_of(means: GovernContext, bundle: PlanScope, salt: bytes, target: str = "") -> Context:
    """Return what connectors need to know to serve *bundle*, with the holds of this moment."""
    return Context(
        bundle.subject,
        means.clock(),
        means.holds(),
        means.key,
        salt,
        bundle.kind == RequestType.PORTABILITY.value,
        bundle.changes.get(target, {}),
    )


def new_digest(salt: bytes) -> Any:  # noqa: ANN401 - a hash object
    """Begin the digest over a plan's targets."""
    return blake2b(key=salt, digest_size=16, person=b"privacykit.plan")


def draft_plan(
    means: GovernContext,
    bundle: PlanScope,
    reach: Reach = NOBODY,
    *,
    plan_id: str,
    request_id: str,
    problems: Iterable[str] = (),
) -> Plan:
    """
    Find the rows of *bundle*, store them, and say what will become of them.

    Args:
        means: The stores.
        bundle: Whose or which rows, and for what.
        reach: Whom the identities given reach: a second person is a problem.
        plan_id: The plan's id.
        request_id: The request it serves.
        problems: What is wrong besides.

    Returns:
        The plan, saved. Its *problems* say what it does not reach or must not do; while there are
        any, it is approved only knowingly.
    """
    salt = means.random(32)
    draft = PlanBuilder(means, plan_id, new_digest(salt))
    found = [*reach.problems(), *problems, *taken(means, reach, bundle.changes)]
    for name in means.datamap.datasets:
        found += _dataset(draft, bundle, salt, name, alone=bool(reach.given) and not reach.several)
    found += draft.problems
    if bundle.kind == RequestType.ERASURE.value:
        draft.notes += _not_reached(draft)
        draft.steps += means.kept_by_us((*bundle.given, *bundle.subject.identities))
    now = means.clock()
    last = draft.hand_over()
    plan = Plan(
        plan_id,
        request_id,
        bundle.kind,
        now,
        now + means.plan_seconds,
        tuple(draft.steps),
        draft.digest.hexdigest(),
        tuple(found),
        (*reach.notes, *draft.notes, *_let_go(draft)),
        reach.digest(means.key, found),
    )
    means.plans.save_plan(plan, msgspec.msgpack.encode(bundle), salt, last)
    return plan


def _not_reached(draft: PlanBuilder) -> Iterator[str]:
    """Say which fields of rows that stay may name the person, and are not touched."""
    datamap = draft.means.datamap
    for step in draft.steps:
        for name in not_reached(datamap, step):
            yield not_reached_words(f"{step.dataset}.{step.collection}.{name}", step.rows)


def _let_go(draft: PlanBuilder) -> Iterator[str]:
    """Say which keys of other rows are emptied: the rows stay, and may be anybody's."""
    for step in draft.steps:
        if step.let_go_rows:
            gone, least = f"{step.dataset}.{step.collection}", step.tried < step.rows
            keys = " and ".join(f"{step.dataset}.{key}" for key in step.lets_go)
            rows = f"{'at least ' if least else ''}{step.let_go_rows} rows, maybe of others,"
            yield f"{keys}: emptied in {rows} that point at rows of {gone} that go"


def _dataset(
    draft: PlanBuilder, bundle: PlanScope, salt: bytes, name: str, *, alone: bool
) -> Iterator[str]:
    connector = draft.means.connectors.get(name)
    if connector is None:
        yield f"{name}: nothing serves this dataset (PK240)"
        return
    try:
        context = context_of(draft.means, bundle, salt)
        if alone:
            yield from named_apart(draft.means.datamap, connector, context)
        for collection in connector.order():
            _collection(draft, bundle, context, connector, collection)
        yield from try_plan(draft, connector, context, bundle.changes)
        yield from _unchangeable(draft, connector)
        draft.notes += _outlook(draft, connector, context)
        yield from _caps(draft, connector)
    except StoreError as error:
        yield f"{name}: {error} (PK241)"
    for mapped in sorted(draft.means.datamap.of(name).keys() - set(connector.order())):
        yield f"{name}.{mapped}: is mapped and not there (PK222)"


def _collection(
    draft: PlanBuilder, bundle: PlanScope, context: Context, connector: Connector, name: str
) -> None:
    """Find the rows of one collection. One that has none has a step all the same: it answered."""
    whole = f"{connector.dataset}.{name}"
    if bundle.changes and whole not in bundle.changes:
        return
    deletes = draft.means.datamap.of(connector.dataset)[name].erase == "delete"
    draft.place(connector, name, _usual(bundle, deletes), None)
    mine = found = hangs = 0
    for target in draft.means.choice.targets(connector, name, context):
        found += 1
        action, why = route(bundle, draft.means, connector.dataset, name, target)
        draft.add(draft.place(connector, name, action, why), target.key)
        mine += target.justification not in SEEN
        hangs += are_hanging(draft.means.datamap, connector.dataset, name, target.justification)
    draft.finish()
    if hangs:
        draft.notes.append(hanging_words(draft.means.datamap, connector.dataset, name, hangs))
    draft.problems += lost(bundle.subject, whole, found)
    if left := unconfirmed(draft.means, connector, name, context, mine):
        number = draft.place(connector, name, Action.KEEP, UNCONFIRMED)
        draft.steps[number] = msgspec.structs.replace(draft.steps[number], rows=left)
        draft.notes.append(unconfirmed_words(whole, left))
    _counts(draft, connector.dataset, name)


def _unchangeable(draft: PlanBuilder, connector: Connector) -> Iterator[str]:
    """Say which values a store will not change in rows that stay since others point at them."""
    if not isinstance(connector, Unchanging):
        return
    for step in draft.steps:
        if (step.dataset, step.justification) == (connector.dataset, REFERENCED) and step.rows:
            fixed = connector.unchangeable(step.collection)
            if fields := [name for name, _ in step.fields if name in fixed]:
                place = f"{step.dataset}.{step.collection} ({', '.join(fields)})"
                words = "the store changes no value with an index in a row that others point at"
                yield f"{place}: {words} (PK272)"


def _outlook(draft: PlanBuilder, connector: Connector, context: Context) -> Iterator[str]:
    """Say what a store does besides the rows: files written anew, old versions that show them."""
    if connector.cost_model == "scan" and isinstance(connector, Foretells):
        steps = (s for s in draft.steps if s.dataset == connector.dataset)
        touched = dict.fromkeys(s.collection for s in steps if s.rows and s.action in DESTRUCTIVE)
        for collection in touched:
            yield from connector.outlook(collection, context)


def _usual(bundle: PlanScope, deletes: bool) -> Action:
    """Return what becomes of rows that nothing speaks against: the step that all stores answer."""
    if bundle.kind in {kind.value for kind in READING}:
        return Action.EXPORT
    if bundle.kind in {kind.value for kind in MARKING}:
        return Action.RESTRICT
    if bundle.kind == RequestType.RECTIFICATION.value:
        return Action.RECTIFY
    return Action.DELETE if deletes else Action.CHANGE


def route(
    bundle: PlanScope, means: GovernContext, dataset: str, name: str, target: Target
) -> tuple[Action, str | None]:
    """Say what the request does to a row of the class that the connector found."""
    if bundle.kind in {kind.value for kind in READING}:
        return Action.EXPORT, None
    if bundle.kind in {kind.value for kind in MARKING}:
        mapped = means.datamap.of(dataset)[name]
        if target.justification in SEEN or (mapped.subject and target.justification in CO_OWNED):
            return Action.KEEP, target.justification
        objects = bundle.kind == RequestType.OBJECTION.value
        flag = mapped.objection if objects else mapped.restriction
        why = "objection" if objects else None
        return (Action.RESTRICT, why) if flag else (Action.KEEP, NO_MARK)
    if bundle.kind == RequestType.RECTIFICATION.value:
        left = target.justification in LEFT_ALONE
        return (Action.KEEP, target.justification) if left else (Action.RECTIFY, None)
    return target.action, target.justification


def _counts(draft: PlanBuilder, dataset: str, name: str) -> None:
    """Write the collection's shared and held rows on each of its steps."""
    places = [n for (d, c, _, _), n in draft.places.items() if (d, c) == (dataset, name)]
    shared = sum(draft.steps[n].rows for n in places if draft.steps[n].justification in CO_OWNED)
    held = sum(draft.steps[n].rows for n in places if draft.steps[n].justification == HELD)
    for number in places:
        step = draft.steps[number]
        draft.steps[number] = msgspec.structs.replace(
            step, shared_rows=shared, held_rows=held, cost=step.rows
        )


def _caps(draft: PlanBuilder, connector: Connector) -> Iterator[str]:
    settings = draft.means.datamap.datasets[connector.dataset]
    rows: dict[str, int] = {}
    for step in draft.steps:
        if step.dataset == connector.dataset and step.action in DESTRUCTIVE:
            rows[step.collection] = rows.get(step.collection, 0) + step.rows
    if sum(rows.values()) > settings.max_rows:
        yield f"{connector.dataset}: more than max_rows = {settings.max_rows} rows (PK242)"
    for name, count in rows.items():
        if count >= PROPORTION_FROM and count > settings.max_proportion * connector.size(name):
            share = f"max_proportion = {settings.max_proportion}"
            yield f"{connector.dataset}.{name}: more than {share} of its rows (PK243)"
