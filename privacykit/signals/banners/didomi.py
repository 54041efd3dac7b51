"""Didomi: ``didomi_token``, base64 of JSON with lists of purposes enabled and disabled. Pure."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Mapping
from urllib.parse import unquote

from privacykit.signals.banners.json_cookies import first_time, json_object, listed

COOKIES = ("didomi_token",)
CATEGORIES: tuple[str, ...] = ()
"""The ids of purposes are the site's own."""


def categories(name: str, value: str) -> dict[str, bool]:  # noqa: ARG001  (one cookie)
    """Return the purposes; one that is listed both ways is refused."""
    purposes = _token(value).get("purposes")
    if not isinstance(purposes, dict):
        return {}
    enabled = listed(purposes.get("enabled"), allowed=True)
    return enabled | listed(purposes.get("disabled"), allowed=False)


def given_at(name: str, value: str) -> float | None:  # noqa: ARG001  (one cookie)
    """Return when it was answered last."""
    return first_time(_token(value), "updated", "created")


def _token(value: str) -> Mapping[str, object]:
    try:
        return json_object(b64decode(unquote(value), validate=True).decode())
    except (Error, ValueError):
        return {}
