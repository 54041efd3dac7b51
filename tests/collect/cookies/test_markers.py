"""Tests of markers: what was named for a cookie is known when the browser sends it, and only denies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.collect.cookies.gate import CookieGate
from privacykit.collect.cookies.life import life_of
from privacykit.collect.cookies.markers import marked, marker_of

PURPOSES = ["necessary", "ads", "profile"]
GATE = CookieGate((("session", "necessary"), ("_ga*", "ads")))

names = st.sampled_from([b"session", b"_ga", b"seg", b"cart"])
said = st.lists(st.sampled_from([b"ads", b"profile", b"necessary", b"gone"]), max_size=3)
jars = st.lists(
    st.tuples(names, st.none() | said).map(
        lambda pair: (
            pair[0] + b"=1" if pair[1] is None else b"pk-for-%b=%b" % (pair[0], b"/".join(pair[1]))
        )
    ),
    max_size=8,
).map(b"; ".join)


def gate(*allowed):
    """Return what takes out cookies while only *allowed* purposes may happen."""
    return GATE.denying(frozenset(allowed), purposes=PURPOSES)


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (b"seg=1; pk-for-seg=profile", b""),
        (b"pk-for-seg=profile; seg=1; cart=2", b"cart=2"),
        (b"seg=1; pk-for-seg=necessary", b"seg=1; pk-for-seg=necessary"),
        (b"seg=1; pk-for-seg=necessary; pk-for-seg=ads", b""),
        (b"seg=1; pk-for-seg=necessary/ads", b""),
        (b"seg=1; pk-for-seg=no-such-purpose", b""),
        (b"seg=1; pk-for-seg=", b""),
        (b"_ga=1; pk-for-_ga=necessary", b"pk-for-_ga=necessary"),
        (b"seg=1", b"seg=1"),
    ],
    ids=["named", "first", "allowed", "twice", "both", "unknown", "empty", "listed", "unnamed"],
)
def test_the_stricter_of_marker_and_rule_counts(header, kept):
    """A marker takes a cookie out, and lets none in that a rule denies."""
    assert gate("necessary").request(header) == kept


def kept_by(strict, header):
    """Return the cookies that pass, markers aside."""
    cookies = (strict.request(header) if strict else header).split(b"; ")
    return {cookie for cookie in cookies if cookie and not cookie.startswith(b"pk-for-")}


@given(jars, st.sets(st.sampled_from(PURPOSES)))
def test_a_marker_only_denies(header, allowed):
    """Whatever a browser sends as markers: nothing passes that would not without them."""
    bare = b"; ".join(each for each in header.split(b"; ") if not each.startswith(b"pk-for-"))
    assert kept_by(gate(*allowed), header) <= kept_by(gate(*allowed), bare)


@given(jars, st.sets(st.sampled_from(PURPOSES)), st.sampled_from(PURPOSES))
def test_a_stricter_visitor_never_has_more_cookies(header, allowed, taken):
    """Who takes back a purpose sees no cookie come back."""
    assert kept_by(gate(*(allowed - {taken})), header) <= kept_by(gate(*allowed), header)


@pytest.mark.parametrize(
    ("line", "marker"),
    [
        (b"seg=a=b; Path=/x; Max-Age=9", b"pk-for-seg=ads/profile; Path=/x; Max-Age=9"),
        (b"seg=1", b"pk-for-seg=ads/profile"),
    ],
)
def test_a_marker_lives_where_its_cookie_lives(line, marker):
    """For the same hosts and paths, and just as long."""
    assert marker_of(line, ("profile", "ads")) == marker
    assert life_of(marker, 0.0) == life_of(line, 0.0)


def test_a_marker_is_read_as_it_was_written():
    """Of the cookie and of itself."""
    said = frozenset({b"ads", b"profile"})
    marker = marker_of(b"seg=1", ("ads", "profile"))
    assert marked([b" " + marker, b"seg=1"]) == {b"seg": said, b"pk-for-seg": said}


def test_nothing_denied_still_needs_no_filter():
    """Where all purposes may happen nothing is done per request."""
    assert gate(*PURPOSES) is None


@pytest.mark.parametrize(
    ("named", "passes"),
    [((), True), (("necessary",), True), (("ads",), False), (("necessary", "gone"), False)],
)
def test_a_line_passes_by_all_that_it_was_named_for(named, passes):
    """One purpose that may not happen is enough."""
    line = b"seg=1; Path=/"
    assert (gate("necessary").response(line, b"", 0.0, named) == line) is passes


def test_a_line_is_cut_to_the_shortest_life():
    """What an exemption allows is measured for named cookies too."""
    strict = GATE.denying(frozenset(PURPOSES), {"profile": 60}, PURPOSES)
    line = strict.response(b"seg=1; Max-Age=999", b"", 0.0, ("profile", "ads"))
    assert line == b"seg=1; Max-Age=60"
