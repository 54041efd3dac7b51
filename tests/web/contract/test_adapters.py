"""What every adapter owes: the same rewriting, gates, events and failures for the same traffic."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from privacykit.geo.synthetic import address_of
from privacykit.logs.libraries import withhold_library_logs
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out

sys.path.insert(0, str(Path(__file__).parent))
hosts = importlib.import_module("hosts")
sys.path.pop(0)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
GERMAN, ROBOT = address_of("DE", 9), "Googlebot/2.1 (+http://www.google.com/bot.html)"
OURS = [("host", "shop.example"), ("user-agent", FIREFOX), ("accept", "text/html")]


def visitor(place="DE", **headers):
    """Return the header lines of a visitor from *place*."""
    sent = dict(OURS) | {"x-forwarded-for": address_of(place, 9)}
    return list((sent | {n.replace("_", "-"): v for n, v in headers.items()}).items())


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine whose threads run."""
    path = lay_out(tmp_path_factory.mktemp("contract"), CONFIG)
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
    """The application behind one adapter."""
    return hosts.HOSTS[request.param](engine)


def told_of(items):
    """Return *items* without the moment in which each was made."""
    return [
        (
            item.plan.fixed,
            item.opening,
            item.visitor,
            item.page,
            item.address,
            item.device,
            item.more,
            item.record,
            item.subject,
        )
        for item in items
    ]


TRAFFIC = [
    ("/plain", visitor()),
    ("/plain", visitor("US-CA", sec_gpc="1")),
    ("/plain?utm_source=letter&token=s3cret", visitor("FR", referer="https://search.example/?q=x")),
    ("/shop", visitor(cookie="session=1; _ga=2")),
    ("/shop", visitor(cookie="pk-no=*:2026-11; session=1")),
    ("/bought", visitor("US-CA", accept_language="de-AT,de;q=0.7")),
    ("/look", visitor()),
    ("/gone", visitor()),
    ("/asset", visitor(sec_fetch_dest="style")),
    ("/unmodified", visitor(sec_fetch_dest="document")),
    ("/moved", visitor()),
    ("/streamed", visitor(forwarded="for=1.2.3.4;proto=https")),
    ("/plain", visitor(user_agent=ROBOT)),
    ("/plain", visitor(host="elsewhere.example")),
    ("/privacy/", visitor()),
    ("/privacy/nothing", visitor()),
    ("/.well-known/gpc.json", visitor()),
]


def test_the_same_traffic_makes_the_same_events(engine, items):
    """Whatever the server speaks: event for event, withheld for withheld, header for header."""
    found = {}
    for name, made in hosts.HOSTS.items():
        host, before = made(engine), engine.counts()
        answers = [host.ask(path, headers) for path, headers in TRAFFIC]
        after = engine.counts()
        withheld = {key: n - before.get(key, 0) for key, n in after.items()}
        shown = [(answer.status, sorted(answer.headers), answer.body) for answer in answers]
        found[name] = told_of(items), {k: n for k, n in withheld.items() if n}, shown
        items.clear()
    assert len(found["asgi"][0]) == 8
    for name, told in found.items():
        assert told == found["asgi"], name


def test_the_application_sees_the_weakened_address_only(host):
    """Client and address headers name a neighbourhood; what frameworks need stays."""
    sent = visitor(
        forwarded="for=1.2.3.4;proto=https", x_forwarded_proto="https", x_real_ip=GERMAN,
        via=f"1.1 {GERMAN}",
    )  # fmt: skip
    told = json.loads(host.ask("/look", sent).body)
    assert told["client"] == [GERMAN.rpartition(".")[0] + ".0", 0]
    assert GERMAN not in json.dumps(told)
    assert told["headers"]["x-forwarded-proto"] == "https"
    assert told["headers"]["forwarded"] == "proto=https"
    assert told["repr"] == "<Privacy DE>"


@pytest.mark.parametrize(
    ("place", "sent", "ads"), [("DE", {}, False), ("US-CA", {}, True), ("US-CA", {"sec_gpc": "1"}, False)]
)  # fmt: skip
def test_the_law_of_the_place_decides(host, place, sent, ads):
    """Opt-in in the EU, opt-out in California."""
    told = json.loads(host.ask("/look", visitor(place, **sent)).body)
    assert (told["place"], told["ads"]) == (place, ads)


def test_denied_cookies_reach_neither_side(host):
    """An advertising cookie without consent is neither read nor set; a needed one is."""
    seen = json.loads(host.ask("/look", visitor(cookie="session=1; _ga=2")).body)
    answer = host.ask("/shop", visitor())
    assert seen["headers"]["cookie"] == "session=1"
    assert answer.all("set-cookie") == ["session=1; Path=/"]


