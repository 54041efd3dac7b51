"""
The search among leased events for those that fail whenever they are sent. Pure.

A sink that fails says nothing of why: it is down, or one event of the batch brings it to fail, and
then it would for ever, and hold up all others. What tells is another event that it takes meanwhile.

Laws of this file:

1. Whoever has not taken anything in this turn is believed to be down: nothing more is sent to it.
2. After a turn that failed the next begins with one event alone, and not always with the same.
3. A batch that fails while others are taken is halved, until what fails stands alone.
4. What failed alone in earlier turns goes apart from the others, so that it does not harm them.
"""

from __future__ import annotations

from collections.abc import Sequence

from privacykit.stores.database.bulk import batched
from privacykit.stores.outbox.tables import Leased

SUSPECT_TRIES = 3
"""How often an event was tried in vain, by itself, before it goes apart from the others."""

MOST_FAILURES = 12
"""
How many failures in a row end a search: the sink is down after all.

A batch of 512 has halves of halves nine times, so one event that fails is always found.
"""

FIRST_ALONE = 8
"""Among how many of the oldest events the one that goes first and alone is taken by turns."""


class Isolation:
    """
    What is sent together in one turn, one group after the other, each event in order of its id.

    Args:
        leased: What was lent for this turn, the oldest first.
        most: How many events the sink wants at a time.
        failures: How many turns failed since the sink took something.

    Attributes:
        alone: Events that failed alone while the sink took others, now or in earlier turns.
        left: Events that were not sent, or failed for what is no fault of theirs.
        worked: Whether the sink took anything in this turn.
    """

    def __init__(self, leased: Sequence[Leased], most: int, failures: int = 0) -> None:
        suspects = [one for one in leased if _is_suspect(one)]
        others = [one for one in leased if not _is_suspect(one)]
        probe: list[Leased] = []
        if failures and len(others) > 1:
            probe = [others.pop((failures - 1) % min(FIRST_ALONE, len(others)))]
        groups = [probe, *batched(others, most), *batched(suspects, most)]
        self._groups = [group for group in reversed(groups) if group]
        self._group: Sequence[Leased] = ()
        self._failures = 0
        self.alone: list[Leased] = []
        self.left: list[Leased] = []
        self.worked = False

    def next(self) -> Sequence[Leased]:
        """Return what is to be sent now; nothing when the turn is over."""
        self._group = self._groups.pop() if self._groups else ()
        return self._group

    def taken(self) -> None:
        """Note that the sink took something of what was sent last, or refused it for good."""
        self.worked = True
        self._failures = 0

    def failed(self, still: Sequence[Leased]) -> None:
        """
        Note that it failed.

        Args:
            still: What of the group is still to be delivered.
        """
        self._failures += 1
        down = not self.worked or self._failures > MOST_FAILURES
        if len(still) > 1 and not down:
            middle = len(still) // 2
            self._groups += [still[middle:], still[:middle]]
        elif down and not all(map(_is_suspect, still)):
            self.left += still
        else:
            self.alone += still
        if down:
            self.end()

    def end(self) -> None:
        """End the turn: what was not sent yet is left."""
        for group in reversed(self._groups):
            self.left += group
        self._groups = []


def _is_suspect(one: Leased) -> bool:
    return one.attempts > SUSPECT_TRIES
