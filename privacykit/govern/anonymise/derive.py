"""
Derivation of treatments from the data map: its own word first, then the category. Pure.

Laws of this file:

- only data that a request leaves behind is treated unasked: an account's e-mail address is not raw
  log, and stays until the map says ``anonymise``;
- what ties a row to others or to a person is never treated unasked, and never at all where the
  store would lose the row by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from privacykit.govern.datamap import Collection, Field
from privacykit.govern.datamap.schema import Column, Table
from privacykit.govern.words import StoredTreatment
from privacykit.personal.categories import within

_BY_CATEGORY: tuple[tuple[str, StoredTreatment], ...] = (
    ("user.device.ip_address", "address"),
    ("user.device.cookie_id", "id"),
    ("user.device.cookie", "drop"),
    ("user.device.device_id", "id"),
    ("user.unique_id.pseudonymous", "id"),
    ("user.behavior.browsing_history", "url"),
    ("user.behavior.search_history", "url"),
)
_AGENT = re.compile(r"(?:.*_)?(?:user_?agent|ua|browser)", re.IGNORECASE)
_FITS: dict[StoredTreatment, frozenset[str]] = {
    "address": frozenset({"text", "other", "bytes", "int", "json"}),
    "url": frozenset({"text", "json"}),
    "user_agent": frozenset({"text", "json"}),
    "id": frozenset({"text", "json"}),
    "text": frozenset({"text", "json"}),
}


class StoredField(msgspec.Struct, frozen=True):
    """
    What becomes of one field.

    Attributes:
        field: Its name.
        treatment: What is done to it; ``None`` leaves it.
        why: Why it is left, or cannot be treated as asked.
        wrong: Whether the map asks for what cannot be done: then nothing is.
    """

    field: str
    treatment: StoredTreatment | None
    why: str = ""
    wrong: bool = False


def stored_fields(collection: Collection, table: Table) -> Iterator[StoredField]:
    """
    Yield what becomes of each field of *collection* that speaks of a person or is asked for.

    Args:
        collection: What the map says.
        table: What is there.
    """
    for name, field in collection.fields.items():
        asked = field.anonymise
        if not asked and not field.personal:
            continue
        column = table.column(name)
        if column is None:
            if asked:
                yield StoredField(name, None, "the store has no such column", wrong=True)
            continue
        treatment = asked or _by_category(name, field)
        if treatment is None:
            yield StoredField(name, None, "no treatment; say anonymise = … in the map for one")
            continue
        why = _hindrance(name, column, collection, table, treatment)
        why = why or ("" if asked else _wanted(field, treatment))
        yield StoredField(name, None if why else treatment, why, wrong=bool(asked and why))


def wrong_key(collection: Collection, table: Table) -> str:
    """
    Return why a row cannot be found again by the map's key; empty where it can.

    What is written by a key that two rows share is written into somebody else's row.
    """
    if table.by_content or not collection.key or table.names_one(collection.key):
        return ""
    return "the store does not hold this key unique and never empty: it may name several rows"


def _by_category(name: str, field: Field) -> StoredTreatment | None:
    for branch, treatment in _BY_CATEGORY:
        if any(within(key, branch) for key in field.category):
            return treatment
    of_device = any(within(key, "user.device") for key in field.category)
    return "user_agent" if of_device and _AGENT.fullmatch(name) else None


def _hindrance(
    name: str, column: Column, collection: Collection, table: Table, treatment: StoredTreatment
) -> str:
    """Return why the store would not bear the treatment; empty where nothing hinders."""
    field = collection.fields[name]
    ties = {one for key in table.foreign_keys for one in key.columns}
    ties |= {one for rule in collection.relations for one in rule.columns}
    unique = treatment != "id" and any(name in columns for columns in table.uniques)
    unfit = treatment in _FITS and column.kind not in _FITS[treatment]
    hindrances = (
        (name in (collection.key or table.key), "it names the row"),
        (name in ties or field.relation or field.references, "it ties the row to another"),
        (column.of or column.path, "it lies inside a document; treat the column as text or drop"),
        (column.generated, "the store computes it"),
        (unique, "the store wants each of its values once"),
        (unfit, f"a column of {column.kind} takes no {treatment}"),
    )
    return next((words for hinders, words in hindrances if hinders), "")


def _wanted(field: Field, treatment: StoredTreatment) -> str:
    """Return why nobody should treat the field unasked; empty where nothing speaks against it."""
    if field.identity and treatment == "id":
        return "it finds a person; say anonymise to give that up"
    return f"a reason keeps it: {', '.join(field.keep)}" if field.keep else ""
