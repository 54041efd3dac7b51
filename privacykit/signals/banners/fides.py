"""Fides: ``fides_consent``, JSON whose ``consent`` has true and false by notice. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.signals.banners.json_cookies import answers, first_time, json_object

COOKIES = ("fides_consent",)
CATEGORIES: tuple[str, ...] = ()
"""The keys of notices are the site's own."""

_BY_PERSON = ("accept", "save", "button", "individual_notice")
"""Methods by which a person says yes; those of old cookies, which name none, are not known."""


def categories(name: str, value: str) -> dict[str, bool]:  # noqa: ARG001  (one cookie)
    """
    Return the notices.

    Where the cookie says by which method it was written, and that is no act of the person's, what
    is on is on by default and no grant: ``gpc``, which Fides asks again after, ``dismiss``, …
    """
    found = json_object(value)
    said = answers(found.get("consent"))
    meta = found.get("fides_meta")
    method = meta.get("consentMethod") if isinstance(meta, Mapping) else None
    if method is None or method in _BY_PERSON:
        return said
    return {notice: False for notice, on in said.items() if not on}


def given_at(name: str, value: str) -> float | None:  # noqa: ARG001  (one cookie)
    """Return when it was saved last, ``fides_meta.updatedAt``, else when it was made."""
    return first_time(json_object(value).get("fides_meta"), "updatedAt", "createdAt")
