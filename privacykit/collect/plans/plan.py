"""
A decision compiled: all that a request needs and that depends only on site, place, signals and day.

Pure. The domain is closed (a place, a small integer of signals), so a plan is made once and
remembered; `privacykit explain` asks the same :func:`privacykit.decide.decision.decide`.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from privacykit.collect.cookies.gate import CookieFilter
from privacykit.collect.counters import Tally
from privacykit.collect.memo import MEBIBYTE, Memo
from privacykit.collect.site import VisitorMode
from privacykit.decide.decision import Decision
from privacykit.pseudonym.addresses.address import IPV4_BYTES, IPV6_BYTES
from privacykit.pseudonym.addresses.ip import IPMethod, Truncate

PREFIX = Truncate(24, 48)
"""The method whose results the prefix memo keeps beside the place."""
PREFIXES_BYTES = 4 * MEBIBYTE
"""For the prefixes of one method."""


class Weakened(msgspec.Struct, frozen=True, gc=False):
    """
    An address as it may be shown.

    Attributes:
        text: The address; ``None`` where nothing may be shown.
        json_members: The same as members of an event, as JSON.
    """

    text: str | None
    json_members: str


NO_ADDRESS = Weakened(None, '"ip":null,"ip_bits":null')

Show = Callable[[bytes | None], Weakened]
"""Packed address to what may be shown of it."""


def weakened(packed: bytes, ip: IPMethod) -> Weakened:
    """Return the address *packed* as *ip* weakens it."""
    text = ip.weaken(packed)
    members = msgspec.json.encode({"ip": text, "ip_bits": ip.bits(packed)})
    return Weakened(text, members[1:-1].decode())


def showing(ip: IPMethod) -> Show:
    """
    Return what shows addresses by *ip*.

    What depends on nothing finer than the first 24 or 48 bits is remembered by what it shows.
    """
    if not isinstance(ip, Truncate) or not _is_coarse(ip):
        return lambda packed: NO_ADDRESS if packed is None else weakened(packed, ip)
    ipv4_bytes, ipv6_bytes = ip.ipv4_bits // 8, ip.ipv6_bits // 8

    def make(prefix: bytes) -> Weakened:
        size = IPV4_BYTES if len(prefix) == ipv4_bytes else IPV6_BYTES
        return weakened(prefix.ljust(size, b"\0"), ip)

    memo = Memo(make, PREFIXES_BYTES)

    def show(packed: bytes | None) -> Weakened:
        if packed is None:
            return NO_ADDRESS
        return memo[packed[: ipv4_bytes if len(packed) == IPV4_BYTES else ipv6_bytes]]

    return show


def _is_coarse(ip: Truncate) -> bool:
    """Tell whether *ip* keeps whole bytes, few enough to remember, of both versions apart."""
    v4, v6 = ip.ipv4_bits, ip.ipv6_bits
    return v4 <= PREFIX.ipv4_bits and v6 <= PREFIX.ipv6_bits and v4 != v6 and not (v4 | v6) % 8


class PurposePlan(msgspec.Struct, frozen=True, gc=False):
    """
    What may be collected under one purpose.

    Attributes:
        site: The site's id.
        purpose: The purpose's id.
        withheld: Why nothing may be collected, a reason code; empty when it may.
        visitor: How visits are told apart.
        identified: Whether an identified person's reference may travel.
        consented: Whether a consent given to us stands, so that its record travels with the event.
        sinks: Names of the sinks that may take it.
        shared: Whether a third party may.
        retention: Seconds until the event expires.
        head: The beginning of the event's JSON, up to its id.
        fixed: JSON members known beforehand: site, purpose, place, consent and address method.
        otherwise: The plan of the weaker purpose to use instead, if this one is withheld.
    """

    site: str
    purpose: str
    withheld: str
    visitor: VisitorMode
    identified: bool
    consented: bool
    sinks: tuple[str, ...]
    shared: bool
    retention: int
    head: str
    fixed: str
    otherwise: PurposePlan | None = None


class CompiledPlan(msgspec.Struct, frozen=True, gc=False):
    """
    What follows from a place and what the visitor said, for one site on one day.

    Attributes:
        place: Country or country and subdivision, ``ZZ`` when unknown.
        mask: What the visitor said, as :mod:`privacykit.signals.choice.cookies` packs it.
        decisions: The decision on each purpose.
        purposes: What may be collected under each purpose.
        page: The usable plan of page events, ``None`` when the site makes none.
        unnamed: The plan of the application's events that name no purpose; that of pages at a site.
        ip: How the address is weakened here.
        show: Shows addresses by that method.
        cookies: What takes denied cookies out, ``None`` when none is denied.
        signalled: Whether a browser signal was among the reasons, so that answers vary with it.
        gpc: Whether the browser sent GPC and it was honoured.
        campaign: Whether campaign values may be kept: by the law, or since pages rest on consent.
        shows_prefix: Whether the address is shown as the prefix memo holds it: 24 or 48 bits.
        renews: Whether the refusal is so old that its cookie is set again with the next page.
        refuses: Whether the choice refuses a purpose, whose cookies are then to end.
        tally: Counts the requests decided so.
        edition: Of the site day it was made for.
    """

    place: str
    mask: int
    decisions: dict[str, Decision]
    purposes: dict[str, PurposePlan]
    page: PurposePlan | None
    unnamed: PurposePlan | None
    ip: IPMethod
    show: Show
    cookies: CookieFilter | None
    signalled: bool
    gpc: bool
    campaign: bool
    shows_prefix: bool
    renews: bool
    refuses: bool
    tally: Tally
    edition: int


def usable(plan: PurposePlan) -> PurposePlan:
    """Return *plan*, or while it is withheld the weaker one to use instead, if that may be used."""
    while plan.withheld and plan.otherwise is not None:
        if not plan.otherwise.withheld:
            return plan.otherwise
        plan = plan.otherwise
    return plan
