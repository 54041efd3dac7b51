"""Tests of host names: what no request can match is refused, and what is not refused matches."""

from __future__ import annotations

import pytest

from privacykit.errors import ConfigurationError
from privacykit.runtime.sites import HostMap, site_of_host
from privacykit.settings.checks.hosts import host_problem
from privacykit.settings.load import parse
from privacykit.testing.layout import CONFIG

NEVER = [
    "http://shop.example:8000/", "https://shop.example", "//shop.example", "shop.example:8000",
    "shop.example/", "shop.example/privacy", "shop example", " shop.example", "shop.example\t",
    "", " ", "shop.example.", "me@shop.example", "münchen.example", "*.*", "shop.*", "*shop.example",
    "sh*p.example", "www.*.example", "*.", "-shop.example", "shop-.example", "shop..example",
    "x" * 64 + ".example", "[::1", "[::1]:80", "127.0.0.1:80", "shop.example?x", "**",
]  # fmt: skip
MATCHED = {
    "shop.example": b"shop.example:8000",
    "Shop.Example": b"SHOP.example",
    "*.shop.example": b"a.b.shop.example",
    "*": b"whatever.example",
    "localhost": b"localhost:8000",
    "127.0.0.1": b"127.0.0.1:8000",
    "::1": b"[::1]:8000",
    "[::1]": b"[::1]",
    "2001:DB8:0::1": b"[2001:db8::1]",
    "a_b.example": b"a_b.example",
    "xn--mnchen-3ya.example": b"xn--mnchen-3ya.example",
}


@pytest.mark.parametrize("host", NEVER, ids=repr)
def test_what_no_request_can_match_is_said(host):
    """Why, and what to write; never what stood there."""
    message, hint = host_problem(host)
    assert message
    assert hint
    assert len(host.strip()) < 4 or host not in message + hint


@pytest.mark.parametrize("host", MATCHED)
def test_what_is_not_refused_is_matched(host):
    """By what a browser sends for it."""
    hosts = '["shop.example", "testserver", "127.0.0.1", "localhost"]'
    settings = parse(CONFIG.replace(hosts, f'["{host}"]'))
    assert HostMap(site_of_host(settings))(MATCHED[host]) == "shop"


def test_the_line_is_that_of_the_host():
    """Of the entry, where a list goes over several lines."""
    text = CONFIG.replace('"shop.example", ', '\n"shop.example",\n"http://shop.example/",\n')
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    (problem,) = caught.value.problems
    assert (problem.id, problem.key, problem.line) == ("PK031", "site.0.hosts.1", 5)
