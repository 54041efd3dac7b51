"""The environ of WSGI: read whatever a server puts there, rewritten in place."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacykit.collect.privacy import NO_PRIVACY
from privacykit.geo.synthetic import address_of
from privacykit.web.wsgi import pages
from privacykit.web.wsgi.edge import PrivacyWSGIEdge
from privacykit.web.wsgi.environ import peer_of, read_lines, shape_of, write_lines
from privacykit.web.wsgi.pages import MOST, read_body

GERMAN = address_of("DE", 9)
SHOWN = GERMAN.rpartition(".")[0] + ".0"


def served(engine, environ):
    """Serve *environ*; return it as the application saw it."""
    seen = {}

    def app(environ, start):
        seen.update(environ)
        seen["itself"] = environ
        start("200 OK", [("Content-Type", "text/html")])
        return []

    PrivacyWSGIEdge(app, engine)(environ, lambda *_: None)
    return seen


CARRIERS = {
    "HTTP_X_REAL_IP": GERMAN,
    "HTTP_CF_CONNECTING_IP": GERMAN,
    "HTTP_TRUE_CLIENT_IP": GERMAN,
    "HTTP_FASTLY_CLIENT_IP": GERMAN,
    "HTTP_X_CLUSTER_CLIENT_IP": GERMAN,
    "HTTP_X_AZURE_CLIENTIP": GERMAN,
    "HTTP_X_ENVOY_EXTERNAL_ADDRESS": GERMAN,
    "HTTP_X_APPENGINE_USER_IP": GERMAN,
    "HTTP_X_CLIENT_IP": GERMAN,
    "HTTP_X_ORIGINAL_FORWARDED_FOR": GERMAN,
    "HTTP_MADE_UP": f"unknown, {GERMAN}",
    "REMOTE_IDENT": "anna",
    "SSL_CLIENT_S_DN": "CN=Anna",
    "SSL_CLIENT_CERT": "-----BEGIN CERTIFICATE-----",
    "GEOIP_ADDR": GERMAN,
    "GEOIP_CITY": "Berlin",
    "serverless.event": {"sourceIp": GERMAN},
    "asgi.scope": {"client": (GERMAN, 1)},
}


@pytest.mark.parametrize("broken", [False, True], ids=["decided", "fail closed"])
def test_no_carrier_reaches_the_application(engine, ask_environ, monkeypatch, broken):
    """Headers, variables of servers and what gateways leave; in place, so that logs see it too."""
    if broken:
        monkeypatch.setattr(engine.runtime, "place", None)
    environ = ask_environ(
        **CARRIERS, REMOTE_HOST="anna.example",
        **{"werkzeug.proxy_fix.orig": {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "inside"}},
    )  # fmt: skip
    seen = served(engine, environ)
    assert seen["itself"] is environ
    assert CARRIERS.keys().isdisjoint(seen)
    shown = "0.0.0.0" if broken else SHOWN
    assert (seen["REMOTE_ADDR"], seen["REMOTE_PORT"], seen["REMOTE_HOST"]) == (shown, "0", shown)
    assert seen["werkzeug.proxy_fix.orig"] == {"REMOTE_ADDR": shown, "HTTP_HOST": "inside"}
    assert GERMAN not in repr(environ)
    assert (seen["privacykit.privacy"] is NO_PRIVACY) is broken


def test_what_frameworks_need_stays(engine, ask_environ):
    """Scheme, host and port of the outer request, the raw target, who signed in, the file sender."""
    needed = {
        "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "shop.example",
        "HTTP_X_FORWARDED_PORT": "443", "HTTP_X_FORWARDED_PREFIX": "/shop",
        "HTTP_FORWARDED": "for=1.2.3.4;proto=https", "RAW_URI": "/a/b?q=1", "REQUEST_URI": "/a/b?q=1",
        "REMOTE_USER": "anna", "SSL_CLIENT_VERIFY": "SUCCESS", "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "0", "wsgi.file_wrapper": io.BytesIO, "gunicorn.socket": object(),
    }  # fmt: skip
    seen = served(engine, ask_environ(**needed))
    assert {key: seen.get(key) for key in needed} == {**needed, "HTTP_FORWARDED": "proto=https"}


def test_an_operator_may_keep_the_client(engine, ask_environ, monkeypatch):
    """With `[scope] client = "keep"` addresses stay, and cookies are still denied."""
    monkeypatch.setattr(engine, "weakens_client", False)
    seen = served(engine, ask_environ(HTTP_COOKIE="session=1; _ga=2", HTTP_X_REAL_IP=GERMAN))
    assert (seen["REMOTE_ADDR"], seen["HTTP_X_REAL_IP"]) == ("127.0.0.1", GERMAN)
    assert seen["HTTP_COOKIE"] == "session=1"


@pytest.mark.parametrize(
    ("given_", "peer"),
    [
        ({}, ("127.0.0.1", 5000)),
        ({"REMOTE_PORT": ""}, ("127.0.0.1", None)),
        ({"REMOTE_PORT": "x"}, ("127.0.0.1", None)),
        ({"REMOTE_PORT": 5}, ("127.0.0.1", 5)),
        ({"REMOTE_ADDR": ""}, None),
        ({"REMOTE_ADDR": None}, None),
        ({"werkzeug.proxy_fix.orig": {"REMOTE_ADDR": "10.0.0.1"}}, ("127.0.0.1", 0)),
        ({"werkzeug.proxy_fix.orig": {"REMOTE_ADDR": "127.0.0.1"}}, ("127.0.0.1", 5000)),
        ({"werkzeug.proxy_fix.orig": None}, ("127.0.0.1", 5000)),
    ],
    ids=[
        "both", "no port", "no number", "a number", "unix socket", "none", "ProxyFix", "the same",
        "nothing",
    ],
)  # fmt: skip
def test_the_peer_is_who_holds_the_socket(ask_environ, given_, peer):
    """Whom ProxyFix put there has no port: it was read from a header, and is no proxy of ours."""
    assert peer_of(ask_environ(**given_)) == peer


def test_inside_proxyfix_nobody_is_believed_twice(engine, ask_environ):
    """Where both read the header the place is unknown, rather than a visitor's choice."""
    orig = {"werkzeug.proxy_fix.orig": {"REMOTE_ADDR": "10.0.0.1"}}
    seen = served(engine, ask_environ(**orig))
    assert (seen["privacykit.privacy"].place, seen["REMOTE_ADDR"]) == ("ZZ", "0.0.0.0")


