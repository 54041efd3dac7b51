"""
Tell by which channel a visit came: from the referrer's host and the campaign in the URL. Pure.

The channels are those of Google Analytics' default channel group, as Plausible refined them, with
AI assistants among them. What the medium says goes before what a click identifier lets one guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

import msgspec

from privacykit.collect.channel.campaign import Campaign
from privacykit.collect.channel.source import Kind, Source, Sources

Channel = Literal[
    "affiliates",
    "ai",
    "audio",
    "cross_network",
    "direct",
    "display",
    "email",
    "internal",
    "paid_other",
    "paid_search",
    "paid_shopping",
    "paid_social",
    "paid_video",
    "push",
    "referral",
    "search",
    "shopping",
    "sms",
    "social",
    "video",
]

_SHOP = re.compile(r"(?:^|[^a-df-z])shop|shopping")
_DISPLAY = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL = frozenset(
    {"social", "social-network", "social-media", "sm", "social network", "social media"}
)
_EMAIL = frozenset({"email", "e-mail", "e_mail", "e mail", "newsletter"})
_REFERRAL = frozenset({"referral", "referrer", "app", "link"})
_PAID_SEARCH = frozenset({"cpc", "ppc", "paidsearch", "paid-search", "paid_search", "paid search"})
_PAID_CLICKS = {"gclid": "Google", "gbraid": "Google", "wbraid": "Google", "msclkid": "Bing"}


class _Visit(msgspec.Struct, frozen=True):
    """
    What the rules look at, in lower case.

    ``named`` is the campaign's source, ``shop`` a shop or a campaign for one, ``paid`` a paid
    medium, ``ads`` a source that names itself advertising, ``clicked`` a paid click of the source
    that no medium gainsays.
    """

    kind: Kind | None
    named: str
    medium: str
    name: str
    shop: bool
    paid: bool
    ads: bool
    clicked: bool


_RULES: tuple[tuple[Channel, Callable[[_Visit], bool]], ...] = (
    ("cross_network", lambda v: "cross-network" in v.name),
    ("paid_shopping", lambda v: v.shop and v.paid),
    ("paid_search", lambda v: v.clicked or (v.kind == "search" and (v.paid or v.ads))),
    ("paid_social", lambda v: v.kind == "social" and (v.paid or v.ads)),
    ("paid_video", lambda v: v.kind == "video" and (v.paid or v.ads)),
    ("display", lambda v: v.medium in _DISPLAY),
    ("paid_other", lambda v: v.paid),
    ("ai", lambda v: v.kind == "ai"),
    ("shopping", lambda v: v.shop),
    ("social", lambda v: v.kind == "social" or v.medium in _SOCIAL),
    ("video", lambda v: v.kind == "video" or "video" in v.medium),
    ("search", lambda v: v.kind == "search" or v.medium == "organic"),
    ("email", lambda v: v.kind == "email" or v.named in _EMAIL or v.medium in _EMAIL),
    ("affiliates", lambda v: v.medium in {"affiliate", "affiliates"}),
    ("audio", lambda v: v.medium == "audio"),
    ("sms", lambda v: "sms" in {v.named, v.medium}),
    ("push", lambda v: v.medium.endswith("push") or v.named == "firebase"),
    ("push", lambda v: "mobile" in v.medium or "notification" in v.medium),
    ("referral", lambda v: v.kind is not None or v.medium in _REFERRAL),
)
"""The first that holds decides; ``direct`` when none does."""


def channel(
    sources: Sources,
    host: str,
    campaign: Campaign | None = None,
    own_hosts: frozenset[str] = frozenset(),
) -> Channel:
    """
    Return the channel by which a visit came.

    Args:
        sources: Those that are known.
        host: Host of the referrer without ``www.``; empty when there is none.
        campaign: What :func:`~privacykit.collect.channel.campaign.campaign_of` found.
        own_hosts: The site's own hosts; a referrer among them and no campaign is ``internal``.
    """
    if host in own_hosts and campaign is None:
        return "internal"
    visit = _visit(sources, host, campaign or Campaign())
    return next((name for name, holds in _RULES if holds(visit)), "direct")


def _visit(sources: Sources, host: str, campaign: Campaign) -> _Visit:
    named = campaign.source.lower()
    source = sources.by_name(named) if named else sources.of_host(host)
    advertiser = None if source else sources.advertiser(named)
    if named:
        source = source or advertiser or Source(named, "referral")
    medium, name = campaign.medium.lower(), campaign.name.lower()
    kind = source.kind if source else None
    return _Visit(
        kind,
        named,
        medium,
        name,
        shop=kind == "shopping" or bool(_SHOP.search(name)),
        paid="cp" in medium or medium in {"ppc", "retargeting"} or medium.startswith("paid"),
        ads=advertiser is not None or named == "adwords",
        clicked=(not medium or medium in _PAID_SEARCH)
        and any(_pays(click, source) for click in campaign.click_ids),
    )


def _pays(click: str, source: Source | None) -> bool:
    # A click identifier travels on when a link is copied; beside another source it says nothing.
    owner = _PAID_CLICKS.get(click)
    return owner is not None and (source is None or source.name == owner)
