"""tarteaucitron: ``tarteaucitron``, ``!gtag=true!youtube=wait``. Pure."""

from __future__ import annotations

from urllib.parse import unquote

from privacykit.signals.banners.json_cookies import MOST_CATEGORIES

COOKIES = ("tarteaucitron",)
CATEGORIES: tuple[str, ...] = ()
"""The names of services are the site's own choice."""

_ANSWERS = {"true": True, "false": False}


def categories(name: str, value: str) -> dict[str, bool]:  # noqa: ARG001  (one cookie)
    """Return the services; ``wait`` is no answer, and of two answers the refusal counts."""
    said: dict[str, bool] = {}
    for part in unquote(value).split("!", MOST_CATEGORIES)[:MOST_CATEGORIES]:
        service, _, answer = part.partition("=")
        if answer in _ANSWERS:
            said[service] = said.get(service, True) and _ANSWERS[answer]
    return said
