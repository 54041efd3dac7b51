"""
Known answers of the keyed hashes that tell visitors apart.

Each is BLAKE2b-128 over the message written beside it, computed outside of this project: whoever
changes an encoding makes every visitor of the day a new one, and must say so here.
"""

from __future__ import annotations

import pytest

from privacykit.pseudonym.visitor import DaySalt, consented_id, rate_key, visitor_id

SALT = bytes(range(32))
UA = b"\x07Firefox\x03145"
IPV4 = bytes.fromhex("c0000221")
IPV6 = bytes.fromhex("20010db800010002000a000b000c000d")


def _id(packed: bytes, extra: bytes = b"") -> str | None:
    salt = DaySalt(SALT, "shop", "2026-11-21", until=1_800_000_000.0)
    return visitor_id(salt, packed, UA, 1_799_999_999.0, extra)


@pytest.mark.parametrize(
    ("packed", "extra", "expected"),
    [
        # 0004 "shop" 000a "2026-11-21" 04 c0000221, class, 00; person "privacykit.v1"
        (IPV4, b"", "062d535f0392f4594d483fcf71b3b039"),
        # … 04 c0000221, class, "de" 02
        (IPV4, b"de", "018c59bcc839fa2a6f5a92f60f43cc9e"),
        # … 06 20010db800010002, class, 00
        (IPV6, b"", "2c0c350c06f28eab14977e09cac2ea96"),
        # … 06 20010db800010002, class, 100 times "x", 64
        (IPV6, b"x" * 100, "262c49eb89459c805189b6f20b87d98c"),
        (IPV6, b"x" * 101, "262c49eb89459c805189b6f20b87d98c"),
    ],
    ids=["ipv4", "ipv4 and extra", "ipv6", "the longest extra", "a longer extra"],
)
def test_a_daily_id_is_its_known_answer(packed, extra, expected):
    """IPv4 enters whole, IPv6 by its first 64 bits, each with its version before it."""
    assert _id(packed, extra) == expected


def test_a_consented_id_is_its_known_answer():
    """The record's id alone under the key; person "privacykit.cid"."""
    assert consented_id(SALT, "0b1f6c2e") == "c819a16dd8f24618d5edbaef5e22a1d7"


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        (IPV4, "1c3d075b24dcaac845b5bd081f9b8f50"),  # 04 c0000221
        (IPV6, "77db05b4b140d430ce331278f9c2602e"),  # 06 20010db800010002
    ],
    ids=["ipv4", "ipv6"],
)
def test_a_rate_key_is_its_known_answer(packed, expected):
    """Person "privacykit.rate"."""
    assert rate_key(SALT, packed) == expected


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ("20010db800010002ffffffffffffffff", True),
        ("20010db80001000200ffffffffffffff", True),
        ("20010db800010003000a000b000c000d", False),
        ("20010db800010000000a000b000c000d", False),
    ],
    ids=["another host", "only bits below the 72nd", "the last bit of the /64", "another subnet"],
)
def test_an_ipv6_visitor_is_its_slash_64(other, same):
    """What stays of a device within a network counts whole, and nothing beyond it."""
    assert (_id(bytes.fromhex(other)) == _id(IPV6)) is same


def test_a_salt_says_whose_it_is_and_until_when():
    """Site, day and midnight, whatever else it keeps to itself."""
    salt = DaySalt(SALT, "shop", "2026-11-21", until=1_800_000_000.0)
    assert (salt.site, salt.day, salt.until) == ("shop", "2026-11-21", 1_800_000_000.0)
