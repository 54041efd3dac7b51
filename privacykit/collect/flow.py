"""
Flow 1: request to event, as two straight lists of stages. Pure.

:func:`admit` runs before the application: client address, place, signals, policies, decision.
:func:`record` runs when the response starts: is it a page, who it counts as, where it came from.
"""

from __future__ import annotations

from typing import Protocol

from privacykit.collect.event import PAGE, Item
from privacykit.collect.facts import Facts
from privacykit.collect.lane import Lane
from privacykit.collect.plan import Weakened
from privacykit.collect.privacy import SUPPRESSED, Emission, Privacy, Services
from privacykit.signals.choice import DNT, GPC
from privacykit.signals.dnt import dnt
from privacykit.signals.gpc import gpc

NOT_A_PAGE = Emission("not_a_page")
BOT = Emission("bot")


class World(Services, Protocol):
    """What flow 1 asks of its runtime, besides what an application may ask."""

    def client(self, peer: str | None, headers: dict[bytes, bytes]) -> tuple[bytes | None, bool]:
        """Return the client's packed address, if known, and whether the peer is trusted."""
        ...

    def place(
        self, packed: bytes | None, headers: dict[bytes, bytes], trusted: bool
    ) -> tuple[str, Weakened]:
        """Return the place and the address at 24 or 48 bits."""
        ...


def admit(facts: Facts, lane: Lane, world: World) -> Privacy:
    """Decide about a request before the application sees it."""
    headers = facts.headers
    packed, trusted = world.client(facts.peer, headers)
    place, prefix = world.place(packed, headers, trusted)
    mask, record_id = said(facts, lane)
    plan = lane.plans[place, mask]
    plan.tally.n += 1
    shown = prefix if plan.shows_prefix else plan.show(packed)
    return Privacy(plan, facts, lane, world, packed, shown, record_id)


def said(facts: Facts, lane: Lane) -> tuple[int, str | None]:
    """Return what the visitor said: the mask of signals and choices, and the consent record."""
    mask, record_id = 0, None
    if facts.cookie.find(lane.choice_mark) >= 0:
        choice = lane.said(facts.cookie, facts.now)
        mask, record_id = choice.mask, choice.record
    headers = facts.headers
    if b"sec-gpc" in headers and gpc(headers[b"sec-gpc"]):
        mask |= GPC
    if b"dnt" in headers and dnt(headers[b"dnt"]):
        mask |= DNT
    return mask, record_id


def record(
    privacy: Privacy, page: str, method: str, status: int, content_type: bytes
) -> Item | Emission:
    """
    Make the page event of a response.

    Args:
        privacy: What :func:`admit` returned.
        page: The route template as JSON, ``null`` when there is none.
        method: The request's method.
        status: The response's status; 101 for an accepted websocket.
        content_type: The response's content type.

    Returns:
        The event, or why there is none.
    """
    plan, lane, facts = privacy.plan, privacy.lane, privacy.facts
    allowed = plan.page
    if allowed is None or not lane.pages[method, status, content_type, page]:
        return NOT_A_PAGE
    if allowed.withheld:
        return Emission(allowed.withheld)
    if privacy.suppressed_under(allowed):
        return SUPPRESSED
    device = privacy.services.device(facts.headers)
    if device.bot and not lane.site.bots:
        return BOT
    return Item(
        allowed,
        facts.now,
        PAGE,
        privacy.visitor_under(allowed, device),
        page,
        privacy.shown.members,
        device.fragment,
        lane.fragments.of(facts.headers, facts.query, plan.campaign),
        privacy.record,
        privacy.subject if allowed.identified else None,
    )
