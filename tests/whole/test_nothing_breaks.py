"""
An application wrapped behaves as before: every kind of answer, every way to end, both libraries.

Most tests speak ASGI by hand, since what must not change is the messages.
"""

from __future__ import annotations

import contextvars

import anyio
import anyio.lowlevel
import pytest
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG, lay_out
from tests.waiting import eventually

pytestmark = pytest.mark.anyio
REAL = address_of("DE", 9)
WEAK = REAL.rpartition(".")[0] + ".0"
OK = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]}
END = {"type": "http.response.body", "body": b"", "more_body": False}


def scope_of(kind="http", path="/", **more):
    """Return a scope as a server makes it, of a visitor from Germany behind a proxy."""
    headers = [
        (b"host", b"shop.example"),
        (b"x-forwarded-for", REAL.encode()),
        (b"user-agent", b"Firefox/145.0"),
        (b"cookie", b"session=1"),
    ]
    scope = {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": kind,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 80),
        "extensions": {},
        **more,
    }
    if kind == "websocket":
        del scope["method"]
    return {key: value for key, value in scope.items() if value is not ...}


async def speak(app, scope, *incoming):
    """Send *incoming* to *app* and return what it sends; after them it waits for ever."""
    sent, queue = [], list(incoming)

    async def receive():
        if not queue:
            await anyio.sleep_forever()
        return queue.pop(0)

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent


