"""Cookies that a refusal ends in the browser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.collect.cookies.gate import CookieGate
from privacykit.web.preferences.expire import MOST_BYTES, MOST_LOOKED_AT, STEP, expired, paths_of

GATE = CookieGate((("session", "security"), ("_ga*", "ads"), ("__Secure-x", "ads"),
                   ("__Host-y", "ads")))  # fmt: skip


CHIPS = "; Secure; Partitioned"
OURS = (b"__Host-pk-no", b"__Host-pk-yes")


def common(lines):
    """Return the *lines* that end cookies of the common jar; each has one for the other jar."""
    kept = [line for line in lines if CHIPS not in line]
    assert [line.replace("; Secure", "") for line in kept] == [
        line.replace(CHIPS, "") for line in lines if CHIPS in line
    ]
    return kept


def ended(cookie, host, refused=("ads",)):
    """Return what is set, without what is the same everywhere."""
    lines = common(
        sorted(expired(cookie, GATE, refused, host, ours=OURS), key=lambda line: CHIPS in line)
    )
    return [line.replace("=; Max-Age=0; Path=/", "") for line in lines]


@pytest.mark.parametrize(
    ("cookie", "host", "lines"),
    [
        (b"session=1", "shop.example", []),
        (b"unknown=1; _ga=2", "localhost:8000", ["_ga"]),
        (b"_ga=1", "shop.example", ["_ga", "_ga; Domain=shop.example"]),
        (
            b"_ga=1; _ga=2",
            "WWW.Shop.Example:443",
            ["_ga", "_ga; Domain=www.shop.example", "_ga; Domain=shop.example"],
        ),
        (b"_ga=1", "203.0.113.9", ["_ga"]),
        (b"_ga=1", "[2001:db8::1]:80", ["_ga"]),
        (b"_ga=1", "evil;x=y.example", ["_ga"]),
        (b"__Secure-x=1", "a.example", ["__Secure-x; Secure", "__Secure-x; Secure; Domain=a.example"]),
        (b"__Host-y=1", "a.example", ["__Host-y; Secure"]),
        (b"_ga\xff=1; _ga x=1; _ga\r\n=1", "localhost", ["_ga"]),
    ],
)  # fmt: skip
def test_declared_cookies_end_for_the_host_and_its_parents(cookie, host, lines):
    """Nobody tells which domain a cookie was set for, so each gets its end."""
    assert ended(cookie, host) == lines


@given(cookie=st.binary(max_size=200), host=st.text(max_size=40))
def test_no_header_of_a_client_gets_into_a_line(cookie, host):
    """Names and hosts that are none are left out: what is set has no break and no stranger's word."""
    assert all(
        line.isascii() and line.isprintable()
        for line in expired(cookie, GATE, ["ads"], host, ours=OURS)
    )


def test_a_response_takes_a_bounded_room():
    """A thousand cookies make no header that proxies refuse; the rest end turn by turn."""
    cookie = "; ".join(f"_ga{n}=1" for n in range(200)).encode()
    ended_at = set()
    for turn in range(200):
        lines = expired(cookie, GATE, ["ads"], "www.shop.example", ours=OURS, turn=turn)
        assert sum(len(f"set-cookie: {line}\r\n") for line in lines) <= MOST_BYTES
        ended_at |= set(lines)
    assert len(ended_at) == 200 * 3 * 2


@pytest.mark.parametrize(
    ("path", "paths"),
    [
        ("/", ["/"]),
        ("/page", ["/"]),
        ("/blog/", ["/", "/blog"]),
        ("/blog/2026/post", ["/", "/blog/2026", "/blog"]),
        ("/a/b/c/d/e", ["/", "/a/b/c/d", "/a/b/c", "/a/b"]),
        ("/a;b/c\r\nd/e", ["/"]),
        ("", ["/"]),
        ("*", ["/"]),
    ],
)
def test_a_cookie_may_have_been_set_for_a_directory(path, paths):
    """As browsers do for a script that names no path; nothing of a header of ours is in one."""
    assert paths_of(path) == paths


def test_cookies_end_for_every_path():
    """Except those whose name promises that they are for the whole host."""
    lines = expired(
        b"_ga=1; __Host-y=2", GATE, ["ads"], "localhost", ours=OURS, paths=["/", "/blog"]
    )
    assert common(lines) == [
        "_ga=; Max-Age=0; Path=/",
        "__Host-y=; Max-Age=0; Path=/; Secure",
        "_ga=; Max-Age=0; Path=/blog",
    ]


@pytest.mark.parametrize(
    ("path", "form"),
    [("opt-out", {}), ("choice", {"action": "refuse"}), ("withdraw", {})],
)
@pytest.mark.parametrize("broken", [False, True], ids=["stored", "not stored"])
def test_a_refusal_ends_the_cookies_still_sent(shop, path, form, broken):
    """Out of the browser, where scripts would go on reading them."""
    shop.options = {"declared": GATE}
    shop.consents.broken = broken
    shop.show(visitors=lambda: ("v",))
    headers = {"cookie": "session=1; _ga=2"}
    answer = shop.client().post(f"/privacy/{path}", data=form, headers=headers)
    gone = [line for line in answer.headers.get_list("set-cookie") if line.startswith("_ga=;")]
    lines = [f"_ga=; Max-Age=0; Path={path}" for path in ("/", "/privacy")]
    assert common(gone) == [
        each for line in lines for each in (line, f"{line}; Domain=shop.example")
    ]
    assert not [line for line in answer.headers.get_list("set-cookie") if "session" in line]


def test_the_page_ends_what_came_back(shop):
    """A script may set one again; the next look at the page ends it."""
    shop.options = {"declared": GATE}
    client = shop.client()
    client.post("/privacy/opt-out")
    client.cookies.set("_ga", "2", domain="shop.example")
    lines = client.get("/privacy/").headers.get_list("set-cookie")
    assert "_ga=; Max-Age=0; Path=/" in lines


def test_of_a_strangers_thousands_of_cookies_few_are_looked_at():
    """The gate is asked for so many, whatever is sent; the others come at later turns."""
    asked = []

    class Gate:
        def purposes_of(self, names):
            asked.extend(name.decode() for name in names)
            return ["ads"] * len(names)

    cookie = b"; ".join(b"_ga%d=1" % n for n in range(3000))
    expired(cookie, Gate(), {"ads"}, "shop.example", ours=OURS)
    assert len(asked) == MOST_LOOKED_AT
    for turn in range(len(cookie) // STEP + 1):
        expired(cookie, Gate(), {"ads"}, "shop.example", ours=OURS, turn=turn)
    assert set(asked) == {f"_ga{n}" for n in range(3000)}


@pytest.mark.parametrize("said", [b"pk-for-__Host-pk-no=ads; ", b""], ids=["marker", "rule"])
def test_nothing_ends_a_choice(said):
    """Neither a marker that a script or a subdomain planted, nor a rule for all cookies."""
    everything = CookieGate((("*", "ads"),))
    cookie = said + b"__Host-pk-no=*:2026-11; x=1"
    lines = expired(cookie, everything, ["ads"], "shop.example", ours=OURS)
    assert lines
    assert not [line for line in lines if line.startswith("__Host-pk-no")]
