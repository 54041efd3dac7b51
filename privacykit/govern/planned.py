"""The plan of a request and its steps: what will become of which rows. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from privacykit.govern.words import (
    Action,
    Effect,
    ErasureStrategy,
)


class PlanStep(msgspec.Struct, frozen=True):
    """
    One thing a plan will do to one collection.

    Attributes:
        dataset: The dataset.
        collection: The collection.
        action: What is done to the rows.
        strategy: The strategy that decides it, ``keep`` for rows left alone.
        rows: Rows found for this step; their keys are the step's targets.
        shared_rows: Of the collection's rows of this person, those also somebody else's.
        held_rows: Those under a hold.
        effect: The level this step can reach in this store.
        cost: Estimated rows read, for ordering and for the reader.
        cost_model: ``point`` where an index finds the rows, ``scan`` where everything is read.
        fields: What happens to which field, ``(field, strategy)``, where rows are changed.
        justification: Why rows are kept, detached or left (a reason code or citation).
        tried: Of these rows, how many the store was made to change and to change back.
        lets_go: Keys that are emptied, maybe in others' rows; *let_go_rows*: in how many, if tried.
    """

    dataset: str
    collection: str
    action: Action
    strategy: ErasureStrategy
    rows: int
    shared_rows: int = 0
    held_rows: int = 0
    effect: Effect = Effect.LOGICAL
    cost: int = 0
    cost_model: Literal["point", "scan"] = "point"
    fields: tuple[tuple[str, ErasureStrategy], ...] = ()
    justification: str | None = None
    tried: int = 0
    lets_go: tuple[str, ...] = ()
    let_go_rows: int = 0


class Plan(msgspec.Struct, frozen=True):
    """
    What will be done, bound to the very rows it was shown for.

    Attributes:
        plan_id: Random.
        subject_request_id: The request it serves; a retention run's id for retention.
        kind: The request type's value, or ``retention``.
        created_at: Unix seconds.
        expires_at: After this it must be made anew.
        steps: In order of execution.
        targets_digest: Keyed BLAKE2b over the stored target keys; the key is erased with them.
        problems: Why it must not be approved (caps exceeded, a second person), in plain words.
        notes: What was left, and why, in plain words; nothing that needs a yes.
        problems_digest: What a yes to *problems* has to name: these rows of people, these words.
        approved_by: Key id of the operator, once approved.
        approved_at: Unix seconds, once approved.
    """

    plan_id: str
    subject_request_id: str
    kind: str
    created_at: float
    expires_at: float
    steps: tuple[PlanStep, ...]
    targets_digest: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems_digest: str = ""
    approved_by: str | None = None
    approved_at: float | None = None
