"""What caches are told about responses that depend on one person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.web.caching import private, varying


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], b"private"),
        ([b"public, max-age=60"], b"private, max-age=60"),
        ([b"s-maxage=9, max-age=1"], b"private, max-age=1"),
        ([b"no-store"], b"no-store"),
        ([b"No-Store"], b"No-Store"),
        ([b"Public", b"max-age=5"], b"private, max-age=5"),
        ([b'private="set-cookie, x", max-age=60'], b"private, max-age=60"),
        ([b'no-cache="set-cookie, public", max-age=60'], b'private, no-cache="set-cookie, public", max-age=60'),
        ([b'ext="a\\", no-store", max-age=1'], b'private, ext="a\\", no-store", max-age=1'),
        ([b'max-age=60, x="public'], b"private, max-age=60"),
        ([b"publicity, s-maxage-like=1"], b"private, publicity, s-maxage-like=1"),
        ([b", ,max-age=1,"], b"private, max-age=1"),
    ],
)  # fmt: skip
def test_private_responses_stay_out_of_shared_caches(before, after):
    """What depends on one person's decision is nobody else's (RFC 9110 §5.6.4, RFC 9111)."""
    headers = [(b"Cache-Control", value) for value in before]
    assert private(headers) == [(b"cache-control", after)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"CDN-Cache-Control", b"no-store"),
        (b"Cloudflare-CDN-Cache-Control", b"no-store"),
        (b"vercel-cdn-cache-control", b"no-store"),
        (b"Made-Up-CDN-Cache-Control", b"no-store"),
        (b"Surrogate-Control", b"no-store"),
        (b"Edge-Control", b"no-store"),
        (b"X-Accel-Expires", b"0"),
    ],
)
def test_caches_that_look_elsewhere_are_told_too(name, value):
    """A targeted field goes before Cache-Control where it is known (RFC 9213 §2)."""
    told = private([(name, b"public, max-age=3600"), (b"cache-control", b"public")])
    assert told == [(name, value), (b"cache-control", b"private")]


@given(st.lists(st.text('abcpublic-=,"\\ 19', max_size=30).map(str.encode), max_size=3))
def test_no_cache_control_stays_public(values):
    """Whatever an application writes, the result says private or no-store, and never public."""
    ((_, told),) = private([(b"cache-control", value) for value in values])
    assert told.startswith(b"private") or b"no-store" in told.lower()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b"Sec-GPC, DNT"),
        (b"Accept-Encoding", b"Accept-Encoding, Sec-GPC, DNT"),
        (b"sec-gpc, dnt", b"sec-gpc, dnt"),
        (b"*", b"*"),
        (b"Accept, *", b"Accept, *"),
    ],
)
def test_vary_names_the_signals_once(before, after):
    """Caches learn what the answer depends on."""
    headers = [] if before is None else [(b"Vary", before)]
    assert varying(headers, (b"Sec-GPC", b"DNT"))[-1][1] == after
