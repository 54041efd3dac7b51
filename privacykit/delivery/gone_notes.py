"""
Word of accepted events that did not leave, for who looks for them. Does I/O, logs.

It is written beside the counts of events that were not made: whoever misses one looks there.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from privacykit.decide.withheld import Withheld
from privacykit.errors import PrivacyKitError
from privacykit.logs.say import say
from privacykit.stores.events.withheld import WithheldStore


class GoneNotes:
    """
    What one worker says of the events of one sink.

    Args:
        counts: Where they are counted.
        sink: The sink's name; empty for those of all sinks.
    """

    def __init__(self, counts: WithheldStore, sink: str = "") -> None:
        self._counts = counts
        self._whose = f" for the sink '{sink}'" if sink else ""
        self._said: set[Withheld] = set()

    def leave(self, reason: Withheld, n: int, now: float) -> None:
        """
        Count *n* events that are gone for *reason*, and tell the log of the first.

        Where the counts cannot be written the events stay gone, and only the number is lost.

        Args:
            reason: Why they did not leave.
            n: How many.
            now: Unix seconds.
        """
        if not n:
            return
        if reason not in self._said:
            self._said.add(reason)
            told = f"first event{self._whose} gone as '{reason.value}': {reason.words}"
            say(logging.INFO, "%s", told, early=True)
        with suppress(PrivacyKitError):
            self._counts.add({reason.value: n}, now)
