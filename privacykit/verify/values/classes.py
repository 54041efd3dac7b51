"""
Classes of data: which kinds of value a column of the data map may hold, by its categories. Pure.

Law of this file: a class may hold what it is called after, and what somebody wrote may mention
anything; whatever else stands in a column makes the map's word for it untrue.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from privacykit.personal.categories import within
from privacykit.pseudonym.addresses.address import pack
from privacykit.verify.values.labels import ADDRESS, AGENT, ENCODED

WRITTEN = "user.content"
"""What a person wrote: it may mention anything, and is more than an address alone."""
LAX = frozenset({"id", "number", "token", ENCODED})
"""In tables of applications these are keys, order numbers and file names as well."""
_CLASSES: Mapping[str, tuple[str, ...]] = {
    ADDRESS: ("user.device.ip_address",),
    AGENT: ("user.device.telemetry", "user.telemetry"),
    "card": (
        *("user.financial.credit_card", "user.payment", "user.device.device_id"),
        *("user.government_id", "user.unique_id"),
    ),
    "credential": ("user.authorization", "user.device.cookie", "user.device.cookie_id"),
    "email": ("user.contact.email", "user.account.username", "user.authorization.credentials"),
    "iban": ("user.financial.bank_account", "user.payment"),
    "location": ("user.location.precise", "user.contact.address"),
    "mac": ("user.device.device_id",),
    "phone": (
        *("user.contact.phone_number", "user.contact.fax_number", "user.contact.address"),
        *("user.account.username", "user.authorization.credentials", "user.location"),
        *("user.financial", "user.payment", "user.government_id", "user.unique_id"),
        *("user.health.record_id", "user.health.insurance_beneficiary_id"),
        *("user.health_and_medical.record_id", "user.health_and_medical.insurance_beneficiary_id"),
    ),
}
"""
Label to the classes that are called after it, or whose numbers look like it: a telephone has no
form that a number of an account or a passport could not have, and an IMEI ends as a card does.
"""
_NARROW = frozenset({ADDRESS})
"""Labels that only the class itself may hold: a document says of all others that they have none."""


@cache
def may_hold(categories: tuple[str, ...]) -> frozenset[str]:
    """
    Return the labels that a column of *categories* may hold.

    A wider class, such as ``user.contact`` of ``user.contact.email``, holds what is within it, but
    for addresses: a column has them that says so.
    """
    if any(within(key, WRITTEN) for key in categories):
        return LAX | _CLASSES.keys()
    return LAX | {
        label
        for label, classes in _CLASSES.items()
        if any(_fits(key, one, label) for one in classes for key in categories)
    }


def names_addresses(categories: tuple[str, ...]) -> bool:
    """Tell whether a column of *categories* is one of addresses."""
    return any(_fits(key, one, ADDRESS) for one in _CLASSES[ADDRESS] for key in categories)


def is_address(text: str) -> bool:
    """Tell whether *text* is an address and nothing else, which nobody has written as a text."""
    return pack(text.strip()) is not None


def _fits(key: str, one: str, label: str) -> bool:
    return within(key, one) or (label not in _NARROW and within(one, key))
