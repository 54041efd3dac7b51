"""How long cookies live, as browsers read it, and what becomes of those that may not."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.collect.cookies.gate import CookieGate
from privacykit.collect.cookies.life import DAY_SECONDS, cut, life_of, moment, seconds_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
YEAR = 365 * DAY_SECONDS
MOST = seconds_of(13)
GATE = CookieGate((("session", "security"), ("_pk*", "analytics"), ("_ga*", "ads")))
FILTER = GATE.denying(frozenset({"security", "analytics"}), {"analytics": MOST})


@pytest.mark.parametrize(
    ("attributes", "life"),
    [
        (b"", None),
        (b"; Path=/; Secure", None),
        (b"; Max-Age=60", 60),
        (b"; max-age = 60 ", 60),
        (b"; Max-Age=0", 0),
        (b"; Max-Age=-1", -1),
        (b"; Max-Age=60; Max-Age=90", 90),
        (b"; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 60),
        (b"; Max-Age=x; Expires=Sat, 21 Nov 2026 12:01:00 GMT", 60),
        (b"; Max-Age=99999999999999999999", 1e16),
        (b"; Expires=Thu, 01 Jan 1970 00:00:00 GMT", -NOW),
        (b"; Expires=Thu, 01-Jan-70 00:00:00 GMT", -NOW),
        (b"; Expires=Sun Nov 21 12:00:10 2027", YEAR + 10),
        (b"; Expires=0", None),
        (b"; Expires=Thu, 01 Jan 1600 00:00:00 GMT", None),
        (b"; Expires=Thu, 31 Feb 2027 00:00:00 GMT", None),
        (b"; Expires=Thu, 01 Jan 2027 99:00:00 GMT", None),
    ],
)
def test_a_life_is_read_as_browsers_do(attributes, life):
    """Max-Age first, the last one, in any spelling; dates in every old form (RFC 6265 §5.1.1)."""
    assert life_of(b"_pk=1" + attributes, NOW) == life


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001 - made aware below
def test_every_date_of_the_standard_is_read(at):
    """Whatever Python writes as an HTTP date means the same moment."""
    aware = at.replace(tzinfo=UTC, microsecond=0)
    assert moment(format_datetime(aware, usegmt=True).encode()) == aware.timestamp()


@given(st.binary(max_size=100))
def test_reading_a_line_never_fails(line):
    """An application may set whatever it likes."""
    FILTER.response(line, line, NOW)
    assert cut(line, 1).endswith(b" Max-Age=1")


@pytest.mark.parametrize(
    ("line", "cookie", "passes"),
    [
        (b"session=1; Max-Age=99999999", b"session=1", b"session=1; Max-Age=99999999"),
        (b"_pk=1; Max-Age=60; Path=/", b"", b"_pk=1; Max-Age=60; Path=/"),
        (b"_pk=1; Max-Age=63072000; Path=/", b"", b"_pk=1; Path=/; Max-Age=%d" % MOST),
        (
            b"_pk=1; Expires=Tue, 21 Nov 2028 12:00:00 GMT; Secure",
            b"other=1",
            b"_pk=1; Secure; Max-Age=%d" % MOST,
        ),
        (b"_pk=1; Max-Age=60", b"a=1; _pk=1", None),
        (b"_pk=2; Max-Age=60", b"_pk=1", None),
        (b"_pk=2", b"_pk=1", b"_pk=2"),
        (b"_pk=; Max-Age=0", b"_pk=1", b"_pk=; Max-Age=0"),
        (b"_ga=1; Max-Age=60", b"", None),
        (b"_ga=1", b"", None),
        (b"_ga=; Max-Age=0; Domain=shop.example", b"_ga=1", b"_ga=; Max-Age=0; Domain=shop.example"),
        (b"_ga=; expires=Thu, 01 Jan 1970 00:00:00 GMT", b"", b"_ga=; expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        (b"_ga; Max-Age=0", b"", b"_ga; Max-Age=0"),
        (b"_ga=1; Max-Age=0; Max-Age=9", b"", None),
    ],
)  # fmt: skip
def test_a_claim_about_life_is_measured(line, cookie, passes):
    """Longer lives are cut, renewals do not pass, what ends a cookie always does."""
    assert FILTER.response(line, cookie, NOW) == passes


def test_without_a_limit_nothing_is_measured():
    """A site whose purposes all may happen, by no exemption, has no filter at all."""
    every = frozenset({"security", "analytics", "ads"})
    assert GATE.denying(every) is None
    assert GATE.denying(every, {"analytics": MOST}) is not None


def test_a_limit_alone_leaves_requests_alone():
    """Where nothing is denied every cookie of a request passes, untouched."""
    limited = GATE.denying(frozenset({"security", "analytics", "ads"}), {"analytics": MOST})
    header = b"session=1; _pk=1; _ga=2"
    assert limited.request(header) is header


def test_when_we_fail_what_ends_a_cookie_passes():
    """The fail-closed path lets needed cookies and ends through, no more."""
    bare = GATE.only(frozenset({"security"}))
    lines = [b"session=1", b"_ga=1", b"other=; Max-Age=0", b"_ga=1; Max-Age=9"]
    assert [bare.passes(line, NOW) for line in lines] == [True, False, True, False]
