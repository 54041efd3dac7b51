"""Counts of what happened, by name and reason, so that nothing is dropped silently. Pure."""

from __future__ import annotations

from threading import Lock


class Counters:
    """
    Counts that only grow, safe to use from any thread.

    A name and a reason are from closed lists of ours; neither ever holds data of a person.
    """

    __slots__ = ("_counts", "_lock")

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}
        self._lock = Lock()

    def count(self, name: str, reason: str = "", n: int = 1) -> None:
        """Add *n* to the count of *name* for *reason*."""
        key = name, reason
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + n

    def of(self, name: str, reason: str | None = None) -> int:
        """Return the count of *name* for *reason*, over all reasons when *reason* is ``None``."""
        if reason is not None:
            return self._counts.get((name, reason), 0)
        return sum(n for (found, _), n in self.snapshot().items() if found == name)

    def snapshot(self) -> dict[tuple[str, str], int]:
        """Return a copy of all counts."""
        with self._lock:
            return dict(self._counts)


class Tally:
    """
    How often something was decided; not locked, since each request adds one, in one thread.

    Attributes:
        n: How often.
    """

    __slots__ = ("n",)

    def __init__(self) -> None:
        self.n = 0


class Tallies:
    """
    A tally for each set of verdicts that a site ever gave.

    Plans that decide alike share one, so there are few of them and none is ever dropped.
    """

    __slots__ = ("_lock", "_made")

    def __init__(self) -> None:
        self._made: dict[tuple[str, tuple[tuple[str, str], ...]], Tally] = {}
        self._lock = Lock()

    def of(self, site: str, verdicts: tuple[tuple[str, str], ...]) -> Tally:
        """
        Return the tally of *verdicts* at *site*.

        Args:
            site: The site's id.
            verdicts: Purposes and the verdict on each.
        """
        with self._lock:
            return self._made.setdefault((site, verdicts), Tally())

    def snapshot(self) -> dict[tuple[str, str, str], int]:
        """Return how often each verdict was given, by site, purpose and verdict."""
        with self._lock:
            made = list(self._made.items())
        counts: dict[tuple[str, str, str], int] = {}
        for (site, verdicts), tally in made:
            for purpose, verdict in verdicts:
                key = site, purpose, verdict
                counts[key] = counts.get(key, 0) + tally.n
        return counts
