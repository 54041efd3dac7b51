"""
The US Privacy string, ``uspv1``: four characters, deprecated and still sent. Pure.

Source: IAB Tech Lab "U.S. Privacy String" 1.0. Read in either case, because an opt-out must not be
lost to it; written in capitals. Only version 1 is read, but a ``Y`` in third place counts as an
opt-out of sale whatever stands around it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from privacykit.signals.unknown import Unknown

LENGTH = 4
VERSION = "1"

Answer = Literal["Y", "N", "-"]
_ANSWERS: dict[str, Answer] = {"Y": "Y", "N": "N", "-": "-", "y": "Y", "n": "N"}
_PLACES = ("notice", "opt-out", "LSPA")


class UsPrivacy(msgspec.Struct, frozen=True):
    """
    A US Privacy string of version 1.

    Attributes:
        notice: Whether notice and the chance to opt out were given.
        opt_out_sale: Whether the person opted out of sale.
        lspa_covered: Whether it is a transaction under the Limited Service Provider Agreement.
    """

    notice: Answer
    opt_out_sale: Answer
    lspa_covered: Answer

    @property
    def applies(self) -> bool:
        """Whether the law applies at all: ``1---`` says it does not."""
        return {self.notice, self.opt_out_sale, self.lspa_covered} != {"-"}

    @property
    def opted_out_of_sale(self) -> bool:
        """Whether the person opted out of sale."""
        return self.opt_out_sale == "Y"

    def __str__(self) -> str:
        """Return the string, in capitals."""
        return VERSION + self.notice + self.opt_out_sale + self.lspa_covered


def decode_us_privacy(text: str) -> UsPrivacy | Unknown:
    """Return what the US Privacy string *text* says, or why that is unknown."""
    if not text:
        return Unknown("empty", "no signal, which is not the same as no opt-out")
    if len(text) != LENGTH:
        return Unknown("bad_value", f"{len(text)} characters, four needed")
    if text[0] != VERSION:
        return Unknown("unsupported_version", "the first character is not 1")
    for place, character in zip(_PLACES, text[1:], strict=True):
        if character not in _ANSWERS:
            return Unknown("bad_value", f"the {place} is none of Y, N and -")
    return UsPrivacy(*(_ANSWERS[character] for character in text[1:]))


def says_opted_out(text: str) -> bool:
    """Return whether the third of four characters is a ``Y``, whatever version *text* is of."""
    return len(text) == LENGTH and text[2] in {"Y", "y"}
