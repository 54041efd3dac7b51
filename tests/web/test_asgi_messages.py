"""The ASGI edge message by message: what a server sends, what the application and it get."""

from __future__ import annotations

from contextlib import contextmanager

import anyio
import pytest

from privacykit.collect.privacy import NO_PRIVACY
from privacykit.errors import BackendError
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web.asgi import PrivacyEdge
from privacykit.web.preferences.http import PageResponse

GERMAN = address_of("DE", 9)
CALIFORNIAN = address_of("US-CA", 9)
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
HEADERS = [
    (b"host", b"shop.example"),
    (b"x-forwarded-for", GERMAN.encode()),
    (b"user-agent", FIREFOX),
    (b"cookie", b"session=1; _ga=2"),
]
HTML = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"text/html"), (b"set-cookie", b"_ga=3")],
}
BODY = {"type": "http.response.body", "body": b"hello"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine whose threads run."""
    path = lay_out(tmp_path_factory.mktemp("messages"), CONFIG)
    engine = build(load(path), base=str(path))
    engine.start()
    yield engine
    engine.stop(5)


@contextmanager
def changed(engine, **members):
    """Lend *engine* with other *members*."""
    old = {name: getattr(engine, name) for name in members}
    for name, value in members.items():
        setattr(engine, name, value)
    try:
        yield
    finally:
        for name, value in old.items():
            setattr(engine, name, value)


def scope_of(**changes) -> dict:
    """Return the scope of a request for the start page."""
    usual = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "scheme": "http",
        "client": ("127.0.0.1", 5000),
        "headers": list(HEADERS),
    }
    return {**usual, **changes}


def serve(engine, scope, *answers, messages=(), wraps=1):
    """Serve *scope* by an application that answers so; return what both sides saw."""
    seen, sent, left = [], [], list(messages)

    async def app(scope, _receive, send):
        seen.append({**scope, "headers": list(scope.get("headers") or ())})
        for answer in answers:
            await send(answer)

    async def receive():
        return left.pop(0)

    async def send(message):
        sent.append(message)

    edge = app
    for _ in range(wraps):
        edge = PrivacyEdge(edge, engine)
    anyio.run(edge, scope, receive, send)
    return seen, sent


@contextmanager
def events(engine):
    """Lend the list of events that are accepted meanwhile."""
    kept = []
    accept = engine.runtime.accept
    engine.runtime.accept = lambda item: kept.append(item) or accept(item)
    yield kept
    engine.runtime.accept = accept


@pytest.mark.parametrize(
    ("key", "value", "left"),
    [
        ("aws.event", {"sourceIp": GERMAN}, None),
        ("aws.context", object(), None),
        ("wsgi_environ", {"REMOTE_ADDR": GERMAN}, None),
        ("extensions", {"tls": {"client_cert_name": "CN=Ann"}}, {"tls": {"client_cert_name": None}}),
        ("extensions", {"http.response.pathsend": {}}, {"http.response.pathsend": {}}),
    ],
    ids=["event", "context", "environ", "certificate", "others"],
)  # fmt: skip
@pytest.mark.parametrize("broken", [False, True], ids=["decided", "fail closed"])
def test_each_place_of_a_scope_that_names_the_client_is_cleared(engine, key, value, left, broken):
    """Whichever of them a server brings, alone."""
    place = None if broken else engine.runtime.place
    with changed(engine.runtime, place=place):
        seen, _ = serve(engine, scope_of(**{key: value}), HTML, BODY)
    assert seen[0].get(key) == left


def test_where_the_client_is_kept_a_failure_still_hides_it(engine):
    """What cannot be decided names nobody, whatever the configuration lets pass (P9)."""
    with changed(engine, weakens_client=False), changed(engine.runtime, place=None):
        seen, _ = serve(engine, scope_of(**{"aws.event": {}}), HTML)
    assert (seen[0]["client"], "aws.event" in seen[0]) == (("0.0.0.0", 0), False)


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        (("127.0.0.1", 5000), GERMAN.rpartition(".")[0] + ".0"),
        (["127.0.0.1", 5000], GERMAN.rpartition(".")[0] + ".0"),
        (("127.0.0.1",), GERMAN.rpartition(".")[0] + ".0"),
        ((CALIFORNIAN, 5000), CALIFORNIAN.rpartition(".")[0] + ".0"),
        ((CALIFORNIAN, 5000, "x"), CALIFORNIAN.rpartition(".")[0] + ".0"),
        (None, "0.0.0.0"),
        (CALIFORNIAN, "0.0.0.0"),
    ],
    ids=["pair", "list", "no port", "no proxy", "three", "none", "text"],
)
def test_the_client_is_read_from_any_shape(engine, client, shown):
    """A trusted proxy is believed, a client of its own is weakened, what is none is nobody."""
    seen, _ = serve(engine, scope_of(client=client), HTML)
    assert seen[0]["client"] == (shown, 0)


@pytest.mark.parametrize(
    "state", [{"database": 1}, None, 5], ids=["a dictionary", "none", "a number"]
)
def test_what_a_server_keeps_stays_beside_the_decision(engine, state):
    """In a dictionary of the connection's own."""
    seen, _ = serve(engine, scope_of(state=state), HTML)
    told = seen[0]["state"]
    assert {name: told[name] for name in told if name != "privacy"} == (
        state if isinstance(state, dict) else {}
    )
    assert told["privacy"] is seen[0]["privacykit"]


def test_the_inner_of_two_wrappers_does_nothing(engine):
    """One decision, one event, and the outer one's."""
    with events(engine) as kept:
        seen, sent = serve(engine, scope_of(), HTML, BODY, wraps=2)
    assert (len(kept), len(seen), len(sent)) == (1, 1, 2)


@pytest.mark.parametrize(
    ("messages", "codes"),
    [
        ([{"type": "websocket.accept"}], [("websocket.accept", None)]),
        (
            [{"type": "websocket.http.response.start", "status": 403, "headers": []}],
            [("websocket.http.response.start", 403)],
        ),
        ([{"type": "websocket.close", "code": 1008}], [("websocket.close", None)]),
    ],
    ids=["accepted", "denied with a response", "closed"],
)
def test_a_websocket_has_begun_when_it_is_accepted_or_denied(engine, messages, codes):
    """What was closed without either is counted as a request without a response."""
    before = engine.runtime.counters.of("no_response", "")
    scope = scope_of(type="websocket", scheme="ws", path="/chat")
    del scope["method"]
    _, sent = serve(engine, scope, *messages)
    unanswered = engine.runtime.counters.of("no_response", "") - before
    assert [(message["type"], message.get("status")) for message in sent] == codes
    assert unanswered == (1 if messages[0]["type"] == "websocket.close" else 0)


def test_a_start_of_the_other_kind_begins_nothing(engine):
    """An HTTP request is not answered by accepting a websocket."""
    before = engine.runtime.counters.of("no_response", "")
    _, sent = serve(engine, scope_of(), {"type": "websocket.accept"})
    assert (len(sent), engine.runtime.counters.of("no_response", "") - before) == (1, 1)


def test_a_response_may_come_without_headers(engine):
    """It is passed on, and no page without a type."""
    with events(engine) as kept:
        _, sent = serve(engine, scope_of(), {"type": "http.response.start", "status": 200}, BODY)
    assert (sent[0]["status"], sent[1] is BODY, kept) == (200, True, [])


def test_the_applications_message_is_not_written_to(engine):
    """A denied cookie is missing in what the server gets, not in what the application holds."""
    message = {**HTML, "headers": list(HTML["headers"])}
    _, sent = serve(engine, scope_of(), message)
    assert (message, [name for name, _ in sent[0]["headers"]].count(b"set-cookie")) == (HTML, 0)


def test_where_nothing_was_decided_the_start_alone_is_changed(engine):
    """Cookies that need a decision go; the body passes as it is."""
    with changed(engine.runtime, place=None):
        seen, sent = serve(engine, scope_of(), HTML, BODY)
        bare = serve(engine, scope_of(), {"type": "http.response.start", "status": 200})[1]
    assert seen[0]["state"]["privacy"] is NO_PRIVACY
    assert b"set-cookie" not in dict(sent[0]["headers"])
    assert (sent[0]["status"], sent[1] is BODY, bare[0]["status"]) == (200, True, 200)


@pytest.mark.parametrize(
    ("path", "root", "ours"),
    [
        ("/privacy/", "", True),
        ("/privacy/", None, True),
        ("/privacy", "", True),
        ("/privacy-policy", "", False),
        ("/shop/privacy/", "/shop", True),
        ("/privacy/", "/shop", True),
        ("/shop/privacy/", "", False),
        ("/shop/elsewhere", "/shop", False),
    ],
)
def test_our_pages_stand_below_the_mount(engine, path, root, ours):
    """However the server gives the path; what only begins like ours is the application's."""
    seen, sent = serve(engine, scope_of(path=path, root_path=root), HTML, BODY)
    assert (seen == [], len(sent)) == (ours, 2)


def test_a_page_is_a_start_and_a_body(engine):
    """With its length, and by the decision of the request that asks."""
    asked = []
    pages = engine.pages
    with changed(engine, pages=lambda request: asked.append(request) or pages(request)):
        _, sent = serve(
            engine, scope_of(path="/privacy/", query_string=b"done=refused", scheme="https")
        )
    (request,) = asked
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[0]["status"] == 200
    assert dict(sent[0]["headers"])[b"content-length"] == str(len(sent[1]["body"])).encode()
    assert (request.method, request.path, request.root) == ("GET", "/privacy/", "")
    assert (request.query, request.scheme, request.body) == (b"done=refused", "https", b"")
    assert (request.cookie, request.busy) == (b"session=1; _ga=2", False)
    assert request.privacy.place == "DE"


def test_a_page_is_asked_for_by_a_scope_that_lacks_things(engine):
    """Without a scheme it is plain, without a query there is none."""
    asked = []
    pages = engine.pages
    scope = scope_of(path="/privacy/", query_string=None, root_path=None)
    del scope["scheme"]
    with changed(engine, pages=lambda request: asked.append(request) or pages(request)):
        serve(engine, scope)
    assert (asked[0].scheme, asked[0].query, asked[0].root) == ("http", b"", "")


def test_a_page_that_nobody_decided_about_has_the_headers_as_they_came(engine):
    """What a visitor refused can be put into the cookie all the same."""
    asked = []
    pages = engine.pages
    with (
        changed(engine.runtime, place=None),
        changed(engine, pages=lambda request: asked.append(request) or pages(request)),
    ):
        serve(engine, scope_of(path="/privacy/"))
    assert (asked[0].privacy is NO_PRIVACY, asked[0].headers[b"host"]) == (True, b"shop.example")


def test_a_page_is_no_websocket(engine):
    """It is closed, as one that is over."""
    _, sent = serve(engine, scope_of(type="websocket", path="/privacy/", scheme="ws"))
    assert sent == [{"type": "websocket.close", "code": 1000}]


@pytest.mark.parametrize(
    ("messages", "body"),
    [
        ([{"type": "http.request", "body": b"action=refuse"}], b"action=refuse"),
        ([{"type": "http.request"}], b""),
        (
            [{"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.request"}],
            b"a",
        ),
        ([{"type": "http.disconnect"}], None),
        (
            [
                {"type": "http.request", "body": b"a", "more_body": True},
                {"type": "http.disconnect"},
            ],
            None,
        ),
        (
            [
                {"type": "http.request", "body": b"x" * 16_384, "more_body": True},
                {"type": "http.request", "body": b"y"},
            ],
            b"x" * 16_384 + b"y",
        ),
        (
            [{"type": "http.request", "body": b"x" * 16_385, "more_body": True}],
            b"x" * 16_385,
        ),
    ],
    ids=["whole", "empty", "in pieces", "broken", "broken off", "as long as may be", "too long"],
)
def test_a_form_is_read_no_further_than_it_may_be(engine, messages, body):
    """A little more than may be tells that it is too long."""
    asked = []

    def page(request):
        asked.append(request)
        return PageResponse(204, [])

    with changed(engine, pages=page):
        serve(engine, scope_of(method="POST", path="/privacy/choice"), messages=messages)
    assert [(request.method, request.body, request.busy) for request in asked] == [
        ("POST", body, False)
    ]


def test_a_form_that_no_thread_is_free_for_is_answered_at_once(engine):
    """The page is told so, and commits nothing."""
    asked = []

    def page(request):
        asked.append(request.busy)
        if not request.busy:
            raise BackendError("all threads wait")
        return PageResponse(503, [])

    messages = [{"type": "http.request", "body": b"action=refuse"}]
    with changed(engine, pages=page):
        scope = scope_of(method="POST", path="/privacy/choice")
        _, sent = serve(engine, scope, messages=messages)
    assert (asked, sent[0]["status"]) == ([False, True], 503)


class Starting:
    """The times that a request may wait, one after the other; and when the start is over."""

    def __init__(self, engine, *patience: float, over: int | None = None) -> None:
        self.engine, self.left, self.over, self.asked = engine, list(patience), over, 0

    def __call__(self) -> float:
        """Return how long may be waited still."""
        self.asked += 1
        self.engine.running = self.asked == self.over
        return self.left.pop(0) if self.left else 0.0


@pytest.mark.parametrize(
    ("patience", "over", "asked"),
    [((0.0,), None, 1), ((1.0, 0.0), None, 2), ((1.0, 1.0, 1.0), 2, 2), ((1.0,), 1, 1)],
    ids=["none", "a little", "until it is over", "over at once"],
)
def test_a_request_waits_for_a_start_as_long_as_it_may(engine, patience, over, asked):
    """It begins one where no lifespan did, and goes on, bare or not, when it has waited."""
    starting = Starting(engine, *patience, over=over)
    with changed(engine, running=False, start_soon=starting):
        _, sent = serve(engine, scope_of(), HTML, BODY)
    assert (starting.asked, len(sent)) == (asked, 2)


def test_a_running_engine_is_not_started_again(engine):
    """Nobody waits."""
    starting = Starting(engine)
    with changed(engine, start_soon=starting):
        serve(engine, scope_of(), HTML, BODY)
    assert starting.asked == 0


@pytest.mark.parametrize("kind", ["lifespan", "mcp"])
def test_what_is_no_connection_reaches_the_application(engine, kind):
    """A kind that ASGI may have one day is passed on as it is; we begin and end a lifespan."""
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    with changed(engine, start=lambda: None, stop=lambda _: None):
        seen, sent = serve(engine, {"type": kind}, messages=messages)
    assert [(each["type"], "privacykit" in each) for each in seen] == [(kind, kind == "lifespan")]
    ours = ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert [message["type"] for message in sent] == (ours if kind == "lifespan" else [])


def test_the_query_is_read(engine):
    """What an advertisement wrote there is told to who decides."""
    seen, _ = serve(engine, scope_of(query_string=b"utm_source=letter"), HTML)
    assert seen[0]["state"]["privacy"].query == b"utm_source=letter"


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory):
    """An engine of a site where every kind of content is a page."""
    config = CONFIG.replace("[events]", "[events]\ncontent_types = []")
    path = lay_out(tmp_path_factory.mktemp("kinds"), config)
    engine = build(load(path), base=str(path))
    engine.start()
    yield engine
    engine.stop(5)


@pytest.mark.parametrize(
    ("scope", "start", "pages"),
    [
        ({}, {"type": "http.response.start", "status": 200}, 1),
        ({"method": "POST"}, {"type": "http.response.start", "status": 200}, 0),
        ({}, {"type": "http.response.start", "status": 404}, 0),
        ({"type": "websocket"}, {"type": "websocket.accept"}, 1),
        (
            {"type": "websocket"},
            {"type": "websocket.http.response.start", "status": 403, "headers": []},
            0,
        ),
    ],
    ids=["a page", "a form", "missing", "a websocket", "a denied one"],
)
def test_a_visit_is_told_by_method_and_status(every_kind, scope, start, pages):
    """A websocket has neither: it is asked for, and switches protocols when it is accepted."""
    asked = scope_of(**scope)
    if "type" in scope:
        del asked["method"]
    with events(every_kind) as kept:
        serve(every_kind, asked, start)
    assert len(kept) == pages
