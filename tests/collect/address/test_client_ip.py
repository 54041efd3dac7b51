"""Finding the client's address: whom we believe, how far, and what stands in otherwise."""

from __future__ import annotations

import pytest

from privacykit.collect.address.client_ip import ClientRule, How
from privacykit.collect.address.trust import MEMO_LIMIT, Trust
from privacykit.errors import ConfigurationError
from privacykit.pseudonym.addresses.address import Nat64Prefix, to_text

PROXY = "10.0.0.1"
NETWORKS = Trust(["10.0.0.0/8", "fd00::/8", "198.51.100.7"])


def _found(resolved):
    return (resolved.packed and to_text(resolved.packed), resolved.how)


def _rule(header="X-Forwarded-For", trust=NETWORKS, **options):
    return ClientRule("headers", header, trust, **options)


@pytest.mark.parametrize(
    ("peer", "value", "address", "how"),
    [
        (PROXY, b"203.0.113.9", "203.0.113.9", How.HEADER),
        (PROXY, b"203.0.113.9:4711", "203.0.113.9", How.HEADER),
        (PROXY, b"[2001:db8::9]:4711", "2001:db8::9", How.HEADER),
        (PROXY, b"6.6.6.6, 203.0.113.9", "203.0.113.9", How.HEADER),
        (PROXY, b"6.6.6.6, 203.0.113.9, 10.1.1.1", "203.0.113.9", How.HEADER),
        (PROXY, b"203.0.113.9, fd00::1,10.1.1.1", "203.0.113.9", How.HEADER),
        (PROXY, b"203.0.113.9, ::ffff:10.1.1.1", "203.0.113.9", How.HEADER),
        (PROXY, b"::ffff:203.0.113.9", "203.0.113.9", How.HEADER),
        (PROXY, b"2002:cb00:7109::1", "203.0.113.9", How.HEADER),
        (PROXY, b"192.168.0.5", "192.168.0.5", How.HEADER),
        ("::ffff:10.0.0.1", b"203.0.113.9", "203.0.113.9", How.HEADER),
        ("198.51.100.7", b"203.0.113.9", "203.0.113.9", How.HEADER),
        ("198.51.100.8", b"203.0.113.9", "198.51.100.8", How.UNTRUSTED),
        ("2002:a00:1::1", b"203.0.113.9", PROXY, How.UNTRUSTED),
        (PROXY, None, PROXY, How.NO_HEADER),
        (PROXY, b"10.2.2.2, 10.1.1.1", "10.2.2.2", How.ALL_TRUSTED),
        (PROXY, b"", PROXY, How.MALFORMED),
        (PROXY, b"203.0.113.9, ", PROXY, How.MALFORMED),
        (PROXY, b"203.0.113.9, garbage", PROXY, How.MALFORMED),
        (PROXY, b"203.0.113.9, garbage, 10.1.1.1", "10.1.1.1", How.MALFORMED),
        (PROXY, b"203.0.113.9, 0.0.0.0", PROXY, How.MALFORMED),
        (PROXY, b"203.0.113.9, ::", PROXY, How.MALFORMED),
        (PROXY, b"203.0.113.9\xff", PROXY, How.MALFORMED),
        (PROXY, b"203.0.113.9, unknown", PROXY, How.HIDDEN),
        (PROXY, b"203.0.113.9, unix:, 10.1.1.1", "10.1.1.1", How.MALFORMED),
        ("", b"203.0.113.9", None, How.NO_PEER),
        (None, b"203.0.113.9", None, How.NO_PEER),
        ("unix:/run/app.sock", b"203.0.113.9", None, How.NO_PEER),
        ("testclient", b"203.0.113.9", None, How.NO_PEER),
    ],
)
def test_networks_are_followed_from_the_right(peer, value, address, how):
    """The first hop that is none of ours is the client; what can't be read ends the walk."""
    assert _found(_rule().resolve(peer, value)) == (address, how)


