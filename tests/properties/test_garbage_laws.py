"""
Whatever bytes a visitor sends: the application answers as without us, and we never fail.

Not even "bare": garbage is unknown, an address that is none is no address (P2), and the counter of
our own failures stays at zero.
"""

from __future__ import annotations

import anyio
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web.asgi import PrivacyEdge

EDGE = CONFIG.replace('database = "places.mmdb"', 'database = "places.mmdb"\nedge = "cloudflare"')
REAL = address_of("DE", 9)
CARRIERS = [b"x-forwarded-for", b"x-real-ip", b"incap-client-ip", b"x_forwarded_for", b"via"]
READ = [
    b"host",
    b"x-forwarded-for",
    b"forwarded",
    b"x-real-ip",
    b"cf-connecting-ip",
    b"cf-ipcountry",
    b"cf-region-code",
    b"user-agent",
    b"sec-ch-ua",
    b"sec-ch-ua-mobile",
    b"sec-ch-ua-platform",
    b"cookie",
    b"sec-gpc",
    b"dnt",
    b"referer",
    b"accept-language",
    b"origin",
    b"sec-fetch-site",
]
MEANT = [
    b"1",
    b"shop.example:80",
    b"[::1]:80",
    b"1.2.3.4, 5.6.7.8",
    b'for="[2001:db8::1]:4711";proto=https',
    b"pk-no=1.2026-11.*; pk-yes=1.x.y",
    b"session=1; _ga=\xff; =; ;;",
    b"Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0",
    b"https://user:pass@[::1/%zz?utm_source=%ff",
    b"en;q=1.5, *;q=, -",
    b"\xf0\x9f\x92\xa5",
    b",,,,",
    b"a" * 70_000,
    b"1," * 30_000,
    b"a=b; " * 10_000,
    b"" ,
]  # fmt: skip
value = st.one_of(st.sampled_from(MEANT), st.binary(max_size=60))
lines = st.lists(st.tuples(st.sampled_from(READ), value), max_size=12)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine without its threads."""
    path = lay_out(tmp_path_factory.mktemp("garbage"), EDGE)
    made = build(load(path), base=str(path))
    made.running = True
    return made


async def app(scope, _receive, send):
    """Use all of the decision, and answer with what is seen."""
    privacy = scope["state"]["privacy"]
    told = [privacy.place, privacy.visitor, privacy.rate_limit_key(), privacy.gpc]
    privacy.emit("seen", "analytics", {"told": str(told)})
    headers = [(b"set-cookie", value) for name, value in scope["headers"] if name == b"cookie"]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


def ask(engine, headers, *, path="/", query=b"", client=("127.0.0.1", 1), kind="http"):
    """Send one request, and return what was sent back."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": kind,
        "method": "GET",
        "path": path,
        "query_string": query,
        "client": client,
        "headers": headers,
    }
    anyio.run(PrivacyEdge(app, engine), scope, None, send)
    return scope, sent


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines)
@example([(b"host", b"shop.example"), *((name, b"a" * 70_000) for name in READ[1:])])
@example([(b"host", b"shop.example"), *((name, b"\xff\x00\r\n") for name in READ[1:])])
@example([(name, value) for name in READ for value in MEANT])
def test_no_header_makes_us_fail(engine, headers):
    """Alone, repeated, huge, not text, half right."""
    _, sent = ask(engine, [(b"host", b"shop.example"), *headers])
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert engine.runtime.counters.of("error") == 0


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40), st.binary(max_size=40))
@example("/\x00\ud800/privacy", b"%ff&&==;" * 5000)
@example("/privacy/" + "a" * 100_000, b"utm_source=" + b"%" * 100_000)
def test_no_path_and_no_query_makes_us_fail(engine, path, query):
    """Whatever a server decoded."""
    headers = [(b"host", b"shop.example"), (b"x-forwarded-for", REAL.encode())]
    _, sent = ask(engine, headers, path=f"/{path}", query=query)
    assert sent[0]["status"] in {200, 404}
    assert engine.runtime.counters.of("error") == 0


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.none(), st.text(max_size=50), st.sampled_from(["127.0.0.1", "::1", ""])))
def test_no_peer_makes_us_fail(engine, peer):
    """A unix socket has none, and a test client's is a word."""
    scope, _ = ask(engine, [(b"host", b"x")], client=None if peer is None else (peer, 0))
    assert scope["client"][0] in {"0.0.0.0", "127.0.0.0", "::"}
    assert engine.runtime.counters.of("error") == 0


@settings(max_examples=200, deadline=None)
@given(lines, st.sampled_from(CARRIERS))
def test_no_garbage_lets_an_address_through(engine, headers, name):
    """Beside anything else, the real address never reaches the application (P1)."""
    scope, _ = ask(engine, [(b"host", b"shop.example"), *headers, (name, REAL.encode())])
    assert REAL.encode() not in b"".join(value for _, value in scope["headers"])
    assert scope["client"][0] != REAL
