"""
Made-up people: who visits the site for the standing canary, and what they say. Pure.

Their addresses are for documentation only (RFC 5737, RFC 3849), unless the operator names some.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from privacykit.settings.model import Settings
from privacykit.verify.watch.marks import FIRST_VERSION, PEOPLE_AT_MOST, VERSIONS, WatchMarks

SILENT, REFUSING, CONSENTING = "silent", "refusing", "consenting"
_DOCUMENTATION = ("192.0.2", "198.51.100", "203.0.113")


class MadeUpPerson(NamedTuple):
    """
    Somebody who does not exist.

    Attributes:
        name: What reports call them.
        wanted: Where they should be.
        choice: ``silent``, ``refusing`` or ``consenting``.
        said: Headers that they send of themselves.
        marks: Their marks.
    """

    name: str
    wanted: str
    choice: str
    said: Mapping[str, str]
    marks: WatchMarks


def people_of(settings: Settings, random: Callable[[int], bytes]) -> tuple[MadeUpPerson, ...]:
    """
    Return who visits.

    One refuses in the European Union, one in California has GPC on, one consents. Where a site is
    directed to children, one of them comes too and says nothing.

    Args:
        settings: The configuration.
        random: So many random bytes.
    """
    wanted = [
        ("somebody who refuses", "DE", REFUSING, {}),
        ("somebody with GPC", "US-CA", SILENT, {"sec-gpc": "1"}),
        ("somebody who consents", "DE", CONSENTING, {}),
    ]
    if any(site.audience.child_directed for site in settings.site):
        wanted.append(("a child", "DE", SILENT, {}))
    base = FIRST_VERSION + random(1)[0] % (VERSIONS // PEOPLE_AT_MOST) * PEOPLE_AT_MOST
    return tuple(
        MadeUpPerson(
            name,
            place,
            choice,
            said,
            WatchMarks(random(16), base + number, _address(settings, place, number, random)),
        )
        for number, (name, place, choice, said) in enumerate(wanted)
    )


def _address(settings: Settings, place: str, number: int, random: Callable[[int], bytes]) -> str:
    named = settings.watch.addresses.get(place)
    if named is not None:
        return named
    network = _DOCUMENTATION[number % len(_DOCUMENTATION)]
    return f"{network}.{2 + random(1)[0] % 250}"