@pytest.mark.parametrize(
    ("hops", "value", "address", "how"),
    [
        (1, b"203.0.113.9", "203.0.113.9", How.HEADER),
        (1, b"6.6.6.6, 203.0.113.9", "203.0.113.9", How.HEADER),
        (2, b"6.6.6.6, 203.0.113.9, 172.16.0.1", "203.0.113.9", How.HEADER),
        (2, b"203.0.113.9", "192.0.2.1", How.TOO_FEW_HOPS),
        (2, b"203.0.113.9, garbage", "192.0.2.1", How.MALFORMED),
        (2, b"garbage, 203.0.113.9", "192.0.2.1", How.MALFORMED),
        (2, b"203.0.113.9, unknown", "192.0.2.1", How.HIDDEN),
        (3, b"unknown, 172.16.0.2, 172.16.0.1", "192.0.2.1", How.HIDDEN),
        (1, None, "192.0.2.1", How.NO_HEADER),
    ],
)
def test_a_number_of_hops_is_counted_from_the_right(hops, value, address, how):
    """Exactly as many as there are proxies; with fewer or broken ones the peer stands in."""
    assert _found(_rule(trust=Trust(hops=hops)).resolve("192.0.2.1", value)) == (address, how)


@pytest.mark.parametrize(
    ("value", "address", "how"),
    [
        (b"for=203.0.113.9", "203.0.113.9", How.HEADER),
        (b'For="[2001:db8:cafe::17]:4711"', "2001:db8:cafe::17", How.HEADER),
        (b'for="203.0.113.9:_port"', "203.0.113.9", How.HEADER),
        (b'for="[2001:db8::9]:_port"', "2001:db8::9", How.HEADER),
        (b"for=6.6.6.6, for=203.0.113.9;proto=https, for=10.1.1.1", "203.0.113.9", How.HEADER),
        (b'for=6.6.6.6;by=", for=203.0.113.9', "203.0.113.9", How.HEADER),
        (b'for=6.6.6.6;by=", for="203.0.113.9"', "203.0.113.9", How.HEADER),
        (b'for=203.0.113.9;by="b\xfcro"', "203.0.113.9", How.HEADER),
        ('for=6.6.6.6;by="büro, for=203.0.113.9'.encode(), "203.0.113.9", How.HEADER),
        (b"for=203.0.113.9, proto=https", PROXY, How.MALFORMED),
        (b"for=203.0.113.9, for=", PROXY, How.MALFORMED),
        (b'for=203.0.113.9, for=""', PROXY, How.MALFORMED),
        (b"for=203.0.113.9, for=1;for=2", PROXY, How.MALFORMED),
        (b"for=203.0.113.9, for=unknown", PROXY, How.HIDDEN),
        (b"for=203.0.113.9, for=_hidden, for=10.1.1.1", "10.1.1.1", How.HIDDEN),
        (b"for=10.2.2.2", "10.2.2.2", How.ALL_TRUSTED),
        (b"garbage", PROXY, How.MALFORMED),
    ],
)
def test_forwarded_is_followed_from_the_right(value, address, how):
    """RFC 7239, and nobody swallows what a proxy appends by opening a quote."""
    assert _found(_rule("Forwarded").resolve(PROXY, value)) == (address, how)


@pytest.mark.parametrize(
    ("peer", "value", "address", "how"),
    [
        (PROXY, b"203.0.113.9", "203.0.113.9", How.HEADER),
        (PROXY, b" [2001:db8::9]:1 ", "2001:db8::9", How.HEADER),
        (PROXY, b"203.0.113.9, 203.0.113.9", PROXY, How.MALFORMED),
        (PROXY, b"0.0.0.0", PROXY, How.MALFORMED),
        (PROXY, b"nope", PROXY, How.MALFORMED),
        (PROXY, None, PROXY, How.NO_HEADER),
        ("203.0.113.66", b"203.0.113.9", "203.0.113.66", How.UNTRUSTED),
    ],
)
@pytest.mark.parametrize("header", ["CF-Connecting-IP", "Fly-Client-IP", "X-Real-IP"])
def test_a_single_value_counts_from_a_trusted_peer_only(header, peer, value, address, how):
    """Repeated lines arrive joined by a comma and are refused."""
    assert _found(_rule(header).resolve(peer, value)) == (address, how)


