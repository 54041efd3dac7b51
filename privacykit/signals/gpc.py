"""
Global Privacy Control: the request header and the support resource, by their exact grammar. Pure.

Source: W3C draft "Global Privacy Control (GPC)", April 2026. GPC is an opt-out of sale, sharing and
targeted advertising; it never stops first-party analytics and is no deletion request.
"""

from __future__ import annotations

import re
from datetime import date, datetime

import msgspec

LONGEST = 256
"""Bytes of a field value that are looked at; no honest client sends more than one."""

_FULL_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def gpc(value: bytes | None) -> bool:
    """
    Return whether the ``Sec-GPC`` field value *value* is an opt-out.

    Only the one character ``1`` counts: ``0``, ``true``, ``?1`` and ``1;q=1`` count as absent.
    Optional white space around it is not part of a field value (RFC 9110 §5.5), though some servers
    hand it on. ``1, 1`` is honoured: an intermediary joined two lines, of which one is enough. Join
    repeated lines with a comma before the call.

    Args:
        value: The raw field value, or ``None`` when the header is absent.
    """
    if value is None:
        return False
    if value == b"1":
        return True
    return any(member.strip(b" \t") == b"1" for member in value[:LONGEST].split(b","))


class GpcSupport(msgspec.Struct, frozen=True):
    """
    What a site says of itself in ``/.well-known/gpc.json``.

    Attributes:
        support: Whether it abides by GPC; ``None`` is unknown.
        last_update: RFC 3339 date or date-time of that statement; ``None`` is unknown.
    """

    support: bool | None = None
    last_update: str | None = None


def support_document(last_update: date) -> bytes:
    """Return the body of our own ``/.well-known/gpc.json``, last changed on *last_update*."""
    return msgspec.json.encode({"gpc": True, "lastUpdate": last_update.isoformat()})


def parse_support(status: int, body: bytes, content_type: str) -> GpcSupport:
    """
    Read a site's answer to ``GET /.well-known/gpc.json``; what is not exactly right is unknown.

    Args:
        status: The HTTP status code.
        body: The response body.
        content_type: The value of ``Content-Type``; what is not sent as JSON is not the resource,
            but a page that answers for every address, say.
    """
    if content_type.partition(";")[0].strip(" \t").lower() != "application/json":
        return GpcSupport()
    if status != 200:  # noqa: PLR2004  (the one status that carries the resource)
        return GpcSupport()
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return GpcSupport()
    if not isinstance(document, dict):
        return GpcSupport()
    support, moment = document.get("gpc"), document.get("lastUpdate")
    return GpcSupport(
        support if isinstance(support, bool) else None,
        moment if isinstance(moment, str) and _is_moment(moment) else None,
    )


def _is_moment(text: str) -> bool:
    try:
        if _FULL_DATE.fullmatch(text):
            date.fromisoformat(text)
        elif _DATE_TIME.fullmatch(text):
            datetime.fromisoformat(text.upper())
        else:
            return False
    except ValueError:
        return False
    return True
