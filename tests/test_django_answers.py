"""Cookies of Django's answers: every name that a browser sends can be ended, none passes unseen."""

from __future__ import annotations

from http.cookies import SimpleCookie
from types import SimpleNamespace

import pytest
from django.http.response import ResponseHeaders
from hypothesis import given
from hypothesis import strategies as st

from privacykit.collect.cookies.gate import CookieGate
from privacykit.django.answers import change, lines_of
from privacykit.django.middleware import _as_told
from privacykit.web.edge import SET_COOKIE
from privacykit.web.preferences.expire import expired


def answer(**headers):
    """Return an answer of Django, as far as cookies and headers go."""
    return SimpleNamespace(headers=ResponseHeaders(headers), cookies=SimpleCookie())


def sent(response):
    """Return the lines that Django's handler writes."""
    return [each.OutputString() for each in response.cookies.values()]


@given(st.text(st.sampled_from("abc[]/(){}@!#$%&'*+-.^_`|~<>?:"), min_size=1, max_size=20))
def test_a_cookie_of_any_name_is_ended(name):
    """Also of one that the standard library would not set, and of an attribute's name."""
    for each in (name, "version", "comment"):
        gate = CookieGate((("*", "ads"),))
        lines = expired(f"{each}=1".encode(), gate, ["ads"], "shop.example", ours=())
        response = answer()
        change(response, [(SET_COOKIE, line.encode()) for line in lines])
        assert (sent(response), bool(lines)) == (lines, True)


@pytest.mark.parametrize("kept", [[], [(SET_COOKIE, b"_ga=1")], [(SET_COOKIE, b"session=2")]])
def test_a_cookie_that_stands_among_the_headers_is_one(kept):
    """What may pass goes once, and what may not is nowhere."""
    response = answer(**{"Set-Cookie": "_ga=1"})
    assert lines_of(response) == [(b"Set-Cookie", b"_ga=1")]
    change(response, kept)
    assert ("Set-Cookie" in response.headers, sent(response)) == (
        False,
        [line.decode() for _, line in kept],
    )


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ([(b"referer", b"a"), (b"accept", b"b"), (b"referer", b"c")], {b"referer": b"a,c"}),
        ([(b"referer", b"a"), (b"accept", b"b"), (b"referer", b"x")], {b"referer": b"a, x"}),
        ([(b"referer", b"a"), (b"accept", b"b")], {b"referer": b"a"}),
    ],
    ids=["what it was", "one line changed", "one line gone"],
)
def test_repeated_header_lines_stay_joined_as_django_joined_them(kept, told):
    """Where nothing of them changed; a view compares what it got with what it gets."""
    lines = [(b"referer", b"a"), (b"accept", b"b"), (b"referer", b"c"), (b"cookie", b"s=1; t=2")]
    meta = [(b"referer", b"a,c"), (b"accept", b"b"), (b"cookie", b"s=1,t=2")]
    found = dict(_as_told([*kept, lines[-1]], lines, meta))
    assert found == {b"accept": b"b", b"cookie": b"s=1; t=2"} | told
