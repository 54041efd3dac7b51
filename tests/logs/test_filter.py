"""The filter on records as servers make them."""

from __future__ import annotations

import io
import logging
import logging.config
from contextvars import copy_context
from datetime import date

import pytest
import uvicorn.config

from privacykit.logs import (
    AccessLogFilter,
    covered_servers,
    install,
    note_route,
    run_log_config,
    uncovered_servers,
)
from privacykit.logs.addresses import LOGGED_IPV4_BITS, LOGGED_IPV6_BITS, weaken_logged
from privacykit.logs.filter import install_first
from privacykit.policy.audience import Audience
from privacykit.policy.handling import handling
from privacykit.pseudonym.addresses.ip import Drop, Keep, Truncate, Zero
from privacykit.settings.policies import shipped_policies


@pytest.fixture(autouse=True)
def no_request():
    """No test before this one has left the route of its request."""
    note_route(None)


UVICORN = '%s - "%s %s HTTP/%s" %d'
HYPERCORN = {
    "h": "203.0.113.7:4711",
    "l": "-",
    "m": "GET",
    "U": "/reset/c4n4ryT0k3n77",
    "Uq": "/reset/c4n4ryT0k3n77?a=b",
    "r": "GET /reset/c4n4ryT0k3n77 1.1",
    "R": "GET /reset/c4n4ryT0k3n77?a=b 1.1",
    "q": "a=b",
    "H": "1.1",
    "s": "200",
    "f": "https://elsewhere.example/",
    "a": "Canary/1.0",
    "u": "jane",
    "{x-token}i": "secret",
}
GRANIAN = {
    "addr": "2001:db8:1:2::3",
    "time": "2026-11-21",
    "dt_ms": 1.5,
    "status": 200,
    "path": "/users/123456",
    "query_string": "a=b",
    "method": "GET",
    "scheme": "http",
    "protocol": "HTTP/1.1",
    "_h0": "Canary/1.0",
}


def record(args, message=UVICORN, name="uvicorn.access"):
    """Return a record as a server makes it."""
    return logging.LogRecord(name, logging.INFO, "server.py", 1, message, args, None)


def line(args, message=UVICORN, **options):
    """Return the message that is left of a record."""
    made = record(args, message)
    return made.getMessage() if AccessLogFilter(**options).filter(made) else None


@pytest.fixture(autouse=True)
def loggers_as_they_were():
    """Put back what the tests change in the logging of this process."""
    names = [name for names in covered_servers().values() for name in names]
    before = {
        name: (each.filters[:], each.handlers[:], each.level, each.propagate)
        for name in names
        for each in [logging.getLogger(name)]
    }
    yield
    for name, (filters, handlers, level, propagate) in before.items():
        logger = logging.getLogger(name)
        logger.filters[:], logger.handlers[:] = filters, handlers
        logger.setLevel(level)
        logger.propagate, logger.disabled = propagate, False


