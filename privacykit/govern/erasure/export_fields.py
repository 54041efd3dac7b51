"""Fields that an export names, and what in them is a stranger's. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from privacykit.govern.datamap import Field
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.connector import Selection, Subject
from privacykit.govern.identity.equality import matches, text_of, written_as
from privacykit.govern.identity.types import names_a_device, names_an_account
from privacykit.govern.identity.usable import why_unusable
from privacykit.govern.records import IdentityFormat

GIVEN = frozenset({"provided", "observed"})
"""Origins that portability covers (GDPR Art. 20(1); WP 242: provided includes observed)."""


def exported_fields(fields: Mapping[str, Field], *, given: bool) -> dict[str, Field]:
    """Return the fields that an export names: mapped, not withheld and, if *given*, not derived."""
    return {
        name: field
        for name, field in fields.items()
        if not field.exclude and not field.withhold and (not given or field.origin in GIVEN)
    }


def may_name_strangers(ownership: Ownership, name: str) -> tuple[str, ...]:
    """
    Return the columns in which somebody else may be named in a row that is the person's alone.

    The address to which their order was invoiced may be anybody's. A row that *is* the person names
    nobody else, as whose it is was asked before; nor does a number that points at no other row, nor
    a device.
    """
    if ownership.collections[name].subject:
        return ()
    pointing = {c for key in ownership.tables[name].foreign_keys for c in key.columns}
    return tuple(
        column
        for column, field in ownership.identity_fields(name).items()
        if not names_a_device(field.identity or "")
        if column in pointing or not names_an_account(field.identity or "")
    )


class Mine:
    """
    What is the person's of the values in identity columns: given, or found in rows that are they.

    Compared regardless of case: whose row it is was decided to the letter; here the question is
    whether to show what stands in it.

    Args:
        selection: Whose rows are shown; a condition knows nobody.
    """

    def __init__(self, selection: Selection) -> None:
        known = (*selection.identities, *selection.known) if isinstance(selection, Subject) else ()
        self._hashed = [it for it in known if it.format != "raw"]
        self._known, self._somebodys = known, isinstance(selection, Subject)
        self._texts = cache(self._written)

    def _written(self, written: IdentityFormat, number: str) -> frozenset[str]:
        same = (it for it in self._known if not number or it.type == number)
        texts = (text for it in same for text in written_as(it, written))
        return frozenset(text.strip().lower() for text in texts)

    def holds(self, field: Field, value: Any) -> bool:  # noqa: ANN401 - a column's value
        """Say whether *value* of a column of *field* is theirs; a number is so by its type too."""
        text, kind = text_of(value), field.identity or ""
        if text is None:
            return False
        texts = self._texts(field.format, kind if names_an_account(kind) else "")
        known = text.strip().lower() in texts
        return known or any(matches(identity, field, text) for identity in self._hashed)

    def strangers(
        self, fields: Mapping[str, Field], columns: Iterable[str], row: Mapping[str, Any]
    ) -> list[str]:
        """
        Return those of *columns* in which *row* names somebody else.

        Args:
            fields: The collection's, by column.
            columns: Identity columns that are shown.
            row: Values by column.
        """
        return [
            column
            for column in (columns if self._somebodys else ())
            if (value := row[column]) is not None
            and not self.holds(fields[column], value)
            and _names_somebody(fields[column], value)
        ]


def _names_somebody(field: Field, value: Any) -> bool:  # noqa: ANN401 - a column's value
    text = text_of(value)
    return text is None or why_unusable(field.identity or "", text, field.format) is None