@pytest.mark.parametrize(
    ("peer", "address", "how"),
    [
        ("203.0.113.9", "203.0.113.9", How.PEER),
        ("::ffff:203.0.113.9", "203.0.113.9", How.PEER),
        ("fe80::1%eth0", "fe80::1", How.PEER),
        ("0.0.0.0", None, How.NO_PEER),
        ("", None, How.NO_PEER),
        (None, None, How.NO_PEER),
        ("testclient", None, How.NO_PEER),
    ],
)
def test_the_scope_is_taken_at_its_word(peer, address, how):
    """By default the server resolves, and no header is read."""
    assert _found(ClientRule().resolve(peer, b"6.6.6.6")) == (address, how)


def test_a_trusted_unix_socket_may_name_the_client():
    """Only when configured; with nothing named there is nobody."""
    rule = _rule(trust=Trust(["10.0.0.0/8"], unix_socket=True))
    peers = (None, "", "unix:", "/run/app.sock", "@app")
    assert {_found(rule.resolve(peer, b"203.0.113.9")) for peer in peers} == {
        ("203.0.113.9", How.HEADER)
    }
    assert _found(rule.resolve(None, None)) == (None, How.NO_HEADER)
    assert _found(rule.resolve("", b"x")) == (None, How.MALFORMED)


def test_operators_nat64_prefixes_are_unwrapped():
    """In whatever way the address was found."""
    prefix = Nat64Prefix.parse("2001:db8:122::/48")
    rule = _rule(nat64=(prefix,))
    expected = ("192.0.2.33", How.HEADER)
    assert _found(rule.resolve(PROXY, b"2001:db8:122:c000:2:2100::")) == expected
    assert _found(rule.resolve(PROXY, b"2001:db8:122:c000:2:2100::, 10.1.1.1")) == expected
    scope = ClientRule(nat64=(prefix,)).resolve("2001:db8:122:c000:2:2100::", None)
    assert _found(scope) == ("192.0.2.33", How.PEER)


def test_a_long_chain_ends_the_walk():
    """More hops than any chain has, or more bytes, are hostile."""
    rule = _rule()
    many = b"203.0.113.9" + b", 10.1.1.1" * 100
    wide = b"203.0.113.9" + b" " * 3000 + b", 10.1.1.1"
    assert _found(rule.resolve(PROXY, many)) == ("10.1.1.1", How.MALFORMED)
    assert _found(rule.resolve(PROXY, wide)) == ("10.1.1.1", How.MALFORMED)


def test_which_answers_name_the_client():
    """The others name a proxy or nobody, so that the place is unknown."""
    assert {how for how in How if how.names_client} == {
        How.PEER,
        How.UNTRUSTED,
        How.HEADER,
        How.ALL_TRUSTED,
    }


def test_an_answer_does_not_print_the_address():
    """Its representation says how it was found."""
    assert repr(_rule().resolve(PROXY, b"203.0.113.9")) == "<Resolved header>"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"source": "leftmost"}, "PK116"),
        ({"source": "headers"}, "PK109"),
        ({"source": "headers", "header": "", "trust": NETWORKS}, "PK115"),
        ({"source": "headers", "header": "X Real IP", "trust": NETWORKS}, "PK115"),
        ({"source": "headers", "header": "X-Réal-IP", "trust": NETWORKS}, "PK115"),
    ],
)
def test_a_wrong_rule_stops_the_start(arguments, problem):
    """With the id of what is wrong."""
    with pytest.raises(ConfigurationError, match=problem):
        ClientRule(**arguments)


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        ({"networks": ["nonsense", "10.0.0.0/8", "10.0.0.0/33"]}, ["PK106", "PK106"]),
        ({"networks": ["10.0.0.0/-1", "::ffff:0:0/90", "10.0.0.0/x"]}, ["PK106"] * 3),
        ({"networks": ["0.0.0.0/0", "::/0", "*", "::ffff:0:0/96"]}, ["PK107"] * 4),
        ({"networks": ["10.0.0.0/8"], "hops": 1}, ["PK109"]),
        ({"hops": -1}, ["PK109"]),
        ({"hops": 65}, ["PK109"]),
    ],
)
def test_wrong_trust_stops_the_start_with_every_problem(arguments, problems):
    """All of them at once, and the texts are not quoted."""
    with pytest.raises(ConfigurationError) as failure:
        Trust(**arguments)
    assert [problem.id for problem in failure.value.problems] == problems
    assert "nonsense" not in str(failure.value)


