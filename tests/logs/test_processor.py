"""The structlog processor and the filter for an application's own loggers."""

from __future__ import annotations

import logging
from collections import namedtuple
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address
from uuid import UUID

import pytest
import structlog
from structlog.testing import CapturingLoggerFactory

from privacykit.logs import PrivacyFilter, PrivacyProcessor

Login = namedtuple("Login", ["user_name", "page"])  # noqa: PYI024 - as applications have them


@dataclass(slots=True)
class Visit:
    """What an application may bind."""

    email: str
    page: str


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("ip", "203.0.113.7", "203.0.0.0"),
        ("network.peer.address", "203.0.113.7", "203.0.0.0"),
        ("cf_connecting_ip", "203.0.113.7", "203.0.0.0"),
        ("remoteAddr", "203.0.113.7:4711", "203.0.0.0"),
        ("anything", "[2001:db8:1:2::3]:443", "2001:db8:1::"),
        ("client", ("203.0.113.7", 4711), "203.0.0.0"),
        ("http.client_ip", "2001:db8:1:2::3", "2001:db8:1::"),
        ("seen", ip_address("203.0.113.7"), "203.0.0.0"),
        ("raw", b"203.0.113.7", "203.0.0.0"),
        ("X-Forwarded-For", "203.0.113.7, 10.0.0.1", "-"),
        ("access_token", "abc", "-"),
        ("http.request.header.authorization", "abc", "-"),
        ("requestheaders", "abc", "-"),
        ("userAgent", "Canary/1.0", "-"),
        ("User-Agent", "Canary/1.0", "-"),
        ("http.referer", "https://elsewhere.example/", "-"),
        ("query_string", "a=b", "-"),
        ("headers", {"cookie": "secret"}, "-"),
        ("email", ["jane@example.org"], "-"),
        ("remote_host", "pc-jane.isp.example", "-"),
        ("REMOTE_HOST", "pc-jane.isp.example", "-"),
        ("clientHostname", "pc-jane.isp.example", "-"),
        ("peername", "pc-jane.isp.example", "-"),
        ("host", "web1.shop.example", "web1.shop.example"),
        ("db_host", "db1.shop.example", "db1.shop.example"),
        ("path", "/reset/c4n4ryT0k3n?a=b", "/reset/[token]"),
        ("url", "https://jane:pw@shop.example/a?token=x", "https://shop.example/a"),
        ("url.full", "https://shop.example/users/jane?q=x", "https://shop.example/users/[id]"),
        ("note", "jane@example.org at 203.0.113.7", "[email] at [ip]"),
        ("count", 3, 3),
        ("phone_like", 491701234567, "-"),
        ("duration_ns", 491701234567, 491701234567),
        ("price", Decimal("1.5"), "<Decimal>"),
        ("user_ref", UUID(int=7), "[id]"),
        (
            "request_id",
            "550e8400-e29b-41d4-a716-446655440000",
            "550e8400-e29b-41d4-a716-446655440000",
        ),
        ("request_id", "jane@example.org", "[email]"),
        ("thing", object(), "<object>"),
        ("failed", KeyError("jane"), "KeyError"),
        ("paid", True, True),
        ("nothing", None, None),
    ],
)
def test_fields_are_weakened_by_name_and_by_look(key, value, shown):
    """What applications bind about a request is weakened like an event."""
    assert PrivacyProcessor()(None, "info", {key: value}) == {key: shown}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([{"ip": "203.0.113.7"}], [{"ip": "203.0.0.0"}]),
        (({"token": "abc"}, "x"), [{"token": "-"}, "x"]),
        (
            [("authorization", "abc"), (b"cookie", b"abc")],
            [["authorization", "-"], ["cookie", "-"]],
        ),
        ({"203.0.113.7"}, ["203.0.0.0"]),
        ({"jane@example.org": 1}, {"[email]": 1}),
        ({1: {"password": "abc"}}, {1: {"password": "-"}}),
        (Visit("jane@example.org", "/users/jane"), {"email": "-", "page": "/users/[id]"}),
        (Login("jane", "/a"), ["-", "/a"]),
        ([KeyError("jane"), b"jane@example.org"], ["KeyError", "[email]"]),
    ],
)
def test_what_holds_values_is_entered(value, shown):
    """Lists, tuples, pairs, sets, mappings and dataclasses are no way around."""
    assert PrivacyProcessor()(None, "info", {"x": value}) == {"x": shown}


