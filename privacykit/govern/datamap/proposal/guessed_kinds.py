"""Kinds of data in columns, guessed by names and by what detectors said of samples. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from privacykit.govern.datamap.proposal.field_words import FIELDS, MAYBE_NAMES
from privacykit.govern.datamap.proposal.people_words import OWNERS, PEOPLE, STAFF
from privacykit.govern.datamap.proposal.plain import joined, plain, runs, snake, words
from privacykit.govern.datamap.proposal.whose_key import called_people
from privacykit.govern.datamap.schema import Column, Table

Labels = Callable[[str, str], Mapping[str, float]]
"""Table and column to the share of sampled values that are wholly what a detector's label says."""

MOSTLY = 0.5

MIXED_CASE = "mixed case"
"""What else *Labels* may say of a column: the share of values with capitals."""

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
    (
        r"(credit_?|debit_?|payment_?)?card.*|ccn|cc_?(number|no|num|last4)|pan",
        "user.financial.credit_card",
        None,
    ),
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
PARTS = re.compile(r"(.*_)?(address(es)?|contact_details|personal_(data|details)|phones?)")
"""Tables that hold a part of what is told of somebody who points at them."""

_AMBIGUOUS = {"name", "title", "state", "region", "description", "image", "subject", "device"}
"""Names that mean a person only in a table of people's."""


Guess = tuple[str, str | None, bool]
"""Category, identity type, and whether something but the type of the column speaks for it."""


_WORDS = {joined(word): category for category, known in FIELDS.items() for word in words(known)}
_MAYBE_NAMES = frozenset(map(joined, words(MAYBE_NAMES)))
_OF_PEOPLE = ("user.contact.email", "user.contact.phone_number", "user.demographic.date_of_birth")
_FOUND_BY = {"user.contact.email": "email", "user.contact.phone_number": "phone_number"}
_SHORTEST = 4
"""Letters of a word that is known inside a longer name, too."""
_TECHNICAL = words("""
    created update updated modified deleted changed inserted expires synced imported exported
    archived timestamp version erstellt geaendert geandert angelegt aktualisiert geloscht
    geloescht cree modifie supprime creado actualizado creato aggiornato criado atualizado
    aangemaakt gewijzigd utworzono zmieniono olusturma guncelleme
""")
ANYTHING = "user"
"""Of a person, whatever it is."""


def speaks_of_people(table: Table) -> bool:
    """Say whether a table is called after people, or has a column that only people have."""
    if called_people(table.name):
        return True
    said = (_WORDS.get(joined(column.name), "") for column in table.columns)
    return any(category.startswith((*_OF_PEOPLE, "user.name")) for category in said)


def guess_kind(table: Table, column: Column, labels: Labels) -> Guess:
    """Return what *column* holds, as far as names, types and *labels* tell."""
    if guess := _by_name(table, column):
        category, identity = guess
        return category, identity if column.kind == "text" else None, True
    seen = labels(table.name, column.name) if column.kind in {"text", "other"} else {}
    for label, (category, identity) in _LABELS.items():
        if seen.get(label, 0) >= MOSTLY:
            return category, identity, True
    if column.kind not in {"bool", "int", "float"} and (category := _by_parts(column.name)):
        return category, None, False
    unread = column.kind in {"text", "json", "other", "bytes"}
    return "user.content" if unread else "system.operations", None, False


def _by_name(table: Table, column: Column) -> tuple[str, str | None] | None:
    """Return the category and the identity type that a whole name says."""
    name, whole, people = snake(column.name), joined(column.name), speaks_of_people(table)
    if whole not in _AMBIGUOUS or people:
        for pattern, category, identity in _NAMES:
            if re.fullmatch(pattern, name):
                return category, identity
    if category := _WORDS.get(whole, ""):
        return category, _FOUND_BY.get(category)
    return ("user.name", None) if people and whole in _MAYBE_NAMES else None


def _by_parts(name: str) -> str:
    """Return the category that some words of a name say; empty for none: ``kunde_vorname``."""
    first, _, last = plain(name).rpartition("_")
    if last in _MAYBE_NAMES and {*runs(first)} & (PEOPLE | STAFF | OWNERS):
        return "user.name"
    found = (_WORDS[run] for run in runs(name) if len(run) >= _SHORTEST and run in _WORDS)
    return next(found, "")


def of_a_person(column: Column, guess: Guess) -> Guess:
    """Return what a column of a row that is a person holds: a day nobody knows is said of them."""
    unknown = guess[0] == "system.operations" and not guess[2]
    day = column.kind == "date" or (column.kind == "time" and column.nullable)
    if unknown and day and not _TECHNICAL & {*runs(column.name)}:
        return ANYTHING, None, False
    return guess
