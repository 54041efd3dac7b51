"""Plans in memory, for tests of flow 2 and of connectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from privacykit.govern.erasure.planning.store import Advance, Chunk, Lease, Results
from privacykit.govern.planned import Plan
from privacykit.govern.records import StepResult


class MemoryPlans:
    """
    A :class:`~privacykit.govern.erasure.planning.store.PlanStore` that forgets with the process.

    Attributes:
        commits: How many transactions it made, for budgets.
    """

    def __init__(self) -> None:
        self.commits = 0
        self._plans: dict[str, Plan] = {}
        self._chunks: dict[str, list[Chunk]] = {}
        self._whose: dict[str, tuple[bytes, bytes]] = {}
        self._results: dict[str, Results] = {}
        self._leases: dict[str, tuple[str, float]] = {}

    def add_chunks(self, plan_id: str, chunks: Iterable[Chunk]) -> None:
        """Append *chunks*."""
        self.commits += 1
        self._chunks.setdefault(plan_id, []).extend(chunks)

    def save_plan(self, plan: Plan, whose: bytes, salt: bytes, chunks: Iterable[Chunk]) -> None:
        """Append the last *chunks* and make the plan visible."""
        self.commits += 1
        self._chunks.setdefault(plan.plan_id, []).extend(chunks)
        self._plans[plan.plan_id] = plan
        self._whose[plan.plan_id] = (whose, salt)

    def load_plan(self, plan_id: str) -> tuple[Plan, bytes, bytes] | None:
        """Return plan, *whose* and *salt*, or ``None``."""
        plan = self._plans.get(plan_id)
        return None if plan is None else (plan, *self._whose.get(plan_id, (b"", b"")))

    def replace_plan(self, plan: Plan) -> None:
        """Replace the plan's own record."""
        self.commits += 1
        self._plans[plan.plan_id] = plan

    def chunks(self, plan_id: str, first: int, most: int) -> Sequence[Chunk]:
        """Return the plan's chunks from number *first* on (0 is the first), at most so many."""
        return self._chunks.get(plan_id, [])[first : first + most]

    def advance(self, plan_id: str, lease: Lease, how: Advance) -> Results | None:
        """Take or renew the lease and replace the results."""
        holder, end = self._leases.get(plan_id, (lease.owner, 0.0))
        if holder != lease.owner and end > lease.now:
            return None
        self._leases[plan_id] = (lease.owner, lease.until)
        self.save_progress(plan_id, how(self.progress(plan_id)))
        return self.progress(plan_id)

    def release(self, plan_id: str, owner: str) -> None:
        """Give the lease back."""
        if self._leases.get(plan_id, ("", 0.0))[0] == owner:
            del self._leases[plan_id]

    def progress(self, plan_id: str) -> Results:
        """Return the results so far."""
        return self._results.get(plan_id, ())

    def save_progress(self, plan_id: str, results: Sequence[StepResult]) -> None:
        """Replace the results."""
        self.commits += 1
        self._results[plan_id] = tuple(results)

    def forget(self, plan_id: str) -> None:
        """Erase chunks, *whose* and *salt*."""
        self.commits += 1
        self._chunks.pop(plan_id, None)
        self._whose.pop(plan_id, None)
