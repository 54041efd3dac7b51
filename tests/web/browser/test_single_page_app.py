"""A single-page app in a real browser, counted as a person who looked on would count."""

from __future__ import annotations

import gzip
import json

import pytest

from privacykit.app import PrivacyMiddleware
from privacykit.collect.events.event import CUSTOM, PAGE
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web.browser.events import DEVICE
from privacykit.web.preferences.assets import body
from tests.browsers import served

BROWSING = (
    CONFIG.replace('page = "analytics"', 'page = "analytics"\nbrowser = true').replace(
        'source = "headers"\ntrusted_proxies = ["127.0.0.0/8"]', 'source = "scope"'
    )
    + '[pages]\npatterns = ["/", "/orders/{id}", "/cart", "/done", "/sign-in"]\n'
)
POLICY = b"default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:"
SHELL = b"""<!doctype html><title>Shop</title><link rel=icon href=data:,><div id=root></div>
<script src=/privacy/static/events.js></script><script src=/app.js></script>"""
APP = b"""
// What React and its router do, in small: state, a render of all, links that change the history.
const h = (tag, props, ...inside) => {
  const made = Object.assign(document.createElement(tag), props);
  for (const [name, value] of Object.entries(props)) if (name.includes("-")) made.setAttribute(name, value);
  made.append(...inside);
  return made;
};
const turn = (to, how = "pushState") => { history[how]({}, "", to); render(); };
const link = (to, text) =>
  h("a", { href: to, onclick: (e) => { e.preventDefault(); turn(to); } }, text);
const views = {
  "/cart": () => h("form", {
      "data-privacy-event": "checkout", "data-privacy-props": '{"items": 2}',
      onsubmit: (e) => { e.preventDefault(); turn("/done"); } },
    h("input", { name: "card", value: "4111 1111 1111 1111" }), h("button", {}, "Pay")),
  "/account": () => { queueMicrotask(() => turn("/sign-in", "replaceState")); return h("p", {}, "..."); },
};
const render = () => {
  const view = views[location.pathname] || (() => h("h1", {}, location.pathname));
  document.getElementById("root").replaceChildren(
    link("/orders/1001", "order"), link("/orders/1002", "another"), link("/cart", "cart"),
    link("/account", "account"),
    h("button", { "data-privacy-event": "cart_add" }, h("b", {}, "add")), view());
};
addEventListener("popstate", render);
turn(location.pathname + location.search, "replaceState"); // as routers do when they start
"""


