"""Klaro: ``klaro``, JSON of service names to true and false. Pure."""

from __future__ import annotations

from privacykit.signals.banners.json_cookies import answers, json_object

COOKIES = ("klaro",)
CATEGORIES: tuple[str, ...] = ()
"""The names of services are the site's own."""


def categories(name: str, value: str) -> dict[str, bool]:  # noqa: ARG001  (one cookie)
    """Return the services."""
    return answers(json_object(value))
