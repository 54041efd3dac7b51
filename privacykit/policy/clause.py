"""
A clause: where a statement of a policy stands, when that was read, how well it is founded. Pure.

Where the letter of a law and its practice differ, the statement follows the stricter of the two
and the clause says what the other is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from privacykit.policy.words import Confidence

WORDS_READ: Final = frozenset({Confidence.VERIFIED, Confidence.QUOTED})
"""How sure we are where somebody read the operative words, in the text or word for word."""


@dataclass(frozen=True, slots=True)
class Practice:
    """
    What is done in practice where the letter of the law asks something else.

    Attributes:
        says: What, in words; nothing decides by it.
        citation: Where that is said.
        confidence: How sure we are.
        read: The day it was read; no part of what is compared.
    """

    says: str
    citation: str
    confidence: Confidence
    read: date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Clause:
    """
    Where a statement of a policy stands and how well it is founded.

    Attributes:
        path: Its key in the policy file, such as ``rules.sale``; with the id of the policy before
            it (``EU: rules.sale``) when it was inherited.
        citation: Article, section or decision.
        confidence: How sure we are.
        note: Prose for people.
        override: Why a user's policy replaces a clause of ours; empty in shipped policies.
        practice: What is done where the letter is not followed, if anything else is.
        read: The day *citation* was read; no part of what is compared: what was read again and
            stands has not changed.
    """

    path: str
    citation: str
    confidence: Confidence
    note: str = ""
    override: str = ""
    practice: Practice | None = None
    read: date | None = field(default=None, compare=False)

    @property
    def wants_reason(self) -> bool:
        """Tell whether relaxing it needs a reason: its words were read, or it is contested."""
        return self.confidence in WORDS_READ or self.practice is not None
