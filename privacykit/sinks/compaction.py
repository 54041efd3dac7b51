"""Compaction of what a sink holds in small pieces at its other end: the port for it. Pure."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

_GZIP = b"\x1f\x8b"
_ISIZE = -4
"""Where gzip says how much it has packed (RFC 1952, 2.3.1)."""
PACKED = 8
"""How much smaller packed lines are taken to be, at most."""


def weight(body: bytes) -> int:
    """Return how many bytes *body* counts as: unpacked it must stay small enough to be read."""
    unpacked = int.from_bytes(body[_ISIZE:], "little") if body.startswith(_GZIP) else 0
    return max(len(body), unpacked // PACKED)


@runtime_checkable
class Compacts(Protocol):
    """A sink whose other end is better read when small pieces of it are joined."""

    async def compact(self, now: float) -> tuple[int, int]:
        """
        Join what may be joined at *now*, Unix seconds.

        Returns:
            How many pieces became how many.

        Raises:
            SinkError: It failed; what is joined already is right.
        """
        ...
