"""Kinds of addresses: the published cases, and the edges of every range."""

from __future__ import annotations

import json
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton

import pytest

from privacykit.pseudonym.addresses.address import pack
from privacykit.pseudonym.addresses.special import AddressKind, classify

VECTORS = Path(__file__).parents[1] / "vectors/ip"
CASES = json.loads((VECTORS / "ip_text_and_special.json").read_text())["classify"]
PRIVATE = json.loads((VECTORS / "client_ip_realclientip.json").read_text())["is_private"]
PROPERTY = {
    "private": {AddressKind.PRIVATE},
    "global": {AddressKind.GLOBAL},
    "reserved": {AddressKind.RESERVED},
    "loopback": {AddressKind.LOOPBACK},
    "multicast": {AddressKind.MULTICAST},
    "link_local": {AddressKind.LINK_LOCAL},
    "site_local": {AddressKind.SITE_LOCAL},
    "unspecified": {AddressKind.UNSPECIFIED},
}


def _kind(text):
    return classify(inet_pton(AF_INET6 if ":" in text else AF_INET, text))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['ip']} {case['property']}")
def test_published_classifications(case):
    """CPython's cases, with one answer on every version."""
    assert (_kind(case["ip"]) in PROPERTY[case["property"]]) == case["expected"]


@pytest.mark.parametrize("case", PRIVATE, ids=lambda case: case["ip"])
def test_published_private_addresses(case):
    """What a visitor can't have is not global; text that is no address has no kind."""
    packed = pack(case["ip"])
    found = packed is not None and classify(packed) is not AddressKind.GLOBAL
    assert found == case["expected"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("9.255.255.255", AddressKind.GLOBAL),
        ("10.0.0.0", AddressKind.PRIVATE),
        ("10.255.255.255", AddressKind.PRIVATE),
        ("11.0.0.0", AddressKind.GLOBAL),
        ("100.63.255.255", AddressKind.GLOBAL),
        ("100.64.0.0", AddressKind.SHARED),
        ("100.127.255.255", AddressKind.SHARED),
        ("172.15.255.255", AddressKind.GLOBAL),
        ("172.31.255.255", AddressKind.PRIVATE),
        ("192.0.0.8", AddressKind.RESERVED),
        ("192.0.0.9", AddressKind.GLOBAL),
        ("192.0.0.255", AddressKind.RESERVED),
        ("0.0.0.1", AddressKind.RESERVED),
        ("255.255.255.255", AddressKind.RESERVED),
        ("203.0.113.9", AddressKind.DOCUMENTATION),
        ("::2", AddressKind.RESERVED),
        ("64:ff9b::10.0.0.1", AddressKind.PRIVATE),
        ("64:ff9b::8.8.8.8", AddressKind.GLOBAL),
        ("64:ff9b:1::8.8.8.8", AddressKind.RESERVED),
        ("2002:a00:1::1", AddressKind.PRIVATE),
        ("2002::", AddressKind.RESERVED),
        ("2001:2::1", AddressKind.BENCHMARK),
        ("2001:1ff:ffff::", AddressKind.RESERVED),
        ("2001:200::", AddressKind.GLOBAL),
        ("2001:db8::1", AddressKind.DOCUMENTATION),
        ("3fff:fff:ffff::", AddressKind.DOCUMENTATION),
        ("3fff:1000::", AddressKind.GLOBAL),
        ("4000::", AddressKind.RESERVED),
        ("5f00::1", AddressKind.RESERVED),
        ("fdff:ffff::", AddressKind.PRIVATE),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", AddressKind.MULTICAST),
    ],
)
def test_the_edges_of_ranges(text, kind):
    """First and last addresses, nested ranges, and embedded IPv4."""
    assert _kind(text) is kind


def test_internal_kinds_point_at_a_proxy():
    """A visitor can't have them; a shared or documentation address may be somebody's."""
    internal = {kind for kind in AddressKind if kind.internal}
    assert internal == {
        AddressKind.PRIVATE,
        AddressKind.LINK_LOCAL,
        AddressKind.SITE_LOCAL,
        AddressKind.LOOPBACK,
        AddressKind.UNSPECIFIED,
    }
