"""The visits of made-up people, and what the site answered each. Does I/O through a port."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from privacykit.collect.plans.plan import CompiledPlan
from privacykit.errors import BackendError
from privacykit.settings.model import Settings
from privacykit.stores.watch_state import WatchFinding
from privacykit.verify.site.cookies import SeenCookie
from privacykit.verify.site.expected import SiteExpectations
from privacykit.verify.site.http import SiteAnswer, SiteVisitor, Transport
from privacykit.verify.site.origin import SiteOrigin
from privacykit.verify.site.voices import place_told
from privacykit.verify.watch.grants import BrowserGrant, OwnGrant
from privacykit.verify.watch.marks import NO_LANGUAGE, WatchMarks
from privacykit.verify.watch.people import CONSENTING, REFUSING, MadeUpPerson


class Visit(NamedTuple):
    """
    The visit of one person.

    Attributes:
        person: Who.
        place: Where the site says that they are.
        plan: What was expected of it.
        pages: The answer to each page, by path.
        cookies: Cookies that were set, with the path of the page.
        findings: What was wrong with the visit itself.
    """

    person: MadeUpPerson
    place: str
    plan: CompiledPlan
    pages: dict[str, SiteAnswer]
    cookies: list[tuple[str, SeenCookie]]
    findings: tuple[WatchFinding, ...]


class Visiting:
    """
    Visits one site.

    Args:
        site: The site.
        settings: The configuration.
        expected: What is expected of the site.
        transport: Carries what is asked.
        clock: Unix seconds.
        granted: Told at once what made-up people are given for their choices: a visit that is
            interrupted has made a record all the same.
    """

    def __init__(
        self,
        site: SiteOrigin,
        settings: Settings,
        expected: SiteExpectations,
        transport: Transport,
        clock: Callable[[], float],
        granted: Callable[[OwnGrant], None],
    ) -> None:
        self._site = site
        self._settings = settings
        self._expected = expected
        self._transport = transport
        self._clock = clock
        self._granted = granted

    def visit(self, person: MadeUpPerson) -> Visit:
        """Return the visit of *person*; a page that does not answer is a finding."""
        visitor = SiteVisitor(
            self._site, self._transport, self._clock, self._headers(person), self._cookies(person)
        )
        grant = BrowserGrant(visitor, self._expected)
        found: list[WatchFinding] = []
        place = place_told(self._status(visitor))
        found += grant.others(f"{self._expected.prefix}/status.json", self._clock())
        chosen = self._choose(visitor, person)
        if person.choice == CONSENTING and not chosen:
            for one in grant.taken(self._clock()):
                self._granted(OwnGrant(one, place))
        found += [*chosen, *grant.others(f"{self._expected.prefix}/choice", self._clock())]
        plan = self._expected.plan(place, visitor.sent, self._clock())
        # Cookies that a choice or our own pages set are no page's.
        visitor.seen.clear()
        pages: dict[str, SiteAnswer] = {}
        for path in self._settings.watch.pages:
            try:
                answer = visitor.get(f"{self._site.root}{path}?{person.marks.query}")
            except BackendError:
                found.append(_silent(path))
                continue
            found += grant.others(path, self._clock())
            pages[path] = answer
            if not answer.is_ok:
                found.append(_silent(path))
        return Visit(person, place, plan, pages, visitor.seen, tuple(found))

    def _headers(self, person: MadeUpPerson) -> dict[str, str]:
        marks = person.marks
        header = self._settings.client_ip.header.lower()
        return {
            "user-agent": marks.user_agent,
            "accept-language": NO_LANGUAGE,
            "referer": marks.referrer,
            header: f"for={_quoted(marks)}" if header == "forwarded" else str(marks.address),
            **person.said,
        }

    def _cookies(self, person: MadeUpPerson) -> dict[str, str]:
        """Return what the browser has: a cookie with a mark, and the refusal of who refuses."""
        mine = {"canary": person.marks.words["cookie"]}
        return {**mine, **(dict([self._expected.refusal]) if person.choice == REFUSING else {})}

    def _status(self, visitor: SiteVisitor) -> SiteAnswer | None:
        if not self._expected.prefix:
            return None
        try:
            return visitor.get(f"{self._site.root}{self._expected.prefix}/status.json")
        except BackendError:
            return None

    def _choose(self, visitor: SiteVisitor, person: MadeUpPerson) -> list[WatchFinding]:
        """Make the choice by our forms; who refuses has done so already, so no row is written."""
        prefix = self._expected.prefix
        if not prefix or person.choice not in {REFUSING, CONSENTING}:
            return []
        path, form = f"{prefix}/opt-out", [("again", "0")]
        if person.choice == CONSENTING:
            path, form = f"{prefix}/choice", [("action", "allow")]
        try:
            answer = visitor.post(f"{self._site.root}{path}", form)
        except BackendError:
            return [_silent(path)]
        if answer.status != _SEE_OTHER:
            return [WatchFinding("PK328", path, "a choice is not taken", _ADVICE)]
        return []


def _quoted(marks: WatchMarks) -> str:
    """Return the address as ``Forwarded`` has it (RFC 7239 §6)."""
    return f'"[{marks.address}]"' if marks.address.version == IPV6 else str(marks.address)


_SEE_OTHER, IPV6 = 303, 6
_ADVICE = "our middleware takes it: does something in front take the path, or the cookie?"


def _silent(path: str) -> WatchFinding:
    place = f"page {urlsplit(path).path}"
    return WatchFinding("PK333", place, "it does not answer", "is the site up?")
