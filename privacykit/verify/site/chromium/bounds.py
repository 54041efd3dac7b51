"""The bounds of a visit: how long it may take, and how much it may load."""

from __future__ import annotations

import time


class VisitBounds:
    """
    What a scan may take.

    Args:
        seconds: Of time, from now.
        megabytes: Of what is loaded.

    Attributes:
        loaded: Bytes that were loaded so far.
    """

    def __init__(self, seconds: float, megabytes: float) -> None:
        self._until = time.monotonic() + seconds
        self._most = int(megabytes * 1_000_000)
        self.loaded = 0

    @property
    def used_up(self) -> str:
        """What is used up, in words; empty while nothing is."""
        if self.loaded > self._most:
            return "more bytes than are loaded (--megabytes)"
        return "" if self.left > 0 else "more time than is taken (--seconds)"

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self._until - time.monotonic()
