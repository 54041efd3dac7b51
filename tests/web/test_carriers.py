"""Which request headers carry addresses, certificates or exact places, and which never leave."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from privacykit.web import carrier_names
from privacykit.web.carrier_names import is_carrier
from privacykit.web.carriers import (
    MOST_ELEMENTS,
    MOST_UNSEEN,
    Carriers,
    holds_address,
)

CARRIERS = Carriers()
PUBLISHED = """
x-forwarded-for x-original-forwarded-for x-forwarded forwarded-for x-real-ip x-client-ip
x-cluster-client-ip x-originating-ip x-remote-ip x-remote-addr client-ip true-client-ip
cf-connecting-ip cf-connecting-ipv6 cf-pseudo-ipv4 fly-client-ip fastly-client-ip do-connecting-ip
x-azure-clientip x-azure-socketip x-appengine-user-ip x-envoy-external-address
x-nf-client-connection-ip x-vercel-forwarded-for x-vercel-proxied-for cloudfront-viewer-address
x-sucuri-clientip ali-cdn-real-ip cdn-src-ip wl-proxy-client-ip proxy-client-ip via
incap-client-ip eo-connecting-ip eo-client-ip x-ms-forwarded-client-ip remote-addr x_forwarded_for
http_x_forwarded_for x-proxyuser-ip x-cluster-client x-original-remote-addr x-source-ip
x-true-client-ip x-qiniu-client-ip x-bluecoat-via cdn-real-ip x-real-addr x-peer-address
x-remote-host c-ip
x-forwarded-client-cert client-cert client-cert-chain x-ssl-client-cert x-arr-clientcert
x-amzn-mtls-clientcert-subject ssl_client_s_dn x-client-certificate
cf-iplatitude cf-iplongitude cf-ipcity cf-postal-code cf-metro-code
cloudfront-viewer-latitude cloudfront-viewer-longitude cloudfront-viewer-city
cloudfront-viewer-postal-code cloudfront-viewer-metro-code x-vercel-ip-latitude x-vercel-ip-city
x-vercel-ip-longitude x-vercel-ip-postal-code x-appengine-citylatlong x-appengine-city
x-client-geo-location x-geo-city x-geoip-longitude
x-country-city x-akamai-edgescape x-client-city-lat-long x-client-dn x-ssl-subject
x-forwarded-tls-client-cert-info x-forwarded-for-original fastly-geo-postal-code x-amzn-source-ip
x-nf-geo x-geo cf-geo x-vercel-geo x-client-geoip x-request-geodata
""".split()  # noqa: SIM905 - as one reads them
NEEDED = {
    "host": "203.0.113.9",
    "origin": "http://203.0.113.9",
    "x-forwarded-host": "203.0.113.9:8443",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "443",
    "x-forwarded-prefix": "/app",
    "x-forwarded-user": "ann",
    "if-none-match": '"1.2.3.4"',
    "user-agent": "1.2.3.4",
    "sec-ch-ua-full-version": '"1.2.3.4"',
    "sec-ch-ua-platform-version": "10.0.0.0",
    "x-app-version": "1.2.3.4",
    "x-client-version": "1.2.3.4",
    "x-client-release": "1.2.3.4",
    "x-ip-version": "4",
    "x-vercel-ip-country": "DE",
    "cf-ipcountry": "DE",
    "cloudfront-viewer-country-region": "BE",
    "x-appengine-region": "be",
    "x-shop-city": "Berlin",
    "x-shop-geo": "north",
    "x-geo-country": "DE",
    "x-json": '{"version":"10","at":"12:30:45","of":"a.b.c.d"}',
    "x-percent": "100%25 of 16:9:4",
    "x-delivery-zip": "10115",
    "x-ipfs-path": "/ipfs/x",
    "x-user-zipper": "1",
    "x-client-description": "tip of a ship",
    "x-trace": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0b1902b7-01",
    "x-time": "12:30:45",
    "x-built": "build 1.2.3.4 of today",
    "x-ratio": "16:9",
    "x-ssl-client-verify": "SUCCESS",
    "authorization": "Bearer 1.2.3.4",
}
SAYS = [
    b"203.0.113.9", b"203.0.113.9:4711", b"[2001:db8::9]:443", b"2001:db8::9", b'"[2001:db8::9]"',
    b"fe80::1%eth0", b"::ffff:203.0.113.9", b"10.0.0.1, 203.0.113.9", b"unknown,203.0.113.9",
    b"for=203.0.113.9", b'for="[2001:db8::9]:80";proto=https', b" 203.0.113.9 ", b"203.0.113.9/32",
    b"2001:db8:1:2:3:4:5:6:443", b"::1", b"a, b, 203.0.113.9",
    b"203.0.113.9 10.0.0.1", b"x," + b" " * 300 + b'"203.0.113.9',
    b"1.2.3=x,203.0.113.9", b"::g,1.2.3,[::1]", b"client=203.0.113.9; port=1",
    b'{"ip":"203.0.113.9"}', b'{"a": 1, "ips": ["203.0.113.9", "x"]}', b"{'ip': '2001:db8::9'}",
    b'["2001:db8::9"]', b"%5B2001%3Adb8%3A%3A9%5D", b"203%2E0%2E113%2e9", b"%22203.0.113.9%22",
]  # fmt: skip


def through(name, value=b"x"):
    """Return what is left of one header line, by both ways that lines are looked at."""
    line = [(name.encode(), value)]
    kept = CARRIERS.without(line, CARRIERS.of[name.encode(),])
    assert kept == CARRIERS.without(line)
    return kept


@pytest.mark.parametrize("name", PUBLISHED)
def test_known_carriers_leave(name):
    """No header that names a client, shows its certificate or its exact place gets through."""
    assert through(name) == []


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_what_an_application_needs_stays(name):
    """Hosts, schemes, validators, versions and coarse places are no carriers."""
    value = NEEDED[name].encode()
    assert through(name, value) == [(name.encode(), value)]


@pytest.mark.parametrize("value", SAYS, ids=bytes.decode)
def test_a_value_that_is_an_address_leaves(value):
    """Whatever the header is called, an address or a list with one is not for the application."""
    assert through("x-made-up", value) == []


@pytest.mark.parametrize("name", ["x-forwarded-for", "x-made-up", "incap-client-ip"])
def test_repeated_carriers_leave(name):
    """Not one of several lines stays, wherever they stand."""
    line = (name.encode(), b"203.0.113.9")
    assert CARRIERS.without([line, (b"host", b"shop.example"), line]) == [
        (b"host", b"shop.example")
    ]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (
            b"for=203.0.113.9;proto=https;by=10.0.0.1;host=shop.example",
            [(b"forwarded", b"proto=https;host=shop.example")],
        ),
        (b"for=203.0.113.9, for=10.0.0.1;proto=http", []),
        (b'For="[2001:db8::1]:80";Proto=https', [(b"forwarded", b"Proto=https")]),
    ],
)
def test_forwarded_keeps_proto_and_host_only(value, kept):
    """Frameworks need scheme and host for URLs; addresses go (RFC 7239)."""
    assert through("forwarded", value) == kept


@pytest.mark.parametrize("spelt", ["X-Our-Client", "x_our_client", "X-OUR-CLIENT"])
def test_a_configured_carrier_leaves(spelt):
    """An operator names what nobody can guess, in any spelling."""
    carriers = Carriers(more=[spelt])
    assert carriers.without([(b"x-our-client", b"opaque")]) == []


WHO = ["client", "real", "remote", "forwarded", "connecting", "peer", "source", "visitor", "user"]
WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)


@given(
    before=st.lists(WORDS, max_size=2),
    who=st.sampled_from(WHO),
    what=st.sampled_from(["ip", "addr", "for", "ipv6", "address", "ips"]),
    mark=st.sampled_from(["-", "_", ""]),
)
def test_any_name_of_that_shape_leaves(before, who, what, mark):
    """A network that is founded tomorrow is known by the shape of its header's name."""
    assert is_carrier("-".join([*before, f"{who}{mark}{what}".replace("_", "-")]))