@pytest.mark.parametrize(
    ("client", "shown"),
    [
        ("203.0.113.7:4711", "203.0.0.0:0"),
        ("2001:db8:1:2::3:4711", "[2001:db8:1::]:0"),
        ("2001:db8:1:2:3:4:5:6:50000", "[2001:db8:1::]:0"),
        ("2001:db8:1:::0", "[2001:db8:1::]:0"),
        ("[2001:db8:1:2::3]:4711", "[2001:db8:1::]:0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("::ffff:203.0.113.7:4711", "203.0.0.0:0"),
        ("203.0.113.7", "203.0.0.0"),
        ("", "-"),
        ("unix:/run/app.sock", "-"),
        ("jane:80", "-"),
        (None, None),
    ],
)
def test_the_client_is_weakened_and_its_port_goes(client, shown):
    """Address and port of one person's connection become a neighbourhood's."""
    expected = None if shown is None else f'{shown} - "GET / HTTP/1.1" 200'
    assert line((client, "GET", "/", "1.1", 200)) == expected


@pytest.mark.parametrize("method", ["GET", "PROPFIND", "-"])
def test_usual_methods_are_kept(method):
    """Methods are words."""
    assert f'"{method} /' in line(("203.0.113.7:1", method, "/", "1.1", 200))


@pytest.mark.parametrize("method", ["jane@example.org", "X" * 17])
def test_odd_methods_are_not(method):
    """A method can be any text of the client's."""
    assert '"- /' in line(("203.0.113.7:1", method, "/", "1.1", 200))


def test_hypercorn_keeps_only_what_is_harmless():
    """Every header, the query and the user name are nothing; path and line are cleaned."""
    every = " ".join(f"%({key})s" for key in HYPERCORN)
    assert line((HYPERCORN,), every) == (
        "203.0.0.0:0 - GET /reset/[token] /reset/[token] GET /reset/[token] 1.1 GET /reset/[token] 1.1 - 1.1 200 - - - -"
    )


def test_granian_keeps_only_what_is_harmless():
    """Numbers stay numbers, so that formats with a precision work."""
    every = "%(addr)s %(method)s %(path)s %(query_string)s %(status)d %(dt_ms).3f %(_h0)s"
    assert line((GRANIAN,), every) == "2001:db8:1:: GET /users/[id] - 200 1.500 -"


def test_websockets_on_the_error_logger_are_weakened():
    """Websockets are told of on another logger by uvicorn."""
    message = '%s - "WebSocket %s" %d'
    result = line(("203.0.113.7:1", "/live?token=x", 403), message)
    assert result == '203.0.0.0:0 - "WebSocket /live" 403'


def test_other_errors_pass():
    """What the server says of itself is left alone."""
    made = record((8000,), "listening on %d", "uvicorn.error")
    assert AccessLogFilter().filter(made)
    assert made.getMessage() == "listening on 8000"


@pytest.mark.parametrize(
    "args", [(), ("one",), ({"unknown": "jane"},), (1, 2, 3, 4, 5), None], ids=str
)
def test_an_access_record_of_unknown_shape_is_dropped(args):
    """What cannot be weakened is not logged, and counted."""
    made, kept = record(args, "jane"), AccessLogFilter()
    assert not kept.filter(made)
    assert kept.dropped == 1


def test_a_known_route_is_shown_instead_of_the_path():
    """The template says more to an operator and less about a person."""

    def serve():
        note_route("/users/{name}")
        return line(("203.0.113.7:1", "GET", "/people/jane-7", "1.1", 200))

    assert '"GET /users/{name} ' in copy_context().run(serve)
    assert '"GET /people/[id] ' in line(("203.0.113.7:1", "GET", "/people/jane-7", "1.1", 200))


def test_only_routes_where_that_is_asked():
    """The strict setting shows no path at all."""
    assert '"GET * ' in line(("203.0.113.7:1", "GET", "/about", "1.1", 200), paths="route")


def test_a_weaker_way_can_be_given():
    """An operator who drops addresses drops them here too."""
    assert line(("203.0.113.7:1", "GET", "/", "1.1", 200), weaken=lambda _: None).startswith("- -")


def test_a_log_keeps_no_more_than_any_policy_lets():
    """A line is written without knowing the place, so the strictest of all places holds."""
    today = date(2026, 11, 21)
    audience = Audience()
    policies = shipped_policies().applicable("ZZ", on=today, audience=audience)
    asked = handling(policies, today)
    assert asked.ipv4_bits >= LOGGED_IPV4_BITS
    assert asked.ipv6_bits >= LOGGED_IPV6_BITS


@pytest.mark.parametrize(
    ("method", "shown"),
    [
        (Truncate(24, 48), "203.0.0.0"),
        (Truncate(8, 32), "203.0.0.0"),
        (Drop(), None),
        (Zero(), "0.0.0.0"),
        (Keep("a recorded basis"), "203.0.0.0"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_configured_method_is_never_made_finer(method, shown):
    """Logs follow `[ip]` where it is coarser, and truncate where it hides behind a key."""
    weaken = weaken_logged(method)
    assert (weaken("203.0.113.7"), weaken("nobody")) == (shown, None)


def test_installing_twice_is_installing_once():
    """The later settings hold, and no record is weakened twice."""
    install()
    last = install(paths="route")
    for name in ("uvicorn.access", "uvicorn.error", "hypercorn.access", "granian.access"):
        filters = logging.getLogger(name).filters
        assert [each for each in filters if isinstance(each, AccessLogFilter)] == [last]


@pytest.mark.parametrize(
    "configuration",
    [
        uvicorn.config.LOGGING_CONFIG,
        {"version": 1},
        {"version": 1, "loggers": {"uvicorn.access": {"level": "INFO", "filters": []}}},
        {"version": 1, "incremental": True, "loggers": {"uvicorn.access": {"level": "INFO"}}},
    ],
    ids=["uvicorn", "empty", "named", "incremental"],
)
def test_the_filter_survives_a_later_configuration(configuration):
    """`dictConfig` replaces handlers, not the filters of a logger (curie-eng/curie#2536)."""
    install()
    logging.config.dictConfig({**configuration, "disable_existing_loggers": False})
    output = io.StringIO()
    logger = logging.getLogger("uvicorn.access")
    logger.handlers[:] = [logging.StreamHandler(output)]
    logger.setLevel(logging.INFO)
    logger.info(UVICORN, "203.0.113.7:1", "GET", "/a?jane", "1.1", 200)
    assert output.getvalue() == '203.0.0.0:0 - "GET /a HTTP/1.1" 200\n'


def test_the_configuration_of_run_weakens_from_the_first_line(capsys):
    """Even before anything is installed."""
    logging.config.dictConfig(run_log_config())
    logging.getLogger("uvicorn.access").info(UVICORN, "203.0.113.7:1", "GET", "/a?b", "1.1", 200)
    assert capsys.readouterr().out.endswith('203.0.0.0:0 "GET /a HTTP/1.1" 200 OK\n')


def test_covered_and_uncovered_servers_are_named():
    """`check` can say which access logs it has no hold on."""
    assert set(covered_servers()) == {
        "uvicorn",
        "hypercorn",
        "granian",
        "gunicorn",
        "waitress",
        "django",
    }
    assert list(uncovered_servers(lambda name: name == "daphne")) == ["daphne"]
    assert "uvicorn" not in uncovered_servers()


@pytest.mark.parametrize(
    ("message", "args", "left"),
    [
        (
            "Error handling request %s %s",
            ("GET", "/users/123456?token=s3cret"),
            "Error handling request GET /users/[id]",
        ),
        ("Error handling request %s", ("/mail/anna@example.org",), "Error handling request /mail/[id]"),
        ("Error handling request (no URI read)", (), "Error handling request (no URI read)"),
        (
            "Invalid request from ip=203.0.113.7: Invalid HTTP request line: 'GET /?token=s3cret'",
            (),
            "Invalid request from ip=203.0.0.0",
        ),
        (
            "Invalid request from ip=2001:db8:1:2::3: Invalid Method 's3cret'",
            (),
            "Invalid request from ip=2001:db8:1::",
        ),
        ("Invalid request from ip=", (), "Invalid request from ip=-"),
        ("Listening at: %s (%s)", ("http://127.0.0.1:8000", 7), "Listening at: http://127.0.0.1:8000 (7)"),
    ],
)  # fmt: skip
def test_what_gunicorn_says_of_a_failure_is_weakened(message, args, left):
    """The target of a request that failed, and who sent what it cannot read."""
    made = record(args, message, "gunicorn.error")
    assert AccessLogFilter().filter(made)
    assert made.getMessage() == left


def test_what_was_installed_stays():
    """A process that may not serve yet does not replace what serves already."""
    made = install(paths="route")
    install_first()
    assert made in logging.getLogger("gunicorn.access").filters
    for names in covered_servers().values():
        for name in names:
            logging.getLogger(name).removeFilter(made)
    install_first()
    assert logging.getLogger("gunicorn.error").filters


def test_what_waitress_says_of_a_failure_is_weakened():
    """The path of a request that failed; what it says of itself stays."""
    made = record(("/users/123456",), "Exception while serving %s", "waitress")
    assert AccessLogFilter().filter(made)
    assert made.getMessage() == "Exception while serving /users/[id]"
    own = record((), "Serving on http://127.0.0.1:8000", "waitress")
    assert AccessLogFilter().filter(own)
    assert own.getMessage() == "Serving on http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("name", "message", "args", "left"),
    [
        (
            "django.server", '"%s" %s %s', ("GET /users/123456?token=s3cret HTTP/1.1", "200", "5"),
            '"GET /users/[id] HTTP/1.1" 200 5',
        ),
        ("django.server", "code %d, message %s", (400, "Bad request syntax"),
         "code 400, message Bad request syntax"),
        ("django.server", "code %d, message %s", (400, "Bad request syntax ('s3cret')"),
         "code 400, message -"),
        ("django.server", "Broken pipe from %s", (("203.0.113.7", 5),), None),
        ("django.request", "%s: %s", ("Not Found", "/mail/anna@example.org"), "Not Found: /mail/[id]"),
        ("django.request", "Bad request", (), "Bad request"),
        ("django.request", "%(x)s", ({"x": "203.0.113.7"},), None),
    ],
)  # fmt: skip
def test_what_django_says_of_a_request_is_weakened(name, message, args, left):
    """Its own server's lines and those of requests that failed; the request is not kept along."""
    made = record(args, message, name)
    made.request = object()
    passes = AccessLogFilter().filter(made)
    assert (made.getMessage() if passes else None) == left
    assert not hasattr(made, "request")
