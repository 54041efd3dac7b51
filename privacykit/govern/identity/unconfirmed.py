"""Rows that are left and said: tied by what others may have, or lost by their key. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from privacykit.govern.datamap import DataMap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.ports.connector import Connector, Context, Subject
from privacykit.govern.erasure.treatment import CO_OWNED, SEEN, SOMEBODYS
from privacykit.govern.identity.doubts.whose_field import unclear_fields, with_about
from privacykit.govern.identity.types import WEAK_IDENTITIES
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import STANDS_YET, Action

UNCONFIRMED = "unconfirmed"
"""Why such rows are left: whoever asks can name the value themselves."""


def unconfirmed(
    means: GovernContext, connector: Connector, name: str, context: Context, mine: int
) -> int:
    """
    Count the rows of a collection that would be the person's if all that is known of them found.

    Args:
        means: The stores.
        connector: The store.
        name: The collection.
        context: Whose rows.
        mine: How many rows are the person's without that; rows only to be seen do not count.

    Raises:
        StoreError: The store could not be asked.
    """
    subject = context.selection
    mapped = means.datamap.of(connector.dataset)[name]
    if not isinstance(subject, Subject) or mapped.subject:
        return 0
    types = {field.identity for field in mapped.fields.values()}
    usable = [it for it in subject.known if it.type in types and names_somebody(it)]
    if not usable:
        return 0
    everything = replace(subject, identities=(*subject.identities, *usable))
    found = means.choice.targets(connector, name, replace(context, selection=everything))
    return sum(target.justification not in SEEN for target in found) - mine


def lost(subject: Subject, place: str, found: int) -> Iterator[str]:
    """Say that rows of *place* are the person and were not *found* again by their keys."""
    if number := max(0, len(subject.roots.get(place, ())) - found):
        words = "the person and not found again by what the store says is their key"
        yield f"{place}: {number} rows are {words} (PK279)"


def all_lost(means: GovernContext, subject: Subject) -> Iterator[str]:
    """
    Say the same of every collection of people.

    Raises:
        StoreError: A store could not be asked.
    """
    for place in subject.roots:
        dataset, _, name = place.partition(".")
        context = Context(subject, means.clock(), means.holds())
        yield from lost(
            subject, place, sum(1 for _ in means.connectors[dataset].find(name, context))
        )


def not_reached(datamap: DataMap, step: PlanStep) -> tuple[str, ...]:
    """
    Return the fields of rows that stay somebody else's that may say who the person is, and stay.

    Neither the map nor their names tell of whom they speak. Where nothing is cut off what a person
    only sees, nothing in it was theirs.
    """
    mapped = datamap.of(step.dataset).get(step.collection)
    seen = step.justification in SEEN and step.action is not Action.DETACH
    if mapped is None or not step.rows or step.justification not in SOMEBODYS or seen:
        return ()
    if mapped.subject:
        return ()  # told as people, by hanging_words
    gone = {name for name, _ in step.fields}
    return tuple(name for name in unclear_fields(with_about(mapped)) if name not in gone)


def are_hanging(datamap: DataMap, dataset: str, name: str, kind: str | None) -> bool:
    """Say whether rows of a class are people, and the person's only by a key: a child."""
    mapped = datamap.of(dataset).get(name)
    return mapped is not None and bool(mapped.subject) and kind in CO_OWNED


def hanging_words(datamap: DataMap, dataset: str, name: str, rows: int) -> str:
    """Say that *rows* of a table of people were taken for others', and how they are the person."""
    fields = datamap.of(dataset)[name].fields.values()
    kinds = sorted({it.identity for it in fields if it.identity} - WEAK_IDENTITIES)
    said = "1 row is of people that hang" if rows == 1 else f"{rows} rows are of people that hang"
    words = f"{dataset}.{name}: {said} on the person by a key: taken for somebody else's"
    return f"{words}; where they are the person, name these too, by {' or '.join(kinds)}"


def hanging(means: GovernContext, subject: Subject) -> Iterator[str]:
    """
    Say which rows of tables of people a copy of *subject* shows as somebody else's.

    Raises:
        StoreError: A store could not be asked.
    """
    context = Context(subject, means.clock(), means.holds(), means.key)
    for dataset, connector in means.connectors.items():
        for name in connector.order():
            if means.datamap.of(dataset)[name].subject:
                kinds = [target.justification for target in connector.find(name, context)]
                rows = sum(are_hanging(means.datamap, dataset, name, kind) for kind in kinds)
                if rows:
                    yield hanging_words(means.datamap, dataset, name, rows)


def not_reached_words(field: str, rows: int) -> str:
    """Say that *rows* keep a field of which nobody knows whom it is about."""
    said = f"{'1 row' if rows == 1 else f'{rows} rows'} may {STANDS_YET} of the person"
    return f"{field}: {said}: the map does not say of whom it speaks (about)"


def unconfirmed_words(place: str, rows: int) -> str:
    """Say that *rows* of *place* were left."""
    words = "1 row is" if rows == 1 else f"{rows} rows are"
    return f"{place}: {words} tied to the person only by a value that others may have: left"
