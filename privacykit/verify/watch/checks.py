"""
Checks of what made-up people left behind, against what was expected of them. Pure.

Each gives findings by place, never a value: which kind of mark, in which spelling, of whom.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from privacykit.collect.plans.plan import CompiledPlan
from privacykit.pseudonym.addresses.ip import Truncate
from privacykit.stores.watch_state import WatchFinding
from privacykit.verify.site.cookies import SeenCookie, life_in_words
from privacykit.verify.site.expected import SiteExpectations
from privacykit.verify.watch.people import MadeUpPerson
from privacykit.verify.watch.places.placed import OUTBOX, PlacedEvent

_DAY = 86_400


def marks_in(
    raw: bytes, place: str, person: MadeUpPerson, *, but: str = ""
) -> Iterator[WatchFinding]:
    """
    Yield a finding for each mark of *person* in *raw*.

    Args:
        raw: What is searched.
        place: Where it is.
        person: Whose marks.
        but: A kind of mark that is not looked for.
    """
    for found in person.marks.search(raw):
        if found.mark != but:
            yield WatchFinding(
                "PK330",
                place,
                f"it holds a {_SAID[found.mark]} of {person.name}",
                "take it out before it is written: see `privacykit scrub` and the how-to on logs",
            )


_SAID = {
    "agent": "user agent",
    "query": "value of the query",
    "mail": "part of an e-mail address",
    "referrer": "path of the referrer",
    "cookie": "value of a cookie",
    "path": "part of a path",
    "address": "whole IP address",
}


def of_event(
    event: PlacedEvent, person: MadeUpPerson, plan: CompiledPlan
) -> Iterator[WatchFinding]:
    """
    Yield what is wrong with an *event* of *person*.

    Args:
        event: The event.
        person: Whose visit made it.
        plan: What was expected of that visit.
    """
    seen = event.seen
    if seen is None:
        return
    allowed = plan.purposes.get(seen.purpose)
    if allowed is None or allowed.withheld:
        yield WatchFinding(
            "PK331",
            event.place,
            f"an event of `{seen.purpose}` by {person.name}, who may not be counted for it",
            "does the site run by this file? Is a signal taken away on its way to it?",
        )
        return
    if event.place not in {*allowed.sinks, OUTBOX}:
        yield WatchFinding(
            "PK331",
            event.place,
            f"it took an event of `{seen.purpose}`, which it may not have",
            "does the site run by this file? `privacykit sinks status` tells what waits for it",
        )
    if _is_finer(seen.ip, seen.ip_bits, person, plan):
        yield WatchFinding(
            "PK331",
            event.place,
            "an address is kept finer than the law of its place and [ip] let",
            "does the site run by this file? Look at [ip] and [scope]",
        )
    if seen.visitor is not None and allowed.visitor == "none":
        yield WatchFinding(
            "PK331",
            event.place,
            f"an event of `{seen.purpose}` has a visitor id, which that purpose must not have",
            "does the site run by this file?",
        )


def _is_finer(text: str | None, bits: int | None, person: MadeUpPerson, plan: CompiledPlan) -> bool:
    if text is None:
        return False
    if plan.ip.weaken(person.marks.address.packed) is None:
        return True
    if not isinstance(plan.ip, Truncate):
        return False  # its text is no part of the address
    try:
        address = ip_address(text)
    except ValueError:
        return False
    kept = plan.ip.ipv4_bits if address.version == 4 else plan.ip.ipv6_bits  # noqa: PLR2004
    network = ip_network((address, kept), strict=False).network_address
    return (bits or 0) > kept or network != address


def of_cookie(
    cookie: SeenCookie, plan: CompiledPlan, expected: SiteExpectations, who: str
) -> Iterator[WatchFinding]:
    """
    Yield what is wrong with a *cookie* that was set.

    Args:
        cookie: The cookie.
        plan: What was expected of the visit.
        expected: What is expected of the site.
        who: Whose visit.
    """
    if cookie.is_ours or cookie.ends:
        return
    place, purpose = f"cookie {cookie.name}", expected.purpose_of(cookie.name)
    if purpose is None:
        yield WatchFinding(
            "PK320",
            place,
            "a cookie that no purpose names: it passes whatever a visitor chose",
            "name its purpose in [cookies]; `privacykit site scan` proposes one",
        )
        return
    if not expected.allows(plan, purpose):
        yield WatchFinding(
            "PK326",
            place,
            f"a cookie of `{purpose}` is set for {who}, who may not have it",
            "is a signal taken away on its way to the application, or the cookie set elsewhere?",
        )
    most = expected.longest_life(plan, purpose)
    if most is not None and cookie.life is not None and cookie.life > most + _DAY:
        yield WatchFinding(
            "PK322",
            place,
            f"it lives {life_in_words(cookie.life)}, and {life_in_words(most)} is allowed",
            "shorten it, or declare the life it has: cookie_lifetime_months of its purpose",
        )
    if cookie.same_site == "None" and not cookie.secure:
        yield WatchFinding(
            "PK323", place, "SameSite=None without Secure", "add Secure, or let it be Lax"
        )


def others_marks(
    raw: bytes, path: str, reader: MadeUpPerson, others: tuple[MadeUpPerson, ...]
) -> Iterator[WatchFinding]:
    """Yield marks of *others* on a page that *reader* was shown: somebody else's data."""
    for one in others:
        if one is not reader:
            same = one.marks.address == reader.marks.address
            yield from marks_in(raw, f"page {path}", one, but="address" if same else "")
