"""
Signals that consent managers leave in cookies, joined with our own choice to one mask. Pure.

Laws of this file, held by ``tests/signals/test_read.py``:

- what any of them refuses is refused, whoever grants it; nothing else of two that disagree counts;
- what cannot be read grants nothing;
- a grant of somebody else's never overrides GPC, has no record (that of a grant to us for another
  purpose neither), answers no order to stop, and grows old like our own where its cookie tells the
  time.

A cookie of this kind can be written by anybody: a consent in it is as good as an unsigned cookie.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from privacykit.signals.choice.mask import (
    AGE_SHIFT,
    GPC,
    GRANT_AFTER_GPC,
    OLDEST,
    PURPOSE_SHIFT,
    age_months,
)

FOREIGN = 3
"""Both bits of a purpose in a mask: granted, but to another consent manager and not to us."""
LONGEST_VALUE = 16_384
"""Bytes of a cookie's value that are read."""


VoiceKind = Literal["banner", "string", "address"]
"""A consent manager's own cookie, a standard string in a cookie, the address of a page."""


class Heard(msgspec.Struct, frozen=True, gc=False):
    """
    What cookies of one kind say.

    Attributes:
        granted: The bits of granted purposes, as a mask has them.
        refused: The bits of refused purposes, as a mask has them.
        gpc: Whether they record that the browser sent GPC.
        months: Whole months since the grant, as far as known.
    """

    granted: int = 0
    refused: int = 0
    gpc: bool = False
    months: int = 0


NOTHING_HEARD = Heard()


class Voice(msgspec.Struct, frozen=True):
    """
    What one of several said, and who that is.

    Attributes:
        kind: What spoke.
        name: The cookie or parameter, as the configuration has it.
        heard: What it said.
    """

    kind: VoiceKind
    name: str
    heard: Heard


class CookieReader(Protocol):
    """
    A reader of the cookies of one kind of consent manager.

    Attributes:
        kind: Whether it reads a banner's own cookie or a string of a standard.
        names: The cookies that it reads.
        everything: The refused bits of all purposes that they may speak of.
    """

    kind: VoiceKind
    names: tuple[bytes, ...]
    everything: int

    def heard(self, values: Sequence[Sequence[bytes]], now: float) -> Heard:
        """
        Return what the cookies say; whatever stands in them, no exception.

        Args:
            values: For each name the values of the cookies of that name, at most sixteen; an
                empty one more where there are others.
            now: Unix seconds, for the age of a consent.
        """
        ...


def granted_to_us(mask: int, index: int) -> bool:
    """Return whether the grant of the purpose of *index* was given to us and has our record."""
    return mask >> (PURPOSE_SHIFT + 2 * index) & FOREIGN == 1


def granted_bit(index: int) -> int:
    """Return the bit of a mask that grants the purpose of *index*."""
    return 1 << PURPOSE_SHIFT + 2 * index


def refused_bit(index: int) -> int:
    """Return the bit of a mask that refuses the purpose of *index*."""
    return 2 << PURPOSE_SHIFT + 2 * index


def all_of(heard: Sequence[Heard]) -> Heard:
    """Return what several say together: every refusal, and the grants that nobody refuses."""
    refused = 0
    granted = 0
    for each in heard:
        refused |= each.refused
        granted |= each.granted
    return Heard(
        granted & ~(refused >> 1),
        refused,
        any(each.gpc for each in heard),
        max((each.months for each in heard if each.granted), default=0),
    )


def joined(mask: int, heard: Heard) -> int:
    """
    Return *mask*, of our own choice, with what was *heard* beside it.

    Args:
        mask: As :class:`privacykit.signals.choice.cookies.ChoiceCookies` reads it.
        heard: Of all cookies together.
    """
    if heard is NOTHING_HEARD:
        return mask
    purposes = mask >> PURPOSE_SHIFT << PURPOSE_SHIFT
    grants = purposes & _even(purposes.bit_length())
    refusals = (purposes ^ grants) | heard.refused
    # A grant after the notice about GPC was given to us; it carries nobody else's with it.
    foreign = 0 if mask & GRANT_AFTER_GPC else heard.granted & ~(refusals >> 1)
    own = grants & ~(refusals >> 1)
    age = age_months(mask) if own or not grants else 0
    if foreign:
        age = max(age if own else 0, min(heard.months, OLDEST))
    rest = mask & ((1 << AGE_SHIFT) - 1)
    if not own:
        rest &= ~GRANT_AFTER_GPC
    foreign &= ~own
    marked = foreign | foreign << 1  # FOREIGN
    return rest | (GPC if heard.gpc else 0) | age << AGE_SHIFT | own | marked | refusals


def _even(length: int) -> int:
    """Return the bits of grants in a mask of *length* bits."""
    return sum(1 << at for at in range(PURPOSE_SHIFT, length, 2))
