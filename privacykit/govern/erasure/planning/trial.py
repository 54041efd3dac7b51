"""
A plan's own statements, tried and undone before anybody approves it. Pure.

What the database enforces (a unique index, a condition, a trigger that refuses) is known to the
database alone; asked with the very rows, it says so in time. A large step is tried by its first
rows, and the plan says by how many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec.structs import replace

from privacykit.govern.erasure.ports.capability import Trials, Tried
from privacykit.govern.erasure.ports.connector import Connector, Context
from privacykit.govern.erasure.ports.work import Key, Work
from privacykit.govern.records import Action

if TYPE_CHECKING:
    from privacykit.govern.erasure.planning.builder import PlanBuilder
    from privacykit.govern.erasure.planning.store import Chunk

Changes: TypeAlias = dict[str, Any]

TRIED_ROWS = 1000
"""Rows of one step that are tried: their locks are held for about as long as a batch's."""

PAGE = 64
_WRITING = frozenset({Action.DELETE, Action.CHANGE, Action.DETACH, Action.RECTIFY, Action.RESTRICT})


def try_plan(
    draft: PlanBuilder, connector: Connector, context: Context, changes: Mapping[str, Changes]
) -> Iterator[str]:
    """
    Let *connector* do and undo its part of the plan; write on the steps how much was tried.

    Args:
        draft: The plan in the making, with the connector's steps.
        connector: The store.
        context: Whose rows, which holds.
        changes: For rectification: ``dataset.collection`` to field to new value.

    Yields:
        What the store refuses: collection, fields, words and id; never a value.
    """
    work = _work(draft, connector.dataset)
    if not isinstance(connector, Trials) or not work:
        return
    for number, item in work.items():
        draft.steps[number] = replace(draft.steps[number], tried=len(item.keys))
    for together in _batches(list(work.values()), apart=bool(changes)):
        place = f"{connector.dataset}.{together[0].step.collection}"
        told = replace(context, changes=changes.get(place, {}))
        whole = all(len(item.keys) == item.step.rows for item in work.values())
        tried = connector.try_out(together, told, whole=whole)
        _beside(draft, connector.dataset, tried)
        for refusal in tried.refusals:
            fields = f" ({', '.join(refusal.fields)})" if refusal.fields else ""
            where = f"{connector.dataset}.{refusal.collection}{fields}"
            yield f"{where}: {refusal.words} ({refusal.id})"


def _beside(draft: PlanBuilder, dataset: str, tried: Tried) -> None:
    """Write on the plan what happens to other rows than those it names."""
    for number, step in enumerate(draft.steps):
        rows = tried.let_go.get(step.collection, 0)
        if step.dataset == dataset and step.lets_go and rows:
            draft.steps[number] = replace(step, let_go_rows=rows)
    if tried.added:
        draft.notes.append(
            f"{dataset}: triggers add {tried.added} rows: what these keep is no part of the plan"
        )


def _batches(work: list[Work], *, apart: bool) -> list[list[Work]]:
    """Return what is tried in one transaction: all, or collection by collection."""
    return [[item] for item in work] if apart else [work]


def _work(draft: PlanBuilder, dataset: str) -> dict[int, Work]:
    """Return the first rows of every step that writes, in the order in which they are written."""
    found: dict[int, list[Key]] = {}
    for chunk in _chunks(draft):
        step = draft.steps[chunk.step]
        if step.dataset != dataset or step.action not in _WRITING:
            continue
        keys = found.setdefault(chunk.step, [])
        if len(keys) < TRIED_ROWS:
            keys += msgspec.msgpack.decode(chunk.keys, type=list[Key])[: TRIED_ROWS - len(keys)]
    return {number: Work(draft.steps[number], keys) for number, keys in found.items()}


def _chunks(draft: PlanBuilder) -> Iterator[Chunk]:
    """Yield what is stored of the plan already, then what waits."""
    number = 0
    while page := draft.means.plans.chunks(draft.plan_id, number, PAGE):
        yield from page
        number += len(page)
    yield from draft.ready
