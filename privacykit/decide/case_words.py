"""Conditions put in words, and the properties of a case that each of them states. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

# Conditions that laws and our notes put in words, and the property that each of them states.
_IN_WORDS: Final[dict[str, tuple[str, bool | int]]] = {
    "no_storage_or_access_on_device": ("no_device_storage", True),
    "ip_truncated_or_dropped_at_ingress": ("ip_truncated_min_last_octet", True),
    "identifier_not_persistent_beyond_24h": ("identifier_hours", 24),
    "no_cross_site_use": ("cross_site_or_cross_app_tracking", False),
    "user_informed_of_processing_and_purpose": ("user_informed", True),
    "told_how_to_refuse": ("refusal_explained", True),
}
WORDED: Final = frozenset(_IN_WORDS)
"""The conditions that we read in words."""
_NOT_A_NAME: Final = re.compile(r"[^a-z0-9]+")


def stated_properties(table: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return *table* with what its conditions in words state, unless the property itself is."""
    worded = {
        name: value
        for key, stated in table.items()
        if stated is True
        for name, value in [_IN_WORDS.get(_NOT_A_NAME.sub("_", key.lower()), ("", True))]
        if name
    }
    return {**worded, **table} if worded else table
