"""Tests of the cookie gate."""

import pytest

from privacykit.collect.cookies.gate import CookieGate

GATE = CookieGate((("session", "necessary"), ("_ga*", "ads"), ("*_pref", "profile")))


def test_nothing_denied_needs_no_filter():
    """When every purpose is allowed there is nothing to do per request."""
    assert GATE.denying(frozenset({"necessary", "ads", "profile"})) is None


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (b"session=1; _ga=2; _ga_X=3; other=4", b"session=1; other=4"),
        (b"_ga=2", b""),
        (b"_ga=2; session=1", b"session=1"),
        (b"session=1;_ga=2", b"session=1"),
        (b"lang_pref=de; session=1", b"session=1"),
        (b"", b""),
        (b";;=x; _ga", b";;=x"),
    ],
    ids=["some", "only-denied", "first", "tight", "suffix-glob", "empty", "garbage"],
)
def test_denied_cookies_leave_the_request(header, kept):
    """Only the denied ones go; the rest stays as it came."""
    gate = GATE.denying(frozenset({"necessary"}))
    assert gate is not None
    assert kept == gate.request(header)


def test_an_untouched_header_is_the_same_object():
    """The caller can tell at no cost that nothing was taken out."""
    gate = GATE.denying(frozenset({"necessary"}))
    header = b"session=1; other=2"
    assert gate is not None
    assert gate.request(header) is header


@pytest.mark.parametrize(
    ("set_cookie", "passes"),
    [(b"_ga=1; Path=/", False), (b"session=1; HttpOnly", True), (b"unknown=1", True)],
)
def test_denied_cookies_are_not_set(set_cookie, passes):
    """A denied ``Set-Cookie`` does not reach the browser."""
    gate = GATE.denying(frozenset({"necessary"}))
    assert gate is not None
    assert passes is gate.passes(set_cookie, 0.0)


def test_when_we_failed_only_named_cookies_pass():
    """The fail-closed filter lets no unknown cookie through."""
    assert GATE.only(frozenset({"necessary"})).request(b"session=1; unknown=2; _ga=3") == (
        b"session=1"
    )


def test_the_first_rule_that_matches_names_the_purpose():
    """Globs are tried in the order of the file."""
    assert (GATE.purpose_of("_ga_pref"), GATE.purpose_of("nothing")) == ("ads", None)
