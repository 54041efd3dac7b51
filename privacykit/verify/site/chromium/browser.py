"""
A Chromium that nobody has used before, and what it sees while it visits. Does I/O, by Playwright.

Laws of this file: no value of a cookie or key leaves the browser; a visit ends, whatever the site
does, when its time or its bytes are used up; nothing is kept on the disk after it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacykit.errors import BackendError, MissingExtraError
from privacykit.verify.site.chromium.bounds import VisitBounds
from privacykit.verify.site.cookies import FIRST, THIRD, SeenCookie, of_line, shown_name
from privacykit.verify.site.origin import SiteOrigin, host_in
from privacykit.verify.site.seen import OtherHost, StoredKey

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Request, Route

CHROMIUM = "CHROMIUM"
"""Environment variable that names the browser's program; looked for in the usual places without."""

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGE_SECONDS = 15.0
"""How long one page may take to load."""
_QUIET_SECONDS = 2.0
"""How long scripts of a loaded page are given to ask for what they ask for."""

_STORED = """async () => {
  const keys = (store) => { try { return Object.keys(store) } catch (_) { return [] } };
  let named = [];
  try { named = (await indexedDB.databases()).map((one) => one.name || "") } catch (_) {}
  return {local: keys(localStorage), session: keys(sessionStorage), indexed: named};
}"""
_KINDS = {"local": "local storage", "session": "session storage", "indexed": "IndexedDB"}


@contextmanager
def chromium() -> Iterator[Browser]:
    """
    Lend a Chromium without a window.

    Raises:
        MissingExtraError: The extra ``site`` is not installed.
        BackendError: PK334, there is no browser, or it does not start.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise MissingExtraError("site", "looking at a site in a browser") from None
    with sync_playwright() as playwright:
        program = _program(playwright.chromium.executable_path)
        flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(_FLAGS)
        try:
            browser = playwright.chromium.launch(executable_path=program, args=flags)
        except Error:
            raise BackendError("PK334 the browser does not start: is it a Chromium?") from None
        try:
            yield browser
        finally:
            browser.close()


def has_browser() -> bool:
    """Tell whether there is a browser, and the extra to drive it."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return False
    try:
        with sync_playwright() as playwright:
            _program(playwright.chromium.executable_path)
    except BackendError:
        return False
    return True


def _program(own: str) -> str:
    named = os.environ.get(CHROMIUM)
    places = [named] if named else [own, *(shutil.which(name) or "" for name in _PROGRAMS)]
    found = next((place for place in places if place and Path(place).is_file()), None)
    if found is None:
        raise BackendError(
            "PK334 there is no Chromium: `playwright install chromium`, or set CHROMIUM to one"
        )
    return found


