"""Page addresses as products read them: where a page is, and its campaign in the query. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privacykit.sinks.mapping.shapes import QUOTED
from privacykit.sinks.mapping.sources import Const, Get, Member, Settings, ValueSource

CAMPAIGN = {
    "utm_source": "data.campaign.source",
    "utm_medium": "data.campaign.medium",
    "utm_campaign": "data.campaign.name",
    "utm_content": "data.campaign.content",
    "utm_term": "data.campaign.term",
}
"""Parameters that products look for in a page's address, and the members they hold."""


class CampaignQuery:
    """The parameters that are kept of the page's address, and what its campaign was."""

    __slots__ = ("kept", "told")

    def __init__(self) -> None:
        self.kept = Member("data.query")
        self.told = {name: Member(path, QUOTED) for name, path in CAMPAIGN.items()}

    def bind(self, settings: Settings) -> Get:
        """Return what joins them; nothing where there are none."""
        kept = self.kept.bind(settings)
        told = [(name, source.bind(settings)) for name, source in self.told.items()]

        def get(event: Mapping[str, Any], now: float) -> str | None:
            parts = [kept(event, now)]
            parts += [f"{name}={value}" for name, one in told if (value := one(event, now))]
            return "&".join(filter(None, parts)) or None

        return get

    def members(self) -> Iterator[str]:
        """Yield those of the campaign, and the query."""
        yield from self.kept.members()
        for source in self.told.values():
            yield from source.members()

    def words(self) -> str:
        """Say which parameters there are."""
        told = ", ".join(f"`{name}`" for name in self.told)
        return f"{self.kept.words()} and, of the campaign, {told}"


class PageAddress:
    """
    The page's template and :class:`CampaignQuery`: never a path.

    Args:
        site: The address it is put behind; without one it begins with a ``/``.
    """

    __slots__ = ("page", "query", "site")

    def __init__(self, site: ValueSource | None = None) -> None:
        self.site = site or Const("")
        self.page = Member("data.page")
        self.query = CampaignQuery()

    def bind(self, settings: Settings) -> Get:
        """Return what joins them; of an event of no page it is the site's."""
        site, page = self.site.bind(settings), self.page.bind(settings)
        query = self.query.bind(settings)

        def get(event: Mapping[str, Any], now: float) -> str | None:
            where = site(event, now)
            if where is None:
                return None
            asked = query(event, now)
            address = str(where).rstrip("/") + (page(event, now) or "/")
            return f"{address}?{asked}" if asked else address

        return get

    def members(self) -> Iterator[str]:
        """Yield those of all parts."""
        yield from self.site.members()
        yield from self.page.members()
        yield from self.query.members()

    def words(self) -> str:
        """Say the parts."""
        before = "" if self.site == Const("") else f"{self.site.words()} + "
        return f"{before}{self.page.words()}, and in its query {self.query.words()}"
