"""
Rows that one value finds and that name several people, whatever the map says of their table. Pure.

Two rows of a table of people are doubted wherever they come from. Rows of other tables may well be
several and one person's: orders of a guest, messages. What they say of whom they speak tells: where
two differ in a name, a day of birth, a number of a person's own, they are of two people. What the
map says of a column decides where it says it; else the shape of what stands there does, unless rows
of everybody show that it tells nobody apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from privacykit.govern.datamap import Collection, DataMap, Field
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.export_fields import Mine
from privacykit.govern.erasure.ports.connector import REDACTED, Connector, Context, Subject, Where
from privacykit.govern.identity.doubts.shapes import tells, tells_nobody, vague
from privacykit.govern.identity.equality import text_of
from privacykit.govern.identity.types import WEAK_IDENTITIES, names_an_account, teaches
from privacykit.govern.identity.usable import why_unusable
from privacykit.personal.categories import within

_TELLING = ("user.name", "user.demographic.date_of_birth", "user.government_id")
"""Categories of what two people do not have in common."""

MOST_VALUES = 50
"""Different values of a column that are looked at in one person's rows."""

MOST_SAMPLED = 5000
"""Rows of everybody that are looked at where a column may tell two people apart, or may not."""


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
        people = _People(mapped, Mine(context.selection), context.now)
        for row in connector.rows(name, context):
            people.see(row)
        if apart := [*people.apart, *_shaped_apart(connector, name, people, context)]:
            words = "rows that one value finds are maybe several people's, they differ in"
            yield f"{connector.dataset}.{name}: {words} {', '.join(apart)} (PK245)"


def _shaped_apart(
    connector: Connector, name: str, people: _People, context: Context
) -> Iterator[str]:
    """Yield the columns whose values are shaped like two people's, and are not everybody's."""
    doubted = people.shaped()
    if not doubted:
        return
    everybody = Context(Where(name, ()), context.now)
    sample = list(islice(connector.rows(name, everybody), MOST_SAMPLED))
    for column, values in doubted.items():
        if not tells_nobody(values, list(people.pairs(sample, column))):
            yield column


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
        apart: Fields in which two rows differ that say who somebody is.
    """

    def __init__(self, mapped: Collection, mine: Mine, now: float) -> None:
        self._finding, self._telling = finding_fields(mapped), telling_fields(mapped)
        self._vague = [
            c for c, f in mapped.fields.items() if c not in self._telling and vague(c, f)
        ]
        self._mine, self._now = mine, now
        self._seen: dict[str, str] = {}
        self._values: dict[str, dict[str, None]] = {column: {} for column in self._vague}
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
        for column, values in self._values.items():
            value = row.get(column)
            if len(values) < MOST_VALUES and value != REDACTED and tells(column, value, self._now):
                values[_loosely(str(value))] = None

    def shaped(self) -> dict[str, tuple[str, ...]]:
        """Return the other fields in which rows differ in what is shaped like a person's."""
        return {column: tuple(found) for column, found in self._values.items() if len(found) > 1}

    def pairs(
        self, sample: Sequence[Mapping[str, object]], column: str
    ) -> Iterator[tuple[str, str]]:
        """Yield by what each row of *sample* is found, and what stands in *column* of it."""
        for row in sample:
            if (value := row.get(column)) is not None:
                texts = (text_of(row.get(found_by)) for found_by in self._finding)
                if found := next((text for text in texts if text), ""):
                    yield _loosely(found), _loosely(str(value))


def _says(field: Field, text: str) -> bool:
    return why_unusable(field.identity or "", text, field.format) is None


def _loosely(text: str) -> str:
    """Return *text* so that accents, case, dots and blanks make no other person."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parted if each.isalnum())
