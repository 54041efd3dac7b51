"""
The last run: when it was, and what became of each claim, as its signed report says. Pure.

Documents that state something about stored data read this first: a sentence that a failed claim
disproves is not printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacykit.documents.evidence import Disproved
from privacykit.errors import InputError
from privacykit.verify.claims import ClaimOutcome, ClaimResult

KIND = "privacykit.verify"
VERSION = 1


class LastRun(msgspec.Struct, frozen=True):
    """
    What a run came to.

    Attributes:
        at: Unix seconds of its end.
        results: The claims that were tested, in order.
        policy: Digest of the configuration and data map that it was tested against.
        digest: SHA-256 of the report without its signature: what the audit log names.
    """

    at: int
    results: tuple[ClaimResult, ...]
    policy: str
    digest: str = ""

    def outcome(self, claim: str) -> ClaimOutcome:
        """Return what became of *claim*: not tested where it was not asked for."""
        found = (one.outcome for one in self.results if one.claim == claim)
        return next(found, ClaimOutcome.NOT_TESTED)

    @property
    def failed(self) -> tuple[str, ...]:
        """The claims that are disproved."""
        return tuple(one.claim for one in self.results if one.outcome is ClaimOutcome.FAILS)

    @property
    def holds(self) -> bool:
        """Whether nothing was disproved, and nothing left out that was asked for."""
        wrong = {ClaimOutcome.FAILS, ClaimOutcome.NOT_TESTED}
        return not any(one.outcome in wrong for one in self.results)


def outcomes(run: LastRun) -> Mapping[str, ClaimOutcome]:
    """Return what became of each claim that was tested."""
    return {one.claim: one.outcome for one in run.results}


_SAID_BY_DOCUMENTS: Mapping[str, str] = {"visitors": "ids", "salts": "ids", "consent": "choice"}
"""What documents call claims, where they call them otherwise."""


def disproved_by(run: LastRun) -> Disproved:
    """Return what documents may not say after *run*, by the names that they have for claims."""
    claims = frozenset(_SAID_BY_DOCUMENTS.get(name, name) for name in run.failed)
    at = datetime.fromtimestamp(run.at, UTC).isoformat(timespec="seconds")
    return Disproved(claims, at, run.digest)


def signed_report(run: LastRun, key: Ed25519PrivateKey) -> bytes:
    """
    Sign *run* as receipts are signed: keys sorted, no white space, whole numbers only (RFC 8785).

    Returns:
        A JSON document with ``key`` (the public one, hex) and ``signature``.
    """
    document: dict[str, Any] = msgspec.to_builtins(run)
    document.pop("digest")
    document |= {"kind": KIND, "version": VERSION}
    document["key"] = key.public_key().public_bytes_raw().hex()
    payload = _payload(document)
    document["signature"] = key.sign(payload).hex()
    return msgspec.json.encode(document, order="sorted")


def read_report(document: bytes, keys: Iterable[Ed25519PublicKey]) -> LastRun:
    """
    Read a report that one of *keys* signed.

    Args:
        document: What :func:`signed_report` returned, spaced as one likes.
        keys: Public keys that are trusted; the key inside the document proves nothing.

    Raises:
        InputError: Not a report of a run, or none of *keys* signed it as it stands.
    """
    try:
        fields = msgspec.json.decode(document, type=dict[str, Any])
        signature = bytes.fromhex(str(fields.pop("signature", "")))
        run = msgspec.convert(fields, LastRun)
    except (msgspec.MsgspecError, ValueError):
        raise InputError("PK319 not a report of `privacykit verify`") from None
    if fields.get("kind") != KIND or fields.get("version") != VERSION:
        raise InputError("PK319 not a report of `privacykit verify` that we know")
    payload = _payload(fields)
    if not any(_signs(key, signature, payload) for key in keys):
        raise InputError("PK319 no trusted key signed this report as it stands")
    return msgspec.structs.replace(run, digest=_digest(payload))


def digest_of(document: bytes) -> str:
    """Return the digest of a report as :func:`signed_report` returned it."""
    fields = msgspec.json.decode(document, type=dict[str, Any])
    fields.pop("signature", None)
    return _digest(_payload(fields))


def _digest(payload: bytes) -> str:
    return sha256(payload).hexdigest()


def _payload(document: dict[str, Any]) -> bytes:
    return msgspec.json.encode(document, order="sorted")


def _signs(key: Ed25519PublicKey, signature: bytes, payload: bytes) -> bool:
    try:
        key.verify(signature, payload)
    except InvalidSignature:
        return False
    return True