def test_what_is_nested_or_many_has_an_end():
    """Depth and number are bounded, also of what holds itself."""
    deep = {"a": {"a": {"a": {"a": {"a": {"a": "jane"}}}}}}
    wide: list[object] = []
    wide.extend([wide] * 50)
    shown = PrivacyProcessor()(None, "info", {"deep": deep, "wide": wide})
    assert ("jane" in str(shown), len(str(shown)) < 1_000_000) == (False, True)


def test_structlog_renders_what_is_left():
    """In a real chain the renderer never sees the address."""
    factory = CapturingLoggerFactory()
    weaken = {"203.0.113.7": "x"}.get
    logger = structlog.wrap_logger(
        factory(), processors=[PrivacyProcessor(weaken), structlog.processors.JSONRenderer()]
    )
    logger.bind(remote_addr="203.0.113.7").info("jane@example.org seen", user_agent="Canary/1.0")
    assert factory.logger.calls[0].args == (
        '{"remote_addr": "x", "user_agent": "-", "event": "[email] seen"}',
    )


def test_a_traceback_says_where_and_not_what():
    """Exceptions quote the values that they failed on, their causes too."""
    name = "jane@" + "example.org"
    try:
        try:
            {}[name]
        except KeyError as error:
            raise ValueError(name) from error
    except ValueError:
        event = PrivacyProcessor()(None, "error", {"event": "failed", "exc_info": True})
    told = event["exception"]
    assert ("jane" in told, "KeyError" in told, "ValueError" in told) == (False, True, True)


@pytest.fixture
def record():
    """A record of an application's own logger, with everything it may carry."""
    try:
        {}["jane"]
    except KeyError as error:
        info = (type(error), error, error.__traceback__)
    made = logging.LogRecord("shop", 20, "x.py", 1, "%s from %s", ("jane@example.org", "::7"), info)
    made.client_ip = "203.0.113.7"
    made.access_token = "abc"
    return made


def test_an_application_s_record_is_weakened(record):
    """Message, extra fields and traceback, before any handler sees them."""
    assert PrivacyFilter().filter(record)
    shown = (record.getMessage(), record.client_ip, record.access_token, record.exc_info)
    assert shown == ("[email] from [ip]", "203.0.0.0", "-", None)
    assert record.exc_text.endswith("KeyError")


@pytest.mark.parametrize(
    "args",
    [
        ("sent %s", {"Cookie": "theme=zq", "User-Agent": "zq", "x": [{"form": {"a": "zq"}}]}),
        ("sent %s", [("Cookie", "theme=zq"), ("User-Agent", "zq")]),
        ("sent %s", [(b"cookie", b"theme=zq"), (b"user-agent", b"zq")]),
        ("sent %s to %s", {"cookies": {"theme": "zq"}}, "me"),
        ("sent %(agent)s, %(n)d", {"agent": "zq", "n": 3}),
        ("sent %r", {"HTTP_USER_AGENT": "zq", "QUERY_STRING": "q=zq"}),
    ],
    ids=str,
)
def test_names_inside_an_argument_decide_before_it_is_text(args):
    """What a structured log drops by its name is dropped from a message too."""
    record = logging.LogRecord("shop", 20, "x.py", 1, args[0], args[1:], None)
    assert PrivacyFilter().filter(record)
    assert record.getMessage().startswith("sent ")
    assert "zq" not in record.getMessage()


def test_a_record_that_cannot_be_put_together_is_dropped(record):
    """What cannot be weakened is not logged."""
    record.args = ("one",)
    assert not PrivacyFilter().filter(record)
