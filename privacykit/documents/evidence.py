"""Evidence for statements: what was measured, and what a verification disproved. Pure."""

from __future__ import annotations

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
        cookies: Names or patterns of cookies, and the seconds that each was seen to live; nought
            for a session.
        visitor_days: Distinct visitors of days that are kept; ``None`` where nobody counted.
        at: When they were counted, ISO 8601; empty where nothing was.
        seen_on: The day on which cookies were seen, ISO 8601; empty where none were.
        seen_in: The report that says so.
    """

    cookies: tuple[tuple[str, int], ...] = ()
    visitor_days: int | None = None
    at: str = ""
    seen_on: str = ""
    seen_in: str = ""

    def life(self, name: str) -> int | None:
        """Return the seconds that the cookie *name* lives, ``None`` where it was not seen."""
        return dict(self.cookies).get(name)


NOTHING_DISPROVED = Disproved()
NOTHING_CERTAIN = Disproved(everything=True)
NOTHING_MEASURED = Measured()
