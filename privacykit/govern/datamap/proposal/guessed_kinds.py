"""Kinds of data in columns, guessed by names and by what detectors said of samples. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from privacykit.govern.datamap.proposal.guessed_keys import snake
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
PEOPLE = re.compile(
    r"(app_?|auth_?|shop_?)?(users?|customers?|people|persons?|members?|clients?|patients?|students?"
    r"|employees?|staff|contacts?|subscribers?|visitors?|guests?|profiles?|accounts?)"
)
PARTS = re.compile(r"(.*_)?(address(es)?|contact_details|personal_(data|details)|phones?)")
"""Tables that hold a part of what is told of somebody who points at them."""

_AMBIGUOUS = {"name", "title", "state", "region", "description", "image", "subject", "device"}
"""Names that mean a person only in a table of people's."""


Guess = tuple[str, str | None, bool]
"""Category, identity type, and whether something but the type of the column speaks for it."""


def guess_kind(table: Table, column: Column, labels: Labels) -> Guess:
    """Return what *column* holds, as far as names, types and *labels* tell."""
    name = snake(column.name)
    for pattern, category, identity in _NAMES:
        if re.fullmatch(pattern, name):
            people = bool(PEOPLE.fullmatch(table.name.lower()))
            if name not in _AMBIGUOUS or people:
                return category, identity if column.kind == "text" else None, True
    seen = labels(table.name, column.name) if column.kind in {"text", "other"} else {}
    for label, (category, identity) in _LABELS.items():
        if seen.get(label, 0) >= MOSTLY:
            return category, identity, True
    if column.kind in {"text", "json", "other", "bytes"}:
        return "user.content", None, False
    return "system.operations", None, False
