"""
A page as a crawler reads it: its links, what it loads, its forms and their buttons. Pure.

Whatever stands in a page, reading it ends: no script runs, and what is no HTML gives less.
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

import msgspec

from privacykit.verify.site.origin import SiteOrigin

AGENT = "privacykit"
"""What ``robots.txt`` may call us."""

MOST_LINKS = 500
_LOADED = {
    "script": "src", "img": "src", "iframe": "src", "frame": "src", "embed": "src",
    "audio": "src", "video": "src", "source": "src", "track": "src", "object": "data",
    "input": "src",
}  # fmt: skip
_LOADING_RELS = frozenset(
    {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "manifest"}
)
_NO_PAGES = (
    ".pdf", ".zip", ".gz", ".jpg", ".jpeg", ".png", ".gif", ".svg", ".webp", ".ico", ".css", ".js",
    ".json", ".xml", ".mp3", ".mp4", ".webm", ".woff", ".woff2", ".exe", ".dmg", ".csv", ".txt",
)  # fmt: skip
_LEAVES = ("logout", "log-out", "signout", "sign-out", "unsubscribe", "delete", "remove", "cancel")
"""Parts of paths that may do something when they are only looked at."""


class SeenButton(msgspec.Struct, frozen=True):
    """
    A button of a form.

    Attributes:
        name: Its name.
        value: Its value: what the form is told.
        look: Element, type and classes: what gives it its look where no style says otherwise.
    """

    name: str
    value: str
    look: str


class SeenForm(msgspec.Struct, frozen=True):
    """
    A form.

    Attributes:
        id: Its id.
        action: Where it leads, as it is written.
        method: ``get`` or ``post``.
        buttons: Its buttons, in their order.
    """

    id: str
    action: str
    method: str
    buttons: tuple[SeenButton, ...]


class PageParts(HTMLParser):
    """
    What a page links to, loads and asks.

    Args:
        text: The page.

    Attributes:
        links: Targets of links, as they are written.
        loaded: Addresses of what a browser fetches by itself, as they are written.
        forms: The forms.
        base: Where links start from, if the page says so.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.forms: list[SeenForm] = []
        self.base = ""
        self._buttons: list[SeenButton] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an element."""
        said = {name: value or "" for name, value in attrs}
        if tag == "base":
            self.base = self.base or said.get("href", "")
        elif tag == "a" and "href" in said and len(self.links) < MOST_LINKS:
            self.links.append(said["href"])
        elif tag == "link" and _LOADING_RELS & set(said.get("rel", "").lower().split()):
            self.loaded.append(said.get("href", ""))
        elif tag == "form":
            self._buttons = []
            method = said.get("method", "get").lower()
            self.forms.append(SeenForm(said.get("id", ""), said.get("action", ""), method, ()))
        elif tag == "button" or (tag == "input" and said.get("type") == "submit"):
            self._add_button(tag, said)
        if tag in _LOADED and said.get(_LOADED[tag]):
            self.loaded.append(said[_LOADED[tag]])

    def handle_endtag(self, tag: str) -> None:
        """Take in the end of an element."""
        if tag == "form":
            self._buttons = None

    def _add_button(self, tag: str, said: dict[str, str]) -> None:
        if self._buttons is None or not self.forms:
            return
        look = " ".join((tag, said.get("type", ""), *sorted(said.get("class", "").split())))
        self._buttons.append(SeenButton(said.get("name", ""), said.get("value", ""), look))
        self.forms[-1] = msgspec.structs.replace(self.forms[-1], buttons=tuple(self._buttons))


class RobotRules:
    """
    What ``robots.txt`` (RFC 9309) lets us look at.

    Args:
        text: The file; ``None`` where there is none, which allows everything.
    """

    def __init__(self, text: str | None) -> None:
        self._rules = RobotFileParser()
        self._rules.parse((text or "").splitlines())

    def allow(self, url: str) -> bool:
        """Tell whether *url* may be looked at."""
        return self._rules.can_fetch(AGENT, url)


def pages_linked(links: list[str], page: str, site: SiteOrigin, rules: RobotRules) -> Iterator[str]:
    """
    Yield the pages of *site* that *links* of *page* lead to, each once, without their queries.

    What is no page by its name, what *rules* forbid, and what may do something by being looked at
    (such as logging out) is left out.
    """
    seen = set()
    for link in links:
        url = site.joined(page, link).partition("?")[0]
        path = urlsplit(url).path.lower() if url else ""
        if url in seen or not url or not site.is_same(url):
            continue
        seen.add(url)
        if path.endswith(_NO_PAGES) or any(word in path for word in _LEAVES):
            continue
        if rules.allow(url):
            yield url


def hosts_loaded(parts: PageParts, page: str, site: SiteOrigin) -> dict[str, int]:
    """Return the hosts of others that *page* has a browser ask, each with how many times."""
    found: dict[str, int] = {}
    start = site.joined(page, parts.base) if parts.base else page
    for link in parts.loaded:
        host = urlsplit(site.joined(start, link)).hostname or ""
        if host and not site.is_own(host):
            found[host] = found.get(host, 0) + 1
    return dict(sorted(found.items()))
