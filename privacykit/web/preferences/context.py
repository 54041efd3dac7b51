"""The context of a site's pages: configuration, stores, clock, decisions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from hashlib import blake2b

from privacykit.collect.consent.account import AccountChoices
from privacykit.collect.consent.keeping import ConsentStore
from privacykit.collect.consent.receipts import ReceiptMaker
from privacykit.collect.consent.shown import Presentation, consent_text
from privacykit.collect.cookies.gate import CookieGate
from privacykit.collect.cookies.kept import KeptCookie
from privacykit.collect.site import NO_COOKIES, Purpose
from privacykit.errors import PrivacyKitError
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.signals.choice.mask import Choice, granted
from privacykit.web.browser.events import BrowserEvents
from privacykit.web.data_page.person import PersonHook, is_told, nobody
from privacykit.web.data_page.ports import DataDesk
from privacykit.web.language.negotiation import direction_of
from privacykit.web.notice_page.ports import NoticeDesk
from privacykit.web.preferences.http import PageRequest, Pages
from privacykit.web.preferences.limits import DATA_EVERYBODY, DATA_NETWORK, WriteLimits
from privacykit.web.preferences.state import CurrentState, decided
from privacykit.web.preferences.wording import ENGLISH
from privacykit.web.tags.config import NO_TAGS, Tags

WELL_KNOWN = "/.well-known/gpc.json"

Methods = Mapping[str, Pages]
"""Endpoints by their HTTP method; ``HEAD`` is answered by ``GET``."""
RoomRoutes = Callable[["RoutesContext"], Mapping[str, Methods]]
"""Returns the routes of a room: whole paths; one that ends in ``/*`` is all paths below."""


@dataclass(frozen=True, slots=True)
class ExtraRooms:
    """
    Routes besides those that every site has, or instead of them.

    Attributes:
        routes: By functions as in :data:`privacykit.web.preferences.routes.ROOMS`.
        only_under: Of a server that serves these alone: says of a ``Host`` header that is no
            site's whether they are served under it; ``None`` where they stand beside the others.
    """

    routes: tuple[RoomRoutes, ...] = ()
    only_under: Callable[[bytes], bool] | None = None


NO_ROOMS = ExtraRooms()


@dataclass(frozen=True)
class RoutesContext:
    """
    Everything the routes of one site need.

    What follows from it is made once: every form and page asks for it.

    Attributes:
        site: The site's id.
        cookies: Its choice cookies.
        purposes: All its purposes, in the order of their bits in a choice.
        consents: Where consent is kept; synchronous, called in threads.
        clock: Unix seconds.
        new_record: A fresh random record id, 128 bits, url-safe base64.
        gpc_last_update: Day on which the site last changed how it treats GPC.
        prefix: Path under which the pages live, without a slash at its end.
        hosts: Host names of the site whose pages may send a grant besides the one asked.
        text_version: Version of the wording; by default a hash of it, so it cannot be forgotten.
        stop_seconds: How long an order to stop a visitor's pending events is kept: at least the
            longest retention of an event; ``None`` is for ever.
        controller: Who is responsible, as visitors should read it.
        contact: Where to write: an e-mail address, a URL or words.
        wording: The words of the pages; keys as in
            :data:`privacykit.web.preferences.wording.ENGLISH`.
        language: BCP 47 tag of the wording.
        direction: ``ltr`` or ``rtl``.
        languages: The words in each language that is offered, by tag.
        policy: Where the site's own privacy policy is; empty for none.
        lists_purposes: Whether the banner lists purposes and recipients whatever the law asks.
        ask_again_months: How long a refusal is not questioned.
        declared: Which cookie belongs to which purpose, so that a refusal can end it.
        limits: How much strangers may have written.
        refusal_limits: The same for records of refusals, which never keep a grant waiting.
        receipts: Makes receipts of consent; without it there are none.
        receipt_limits: How many strangers may have made.
        browser: Takes the events of browsers, ``None`` where the site takes none.
        decided: Returns the present decision about a request; look-ups in memory only.
        tags: What tags of others are told.
        failed: Told what failed, to count and say it.
        person: Tells who is signed in.
        accounts: Where the choices of those who are signed in are kept; without it none follows.
        data: Answers what is held about a visitor; without one there is no data page.
        notice: Writes the privacy notice; without one there is none.
        data_limits: How often anybody may ask that.
        extra: Routes besides those that every site has, or instead of them.
    """

    site: str
    cookies: ChoiceCookies
    purposes: Sequence[Purpose]
    consents: ConsentStore
    clock: Callable[[], float]
    new_record: Callable[[], str]
    gpc_last_update: date
    prefix: str = "/privacy"
    hosts: tuple[str, ...] = ()
    text_version: str = ""
    stop_seconds: float | None = None
    controller: str = ""
    contact: str = ""
    wording: Mapping[str, str] = field(default_factory=lambda: ENGLISH)
    language: str = "en"
    direction: str = "ltr"
    languages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    policy: str = ""
    lists_purposes: bool = False
    ask_again_months: int = 6
    declared: CookieGate = NO_COOKIES
    limits: WriteLimits = field(default_factory=WriteLimits)
    refusal_limits: WriteLimits = field(default_factory=WriteLimits)
    receipts: ReceiptMaker | None = None
    receipt_limits: WriteLimits = field(default_factory=WriteLimits)
    browser: BrowserEvents | None = None
    decided: Callable[[PageRequest], CurrentState] = decided
    tags: Tags = NO_TAGS
    failed: Callable[[Exception], object] = lambda _: None
    person: PersonHook = nobody
    accounts: AccountChoices | None = None
    data: DataDesk | None = None
    notice: NoticeDesk | None = None
    data_limits: WriteLimits = field(
        default_factory=lambda: WriteLimits(DATA_EVERYBODY, DATA_NETWORK)
    )
    extra: ExtraRooms = NO_ROOMS

    @cached_property
    def optional(self) -> tuple[Purpose, ...]:
        """The purposes that a visitor can choose about."""
        return tuple(purpose for purpose in self.purposes if not purpose.necessary)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Where each of these purposes, by its id, stands among them."""
        return {purpose.id: place for place, purpose in enumerate(self.optional)}

    @cached_property
    def choosable(self) -> frozenset[str]:
        """Their ids."""
        return frozenset(self.places)

    @property
    def follows(self) -> bool:
        """Whether a choice follows whoever is signed in."""
        return self.accounts is not None and is_told(self.person)

    def narrows(self, choice: Choice, kept: Collection[str]) -> bool:
        """Tell whether *choice* grants a purpose that is not among those *kept*."""
        return any(
            granted(choice.mask, index) and purpose.id not in kept
            for index, purpose in enumerate(self.purposes)
        )

    def refusal_cookie(self, purposes: Collection[str], now: float) -> str:
        """Return the refusal of *purposes*; of all there are, of everything to come too."""
        everything = self.choosable.issubset(purposes)
        return self.cookies.refusal(None if everything else sorted(purposes), now)

    def notice_in_force(self) -> str:
        """Return which notice is in force; a choice is kept where that cannot be told, too."""
        try:
            return "" if self.notice is None else self.notice.in_force()
        except PrivacyKitError as error:
            self.failed(error)
            return ""

    def kept_for(self, purpose: str) -> tuple[KeptCookie, ...]:
        """Return the cookies that are declared for the purpose of the id *purpose*."""
        return next((known.kept for known in self.purposes if known.id == purpose), ())

    def in_language(self, tag: str) -> RoutesContext:
        """Return the same in the language *tag*, one of :attr:`languages`."""
        return replace(
            self,
            purposes=tuple(purpose.in_language(tag, self.language) for purpose in self.purposes),
            wording=self.languages[tag],
            language=tag,
            direction=direction_of(tag),
        )

    @cached_property
    def shown(self) -> Presentation:
        """What our page puts to a visitor, for the record of the choice."""
        return Presentation("page", consent_text(self.purposes, self.wording, self.language))

    @cached_property
    def version(self) -> str:
        """The version of what the visitor reads: the configured one, else a hash of the words."""
        return self.text_version or wording_hash(self.purposes, self.wording)


def wording_hash(purposes: Sequence[Purpose], wording: Mapping[str, str]) -> str:
    """Return a hash of all that a visitor reads before choosing, 12 hex digits."""
    told = [(p.id, p.label, p.description, p.necessary, p.recipients, p.kept) for p in purposes]
    words = ["\0".join(map(str, each)) for each in told]
    words += [f"{key}\0{text}" for key, text in sorted(wording.items())]
    return blake2b("\1".join(words).encode(), digest_size=6).hexdigest()
