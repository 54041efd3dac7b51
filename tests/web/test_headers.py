"""Tests of the header rules of the edge."""

import pytest

from privacykit.web.headers import ADDRESS_CARRIERS, Carriers, joined, private, varying

without_addresses = Carriers().without


@pytest.mark.parametrize("name", sorted(ADDRESS_CARRIERS), ids=bytes.decode)
def test_address_carriers_leave(name):
    """No header that names a client reaches the application."""
    lines = [(name, b"203.0.113.9"), (b"x-forwarded-proto", b"https")]
    assert without_addresses(lines) == lines[1:]
    assert without_addresses(lines, tuple(dict(lines))) == lines[1:]


@pytest.mark.parametrize("name", sorted(ADDRESS_CARRIERS), ids=bytes.decode)
def test_repeated_address_carriers_leave(name):
    """Not one of several lines stays, wherever they stand."""
    lines = [(name, b"203.0.113.9"), (b"host", b"shop.example"), (name, b"203.0.113.8")]
    assert without_addresses(lines) == lines[1:2]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (
            b"for=203.0.113.9;proto=https;by=10.0.0.1;host=shop.example",
            b"proto=https;host=shop.example",
        ),
        (b"for=203.0.113.9, for=10.0.0.1;proto=http", None),
        (b'For="[2001:db8::1]:80";Proto=https', b"Proto=https"),
    ],
)
def test_forwarded_keeps_proto_and_host_only(value, kept):
    """Frameworks need scheme and host for URLs; addresses go (RFC 7239)."""
    expected = [] if kept is None else [(b"forwarded", kept)]
    lines = [(b"forwarded", value)]
    assert expected == without_addresses(lines)
    assert expected == without_addresses(lines, (b"forwarded",))


def test_repeated_lines_are_joined():
    """Lists by comma, cookies by semicolon, in order."""
    assert joined([(b"cookie", b"a=1"), (b"x", b"1"), (b"cookie", b"b=2"), (b"x", b"2")]) == {
        b"cookie": b"a=1; b=2",
        b"x": b"1, 2",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], b"private"),
        ([b"public, max-age=60"], b"private, max-age=60"),
        ([b"s-maxage=9, max-age=1"], b"private, max-age=1"),
        ([b"no-store"], b"no-store"),
        ([b"Public", b"max-age=5"], b"private, max-age=5"),
    ],
)
def test_private_responses_stay_out_of_shared_caches(before, after):
    """What depends on one person's decision is nobody else's."""
    headers = [(b"Cache-Control", value) for value in before]
    assert private(headers) == [(b"cache-control", after)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b"Sec-GPC, DNT"),
        (b"Accept-Encoding", b"Accept-Encoding, Sec-GPC, DNT"),
        (b"sec-gpc, dnt", b"sec-gpc, dnt"),
        (b"*", b"*"),
    ],
)
def test_vary_names_the_signals_once(before, after):
    """Caches learn what the answer depends on."""
    headers = [] if before is None else [(b"Vary", before)]
    assert varying(headers, (b"Sec-GPC", b"DNT"))[-1][1] == after
