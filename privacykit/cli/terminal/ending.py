"""
The end of a command that runs until it is told to end. Waits.

A handler of a signal runs between any two steps of the thread that waits, so it takes no lock:
`threading.Event.set` would wait for ever where the same thread is inside `wait`.
"""

from __future__ import annotations

import signal
import time

LOOK_SECONDS = 0.1


class Ending:
    """
    Whether the command was told to end, by Ctrl-C or a signal; from when this is made.

    Attributes:
        told: Whether it was.
    """

    def __init__(self) -> None:
        self.told = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._tell)

    def _tell(self, *_: object) -> None:
        self.told = True

    def wait(self, seconds: float) -> bool:
        """Sleep for *seconds* or until told to end; return whether that was told."""
        until = time.monotonic() + seconds
        while not self.told and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        return self.told
