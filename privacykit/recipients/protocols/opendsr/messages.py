"""The OpenDSR request as it is read: every fault named, nobody in the words (§7.1). Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from privacykit.govern.records import Identity, RequestType
from privacykit.recipients.protocols.book import ProtocolAnswer, json_answer
from privacykit.recipients.protocols.documents import read_object
from privacykit.recipients.protocols.opendsr.states import FORMATS, TYPES, instant, is_request_id

REGULATIONS = ("gdpr", "ccpa")
MOST_IDENTITIES = 100
LONGEST_VALUE = 1024
MOST_CALLBACKS = 10
SKEW_SECONDS = 300.0
"""How far a controller's clock may be ahead of ours."""
MAJORS = frozenset({"1", "2"})
_HEX = {"sha1": 40, "md5": 32, "sha256": 64}


class OpenDsrFault(msgspec.Struct, frozen=True):
    """
    Something that is wrong with a request.

    Attributes:
        reason: The member, or a code.
        message: Why; without a value.
    """

    reason: str
    message: str


class OpenDsrRequest(msgspec.Struct, frozen=True):
    """
    A request that can be filed. Its ``repr`` names nobody.

    Attributes:
        number: The controller's id of it.
        wanted: The right.
        identities: Whom it is about, types as the data map has them.
        regulation: ``gdpr`` or ``ccpa``.
        callbacks: Where changes are told.
    """

    number: str
    wanted: RequestType
    identities: tuple[Identity, ...]
    regulation: str
    callbacks: tuple[str, ...]

    def __repr__(self) -> str:
        return "<OpenDsrRequest>"


def read_request(
    body: bytes, known: Mapping[str, str], hosts: Collection[str], now: float
) -> OpenDsrRequest | list[OpenDsrFault]:
    """
    Read the body of ``POST /requests``.

    Args:
        body: The raw body.
        known: OpenDSR's identity types to those of the data map.
        hosts: Where callbacks of this controller may go.
        now: Unix seconds.

    Returns:
        The request, or all that is wrong with it.
    """
    document = read_object(body)
    if document is None:
        return [OpenDsrFault("malformed", "the body is not a JSON object that we can read")]
    faults = [*_faults(document, known, now), *_callback_faults(document, hosts)]
    if faults:
        return faults
    return OpenDsrRequest(
        document["subject_request_id"],
        TYPES[document["subject_request_type"]],
        tuple(_identity(it, known) for it in document["subject_identities"]),
        document["regulation"],
        tuple(document.get("status_callback_urls") or ()),
    )


def fault_answer(
    faults: Collection[OpenDsrFault],
    status: int = 400,
    headers: Mapping[str, str] | None = None,
) -> ProtocolAnswer:
    """Return the answer that names *faults* (§7.6)."""
    first = next(iter(faults))
    error = {
        "code": status,
        "message": first.message,
        "errors": [
            {"domain": "Validation", "reason": it.reason, "message": it.message} for it in faults
        ],
    }
    return json_answer({"error": error}, status, headers)


def _faults(
    document: Mapping[str, Any], known: Mapping[str, str], now: float
) -> Iterator[OpenDsrFault]:
    if document.get("regulation") not in REGULATIONS:
        yield OpenDsrFault("regulation", "regulation is required: gdpr or ccpa")
    if not is_request_id(document.get("subject_request_id")):
        words = "subject_request_id is not a UUID of version 4 in lower case"
        yield OpenDsrFault("subject_request_id", words)
    wanted = document.get("subject_request_type")
    if not isinstance(wanted, str) or wanted not in TYPES:
        yield OpenDsrFault("subject_request_type", f"not one of {', '.join(TYPES)}")
    submitted = instant(document.get("submitted_time"))
    if submitted is None:
        yield OpenDsrFault("submitted_time", "submitted_time is not an RFC 3339 time with a zone")
    elif submitted > now + SKEW_SECONDS:
        yield OpenDsrFault("submitted_time", "submitted_time lies in the future")
    version = document.get("api_version", "2.0")
    if not isinstance(version, str) or version.partition(".")[0] not in MAJORS:
        yield OpenDsrFault("api_version", "this version is not served")
    yield from _identity_faults(document.get("subject_identities"), known)


def _identity_faults(told: object, known: Mapping[str, str]) -> Iterator[OpenDsrFault]:
    if not isinstance(told, list) or not 0 < len(told) <= MOST_IDENTITIES:
        words = f"subject_identities is a list of 1 to {MOST_IDENTITIES}"
        yield OpenDsrFault("subject_identities", words)
        return
    for number, one in enumerate(told):
        where = f"subject_identities[{number}]"
        if not isinstance(one, dict):
            yield OpenDsrFault(where, "an identity is an object")
            continue
        kind, written, value = (
            one.get(f"identity_{member}") for member in ("type", "format", "value")
        )
        if not isinstance(kind, str) or kind not in known:
            told_type = kind if isinstance(kind, str) and _is_word(kind) else ""
            words = f"the identity type {told_type} is not supported".replace("  ", " ")
            yield OpenDsrFault(f"{where}.identity_type", words)
        if written not in FORMATS:
            yield OpenDsrFault(f"{where}.identity_format", f"not one of {', '.join(FORMATS)}")
        elif not isinstance(value, str) or not _is_value(value, str(written)):
            yield OpenDsrFault(f"{where}.identity_value", "the value is not of its format")


def _callback_faults(document: Mapping[str, Any], hosts: Collection[str]) -> Iterator[OpenDsrFault]:
    told = document.get("status_callback_urls")
    if told is None:
        return
    if not isinstance(told, list) or len(told) > MOST_CALLBACKS:
        words = f"status_callback_urls is a list of {MOST_CALLBACKS} at most"
        yield OpenDsrFault("status_callback_urls", words)
        return
    for number, url in enumerate(told):
        if not may_call(url, hosts):
            words = "the host of a callback has to be agreed on, and called by https"
            yield OpenDsrFault(f"status_callback_urls[{number}]", words)


def may_call(url: object, hosts: Collection[str]) -> bool:
    """
    Tell whether a status may be sent to *url*.

    Only a host that the operator wrote down, with its port, by ``https`` (by ``http`` to this
    machine), is called: what a stranger names leads nowhere (server-side request forgery).
    """
    if not isinstance(url, str) or len(url) > LONGEST_VALUE or not url.isprintable():
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or "\\" in url or " " in url or parts.netloc.lower() not in hosts:
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
    )


def _identity(told: Mapping[str, Any], known: Mapping[str, str]) -> Identity:
    value, written = told["identity_value"], told["identity_format"]
    return Identity(
        known[told["identity_type"]], value if written == "raw" else value.lower(), written
    )


def _is_value(value: str, written: str) -> bool:
    if written == "raw":
        return bool(value.strip()) and len(value) <= LONGEST_VALUE
    return len(value) == _HEX[written] and all(c in "0123456789abcdefABCDEF" for c in value)


def _is_word(text: str) -> bool:
    """Tell whether *text* may stand in an answer: it could be somebody's value in a wrong place."""
    return len(text) <= 40 and text.isascii() and text.replace("_", "").isalpha()  # noqa: PLR2004
