"""
Telling recipients what a person asked of us, until they answer (GDPR Art. 19). Pure.

Messages are :mod:`webhooks <privacykit.webhook>`, signed with our Ed25519 key (``v1a``), so that a
recipient needs nothing secret of ours. The message id stays the same on every try, so that the
recipient acts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import msgspec

from privacykit.govern.propagation import Answered
from privacykit.govern.records import Effect, Identity, SubjectRequest
from privacykit.webhook import AnswerKind, answer_kind, wait_asked

WAITS = (60, 300, 1800, 2 * 3600, 8 * 3600, 24 * 3600)
"""Seconds to the next try after the first, second, … one; the last repeats."""

MOST_TRIES = 30
"""After these (about four weeks) somebody has to look; the receipt goes on listing it."""

MOST_EVIDENCE = 100
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/=+-")


class RecipientNotice(msgspec.Struct, frozen=True):
    """
    One message to one recipient.

    Attributes:
        notice_id: Random; the webhook's id on every try.
        request_id: The request.
        recipient: Its name in the data map.
        body: What is sent; it names the person and is erased when answered.
        status: How the recipient answered.
        tries: How often it was sent.
        next_at: When to try (again), Unix seconds; ``None`` when nothing more is sent.
        at: Unix seconds of the last change.
        evidence: The recipient's own reference, free of data.
        effect: The level of a deletion at the recipient, where it shows or says one.
    """

    notice_id: str
    request_id: str
    recipient: str
    body: bytes
    status: Answered
    tries: int
    next_at: float | None
    at: float
    evidence: str = ""
    effect: Effect = Effect.NONE

    def __repr__(self) -> str:
        return f"<Notice {self.recipient} {self.status}>"


class RecipientAnswer(msgspec.Struct, frozen=True):
    """
    How a recipient answered one try.

    Attributes:
        status: ``pending`` when it has to be tried again.
        evidence: The recipient's own reference, or why it failed, free of data.
        wait: Seconds the recipient asks us to wait, if it does.
        effect: The level of a deletion at the recipient, where it shows or says one.
        working: Whether it took what was asked and is at it: to look again is no try.
        left: What is still to be sent, where a part is done; ``None`` is all.
    """

    status: Answered
    evidence: str = ""
    wait: float | None = None
    effect: Effect = Effect.NONE
    working: bool = False
    left: bytes | None = None


def message(request: SubjectRequest, at: str) -> bytes:
    """
    Write what a recipient is told: only what it needs to find the person and act.

    Args:
        request: The request.
        at: ISO 8601 time of the message.
    """
    data = {
        "subject_request_id": request.subject_request_id,
        "subject_request_type": request.subject_request_type.value,
        "regulation": request.regulation.partition("@")[0],
        "due_at": int(request.extended_to or request.due_at or 0) or None,
        "purposes": request.purposes,
        "subject_identities": [_told(identity) for identity in request.subject_identities],
    }
    document = {"type": "subject_request.received", "timestamp": at, "data": data}
    return msgspec.json.encode(document)


def named(body: bytes) -> tuple[Identity, ...]:
    """Return whom a *body* of :func:`message` names; nobody where it was erased."""
    if not body:
        return ()
    told = msgspec.json.decode(body)["data"]["subject_identities"]
    return tuple(Identity(it["identity_type"], it["identity_value"]) for it in told)


def judge(status: int, headers: Mapping[str, str], body: bytes, now: float) -> RecipientAnswer:
    """
    Understand what a recipient answered.

    Args:
        status: The HTTP status; 0 when there was no answer at all.
        headers: Lower-case names.
        body: JSON ``{"status": "acknowledged", "id": "…"}`` at best; anything else is ignored.
        now: Unix seconds.

    Returns:
        202 without a word is *pending*: taken, not yet acknowledged. Any other 2xx acknowledges.
        A recipient that refuses us, not the message, has *failed* until somebody looks, unless it
        says in words that it refuses. What refuses the message is *refused*; the rest is retried.
    """
    said, reference = _words(body)
    kind = answer_kind(status)
    if kind is AnswerKind.AGAIN:
        why = f"http {status}" if status else "no answer"
        return RecipientAnswer("pending", why, wait_asked(headers.get("retry-after"), now))
    if said == "refused" or kind is AnswerKind.REFUSED:
        return RecipientAnswer("refused", reference or f"http {status}")
    if kind is AnswerKind.REFUSES_US:
        return RecipientAnswer("failed", f"http {status}")
    if status == 202 and said != "acknowledged":  # noqa: PLR2004 - HTTP: accepted
        return RecipientAnswer("pending", reference)
    return RecipientAnswer("acknowledged", reference)


def tried(notice: RecipientNotice, answer: RecipientAnswer, now: float) -> RecipientNotice:
    """
    Note the outcome of a try.

    What is answered is never sent again, and its body, which names the person, is dropped.
    """
    tries = notice.tries + (not answer.working)
    status = answer.status
    left = notice.body if answer.left is None else answer.left
    if status == "pending" and tries >= MOST_TRIES:
        status = "failed"
    if status != "pending":
        body = b"" if status in {"acknowledged", "refused"} else left
        return _noted(
            notice,
            body=body,
            status=status,
            tries=tries,
            next_at=None,
            at=now,
            evidence=answer.evidence,
            effect=answer.effect,
        )
    least = WAITS[0] if answer.working else WAITS[min(tries, len(WAITS)) - 1]
    wait = max(least, min(answer.wait or 0, WAITS[-1]))
    return _noted(
        notice, body=left, tries=tries, next_at=now + wait, at=now, evidence=answer.evidence
    )


def evidence(text: str) -> str:
    """Keep of a recipient's words what cannot name anybody: a short reference, else its digest."""
    if len(text) <= MOST_EVIDENCE and _SAFE.issuperset(text):
        return text
    return "sha256:" + sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _noted(notice: RecipientNotice, **changes: object) -> RecipientNotice:
    return msgspec.structs.replace(notice, **changes)


def _told(identity: Identity) -> dict[str, object]:
    told: dict[str, object] = {
        "identity_type": identity.type,
        "identity_value": identity.value,
        "identity_format": identity.format,
    }
    parts = [list(part) for part in identity.parts]
    return told | ({"parts": parts} if parts else {})


def _words(body: bytes) -> tuple[str, str]:
    try:
        said = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.MsgspecError:
        return "", ""
    return str(said.get("status", "")), evidence(str(said.get("id", "")))