PIECES = st.sampled_from(
    [
        "x",
        "ip",
        "ipv4",
        "addr",
        "for",
        "host",
        "cert",
        "certs",
        "dn",
        "sdn",
        "ssl",
        "tls",
        "subject",
        "issuer",
        "san",
        "serial",
        "client",
        "forwarded",
        "geo",
        "location",
        "lat",
        "long",
        "city",
        "zip",
        "post",
        "code",
        "metro",
        "dma",
        "country",
        "version",
        "shop",
        "la",
        "t",
        "ci",
        "ty",
        "id",
        "name",
    ]
)


@given(st.lists(st.lists(PIECES, min_size=1, max_size=2).map("".join), min_size=1, max_size=4))
def test_the_quick_no_is_the_long_ones(pieces):
    """What is refused at a glance would be refused after a long look, too."""
    name = "-".join(pieces)
    with pytest.MonkeyPatch.context() as patched:
        quick = is_carrier(name)
        patched.setattr(carrier_names, "_MAY_BE_CARRIER", lambda _: True)
        assert quick == is_carrier(name)


@given(value=st.ip_addresses().map(str), name=WORDS, place=st.integers(0, 2), port=st.booleans())
def test_any_address_leaves_under_any_name(value, name, place, port):
    """Wherever it stands in a list, with a port or without."""
    assume(not re.search("ver|release|build|rev|host|sec|te|dnt", name))
    shown = f"[{value}]:443" if port and ":" in value else f"{value}:443" if port else value
    elements = ["unknown", "x"]
    elements.insert(place, shown)
    assert through(f"x-{name}", ", ".join(elements).encode()) == []


