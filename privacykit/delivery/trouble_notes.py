"""Word of a sink's trouble, left beside the outbox for who looks without asking it. Does I/O."""

from __future__ import annotations

from contextlib import suppress

from privacykit.errors import StoreError
from privacykit.stores.outbox.troubles import SinkTroubles

CLEAR_SECONDS = 60.0
"""How often a sink that takes events is said to be out of trouble again."""


class TroubleNotes:
    """
    What one worker says of one sink.

    Args:
        troubles: Where it is kept.
        sink: The sink's name.
    """

    def __init__(self, troubles: SinkTroubles, sink: str) -> None:
        self._troubles = troubles
        self._sink = sink
        self._cleared_at: float | None = None

    def leave(self, trouble: str, now: float, pause: float) -> None:
        """
        Leave word of how an attempt ended; where that fails, a word more or less harms nobody.

        Args:
            trouble: Why the sink took nothing; empty where it took something.
            now: Unix seconds.
            pause: Seconds that it is left alone.
        """
        last = self._cleared_at
        with suppress(StoreError):
            if trouble:
                self._cleared_at = None
                self._troubles.note(self._sink, trouble, now, now + pause)
            # Not once only: another worker may have left word, and died.
            elif last is None or not 0 <= now - last < CLEAR_SECONDS:
                self._cleared_at = now
                self._troubles.clear(self._sink)
