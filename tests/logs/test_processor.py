"""The structlog processor."""

from __future__ import annotations

import pytest
import structlog
from structlog.testing import CapturingLoggerFactory

from privacykit.logs import PrivacyProcessor


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("ip", "203.0.113.7", "203.0.0.0"),
        ("client", ("203.0.113.7", 4711), "203.0.0.0"),
        ("client", (), "-"),
        ("http.client_ip", "2001:db8:1:2::3", "2001:db8:1::"),
        ("X-Forwarded-For", "203.0.113.7, 10.0.0.1", "-"),
        ("peer", object(), "-"),
        ("path", "/reset/c4n4ryT0k3n?a=b", "/reset/*"),
        ("url", "https://jane:pw@shop.example/a?token=x", "https://shop.example/a"),
        ("User-Agent", "Canary/1.0", "-"),
        ("http.referer", "https://elsewhere.example/", "-"),
        ("query_string", "a=b", "-"),
        ("headers", {"cookie": "secret"}, "-"),
        ("ship", "203.0.113.7 is no address here", "203.0.113.7 is no address here"),
        ("count", 3, 3),
    ],
)
def test_fields_are_weakened_by_their_names(key, value, shown):
    """What applications bind about a request is weakened like an event."""
    assert PrivacyProcessor()(None, "info", {key: value}) == {key: shown}


def test_nested_fields_are_weakened_too():
    """Mappings inside the context are no way around, and have a bottom."""
    event = {"http": {"request": {"ip": "203.0.113.7", "id": 1}}}
    assert PrivacyProcessor()(None, "info", event) == {
        "http": {"request": {"ip": "203.0.0.0", "id": 1}}
    }
    deep = {"a": {"a": {"a": {"a": {"a": {"a": "jane"}}}}}}
    assert "jane" not in str(PrivacyProcessor()(None, "info", deep))


def test_structlog_renders_what_is_left():
    """In a real chain the renderer never sees the address."""
    factory = CapturingLoggerFactory()
    logger = structlog.wrap_logger(
        factory(),
        processors=[PrivacyProcessor(lambda _: "x"), structlog.processors.JSONRenderer()],
    )
    logger.bind(remote_addr="203.0.113.7").info("seen", user_agent="Canary/1.0")
    assert factory.logger.calls[0].args == (
        '{"remote_addr": "x", "user_agent": "-", "event": "seen"}',
    )
