"""OneTrust: ``OptanonConsent``, a query string whose ``groups`` is ``C0001:1,C0002:0``. Pure."""

from __future__ import annotations

from urllib.parse import unquote, unquote_plus

from privacykit.signals.banners.times import earliest, of_javascript

COOKIES = ("OptanonConsent",)
CATEGORIES = ("C0001", "C0002", "C0003", "C0004", "C0005")
"""Necessary, performance, functional, targeting, social media: the groups it comes with."""

_ANSWERS = {"1": True, "0": False}
_CLOSED = {"NotLandingPage"}


def categories(name: str, value: str) -> dict[str, bool]:  # noqa: ARG001  (one cookie)
    """
    Return the groups; a second ``groups`` or a group with two answers is refused.

    The cookie is there before anybody answers, with what is on by default. So a grant needs an
    ``interactionCount``; a site that logs no consents has none, and its cookie calls the banner
    closed by ``landingPath=NotLandingPage``. Who is to be asked again grants nothing till then.
    """
    said: dict[str, bool] = {}
    for part in _values(value, "groups"):
        for pair in unquote(part).split(","):
            group, _, answer = pair.partition(":")
            if answer in _ANSWERS:
                said[group] = said.get(group, True) and _ANSWERS[answer]
    if _was_answered(value):
        return said
    return {group: False for group, on in said.items() if not on}


def _was_answered(value: str) -> bool:
    if _values(value, "AwaitingReconsent") - {"false"}:
        return False
    counts = _values(value, "interactionCount")
    if not counts:
        return _values(value, "landingPath") == _CLOSED
    return all(count.isdecimal() and count.strip("0") for count in counts)


def _values(value: str, name: str) -> set[str]:
    """Return the values of the parameter *name*."""
    found = (part.partition("=") for part in value.split("&"))
    return {text for key, _, text in found if key == name}


def given_at(name: str, value: str) -> float | None:  # noqa: ARG001  (one cookie)
    """Return when the cookie was written last: ``datestamp``; the answer is at least as old."""
    return earliest(of_javascript(unquote_plus(text)) for text in _values(value, "datestamp"))
