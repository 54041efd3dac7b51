"""
The answer to "may this happen?": three values that form a lattice. Pure.

Laws of this file, held by ``tests/properties/``: :func:`join` is idempotent, commutative and
associative, and joining one more verdict never loosens the result.
"""

from __future__ import annotations

from enum import IntEnum


class Verdict(IntEnum):
    """How far a use may go, from loosest to strictest; the integer is the order."""

    ALLOW = 0
    NEEDS_CONSENT = 1
    DENY = 2

    @property
    def word(self) -> str:
        """The verdict as files and answers spell it: ``allow``, ``needs_consent``, ``deny``."""
        return _WORDS[self]


_WORDS = tuple(verdict.name.lower() for verdict in Verdict)
"""By the verdict's number: a member of an enumeration hashes slowly."""


def join(*verdicts: Verdict) -> Verdict:
    """
    Combine *verdicts*: the strictest wins; of none, nothing stands in the way.

    Returns:
        The greatest of *verdicts*, :attr:`Verdict.ALLOW` when there are none.
    """
    return max(verdicts, default=Verdict.ALLOW)
