"""The leases of plans that wait for one pass: renewed by a thread as long as the pass lasts."""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self

from privacykit.errors import StoreError
from privacykit.govern.erasure.context import LEASE_SECONDS, GovernContext
from privacykit.govern.erasure.planning.store import Lease, Results

EVERY = LEASE_SECONDS / 4
"""Seconds between renewals: three may fail before another run may take over."""


class KeptLeases:
    """
    The leases of one pass; given back at its end, however it ends.

    A pass over a lake may last hours, a lease two minutes. What another run has taken over
    meanwhile is not taken back: to go on with it fails then.

    Args:
        means: Where plans live, the clock, and who runs.
        every: Seconds between renewals.
    """

    def __init__(self, means: GovernContext, every: float = EVERY) -> None:
        self._means = means
        self._every = every
        self._plans: tuple[str, ...] = ()
        self._over = Event()
        self._thread = Thread(target=self._renew_all, name="privacykit-leases", daemon=True)

    def keep(self, plan_id: str) -> None:
        """Renew from now on the lease that this run has on a plan."""
        self._plans = (*self._plans, plan_id)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        for plan_id in self._plans:
            with suppress(StoreError):  # it ends by itself then
                self._means.plans.release(plan_id, self._means.owner)

    def _renew_all(self) -> None:
        while not self._over.wait(self._every):
            for plan_id in self._plans:
                now = self._means.clock()
                lease = Lease(self._means.owner, now + LEASE_SECONDS, now)
                with suppress(StoreError):  # asked again in a moment
                    self._means.plans.advance(plan_id, lease, _as_they_are)


def _as_they_are(results: Results) -> Results:
    return results
