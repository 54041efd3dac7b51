"""
Word of accepted events that did not arrive, for who looks for them. Does I/O, logs.

It is written beside the counts of events that were not made: whoever misses one looks there.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from privacykit.decide.withheld import LOST, Withheld
from privacykit.errors import PrivacyKitError
from privacykit.logs.say import say
from privacykit.stores.events.withheld import WithheldStore
from privacykit.stores.outbox.losses import SinkLosses


class GoneNotes:
    """
    What one worker says of the events of one sink.

    Args:
        counts: Where they are counted.
        sink: The sink's name; empty for those of all sinks.
        losses: Where those that left are counted by sink too.
    """

    def __init__(
        self, counts: WithheldStore, sink: str = "", losses: SinkLosses | None = None
    ) -> None:
        self._counts = counts
        self._losses = losses
        self._sink = sink
        self._whose = f" for the sink '{sink}'" if sink else ""
        self._said: set[tuple[Withheld, str]] = set()

    def leave(self, reason: Withheld, n: int, now: float, why: str = "") -> None:
        """
        Count *n* events that are gone for *reason*, and tell the log of the first.

        Where the counts cannot be written the events stay gone, and only the number is lost.

        Args:
            reason: Why they did not arrive.
            n: How many.
            now: Unix seconds.
            why: The backend's own reason, in a word of ours.
        """
        if not n:
            return
        lost = reason in LOST
        if (reason, why) not in self._said:
            self._said.add((reason, why))
            so = f"{reason.value} ({why})" if why else reason.value
            told = f"first event{self._whose} gone as '{so}': {reason.words}"
            say(logging.WARNING if lost else logging.INFO, "%s", told, early=True)
        with suppress(PrivacyKitError):
            self._counts.add({reason.value: n}, now)
            if lost and self._losses is not None:
                self._losses.add(self._sink, why or reason.value, n, now)
