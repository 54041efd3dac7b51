"""What browsers tell of themselves: the same decision, weakening and storing behind every adapter."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web.browser.events import DEVICE
from privacykit.web.browser.message import MAX_MESSAGE_BYTES

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))
hosts = importlib.import_module("hosts")
sys.path.pop(0)

BROWSING = (
    CONFIG.replace('page = "analytics"', 'page = "analytics"\nbrowser = true')
    + '[pages]\npatterns = ["/orders/{id}"]\n[text]\nquery_keep = ["tab"]\n'
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
ROBOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"
OWN = {
    "host": "shop.example", "user-agent": FIREFOX, "content-type": "text/plain;charset=UTF-8",
    "origin": "http://shop.example", "sec-fetch-site": "same-origin",
    "referer": "http://shop.example/orders/1?token=s3cret",
}  # fmt: skip
PAGE = {"page": "/orders/17%2D18?utm_source=letter&token=s3cret&tab=two#top"}
SIGNUP = {"event": "signup", "props": {"plan": "pro", "mail": "ann@example.org"}}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine whose threads run."""
    path = lay_out(tmp_path_factory.mktemp("browser"), BROWSING)
    engine = build(load(path), base=str(path))
    engine.start()
    yield engine
    engine.stop(5)


@pytest.fixture
def items(engine, monkeypatch):
    """The events that are made, as they are put into the outbox."""
    made = []
    monkeypatch.setattr(engine.runtime, "accept", lambda item: not made.append(item))
    return made


@pytest.fixture(params=sorted(hosts.HOSTS))
def host(request, engine):
    """An application behind one adapter."""
    return hosts.HOSTS[request.param](engine)


@pytest.fixture
def site(engine):
    """The application behind one of them, where they cannot differ."""
    return hosts.WSGIHost(engine)


VISITORS = iter(range(10, 60_000))


