"""The plan store, as flow 2 asks for it: plans, their targets, how far a run got. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias

import msgspec

from privacykit.govern.planned import Plan
from privacykit.govern.records import StepResult


class Chunk(msgspec.Struct, frozen=True):
    """
    Some targets of one step. A chunk is done as a whole or not at all.

    Attributes:
        step: Number of the step in the plan.
        rows: How many targets.
        keys: Their keys as MessagePack; personal data.
    """

    step: int
    rows: int
    keys: bytes

    def __repr__(self) -> str:
        return f"<Chunk {self.step} {self.rows}>"


class Lease(msgspec.Struct, frozen=True):
    """
    The right to carry out a plan, one run's at a time.

    Attributes:
        owner: Who runs.
        until: Unix seconds; 0 gives it back.
        now: Unix seconds: a lease that ended by then is anybody's.
    """

    owner: str
    until: float
    now: float


Results: TypeAlias = tuple[StepResult, ...]
Advance: TypeAlias = Callable[[Results], Sequence[StepResult]]


class PlanStore(Protocol):
    """
    Plans and what belongs to them, in ``[records]``. Synchronous; each call is one transaction.

    Chunks, *whose* and *salt* are personal data: ``forget`` erases them when the plan is over.
    """

    def add_chunks(self, plan_id: str, chunks: Iterable[Chunk]) -> None:
        """Append *chunks*, in order; they belong to nothing until ``save_plan``."""
        ...

    def save_plan(self, plan: Plan, whose: bytes, salt: bytes, chunks: Iterable[Chunk]) -> None:
        """
        Append the last *chunks* and make the plan visible.

        Args:
            plan: The plan.
            whose: The selection and changes as MessagePack.
            salt: Key of the digest and of the strategies *hash* and *random*.
            chunks: The last targets.
        """
        ...

    def load_plan(self, plan_id: str) -> tuple[Plan, bytes, bytes] | None:
        """Return plan, *whose* and *salt* (both empty once forgotten), or ``None``."""
        ...

    def replace_plan(self, plan: Plan) -> None:
        """Replace the plan's own record (its approval); chunks, *whose* and *salt* stay."""
        ...

    def chunks(self, plan_id: str, first: int, most: int) -> Sequence[Chunk]:
        """Return the plan's chunks from number *first* on (0 is the first), at most so many."""
        ...

    def advance(self, plan_id: str, lease: Lease, how: Advance) -> Results | None:
        """
        Take or renew the lease on executing the plan and replace its results; one transaction.

        Args:
            plan_id: Which.
            lease: Who runs.
            how: Makes the new results of those that stand.

        Returns:
            The new results; ``None``, and nothing done, while another holds the lease.
        """
        ...

    def release(self, plan_id: str, owner: str) -> None:
        """Give the lease back."""
        ...

    def progress(self, plan_id: str) -> Results:
        """Return the results so far, one per step of the plan; ``()`` before the first run."""
        ...

    def save_progress(self, plan_id: str, results: Sequence[StepResult]) -> None:
        """Replace the results; committed when this returns."""
        ...

    def forget(self, plan_id: str) -> None:
        """Erase chunks, *whose* and *salt* of the plan; plan and results stay."""
        ...
