"""
Propose a data map for a schema: a first draft to read and correct, never a finished one. Pure.

It looks at names, types, foreign keys and at what detectors said of sampled values; a value itself
is neither kept nor written. What it guesses it says so. Of two guesses it takes the one that treats
more as personal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from privacykit.govern.categories import personal
from privacykit.govern.datamap.toml import commented
from privacykit.govern.schema import Column, ForeignKey, Table

CHECK = "guessed; check"
NOTHING_FOUND = "nothing of a person was found; check"

Labels = Callable[[str, str], Mapping[str, float]]
"""Table and column to the share of sampled values that are wholly what a detector's label says."""

MOSTLY = 0.5

_LABELS = {
    "email": ("user.contact.email", "email"),
    "phone": ("user.contact.phone_number", "phone_number"),
    "iban": ("user.financial.bank_account", None),
    "card": ("user.financial.credit_card", None),
    "ip": ("user.device.ip_address", "ip_address"),
    "mac": ("user.device.device_id", None),
    "location": ("user.location.precise", None),
    "credential": ("user.authorization.credentials", None),
    "token": ("user.authorization.credentials", None),
}
_NAMES: tuple[tuple[str, str, str | None], ...] = (
    (r"e?_?mail(_?address)?", "user.contact.email", "email"),
    (
        r"(tele)?phone(_?(number|no))?|mobile|cell|msisdn",
        "user.contact.phone_number",
        "phone_number",
    ),
    (r"fax(_?number)?", "user.contact.fax_number", None),
    (r"first_?name|given_?name|forename", "user.name.first", None),
    (r"last_?name|family_?name|surname", "user.name.last", None),
    (r"(full_?|display_?|real_?|sender_?|contact_?|customer_?)?name", "user.name", None),
    (r"user_?name|login|nick(name)?|handle", "user.account.username", None),
    (r"pass(word|wd|phrase)?(_?(hash|digest|salt))?|pwd", "user.authorization.password", None),
    (r".*(token|secret|api_?key|credential).*", "user.authorization.credentials", None),
    (r"(birth|dob|born).*|date_?of_?birth", "user.demographic.date_of_birth", None),
    (r"gender|sex", "user.demographic.gender", None),
    (r"nationality|citizenship", "user.demographic.citizenship_or_immigration_status", None),
    (r"religion|faith", "user.demographic.religious_belief", None),
    (r"language|locale|lang", "user.demographic.language", None),
    (r"(client_?|remote_?|last_?)?ip(_?addr(ess)?)?", "user.device.ip_address", "ip_address"),
    (r"user_?agent|browser|device", "user.device", None),
    (r"(device|idfa|gaid|maid).*", "user.device.device_id", None),
    (r"cookie.*", "user.device.cookie_id", None),
    (r"visitor(_?id)?", "user.unique_id.pseudonymous", "visitor_id"),
    (r"iban|bic|account_?(no|number)|bank.*", "user.financial.bank_account", None),
    (r"card.*|cc_?(number|last4)|pan", "user.financial.credit_card", None),
    (r"(street|address)(_?(line|1|2)\d?)?|addr.*", "user.contact.address.street", None),
    (r"(post(al)?_?code|zip(_?code)?|plz)", "user.contact.address.postal_code", None),
    (r"city|town", "user.contact.address.city", None),
    (r"state|province|region", "user.contact.address.state", None),
    (r"country(_?code)?", "user.contact.address.country", None),
    (r"lat(itude)?|lng|lon(gitude)?|geo.*|coordinates", "user.location.precise", None),
    (r"company|employer|organi[sz]ation", "user.contact.organization", None),
    (r"job.*|title|position|occupation", "user.job_title", None),
    (r"avatar|photo|picture|image", "user.content.self_image", None),
    (r"passport.*", "user.government_id.passport_number", None),
    (
        r"(tax|vat)_?(id|no|number)|ssn|national_?id|tin",
        "user.government_id.national_identification_number",
        None,
    ),
    (r".*(health|diagnos|medic|symptom|allerg).*", "user.health", None),
    (r"body|message|comment|note|notes|text|description|subject|content|bio", "user.content", None),
)
_PEOPLE = re.compile(
    r"(app_?|auth_?|shop_?)?(users?|customers?|people|persons?|members?|clients?|patients?|students?"
    r"|employees?|staff|contacts?|subscribers?|visitors?|guests?|profiles?|accounts?)"
)
_AMBIGUOUS = {"name", "title", "state", "region", "description", "image", "subject", "device"}
"""Names that mean a person only in a table of people's."""


