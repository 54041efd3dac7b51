"""
Proof of identity: how sure we are who asks, and how sure the request asks us to be. Pure.

Honour first, verify only as far as needed to find the record: an opt-out needs no proof, an
export of everything needs a good one. An IP address proves nothing about anybody.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Literal, get_args

import msgspec

from privacykit.errors import InputError, KeyMaterialError
from privacykit.govern.records import Assurance, RequestType

Level = Literal["none", "low", "substantial", "high"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""Weakest first (eIDAS Art. 8)."""

METHODS: dict[str, Level] = {
    "ip_address": "none",
    "asserted": "none",
    "consent_record": "low",
    "knowledge": "low",
    "email_link": "substantial",
    "phone_code": "substantial",
    "logged_in": "substantial",
    "agent_authorisation": "substantial",
    "document_seen": "high",
    "eid": "high",
}
"""Ways to prove who one is and the most each can prove."""

REQUIRED: dict[RequestType, Level] = {
    RequestType.ACCESS: "substantial",
    RequestType.PORTABILITY: "substantial",
    RequestType.ERASURE: "substantial",
    RequestType.RECTIFICATION: "substantial",
    RequestType.RESTRICTION: "low",
    RequestType.OBJECTION: "none",
    RequestType.OPT_OUT_SALE_SHARING: "none",
    RequestType.LIMIT_SENSITIVE: "none",
    RequestType.CONSENT_WITHDRAWAL: "none",
}
"""What each request needs: withdrawing is as easy as giving (GDPR Art. 7(3))."""

TOKEN_SECONDS = 24 * 3600
"""How long a confirmation link lives, as WordPress's does."""

_TOKEN_BYTES = 32


class Confirmation(msgspec.Struct, frozen=True):
    """
    What is kept of a confirmation token.

    Attributes:
        token_hash: What :func:`token_hash` returned; the token itself is nowhere.
        request_id: The request it confirms.
        method: What its use proves.
        expires_at: Unix seconds.
    """

    token_hash: str
    request_id: str
    method: str
    expires_at: float


def assurance(method: str, *, at: float, by: str, level: str | None = None) -> Assurance:
    """
    Record a proof.

    Args:
        method: One of :data:`METHODS`.
        at: Unix seconds.
        by: Key id of the operator who checked, or ``self`` for a confirmed link.
        level: What was proven, when it was less than the method's most.

    Raises:
        InputError: An unknown method or level, or one that the method cannot prove.
    """
    most = METHODS.get(method)
    if most is None or (level is not None and level not in LEVELS):
        raise InputError("not a way to prove who one is")
    reached = most if level is None else next(known for known in LEVELS if known == level)
    if LEVELS.index(reached) > LEVELS.index(most):
        raise InputError(f"{method} proves {most} at most")
    return Assurance(method, reached, at, by)


def strongest(proofs: Iterable[Assurance | None]) -> Assurance | None:
    """Return the proof that proves most; of equals the first. Weak proofs do not add up."""
    given = [proof for proof in proofs if proof is not None]
    return max(given, key=lambda proof: LEVELS.index(proof.level), default=None)


def proven(wanted: RequestType, proof: Assurance | None) -> bool:
    """Tell whether *proof* is enough for a request of type *wanted*."""
    level = proof.level if proof else "none"
    return LEVELS.index(level) >= LEVELS.index(REQUIRED[wanted])


def proves(proof: Assurance | None, method: str) -> bool:
    """Tell whether *proof* is at least as good as what *method* proves at most."""
    return proof is not None and LEVELS.index(proof.level) >= LEVELS.index(METHODS[method])


def token(random: bytes) -> str:
    """
    Make the text of a confirmation token.

    Args:
        random: Exactly 32 random bytes.

    Raises:
        KeyMaterialError: Any other length.
    """
    if len(random) != _TOKEN_BYTES:
        raise KeyMaterialError("a confirmation token is 32 random bytes")
    return urlsafe_b64encode(random).decode().rstrip("=")


def cancel_hash(text: str) -> str:
    """Hash a token that takes a request back: it proves nothing, and a proof cancels nothing."""
    return sha256(b"privacykit.cancel:" + text.encode("utf-8", "replace")).hexdigest()


def token_hash(text: str) -> str:
    """Hash a token for keeping. Unsalted: 256 random bits cannot be guessed."""
    return sha256(b"privacykit.confirm:" + text.encode("utf-8", "replace")).hexdigest()
