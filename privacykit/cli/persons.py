"""How commands are told who somebody is. Reads standard input."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, get_args

import typer

from privacykit.errors import InputError
from privacykit.govern.records import Identity, IdentityFormat
from privacykit.policy.place import normalise_place

FEWEST_PARTS = 2
_PART = re.compile(r"[A-Za-z_]\w*")
_COMMA = re.compile(r",(?=\s*[A-Za-z_]\w*=)")

EMAIL = Annotated[list[str] | None, typer.Option("--email", metavar="ADDRESS")]
PHONE = Annotated[list[str] | None, typer.Option("--phone", metavar="NUMBER")]
CUSTOMER = Annotated[
    list[str] | None,
    typer.Option("--customer", metavar="ID", help="The application's own id of the person."),
]
IDENTITY = Annotated[
    list[str] | None,
    typer.Option(
        "--identity",
        metavar="TYPE=VALUE",
        help="Any other; TYPE:sha256=VALUE for a hash, TYPE:PART=VALUE,PART=VALUE for several "
        "columns that only together name somebody. '-' reads lines from standard input, so "
        "that nothing stands in the shell's history.",
    ),
]


@dataclass(frozen=True, slots=True)
class Named:
    """Whose data it is, as the options say it."""

    emails: Sequence[str] | None
    phones: Sequence[str] | None
    customers: Sequence[str] | None
    others: Sequence[str] | None

    def identities(self) -> tuple[Identity, ...]:
        """
        Return who is named.

        Raises:
            InputError: Nothing was named, or not as the option's help says; no value is quoted.
        """
        found = [Identity("email", value) for value in self.emails or ()]
        found += [Identity("phone_number", value) for value in self.phones or ()]
        found += [Identity("controller_customer_id", value) for value in self.customers or ()]
        found += [_parse(text) for text in _lines(self.others or ())]
        if not found:
            raise InputError("say whose data it is: --email, --phone, --customer or --identity")
        return tuple(found)


def place(text: str) -> str:
    """Return where somebody lives; what is no code of a place is unknown, where all laws apply."""
    country, _, subdivision = text.partition("-")
    return normalise_place(country, subdivision or None)


def _lines(given: Iterable[str]) -> Iterable[str]:
    for text in given:
        if text == "-":
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield text


def _parse(text: str) -> Identity:
    name, equals, value = text.partition("=")
    kind, _, written = name.partition(":")
    formats = {known: known for known in get_args(IdentityFormat)}
    if equals and kind and value and (written or "raw") in formats:
        return Identity(kind, value, formats[written or "raw"])
    parts = _parts(text.partition(":")[2])
    if not kind or len(parts) < FEWEST_PARTS:
        raise InputError(
            "write an identity as TYPE=VALUE, TYPE:sha256=VALUE, or TYPE:PART=VALUE,PART=VALUE"
        )
    return Identity(kind, "", parts=parts)


def _parts(text: str) -> tuple[tuple[str, str], ...]:
    """
    Read ``PART=VALUE,PART=VALUE``, in the order of names; nothing where it has another shape.

    A comma that no ``PART=`` follows is the value's own.
    """
    pairs = [item.partition("=") for item in _COMMA.split(text)]
    parts = {name.strip(): value for name, equals, value in pairs if equals and value}
    whole = len(parts) == len(pairs) and all(_PART.fullmatch(name) for name in parts)
    return tuple(sorted(parts.items())) if whole else ()
