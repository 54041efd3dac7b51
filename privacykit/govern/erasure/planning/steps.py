"""Describe a step of a plan from the map: the same words whatever the store. Pure."""

from __future__ import annotations

from typing import Literal

from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.strategies import strategy_effect
from privacykit.govern.erasure.treatment import OWN, treat
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Action, Effect
from privacykit.govern.words import ErasureStrategy


def describe_step(
    ownership: Ownership,
    collection: str,
    action: Action,
    justification: str | None,
    *,
    reach: Effect,
    cost_model: Literal["point", "scan"],
) -> PlanStep:
    """
    Say what *action* does to rows of a class.

    Args:
        ownership: The dataset's ties.
        collection: The collection.
        action: What is done.
        justification: The class of the rows; ``None`` for the person's own.
        reach: The level that the store can be planned to reach.
        cost_model: Whether an index finds the rows, or everything is read.
    """
    _, changes = treat(ownership, collection, justification or OWN)
    fields = tuple((change.column.name, change.strategy) for change in changes)
    strategy, effect = ErasureStrategy.KEEP, Effect.NONE
    if action is Action.DELETE:
        strategy, effect = ErasureStrategy.DELETE, reach
    elif action is Action.DETACH:
        strategy, effect = ErasureStrategy.DETACH, reach
    elif action is Action.CHANGE and changes:
        strategy, effect = changes[0].strategy, reach
    written = fields if action in {Action.CHANGE, Action.DETACH} else ()
    levels = {strategy_effect(kind, effect) for _, kind in written}
    return PlanStep(
        ownership.dataset,
        collection,
        action,
        strategy,
        rows=0,
        effect=Effect.PSEUDONYMISED if Effect.PSEUDONYMISED in levels else effect,
        cost_model=cost_model,
        fields=written,
        justification=justification,
        lets_go=_lets_go(ownership, collection) if action is Action.DELETE else (),
    )


def _lets_go(ownership: Ownership, collection: str) -> tuple[str, ...]:
    """Name the keys that the map allows to be emptied when what they point at goes."""
    return tuple(
        f"{source}.{column}"
        for source, key in ownership.incoming(collection)
        if ownership.may_detach(source, key)
        for column in key.columns
    )
