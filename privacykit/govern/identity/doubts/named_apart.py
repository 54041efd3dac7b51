"""
Rows that one value finds and that name several people, whatever the map says of their table. Pure.

Two rows of a table of people are doubted wherever they come from. Rows of other tables may well be
several and one person's: orders of a guest, messages. What they say of whom they speak tells: where
two differ in a name, a day of birth, a number of a person's own, they are of two people.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from privacykit.govern.datamap import Collection, DataMap, Field
from privacykit.govern.erasure.connector import REDACTED, Connector, Context, Subject
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.export_fields import Mine
from privacykit.govern.identity.equality import text_of
from privacykit.govern.identity.types import WEAK_IDENTITIES, names_an_account, teaches
from privacykit.govern.identity.usable import why_unusable
from privacykit.personal.categories import within

_TELLING = ("user.name", "user.demographic.date_of_birth", "user.government_id")
"""Categories of what two people do not have in common."""


def telling_fields(mapped: Collection) -> dict[str, Field]:
    """Return the fields of a collection that say who somebody is: names, birthdays, numbers."""
    return {
        name: field
        for name, field in mapped.fields.items()
        if any(within(key, branch) for key in field.category for branch in _TELLING)
        or (_numbers(field) and not field.relation and not field.references)
    }


def _numbers(field: Field) -> bool:
    return teaches(field) and names_an_account(field.identity or "")


def finding_fields(mapped: Collection) -> dict[str, Field]:
    """Return the fields of a collection by whose values somebody is found."""
    return {
        name: field
        for name, field in mapped.fields.items()
        if field.identity and field.identity not in WEAK_IDENTITIES
    }


def named_apart(datamap: DataMap, connector: Connector, context: Context) -> Iterator[str]:
    """
    Say which collections have rows that what is known of the person finds, of several people.

    Args:
        datamap: The data map.
        connector: The store.
        context: Whose rows; a condition is nobody's.

    Raises:
        StoreError: The store could not be asked.
    """
    if not isinstance(context.selection, Subject):
        return
    there = set(connector.order())
    for name, mapped in datamap.of(connector.dataset).items():
        if name not in there or mapped.subject or not finding_fields(mapped):
            continue
        if telling_fields(mapped):
            people = _People(mapped, Mine(context.selection))
            for row in connector.rows(name, context):
                people.see(row)
            if people.apart:
                words = "rows that one value finds are maybe several people's, they differ in"
                yield f"{connector.dataset}.{name}: {words} {', '.join(people.apart)} (PK245)"


def all_named_apart(means: GovernContext, subject: Subject) -> Iterator[str]:
    """
    Say the same of every store.

    Raises:
        StoreError: A store could not be asked.
    """
    context = Context(subject, means.clock(), means.holds(), means.key)
    for connector in means.connectors.values():
        yield from named_apart(means.datamap, connector, context)


class _People:
    """
    Whom the rows of a collection speak of.

    Attributes:
        apart: Fields in which two rows differ.
    """

    def __init__(self, mapped: Collection, mine: Mine) -> None:
        self._finding, self._telling = finding_fields(mapped), telling_fields(mapped)
        self._mine = mine
        self._seen: dict[str, str] = {}
        self.apart: dict[str, None] = {}

    def see(self, row: Mapping[str, object]) -> None:
        """Compare a row with those before it, if a value of the person stands in it."""
        if not any(self._mine.holds(f, row.get(c)) for c, f in self._finding.items()):
            return
        for column, field in self._telling.items():
            text = text_of(row.get(column))
            if text is None or text == REDACTED or not _says(field, text):
                continue
            if self._seen.setdefault(column, _loosely(text)) != _loosely(text):
                self.apart[column] = None


def _says(field: Field, text: str) -> bool:
    return why_unusable(field.identity or "", text, field.format) is None


def _loosely(text: str) -> str:
    """Return *text* so that accents, case, dots and blanks make no other person."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parted if each.isalnum())
