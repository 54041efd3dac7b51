"""
Telling recipients what a person asked of us, until they answer (GDPR Art. 19). Pure.

Messages are Standard Webhooks: ``v1a`` with our Ed25519 key, so that a recipient needs nothing
secret of ours, and ``v1`` besides where a secret was agreed. The message id stays the same on
every try, so that the recipient acts once.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import md5, sha1, sha256
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacykit.errors import KeyMaterialError
from privacykit.govern.records import Identity, IdentityFormat, SubjectRequest
from privacykit.govern.suppression import normalised

Answered = Literal["pending", "acknowledged", "refused", "failed"]

WAITS = (60, 300, 1800, 2 * 3600, 8 * 3600, 24 * 3600)
"""Seconds to the next try after the first, second, … one; the last repeats."""

MOST_TRIES = 30
"""After these (about four weeks) somebody has to look; the receipt goes on listing it."""

MOST_EVIDENCE = 100
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/=+-")
_RETRIED = frozenset({408, 425, 429})


class Errand(msgspec.Struct, frozen=True):
    """
    One message to one recipient.

    Attributes:
        errand_id: Random; the webhook's id on every try.
        request_id: The request.
        recipient: Its name in the data map.
        body: What is sent; it names the person and is erased when answered.
        status: How the recipient answered.
        tries: How often it was sent.
        next_at: When to try (again), Unix seconds; ``None`` when nothing more is sent.
        at: Unix seconds of the last change.
        evidence: The recipient's own reference, free of data.
    """

    errand_id: str
    request_id: str
    recipient: str
    body: bytes
    status: Answered
    tries: int
    next_at: float | None
    at: float
    evidence: str = ""

    def __repr__(self) -> str:
        return f"<Errand {self.recipient} {self.status}>"


class Answer(msgspec.Struct, frozen=True):
    """
    How a recipient answered one try.

    Attributes:
        status: ``pending`` when it has to be tried again.
        evidence: The recipient's own reference, or why it failed, free of data.
        wait: Seconds the recipient asks us to wait, if it does.
    """

    status: Answered
    evidence: str = ""
    wait: float | None = None


def message(request: SubjectRequest, at: str, identity_format: IdentityFormat = "raw") -> bytes:
    """
    Write what a recipient is told: only what it needs to find the person and act.

    Args:
        request: The request.

        at: ISO 8601 time of the message.

        identity_format: How the recipient takes identities; a hash goes over the normalised value.
    """
    data = {
        "subject_request_id": request.subject_request_id,
        "subject_request_type": request.subject_request_type.value,
        "regulation": request.regulation.partition("@")[0],
        "due_at": int(request.extended_to or request.due_at or 0) or None,
        "purposes": request.purposes,
        "subject_identities": [
            _told(identity, identity_format) for identity in request.subject_identities
        ],
    }
    document = {"type": "subject_request.received", "timestamp": at, "data": data}
    return msgspec.json.encode(document)


def signatures(
    errand_id: str,
    at: int,
    body: bytes,
    *,
    key: Ed25519PrivateKey,
    secrets: Sequence[str] = (),
) -> dict[str, str]:
    """
    Sign one try (Standard Webhooks 1.0).

    Args:
        errand_id: The message's id.

        at: Unix seconds of this try.

        body: The raw body.

        key: Our key, for ``v1a``.

        secrets: ``whsec_…`` agreed with the recipient, for ``v1``; two while one is rotated.

    Returns:
        The headers ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``.

    Raises:
        KeyMaterialError: A secret is no base64, or too short.
    """
    content = f"{errand_id}.{at}.".encode() + body
    signed = [f"v1a,{b64encode(key.sign(content)).decode()}"]
    signed += [f"v1,{_symmetric(secret, content)}" for secret in secrets]
    return {
        "webhook-id": errand_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signed),
    }


def judge(status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    """
    Understand what a recipient answered.

    Args:
        status: The HTTP status; 0 when there was no answer at all.

        headers: Lower-case names.

        body: JSON ``{"status": "acknowledged", "id": "…"}`` at best; anything else is ignored.

    Returns:
        202 without a word is *pending*: taken, not yet acknowledged. Any other 2xx acknowledges.
        400, 404, 409, 422 refuse; 410 and 401, 403 fail until somebody looks; the rest is retried.
    """
    said, reference = _words(body)
    if status == 202 and said != "acknowledged":  # noqa: PLR2004 - HTTP: accepted
        return Answer("pending", reference)
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP: success
        return Answer("refused" if said == "refused" else "acknowledged", reference)
    if status in {401, 403, 410}:
        return Answer("failed", f"http {status}")
    if 400 <= status < 500 and status not in _RETRIED:  # noqa: PLR2004 - HTTP: client error
        return Answer("refused", reference or f"http {status}")
    return Answer("pending", f"http {status}" if status else "no answer", _wait(headers))


def tried(errand: Errand, answer: Answer, now: float) -> Errand:
    """
    Note the outcome of a try.

    What is answered is never sent again, and its body, which names the person, is dropped.
    """
    tries = errand.tries + 1
    status = answer.status
    if status == "pending" and tries >= MOST_TRIES:
        status = "failed"
    if status != "pending":
        body = b"" if status in {"acknowledged", "refused"} else errand.body
        return _noted(
            errand,
            body=body,
            status=status,
            tries=tries,
            next_at=None,
            at=now,
            evidence=answer.evidence,
        )
    wait = max(WAITS[min(tries, len(WAITS)) - 1], min(answer.wait or 0, WAITS[-1]))
    return _noted(errand, tries=tries, next_at=now + wait, at=now, evidence=answer.evidence)


def evidence(text: str) -> str:
    """Keep of a recipient's words what cannot name anybody: a short reference, else its digest."""
    if len(text) <= MOST_EVIDENCE and _SAFE.issuperset(text):
        return text
    return "sha256:" + sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _noted(errand: Errand, **changes: object) -> Errand:
    return msgspec.structs.replace(errand, **changes)


def _told(identity: Identity, wanted: IdentityFormat) -> dict[str, object]:
    parts = [list(part) for part in identity.parts]
    value, written = identity.value, identity.format
    if wanted != "raw" and written == "raw":
        value, written = _hashed(identity.type, value, wanted), wanted
        parts = [[kind, _hashed(kind, part, wanted)] for kind, part in identity.parts]
    told: dict[str, object] = {
        "identity_type": identity.type,
        "identity_value": value,
        "identity_format": written,
    }
    return told | ({"parts": parts} if parts else {})


def _hashed(kind: str, value: str, wanted: IdentityFormat) -> str:
    # OpenDSR 2.0 §5.3 names these; md5 and sha1 are the recipient's choice, not protection.
    hashes = {"sha256": sha256, "sha1": sha1, "md5": md5}
    return hashes[wanted](normalised(kind, value).encode()).hexdigest()


def _symmetric(secret: str, content: bytes) -> str:
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        raise KeyMaterialError("a webhook secret is whsec_ and base64") from None
    if len(key) < 24:  # noqa: PLR2004 - Standard Webhooks: 24 to 64 bytes
        raise KeyMaterialError("a webhook secret is 24 bytes or more")
    return b64encode(hmac.digest(key, content, "sha256")).decode()


def _words(body: bytes) -> tuple[str, str]:
    try:
        said = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.MsgspecError:
        return "", ""
    return str(said.get("status", "")), evidence(str(said.get("id", "")))


def _wait(headers: Mapping[str, str]) -> float | None:
    asked = headers.get("retry-after", "")
    return float(asked) if asked.isascii() and asked.isdigit() else None
