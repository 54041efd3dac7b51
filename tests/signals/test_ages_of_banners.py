"""A banner's consent grows old: the times in its cookies, and what is too old to count."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone
from math import inf
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.signals.banners import times
from privacykit.signals.banners.kinds import KINDS
from privacykit.signals.choice.time import GRANT_SECONDS
from privacykit.signals.read import Heard, granted_bit, refused_bit
from privacykit.signals.readers.banner import AHEAD_SECONDS, BannerReader

NOW = datetime(2026, 11, 21, tzinfo=UTC)
BOTH = Heard(granted_bit(0), refused_bit(1))
GIVEN_UP = Heard(0, refused_bit(1))


def _iso(at):
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _milliseconds(at):
    return str(int(at.timestamp() * 1000))


def _javascript(at):
    text = f"{at:%a %b %d %Y %H:%M:%S} GMT{at:%z} (Central European Standard Time)"
    return quote_plus(text, safe="()")


def _json(value):
    return quote(json.dumps(value))


def _cookiebot(time):
    return quote(f"{{stamp:'x',statistics:true,marketing:false,method:'explicit'{time},ver:1}}")


def _didomi(**time):
    purposes = {"enabled": ["on"], "disabled": ["off"]}
    return b64encode(json.dumps({"purposes": purposes, **time}).encode()).decode()


def _onetrust(time):
    return f"isGpcEnabled=0{time}&interactionCount=1&groups=C0002%3A1%2CC0004%3A0"


def _orestbida(**time):
    return _json({"categories": ["on"], "revision": 0, **time})


def _fides(**time):
    return _json({"consent": {"on": True, "off": False}, "fides_meta": time})


WRITTEN = {
    "cookiebot": lambda at: _cookiebot(f",utc:{_milliseconds(at)}"),
    "onetrust": lambda at: _onetrust(f"&datestamp={_javascript(at)}"),
    "didomi": lambda at: _didomi(created=_iso(at - timedelta(900)), updated=_iso(at)),
    "orestbida": lambda at: _orestbida(
        consentTimestamp=_iso(at - timedelta(900)), lastConsentTimestamp=_iso(at)
    ),
    "fides": lambda at: _fides(createdAt=_iso(at - timedelta(900)), updatedAt=_iso(at)),
}
MADE_ONLY = {
    "didomi": lambda at: _didomi(created=_iso(at)),
    "orestbida": lambda at: _orestbida(consentTimestamp=_iso(at)),
    "fides": lambda at: _fides(createdAt=_iso(at), updatedAt=""),
    "orestbida 2": lambda at: _orestbida(consent_date=_iso(at)),
}
UNTIMED = {
    "cookiebot": _cookiebot(""),
    "onetrust": _onetrust(""),
    "didomi": _didomi(),
    "orestbida": _orestbida(),
    "fides": _fides(),
    "klaro": _json({"on": True, "off": False}),
    "tarteaucitron": "!on=true!off=false",
}
BROKEN = {
    "cookiebot": _cookiebot(",utc:'yesterday'"),
    "onetrust": _onetrust("&datestamp=yesterday"),
    "didomi": _didomi(updated="yesterday"),
    "orestbida": _orestbida(lastConsentTimestamp=7),
    "fides": _fides(updatedAt="2026-13-01"),
}
NAMES = {"cookiebot": ("statistics", "marketing"), "onetrust": ("C0002", "C0004")}


def _heard(kind, *values):
    banner = KINDS[kind]
    on, off = NAMES.get(kind, ("on", "off"))
    reader = BannerReader(banner.cookies, banner.read, {on: [0], off: [1]}, banner.given_at)
    return reader.heard([[value.encode() for value in values]], NOW.timestamp())


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize(
    ("ago", "months"),
    [
        (timedelta(hours=-23), 0),
        (timedelta(0), 0),
        (timedelta(40), 1),
        (timedelta(200), 6),
        (timedelta(seconds=GRANT_SECONDS), 12),
    ],
    ids=["a clock that is ahead", "now", "40 days", "200 days", "the last second"],
)
def test_a_grant_is_as_old_as_its_cookie_tells(kind, ago, months):
    """In whole months, as ours; the policies say after how many to ask again."""
    assert _heard(kind, WRITTEN[kind](NOW - ago)) == Heard(
        BOTH.granted, BOTH.refused, False, months
    )


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize(
    "ago",
    [timedelta(seconds=GRANT_SECONDS + 1), timedelta(4000), timedelta(seconds=-AHEAD_SECONDS - 1)],
    ids=["thirteen months", "years", "the future"],
)
def test_a_grant_that_is_older_than_ours_may_get_is_none(kind, ago):
    """Nor one of the future; what such a cookie refuses stays refused."""
    assert _heard(kind, WRITTEN[kind](NOW - ago)) == GIVEN_UP


@pytest.mark.parametrize("kind", MADE_ONLY)
def test_where_no_change_is_told_the_first_time_counts(kind):
    """So it does under the names of an older version."""
    name = kind.partition(" ")[0]
    assert _heard(name, MADE_ONLY[kind](NOW - timedelta(40))).months == 1
    assert _heard(name, MADE_ONLY[kind](NOW - timedelta(400))) == GIVEN_UP


@pytest.mark.parametrize("kind", UNTIMED)
def test_a_cookie_without_a_time_counts_as_long_as_it_is_there(kind):
    """Nothing says how old it is."""
    assert _heard(kind, UNTIMED[kind]) == BOTH


@pytest.mark.parametrize("kind", BROKEN)
def test_a_time_that_cannot_be_read_grants_nothing(kind):
    """What cannot be read grants nothing."""
    assert _heard(kind, BROKEN[kind]) == GIVEN_UP


def test_of_two_times_in_one_cookie_the_earlier_counts():
    """Nobody makes a consent younger by writing a second one behind it."""
    old, new = (_milliseconds(NOW - timedelta(days)) for days in (400, 4))
    assert _heard("cookiebot", _cookiebot(f",utc:{new},utc:{old}")) == GIVEN_UP
    late, early = (_javascript(NOW - timedelta(days)) for days in (4, 400))
    assert _heard("onetrust", _onetrust(f"&datestamp={late}&datestamp={early}")) == GIVEN_UP


@pytest.mark.parametrize(
    ("days", "heard"), [(3, Heard(granted_bit(0))), (70, Heard(granted_bit(0), months=2))]
)
def test_matomo_writes_the_time_alone(days, heard):
    """The value of its cookie is one."""
    banner = KINDS["matomo"]
    reader = BannerReader(banner.cookies, banner.read, {"consent": [0]}, banner.given_at)
    for ago, expected in ((days, heard), (400, Heard())):
        value = _milliseconds(NOW - timedelta(ago)).encode()
        assert reader.heard([[value], [], []], NOW.timestamp()) == expected


moments = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1))  # noqa: DTZ001
offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(moments, offsets)
@settings(deadline=None)
def test_a_time_is_read_as_it_was_written(moment, offset):
    """In every notation, wherever the browser was."""
    at = moment.replace(microsecond=0, tzinfo=offset)
    javascript = f"{at:%a %b %d %Y %H:%M:%S} GMT{at:%z} (somewhere)"
    read = times.of_javascript(javascript), times.of_iso(at.isoformat())
    assert read == (at.timestamp(), at.timestamp())
    assert times.of_milliseconds(str(max(0, int(at.timestamp())) * 1000)) == max(0, at.timestamp())


@given(st.text() | st.text("0123456789-:TZ+.GMT Jan", max_size=40))
@settings(deadline=None)
def test_no_time_raises(text):
    """Whatever stands there; what is no time is as old as can be."""
    for read in (times.of_iso, times.of_milliseconds, times.of_javascript):
        assert -inf <= read(text) < inf


@pytest.mark.parametrize(
    "text",
    [
        "Thu Feb 23 2023 23:19:55",
        "Thu Feb 30 2023 23:19:55 GMT+0100",
        "Thu Foo 23 2023 23:19:55 GMT+0100",
        "",
    ],
)
def test_what_is_no_date_of_a_browser_is_none(text):
    """Not one without an offset either."""
    assert times.of_javascript(text) == times.UNREADABLE


def test_a_time_without_an_offset_is_utc():
    """As Python would not take it."""
    assert times.of_iso("2026-11-21T00:00:00") == times.of_iso("2026-11-21") == NOW.timestamp()