def test_who_looked_is_in_no_shared_cache(host):
    """And a page that did not look is in any."""
    assert host.ask("/plain", visitor()).all("cache-control") == ["public, max-age=60"]
    looked = host.ask("/look", visitor())
    assert looked.all("cache-control") == ["private"]
    assert looked.all("vary") == ["Cookie, Sec-GPC, DNT"]


def test_a_stream_passes_chunk_by_chunk(host, items):
    """Nothing is joined, dropped or held back."""
    assert host.ask("/streamed", visitor()).chunks == [b"<p>", b"", b"one", b"two"]
    assert [item.page for item in items] == ['"/streamed"']


def test_a_second_wrapper_does_nothing(engine, items):
    """One event, one decision, whoever wrapped twice."""
    for made in hosts.HOSTS.values():
        told = json.loads(made(engine, wraps=3).ask("/look", visitor()).body)
        assert told["place"] == "DE"
        made(engine, wraps=3).ask("/plain", visitor())
    assert [item.page for item in items] == ['"/plain"'] * len(hosts.HOSTS)


BREAKS = {
    "the place": ("runtime", "place", (0, "0.0.0.0")),
    "the client": ("runtime", "client", (0, "0.0.0.0")),
    "the clock": ("runtime", "clock", (0, "0.0.0.0")),
    "the way in": ("runtime", "accept", (1, None)),
    "the devices": ("runtime", "devices", (1, None)),
    "the log's page": ("engine", "note_page", (1, None)),
    "the cookies": ("engine", "saw_cookie", (1, None)),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_failure_of_ours_is_less_data(host, engine, monkeypatch, what):
    """The request goes on, with nothing identifying on either side where nothing was decided."""
    owner, name, (decided, client) = BREAKS[what]
    monkeypatch.setattr(engine if owner == "engine" else engine.runtime, name, None)
    before = engine.runtime.counters.of("error")
    answer = host.ask("/shop", visitor(cookie="session=1; _ga=2"))
    assert (answer.status, answer.body) == (200, b"<p>shop")
    assert answer.all("set-cookie") == ["session=1; Path=/"]
    assert engine.runtime.counters.of("error") > before
    seen = json.loads(host.ask("/look", visitor(cookie="session=1; _ga=2")).body)
    assert GERMAN not in json.dumps(seen)
    assert seen["headers"].get("cookie") == "session=1"
    if not decided:
        assert (seen["client"], seen["place"], seen["ads"]) == ([client, 0], "ZZ", False)


@pytest.mark.parametrize("name", ["asgi", "wsgi"])  # Django makes an answer of it before us
def test_an_application_that_fails_fails_as_before(name, engine, items):
    """The error is the server's to show; that no answer came is counted, and no event is made."""
    before = engine.runtime.counters.of("no_response")
    with pytest.raises(ZeroDivisionError):
        hosts.HOSTS[name](engine).ask("/broken", visitor())
    assert engine.runtime.counters.of("no_response") == before + 1
    assert items == []


FORM = {"content_type": "application/x-www-form-urlencoded", "content_length": "13"}


def test_what_the_application_logs_is_its_own(host, caplog):
    """Below our middleware as anywhere: only what libraries log while they work for us is not."""
    withhold_library_logs()
    assert host.ask("/logs", visitor()).status == 200
    assert [r.getMessage() for r in caplog.records if r.name == "shop"] == ["an order came in"]


def test_our_pages_are_served(host, items):
    """A refusal is committed and kept in the browser; no page of ours is an event."""
    assert b"<form" in host.ask("/privacy/", visitor()).body
    answer = host.ask("/privacy/opt-out", visitor(**FORM), "POST", b"action=refuse")
    assert (answer.status, answer.all("location")) == (303, ["/privacy/?done=refused"])
    kept = answer.all("set-cookie")[0].partition(";")[0]
    assert b'"opted_out":true' in host.ask("/privacy/status.json", visitor(cookie=kept)).body
    host.ask("/plain", visitor(cookie=kept))
    assert items == []


def test_a_permission_comes_from_the_sites_own_page(host):
    """Whatever the server speaks, the origin is compared."""
    sent = FORM | {"content_length": "12"}
    told = host.ask("/privacy/choice", visitor(**sent), "POST", b"action=allow")
    own = visitor(**sent, origin="http://shop.example", sec_fetch_site="same-origin")
    assert told.status == 403
    assert host.ask("/privacy/choice", own, "POST", b"action=allow").status == 303


def test_a_head_of_ours_has_no_body(host):
    """As HTTP wants it."""
    answer = host.ask("/privacy/", visitor(), "HEAD")
    assert (answer.status, answer.body) == (200, b"")
