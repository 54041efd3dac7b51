"""
Flow 1: request to event, as two straight lists of stages. Pure.

:func:`admit` runs before the application: client address, place, signals, policies, decision.
:func:`make_page_event` runs when the response starts: is it a page, who is it, from where.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from privacykit.collect.address.client_ip import Peer
from privacykit.collect.events.event import PAGE, Item
from privacykit.collect.facts import HeaderShape, Line, browser_of
from privacykit.collect.memo import Memo
from privacykit.collect.plans.plan import Weakened
from privacykit.collect.privacy import SUPPRESSED, Privacy
from privacykit.collect.runtime import Services
from privacykit.collect.site import STRANGER
from privacykit.decide.withheld import Withheld
from privacykit.pseudonym.visitor import visitor_id
from privacykit.signals.cookie_values import LONGEST_COOKIES

UNKNOWN_HOST = Withheld.UNKNOWN_HOST.value
PAGES_OFF = Withheld.PAGES_OFF.value
ROBOT = Withheld.ROBOT.value
ASSET = Withheld.ASSET.value
OK, NOT_MODIFIED = 200, 304
NO_TYPE, HTML = b"", b"text/html"
PARTS = frozenset(
    b"audio audioworklet embed font image manifest object paintworklet report script serviceworker"
    b" sharedworker style track video worker xslt".split()
)
"""What a browser asks for that is no document (Fetch, request destinations), calls apart."""
PARTS_ACCEPTED = (b"image/", b"text/css")
"""How ``Accept`` begins for pictures and style sheets where a browser tells no destination."""


class World(Services, Protocol):
    """
    What flow 1 asks of its runtime, besides what an application may ask.

    Attributes:
        site_of: Raw ``Host`` header to site id, that of the stranger for a host of no site's.
    """

    site_of: Memo[bytes | None, str]

    def client(
        self, peer: Peer | None, value: bytes | None, ipv6: bytes | None
    ) -> tuple[bytes | None, bool]:
        """Return the client's packed address, if known, and whether the peer is trusted."""
        ...

    def place(self, packed: bytes | None, lines: list[Line], trusted: bool) -> tuple[str, Weakened]:
        """Return the place and the address at 24 or 48 bits."""
        ...


def admit(
    lines: list[Line], shape: HeaderShape, peer: Peer | None, query: bytes, world: World
) -> Privacy:
    """
    Decide about a request before the application sees it.

    Args:
        lines: The header lines, no name twice, then :data:`~privacykit.collect.facts.ABSENT`; of a
            very long ``Cookie`` what is looked at is put there.
        shape: Where they stand.
        peer: Address text and port of the socket's peer, ``None`` for a unix socket.
        query: The raw query string.
        world: What requests share.
    """
    now = world.clock()
    site = world.site_of[lines[shape.host][1]]
    site_day = world.site_days[site]
    if now >= site_day.until:
        site_day = world.days.renew(site, now)
    named, ipv6 = lines[shape.client][1], lines[shape.client_ipv6][1]
    packed, trusted = world.client(peer, named, ipv6)
    place, prefix = world.place(packed, lines, trusted)
    cookie = lines[shape.cookie][1]
    if cookie and len(cookie) > LONGEST_COOKIES:
        cookie = site_day.shortened(cookie)
        lines[shape.cookie] = (b"cookie", cookie)
    mask, record = site_day.read_signals(
        cookie, lines[shape.gpc][1], lines[shape.dnt][1], now, world.suppressed, query
    )
    plan = site_day.plans[place, mask]
    plan.tally.n += 1
    shown = prefix if plan.shows_prefix else plan.show(packed)
    return Privacy(plan, site, world, now, lines, shape, query, packed, shown, record)


def make_page_event(
    privacy: Privacy, page: str, method: str, status: int, content_type: bytes
) -> Item | str:
    """
    Make the page event of a response.

    Args:
        privacy: What :func:`admit` returned.
        page: The route template as JSON, ``null`` when there is none.
        method: The request's method.
        status: The response's status; 101 for an accepted websocket.
        content_type: The response's content type.

    Returns:
        The event, or the code of why there is none.
    """
    services, plan = privacy.services, privacy.plan
    now = services.clock()
    site_day = services.site_days[privacy.site]
    if now >= site_day.until or site_day.edition != plan.edition:
        site_day = privacy.site_day
        plan = privacy.plan
    allowed = plan.page
    if allowed is None:
        return UNKNOWN_HOST if privacy.site == STRANGER else PAGES_OFF
    lines, shape = privacy.lines, privacy.shape
    if status == NOT_MODIFIED and content_type == NO_TYPE and _navigates(lines, shape):
        content_type = HTML  # of the page that the browser has already (RFC 9110 §15.4.5)
    no_page = site_day.pages[method, status, content_type, page]
    if no_page:
        return ASSET if _is_part(lines, shape) else no_page
    if allowed.withheld:
        return allowed.withheld
    record, subject = privacy.consent_id, privacy.subject
    if (record is not None or subject is not None) and privacy.suppressed_under(allowed, site_day):
        return SUPPRESSED.reason
    device = services.devices[browser_of(lines, shape)]
    if not site_day.site.counts(device):
        return ROBOT
    return Item(
        allowed,
        now,
        PAGE,
        visitor_id(site_day.salt, privacy.packed, device.ua_class, now)
        if allowed.visitor == "day"
        else privacy.visitor_under(allowed, device, site_day, now),
        page,
        privacy.shown.json_members,
        device.fragment,
        site_day.fragments.of(
            lines[shape.language][1], lines[shape.referrer][1], privacy.query, plan.campaign
        ),
        record,
        subject if allowed.identified else None,
    )


def make_page_change(privacy: Privacy, page: str, query: bytes, referrer: bytes) -> Item | str:
    """
    Make the page event of a page that a browser turned to without asking for it.

    It is decided as the answer to a request for that page would be.

    Args:
        privacy: The decision about the request that tells of it.
        page: The page's template as JSON, ``null`` when there is none.
        query: The page's raw query string.
        referrer: The URL that the browser came from; empty where that is the site itself.

    Returns:
        The event, or the code of why there is none.
    """
    lines, shape = privacy.lines, privacy.shape
    came = (b"referer", referrer or b"https://%b/" % (lines[shape.host][1] or b""))
    asked = msgspec.structs.replace(
        privacy,
        lines=[*lines, came],
        shape=msgspec.structs.replace(shape, referrer=len(lines)),
        query=query,
    )
    return make_page_event(asked, page, "GET", OK, HTML)


def _navigates(lines: list[Line], shape: HeaderShape) -> bool:
    """Tell whether a browser asks for a page, and not for a part of one."""
    wanted = lines[shape.destination][1]
    return wanted == b"document" if wanted else b"text/html" in (lines[shape.accept][1] or b"")


def _is_part(lines: list[Line], shape: HeaderShape) -> bool:
    """Tell whether a browser asks for a part of a page; nobody wonders that it is not counted."""
    wanted = lines[shape.destination][1]
    return wanted in PARTS if wanted else (lines[shape.accept][1] or b"").startswith(PARTS_ACCEPTED)
