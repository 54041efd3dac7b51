"""
The last run: when it was, and what became of each claim, as its signed report says. Pure.

Documents that state something about stored data read this first: a sentence that a failed claim
disproves is not printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from privacykit.documents.signed import SignedKind, read_signed, sign
from privacykit.errors import InputError
from privacykit.verify.claims import ClaimOutcome, ClaimResult

KIND = SignedKind("privacykit.verify", 1, "PK319", "`privacykit verify`")


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


def signed_report(run: LastRun, key: Ed25519PrivateKey) -> bytes:
    """Return *run* as a signed JSON document."""
    fields: dict[str, Any] = msgspec.to_builtins(run)
    fields.pop("digest")
    return sign(fields, KIND, key)


def read_report(document: bytes, keys: Iterable[Ed25519PublicKey]) -> LastRun:
    """
    Read a report that one of *keys* signed.

    Args:
        document: What :func:`signed_report` returned, spaced as one likes.
        keys: Public keys that are trusted; the key inside the document proves nothing.

    Raises:
        InputError: Not a report of a run, or none of *keys* signed it as it stands.
    """
    fields, digest = read_signed(document, KIND, keys)
    try:
        run = msgspec.convert(fields, LastRun)
    except msgspec.ValidationError:
        raise InputError(f"PK319 not a report of {KIND.name}") from None
    return msgspec.structs.replace(run, digest=digest)
