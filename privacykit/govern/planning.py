"""
Plan: find every row that a request concerns, say what becomes of it, bind the plan to the rows.

Pure: stores, clock and randomness come with :class:`Means`.

The keys found are stored with the plan and erased with it. The digest over them is keyed by a salt
of the plan's own, so that no log that quotes it can be tested against a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec

from privacykit.errors import StoreError
from privacykit.govern.connector import Connector, Context, Key, Subject, Target, Where
from privacykit.govern.datamap.composite import check_composites
from privacykit.govern.means import Means
from privacykit.govern.ports import Chunk
from privacykit.govern.records import Action, Identity, Plan, PlanStep, RequestType
from privacykit.govern.treatment import HELD, LEFT_ALONE
from privacykit.govern.words import ErasureStrategy

PROPORTION_FROM = 100
"""Below this many rows a proportion says nothing."""

ROUNDS = 5
"""How often what was found may lead to more: an account's e-mail to a newsletter, and on."""

READING = frozenset({RequestType.ACCESS, RequestType.PORTABILITY})
MARKING = frozenset({RequestType.RESTRICTION, RequestType.OBJECTION})
DESTRUCTIVE = frozenset({Action.DELETE, Action.CHANGE, Action.DETACH})


class Bundle(msgspec.Struct, frozen=True):
    """
    Whose plan it is: stored beside it, erased with the targets.

    Attributes:
        selection: Whose or which rows.
        given: The identities as they were given: verification starts from them anew.
        kind: The request type's value, or ``retention``.
        dataset: For a predicate: the dataset it is over.
        changes: For rectification: ``dataset.collection`` to field to new value.
    """

    selection: Subject | Where
    given: tuple[Identity, ...]
    kind: str
    dataset: str = ""
    changes: dict[str, dict[str, Any]] = {}

    def __repr__(self) -> str:
        return f"<Bundle {self.kind}>"


def find_person(means: Means, identities: tuple[Identity, ...]) -> Subject:
    """
    Find everything the person is known by, across all stores.

    Args:
        means: The stores.

        identities: What was given.

    Returns:
        The identities given and found, and the keys of the rows that are the person.

    Raises:
        InputError: A composite identity is none that the map knows.
        StoreError: A store could not be asked: a plan that misses it must not look whole.
    """
    check_composites(means.datamap, identities)
    known = {_name(identity): identity for identity in identities}
    roots: dict[str, dict[Key, None]] = {}
    news = identities
    for _ in range(ROUNDS):
        before = len(known)
        for connector in means.connectors.values():
            found = connector.resolve(news)
            known |= {_name(identity): identity for identity in found.identities}
            for name, keys in found.roots.items():
                roots.setdefault(name, {}).update(dict.fromkeys(keys))
        news = tuple(known.values())[before:]
        if not news:
            break
    return Subject(tuple(known.values()), {name: tuple(keys) for name, keys in roots.items()})


def _name(identity: Identity) -> tuple[object, ...]:
    return identity.type, identity.value, identity.format, identity.parts


def context_of(means: Means, bundle: Bundle, salt: bytes, target: str = "") -> Context:
    """Return what connectors need to know to serve *bundle*, with the holds of this moment."""
    return Context(
        bundle.selection,
        means.clock(),
        means.holds(),
        means.key,
        salt,
        bundle.kind == RequestType.PORTABILITY.value,
        bundle.changes.get(target, {}),
    )


@dataclass
class Draft:
    """A plan in the making: steps as they turn up, targets in chunks."""

    means: Means
    plan_id: str
    digest: Any
    steps: list[PlanStep] = field(default_factory=list)
    places: dict[tuple[str, str, Action, str | None], int] = field(default_factory=dict)
    waiting: dict[int, list[Key]] = field(default_factory=dict)
    ready: list[Chunk] = field(default_factory=list)
    later: list[Chunk] = field(default_factory=list)

    def place(self, connector: Connector, name: str, action: Action, why: str | None) -> int:
        """Return the number of the step for such rows; make it if there is none."""
        key = (connector.dataset, name, action, why)
        if key not in self.places:
            self.places[key] = len(self.steps)
            self.steps.append(connector.step(name, action, why))
        return self.places[key]

    def add(self, number: int, key: Key) -> None:
        """Count a row and, unless it is left alone, remember it."""
        step = self.steps[number]
        self.steps[number] = msgspec.structs.replace(step, rows=step.rows + 1)
        if step.action in {Action.KEEP, Action.EXPORT}:
            return
        keys = self.waiting.setdefault(number, [])
        keys.append(key)
        if len(keys) >= self.means.chunk_rows:
            self.close(number)

    def close(self, number: int) -> None:
        """Turn the rows that wait for step *number* into a chunk."""
        keys = self.waiting.pop(number, [])
        if keys:
            chunk = Chunk(number, len(keys), msgspec.msgpack.encode(keys))
            # Rows that stay let go of rows of their own collection before these are deleted.
            deletes = self.steps[number].action is Action.DELETE
            (self.later if deletes else self.ready).append(chunk)

    def finish(self) -> None:
        """Close what waits of a collection; deletions come last."""
        for number in sorted(self.waiting):
            self.close(number)
        self.ready += self.later
        self.later = []
        self.flush(keep=self.means.chunk_rows)

    def flush(self, keep: int) -> None:
        """Store chunks until at most *keep* rows wait: a small plan is one transaction."""
        if sum(chunk.rows for chunk in self.ready) > keep:
            self.means.plans.add_chunks(self.plan_id, self.hand_over())

    def hand_over(self) -> list[Chunk]:
        """Return the chunks that wait, counted into the digest in the order they are stored."""
        chunks, self.ready = self.ready, []
        for chunk in chunks:
            add_digest(self.digest, chunk)
        return chunks


