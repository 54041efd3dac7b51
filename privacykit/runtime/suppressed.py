"""Brings orders to stop from ``[records]`` to the requests of this process. Does I/O."""

from __future__ import annotations

import time
from collections.abc import Callable

from privacykit.collect.runtime import Runtime
from privacykit.stores.records.consent.orders import NOTHING
from privacykit.stores.records.consents import SqlConsentStore

WHOLE_SECONDS = 3600.0
"""How often all are read anew, so that a database that was restored beneath us is noticed."""


class SuppressedWatch:
    """
    Tells *runtime* who is not to be collected any more; called by the keeper's thread.

    What is new is read by itself: with many people all of it would be read for each of them.

    Args:
        consents: Where the orders are.
        runtime: Whose requests ask.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        consents: SqlConsentStore,
        runtime: Runtime,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consents = consents
        self._runtime = runtime
        self._clock = clock
        self._mark = NOTHING
        self._whole_at = clock()

    def look(self) -> None:
        """
        Read what changed of the orders: new ones, or all of them where one was taken back.

        Raises:
            StoreError: The database failed; those known so far go on holding.
        """
        # Asked before the orders are read: what comes in between is read again at the next look.
        mark, now = self._consents.orders_mark(), self._clock()
        known, is_due = self._mark, now - self._whole_at >= WHOLE_SECONDS
        if mark == known and not is_due:
            return
        if is_due or known == NOTHING or mark.goes_not_on(known):
            self._runtime.suppressed = self._consents.suppressed()
            self._whole_at = now
        else:
            self._runtime.suppressed.add(self._consents.suppressed(after=known))
        self._mark = mark
