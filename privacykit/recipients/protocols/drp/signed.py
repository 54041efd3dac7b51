"""
Signed bodies of the Data Rights Protocol 1.0, §3.07: base64 of an Ed25519 signature and JSON. Pure.

What libsodium calls the combined mode: 64 bytes of signature, then the message. The signature is
checked over the bytes as they came, which are never written anew.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from privacykit.recipients.protocols.documents import read_object
from privacykit.recipients.protocols.opendsr.states import instant

SIGNATURE_BYTES = 64
SKEW_SECONDS = 60.0
"""How far an agent's clock may be ahead of ours."""
LONGEST_WINDOW = 86_400.0
"""Seconds for which a message may be good; ten minutes are recommended."""
VERSIONS = ("1.0", "0.9.4", "0.9.3", "0.9")
"""1.0 is 0.9.4 with hyphens in the sale actions."""


class DrpFault(Exception):  # noqa: N818 - an answer of the protocol, no error of ours
    """
    A message that is refused.

    Attributes:
        status: The HTTP status.
        message: Why; nothing of the person.
        fatal: Whether the agent should not send it again.
    """

    def __init__(self, message: str, *, status: int = 400, fatal: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fatal = fatal


def verify_key(text: str) -> Ed25519PublicKey:
    """
    Read a directory's ``verify_key``.

    Raises:
        ValueError: It is no key.
    """
    return Ed25519PublicKey.from_public_bytes(b64decode(text, validate=True))


def opened_message(body: bytes, keys: Sequence[str]) -> tuple[dict[str, Any], str]:
    """
    Do the first two checks: the body decodes, and one of *keys* signed it.

    Args:
        body: As it came in.
        keys: Verify keys of the agent, base64.

    Returns:
        The message, and the key that signed it.

    Raises:
        DrpFault: One of them fails; 403 where the signature does.
    """
    try:
        raw = b64decode(body.strip(), validate=True)
    except ValueError:
        raise DrpFault("the body is not base64") from None
    signature, message = raw[:SIGNATURE_BYTES], raw[SIGNATURE_BYTES:]
    signer = next((key for key in keys if _signs(key, signature, message)), None)
    if signer is None:
        raise DrpFault("the signature is not the agent's", status=403)
    found = read_object(message)
    if found is None:
        raise DrpFault("the message is not a JSON object that we can read")
    return found, signer


def check_message(message: Mapping[str, Any], agent: str, business: str, now: float) -> None:
    """
    Do the other four checks, in the order of §3.07, and look at the version.

    Raises:
        DrpFault: One of them fails; *fatal* where the message is over.
    """
    if message.get("agent-id") != agent:
        raise DrpFault("agent-id is not the agent's", status=403)
    if message.get("business-id") != business:
        raise DrpFault("business-id is not ours", status=403)
    issued, expires = (_time(message, name) for name in ("issued-at", "expires-at"))
    if now + SKEW_SECONDS < issued:
        raise DrpFault("issued-at lies in the future")
    if now >= expires:
        raise DrpFault("the message has expired", fatal=True)
    if expires - issued > LONGEST_WINDOW:
        raise DrpFault("a message may be good for a day at most", fatal=True)
    if message.get("drp.version") not in VERSIONS:
        raise DrpFault("this drp.version is not served", fatal=True)


def _time(message: Mapping[str, Any], name: str) -> float:
    found = instant(message.get(name))
    if found is None:
        raise DrpFault(f"{name} is not an ISO 8601 time with a zone")
    return found


def _signs(key: str, signature: bytes, message: bytes) -> bool:
    try:
        verify_key(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
