"""
The scan of a site: what it does before a choice, after a refusal and after a consent. Does I/O.

Each phase begins with a browser that nobody has used before. Only pages of the very origin are
visited, and none that ``robots.txt`` forbids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from privacykit.errors import BackendError
from privacykit.verify.site.chromium import banners
from privacykit.verify.site.chromium.banners import KNOWN, BannerButtons
from privacykit.verify.site.chromium.bounds import VisitBounds
from privacykit.verify.site.chromium.browser import BrowserVisit
from privacykit.verify.site.origin import SiteOrigin
from privacykit.verify.site.pages import RobotRules, pages_linked
from privacykit.verify.site.seen import (
    ACCEPTED,
    BEFORE,
    REFUSED,
    ButtonLook,
    PhaseScan,
    SiteScan,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

_LOOK = """(one) => {
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const clear = ["transparent", "rgba(0, 0, 0, 0)"];
  const filled = !clear.includes(style.backgroundColor);
  return [box.width, box.height, parseFloat(style.fontSize), filled];
}"""
_CLICK_SECONDS = 3.0
_MANY_PAGES = 50
"""Pages that are visited at most, whatever is asked."""


class ScanOptions(NamedTuple):
    """
    How much is looked at.

    Attributes:
        pages: Pages in each phase.
        seconds: Time, for all of it.
        megabytes: What is loaded, for all of it.
        prefix: Where the site's own forms are, if privacykit serves them.
        headers: What the browser sends besides.
    """

    pages: int = 5
    seconds: float = 120.0
    megabytes: float = 50.0
    prefix: str = "/privacy"
    headers: dict[str, str] | None = None


class SiteScanner:
    """
    Scans one site.

    Args:
        browser: The browser.
        site: The site.
        options: How much is looked at.
    """

    def __init__(self, browser: Browser, site: SiteOrigin, options: ScanOptions) -> None:
        self._browser = browser
        self._site = site
        self._options = options
        self._bounds = VisitBounds(options.seconds, options.megabytes)
        self._why_not = ""
        self._way: BannerButtons | None = None
        self._accept: ButtonLook | None = None
        self._refuse: ButtonLook | None = None

    def scan(self, at: float) -> SiteScan:
        """
        Return what was seen; *at* is Unix seconds.

        Raises:
            BackendError: PK333, the site does not answer with a page.
        """
        first, _ = self._phase(BEFORE)
        if not first.pages:
            told = first.cut or "the site does not answer with a page: is the address right?"
            raise BackendError(f"PK333 {told}")
        phases, left_out = [first], []
        for name in (REFUSED, ACCEPTED):
            if self._way is None:
                left_out.append(f"{name}: no form or banner is there that we know how to answer")
                continue
            seen, chosen = self._phase(name)
            if chosen:
                phases.append(seen)
            else:
                left_out.append(f"{name}: {self._way.name} shows no button for it")
        banner = self._way.name if self._way else ""
        return SiteScan(
            self._site.url,
            at,
            banner,
            tuple(phases),
            tuple(left_out),
            self._accept,
            self._refuse,
        )

    def _phase(self, name: str) -> tuple[PhaseScan, bool]:
        """Return what was seen, and whether the choice was made that the phase begins with."""
        visit = BrowserVisit(self._browser, self._site, self._bounds, self._options.headers)
        try:
            pages, chosen = self._crawl(visit, name)
            cut = self._bounds.used_up or self._why_not
            return PhaseScan(
                name, tuple(pages), visit.cookies, visit.stored, visit.others, cut
            ), chosen
        finally:
            visit.close()

    def _crawl(self, visit: BrowserVisit, phase: str) -> tuple[list[str], bool]:
        rules = RobotRules(visit.text_of(f"{self._site.root}/robots.txt"))
        most = min(self._options.pages, _MANY_PAGES)
        waiting, known = [self._site.url], {self._site.url}
        visited: list[str] = []
        chosen = False
        while waiting and len(visited) < most and not self._bounds.used_up:
            url = waiting.pop(0)
            if not rules.allow(url):
                self._why_not = "robots.txt forbids it"
                continue
            if not visit.go(url):
                if visit.left and not visited:
                    self._why_not = "it leads to another address: give that one"
                continue
            if not visited:
                chosen = self._begin(visit, phase)
                if visit.page.url != url and not visit.go(url):
                    continue
            visited.append(url)
            for link in pages_linked(visit.links, url, self._site, rules):
                if link not in known:
                    known.add(link)
                    waiting.append(link)
        return visited, chosen

    def _begin(self, visit: BrowserVisit, phase: str) -> bool:
        if phase == BEFORE:
            self._look_for_banner(visit)
            return False
        return self._choose(visit, accepts=phase == ACCEPTED)

    def _look_for_banner(self, visit: BrowserVisit) -> None:
        """Find by what a choice is made: our own pages, else a banner that is shown."""
        page = visit.page
        for known in KNOWN:
            if _shown(page, known.accept):
                self._way = known
                self._accept, self._refuse = _look(page, known.accept), _look(page, known.refuse)
                return
        ours_accept, ours_refuse = banners.OUR_BANNER_ACCEPT, banners.OUR_BANNER_REFUSE
        if _shown(page, ours_accept):
            self._accept, self._refuse = _look(page, ours_accept), _look(page, ours_refuse)
        form = visit.text_of(f"{self._site.root}{self._options.prefix}/")
        if form is not None and 'id="choices"' in form:
            self._way = BannerButtons(banners.OURS, banners.OUR_ACCEPT, banners.OUR_REFUSE)
            if self._accept is None:
                self._look_at_our_form()

    def _look_at_our_form(self) -> None:
        """Look at our buttons in a browser of its own: the one before a choice stays as it is."""
        aside = BrowserVisit(self._browser, self._site, self._bounds)
        try:
            aside.go(f"{self._site.root}{self._options.prefix}/")
            self._accept = _look(aside.page, banners.OUR_ACCEPT)
            self._refuse = _look(aside.page, banners.OUR_REFUSE)
        finally:
            aside.close()

    def _choose(self, visit: BrowserVisit, *, accepts: bool) -> bool:
        """Press the button; return whether there was one."""
        from playwright.sync_api import Error

        if self._way is None:
            return False
        if self._way.name == banners.OURS:
            visit.go(f"{self._site.root}{self._options.prefix}/")
        button = visit.page.locator(self._way.accept if accepts else self._way.refuse).first
        try:
            button.wait_for(state="visible", timeout=_CLICK_SECONDS * 1000)
            button.click(timeout=_CLICK_SECONDS * 1000)
        except Error:
            return False
        visit.rest()
        return True


def _shown(page: Page, selector: str) -> bool:
    from playwright.sync_api import Error

    try:
        return page.locator(selector).first.is_visible()
    except Error:
        return False


def _look(page: Page, selector: str) -> ButtonLook | None:
    from playwright.sync_api import Error

    one: Locator = page.locator(selector).first
    try:
        if not one.is_visible():
            return None
        width, height, font, filled = one.evaluate(_LOOK)
        return ButtonLook(float(width), float(height), float(font), bool(filled))
    except Error:
        return None