@pytest.mark.parametrize(
    ("cookie", "left"),
    [
        ("session=1; _ga=2", "session=1"),
        ("session=1,_ga=2", "session=1"),
        ("session=a,b; theme=x,y", "session=a,b; theme=x,y"),
        ("session=a, b=c", "session=a, b=c"),
        ("_ga=2", None),
    ],
)
def test_denied_cookies_leave_however_lines_were_joined(engine, ask_environ, cookie, left):
    """A comma inside a value is the application's, where nothing is denied."""
    assert served(engine, ask_environ(HTTP_COOKIE=cookie)).get("HTTP_COOKIE") == left


def test_a_refusal_in_a_second_line_counts(engine, ask_environ):
    """Servers join the two by a comma."""
    seen = served(engine, ask_environ(HTTP_COOKIE="session=1,pk-no=*:2026-11"))
    assert seen["privacykit.privacy"].plan.refuses


@pytest.mark.parametrize(
    ("told", "sent", "read"),
    [
        ({"CONTENT_LENGTH": "4"}, b"a=1&b=2", b"a=1&"),
        ({"CONTENT_LENGTH": "7"}, b"a=1", None),
        ({"CONTENT_LENGTH": "-1"}, b"a=1", None),
        ({"CONTENT_LENGTH": "9" * 5000}, b"a" * 30_000, b"a" * MOST),
        ({}, b"a=1", b""),
        ({"wsgi.input_terminated": True}, b"a=1", b"a=1"),
        ({"wsgi.input_terminated": True}, b"a" * 30_000, b"a" * MOST),
        ({"CONTENT_LENGTH": "4", "wsgi.input": None}, b"", None),
    ],
    ids=["whole", "broken off", "no length", "endless", "none", "ended", "long", "no stream"],
)
def test_a_body_is_read_as_far_as_it_goes(ask_environ, told, sent, read):
    """And never waited for where nobody says that it ends."""
    assert read_body({**ask_environ(body=sent), **told}) == read


def test_a_bare_environ_is_enough(engine):
    """What PEP 3333 leaves out fails nothing (P9)."""
    seen = served(engine, {})
    assert (seen["REMOTE_ADDR"], seen["privacykit.privacy"].allows("ads")) == ("0.0.0.0", False)


