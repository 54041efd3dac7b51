"""Options that say who somebody is. Reads standard input."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from privacykit.errors import DataMapError, InputError
from privacykit.govern.records import Identity, IdentityFormat
from privacykit.policy.place import normalise_place

if TYPE_CHECKING:
    from privacykit.govern.datamap import DataMap
    from privacykit.settings.model import Settings

FEWEST_PARTS = 2
CUSTOMER_ID = "controller_customer_id"
_PART = re.compile(r"[A-Za-z_]\w*")
_COMMA = re.compile(r",(?=\s*[A-Za-z_]\w*=)")


@dataclass(frozen=True, slots=True, repr=False)
class PersonOptions:
    """Whose data it is: an option set."""

    email: Annotated[
        list[str] | None,
        typer.Option(
            "--email", metavar="ADDRESS", help="An e-mail address of theirs; several may be."
        ),
    ] = None
    phone: Annotated[
        list[str] | None,
        typer.Option("--phone", metavar="NUMBER", help="A telephone number of theirs."),
    ] = None
    customer: Annotated[
        list[str] | None,
        typer.Option("--customer", metavar="ID", help="The application's own id of the person."),
    ] = None
    identity: Annotated[
        list[str] | None,
        typer.Option(
            "--identity",
            metavar="TYPE=VALUE",
            help="Any other; TYPE:sha256=VALUE for a hash, TYPE:PART=VALUE,PART=VALUE for several "
            "columns that only together name somebody. '-' reads lines from standard input, so "
            "that nothing stands in the shell's history.",
        ),
    ] = None

    def identities(self, datamap: Callable[[], DataMap]) -> tuple[Identity, ...]:
        """
        Return who is named.

        Args:
            datamap: Returns the data map, which says what a customer's number is called; it is read
                for that only.

        Raises:
            InputError: Nothing was named, nothing stands behind an option, or something else than
                the option's help says, or something that names nobody; no value is quoted.
        """
        from privacykit.govern.identity.usable import check_given

        found = [Identity("email", value.strip()) for value in self.email or ()]
        found += [Identity("phone_number", value.strip()) for value in self.phone or ()]
        if self.customer:
            kind = customer_type(datamap())
            found += [Identity(kind, value.strip()) for value in self.customer]
        if any(not known.value for known in found):
            raise InputError("an option that names the person is empty; nobody is meant by nothing")
        found += [_parse(text) for text in _lines(self.identity or ())]
        if not found:
            raise InputError("say whose data it is: --email, --phone, --customer or --identity")
        check_given(found)
        return tuple(found)


def customer_type(datamap: DataMap) -> str:
    """
    Return the identity type of the application's own number of a person.

    Raises:
        InputError: Several tables of people have numbers of their own, so that one would have to
            be guessed; the message names their types.
    """
    fields = datamap.identity_types()
    own = sorted({kind for kind in fields if "." in kind})
    if CUSTOMER_ID in fields or not own:
        return CUSTOMER_ID
    if len(own) > 1:
        ways = " or ".join(f"--identity {kind}=ID" for kind in own)
        raise InputError(f"several tables of people have numbers of their own: {ways}")
    return own[0]


def check_types(
    identities: Iterable[Identity], settings: Settings, datamap: Callable[[], DataMap]
) -> None:
    """
    Check that every identity is of a type that something is known by.

    Another finds nobody, and that looks like nothing to do.

    Args:
        identities: Who is named.
        settings: Says which numbers the application calls people by, ``[events] identified_by``.
        datamap: Returns the data map; it is read only where a type is none of our own.

    Raises:
        InputError: A type is unknown, or the parts of a composite one. No value is quoted.
        DataMapError: The map is needed and cannot be read.
    """
    from privacykit.govern.datamap.composite import check_composites
    from privacykit.govern.erasure.event_keys import CONSENT_RECORD, VISITOR_ID
    from privacykit.govern.identity.types import EMAIL, PHONE, WEAK_IDENTITIES

    given = tuple(identities)
    ours = frozenset({VISITOR_ID, CONSENT_RECORD})
    # What the options themselves say is always taken, and our own stores know their own.
    known = {EMAIL, PHONE, CUSTOMER_ID} | ours | WEAK_IDENTITIES
    known |= set(settings.events.identified_by)
    if all(it.type in known and not it.parts for it in given):
        return
    there = datamap()
    check_composites(there, given)
    known |= there.known_types()
    for it in given:
        _check("the data map has no identity", it.type, known, there.known_types() | ours)


def check_purposes(
    purposes: Collection[str], settings: Settings, datamap: Callable[[], DataMap]
) -> None:
    """
    Check that every purpose named is one of the configuration's or of the data map's.

    Objecting to another stops nothing.

    Raises:
        InputError: One is not; those that are there are named.
        DataMapError: The configuration names none, and the map cannot be read.
    """
    known = set(settings.purposes)
    if set(purposes) <= known:
        return
    try:
        known |= datamap().known_purposes()
    except DataMapError:
        if not known:
            raise
    for name in purposes:
        _check("there is no purpose", name, known, known)


def _check(what: str, name: str, known: Collection[str], shown: Collection[str]) -> None:
    from privacykit.toml_files.words import did_you_mean

    if name in known:
        return
    there = f"it is one of {', '.join(sorted(shown))}" if shown else "none is named anywhere"
    hint = did_you_mean(name, known)
    raise InputError(f"{what} '{name}'; {hint + ' ' if hint else ''}{there}")


def place(text: str) -> str | None:
    """
    Return where somebody lives, ``None`` where nothing is said.

    What is no code of a place is unknown, ``ZZ``, where all laws apply.
    """
    if not text:
        return None
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
