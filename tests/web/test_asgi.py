"""Tests of the ASGI edge: the whole of privacykit around small applications."""

from __future__ import annotations

import json
import time

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG, lay_out

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


async def seen(request):
    """Answer with what the application can see of the request."""
    privacy = request.state.privacy
    return JSONResponse(
        {
            "client": request.client.host,
            "headers": dict(request.headers),
            "cookies": request.cookies,
            "repr": repr(privacy),
            "place": privacy.place,
            "analytics": privacy.allows("analytics"),
            "ads": privacy.allows("ads"),
        }
    )


async def plain(_):
    """Answer without looking at the decision, in public."""
    return HTMLResponse("ok", headers={"cache-control": "public, max-age=60"})


async def sets_cookies(_):
    """Set a needed and an advertising cookie."""
    response = Response("ok")
    response.set_cookie("session", "1")
    response.set_cookie("_ga_x", "2")
    return response


async def echo(socket):
    """Echo one message and the client."""
    await socket.accept()
    await socket.send_text(f"{socket.client.host} {await socket.receive_text()}")
    await socket.close()


def _app() -> Starlette:
    return Starlette(
        routes=[
            Route("/", plain),
            Route("/seen", seen),
            Route("/cookies", sets_cookies),
            Route("/users/{name}", plain),
            WebSocketRoute("/echo", echo),
        ]
    )


class Wrapped:
    """An application behind privacykit, its events and counters."""

    def __init__(self, folder, config: str = CONFIG, app=None) -> None:
        self.app = PrivacyMiddleware(app or _app(), lay_out(folder, config))
        self.runtime = self.app._engine.runtime
        self.items = []
        accept = self.runtime.accept
        self.runtime.accept = lambda item: self.items.append(item) or accept(item)
        self.client = TestClient(self.app, client=("127.0.0.1", 5000))

    def get(self, path: str, place: str = "DE", **headers: str):
        """Ask for *path* as a visitor from *place*."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        forwarded = {"x-forwarded-for": address_of(place, 9), "user-agent": FIREFOX}
        return self.client.get(path, headers=forwarded | named)


@pytest.fixture
def wrapped(tmp_path):
    """Return the application wrapped, its threads running."""
    made = Wrapped(tmp_path)
    with made.client:
        yield made


def test_app_sees_the_weakened_address_only(wrapped):
    """Client and address headers name a neighbourhood, not a household."""
    told = wrapped.get("/seen").json()
    address = address_of("DE", 9)
    assert told["client"] == address.rpartition(".")[0] + ".0"
    assert address not in json.dumps(told)


def test_a_configured_header_reaches_nobody(tmp_path):
    """Whatever the operator's proxy calls it."""
    config = CONFIG.replace('source = "headers"', 'source = "headers"\nheader = "X-Our-Client"')
    wrapped = Wrapped(tmp_path, config)
    with wrapped.client:
        told = wrapped.get("/seen", x_our_client=address_of("US-CA", 9)).json()
    assert told["place"] == "US-CA"
    assert address_of("US-CA", 9) not in json.dumps(told)


def test_harmless_proxy_headers_stay(wrapped):
    """Scheme and host of the outer request are still there for URLs."""
    told = wrapped.get("/seen", x_forwarded_proto="https", forwarded="for=1.2.3.4;proto=https")
    assert told.json()["headers"]["x-forwarded-proto"] == "https"
    assert told.json()["headers"]["forwarded"] == "proto=https"


@pytest.mark.parametrize(
    ("place", "gpc", "ads"),
    [("DE", False, False), ("US-CA", False, True), ("US-CA", True, False), ("ZZ", False, False)],
)
def test_the_law_of_the_place_decides(wrapped, place, gpc, ads):
    """Opt-in in the EU, opt-out in California, the strictest where the place is unknown."""
    headers = {"sec_gpc": "1"} if gpc else {}
    address = {} if place != "ZZ" else {"x_forwarded_for": "198.51.100.7"}
    told = wrapped.get("/seen", "DE" if place == "ZZ" else place, **headers, **address).json()
    assert (told["place"], told["ads"]) == (place, ads)


def test_denied_cookies_reach_neither_side(wrapped):
    """An advertising cookie without consent is neither read nor set."""
    told = wrapped.get("/seen", cookie="session=1; _ga=2").json()
    response = wrapped.get("/cookies")
    assert told["cookies"] == {"session": "1"}
    assert [h.partition("=")[0] for h in response.headers.get_list("set-cookie")] == ["session"]