def told(site, message, visitor=None, **headers):
    """Have a browser, another each time, send *message*; return the answer."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    sent = OWN | {n.replace("_", "-"): v for n, v in headers.items()}
    sent |= {
        "content-length": str(len(body)),
        "x-forwarded-for": visitor or address_of("DE", next(VISITORS)),
    }
    lines = [(name, value) for name, value in sent.items() if value]
    return site.ask("/privacy/event", lines, "POST", body)


def withheld(engine):
    """Return how many events were withheld, by reason."""
    return {k.partition(":")[2]: n for k, n in engine.counts().items() if k.startswith("withheld")}


def test_a_page_change_is_kept_as_its_pattern(host, items):
    """And the listed parameters of its query; where the browser was before is the site itself."""
    answer = told(host, PAGE)
    (item,) = items
    assert (answer.status, answer.body) == (204, b"")
    assert (item.page, "s3cret" in item.more) == ('"/orders/{id}"', False)
    assert item.more.endswith('"campaign":{"source":"letter"},"query":"tab=two"')


def test_a_named_event_is_kept_as_emit_keeps_it(host, items):
    """Its properties pass the detectors."""
    answer = told(host, SIGNUP, content_type="application/json")
    (item,) = items
    assert (answer.status, item.opening.endswith('"signup"')) == (204, True)
    assert ("pro" in item.more, "ann@" in item.more) == (True, False)


def test_a_refusal_counts_at_once(host, items):
    """The cookie of the moment decides, whatever the page was loaded with."""
    told(host, PAGE, cookie="pk-no=*:2026-11")
    told(host, SIGNUP, cookie="pk-no=*:2026-11")
    assert items == []


def test_a_message_of_another_site_is_refused(host, items):
    """Nobody can have visitors of theirs speak for ours."""
    answers = [
        told(host, PAGE, sec_fetch_site="cross-site", origin="https://evil.example"),
        told(host, PAGE, sec_fetch_site="", origin="https://evil.example"),
        told(host, PAGE, origin=""),
    ]
    assert [answer.status for answer in answers] == [403] * 3
    assert items == []


def test_it_makes_the_same_visitor_as_a_page_of_the_server(site, items):
    """So a report can follow the visit from the first page on."""
    address = address_of("DE", 9)
    site.ask("/plain", [*OWN.items(), ("x-forwarded-for", address)])
    told(site, PAGE, address)
    first, second = items
    assert first.visitor == second.visitor
    assert first.visitor


def test_a_robot_is_withheld(engine, site, items):
    """As on pages, and the number is kept."""
    before = withheld(engine).get("robot", 0)
    answers = [told(site, what, user_agent=ROBOT).status for what in (PAGE, SIGNUP)]
    assert (answers, withheld(engine)["robot"] - before) == ([204, 204], 2)
    assert items == []


def test_a_flood_is_withheld(engine, site, items, monkeypatch):
    """After as many as a person may make at once; another browser goes on."""
    now = engine.runtime.clock()
    monkeypatch.setattr(engine.runtime, "clock", lambda: now)
    before, address = withheld(engine).get("flood", 0), address_of("FR", 9)
    answers = {told(site, PAGE, address).status for _ in range(int(DEVICE.burst) + 40)}
    assert (answers, len(items)) == ({204}, DEVICE.burst)
    assert withheld(engine)["flood"] - before == 40
    told(site, PAGE, address, user_agent=FIREFOX.replace("Firefox", "Chrome"))
    assert len(items) == DEVICE.burst + 1


def test_a_page_change_comes_from_the_site_itself(site, items):
    """So that it is no visit of its own, even where the browser tells no referrer."""
    told(site, {"page": "/orders/1"}, referer="")
    assert items[0].more == ""


def test_a_page_without_a_pattern_is_kept_without_its_path(site, items):
    """A path may hold anything."""
    told(site, {"page": "/users/ann@example.org"})
    assert items[0].page == "null"


def test_where_the_visitor_came_from_is_reduced(site, items):
    """To what the configuration keeps of referrers."""
    told(site, {"page": "/orders/1", "referrer": "https://search.example/?q=s3cret"})
    assert '"host":"search.example"' in items[0].more
    assert "s3cret" not in items[0].more


BAD = {
    "no JSON": (b"page=/orders/1", 400),
    "no text": (b'{"page":"/\xff"}', 400),
    "nothing told": ({}, 400),
    "both told": (PAGE | SIGNUP, 400),
    "an identifier": (PAGE | {"user": "ann"}, 400),
    "no path": ({"page": "https://shop.example/orders/1"}, 400),
    "a page with properties": (PAGE | {"props": {"a": 1}}, 400),
    "an event with a referrer": (SIGNUP | {"referrer": "https://search.example/"}, 400),
    "a list as property": ({"event": "signup", "props": {"a": [1]}}, 400),
    "deep": (b'{"props":' + b"[" * 4000, 400),
    "no name": ({"event": "ann@example.org"}, 400),
    "no purpose": (SIGNUP | {"purpose": "spying"}, 400),
    "too long": (PAGE | {"referrer": "x" * MAX_MESSAGE_BYTES}, 413),
}


@pytest.mark.parametrize("name", BAD)
def test_what_tells_of_nothing_is_refused_in_clear_words(site, items, name):
    """With nothing of what was sent in them."""
    message, status = BAD[name]
    answer = told(site, message)
    assert (answer.status, items) == (status, [])
    assert answer.body.startswith(b"PK157 ")
    assert b"ann" not in answer.body.replace(b"cannot", b"")


def test_a_type_that_a_form_of_another_site_could_send_is_refused(site):
    """Before anything is read of it."""
    assert told(site, PAGE, content_type="application/x-www-form-urlencoded").status == 415


def test_it_only_takes_posts(site):
    """Nothing is there to be seen."""
    answer = site.ask("/privacy/event", [*OWN.items()])
    assert (answer.status, answer.all("allow")) == (405, ["POST"])


def test_it_is_off_by_default(tmp_path):
    """Nobody who configured nothing takes events from strangers."""
    path = lay_out(tmp_path)
    site = hosts.WSGIHost(build(load(path), base=str(path)))
    assert told(site, PAGE).status == 404


def test_our_own_failure_is_counted(engine, site, monkeypatch):
    """And is no failure of the page's."""
    monkeypatch.setattr(engine.runtime, "accept", None)
    before = engine.counts().get("error:routes", 0)
    answer = told(site, PAGE)
    assert (answer.status, engine.counts()["error:routes"] - before) == (503, 1)
