"""Fields that an export names. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.govern.datamap import Field

GIVEN = frozenset({"provided", "observed"})
"""Origins that portability covers (GDPR Art. 20(1); WP 242: provided includes observed)."""


def exported_fields(fields: Mapping[str, Field], *, given: bool) -> dict[str, Field]:
    """Return the fields that an export names: mapped, not withheld and, if *given*, not derived."""
    return {
        name: field
        for name, field in fields.items()
        if not field.exclude and not field.withhold and (not given or field.origin in GIVEN)
    }
