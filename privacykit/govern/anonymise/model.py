"""
The anonymisation plan: which stored fields become what, how many rows, how far a run got. Pure.

Nothing in a plan is a value of a person's but the cursor of a run that is under way: the key of the
last row done, which is dropped when its collection is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from privacykit.govern.words import StoredTreatment

DAY = 86_400.0
LIVES = 7 * DAY
"""Seconds after which a plan that nobody began is made anew: its counts are old."""


class AnonymiseStep(msgspec.Struct, frozen=True):
    """
    One collection of a plan.

    Attributes:
        dataset: The dataset.
        collection: The collection.
        fields: Field to its treatment.
        rows: Rows there when the plan was made.
        held: Those a hold keeps as they are.
        looked_at: Rows that were looked at, for the estimate.
        changing: Those of them that would change.
        seconds: How long it will take, about.
    """

    dataset: str
    collection: str
    fields: dict[str, StoredTreatment]
    rows: int = 0
    held: int = 0
    looked_at: int = 0
    changing: int = 0
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """``dataset.collection``."""
        return f"{self.dataset}.{self.collection}"


class LogFile(msgspec.Struct, frozen=True):
    """
    One log file of a plan.

    Attributes:
        path: Where it is.
        size: Bytes when the plan was made.
    """

    path: str
    size: int


class AnonymisePlan(msgspec.Struct, frozen=True):
    """
    What will be done; the digest over it is what the operator says yes to.

    Attributes:
        plan_id: Random.
        made_at: Unix seconds.
        made_by: Key id of who made it.
        policy: What the treatments go by: address method, parameters of URLs that stay.
        steps: Collections, in order.
        logs: Log files, in order.
    """

    plan_id: str
    made_at: float
    made_by: str
    policy: tuple[str, ...]
    steps: tuple[AnonymiseStep, ...]
    logs: tuple[LogFile, ...] = ()

    @property
    def digest(self) -> str:
        """Hex digest over what the plan does; counts and estimates do not change it."""
        does = (self.plan_id, *shape(self.policy, self.steps), [log.path for log in self.logs])
        data = msgspec.json.encode(does, order="sorted")
        return blake2b(data, digest_size=16, person=b"privacykit.anon").hexdigest()

    @property
    def expires_at(self) -> float:
        """Unix seconds after which it may not be begun."""
        return self.made_at + LIVES


def shape(policy: Sequence[str], steps: Sequence[AnonymiseStep]) -> tuple[object, ...]:
    """Return what two plans have alike that do the same."""
    return list(policy), [(step.name, step.fields) for step in steps]


class StepProgress(msgspec.Struct, frozen=True):
    """
    How far a run got with one collection, or with the log files.

    Attributes:
        after: Key of the last row done; dropped at the end.
        rows: Rows looked at.
        changed: Rows that were written.
        held: Rows a hold keeps as they are.
        unreadable: Rows that could not be read and stay as they are.
        done: Whether the end was reached.
        left: Rows finer than the policy that the check afterwards found; ``None`` before it.
    """

    after: tuple[object, ...] | None = None
    rows: int = 0
    changed: int = 0
    held: int = 0
    unreadable: int = 0
    done: bool = False
    left: int | None = None


class AnonymiseProgress(msgspec.Struct, frozen=True):
    """
    How far a run got.

    Attributes:
        started_at: Unix seconds of the first start; ``None`` while nobody began.
        finished_at: Unix seconds of the end.
        steps: By ``dataset.collection``.
        logs: Path to ``done``, or why the file stays as it is.
    """

    started_at: float | None = None
    finished_at: float | None = None
    steps: dict[str, StepProgress] = {}
    logs: dict[str, str] = {}