@given(st.binary(max_size=300))
def test_looking_at_a_value_never_fails(value):
    """Whatever bytes a client sends are an address or none."""
    assert holds_address(value) in {True, False}


@pytest.mark.parametrize(
    "word", ["client", "ip", "addr", "forwarded", "origin", "lat-", "a-", "-", "iplatitude"]
)
def test_long_names_cost_little(word):
    """A stranger's name of 60 kB is read in time that grows with its length only."""
    name = (word * (60_000 // len(word)) + "~").encode()
    began = time.perf_counter()
    CARRIERS.without([(name, b"1")])
    assert time.perf_counter() - began < 0.1


def test_one_request_brings_so_many_new_names():
    """Further ones go unlooked at; of those that were looked at none is looked at again."""
    carriers = Carriers()
    lines = [(f"x-new{n}".encode(), b"1") for n in range(3 * MOST_UNSEEN)]
    handling = carriers.of[tuple(dict(lines))]
    assert carriers.without(lines, handling) == lines[:MOST_UNSEEN]
    assert carriers.without(lines) == lines[: 2 * MOST_UNSEEN]
    assert carriers.without(lines) == lines


def test_a_first_request_of_a_browser_through_networks_is_whole():
    """What browsers send is no news, and what networks add is less than may be."""
    names = b"host accept user-agent sec-fetch-mode sec-fetch-site cookie referer priority".split()
    lines = [(name, b"1") for name in [*names, *(b"x-net-%d" % n for n in range(MOST_UNSEEN))]]
    carriers = Carriers()
    assert carriers.without(lines, carriers.of[tuple(dict(lines))]) == lines


def test_one_request_brings_so_many_near_addresses():
    """They are counted over all values: a value with further ones goes, the others stay."""
    near = ", ".join(["1.2.3.x"] * (MOST_ELEMENTS // 2)).encode()
    lines = [(b"x-a", near), (b"x-b", near), (b"x-c", near), (b"x-d", b"plain")]
    assert CARRIERS.without(lines) == [lines[0], lines[1], lines[3]]


def test_a_name_of_very_many_pieces_goes():
    """Nobody names a header so; each piece would have to be looked at."""
    assert is_carrier("-".join(["ip", *"abcdefghijklmnop"]))


def test_thousands_of_lines_cost_little():
    """Beyond so many lines nothing new is looked at, and what is not looked at goes."""
    lines = [(f"x-client-thing-{n}-ipx".encode(), b"1.2.3.4, x") for n in range(7000)]
    began = time.perf_counter()
    kept = CARRIERS.without([*lines, (b"host", b"shop.example")])
    assert (time.perf_counter() - began < 0.5, kept) == (True, [(b"host", b"shop.example")])


def test_long_values_cost_little():
    """A stranger's 64 kB of what nearly is an address are read once, not again and again."""
    began = time.perf_counter()
    for value in (b"=:" * 32_000, b"1.2." * 16_000, b":" * 64_000, b"a," * 32_000, b'" ' * 32_000):
        holds_address(value)
    assert time.perf_counter() - began < 0.5
