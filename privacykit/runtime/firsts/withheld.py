"""Withheld counts of a process, added to those that operators look up. Asks the store."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from privacykit.collect.counters import Counters
from privacykit.errors import PrivacyKitError
from privacykit.stores.events.withheld import WithheldStore

EVERY_SECONDS = 30.0
"""How often what was counted is written down, the first of a process apart, which are at once."""

FIRST = 100
"""So many of a process are written down at every look: whoever tries it out sees them come."""


class WithheldReport:
    """
    Writes down how many events were withheld; a part of an engine that runs no thread.

    Args:
        counters: Where they are counted.
        store: Returns where they are kept.
        clock: Unix seconds.
    """

    def __init__(
        self, counters: Counters, store: Callable[[], WithheldStore], clock: Callable[[], float]
    ) -> None:
        self._counters = counters
        self._store = store
        self._clock = clock
        self._written: dict[str, int] = {}
        self._at = 0.0

    def look(self) -> None:
        """Write down what is due; where the database fails, the next time."""
        counted = self._counted()
        now = self._clock()
        known = counted.keys() <= self._written.keys() and sum(counted.values()) > FIRST
        if counted == self._written or (known and 0 <= now - self._at < EVERY_SECONDS):
            return
        self._try_to_write(counted, now)

    def start(self) -> None:
        """Count from here on: what a parent of this process counted is the parent's."""
        self._written = self._counted()

    def stop(self, deadline: float) -> None:  # noqa: ARG002 - the shape of a part
        """Write down the rest."""
        self._try_to_write(self._counted(), self._clock())

    def _try_to_write(self, counted: dict[str, int], now: float) -> None:
        grown = {key: n - self._written.get(key, 0) for key, n in counted.items()}
        more = {key: n for key, n in grown.items() if n > 0}
        # A store that fails is told of by the outbox, which is there too.
        with suppress(PrivacyKitError):
            if more:
                self._store().add(more, now)
            self._written, self._at = counted, now

    def _counted(self) -> dict[str, int]:
        found = self._counters.snapshot()
        return {reason: n for (name, reason), n in found.items() if name == "withheld"}