def test_a_cookie_without_a_purpose_is_counted_and_said_once(wrapped, caplog):
    """The operator hears of cookies that no rule names."""

    async def sets_unknown(scope, receive, send):
        response = Response("ok")
        response.set_cookie("mystery", "value-1")
        await response(scope, receive, send)

    wrapped.app.app = sets_unknown
    wrapped.get("/")
    wrapped.get("/")
    said = [r.getMessage() for r in caplog.records if "mystery" in r.getMessage()]
    assert said == ["privacykit: [cookies] names no purpose for the cookie 'mystery'"]
    assert wrapped.runtime.counters.of("cookie_unknown") == 2


def test_allowed_cookies_pass(wrapped):
    """Where the law lets advertising be, its cookie is the application's business."""
    told = wrapped.get("/seen", "US-CA", cookie="session=1; _ga=2").json()
    assert told["cookies"] == {"session": "1", "_ga": "2"}


def test_a_response_that_read_the_decision_is_private(wrapped):
    """No shared cache may hand one person's decision to another."""
    response = wrapped.get("/seen")
    assert "private" in response.headers["cache-control"]
    assert "Sec-GPC" in response.headers["vary"]


def test_a_response_that_did_not_look_stays_public(wrapped):
    """What does not depend on the visitor may be cached as before."""
    response = wrapped.get("/")
    assert response.headers["cache-control"] == "public, max-age=60"
    assert "vary" not in response.headers


def test_page_event_holds_the_template(wrapped):
    """What a visitor typed into the path is not in the event."""
    wrapped.get("/users/ann@mail.example")
    assert [item.page for item in wrapped.items] == ['"/users/{name}"']


def test_a_refusal_stops_the_event(wrapped):
    """Who said no is not counted, and the reason is."""
    wrapped.client.cookies.set("pk-no", "*:2026-11")
    wrapped.get("/")
    assert wrapped.items == []
    assert wrapped.runtime.counters.of("withheld", "refused") == 1


def test_an_old_refusal_is_set_again(wrapped):
    """Browsers forget cookies after 400 days; a refusal is for good, so pages prolong it."""
    wrapped.client.cookies.set("pk-no", "*:2026-01")
    wrapped.app.app = _html
    response = wrapped.get("/")
    assert response.headers["set-cookie"].startswith("pk-no=*:2026-01; ")
    assert response.headers["cache-control"] == "private"


def test_a_young_refusal_is_left_alone(wrapped):
    """A page stays cacheable while the browser still remembers."""
    wrapped.client.cookies.set("pk-no", f"*:{time.strftime('%Y-%m')}")
    wrapped.app.app = _html
    assert "set-cookie" not in wrapped.get("/").headers


async def _html(scope, receive, send):
    await HTMLResponse("<p>page")(scope, receive, send)


def test_an_unknown_host_is_not_collected(wrapped):
    """A request for a host that is no site's is served and forgotten."""
    assert wrapped.get("/", host="evil.example").status_code == 200
    assert wrapped.items == []
    assert wrapped.runtime.counters.of("error") == 0


def test_an_unknown_host_is_decided_like_a_site(wrapped):
    """What the law of the place allows passes there as well."""
    told = wrapped.get("/seen", "US-CA", host="evil.example", cookie="session=1; _ga=2").json()
    assert (told["place"], told["ads"]) == ("US-CA", True)
    assert told["cookies"] == {"session": "1", "_ga": "2"}


def test_websocket_is_served_and_weakened(wrapped):
    """A websocket passes, and its client is weakened as well."""
    headers = {"x-forwarded-for": address_of("DE", 9)}
    with wrapped.client.websocket_connect("/echo", headers=headers) as socket:
        socket.send_text("hello")
        assert socket.receive_text() == address_of("DE", 9).rpartition(".")[0] + ".0 hello"


def test_wrapping_twice_acts_once(tmp_path):
    """The outermost wrapper wins; the inner one does nothing."""
    inner = tmp_path / "inner"
    inner.mkdir()
    once = PrivacyMiddleware(_app(), lay_out(inner))
    wrapped = Wrapped(tmp_path, app=once)
    with wrapped.client:
        wrapped.get("/")
    assert len(wrapped.items) == 1
    assert once._engine.runtime.counters.of("withheld") == 0


@pytest.mark.parametrize("broken", [False, True], ids=["decided", "fail closed"])
def test_a_line_that_ends_a_denied_cookie_passes(wrapped, broken):
    """The application's own goodbye to a cookie is what we want too."""

    async def ends(scope, receive, send):
        response = Response("ok")
        response.delete_cookie("_ga")
        response.headers.append("set-cookie", "_ga_x=1; Max-Age=9")
        await response(scope, receive, send)

    wrapped.app.app = ends
    wrapped.runtime.place = None if broken else wrapped.runtime.place
    lines = wrapped.get("/").headers.get_list("set-cookie")
    assert [line.partition("=")[0] for line in lines] == ["_ga"]


