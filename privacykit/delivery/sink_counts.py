"""The counts of one sink's events, by what became of them. Pure."""

from __future__ import annotations

import msgspec


class SinkCounts(msgspec.Struct):
    """
    What became of one sink's events.

    ``retried`` and ``perhaps`` count attempts: an event may be in them several times, and is in
    another once it is settled.

    Attributes:
        delivered: Taken by the sink.
        retried: Put back to be sent again.
        rejected: Refused for good; kept aside with the reason.
        dropped: Thrown away by the other end, as it says; gone.
        perhaps: Sent without a clear answer; sent again, or given up.
        given_up: Not sent again after that, as the operator wants; gone for all that is known.
        stopped: Withdrawn or stopped before they were sent, or of a purpose that the sink no longer
            serves; gone.
        expired: Expired before they were sent; gone.
    """

    delivered: int = 0
    retried: int = 0
    rejected: int = 0
    dropped: int = 0
    perhaps: int = 0
    given_up: int = 0
    stopped: int = 0
    expired: int = 0

    @property
    def lost(self) -> int:
        """How many left and are nowhere, as far as is known."""
        return self.dropped + self.given_up
