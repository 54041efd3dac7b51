"""The edge without a framework: an adapter as small as WSGI's, and every shape of ASGI's headers."""

from __future__ import annotations

import gc

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacykit.collect.privacy import NO_PRIVACY
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.signals.cookie_values import LONGEST_COOKIES, first_cookies
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web.asgi import PrivacyEdge
from privacykit.web.edge import admit, bare_response, is_page, respond
from privacykit.web.headers import MOST_LINES, joined, plain_pairs
from privacykit.web.preferences.form import MAX_BODY_BYTES
from privacykit.web.preferences.http import PageRequest

GERMAN = address_of("DE", 9)
HEADERS = [
    (b"host", b"shop.example"),
    (b"x-forwarded-for", GERMAN.encode()),
    (b"cookie", b"session=1; _ga=2"),
    (b"x-forwarded-proto", b"https"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine whose threads run."""
    path = lay_out(tmp_path_factory.mktemp("edge"), CONFIG)
    engine = build(load(path), base=str(path))
    engine.start()
    yield engine
    engine.stop(5)


def around(app, engine):
    """Wrap a WSGI application: all that an adapter has to do."""

    def wrapped(environ, start_response):
        lines = plain_pairs(
            (name[5:].replace("_", "-"), value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        )
        query = environ.get("QUERY_STRING", "").encode()
        path, root = environ["PATH_INFO"], environ.get("SCRIPT_NAME", "")
        ours = is_page(path, root, engine)
        privacy, kept = admit(lines, (environ["REMOTE_ADDR"], 5000), query, engine, ours)
        if ours:
            body = environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
            found = engine.pages(
                PageRequest(
                    environ["REQUEST_METHOD"], path, root, query, joined(lines),
                    environ["wsgi.url_scheme"], body, privacy,
                )
            )  # fmt: skip
            start_response(found.status, found.headers)
            return [found.body]
        environ = {k: v for k, v in environ.items() if not k.startswith("HTTP_")} | {
            "REMOTE_ADDR": privacy.shown.text or "0.0.0.0",
            "privacy": privacy,
            **{f"HTTP_{n.decode().upper().replace('-', '_')}": v.decode() for n, v in kept},
        }

        def started(status, headers):
            if privacy is NO_PRIVACY:
                start_response(status, bare_response(headers, engine))
                return
            method = environ["REQUEST_METHOD"]
            changed = respond(headers, privacy, environ, Root(), method, status, path, engine)
            start_response(status, changed)

        return app(environ, started)

    return wrapped


class Root:
    """A router that knows one page."""

    def of(self, _environ):
        """Return its template."""
        return '"/"'


class Body:
    """A request's body."""

    def read(self, _size):
        """Return all of it."""
        return b"action=refuse"


def ask(engine, app, **changes):
    """Send one WSGI request; return what came back."""
    answers = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "shop.example",
        "HTTP_X_FORWARDED_FOR": GERMAN,
        "HTTP_COOKIE": "session=1; _ga=2",
        "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
        "wsgi.url_scheme": "https",
        "wsgi.input": Body(),
        **changes,
    }
    around(app, engine)(environ, lambda status, headers: answers.append((status, headers)))
    return answers[0]


def test_an_adapter_of_another_framework_needs_the_edge_only(engine):
    """Address, cookies, decision and event, without a word of ASGI."""
    seen, kept = {}, []
    accept, engine.runtime.accept = engine.runtime.accept, lambda item: kept.append(item) or True

    def app(environ, start):
        seen.update(environ)
        start(200, [(b"Content-Type", b"text/html"), (b"Set-Cookie", b"_ga=3")])

    status, headers = ask(engine, app)
    engine.runtime.accept = accept
    told = {"REMOTE_ADDR": GERMAN.rpartition(".")[0] + ".0", "HTTP_COOKIE": "session=1"}
    assert {name: seen[name] for name in told} == told
    assert "HTTP_X_FORWARDED_FOR" not in seen
    assert seen["privacy"].allows("ads") is False
    assert (status, b"Set-Cookie" in dict(headers), len(kept)) == (200, False, 1)


@pytest.mark.parametrize("given", [list, iter], ids=["list", "once"])
@pytest.mark.parametrize("name", [b"x-a", b"cookie", b"dnt"])
def test_what_is_too_long_to_be_read_is_not_decided(engine, name, given):
    """A refusal may stand behind what is read: less data (P2), and no header is looked for it."""
    before = engine.runtime.counters.of("unread_headers")
    lines = [*HEADERS, *[(name, b"a=1")] * MOST_LINES, (b"cookie", b"pk-no=*:2026-11")]
    privacy, kept = admit(given(lines), ("127.0.0.1", 5000), b"", engine)
    assert privacy is NO_PRIVACY
    assert dict(kept)[b"cookie"] == b"session=1"
    assert b"x-forwarded-for" not in dict(kept)
    assert len(kept) <= MOST_LINES
    assert engine.runtime.counters.of("unread_headers") == before + 1


def test_a_refusal_in_the_last_line_that_is_read_counts(engine):
    """HTTP/2 may part all cookies of a browser into lines."""
    lines = [*HEADERS, *[(b"cookie", b"a=1")] * (MOST_LINES - len(HEADERS) - 1)]
    lines.append((b"cookie", b"__Host-pk-no=*:2026-11"))
    assert len(lines) == MOST_LINES
    privacy, _ = admit(lines, ("127.0.0.1", 5000), b"", engine)
    assert privacy.plan.refuses


@pytest.mark.parametrize("more", [b"x=" + b"1" * 20_000, b"; ".join([b"a=1"] * 6000)])
@pytest.mark.parametrize("last", [False, True])
def test_of_a_strangers_kilobytes_of_cookies_the_application_sees_the_first(engine, more, last):
    """Whole ones; a refusal counts wherever it stands, as a browser may send so many, too."""
    parts = [b"session=1", b"pk-no=*:2026-11", more]
    cookie = b"; ".join([parts[0], more, parts[1]] if last else parts)
    lines = [*HEADERS[:2], (b"cookie", cookie), (b"x", b"1")]
    privacy, kept = admit(lines, ("127.0.0.1", 5000), b"", engine)
    seen = dict(kept)[b"cookie"]
    assert len(seen) <= LONGEST_COOKIES
    assert (seen + b";").startswith(b"session=1;")
    assert set(seen.split(b"; ")) <= {b"session=1", b"pk-no=*:2026-11", b"a=1"}
    assert privacy.plan.refuses
    assert dict(kept)[b"x"] == b"1"


def test_one_endless_cookie_is_none():
    """Half a cookie would be another one."""
    assert first_cookies(b"session=" + b"1" * 20_000) == b""


def test_an_adapter_of_another_framework_serves_the_pages(engine):
    """A form is taken and answered in plain bytes."""
    status, headers = ask(
        engine, None, REQUEST_METHOD="POST", PATH_INFO="/privacy/opt-out",
        HTTP_CONTENT_TYPE="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert (status, dict(headers)[b"location"]) == (303, b"/privacy/?done=refused")


def test_an_adapter_of_another_framework_fails_closed(engine):
    """What cannot be decided leaves nothing identifying on either side."""
    seen = {}
    place, engine.runtime.place = engine.runtime.place, None

    def app(environ, start):
        seen.update(environ)
        start(200, [(b"Set-Cookie", b"_ga=3"), (b"Set-Cookie", b"session=4")])

    _, headers = ask(engine, app)
    engine.runtime.place = place
    assert (seen["REMOTE_ADDR"], seen["HTTP_COOKIE"]) == ("0.0.0.0", "session=1")
    assert [value for name, value in headers if name == b"Set-Cookie"] == [b"session=4"]


def test_without_a_clock_only_needed_cookies_pass(engine):
    """The fail-closed path does not fail itself; an Expires it cannot judge ends nothing."""
    clock, engine.runtime.clock = engine.runtime.clock, None
    lines = [b"session=1", b"_ga=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", b"_ga=; Max-Age=0"]
    kept = bare_response([(b"set-cookie", line) for line in lines], engine)
    engine.runtime.clock = clock
    assert [value for name, value in kept if name == b"set-cookie"] == [lines[0], lines[2]]


SHAPES = {
    "list": list,
    "tuple": tuple,
    "iterator": iter,
    "generator": lambda lines: (line for line in lines),
    "lists": lambda lines: [list(line) for line in lines],
    "bytearrays": lambda lines: [(bytearray(n), bytearray(v)) for n, v in lines],
    "bytearray names": lambda lines: [(bytearray(n), v) for n, v in lines],
    "upper case": lambda lines: [(n.upper(), v) for n, v in lines],
}


def served(engine, scope, starts=None):
    """Send *scope* through the ASGI edge; return what the application saw and what was sent."""
    seen, sent = {}, []

    async def app(scope, _receive, send):
        seen.update(scope, headers=list(scope["headers"]))
        await send(starts or {"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "client": ("127.0.0.1", 5), **scope}
    anyio.run(PrivacyEdge(app, engine), scope, None, send)
    return seen, sent


@pytest.mark.parametrize("broken", [False, True], ids=["decided", "fail closed"])
@pytest.mark.parametrize("shape", SHAPES)
def test_headers_of_any_shape_are_read_once(engine, shape, broken):
    """A list, a tuple, what can be iterated once: the application gets the same, less what goes."""
    place = engine.runtime.place
    engine.runtime.place = None if broken else place
    seen, _ = served(engine, {"headers": SHAPES[shape](HEADERS)})
    engine.runtime.place = place
    told = {bytes(name).lower(): bytes(value) for name, value in seen["headers"]}
    assert told == {
        b"host": b"shop.example", b"cookie": b"session=1", b"x-forwarded-proto": b"https",
    }  # fmt: skip
    assert (seen["state"]["privacy"] is NO_PRIVACY) is broken
    assert GERMAN not in repr(seen)


@pytest.mark.parametrize(
    "scope",
    [
        {},
        {"headers": None},
        {"headers": [], "client": None},
        {"headers": HEADERS, "client": ()},
        {"headers": HEADERS, "client": ["127.0.0.1", 5]},
        {"headers": HEADERS, "state": None},
        {"headers": HEADERS, "state": object()},
        {"headers": HEADERS, "extensions": None},
        {"headers": HEADERS, "extensions": {"tls": None}},
        {"headers": HEADERS, "extensions": 5},
        {"headers": HEADERS, "query_string": None},
    ],
    ids=[
        "nothing",
        "no headers",
        "headers empty",
        "client empty",
        "client a list",
        "no state",
        "state an object",
        "no extensions",
        "no tls",
        "extensions a number",
        "no query",
    ],
)
def test_a_scope_may_lack_things(engine, scope):
    """What a server leaves out or gives oddly fails nothing (P9)."""
    seen, sent = served(engine, scope)
    assert (seen["client"][1], len(sent)) == (0, 1)
    assert seen["state"]["privacy"].allows("ads") is False


def test_an_operator_may_keep_the_client(engine):
    """With `[scope] client = "keep"` addresses stay, and cookies are still denied."""
    engine.weakens_client = False
    seen, _ = served(engine, {"headers": HEADERS, "aws.event": {}})
    engine.weakens_client = True
    told = dict(seen["headers"])
    assert (seen["client"], told[b"x-forwarded-for"]) == (("127.0.0.1", 5), GERMAN.encode())
    assert (told[b"cookie"], seen["aws.event"]) == (b"session=1", {})


def posted(engine, *messages):
    """Post *messages* to the opt-out over ASGI; return the status."""
    left, sent = list(messages), []

    async def receive():
        return left.pop(0)

    async def send(message):
        sent.append(message)

    form = (b"content-type", b"application/x-www-form-urlencoded")
    scope = {"type": "http", "method": "POST", "path": "/privacy/choice", "headers": [form]}
    anyio.run(PrivacyEdge(None, engine), scope, receive, send)
    return sent[0]["status"], len(left)


@pytest.mark.parametrize(
    ("messages", "status", "unread"),
    [
        ([(b"action=", True), (b"refuse", False)], 303, 0),
        ([(b"x" * 20_000, True), (b"x" * 20_000, True), (b"", False)], 413, 2),
        ([(b"action=", True), None], 400, 0),
    ],
    ids=["in pieces", "too long", "broken off"],
)
def test_a_form_is_read_in_pieces_and_no_further(engine, messages, status, unread):
    """Whoever sends too much is not listened to till the end."""
    disconnect = {"type": "http.disconnect"}
    told = [
        disconnect
        if each is None
        else {"type": "http.request", "body": each[0], "more_body": each[1]}
        for each in messages
    ]
    assert posted(engine, *told) == (status, unread)


def test_a_request_for_a_page_never_prints():
    """It holds what a visitor sent."""
    request = PageRequest("GET", "/", "", b"next=/x", {b"cookie": b"secret"})
    assert repr(request) == "<PageRequest>"


def test_a_query_of_too_many_parameters_has_none():
    """A bounded look; what is beyond is not ours."""
    many = PageRequest("GET", "/", "", b"next=/x" + b"&a=b" * 100, {})
    few = PageRequest("GET", "/", "", b"a=b&next=/x", {})
    assert (many.parameter("next"), few.parameter("next")) == ("", "/x")


def test_the_servers_state_is_not_written_to(engine):
    """One object for all connections would show one visitor's decision to another."""
    shared = {"database": object()}
    first, _ = served(engine, {"headers": HEADERS, "state": shared})
    second, _ = served(engine, {"headers": HEADERS[:1], "state": shared})
    assert list(shared) == ["database"]
    assert first["state"]["database"] is shared["database"]
    assert first["state"]["privacy"] is not second["state"]["privacy"]


@pytest.mark.parametrize("broken", [False, True], ids=["decided", "fail closed"])
def test_gateways_and_certificates_name_nobody(engine, broken):
    """An event of a gateway holds the whole request, and a certificate a name."""
    tls = {"tls_version": 772, "client_cert_name": "CN=Ann", "client_cert_chain": ("pem",)}
    given_ = {
        "headers": HEADERS,
        "aws.event": {"sourceIp": GERMAN},
        "aws.context": object(),
        "wsgi_environ": {"REMOTE_ADDR": GERMAN},
        "extensions": {"http.response.pathsend": {}, "tls": tls},
    }
    place = engine.runtime.place
    engine.runtime.place = None if broken else place
    seen, _ = served(engine, given_)
    engine.runtime.place = place
    assert {"aws.event", "aws.context", "wsgi_environ"}.isdisjoint(seen)
    assert seen["extensions"] == {
        "http.response.pathsend": {},
        "tls": {"tls_version": 772, "client_cert_name": None, "client_cert_chain": ()},
    }
    assert given_["extensions"]["tls"] is tls
    assert tls["client_cert_name"] == "CN=Ann"


@pytest.mark.parametrize("shape", [list, tuple, iter])
def test_response_headers_may_be_iterable_once(engine, shape):
    """A denied cookie goes, the others stay, whatever holds them."""
    lines = [(b"set-cookie", b"_ga=1"), (b"set-cookie", b"session=1"), (b"x", b"y")]
    start = {"type": "http.response.start", "status": 200, "headers": shape(lines)}
    _, sent = served(engine, {"headers": HEADERS}, start)
    assert [line for line in sent[0]["headers"] if line[0] in {b"set-cookie", b"x"}] == lines[1:]


def test_requests_leave_nothing_to_the_garbage_collector(engine):
    """No cycle goes through a scope: two thousand requests bring no collection about."""
    accept, engine.runtime.accept = engine.runtime.accept, lambda _: True
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"text/html")],
    }

    async def app(_scope, _receive, send):
        await send(start)

    async def send(_message):
        pass

    async def serve(many):
        for _ in range(many):
            scope = {"type": "http", "method": "GET", "path": "/", "headers": HEADERS.copy()}
            await edge(scope, None, send)

    edge = PrivacyEdge(app, engine)
    anyio.run(serve, 50)
    made = []
    for _ in range(5):  # what other threads make meanwhile is collected, too
        gc.collect()
        before = sum(generation["collections"] for generation in gc.get_stats())
        anyio.run(serve, 2000)
        made.append(sum(generation["collections"] for generation in gc.get_stats()) - before)
    engine.runtime.accept = accept
    assert min(made) <= 1, "an event loop of its own may bring one about"


PAIRS = st.lists(st.tuples(st.binary(max_size=12), st.binary(max_size=20)), max_size=6)
RUBBISH = st.one_of(
    st.none(), st.integers(), st.text(max_size=9), PAIRS, PAIRS.map(tuple), PAIRS.map(iter),
    st.lists(st.one_of(st.none(), st.integers(), st.binary(max_size=3), st.text(max_size=3))),
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines=RUBBISH)
def test_admitting_never_raises(engine, lines):
    """Whatever a server calls headers, there is a decision and a list of pairs."""
    privacy, kept = admit(lines, None, b"", engine)
    assert privacy.allows("ads") is False
    assert all(len(line) == 2 for line in kept)