async def shop(scope, _receive, send):
    """Answer every path with the same page, as servers of single-page apps do."""
    script = scope["path"] == "/app.js"
    kind = b"text/javascript" if script else b"text/html"
    headers = [(b"content-type", kind), (b"content-security-policy", POLICY)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": APP if script else SHELL})


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine whose threads run."""
    path = lay_out(tmp_path_factory.mktemp("app"), BROWSING)
    engine = build(load(path), base=str(path))
    engine.start()
    yield engine
    engine.stop(5)


@pytest.fixture(scope="module")
def address(engine):
    """The app on a port of loopback."""
    app = PrivacyMiddleware(shop, engine)
    with served(app, lifespan="off", proxy_headers=True) as address:
        yield address


LOOK_MS = 150
"""Longer than a redirect takes, shorter than any look at a page."""
VERSIONS = iter(range(130, 140))


class Visit:
    """
    A person with a browser of their own at the shop, and the events that come of it.

    Attributes:
        page: The browser's page.
        told: How many messages its script sent.
    """

    def __init__(self, page, address, items) -> None:
        self.page, self.address, self._items = page, address, items
        self.told, self._answered, self.violations = 0, 0, []
        page.on("request", self._sent)
        page.on("requestfinished", self._done)
        page.on("requestfailed", self._done)
        page.on("console", lambda line: self.violations.append(line.text))

    def _sent(self, request):
        self.told += request.url.endswith("/privacy/event")

    def _done(self, request):
        self._answered += request.url.endswith("/privacy/event")

    def click(self, text):
        """Click what reads *text*, and look at the page that comes for as long as people do."""
        self.page.get_by_text(text, exact=True).click()
        self.page.wait_for_timeout(LOOK_MS)

    @property
    def events(self):
        """Pages by their template, and events by name, in the order in which they came."""
        while self.told > self._answered:
            self.page.wait_for_timeout(20)
        return [
            json.loads(item.page if item.opening == PAGE else item.opening.removeprefix(CUSTOM))
            for item in self._items
        ]


@pytest.fixture
def visit(browser, engine, address, monkeypatch):
    """A visit that begins at the home page."""
    items = []
    monkeypatch.setattr(engine.runtime, "accept", lambda item: not items.append(item))
    agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:{next(VERSIONS)}.0) Gecko/20100101 Firefox/130.0"
    context = browser.new_context(user_agent=agent)
    visit = Visit(context.new_page(), address, items)
    visit.page.goto(f"{address}/")
    yield visit
    assert visit.violations == []
    context.close()


def test_page_changes_are_counted_once_each(visit):
    """The first by the server; then each that was looked at, back included; redirects end in one."""
    visit.click("order")
    visit.click("another")
    visit.page.go_back()
    visit.page.wait_for_timeout(LOOK_MS)
    visit.click("account")
    assert visit.events == ["/", "/orders/{id}", "/orders/{id}", "/orders/{id}", "/sign-in"]


def test_a_click_and_a_form_are_counted_by_their_names(visit):
    """In their order among the pages; nothing that was typed leaves the browser."""
    sent = []
    visit.page.on("request", lambda request: sent.append(request.post_data or ""))
    visit.click("add")
    visit.click("cart")
    visit.click("Pay")
    assert visit.events == ["/", "cart_add", "/cart", "checkout", "/done"]
    assert "4111" not in "".join(sent)


def test_a_refusal_in_the_middle_ends_it(visit):
    """Given in another tab, it counts for the app that is open."""
    visit.click("order")
    other = visit.page.context.new_page()
    other.goto(f"{visit.address}/privacy/opt-out")
    other.get_by_role("button").click()
    other.wait_for_load_state("networkidle")
    visit.click("cart")
    visit.click("Pay")
    assert (visit.events, visit.told) == (["/", "/orders/{id}"], 4)


def test_a_loop_of_page_changes_is_one_page(visit):
    """Nobody saw the others."""
    visit.page.evaluate("for (let n = 0; n < 150; n++) history.pushState({}, '', `/orders/${n}`)")
    visit.page.wait_for_timeout(LOOK_MS)
    assert (visit.events, visit.told) == (["/", "/orders/{id}"], 1)


def test_a_flood_of_events_is_cut(engine, visit):
    """What a script sends beyond what a person does is a number, and no event."""
    before = engine.counts().get("withheld:flood", 0)
    name = "dispatchEvent(new CustomEvent('privacy-event', {detail: {event: 'scrolled'}}))"
    visit.page.evaluate(f"for (let n = 0; n < {int(DEVICE.burst) + 100}; n++) {name}")
    events = visit.events
    cut = engine.counts()["withheld:flood"] - before
    assert len(events) - 1 + cut == DEVICE.burst + 100
    taken = len(events) - 1  # one a second comes back; other tests have sent from here
    assert DEVICE.burst / 2 <= taken <= DEVICE.burst + 30


def test_the_script_sends_nothing_under_gpc(browser, engine, address, monkeypatch):
    """Where the browser refuses for its visitor, nobody is asked again."""
    items = []
    monkeypatch.setattr(engine.runtime, "accept", lambda item: not items.append(item))
    context = browser.new_context()
    context.add_init_script("navigator.globalPrivacyControl = true")
    visit = Visit(context.new_page(), address, items)
    visit.page.goto(f"{address}/")
    visit.click("order")
    visit.click("add")
    assert visit.told == 0
    context.close()


def test_nothing_is_stored_on_the_device(visit):
    """No cookie, no storage, no database, no worker."""
    visit.click("order")
    assert visit.page.context.storage_state(indexed_db=True) == {"cookies": [], "origins": []}


def test_the_script_is_small():
    """At most a kilobyte as it goes over the wire."""
    assert len(gzip.compress(body("events.js"), 9)) <= 1000
