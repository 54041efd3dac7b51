"""orestbida's CookieConsent: ``cc_cookie``, JSON with the categories that were accepted. Pure."""

from __future__ import annotations

from privacykit.signals.banners.json_cookies import first_time, json_object, listed

COOKIES = ("cc_cookie",)
CATEGORIES: tuple[str, ...] = ()
"""The names of categories are the site's own."""

_TIMES = ("lastConsentTimestamp", "consentTimestamp", "last_consent_update", "consent_date")


class AcceptedOnly(dict[str, bool]):
    """Categories of which those that are not named were refused: the cookie lists what is on."""

    def __missing__(self, category: str) -> bool:
        return False


def categories(name: str, value: str) -> dict[str, bool]:  # noqa: ARG001  (one cookie)
    """Return the categories; once the cookie is there, those that it does not list are refused."""
    found = json_object(value).get("categories")
    return AcceptedOnly(listed(found, allowed=True)) if isinstance(found, list) else {}


def given_at(name: str, value: str) -> float | None:  # noqa: ARG001  (one cookie)
    """Return when it was answered last, under the names of version 3 or of version 2."""
    return first_time(json_object(value), *_TIMES)
