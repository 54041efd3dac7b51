"""
Voices: what made-up visitors say about their privacy, and how the site answers each. Does I/O.

The same pages are asked for by each voice, by that of nobody in particular twice: what differs
between two answers to the same request tells nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from privacykit.collect.plans.plan import CompiledPlan
from privacykit.errors import BackendError
from privacykit.policy.place import UNKNOWN, normalise_place
from privacykit.verify.site.cookies import SeenCookie
from privacykit.verify.site.expected import SiteExpectations
from privacykit.verify.site.http import SiteAnswer, SiteVisitor, Transport
from privacykit.verify.site.origin import SiteOrigin
from privacykit.verify.site.pages import PageParts, RobotRules, pages_linked

PLAIN, AGAIN, GPC, DNT, REFUSED = "nothing", "nothing, again", "GPC", "DNT", "a refusal"
_SAID: Mapping[str, Mapping[str, str]] = {GPC: {"sec-gpc": "1"}, DNT: {"dnt": "1"}}
VARIES = {GPC: "sec-gpc", DNT: "dnt", REFUSED: "cookie"}
"""What an answer has to vary with where it differs for a voice (RFC 9110 §12.5.5)."""


class VoiceHeard(NamedTuple):
    """
    How the site answered one voice.

    Attributes:
        said: The voice.
        plan: What holds for it.
        answers: The answer to each page, by its address.
        cookies: Cookies that were set, with the path of the page.
    """

    said: str
    plan: CompiledPlan
    answers: dict[str, SiteAnswer]
    cookies: list[tuple[str, SeenCookie]]


class SiteHeard(NamedTuple):
    """
    How the site answered all voices.

    Attributes:
        site: The site.
        expected: What is expected of it.
        place: Where the site says that we are; unknown where it does not say.
        pages: The pages.
        voices: By the name of each.
        more: The answers to addresses of ours, by path.
    """

    site: SiteOrigin
    expected: SiteExpectations
    place: str
    pages: tuple[str, ...]
    voices: dict[str, VoiceHeard]
    more: dict[str, SiteAnswer]


class VoiceTrial:
    """
    Asks a site with each voice.

    Args:
        site: The site.
        expected: What is expected of it.
        transport: Carries what is asked.
        clock: Unix seconds.
        headers: What is sent with everything, such as a proxy's header.
    """

    def __init__(
        self,
        site: SiteOrigin,
        expected: SiteExpectations,
        transport: Transport,
        clock: Callable[[], float],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._site = site
        self._expected = expected
        self._transport = transport
        self._clock = clock
        self._headers = dict(headers or {})

    def hear(self, most_pages: int) -> SiteHeard:
        """
        Ask for *most_pages* pages at most with each voice.

        Raises:
            BackendError: PK333, the site does not answer with a page.
        """
        pages = self._pages(most_pages)
        more = self._more()
        place = place_told(more.get("status"))
        voices = {said: self._ask(said, place, pages) for said in (PLAIN, AGAIN, GPC, DNT, REFUSED)}
        return SiteHeard(self._site, self._expected, place, pages, voices, more)

    def _visitor(self, said: str) -> SiteVisitor:
        cookies = dict([self._expected.refusal]) if said == REFUSED else {}
        headers = {**self._headers, **_SAID.get(said, {})}
        return SiteVisitor(self._site, self._transport, self._clock, headers, cookies)

    def _pages(self, most: int) -> tuple[str, ...]:
        visitor = self._visitor(PLAIN)
        robots = visitor.get(f"{self._site.root}/robots.txt")
        rules = RobotRules(robots.text if robots.is_ok else None)
        waiting, known = [self._site.url], {self._site.url}
        found: list[str] = []
        while waiting and len(found) < most:
            url = waiting.pop(0)
            if not rules.allow(url):
                continue
            answer = self._visitor(PLAIN).get(url)
            if not answer.is_page:
                continue
            found.append(url)
            for link in pages_linked(PageParts(answer.text).links, url, self._site, rules):
                if link not in known:
                    known.add(link)
                    waiting.append(link)
        if not found:
            raise BackendError("PK333 the site does not answer with a page: is the address right?")
        return tuple(found)

    def _more(self) -> dict[str, SiteAnswer]:
        """Ask for our own pages and files; a refusal is posted by one who has refused already."""
        prefix, root = self._expected.prefix, self._site.root
        if not prefix:
            return {}
        plain, refusing = self._visitor(PLAIN), self._visitor(REFUSED)
        return {
            "gpc.json": plain.get(f"{root}/.well-known/gpc.json"),
            "page": plain.get(f"{root}{prefix}/"),
            "status": plain.get(f"{root}{prefix}/status.json"),
            "opt-out": refusing.post(f"{root}{prefix}/opt-out", ()),
        }

    def _ask(self, said: str, place: str, pages: tuple[str, ...]) -> VoiceHeard:
        visitor = self._visitor(said)
        plan = self._expected.plan(place, visitor.sent, self._clock())
        answers = {}
        for url in pages:
            # A visitor of its own for each page: what one page set would make the next differ.
            one = self._visitor(said)
            answers[url] = one.get(url)
            visitor.seen += one.seen
        return VoiceHeard(said, plan, answers, visitor.seen)


def place_told(status: SiteAnswer | None) -> str:
    """Return where the answer of ``status.json`` says that we are; unknown where it does not."""
    if status is None or not status.is_ok:
        return UNKNOWN
    try:
        told = msgspec.json.decode(status.body, type=_Told).place
    except msgspec.MsgspecError:
        return UNKNOWN
    country, _, part = told.partition("-")
    return normalise_place(country, part or None)


class _Told(msgspec.Struct):
    place: str = ""
