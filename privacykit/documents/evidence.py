"""Evidence for statements: what was measured, and what a verification disproved. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Disproved(msgspec.Struct, frozen=True):
    """
    What the last verification came to.

    Attributes:
        claims: Names of the claims that failed, such as ``addresses``.
        at: When it ran, ISO 8601; empty where none did.
        digest: Of its report.
        everything: Whether nothing that could be disproved may be said, as the report that would
            tell cannot be believed.
    """

    claims: frozenset[str] = frozenset()
    at: str = ""
    digest: str = ""
    everything: bool = False

    def of(self, claims: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of *claims* that are disproved."""
        return tuple(name for name in claims if self.everything or name in self.claims)


class Measured(msgspec.Struct, frozen=True):
    """
    What was seen.

    Attributes:
        cookies: Seconds that a cookie was set for, by its name or pattern; nought for a session.
        visitor_days: Distinct visitors of days that are kept; ``None`` where nobody counted.
        at: When, ISO 8601; empty where nothing was.
    """

    cookies: Mapping[str, int] = msgspec.field(default_factory=dict)
    visitor_days: int | None = None
    at: str = ""


NOTHING_DISPROVED = Disproved()
NOTHING_CERTAIN = Disproved(everything=True)
NOTHING_MEASURED = Measured()