@pytest.mark.parametrize(
    ("cookie", "kind", "ends"),
    [
        ("_ga=1; pk-no=ads:2026-11", "text/html", ["/", "/blog"]),
        ("_ga=1; pk-no=ads:2026-11", "application/json", []),
        ("_ga=1", "text/html", []),
        ("pk-no=ads:2026-11", "text/html", []),
    ],
    ids=["refused", "no page", "not refused", "not sent"],
)
def test_a_refused_cookie_that_a_page_is_sent_ends_there(wrapped, cookie, kind, ends):
    """On the page's own directories too, which the pages of ours are never sent."""

    async def answers(scope, receive, send):
        await Response("ok", media_type=kind)(scope, receive, send)

    wrapped.app.app = answers
    found = wrapped.get("/blog/post", cookie=cookie)
    lines = found.headers.get_list("set-cookie")
    kinds = ("", "; Secure; Partitioned")  # those of a partition end by a line of their own
    assert lines == [f"_ga=; Max-Age=0; Path={path}{kind}" for path in ends for kind in kinds]
    assert not ends or "private" in found.headers["cache-control"]


EXEMPT = """
[purposes.measuring]
uses = ["analytics_storage"]
visitor = "day"
retention = "13 months"
[purposes.measuring.properties]
purpose_only_audience_measurement = true
sole_benefit_of_publisher = true
output_anonymous_statistics_only = true
combined_with_other_processing = false
shared_with_third_parties = false
cross_site_or_cross_app_tracking = false
cookie_lifetime_months = 13
cookie_lifetime_renewed_on_visit = false
user_informed = true
"""


def test_a_declared_cookie_life_is_measured(tmp_path):
    """In France 13 months were declared: two years are cut, a second visit renews nothing."""

    async def measures(scope, receive, send):
        response = HTMLResponse(str(scope["state"]["privacy"].allows("measuring")))
        response.set_cookie("_pk", "1", max_age=2 * 365 * 86_400)
        await response(scope, receive, send)

    config = CONFIG.replace("[cookies]", f'{EXEMPT}\n[cookies]\n"_pk" = "measuring"')
    wrapped = Wrapped(tmp_path, config)
    with wrapped.client:
        wrapped.app.app = measures
        first = wrapped.get("/", "FR")
        second = wrapped.get("/", "FR")
        wrapped.client.cookies.clear()
        german = wrapped.get("/", "DE")
    assert (first.text, german.text) == ("True", "False")
    assert f"Max-Age={395 * 86_400}" in first.headers["set-cookie"]
    assert "set-cookie" not in second.headers
    assert "set-cookie" not in german.headers


def test_failure_of_ours_leaves_nothing_identifying(wrapped):
    """P9: the request goes on, without address, forwarding headers or unneeded cookies."""

    def fails(*_):
        raise RuntimeError

    wrapped.runtime.place = fails
    told = wrapped.get("/seen", cookie="session=1; _ga=2; other=3", forwarded="for=1.2.3.4").json()
    assert told["client"] == "0.0.0.0"
    assert (told["cookies"], told["ads"], told["place"]) == ({"session": "1"}, False, "ZZ")
    assert {"x-forwarded-for", "forwarded"}.isdisjoint(told["headers"])


def test_failure_of_ours_sets_only_needed_cookies(wrapped):
    """P9: when we do not know, an advertising cookie is not set."""
    wrapped.runtime.place = None
    response = wrapped.get("/cookies")
    assert [h.partition("=")[0] for h in response.headers.get_list("set-cookie")] == ["session"]


def test_failure_while_recording_lets_the_response_through(wrapped):
    """P9: an event that cannot be made fails no response."""
    wrapped.runtime.accept = None
    assert wrapped.get("/").text == "ok"
    assert wrapped.runtime.counters.of("error", "record") == 1


def test_a_request_without_response_is_counted(tmp_path):
    """An application that raises leaves no page event."""

    async def raises(_scope, _receive, _send):
        raise ZeroDivisionError

    wrapped = Wrapped(tmp_path, app=raises)
    wrapped.app._engine.start()
    with pytest.raises(ZeroDivisionError):
        wrapped.get("/")
    wrapped.app._engine.stop(5)
    assert wrapped.runtime.counters.of("no_response") == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_runs_on_asyncio_and_trio(tmp_path, backend):
    """Nothing of ours belongs to one event loop."""
    wrapped = Wrapped(tmp_path)
    with TestClient(wrapped.app, client=("127.0.0.1", 5000), backend=backend) as client:
        client.get("/", headers={"x-forwarded-for": address_of("DE", 9), "user-agent": FIREFOX})
    assert len(wrapped.items) == 1
