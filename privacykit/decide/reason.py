"""Reasons of a decision, and what a decision is asked with. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import msgspec

from privacykit.policy.verdict import Verdict


class Consent(Enum):
    """The visitor's own choice about a purpose, as far as it is recorded."""

    NONE = "none"
    GRANTED = "granted"
    GRANTED_EXPLICIT = "granted_explicit"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Signals:
    """
    What the visitor said. What is absent is unknown, and unknown is not met.

    Attributes:
        gpc: Global Privacy Control is on.
        dnt: Do Not Track is on.
        consent: The choice recorded for this purpose.
        opted_out: The visitor opted out here; it never expires.
        age: Age in whole years, if somebody knows it.
        consent_after_gpc: *consent* was given after the signal was already on and after a clear
            notice of the conflict.
        parental_consent: A holder of parental responsibility agreed, verifiably.
        signed_authorization: A valid signed authorisation is on file.
        months_since_refusal: Whole months since the last refusal.
        months_since_consent: Whole months since *consent* was granted.
    """

    gpc: bool = False
    dnt: bool = False
    consent: Consent = Consent.NONE
    opted_out: bool = False
    age: int | None = None
    consent_after_gpc: bool = False
    parental_consent: bool = False
    signed_authorization: bool = False
    months_since_refusal: int | None = None
    months_since_consent: int | None = None


class Reason(msgspec.Struct, frozen=True, gc=False):
    """
    One clause and what it made of the case.

    Attributes:
        code: A :class:`.Code`, as its word.
        jurisdiction: Id of the policy.
        clause: Where it stands in the policy file; inherited ones name the file: ``EU: gpc``.
        citation: Article, section or decision.
        confidence: ``verified``, ``quoted``, ``reported`` or ``unsure``.
    """

    code: str
    jurisdiction: str
    clause: str
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """
    The answer for one use.

    Attributes:
        verdict: The strictest of what the policies say.
        reasons: One for each policy that has a say, the deciding ones first.
        policies: ``id@hash`` of each policy asked; :func:`.label_set` shortens a long list.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    policies: tuple[str, ...]