def new_digest(salt: bytes) -> Any:  # noqa: ANN401 - a hash object
    """Begin the digest over a plan's targets."""
    return blake2b(key=salt, digest_size=16, person=b"privacykit.plan")


def add_digest(digest: Any, chunk: Chunk) -> None:  # noqa: ANN401 - a hash object
    """Add *chunk* to *digest*."""
    digest.update(chunk.step.to_bytes(4, "big") + len(chunk.keys).to_bytes(8, "big") + chunk.keys)


def draft_plan(means: Means, bundle: Bundle, *, plan_id: str, request_id: str) -> Plan:
    """
    Find the rows of *bundle*, store them, and say what will become of them.

    Args:
        means: The stores.

        bundle: Whose or which rows, and for what.

        plan_id: The plan's id.

        request_id: The request it serves.

    Returns:
        The plan, saved. Its *problems* say what it does not reach or must not do; while there are
        any, it is approved only knowingly.
    """
    salt = means.random(32)
    draft = Draft(means, plan_id, new_digest(salt))
    problems: list[str] = []
    for name in means.datamap.datasets:
        if bundle.dataset in {"", name}:
            problems += _dataset(draft, bundle, salt, name)
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
        tuple(problems),
    )
    means.plans.save_plan(plan, msgspec.msgpack.encode(bundle), salt, last)
    return plan


def _dataset(draft: Draft, bundle: Bundle, salt: bytes, name: str) -> Iterator[str]:
    connector = draft.means.connectors.get(name)
    if connector is None:
        yield f"{name}: nothing serves this dataset (PK240)"
        return
    try:
        context = context_of(draft.means, bundle, salt)
        for collection in connector.order():
            _collection(draft, bundle, context, connector, collection)
        yield from _caps(draft, connector)
    except StoreError as error:
        yield f"{name}: {error} (PK241)"
    for mapped in sorted(draft.means.datamap.of(name).keys() - set(connector.order())):
        yield f"{name}.{mapped}: is mapped and not there (PK222)"


def _collection(
    draft: Draft, bundle: Bundle, context: Context, connector: Connector, name: str
) -> None:
    """Find the rows of one collection. One that has none has a step all the same: it answered."""
    whole = f"{connector.dataset}.{name}"
    if isinstance(bundle.selection, Where) and bundle.selection.collection != name:
        return
    if bundle.changes and whole not in bundle.changes:
        return
    deletes = draft.means.datamap.of(connector.dataset)[name].erase == "delete"
    draft.place(connector, name, _usual(bundle, deletes), None)
    for target in connector.find(name, context):
        action, why = route(bundle, draft.means, connector.dataset, name, target)
        draft.add(draft.place(connector, name, action, why), target.key)
    draft.finish()
    _counts(draft, connector.dataset, name)


def _usual(bundle: Bundle, deletes: bool) -> Action:
    """Return what becomes of rows that nothing speaks against: the step that all stores answer."""
    if bundle.kind in {kind.value for kind in READING}:
        return Action.EXPORT
    if bundle.kind in {kind.value for kind in MARKING}:
        return Action.RESTRICT
    if bundle.kind == RequestType.RECTIFICATION.value:
        return Action.RECTIFY
    if isinstance(bundle.selection, Where):
        deletes = bundle.selection.then is ErasureStrategy.DELETE
    return Action.DELETE if deletes else Action.CHANGE


def route(
    bundle: Bundle, means: Means, dataset: str, name: str, target: Target
) -> tuple[Action, str | None]:
    """Say what the request does to a row of the class that the connector found."""
    if bundle.kind in {kind.value for kind in READING}:
        return Action.EXPORT, None
    if bundle.kind in {kind.value for kind in MARKING}:
        mapped = means.datamap.of(dataset)[name]
        objects = bundle.kind == RequestType.OBJECTION.value
        flag = mapped.objection if objects else mapped.restriction
        why = "objection" if objects else None
        return (Action.RESTRICT, why) if flag else (Action.KEEP, "no_mark")
    if bundle.kind == RequestType.RECTIFICATION.value:
        left = target.justification in LEFT_ALONE
        return (Action.KEEP, target.justification) if left else (Action.RECTIFY, None)
    return target.action, target.justification


def _counts(draft: Draft, dataset: str, name: str) -> None:
    """Write the collection's shared and held rows on each of its steps."""
    places = [n for (d, c, _, _), n in draft.places.items() if (d, c) == (dataset, name)]
    shared = sum(draft.steps[n].rows for n in places if draft.steps[n].justification == "shared")
    held = sum(draft.steps[n].rows for n in places if draft.steps[n].justification == HELD)
    for number in places:
        step = draft.steps[number]
        draft.steps[number] = msgspec.structs.replace(
            step, shared_rows=shared, held_rows=held, cost=step.rows
        )


def _caps(draft: Draft, connector: Connector) -> Iterator[str]:
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
