"""
Texts of a choice and where it was shown: what a record of consent says of the asking. Pure.

A text is kept once, under the hash of all that a visitor reads before choosing (GDPR Art. 7(1):
the controller shows *what* was consented to, not only that a box was ticked).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Literal

import msgspec

from privacykit.collect.site import Purpose

Interface = Literal["page", "banner", "placeholder", "api", "account"]
"""Where a choice was made: page, banner or placeholder of ours, the application's API, account."""

Barred = tuple[tuple[str, str], ...]
"""Purposes, and what stands against each: a word of ``standing.Against``."""
REFUSAL_SECONDS = 3600
"""A refusal's time is kept to the whole hour: to the second it could be matched with a visit."""
_TOLD = ("id", "label", "description", "necessary", "recipients", "kept")
"""What a visitor reads of a purpose."""


class ConsentText(msgspec.Struct, frozen=True):
    """
    All that a visitor reads before choosing.

    Attributes:
        hash: SHA-256 of *body*, 64 hexadecimal digits.
        language: BCP 47 tag.
        body: A JSON object: language, purposes, words.
    """

    hash: str
    language: str
    body: bytes


class Presentation(msgspec.Struct, frozen=True):
    """
    How a choice was put to a visitor.

    Attributes:
        interface: Where.
        text: What was there to read.
    """

    interface: Interface
    text: ConsentText


def consent_text(
    purposes: Sequence[Purpose], wording: Mapping[str, str], language: str
) -> ConsentText:
    """Return what a visitor reads of *purposes* in *wording*; *language* is its BCP 47 tag."""
    document = {
        "language": language,
        "purposes": [{name: getattr(purpose, name) for name in _TOLD} for purpose in purposes],
        "words": dict(wording),
    }
    body = msgspec.json.encode(document, order="sorted")
    return ConsentText(sha256(body).hexdigest(), language, body)


def refused_at(now: float) -> float:
    """Return the whole hour of *now*, Unix seconds: the time that a refusal's record keeps."""
    return now - now % REFUSAL_SECONDS