class BrowserVisit:
    """
    A visit by a browser that nobody has used before.

    Args:
        browser: The browser.
        site: The site.
        bounds: What it may take.
        headers: What it sends besides, such as ``Sec-GPC``.

    Attributes:
        left: Whether the last address led away from the site.
    """

    def __init__(
        self,
        browser: Browser,
        site: SiteOrigin,
        bounds: VisitBounds,
        headers: dict[str, str] | None = None,
    ) -> None:
        self._site = site
        self.left = False
        self._bounds = bounds
        self._asked: dict[tuple[str, str], SeenCookie] = {}
        self._others: dict[str, Counter[str]] = {}
        self._stored: set[StoredKey] = set()
        self._hosts: dict[str, str] = {}
        # A site under test often has a certificate of its own making; nothing secret is sent to it.
        self._context: BrowserContext = browser.new_context(
            extra_http_headers=headers or {}, ignore_https_errors=True, accept_downloads=False
        )
        self._context.set_default_timeout(PAGE_SECONDS * 1000)
        self._context.route("**/*", self._pass)
        self._context.on("request", self._note_request)
        self.page: Page = self._context.new_page()
        self._listen(self._context.new_cdp_session(self.page))

    def go(self, url: str) -> bool:
        """
        Visit *url* and let its scripts come to rest.

        Returns:
            Whether a page of the site answered; one that leads to somebody else's is none.
        """
        from playwright.sync_api import Error

        try:
            answer = self.page.goto(url, wait_until="load", timeout=self._patience)
        except Error:
            return False
        self.left = not self._site.is_same(self.page.url)
        if self.left:
            return False
        self.rest()
        return answer is not None and answer.ok

    def rest(self) -> None:
        """Wait until nothing is loaded any more, for a while at most; note what pages keep."""
        from playwright.sync_api import Error

        with suppress(Error):
            self.page.wait_for_load_state("networkidle", timeout=_QUIET_SECONDS * 1000)
        host = host_in(self.page.url)
        with suppress(Error):
            kept: dict[str, list[str]] = self.page.evaluate(_STORED)
            for kind, keys in kept.items():
                self._stored |= {StoredKey(_KINDS[kind], host, shown_name(key)) for key in keys}

    @property
    def links(self) -> list[str]:
        """Targets of the links on the page that is shown."""
        from playwright.sync_api import Error

        try:
            found: list[str] = self.page.eval_on_selector_all(
                "a[href]", "all => all.slice(0, 500).map((one) => one.href)"
            )
        except Error:
            return []
        return found

    def text_of(self, url: str) -> str | None:
        """Return the text at *url*, asked by the same browser; ``None`` where there is none."""
        from playwright.sync_api import Error

        try:
            answer = self._context.request.get(url, timeout=self._patience, max_redirects=2)
            return answer.text()[:100_000] if answer.ok else None
        except Error:
            return None

    @property
    def cookies(self) -> tuple[SeenCookie, ...]:
        """The cookies that the browser has, and those that answers set and it did not keep."""
        now = time.time()
        found = {}
        for kept in self._context.cookies():
            cookie = self._kept(dict(kept), now)
            found[cookie.key] = cookie
        for key, asked in self._asked.items():
            found.setdefault(key, asked)
        return tuple(sorted(found.values(), key=lambda one: (one.party, one.host, one.name)))

    @property
    def stored(self) -> tuple[StoredKey, ...]:
        """The keys that pages kept."""
        return tuple(sorted(self._stored))

    @property
    def others(self) -> tuple[OtherHost, ...]:
        """The hosts of others that were asked."""
        return tuple(
            OtherHost(host, kinds.total(), tuple(sorted(kinds)))
            for host, kinds in sorted(self._others.items())
        )

    def close(self) -> None:
        """Forget everything."""
        self._context.close()

    @property
    def _patience(self) -> float:
        return max(1.0, min(PAGE_SECONDS, self._bounds.left)) * 1000

    def _pass(self, route: Route) -> None:
        if self._bounds.used_up:
            route.abort()
        else:
            route.continue_()

    def _note_request(self, request: Request) -> None:
        host = host_in(request.url)
        if host and not self._site.is_own(host):
            self._others.setdefault(host, Counter())[request.resource_type] += 1

    def _listen(self, session: CDPSession) -> None:
        session.on("Network.requestWillBeSent", self._note_host)
        session.on("Network.responseReceivedExtraInfo", self._note_answer)
        session.on("Network.loadingFinished", self._note_bytes)
        session.send("Network.enable")

    def _note_host(self, told: dict[str, Any]) -> None:
        self._hosts[told["requestId"]] = host_in(told["request"]["url"])

    def _note_bytes(self, told: dict[str, Any]) -> None:
        self._bounds.loaded += int(told["encodedDataLength"])

    def _note_answer(self, told: dict[str, Any]) -> None:
        host = self._hosts.get(told["requestId"], self._site.host)
        for name, value in told["headers"].items():
            if name.lower() == "set-cookie":
                for line in value.split("\n"):
                    self._note_line(line.encode("utf-8", "replace"), host)

    def _note_line(self, line: bytes, host: str) -> None:
        cookie = of_line(line, host, self._site, time.time())
        if cookie is not None and not cookie.ends:
            self._asked[cookie.key] = cookie

    def _kept(self, told: dict[str, Any], now: float) -> SeenCookie:
        """Return a cookie as the browser keeps it; *told* holds its value, which is read past."""
        host = str(told["domain"]).lstrip(".").lower()
        name = shown_name(told["name"])
        asked = self._asked.get((name, host))
        expires = float(told.get("expires", -1))
        return SeenCookie(
            name,
            host,
            FIRST if self._site.is_own(host) else THIRD,
            told["path"],
            None if expires < 0 else round(expires - now),
            bool(told["secure"]),
            bool(told["httpOnly"]),
            asked.same_site if asked else str(told.get("sameSite", "")),
            bool(told.get("partitionKey")),
            "http" if asked else "script",
            asked.life if asked else None,
        )
