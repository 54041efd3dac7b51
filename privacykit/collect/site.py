"""What an operator says about a site: purposes, pages, cookies, sinks; all frozen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from privacykit.collect.cookies import CookieGate
from privacykit.policy.audience import Audience
from privacykit.pseudonym.referrer import Level

VisitorMode = Literal["none", "day", "consented"]
Role = Literal["processor", "third_party"]

NO_COOKIES = CookieGate()
DEFAULT_ASSETS = (
    b"image/",
    b"font/",
    b"audio/",
    b"video/",
    b"text/css",
    b"text/javascript",
    b"application/javascript",
    b"application/manifest+json",
)
"""Content types (prefixes) that are parts of a page, not pages."""
STRANGER = "-"
"""Id of what stands for hosts that are no site's: decided like a site, never collected."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """
    A purpose of the site: the site's word for why data is collected.

    Attributes:
        id: The site's name for it.
        uses: The uses of the law it stands for, e.g. ``analytics_no_storage``.
        retention_months: How long its events live, calendar months.
        retention_days: Days on top of the months.
        properties: What the operator asserts about it; what is absent counts as not so.
        visitor: How visits are told apart under it.
        identified: Whether its events may carry the reference of an identified person.
        explicit: Whether our form's wording for it is an explicit statement (GDPR Art. 9(2)(a)).
        otherwise: The weaker purpose used until this one may be.
        label: Its name for visitors.
        description: One sentence for visitors.
    """

    id: str
    uses: tuple[str, ...]
    retention_months: int = 13
    retention_days: int = 0
    properties: Mapping[str, object] = field(default_factory=dict)
    visitor: VisitorMode = "day"
    identified: bool = False
    explicit: bool = False
    otherwise: str | None = None
    label: str = ""
    description: str = ""

    @property
    def necessary(self) -> bool:
        """Whether it needs nobody's leave."""
        return set(self.uses) == {"strictly_necessary"}


@dataclass(frozen=True, slots=True)
class SinkRule:
    """Which events a sink may take: those of *purposes*, and as *role* allows."""

    name: str
    purposes: frozenset[str]
    role: Role


@dataclass(frozen=True, slots=True)
class PageRule:
    """
    Which responses make a page event.

    Attributes:
        purpose: The purpose of page events, ``None`` for none at all.
        methods: Request methods.
        statuses: Response statuses.
        content_types: Prefixes of content types that count; empty means all.
        not_content_types: Prefixes of content types that do not.
        not_pages: Templates, as JSON, that do not.
    """

    purpose: str | None
    methods: frozenset[str] = frozenset({"GET"})
    statuses: frozenset[int] = frozenset({101, *range(200, 300), 304})
    content_types: tuple[bytes, ...] = ()
    not_content_types: tuple[bytes, ...] = DEFAULT_ASSETS
    not_pages: frozenset[str] = frozenset()

    def makes_event(self, method: str, status: int, content_type: bytes, page: str) -> bool:
        """Tell whether a response is a page; *page* is its template as JSON."""
        return (
            status in self.statuses
            and method in self.methods
            and not content_type.startswith(self.not_content_types)
            and (not self.content_types or content_type.startswith(self.content_types))
            and page not in self.not_pages
        )


@dataclass(frozen=True, slots=True)
class Site:
    """
    A site: some host names under one operator, one clock and one set of purposes.

    Attributes:
        id: Name in events; part of every salt.
        hosts: Host names, lower case, without port.
        timezone: IANA name; its midnight ends a visitor id's day.
        audience: What the law asks about who the site addresses.
        purposes: In the order of their bits in a choice.
        pages: Which responses make a page event.
        cookies: Which cookie belongs to which purpose.
        sinks: Where events may go.
        gpc_scope: ``everywhere``, or ``mandated`` for the legal minimum.
        strict: Whether what the law leaves unsettled needs consent.
        query_keep: Query parameters kept in events as props, besides campaign parameters.
        referrer: How much of a referrer is kept.
    """

    id: str
    hosts: tuple[str, ...]
    timezone: str
    audience: Audience
    purposes: tuple[Purpose, ...]
    pages: PageRule
    cookies: CookieGate = NO_COOKIES
    sinks: tuple[SinkRule, ...] = ()
    gpc_scope: str = "everywhere"
    strict: bool = False
    query_keep: frozenset[str] = frozenset()
    referrer: Level = "host"
    bots: bool = False

    def purpose(self, id: str) -> Purpose:  # noqa: A002 - the field's word
        """
        Return the purpose *id*.

        Raises:
            KeyError: There is none.
        """
        for purpose in self.purposes:
            if purpose.id == id:
                return purpose
        raise KeyError(id)
