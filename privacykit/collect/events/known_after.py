"""
The campaign of a visit, known after consent: read from the page's address when it is given. Pure.

Law of this file: count before, know after. Before a choice nothing of a campaign is kept where the
law lets measurement without consent go without it; what a consent allows is read at that moment,
from the address of the page that the form came from, and from nothing that was kept.
"""

from __future__ import annotations

from privacykit.collect.events.event import NULL, Item, custom_opening
from privacykit.collect.plans.plan import CompiledPlan
from privacykit.collect.privacy import Privacy
from privacykit.collect.site_day import SiteDay

NAME = "campaign"
"""What the event is called."""


def campaign_event(privacy: Privacy, query: bytes, cookie: bytes) -> Item | None:
    """
    Return the event that tells the campaign of a page view whose visitor has just consented.

    Args:
        privacy: The decision about the request that brought the consent: what held before it.
        query: The raw query of the page that the form came from.
        cookie: The choice as the browser will send it from now on, as a ``Cookie`` header.

    Returns:
        The event, with the visitor id of the page view, so that it joins that visit; ``None``
        where the campaign was known already, may not be known, or there is none.
    """
    services, before = privacy.services, privacy.plan
    site_day, now = privacy.site_day, services.clock()
    after, record = _after(privacy, site_day, cookie, now)
    page, seen = after.page, before.page
    if page is None or page.withheld or not page.consented or not after.campaign:
        return None
    counted = seen is not None and not seen.withheld
    if counted and before.campaign:
        return None
    device = privacy.device
    if not site_day.site.counts(device):
        return None
    more = site_day.fragments.campaign(query)
    if not more:
        return None
    return Item(
        page,
        now,
        custom_opening(NAME) or NULL,
        privacy.visitor_under(seen if counted and seen else page, device, site_day, now),
        NULL,
        privacy.shown.json_members,
        device.fragment,
        more,
        record,
        None,
    )


def _after(
    privacy: Privacy, site_day: SiteDay, cookie: bytes, now: float
) -> tuple[CompiledPlan, str | None]:
    """Return the plan, and the consent record, once the browser sends *cookie* beside the rest."""
    lines, shape = privacy.lines, privacy.shape
    own = site_day.choices.names
    others = [
        each for each in privacy.cookie.split(b";") if each.partition(b"=")[0].strip() not in own
    ]
    mask, record = site_day.read_signals(
        b"; ".join([cookie, *others]),
        lines[shape.gpc][1],
        lines[shape.dnt][1],
        now,
        privacy.services.suppressed,
    )
    return site_day.plans[privacy.plan.place, mask], record
