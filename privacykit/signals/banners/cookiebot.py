"""Cookiebot: ``CookieConsent``, ``{necessary:true,statistics:false,…}``, percent-encoded. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote

from privacykit.signals.banners.times import earliest, of_milliseconds

COOKIES = ("CookieConsent",)
CATEGORIES = ("necessary", "preferences", "statistics", "marketing")

_PAIR = re.compile(r"[{,]['\"]?(necessary|preferences|statistics|marketing)['\"]?:(true|false)\b")
_METHOD = re.compile(r"[{,]['\"]?method['\"]?:['\"]?(\w*)")
_UTC = re.compile(r"[{,]['\"]?utc['\"]?:['\"]?([^,'\"}]*)")
_NO_STAMP = re.compile(r"[{,]['\"]?stamp['\"]?:['\"]?-1\b")


def categories(name: str, value: str) -> dict[str, bool]:  # noqa: ARG001  (one cookie)
    """
    Return the four categories; ``-1`` and ``0``, which it writes too, name none.

    Where the ``method`` is ``implied`` or the ``stamp`` is ``-1``, nobody was asked: what is on is
    on by default, and no grant.
    """
    text = unquote(value)
    if not (text.startswith("{") and text.endswith("}")):
        return {}
    given = set(_METHOD.findall(text)) == {"explicit"} and not _NO_STAMP.search(text)
    said: dict[str, bool] = {}
    for category, answer in _PAIR.findall(text):
        said[category] = said.get(category, True) and answer == "true"
    return said if given else {category: False for category, on in said.items() if not on}


def given_at(name: str, value: str) -> float | None:  # noqa: ARG001  (one cookie)
    """Return when it was answered: ``utc``, which cookies of old versions have not."""
    return earliest(map(of_milliseconds, _UTC.findall(unquote(value))))