def test_what_an_asgi_server_around_decided_counts(engine, ask_environ):
    """A WSGI application inside one, wrapped there too, is told and does nothing."""
    decided = object()
    environ = ask_environ(**{"asgi.scope": {"privacykit": decided}})
    seen = served(engine, environ)
    assert seen["privacykit.privacy"] is decided
    assert seen["REMOTE_ADDR"] == "127.0.0.1"


KEYS = st.one_of(
    st.sampled_from([
        "HTTP_COOKIE", "HTTP_X_FORWARDED_FOR", "HTTP_", "HTTP_HOST", "REMOTE_ADDR", "REMOTE_PORT",
        "PATH_INFO", "SCRIPT_NAME", "QUERY_STRING", "REQUEST_METHOD", "werkzeug.proxy_fix.orig",
        "asgi.scope", "CONTENT_LENGTH", "wsgi.input",
    ]),
    st.text(max_size=9).map("HTTP_".__add__),
    st.integers(),
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=20), st.none(), st.integers(), st.binary(max_size=5),
    st.just({"REMOTE_ADDR": GERMAN}), st.just(GERMAN), st.just(["a"]),
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_whatever_stands_in_an_environ_the_request_goes_on(engine, environ):
    """And no address gets through where a visitor could put one."""
    seen = served(engine, environ)
    assert "privacykit.privacy" in seen
    shown = [seen.get(key) for key in ("HTTP_X_FORWARDED_FOR", "REMOTE_ADDR")]
    assert GERMAN not in repr(shown)


def test_a_line_is_text_and_a_name(ask_environ):
    """Objects are not read."""
    environ = ask_environ(HTTP_X=object(), HTTP_Y="\N{SNOWMAN}")
    told = dict(read_lines(environ, shape_of(environ)))
    assert told[b"x"] == b""
    assert told[b"y"] == "\N{SNOWMAN}".encode()
    assert json.dumps(sorted(name.decode() for name in told))


def test_a_header_does_not_stand_for_the_servers_own_variable(engine):
    """A visitor who sends `Content_Length` changes neither the length nor the type of the body."""
    body = {"CONTENT_LENGTH": "2", "CONTENT_TYPE": "text/plain"}
    theirs = {"HTTP_CONTENT_LENGTH": "99", "HTTP_CONTENT_TYPE": "text/evil"}
    carriers = {"HTTP_X_FORWARDED_FOR": GERMAN, "HTTP_COOKIE": "_ga=1; session=2"}
    base = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "REMOTE_ADDR": "127.0.0.1"}
    for environ in ({**base, **body, **theirs, **carriers}, {**base, **theirs, **carriers, **body}):
        seen = served(engine, dict(environ))
        assert {name: seen[name] for name in body} == body
        assert "HTTP_X_FORWARDED_FOR" not in seen


def test_a_body_that_does_not_come_takes_nobodys_turn(engine):
    """It is waited for before a turn to write is taken, so others may refuse meanwhile."""
    free = []

    class Slow(io.BytesIO):
        def read(self, *_):
            took = [pages._turns.take() for _ in range(pages.THREADS)]
            free.append(sum(took))
            for _ in range(sum(took)):
                pages._turns.give()
            return b"action=refuse"

    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/privacy/choice", "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": "13", "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "HTTP_HOST": "shop.example", "wsgi.input": Slow(),
    }  # fmt: skip
    statuses = []
    PrivacyWSGIEdge(None, engine)(environ, lambda status, _: statuses.append(status))
    assert (free[0], statuses[0][:3]) == (pages.THREADS, "303")


SOME = st.sets(st.integers(0, 4))


@given(st.lists(st.tuples(SOME, st.booleans()), max_size=4))
def test_what_goes_depends_on_nothing_that_went_before(requests):
    """However requests with the same keys before it were rewritten, and whatever of it changes."""
    for goes, changes in requests:
        environ = {f"HTTP_{name}": name.lower() for name in "ABCDE"}
        shape = shape_of(environ)
        lines = read_lines(environ, shape)
        kept = [line for at, line in enumerate(lines) if at not in goes]
        kept += [(kept.pop(0)[0], b"new")] if changes and kept else []
        write_lines(environ, shape, lines, kept)
        assert {key[5:].lower(): v for key, v in environ.items()} == {
            name.decode(): value.decode() for name, value in kept
        }
