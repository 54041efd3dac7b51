"""A claim under test: what it says, what it is shown, and what it found. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable

from privacykit.verify.claims import ClaimOutcome, ClaimResult, Violation
from privacykit.verify.places.place import PlaceKind, StoredRow

MOST_PLACES = 500
"""Places told of one claim; what else is found is counted under :data:`ELSEWHERE`."""
ELSEWHERE = "elsewhere"
NOTHING_ASKED = frozenset[PlaceKind]()


class TestedClaim(ABC):
    """
    One claim while it is tested.

    Attributes:
        name: As ``--claim`` names it.
        says: The claim in a sentence.
        cannot_show: What no test of it sees.
        kinds: The rows that it wants to be shown.
    """

    name: str
    says: str
    cannot_show: str
    kinds: frozenset[PlaceKind] = NOTHING_ASKED

    def __init__(self) -> None:
        self._found: Counter[tuple[str, str, str]] = Counter()
        self._advice: dict[tuple[str, str, str], str] = {}
        self._looked: Counter[str] = Counter()
        self._unread: dict[str, str] = {}
        self.unable: list[str] = []
        self.stays: list[str] = []
        self.sampled = False

    @abstractmethod
    def look(self, row: StoredRow) -> None:
        """Look at *row*, one of the kinds that it wants."""

    def settle(self) -> None:  # noqa: B027 - most claims have nothing left to do
        """
        Do what is not done row by row, once all rows were shown.

        Raises:
            StoreError: A place could not be asked.
        """

    def wants(self, kinds: Iterable[PlaceKind]) -> bool:
        """Tell whether rows of any of *kinds* are asked for."""
        return not self.kinds.isdisjoint(kinds)

    def seen(self, place: str, rows: int = 1) -> None:
        """Count *rows* of *place* as looked at."""
        self._looked[place] += rows

    def unread(self, place: str, why: str) -> None:
        """Note that *place* could not be read: without it nothing is shown."""
        self._unread[place] = why

    def found(self, id_: str, place: str, text: str, advice: str, count: int = 1) -> None:
        """Note what disproves the claim, each kind at a place by itself; no value is in a word."""
        if count <= 0:
            return
        key = (id_, place, text)
        if key not in self._advice and len(self._advice) >= MOST_PLACES:
            key = (id_, ELSEWHERE, text)
        self._advice.setdefault(key, advice)
        self._found[key] += count

    def result(self) -> ClaimResult:
        """Return what the test came to: what was found counts, and what was not read, too."""
        violations = tuple(
            sorted(
                Violation(id_, place, count, text, self._advice[id_, place, text])
                for (id_, place, text), count in self._found.items()
            )
        )
        cannot = " ".join(dict.fromkeys([self.cannot_show, *self.unable]))
        return ClaimResult(
            self.name,
            self.says,
            self._outcome(),
            ", ".join(sorted(self._looked)),
            cannot,
            self._looked.total(),
            not self.sampled,
            violations,
            self._why(),
            tuple(self.stays),
        )

    def _outcome(self) -> ClaimOutcome:
        if self._found:
            return ClaimOutcome.FAILS
        if self._unread:
            return ClaimOutcome.NOT_TESTED
        return ClaimOutcome.HOLDS if self._looked else ClaimOutcome.NOT_TESTABLE

    def _why(self) -> str:
        if self._unread:
            places: dict[str, list[str]] = {}
            for place, why in sorted(self._unread.items()):
                places.setdefault(why, []).append(place)
            return "; ".join(f"{', '.join(those)}: {why}" for why, those in places.items())
        return "" if self._looked else "nothing that it is about is configured"


class Untouched(TestedClaim):
    """A claim that is tested without being shown rows."""

    def look(self, row: StoredRow) -> None:
        """Take nothing: no row is asked for."""
