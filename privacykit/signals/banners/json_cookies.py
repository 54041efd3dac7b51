"""JSON in cookies, percent-encoded or not, read without ever raising. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from privacykit.signals.banners.times import of_iso

MOST_CATEGORIES = 256


def json_object(value: str) -> Mapping[str, Any]:
    """Return the JSON object in *value*; an empty one for whatever is none."""
    try:
        found = msgspec.json.decode(unquote(value) if value[:1] == "%" else value)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return {}
    return found if isinstance(found, dict) else {}


def answers(found: object) -> dict[str, bool]:
    """Return the members of *found* that are true or false; none where there are too many."""
    if not isinstance(found, Mapping) or len(found) > MOST_CATEGORIES:
        return {}
    return {str(name): said for name, said in found.items() if isinstance(said, bool)}


def listed(found: object, *, allowed: bool) -> dict[str, bool]:
    """Return the words of the list *found*, each with *allowed*; none where there are too many."""
    if not isinstance(found, list) or len(found) > MOST_CATEGORIES:
        return {}
    return {word: allowed for word in found if isinstance(word, str)}


def first_time(found: object, *names: str) -> float | None:
    """Return the time in the first member of *found* among *names* that has one, in ISO 8601."""
    if not isinstance(found, Mapping):
        return None
    return next((of_iso(found[name]) for name in names if found.get(name)), None)
