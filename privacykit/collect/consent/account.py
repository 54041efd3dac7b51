"""
The choice of an account: what a signed-in person refused and allowed on their devices. Pure.

Laws, held by ``tests/collect/consent/test_account.py``:

- what the account or the device in hand refuses is refused on both, and only a click of the person
  who is signed in lifts it;
- only a refusal travels by itself: what a device allows enters the account by a click alone, and
  what the account allows is offered to a device and counts there after another;
- no choice both refuses a purpose and allows it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

import msgspec

EVERYTHING = "*"
"""Stands among the refused purposes where all are, those to come too, as in the refusal cookie."""
CONFIRMED_SECONDS = 30 * 86_400.0
"""So often at most is noted that a choice that did not change is still somebody's."""
_NOTHING: frozenset[str] = frozenset()


class Click(msgspec.Struct, frozen=True):
    """
    What a person who is signed in chose on one device.

    Attributes:
        allowed: Purposes that are newly allowed by it: what the browser allowed before may be
            somebody else's.
        refused: Purposes refused from now on.
        lifted: Purposes that this browser refused before and no longer does.
        dropped: Purposes that this browser allowed before and no longer does.
        record: The consent record of what is allowed, empty for none.
    """

    allowed: frozenset[str] = _NOTHING
    refused: frozenset[str] = _NOTHING
    lifted: frozenset[str] = _NOTHING
    dropped: frozenset[str] = _NOTHING
    record: str = ""


class AccountChoice(msgspec.Struct, frozen=True):
    """
    The choice of one account at one site. It prints nothing.

    Attributes:
        refused: Purposes refused, :data:`EVERYTHING` among them where all are.
        allowed: Purposes allowed by a click on some device.
        record: The consent record of the last such click, empty for none.
        at: Unix seconds of the last change, or of when it was confirmed since; 0 for no choice.
    """

    refused: frozenset[str] = _NOTHING
    allowed: frozenset[str] = _NOTHING
    record: str = ""
    at: float = 0.0

    def __repr__(self) -> str:
        return "<AccountChoice>"

    def refusing(self, purposes: Iterable[str]) -> frozenset[str]:
        """Return those of *purposes*, all that can be chosen about, that the account refuses."""
        asked = frozenset(purposes)
        return asked if EVERYTHING in self.refused else asked & self.refused

    def joined(self, other: AccountChoice) -> AccountChoice:
        """Return the stricter of the two: of one account under two keys."""
        later = max(self, other, key=lambda choice: choice.at)
        refused, allowed = self.refused | other.refused, self.allowed | other.allowed
        return _choice(refused, allowed, later.record, later.at)

    def with_refusals(
        self, refused: Collection[str], purposes: Collection[str], now: float
    ) -> AccountChoice:
        """
        Return the choice after it met a device.

        Args:
            refused: Purposes that the device refuses.
            purposes: All that can be chosen about.
            now: Unix seconds.
        """
        standing = self._refusals(purposes)
        after = _whole(standing.union(refused), purposes)
        stale = bool(self.refused or self.allowed) and now - self.at >= CONFIRMED_SECONDS
        if after == self.refused and not stale:
            return self
        return _choice(after, self.allowed, self.record, now)

    def clicked(self, click: Click, purposes: Collection[str], now: float) -> AccountChoice:
        """
        Return the choice after *click*; a refusal that the browser did not show stays.

        Args:
            click: What was chosen.
            purposes: All that can be chosen about.
            now: Unix seconds.
        """
        refused = (self._refusals(purposes) - click.lifted) | click.refused
        allowed = (self.allowed | click.allowed) - click.dropped
        record = click.record if click.allowed else self.record
        return _choice(_whole(refused, purposes), allowed, record, now)

    def _refusals(self, purposes: Collection[str]) -> frozenset[str]:
        return (self.refused - {EVERYTHING}) | self.refusing(purposes)


NO_CHOICE = AccountChoice()


class AccountChoices(Protocol):
    """Where the choices of accounts are kept. Synchronous, called in threads."""

    def get(self, user_id: str, site: str) -> AccountChoice:
        """
        Return the choice of an account, :data:`NO_CHOICE` where there is none.

        Args:
            user_id: The id as passed to ``identify()``; only a keyed hash of it is kept.
            site: The site's id.

        Raises:
            StoreError: The store does not answer.
        """
        ...

    def change(
        self, user_id: str, site: str, change: Callable[[AccountChoice], AccountChoice]
    ) -> AccountChoice:
        """
        Keep what *change* makes of the present choice, whoever else changes it at the same time.

        Returns:
            The new choice; committed.

        Raises:
            StoreError: Nothing is changed.
        """
        ...


def _choice(
    refused: frozenset[str], allowed: frozenset[str], record: str, at: float
) -> AccountChoice:
    """Return a choice in which a refusal goes before a permission."""
    left = _NOTHING if EVERYTHING in refused else allowed - refused
    return AccountChoice(refused, left, record if left else "", at)


def _whole(refused: frozenset[str], purposes: Collection[str]) -> frozenset[str]:
    return refused | {EVERYTHING} if purposes and refused.issuperset(purposes) else refused
