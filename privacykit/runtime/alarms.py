"""
Alarms: what of ours fails, said once while it lasts and once when it is over (P9). Logs.

Requests only count what went wrong with them; the keeper's thread looks at the counts from time to
time and tells the operator. No line holds anything of a request.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from privacykit.collect.counters import Counters
from privacykit.errors import PrivacyKitError
from privacykit.logs.say import say

QUIET_SECONDS = 300.0
"""How long nothing more must have failed before we say that it works again."""

FAILURES: Mapping[str, str] = {
    "error": "we failed; requests went on, bare of all that identifies",
    "geo:lookup_failed": "the geo database is damaged; some places are unknown",
    "outbox_refused": "new events are refused: the outbox's memory is full, or it is closing",
    "outbox_failed": "events cannot be committed; they wait in memory",
    "outbox_dropped": "events were dropped before they were acknowledged",
    "delivery_rejected": "the sink refused events for good; they are kept aside",
}
"""
The counters that mean trouble, by name or name and reason, and what to say of each.

A sink or a geo database in trouble tells it itself, and so do the keeper's chores.
"""

_PACKAGE = Path(__file__).resolve().parent.parent


def cause_of(error: BaseException) -> str:
    """
    Say what went wrong without quoting anything but ourselves.

    Our own errors speak for themselves; of others only the type and the place in our code are
    told, since their words may hold a person's data.
    """
    if isinstance(error, PrivacyKitError):
        return "; ".join(str(error).splitlines())
    place, trace = "", error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(_PACKAGE):
            place = f" at {file.relative_to(_PACKAGE.parent).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"


class Alarms:
    """
    Tells the operator what fails.

    Args:
        counters: Where failures are counted.
        causes: What is known of the cause, by part; see :func:`cause_of`.
        standing: Returns what is wrong at present, by name, in words without data.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        counters: Counters,
        causes: Mapping[str, str],
        standing: Callable[[], Mapping[str, str]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._counters = counters
        self._causes = causes
        self._standing = standing
        self._clock = clock
        self._counted: dict[tuple[str, str], int] = {}
        self._last: dict[str, float] = {}

    def look(self) -> None:
        """Say what began to fail since the last look, and what works again."""
        now = self._clock()
        standing = self._standing()
        for name, words in {**self._grown(), **standing}.items():
            if name not in self._last:
                say(logging.WARNING, "%s: %s", name, words)
            self._last[name] = now
        for name, last in list(self._last.items()):
            if name not in standing and now - last >= QUIET_SECONDS:
                del self._last[name]
                say(logging.WARNING, "%s: no failure any more", name)

    def _grown(self) -> dict[str, str]:
        found = {}
        for key, n in self._counters.snapshot().items():
            if n <= self._counted.get(key, 0):
                continue
            self._counted[key] = n
            name, reason = key
            label = f"{name}:{reason}"
            words = FAILURES.get(label) or FAILURES.get(name)
            cause = self._causes.get(reason)
            if words is None or (name == "error" and cause is None):
                continue
            found[label] = f"{words} ({cause})" if name == "error" else words
        return found
