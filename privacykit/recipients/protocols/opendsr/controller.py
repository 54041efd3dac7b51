"""
OpenDSR 2.0 as a controller: a notice as a request to a processor, and its answers read. Pure.

Nothing of an answer is believed before its signature over the raw body was checked (§6.2, §8.8).
"""

from __future__ import annotations

import uuid
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from privacykit.govern.requests.notify import RecipientAnswer, evidence
from privacykit.recipients.protocols.documents import read_object
from privacykit.recipients.protocols.opendsr.signature import (
    DOMAIN_HEADER,
    OLD_DOMAIN_HEADER,
    OLD_SIGNATURE_HEADER,
    SIGNATURE_HEADER,
    signed_by,
)
from privacykit.recipients.protocols.opendsr.states import TYPES, moment

IDENTITY_TYPES = frozenset(
    {
        "controller_customer_id",
        "email",
        "android_advertising_id",
        "android_id",
        "fire_advertising_id",
        "ios_advertising_id",
        "ios_vendor_id",
        "microsoft_advertising_id",
        "microsoft_publisher_id",
        "roku_publisher_id",
        "roku_advertising_id",
    }
)
"""What the specification names (§5.1)."""
STEP = "opendsr"
"""The member of a notice's body that says how far it came."""
CREATED, OK, BAD = 201, 200, 400
_REFUSES_US = frozenset({401, 403, 404, 405})


def opendsr_number(notice_id: str) -> str:
    """Return the UUID of version 4 under which the notice *notice_id*, random hex, is asked."""
    return str(uuid.UUID(hex=notice_id, version=4))


def asked_before(body: bytes) -> bool:
    """Tell whether a notice's *body* was taken by the processor already."""
    return STEP in msgspec.json.decode(body, type=dict[str, Any])


def taken(body: bytes, number: str) -> bytes:
    """Return a notice's *body* with the mark that the processor took it."""
    return msgspec.json.encode(msgspec.json.decode(body, type=dict[str, Any]) | {STEP: number})


def request_body(
    body: bytes, number: str, now: float, supported: frozenset[tuple[str, str]]
) -> bytes | None:
    """
    Return the OpenDSR request of a notice.

    Args:
        body: What :func:`privacykit.govern.requests.notify.message` wrote.
        number: From :func:`opendsr_number`.
        now: Unix seconds.
        supported: Identity types and formats that the processor's discovery names.

    Returns:
        ``None`` where the specification has no word for what is asked, or the processor knows
        none of the person's identities.
    """
    told = msgspec.json.decode(body, type=dict[str, Any])["data"]
    people = [
        {name: it[name] for name in ("identity_type", "identity_value", "identity_format")}
        for it in told["subject_identities"]
        if it["identity_type"] in IDENTITY_TYPES
        and (it["identity_type"], it["identity_format"]) in supported
    ]
    if told["subject_request_type"] not in TYPES or not people:
        return None
    law = str(told["regulation"]).upper()
    return msgspec.json.encode(
        {
            "regulation": "ccpa" if law.startswith(("US", "CCPA")) else "gdpr",
            "subject_request_id": number,
            "subject_request_type": told["subject_request_type"],
            "submitted_time": moment(now),
            "subject_identities": people,
            "api_version": "2.0",
        }
    )


def supported_by(discovery: bytes) -> tuple[str, frozenset[tuple[str, str]]] | None:
    """
    Read a discovery document (§4.1).

    Returns:
        The URL of the certificate, and the supported types and formats; ``None`` for no such
        document.
    """
    told = read_object(discovery)
    try:
        if told is None:
            return None
        pairs = frozenset(
            (str(it["identity_type"]), str(it["identity_format"]))
            for it in told["supported_identities"]
        )
        return str(told["processor_certificate"]), pairs
    except (KeyError, TypeError):
        return None


def is_signed(headers: Mapping[str, str], body: bytes, domain: str, key: RSAPublicKey) -> bool:
    """
    Tell whether *domain* signed *body*.

    Args:
        headers: Names in lower case; the names of OpenGDPR are read, too.
        body: The raw body.
        domain: The processor's.
        key: From its certificate.
    """
    for named, signed in (
        (DOMAIN_HEADER, SIGNATURE_HEADER),
        (OLD_DOMAIN_HEADER, OLD_SIGNATURE_HEADER),
    ):
        signature = headers.get(signed.lower())
        if signature and headers.get(named.lower()) == domain:
            return signed_by(key, body, signature)
    return False


def read_created(
    status: int, answer: bytes, sent: bytes, notice: bytes, number: str
) -> RecipientAnswer:
    """
    Understand the answer to ``POST /requests``, whose signature was checked where it is 201.

    Args:
        status: The HTTP status.
        answer: The body.
        sent: The body that was sent.
        notice: The notice's body.
        number: The request's id there.
    """
    if status == CREATED:
        told = _read(answer)
        if told.get("subject_request_id") != number or not _is(told.get("encoded_request"), sent):
            return RecipientAnswer("pending", "the answer is about another request")
        return RecipientAnswer("pending", number, working=True, left=taken(notice, number))
    if status == BAD:
        return RecipientAnswer("refused", f"http {status}")
    if status in _REFUSES_US:
        return RecipientAnswer("failed", f"http {status}")
    return RecipientAnswer("pending", f"http {status}" if status else "no answer")


def read_status(status: int, answer: bytes, number: str) -> RecipientAnswer:
    """
    Understand the answer to ``GET /requests/{id}``, whose signature was checked where it is 200.

    ``completed`` acknowledges, unless an extension says that it was refused, as ours does.
    """
    if status != OK:
        kind = "failed" if status in _REFUSES_US else "pending"
        why = f"http {status}" if status else "no answer"
        return RecipientAnswer("failed" if kind == "failed" else "pending", why)
    told = _read(answer)
    state = told.get("request_status")
    if told.get("subject_request_id") != number:
        return RecipientAnswer("pending", "the answer is about another request")
    if state == "cancelled" or _outcome(told) == "rejected":
        return RecipientAnswer("refused", number)
    if state == "completed":
        failed = _outcome(told) == "unfulfilled"
        return RecipientAnswer("failed" if failed else "acknowledged", number)
    return RecipientAnswer("pending", evidence(number), working=True)


def _outcome(told: Mapping[str, Any]) -> str:
    extensions = told.get("extensions")
    values = extensions.values() if isinstance(extensions, dict) else ()
    return next(
        (str(it["outcome"]) for it in values if isinstance(it, dict) and "outcome" in it), ""
    )


def _is(encoded: object, sent: bytes) -> bool:
    try:
        return isinstance(encoded, str) and b64decode(encoded, validate=True) == sent
    except ValueError:
        return False


def _read(answer: bytes) -> dict[str, Any]:
    return read_object(answer) or {}
