"""Truncation at every number of bits, beside what Python's own ``ipaddress`` says of the network."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from privacykit.pseudonym.addresses.address import pack
from privacykit.pseudonym.addresses.ip import Truncate

ONES_V4 = "255.255.255.255"
ONES_V6 = "2a0f:ffff:ffff:ffff:ffff:ffff:ffff:ffff"


def _network(address: str, bits: int) -> str:
    return str(ip_network((address, bits), strict=False).network_address)


@pytest.mark.parametrize("ipv6_bits", [47, 48], ids=["beside odd bits", "beside whole bytes"])
@pytest.mark.parametrize("bits", range(33))
def test_every_number_of_ipv4_bits_keeps_exactly_those(bits, ipv6_bits):
    """No way, packed or as text, keeps a bit more or fewer; the other version's bits do not matter."""
    truncate = Truncate(bits, ipv6_bits)
    expected = _network(ONES_V4, bits)
    assert (truncate.weaken(pack(ONES_V4)), truncate.text(ONES_V4)) == (expected, expected)


@pytest.mark.parametrize("ipv4_bits", [23, 24], ids=["beside odd bits", "beside whole octets"])
@pytest.mark.parametrize("bits", range(129))
def test_every_number_of_ipv6_bits_keeps_exactly_those(bits, ipv4_bits):
    """The same for IPv6, beyond the /64 too."""
    truncate = Truncate(ipv4_bits, bits)
    expected = _network(ONES_V6, bits)
    assert (truncate.weaken(pack(ONES_V6)), truncate.text(ONES_V6)) == (expected, expected)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (Truncate(24, 48), Truncate(24, 48), True),
        (Truncate(24, 48), Truncate(23, 48), False),
        (Truncate(24, 48), Truncate(24, 47), False),
        (Truncate(24, 48), "Truncate(24, 48)", False),
    ],
    ids=["the same bits", "other bits of IPv4", "other bits of IPv6", "text that spells one"],
)
def test_a_truncation_equals_only_one_of_the_same_bits(one, other, equal):
    """Two are equal when they keep the same, and nothing else is equal to one."""
    assert (one == other) is equal
