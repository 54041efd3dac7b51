"""Brings orders to stop from ``[records]`` to the requests of this process. Does I/O."""

from __future__ import annotations

from privacykit.collect.runtime import Runtime
from privacykit.stores.records.consents import SqlConsentStore


class SuppressedWatch:
    """
    Tells *runtime* who is not to be collected any more; called by the keeper's thread.

    Args:
        consents: Where the orders are.
        runtime: Whose requests ask.
    """

    def __init__(self, consents: SqlConsentStore, runtime: Runtime) -> None:
        self._consents = consents
        self._runtime = runtime
        self._mark: tuple[float, ...] = (0.0, 0.0, 0.0)

    def look(self) -> None:
        """
        Read the orders anew if any changed.

        Raises:
            StoreError: The database failed; those known so far go on holding.
        """
        # Asked before the orders are read: what comes in between is read again at the next look.
        mark = self._consents.orders_mark()
        if mark != self._mark:
            self._runtime.suppressed = self._consents.suppressed()
            self._mark = mark
