"""The form as a value, and where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.web.preferences.form import Form, is_same_origin
from privacykit.web.preferences.http import PageRequest


def test_a_form_never_prints_its_values():
    """Form values are nobody's to log (P1)."""
    form = Form([("email", "jane@example.org"), ("email", "second")])
    assert repr(form) == "<Form>"
    assert (form.one("email"), form.one("none")) == ("jane@example.org", "")


def sent(scheme="https", **headers):
    """Return a post with *headers*."""
    lines = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return PageRequest("POST", "/privacy/choice", "", b"", lines, scheme)


@pytest.mark.parametrize(
    ("origin", "host", "scheme", "secure", "same"),
    [
        ("https://shop.example", "shop.example", "https", True, True),
        ("https://shop.example", "shop.example", "http", True, True),
        ("https://shop.example:443", "shop.example", "https", True, True),
        ("https://SHOP.example", "shop.example:443", "https", True, True),
        ("https://public.example", "backend:8000", "http", True, True),
        ("https://shop.example:8443", "shop.example", "https", True, False),
        ("https://shop.example", "shop.example:8443", "https", True, False),
        ("https://public.example:8443", "shop.example", "https", True, False),
        ("http://public.example:443", "shop.example", "http", False, False),
        ("http://shop.example", "shop.example", "http", True, False),
        ("http://shop.example", "shop.example", "http", False, True),
        ("https://shop.example", "shop.example", "http", False, False),
        ("http://shop.example", "shop.example", "https", False, False),
        ("http://shop.example:8000", "shop.example:8000", "http", False, True),
        ("http://shop.example:8001", "shop.example:8000", "http", False, False),
        ("http://localhost:8000", "localhost:8000", "http", True, True),
        ("http://localhost:8001", "localhost:8000", "http", True, False),
        ("http://[::1]:8000", "[::1]:8000", "http", True, True),
        ("https://shop.example.", "shop.example", "https", True, False),
        ("https://x@shop.example", "shop.example", "https", True, False),
        ("https://shop.example, https://evil.example", "shop.example", "https", True, False),
        ("null", "shop.example", "https", True, False),
        ("https://", "", "https", True, False),
    ],
)
def test_without_a_word_of_the_browser_the_whole_origin_counts(origin, host, scheme, secure, same):
    """Scheme, host and port are one thing (RFC 6454), and none of them is left out."""
    request = sent(scheme, origin=origin, host=host)
    hosts = ("shop.example", "public.example") if "backend" in host or "public" in origin else ()
    assert is_same_origin(request, secure=secure, hosts=hosts) is same


@pytest.mark.parametrize(("told", "same"), [("https", True), ("https,http", True), ("http", False)])
def test_a_proxy_says_which_scheme_the_browser_used(told, same):
    """Behind TLS the server itself sees plain HTTP."""
    request = sent("http", origin="https://a.example", host="a.example", x_forwarded_proto=told)
    assert is_same_origin(request, secure=False) is same


@pytest.mark.parametrize(
    ("site", "same"),
    [("same-origin", True), ("same-site", False), ("cross-site", False), ("none", False)],
)
def test_the_browsers_word_is_enough_for_a_port_behind_a_proxy(site, same):
    """It compared the real ones; a proxy may have changed what we see."""
    request = sent(
        "http", origin="https://public.example:8443", host="backend", sec_fetch_site=site
    )
    assert is_same_origin(request, secure=True, hosts=("public.example",)) is same


@given(
    origin=st.from_regex(
        r"(https?|ftp)://[a-z]{1,3}(\.example)?(:[0-9]{1,5})?(/x)?", fullmatch=True
    )
)
def test_no_made_up_origin_is_ours(origin):
    """Only the one spelling of the site, or its default port said aloud, passes."""
    ours = origin in {"https://a.example", "https://a.example:443"}
    assert is_same_origin(sent(origin=origin, host="a.example"), secure=True) is ours
