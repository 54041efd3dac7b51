"""
The script about tags, as one site serves it: the same for every visitor, so caches may keep it.

Reads the script once, from the package.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from privacykit.signals.gpp.layouts import USNAT
from privacykit.signals.gpp.string import NAMES
from privacykit.web.preferences.context import RoutesContext
from privacykit.web.preferences.wording import ENGLISH
from privacykit.web.tags.config import Tags
from privacykit.web.tags.strings import SECTIONS

_PLACE = "__CONFIG__"
"""Stands in the script where the configuration goes."""


def script_of(context: RoutesContext) -> bytes:
    """Return the script for the site of *context*."""
    tags, wording = context.tags, {**ENGLISH, **context.wording}
    config = {
        "purposes": {
            purpose.id: {"label": purpose.label or purpose.id, "about": purpose.description}
            for purpose in context.purposes
        },
        "necessary": [purpose.id for purpose in context.purposes if purpose.necessary],
        "words": {word: wording[f"tag_{word}"] for word in ("text", "allow", "choices")},
        "google": tags.google,
        "wait": tags.wait_ms,
        "microsoft": tags.microsoft,
        "matomo": tags.matomo,
        "gpp": _sections(tags),
        "usp": tags.us_privacy,
        "cmp": tags.cmp_id,
    }
    return _source().replace(_PLACE, msgspec.json.encode(config).decode()).encode()


def _sections(tags: Tags) -> list[str]:
    """Return the sections that may be written, as ``ping`` of the GPP API lists them."""
    if tags.gpp is None:
        return []
    ids = [USNAT, *(SECTIONS.values() if tags.gpp == "state" else ())]
    return [f"{section_id}:{NAMES[section_id]}" for section_id in ids]


@cache
def _source() -> str:
    return (files("privacykit.web.tags") / "static" / "tags.js").read_text(encoding="utf-8")
