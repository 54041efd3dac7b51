"""Explaining an address, and noticing a proxy that is not configured."""

from __future__ import annotations

import pytest

from privacykit.collect.address.client_ip import ClientRule, How, Resolved
from privacykit.collect.address.explain import ProxyCheck, explain_client
from privacykit.collect.address.trust import Trust
from privacykit.pseudonym.addresses.address import to_text

NETWORKS = ClientRule("headers", "X-Forwarded-For", Trust(["10.0.0.0/8"]))
PRIVATE = Resolved(bytes((172, 17, 0, 1)), How.UNTRUSTED)
PUBLIC = Resolved(bytes((203, 0, 113, 9)), How.HEADER)


def test_each_hop_is_said_in_words():
    """From the right, and the address comes weakened."""
    resolved, lines = explain_client(NETWORKS, "10.0.0.1", b"6.6.6.6, 203.0.113.9, 10.1.1.1")
    assert resolved.how is How.HEADER
    assert lines == [
        "the peer is trusted: x-forwarded-for is read from the right",
        "hop 1: one of our proxies; go on to the left",
        "hop 2: the client",
        "a trusted proxy named the client",
        "address: IPv4, documentation, in 203.0.113.0/24",
    ]


@pytest.mark.parametrize(
    ("rule", "peer", "value", "first", "last"),
    [
        (
            ClientRule(),
            "2001:db8::1",
            b"6.6.6.6",
            'source is "scope": no header is read',
            "address: IPv6, documentation, in 2001:db8::/48",
        ),
        (
            NETWORKS,
            "172.17.0.1",
            b"6.6.6.6",
            "the peer is not trusted: x-forwarded-for is not read",
            "address: IPv4, private, in 172.17.0.0/24 (a proxy in front is not configured)",
        ),
        (
            NETWORKS,
            "10.0.0.1",
            None,
            "the peer is trusted; there is no x-forwarded-for",
            "address: IPv4, private, in 10.0.0.0/24 (a proxy in front is not configured)",
        ),
        (
            NETWORKS,
            None,
            None,
            "the peer is not trusted: x-forwarded-for is not read",
            "address: none",
        ),
    ],
)
def test_an_answer_without_hops_is_said_in_words(rule, peer, value, first, last):
    """What was read, and what came of it."""
    _, lines = explain_client(rule, peer, value)
    assert (lines[0], lines[-1]) == (first, last)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"unknown", "obfuscated"),
        (b"garbage", "not an address"),
        (b"10.1.1.1", "every hop is ours"),
    ],
)
def test_why_a_walk_ended_is_said(value, words):
    """Each way to end has its sentence."""
    _, lines = explain_client(NETWORKS, "10.0.0.1", value)
    assert words in " ".join(lines)


@pytest.mark.parametrize("header", ["Forwarded", "CF-Connecting-IP"])
def test_the_other_headers_are_explained_too(header):
    """By the same words."""
    rule = ClientRule("headers", header, Trust(hops=1))
    value = b"for=203.0.113.9" if header == "Forwarded" else b"203.0.113.9"
    assert "hop 1: the client" in explain_client(rule, "10.0.0.1", value)[1]


def test_one_private_address_for_everybody_is_noticed_once():
    """The line names the kind of address and what to look at, never the address."""
    check = ProxyCheck(after=3)
    said = [check.add(PRIVATE) for _ in range(5)]
    assert said == [
        None,
        None,
        (
            "the first 3 clients have one private address: "
            "a proxy in front is not named in [client_ip]"
        ),
        None,
        None,
    ]
    assert check.settled


@pytest.mark.parametrize(
    "other", [PUBLIC, Resolved(bytes((172, 17, 0, 2)), How.UNTRUSTED)], ids=["public", "private"]
)
def test_a_second_address_settles_the_suspicion(other):
    """Two clients are no misconfigured proxy."""
    check = ProxyCheck(after=3)
    assert [check.add(each) for each in (PRIVATE, other, PRIVATE, PRIVATE, PRIVATE)] == [None] * 5


def test_a_first_public_address_settles_the_suspicion():
    """And requests without any address say nothing either way."""
    check = ProxyCheck(after=1)
    nobody = Resolved(None, How.NO_PEER)
    assert (check.add(nobody), check.settled) == (None, False)
    assert (check.add(PUBLIC), check.settled) == (None, True)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (How.NO_HEADER, "does not send"),
        (How.HIDDEN, "hides"),
        (How.MALFORMED, "no address"),
        (How.TOO_FEW_HOPS, "fewer proxies"),
        (How.HEADER, "another proxy"),
        (How.PEER, "not named"),
    ],
)
def test_the_warning_says_where_to_look(how, words):
    """The way the address was found points at what is wrong."""
    assert words in ProxyCheck(after=1).add(Resolved(bytes((10, 0, 0, 1)), how))


def test_a_made_up_address_is_explained():
    """Where Cloudflare's pseudo IPv4 stands for somebody, the explanation says whose it gives."""
    rule = ClientRule("headers", "CF-Connecting-IP", Trust(["10.0.0.0/8"]))
    resolved, lines = explain_client(rule, "10.0.0.1", b"240.1.2.3", b"2001:db8::9")
    assert (to_text(resolved.packed), lines[-1]) == (
        "2001:db8::9",
        "address: IPv6, documentation, in 2001:db8::/48",
    )
    assert "CF-Connecting-IPv6" in lines[-2]
