"""
ADPC, "Advanced Data Protection Control": consent, withdrawal and objection in a header. Pure.

Source: the ADPC community draft (Data-Protection-Control/ADPC). No browser sends it yet. There is
no consent to everything; ``withdraw=*`` withdraws what is not consented to in the same exchange.
What contradicts itself is withdrawn, which the draft leaves open. A member that breaks the grammar
says nothing; the others stay.
"""

from __future__ import annotations

import re

import msgspec

from privacykit.signals.unknown import LONGEST, Unknown

EVERYTHING = "*"
DIRECT_MARKETING = "direct-marketing"
MOST_IDENTIFIERS = 1000
MOST_MEMBERS = 1000

_PAIR = re.compile(
    r"[ \t]*([A-Za-z-]{1,16})[ \t]*=[ \t]*(?:\"([^\"]*)\"|([^\s\"]+))[ \t]*", re.ASCII
)
_IDENTIFIER = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+;=%]{1,2048}", re.ASCII)


class Adpc(msgspec.Struct, frozen=True):
    """
    What an ``ADPC`` header says; identifiers in the order of the header, each once.

    Attributes:
        consent: Requests consented to, never :data:`EVERYTHING`.
        withdraw: Requests whose consent is withdrawn; :data:`EVERYTHING` for all.
        object: What is objected to; :data:`DIRECT_MARKETING` is all there is.
    """

    consent: tuple[str, ...] = ()
    withdraw: tuple[str, ...] = ()
    object: tuple[str, ...] = ()


def decode_adpc(value: str) -> Adpc | Unknown:
    """
    Return what the field value *value* says.

    Args:
        value: The value; join the lines of several headers with a comma (RFC 9110 section 5.3).
    """
    if len(value) > LONGEST:
        return Unknown("too_long", f"more than {LONGEST} characters")
    if value.count(",") + value.count('"') > 2 * MOST_MEMBERS:
        return Unknown("too_many", f"more than {MOST_MEMBERS} members")
    said: dict[str, dict[str, None]] = {"consent": {}, "withdraw": {}, "object": {}}
    for member in _members(value):
        pair = _PAIR.fullmatch(member)
        if pair is None:
            continue
        words = said.get(pair[1].lower())
        if words is not None:
            listed = pair[2].split() if pair[2] is not None else [pair[3]]
            words.update(dict.fromkeys(filter(_IDENTIFIER.fullmatch, listed)))
    if sum(map(len, said.values())) > MOST_IDENTIFIERS:
        return Unknown("too_many", f"more than {MOST_IDENTIFIERS} identifiers")
    withdrawn = said["withdraw"]
    return Adpc(
        tuple(word for word in said["consent"] if word != EVERYTHING and word not in withdrawn),
        tuple(withdrawn),
        tuple(word for word in said["object"] if word == DIRECT_MARKETING),
    )


def _members(value: str) -> list[str]:
    """Return the members of *value*: split at the commas that stand in no quotes."""
    pieces = value.split('"')
    if len(pieces) % 2 == 0:
        # A quote that is never closed takes what follows it with it, and nothing before.
        pieces[-2:] = [pieces[-2].rpartition(",")[0]]
    members = [""]
    for place, piece in enumerate(pieces):
        if place % 2:
            members[-1] += f'"{piece}"'
            continue
        first, *others = piece.split(",")
        members[-1] += first
        members += others
    return members