def answering(*messages):
    """Return an application that sends *messages*, whatever it is asked."""

    async def app(_scope, _receive, send):
        for message in messages:
            await send(message)

    return app


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Every asynchronous test runs on both libraries."""
    return request.param


@pytest.fixture
def house(open_house):
    """Open a house around an application that need not know of lifespans."""
    opened = []

    def open_(app):
        home = open_house(app=app, enter=False)
        home.engine.start()
        opened.append(home)
        return home

    yield open_
    for home in opened:
        home.engine.stop(1)


@pytest.mark.parametrize(
    "messages",
    [
        [OK, {"type": "http.response.body", "body": b"a", "more_body": True}, END],
        [OK, {"type": "http.response.pathsend", "path": "/srv/film.mp4"}],
        [OK, {"type": "http.response.zerocopysend", "file": 7, "offset": 0}, END],
        [{"type": "http.response.debug", "info": {"template": 1}}, OK, END],
        [{"type": "http.response.push", "path": "/style.css", "headers": []}, OK, END],
        [{"type": "http.response.early_hint", "links": [b"</a.css>"]}, OK, END],
        [{**OK, "trailers": True}, END, {"type": "http.response.trailers", "headers": []}],
        [{"type": "http.response.start", "status": 204}],
        [{**OK, "future": object()}, {"type": "http.response.of_the_future"}],
    ],
    ids=["stream", "pathsend", "zerocopy", "debug", "push", "hint", "trailers", "bare", "future"],
)
async def test_messages_pass_as_they_are(house, messages):
    """The very same objects, in the same order, none of them kept back."""
    home = house(answering(*messages))
    assert [*map(id, await speak(home.app, scope_of()))] == [*map(id, messages)]


async def test_a_body_is_not_held_back(house):
    """Each piece is out before the application makes the next."""
    out = []

    async def app(_scope, _receive, send):
        await send(OK)
        for number in range(3):
            assert len(out) == number + 1
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await send(END)

    async def send(message):
        out.append(message)

    home = house(app)
    await home.app(scope_of(), None, send)
    assert len(out) == 5


async def test_receive_is_the_servers_own(house):
    """A body that is uploaded is read by the application alone."""
    got = []

    async def app(_scope, receive, send):
        got.append(receive)
        await send(OK)

    async def receive():
        """Nothing."""

    async def send(_):
        """Nothing."""

    await house(app).app(scope_of(), receive, send)
    assert got == [receive]


async def test_server_sent_events_end_with_the_client(house):
    """An endless answer runs until the client is gone, and the event was made at its start."""

    async def app(_scope, receive, send):
        await send({**OK, "headers": [(b"content-type", b"text/html")]})
        async with anyio.create_task_group() as group:

            async def stream():
                while True:
                    await send({"type": "http.response.body", "body": b"data\n", "more_body": True})
                    await anyio.lowlevel.checkpoint()

            group.start_soon(stream)
            assert (await receive())["type"] == "http.disconnect"
            group.cancel_scope.cancel()

    home = house(app)
    gone = anyio.Event()
    seen = []

    async def receive():
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        seen.append(message)
        if len(seen) > 20:
            gone.set()

    await home.app(scope_of(route=Route("/", lambda: None)), receive, send)
    assert eventually(lambda: home.count("outbox_acknowledged") == 1)


async def test_an_error_of_the_application_is_its_own(house):
    """The same exception comes out, and the request is counted as one without response."""
    error = ZeroDivisionError()

    async def app(*_):
        raise error

    home = house(app)
    with pytest.raises(ZeroDivisionError) as raised:
        await speak(home.app, scope_of())
    assert raised.value is error
    assert home.count("no_response") == 1


async def test_an_error_after_the_start_is_no_lost_response(house):
    """What came before it was an answer."""

    async def app(_scope, _receive, send):
        await send(OK)
        raise ZeroDivisionError

    home = house(app)
    with pytest.raises(ZeroDivisionError):
        await speak(home.app, scope_of())
    assert home.count("no_response") == 0


async def test_an_error_of_the_server_reaches_the_application(house):
    """A connection that broke while sending is not hidden."""

    async def app(_scope, _receive, send):
        with pytest.raises(OSError, match="broken"):
            await send(OK)

    async def send(_):
        raise OSError("broken")

    await house(app).app(scope_of(), None, send)


async def test_a_cancelled_request_is_cancelled(house):
    """At once, and counted."""
    started = anyio.Event()

    async def app(*_):
        started.set()
        await anyio.sleep_forever()

    home = house(app)
    async with anyio.create_task_group() as group:
        group.start_soon(speak, home.app, scope_of())
        await started.wait()
        group.cancel_scope.cancel()
    assert home.count("no_response") == 1


async def test_context_variables_pass_both_ways(house):
    """No task of ours stands between server and application."""
    word = contextvars.ContextVar("word", default="none")

    async def app(_scope, _receive, send):
        assert word.get() == "from outside"
        word.set("from inside")
        await send(OK)

    word.set("from outside")
    await speak(house(app).app, scope_of())
    assert word.get() == "from inside"


async def test_a_background_task_runs_after_the_answer(house):
    """And may still use the decision."""
    done = []

    async def later(privacy):
        done.append(privacy.allows("analytics"))

    async def app(scope, receive, send):
        task = BackgroundTask(later, scope["state"]["privacy"])
        await PlainTextResponse("ok", background=task)(scope, receive, send)

    sent = await speak(house(app).app, scope_of())
    assert (len(sent), done) == (2, [True])


@pytest.mark.parametrize("headers", [iter, tuple, list], ids=lambda kind: kind.__name__)
async def test_headers_may_be_any_iterable(house, headers):
    """As the specification says; one that can be read only once is not lost."""
    pairs = [(b"content-type", b"text/html"), (b"x-one", b"1")]
    home = house(answering({**OK, "headers": headers(pairs)}, END))
    assert list((await speak(home.app, scope_of()))[0]["headers"]) == pairs


@pytest.mark.parametrize("missing", ["client", "server", "state", "raw_path", "extensions"])
async def test_a_scope_may_lack_what_is_optional(house, missing):
    """As the specification says."""
    home = house(answering(OK, END))
    await speak(home.app, scope_of(**{missing: ...}))
    await speak(home.app, scope_of("websocket", query_string=...))
    assert home.count("error") == 0


async def test_a_websocket_is_served(house):
    """Its messages pass as they are, and its client is weakened."""
    accept = {"type": "websocket.accept", "subprotocol": "chat", "headers": []}
    rest = [{"type": "websocket.send", "text": "hello"}, {"type": "websocket.close", "code": 4000}]
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)
        for message in (await receive() and accept, *rest):
            await send(message)

    scope = scope_of("websocket", subprotocols=["chat"])
    sent = await speak(house(app).app, scope, {"type": "websocket.connect"})
    assert [*map(id, sent)] == [*map(id, [accept, *rest])]
    assert seen["client"] == (WEAK, 0)


async def test_a_denied_cookie_opens_no_websocket(house):
    """It reaches the application as little as that of a request."""
    seen = {}

    async def app(scope, _receive, send):
        seen.update(dict(scope["headers"]))
        await send({"type": "websocket.accept"})

    headers = [(b"host", b"shop.example"), (b"cookie", b"session=1; _ga=2")]
    await speak(house(app).app, scope_of("websocket", headers=headers))
    assert seen[b"cookie"] == b"session=1"


async def test_a_websocket_may_be_denied_with_a_response(house):
    """Its denied cookies go like those of any response, and it is a response."""
    start = {
        "type": "websocket.http.response.start",
        "status": 403,
        "headers": [(b"set-cookie", b"_ga=1"), (b"x-one", b"1")],
    }
    body = {"type": "websocket.http.response.body", "body": b"no"}
    home = house(answering(start, body))
    sent = await speak(home.app, scope_of("websocket"), {"type": "websocket.connect"})
    names = [name for name, _ in sent[0]["headers"]]
    assert (sent[0]["status"], b"set-cookie" in names, b"x-one" in names) == (403, False, True)
    assert sent[1] is body
    assert home.count("no_response") == 0


async def test_a_websocket_may_be_closed_before_it_opens(house):
    """Without an answer of ours."""
    home = house(answering({"type": "websocket.close"}))
    sent = await speak(home.app, scope_of("websocket"), {"type": "websocket.connect"})
    assert sent == [{"type": "websocket.close"}]


async def test_a_scope_of_another_kind_passes(house):
    """Whatever the future brings is not our business."""
    scope = {"type": "of the future"}
    seen = []

    async def app(*args):
        seen.extend(args)

    await house(app).app(scope, 1, 2)
    assert seen == [scope, 1, 2]
    assert scope == {"type": "of the future"}


async def test_the_lifespan_is_the_applications(open_house):
    """Its messages and its state pass, and what fails in it fails as before."""
    failed = {"type": "lifespan.startup.failed", "message": "no database"}
    home = open_house(app=answering(failed), enter=False)
    state = {}
    assert await speak(home.app, {"type": "lifespan", "state": state}) == [failed]
    assert (state, home.engine.running) == ({}, False)


async def test_an_application_without_lifespan_gets_one_of_ours(open_house):
    """Our threads start and end with the server."""

    async def app(*_):
        """Return at once, as an application that only knows HTTP."""

    home = open_house(app=app, enter=False)
    send, messages = anyio.create_memory_object_stream(4)
    running = []

    async def receive():
        running.append(home.engine.running)
        return {"type": ["lifespan.startup", "lifespan.shutdown"][len(running) - 1]}

    await home.app({"type": "lifespan"}, receive, send.send)
    told = [messages.receive_nowait()["type"] for _ in range(2)]
    assert told == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert [*running, home.engine.running] == [False, True, False]
    send.close()
    messages.close()


@pytest.mark.parametrize("begins", [True, False])
async def test_an_application_that_fails_in_its_lifespan_fails(open_house, begins):
    """Whether it refuses lifespans or failed in one is for the server to judge."""

    async def app(_scope, receive, _send):
        if begins:
            await receive()
        raise ZeroDivisionError

    home = open_house(app=app, enter=False)
    with pytest.raises(ZeroDivisionError):
        await speak(home.app, {"type": "lifespan"}, {"type": "lifespan.startup"})
    assert not home.engine.running


async def test_without_any_lifespan_the_first_request_starts_us(open_house):
    """And is answered."""
    home = open_house(app=answering(OK), enter=False)
    assert await speak(home.app, scope_of()) == [OK]
    assert home.engine.running
    home.engine.stop(5)


async def test_a_failure_in_the_middle_of_a_response_lets_no_cookie_through(house, monkeypatch):
    """P9: what could not be judged is not set."""
    start = {**OK, "headers": [(b"set-cookie", b"_ga=1"), (b"set-cookie", b"session=1")]}
    home = house(answering(start, END))

    def fails(_):
        raise ZeroDivisionError

    monkeypatch.setattr(home.engine, "saw_cookie", fails)
    sent = await speak(home.app, scope_of())
    assert [v for n, v in sent[0]["headers"] if n == b"set-cookie"] == [b"session=1"]
    assert home.count("error", "response") == 1


BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def client_of(app, **options):
    """Return a client behind a proxy."""
    return TestClient(app, client=("127.0.0.1", 5000), headers={"user-agent": BROWSER}, **options)


def wrapped(tmp_path, app, config=CONFIG):
    """Return *app* wrapped."""
    return PrivacyMiddleware(app, lay_out(tmp_path, config))


async def who(request):
    """Tell what is seen of the client."""
    carriers = [name for name in request.headers if "forwarded" in name]
    told = [request.client.host, request.url.scheme, *sorted(carriers)]
    return JSONResponse(told, media_type="text/html")  # a page, which makes an event


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_mounted_applications_are_served(tmp_path, backend):
    """The decision is there at any depth, and the template knows all of the path."""
    inner = Starlette(routes=[Route("/{id:int}", who)])
    app = Starlette(routes=[Mount("/shops/{name}", Starlette(routes=[Mount("/items", inner)]))])
    whole = wrapped(tmp_path, app)
    kept = []
    accept = whole._engine.runtime.accept
    whole._engine.runtime.accept = lambda item: kept.append(item.page) or accept(item)
    with client_of(whole, backend=backend) as client:
        told = client.get("/shops/ann/items/7", headers={"x-forwarded-for": REAL}).json()
    assert (told[0], kept) == (WEAK, ['"/shops/{name}/items/{id}"'])


def test_an_applications_own_proxy_middleware_finds_nothing_to_undo(tmp_path):
    """Inside of us it keeps the scheme and cannot bring the address back."""
    app = Starlette(
        routes=[Route("/", who)],
        middleware=[Middleware(ProxyHeadersMiddleware, trusted_hosts="*")],
    )
    with client_of(wrapped(tmp_path, app)) as client:
        sent = {"x-forwarded-for": REAL, "x-forwarded-proto": "https", "x-real-ip": REAL}
        assert client.get("/", headers=sent).json() == [WEAK, "https", "x-forwarded-proto"]


def test_a_proxy_middleware_outside_of_us_is_believed(tmp_path):
    """With ``source = "scope"`` the client is who it says."""
    config = CONFIG.replace('source = "headers"\ntrusted_proxies = ["127.0.0.0/8"]\n', "")
    app = wrapped(tmp_path, Starlette(routes=[Route("/", who)]), config)
    with client_of(ProxyHeadersMiddleware(app, trusted_hosts="*")) as client:
        assert client.get("/", headers={"x-forwarded-for": REAL}).json()[0] == WEAK


def test_slowapi_limits_households_and_not_neighbourhoods(tmp_path):
    """With `rate_limit_key` two clients of one /24 have a limit each."""
    limiter = Limiter(key_func=lambda request: request.state.privacy.rate_limit_key())

    @limiter.limit("2/minute")
    async def limited(request):  # noqa: ARG001 - slowapi looks for it
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/", limited)])
    app.state.limiter = limiter
    app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)
    with client_of(wrapped(tmp_path, app)) as client:

        def ask(host):
            return client.get("/", headers={"x-forwarded-for": address_of("DE", host)}).status_code

        assert [ask(9), ask(9), ask(9)] == [200, 200, 429]
        assert ask(10) == 200


def test_wrapped_inside_and_outside_acts_once(tmp_path):
    """A mounted application that is wrapped too changes nothing."""
    (tmp_path / "inner").mkdir()
    inner = PrivacyMiddleware(Starlette(routes=[Route("/", who)]), lay_out(tmp_path / "inner"))
    outer = wrapped(tmp_path, Starlette(routes=[Mount("/in", inner), Route("/", who)]))
    with client_of(outer) as client:
        assert client.get("/in/", headers={"x-forwarded-for": REAL}).json()[0] == WEAK
        assert client.get("/", headers={"x-forwarded-for": REAL}).json()[0] == WEAK
    assert inner._engine.runtime.counters.snapshot() == {}


def test_a_starlette_websocket_can_refuse_and_break(tmp_path):
    """As Starlette and its test client know it."""

    async def refuse(socket):
        await socket.send_denial_response(Response("no", 418))

    async def breaks(socket):
        await socket.accept()
        await socket.close(4001, "bye")

    app = Starlette(routes=[WebSocketRoute("/refuse", refuse), WebSocketRoute("/breaks", breaks)])
    with client_of(wrapped(tmp_path, app)) as client:
        with pytest.raises(WebSocketDisconnect) as denied, client.websocket_connect("/refuse"):
            pass
        assert denied.value.status_code == 418
        with client.websocket_connect("/breaks") as socket:
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_text()
            assert (closed.value.code, closed.value.reason) == (4001, "bye")