def test_host_bits_and_mapped_networks_are_understood():
    """A proxy's own address with a length names its network."""
    trust = Trust(["::ffff:a00:2/122", "2001:db8::5/64", " 192.0.2.1 "])
    inside = [bytes((10, 0, 0, 63)), bytes((192, 0, 2, 1)), b"\x20\x01\x0d\xb8" + bytes(12)]
    outside = [bytes((10, 0, 0, 64)), bytes((192, 0, 2, 2)), b"\x20\x01\x0d\xb9" + bytes(12)]
    assert [trust.contains(packed) for packed in inside + outside] == [True] * 3 + [False] * 3


def test_only_trusted_peers_are_remembered_and_only_so_many():
    """A visitor's address is never a key of ours."""
    trust = Trust(["10.0.0.0/8"])
    for peer in ("203.0.113.9", "nonsense", None):
        assert not trust.believes(peer)
    remembered = trust._peers
    assert remembered == set()
    for host in range(MEMO_LIMIT + 50):
        assert trust.believes(f"10.0.{host // 256}.{host % 256}")
    assert len(remembered) == MEMO_LIMIT


PSEUDO = ["240.1.2.3", "247.0.0.1", "255.254.253.252"]


@pytest.mark.parametrize("pseudo", PSEUDO)
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("CF-Connecting-IP", "{}"),
        ("True-Client-IP", "{}"),
        ("X-Forwarded-For", "6.6.6.6, {}"),
        ("X-Forwarded-For", "{}, 10.1.1.1"),
        ("Forwarded", "for={}"),
    ],
)
def test_behind_an_address_that_cloudflare_made_up_stands_the_real_one(header, value, pseudo):
    """What "Pseudo IPv4" overwrites is in CF-Connecting-IPv6, in resolver and finder alike."""
    rule, said = _rule(header), value.format(pseudo).encode()
    assert _found(rule.resolve(PROXY, said, b"2001:db8::9")) == ("2001:db8::9", How.HEADER)
    find = rule.finder()
    for _ in range(2):
        assert to_text(find((PROXY, 51234), said, b"2001:db8::9")[0]) == "2001:db8::9"


@pytest.mark.parametrize(
    ("peer", "value", "ipv6", "address"),
    [
        (PROXY, b"203.0.113.9", b"2001:db8::9", "203.0.113.9"),
        (PROXY, b"2001:db8::1", b"2001:db8::9", "2001:db8::1"),
        (PROXY, b"255.255.255.255", b"2001:db8::9", "255.255.255.255"),
        (PROXY, b"240.1.2.3", None, "240.1.2.3"),
        (PROXY, b"240.1.2.3", b"", "240.1.2.3"),
        (PROXY, b"240.1.2.3", b"::", "240.1.2.3"),
        (PROXY, b"240.1.2.3", b"203.0.113.9", "240.1.2.3"),
        (PROXY, b"240.1.2.3", b"::ffff:203.0.113.9", "240.1.2.3"),
        (PROXY, b"240.1.2.3", b"2001:db8::9, 2001:db8::8", "240.1.2.3"),
        ("203.0.113.66", b"240.1.2.3", b"2001:db8::9", "203.0.113.66"),
        (PROXY, None, b"2001:db8::9", PROXY),
    ],
)
def test_nobody_else_is_believed_about_his_ipv6_address(peer, value, ipv6, address):
    """It counts beside a made-up address that a trusted proxy named, one whole address, or not."""
    resolved = _rule("CF-Connecting-IP").resolve(peer, value, ipv6)
    assert _found(resolved)[0] == address
