"""
Identity types: which only find a row, and which lead on from it. Pure.

A value *finds* where somebody gives it. It *teaches* where it stands in a row that is the person
and leads to further rows. What several people may have in common finds and does not teach: a
telephone in a household, an address, an IP address, a name, a day of birth.
"""

from __future__ import annotations

import re
from typing import Protocol

WEAK_IDENTITIES = frozenset({"ip_address"})
"""Identity types that find nobody: they never prove anybody and never lead to further rows."""

EMAIL, PHONE = "email", "phone_number"

_DEVICES = frozenset(
    {"visitor_id", "consent_record", "maid", "android_advertising_id", "ios_advertising_id"}
)
_TEACHING = frozenset(
    {
        EMAIL,
        "controller_customer_id",
        "username",
        "user_name",
        "login",
        *_DEVICES,
        *(
            f"{person}_{word}"
            for person in (
                "customer", "user", "member", "client", "person", "account", "employee",
                "patient", "student", "subscriber", "subject",
            )
            for word in ("id", "number")
        ),
    }
)  # fmt: skip
_LASTING = _DEVICES | {EMAIL}
_OWN_KEY = re.compile(r"[^.\s]+(\.[^.\s]+)+")


class Teaching(Protocol):
    """A column as far as it says whether its values lead on."""

    @property
    def identity(self) -> str | None:
        """The identity type."""

    @property
    def teaches(self) -> bool | None:
        """The map's own word; ``None`` is the type's default."""

    @property
    def format(self) -> str:
        """How its values are written."""


def teaches_by_default(identity_type: str) -> bool:
    """
    Say whether values of *identity_type* lead to further rows where the map does not say.

    E-mail addresses, names and numbers of accounts do, and every type that is named after the
    table whose key it is (``customer.id``). A type that nobody knows does not.
    """
    return identity_type in _TEACHING or bool(_OWN_KEY.fullmatch(identity_type))


def teaches(field: Teaching) -> bool:
    """Say whether the values of *field* lead to further rows: the map's word, else the type's."""
    if field.identity is None or field.identity in WEAK_IDENTITIES:
        return False
    return teaches_by_default(field.identity) if field.teaches is None else field.teaches


def leads(field: Teaching) -> bool:
    """
    Say whether values of *field* lead on by themselves.

    A hash does only where the map says so: nobody sees whether it was made of a placeholder. One
    that was made of a value which leads on is found by that value.
    """
    return teaches(field) and (field.format == "raw" or field.teaches is True)


def lasts(identity_type: str) -> bool:
    """Say whether a value stays one person's after them; numbers and user names are given anew."""
    return identity_type in _LASTING


def names_a_device(identity_type: str) -> bool:
    """Say whether values of *identity_type* name a browser or a device, whoever is before it."""
    return identity_type in _DEVICES


def names_an_account(identity_type: str) -> bool:
    """Say whether values of *identity_type* are given out by a store, one after another."""
    return identity_type not in {EMAIL, PHONE} and (
        bool(_OWN_KEY.fullmatch(identity_type)) or identity_type.endswith(("_id", "_number"))
    )
