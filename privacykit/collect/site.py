"""A site as its operator describes it: purposes, pages, cookies, sinks; all frozen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Literal

from privacykit.collect.channel.source import NO_SOURCES, Sources
from privacykit.collect.cookies.gate import CookieGate
from privacykit.collect.cookies.kept import KeptCookie
from privacykit.decide.decision import SENSITIVE_TYPES
from privacykit.decide.withheld import Withheld
from privacykit.policy.audience import Audience
from privacykit.policy.words import Use
from privacykit.pseudonym.addresses.ip import IPMethod, Keep, no_finer
from privacykit.pseudonym.url.referrer import Level
from privacykit.signals.choice.mask import refused

if TYPE_CHECKING:
    from privacykit.collect.ports import Device

VisitorMode = Literal["none", "day", "consented"]
Role = Literal["processor", "third_party"]

STRICTLY_NECESSARY = "strictly_necessary"
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
"""Content types (prefixes) that are parts of a page, not pages: left out where all others count."""
HTML_TYPES = (b"text/html", b"application/xhtml+xml")
"""Content types (prefixes) of pages."""
DAY_HOURS: Final = 24
IDENTIFIER_HOURS: Final = {"none": 0, "day": DAY_HOURS, "consented": DAY_HOURS * 366}
_MEASURING: Final = {Use.STRICTLY_NECESSARY, Use.ANALYTICS_STORAGE, Use.ANALYTICS_NO_STORAGE}
_ONLY_MEASURING: Final = (
    "purpose_only_audience_measurement",
    "purpose_only_quality_or_effectiveness_information",
    "purpose_only_statistics_to_improve_service",
)
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
        recipients: Who else receives its data, as visitors should read it.
        kept: The cookies that are declared for it.
        texts: Label and description in other languages, by tag; an empty one is the same in all.
        spoken: Languages of label and description where they are not the page's; else empty.
        necessary: Whether it needs nobody's leave: follows from the uses.
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
    recipients: tuple[str, ...] = ()
    kept: tuple[KeptCookie, ...] = ()
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    spoken: tuple[str, str] = ("", "")
    necessary: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "necessary", set(self.uses) == {STRICTLY_NECESSARY})

    @property
    def mark(self) -> str:
        """
        The material fingerprint: what a consent covers, not how it is worded; 8 hex digits.

        A grant counts only under the mark it was given for: it must be specific and informed (GDPR
        Art. 4(11)), and says nothing of a use or a recipient that came later.
        """
        covered = "\0".join((*sorted(self.uses), "", *sorted(self.recipients)))
        return blake2b(covered.encode(), digest_size=4).hexdigest()

    def in_language(self, tag: str, source: str) -> Purpose:
        """Return the purpose with its texts in the language *tag*, else in that of *source*."""
        label, description = self.texts.get(tag, ("", ""))
        other = "" if tag == source else source
        return replace(
            self,
            label=label or self.label,
            description=description or self.description,
            spoken=("" if label else other, "" if description else other),
        )


def refused_purposes(purposes: Sequence[Purpose], mask: int) -> tuple[str, ...]:
    """Return those of *purposes* that the choice in *mask* refuses, the necessary ones aside."""
    return tuple([p.id for i, p in enumerate(purposes) if refused(mask, i) and not p.necessary])


@dataclass(frozen=True, slots=True)
class SinkRule:
    """Which events a sink may take: of *purposes* on *sites* (``None``: all), as *role* allows."""

    name: str
    purposes: frozenset[str]
    role: Role
    sites: frozenset[str] | None = None

    def serves(self, site: str) -> bool:
        """Tell whether it takes events of *site*."""
        return self.sites is None or site in self.sites

    def takes(self, site: str, purpose: str) -> bool:
        """Tell whether it takes events of *purpose* on *site*."""
        return purpose in self.purposes and self.serves(site)


@dataclass(frozen=True, slots=True)
class PageRule:
    """
    Which responses make a page event.

    Attributes:
        purpose: The purpose of page events, ``None`` for none at all.
        methods: Request methods.
        statuses: Response statuses.
        content_types: Prefixes of content types that count, lower case; empty means all.
        not_content_types: Prefixes of content types that do not.
        not_pages: Templates, as JSON, that do not.
    """

    purpose: str | None
    methods: frozenset[str] = frozenset({"GET"})
    statuses: frozenset[int] = frozenset({101, *range(200, 300), 304})
    content_types: tuple[bytes, ...] = HTML_TYPES
    not_content_types: tuple[bytes, ...] = DEFAULT_ASSETS
    not_pages: frozenset[str] = frozenset()

    def unfit(self, method: str, status: int, content_type: bytes, page: str) -> str:
        """Return why a response is no page, empty when it is; *page* is its template as JSON."""
        if status not in self.statuses or method not in self.methods or page in self.not_pages:
            return Withheld.NOT_A_PAGE.value
        kind = content_type.lower()
        if kind.startswith(self.not_content_types) or not kind.startswith(
            self.content_types or b""
        ):
            return Withheld.NOT_HTML.value
        return ""


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
        bots: Whether what robots ask for makes events, too.
        sources: Search engines, networks and shops that visits come from.
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
    sources: Sources = NO_SOURCES

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

    def counts(self, device: Device) -> bool:
        """Tell whether what *device* asks for makes events, of pages or of the application."""
        return self.bots or not device.bot


def measured(site: Site, purpose: Purpose, ip: IPMethod) -> dict[str, object]:
    """
    Return the properties of *purpose*: what is declared, overruled by what the runtime knows.

    The keys are those of the conditions in policy files.
    """
    shared = any(rule.role == "third_party" and purpose.id in rule.purposes for rule in site.sinks)
    cookies = any(owner == purpose.id for _, owner in site.cookies.rules)
    known: dict[str, object] = {
        "raw_data_retention_months": purpose.retention_months + bool(purpose.retention_days),
        "ip_truncated_min_last_octet": not isinstance(ip, Keep) and no_finer(ip, 24, 64) == ip,
        "no_device_storage": purpose.visitor != "consented" and not cookies,
        "identifier_hours": IDENTIFIER_HOURS[purpose.visitor],
        "cross_site_or_cross_app_tracking": shared,
    }
    if shared:
        known |= {"shared_with_third_parties": True, "via_service_provider": False}
    return {**purpose.properties, **known, **_belied(site.audience, purpose)}


def _belied(audience: Audience, purpose: Purpose) -> dict[str, object]:
    """Return the claims that the configuration itself belies; none makes anything easier."""
    found: dict[str, object] = {}
    beyond = set(purpose.uses) - _MEASURING
    if beyond:
        found |= dict.fromkeys(_ONLY_MEASURING, False)
    if beyond & {Use.TARGETED_ADS, Use.PROFILING_SIGNIFICANT}:
        found["used_for_profiling_or_individual_treatment"] = True
    if purpose.identified:
        found["output_anonymous_statistics_only"] = False
    if audience.data_types & SENSITIVE_TYPES:
        found["non_sensitive"] = False
    if audience.data_types & SENSITIVE_TYPES - {"precise_geolocation"}:
        found["special_category_data"] = True
    if audience.child_directed:
        found["no_tracking_of_children"] = False
    return found
