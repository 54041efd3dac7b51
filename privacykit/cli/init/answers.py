"""The answers that a configuration is made of: options first, then questions at a terminal."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import typer

from privacykit.errors import InputError
from privacykit.policy.place import UNKNOWN, normalise_place

LOOPBACK = ("localhost", "127.0.0.1")
"""Always among the hosts: who tries it on their own machine shall see the first request count."""
_HOST = re.compile(
    r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
    r"|\[[0-9a-f:.]+\]|\*"
)
_LONGEST_HOST = 253
_COUNTRY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_ID = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class InitOptions:
    """What is not asked because it was said: an option set."""

    site: Annotated[
        str, typer.Option("--site", metavar="ID", help="What the site is called in events.")
    ] = ""
    host: Annotated[
        list[str] | None,
        typer.Option("--host", metavar="NAME", help="A host it is reached by; several may be."),
    ] = None
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="Its clock, as Europe/Berlin.")
    ] = ""
    establishment: Annotated[
        list[str] | None,
        typer.Option("--establishment", metavar="CODE", help="Where you are: DE, US-CA."),
    ] = None
    geo: Annotated[
        str, typer.Option("--geo", metavar="FILE", help="A MaxMind-format file of places.")
    ] = ""


@dataclass(frozen=True, slots=True)
class InitAnswers:
    """
    What the file will say.

    Attributes:
        site: Id of the site.
        hosts: Hosts it is reached by, those of this machine included.
        timezone: IANA name of its clock.
        establishments: Codes of the countries it is run from.
        geo: Path of a geo database, empty for none.
    """

    site: str
    hosts: tuple[str, ...]
    timezone: str
    establishments: tuple[str, ...]
    geo: str


def answers(options: InitOptions, name: str, *, ask: bool) -> InitAnswers:
    """
    Return what the file will say.

    Args:
        options: What was said already.
        name: Of the project.
        ask: Whether somebody sits at a terminal. What was said is not asked.

    Raises:
        InputError: An answer cannot be used; it is not quoted.
    """

    def asked(question: str, default: str) -> str:
        if not ask:
            return default
        given: str = typer.prompt(question, default=default, show_default=bool(default))
        return given.strip()

    site = options.site or asked("What is the site called, in one word?", site_id(name))
    hosts = options.host
    if hosts is None:
        hosts = asked(
            "Which hosts is it reached by, such as shop.example? (may be empty)", ""
        ).split()
    places = options.establishment
    if places is None:
        places = asked("In which country are you, as a code such as DE? (may be empty)", "").split()
    zone = options.timezone or asked("Which time zone does it keep?", local_timezone())
    told = (host_of(host.strip(",")) for host in hosts)
    return InitAnswers(
        site,
        tuple(dict.fromkeys((*told, *LOOPBACK))),
        zone,
        tuple(dict.fromkeys(country_of(place.strip(",")) for place in places)),
        options.geo,
    )


def site_id(name: str) -> str:
    """Return *name* as the id of a site: lower case, nothing that looks like somebody's number."""
    from privacykit.pseudonym.texts.detectors import find

    made = _ID.sub("-", name.lower()).strip("-")[:63].rstrip("-")
    return made if made and not find(made) else "site"


def host_of(text: str) -> str:
    """
    Return the host in *text*, which may be a URL; the port is none of it.

    Raises:
        InputError: There is none.
    """
    try:
        host = urlsplit(text if "//" in text else f"//{text}").netloc.rpartition("@")[2].lower()
    except ValueError:
        host = ""
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    if len(name) > _LONGEST_HOST or not _HOST.fullmatch(name):
        raise InputError("write a host as shop.example or *.shop.example")
    return name


def country_of(text: str) -> str:
    """
    Return the code of a country, or of a part of one.

    Raises:
        InputError: It is none.
    """
    code = text.strip().upper()
    country, _, part = code.partition("-")
    place = normalise_place(country, part or None)
    if not _COUNTRY.fullmatch(code) or place == UNKNOWN:
        raise InputError("write a country as its code of ISO 3166: DE, or US-CA")
    return place


def local_timezone() -> str:
    """Return the time zone of this machine, ``UTC`` where it does not say."""
    from zoneinfo import available_timezones

    named = os.environ.get("TZ", "").removeprefix(":")
    if not named:
        named = os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    return named if named in available_timezones() else "UTC"
