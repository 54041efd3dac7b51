"""Matomo: ``mtm_consent``, ``mtm_cookie_consent``, ``mtm_consent_removed``, there or not. Pure."""

from __future__ import annotations

from privacykit.signals.banners.times import of_milliseconds

COOKIES = ("mtm_consent", "mtm_cookie_consent", "mtm_consent_removed")
CATEGORIES = ("consent", "cookie_consent")

_SAID = {
    "mtm_consent": {"consent": True},
    "mtm_cookie_consent": {"cookie_consent": True},
    "mtm_consent_removed": {"consent": False},
}


def categories(name: str, value: str) -> dict[str, bool]:
    """Return what the presence of the cookie *name* says; its value is a time."""
    return _SAID[name] if value.isdigit() or name == "mtm_consent_removed" else {}


def given_at(name: str, value: str) -> float | None:  # noqa: ARG001  (each holds one)
    """Return when it was given: the value of the cookie."""
    return of_milliseconds(value)
