"""Counts of what happened, by name and reason, so that nothing is dropped silently. Pure."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from privacykit import forks

MOST_SETS = 1024
"""Sets of verdicts, of all sites, that are counted as sets."""


class Tally:
    """
    One count; not locked, since the hot path adds one at a time, in one thread.

    Attributes:
        n: How often.
    """

    __slots__ = ("n",)

    def __init__(self) -> None:
        self.n = 0


class Counters:
    """
    Counts that only grow, safe to use from any thread.

    A name and a reason are from closed lists of ours; neither ever holds data of a person.

    Attributes:
        appeared: Called when something is counted for the first time.
    """

    __slots__ = ("__weakref__", "_counts", "_lock", "appeared")

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Tally] = {}
        self.appeared: Callable[[], object] = bool
        self.after_fork_in_child()
        forks.renew(self)

    def after_fork_in_child(self) -> None:
        """Forget who held the lock."""
        self._lock = Lock()

    def count(self, name: str, reason: str = "", n: int = 1) -> None:
        """Add *n* to the count of *name* for *reason*."""
        key = name, reason
        with self._lock:
            known = self._counts.get(key)
            tally = self._counts[key] = Tally() if known is None else known
            tally.n += n
        if known is None:
            self.appeared()

    def tally(self, name: str, reason: str = "") -> Tally:
        """Return the count of *name* for *reason*, for who adds to it with every request."""
        self.count(name, reason, 0)
        return self._counts[name, reason]

    def of(self, name: str, reason: str | None = None) -> int:
        """Return the count of *name* for *reason*, over all reasons when *reason* is ``None``."""
        counts = self.snapshot()
        if reason is not None:
            return counts.get((name, reason), 0)
        return sum(n for (found, _), n in counts.items() if found == name)

    def snapshot(self) -> dict[tuple[str, str], int]:
        """Return a copy of all counts."""
        with self._lock:
            return {key: tally.n for key, tally in self._counts.items()}


class CountEach(Tally):
    """Adds to the count of every verdict apart: for sets of verdicts too many to count as sets."""

    __slots__ = ("_each",)

    def __init__(self, each: tuple[Tally, ...]) -> None:
        self._each = each

    @property
    def n(self) -> int:
        """Nothing is counted here."""
        return 0

    @n.setter
    def n(self, more: int) -> None:
        for count in self._each:
            count.n += more


class DecisionCounts:
    """
    A tally for each set of verdicts that a site ever gave.

    Plans that decide alike share one. What visitors refuse can make many sets: those beyond
    :data:`MOST_SETS` are counted by purpose and verdict, of which there are few.
    """

    __slots__ = ("__weakref__", "_lock", "_made")

    def __init__(self) -> None:
        self._made: dict[tuple[str, tuple[tuple[str, str], ...]], Tally] = {}
        self.after_fork_in_child()
        forks.renew(self)

    def after_fork_in_child(self) -> None:
        """Forget who held the lock."""
        self._lock = Lock()

    def of(self, site: str, verdicts: tuple[tuple[str, str], ...]) -> Tally:
        """
        Return the tally of *verdicts* at *site*.

        Args:
            site: The site's id.
            verdicts: Purposes and the verdict on each.
        """
        key, made = (site, verdicts), self._made
        with self._lock:
            if key in made or len(made) < MOST_SETS:
                return made.setdefault(key, Tally())
            each = (made.setdefault((site, (one,)), Tally()) for one in verdicts)
            return CountEach(tuple(each))

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