def draft_map(dataset: str, url: str, tables: Sequence[Table], labels: Labels) -> dict[str, Any]:
    """
    Propose a map.

    Args:
        dataset: The name to give the dataset.

        url: What to write as its address; a variable's name, never a credential.

        tables: The schema.

        labels: What detectors say of sampled values.

    Returns:
        The document, for :func:`~privacykit.govern.datamap.toml.write_toml`.
    """
    guesses = {table.name: _fields(table, labels) for table in tables}
    people = {table.name for table in tables if _is_people(table, guesses[table.name])}
    owned = _owned(tables, people)
    collections: dict[str, Any] = {}
    excluded: dict[str, Any] = {}
    for table in tables:
        fields = guesses[table.name]
        ours = table.name in people or table.name in owned
        found = any(personal(key) for key, _, sure in fields.values() if sure)
        if not ours and not found:
            excluded[table.name] = commented(NOTHING_FOUND, CHECK)
            continue
        lines = {c.name: _line(table, c, fields[c.name], people, owned) for c in table.columns}
        collections[table.name] = _collection(table, lines, people)
    return {
        "version": 1,
        "datasets": {dataset: {"url": {"env": url}, "excluded": excluded}},
        "collections": {dataset: collections},
    }


_Guess = tuple[str, str | None, bool]
"""Category, identity type, and whether something but the type of the column speaks for it."""


def _fields(table: Table, labels: Labels) -> dict[str, _Guess]:
    return {column.name: _guess(table, column, labels) for column in table.columns}


def _guess(table: Table, column: Column, labels: Labels) -> _Guess:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.name).lower()
    for pattern, category, identity in _NAMES:
        if re.fullmatch(pattern, name):
            people = bool(_PEOPLE.fullmatch(table.name.lower()))
            if name not in _AMBIGUOUS or people:
                return category, identity if column.kind == "text" else None, True
    seen = labels(table.name, column.name) if column.kind in {"text", "other"} else {}
    for label, (category, identity) in _LABELS.items():
        if seen.get(label, 0) >= MOSTLY:
            return category, identity, True
    if column.kind in {"text", "json", "other", "bytes"}:
        return "user.content", None, False
    return "system.operations", None, False


def _is_people(table: Table, fields: Mapping[str, _Guess]) -> bool:
    found = any(identity and identity != "ip_address" for _, identity, _ in fields.values())
    return found and bool(_PEOPLE.fullmatch(table.name.lower()))


def _owned(tables: Sequence[Table], people: set[str]) -> set[str]:
    """Tables that reach people over their own foreign keys or over a table between."""
    owned: set[str] = set()
    grown = True
    while grown:
        before = len(owned)
        for table in tables:
            targets = {key.target for key in table.foreign_keys}
            if table.name not in people and targets & (people | owned):
                owned.add(table.name)
            if _joins(table, people):
                owned |= targets - people
        grown = len(owned) > before
    return owned


def _joins(table: Table, people: set[str]) -> bool:
    """Say whether the table only ties people to something: two keys make its own."""
    keys = {column for key in table.foreign_keys for column in key.columns}
    targets = {key.target for key in table.foreign_keys}
    return (
        bool(table.key) and set(table.key) <= keys and bool(targets & people) and len(targets) > 1
    )


def _line(
    table: Table, column: Column, guess: _Guess, people: set[str], owned: set[str]
) -> dict[str, Any] | str:
    category, identity, sure = guess
    for key in table.foreign_keys:
        if key.columns == (column.name,):
            return _reference(table, column, key, people, owned)
    if table.key == (column.name,) and not sure:
        if table.name not in people:
            return "system.operations"
        return {"category": "user.unique_id", "identity": "controller_customer_id"}
    written = category if sure else commented(category, CHECK)
    return {"category": written, "identity": identity} if identity else written


def _reference(
    table: Table, column: Column, key: ForeignKey, people: set[str], owned: set[str]
) -> dict[str, Any] | str:
    targets = {other.target for other in table.foreign_keys}
    relation = ""
    if table.name in people and key.target in people:
        if column.nullable:
            place = f"{key.target}.{key.target_columns[0]}"
            return {"category": "user.unique_id", "references": place, "erase": "detach"}
    elif key.target in people:
        relation = "owned_by"
    elif key.target in owned and (table.name in people or _joins(table, people)):
        relation = "owns"
    elif key.target in owned and key.target != table.name and not targets & people:
        relation = "owned_by"
    if not relation:
        return "system.operations"
    return {"category": "user.unique_id", "relation": commented(relation, CHECK)}


def _collection(table: Table, lines: dict[str, Any], people: set[str]) -> dict[str, Any]:
    collection: dict[str, Any] = {}
    if table.name in people:
        collection["subject"] = True
    several = [
        key for key in table.foreign_keys if len(key.columns) > 1 and key.target != table.name
    ]
    if several:
        collection["relations"] = [
            {"kind": "owned_by", "columns": list(key.columns)} for key in several
        ]
    return collection | {"fields": lines}
