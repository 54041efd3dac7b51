"""Weakening: what each mode keeps."""

from __future__ import annotations

import hmac
import json
from pathlib import Path

import pytest

from privacykit.errors import ConfigurationError, KeyMaterialError
from privacykit.pseudonym.addresses.address import pack, to_text
from privacykit.pseudonym.addresses.ip import (
    MODES,
    PRESETS,
    Drop,
    Hash,
    Keep,
    ReverseTruncate,
    Truncate,
    Zero,
    method,
)
from privacykit.pseudonym.addresses.keyed import hmac_sha256
from privacykit.pseudonym.addresses.method import network

KEY = bytes(range(32))
MATOMO = json.loads((Path(__file__).parents[1] / "vectors/ip/matomo_ip.json").read_text())


@pytest.mark.parametrize(
    ("text", "bits", "expected"),
    [
        ("203.0.113.77", (24, 48), "203.0.113.0"),
        ("203.0.113.77", (16, 48), "203.0.0.0"),
        ("203.0.113.77", (20, 44), "203.0.112.0"),
        ("203.0.113.77", (32, 128), "203.0.113.77"),
        ("203.0.113.77", (0, 0), "0.0.0.0"),
        ("203.0.113.77", (1, 1), "128.0.0.0"),
        ("203.0.113.77", (24, 128), "203.0.113.0"),
        ("2001:db8:abcd:1234::1", (24, 48), "2001:db8:abcd::"),
        ("2001:db8:abcd:1234::1", (24, 44), "2001:db8:abc0::"),
        ("2001:db8:abcd:1234::1", (24, 128), "2001:db8:abcd:1234::1"),
        ("2001:db8:abcd:1234::1", (24, 0), "::"),
        ("2a00:1450:4001:81b::200e", (24, 48), "2a00:1450:4001::"),
        ("::1", (24, 48), "::"),
        ("::102:304", (24, 128), "::102:304"),
        ("::ffff:203.0.113.77", (24, 48), "203.0.113.0"),
        ("[2001:db8::1]:443", (24, 32), "2001:db8::"),
        ("2002:cb00:714d::1", (24, 48), "203.0.113.0"),
        ("64:ff9b::203.0.113.77", (24, 48), "203.0.113.0"),
        ("2001:db8::5efe:203.0.113.77", (24, 48), "2001:db8::"),
        ("2001:db8::5efe:203.0.113.77", (24, 128), "2001:db8::"),
        ("2001:db8::200:5efe:203.0.113.77", (24, 104), "2001:db8::"),
        ("fe80::1%eth0", (24, 64), "fe80::"),
        ("nonsense", (24, 48), None),
        ("nonsense", (16, 48), None),
        ("203.0.113.77:80", (24, 48), "203.0.113.0"),
        ("", (24, 48), None),
    ],
)
def test_truncation_keeps_the_leading_bits(text, bits, expected):
    """From text and from packed bytes alike; what is no address gives nothing."""
    method = Truncate(*bits)
    packed = pack(text)
    assert method.text(text) == expected
    assert (None if packed is None else method.weaken(packed)) == expected


@pytest.mark.parametrize("bits", [(-1, 48), (33, 48), (24, -1), (24, 129)])
def test_impossible_numbers_of_bits_are_refused(bits):
    """A mistyped width stops the start; it is not clamped."""
    with pytest.raises(ConfigurationError, match="PK101"):
        Truncate(*bits)


def test_bits_says_what_is_kept():
    """Events carry it beside the address."""
    v4, v6 = pack("192.0.2.1"), pack("2001:db8::1")
    methods = (Truncate(20, 44), Zero(), Drop())
    assert [(m.bits(v4), m.bits(v6)) for m in methods] == [(20, 44), (0, 0), (None, None)]


def test_zero_keeps_the_version_only():
    """For sinks that insist on an address."""
    assert [Zero().weaken(pack(text)) for text in ("192.0.2.1", "2001:db8::1")] == ["0.0.0.0", "::"]


def test_drop_leaves_nothing():
    """The event has no address at all."""
    assert Drop().weaken(pack("192.0.2.1")) is None


def test_truncations_of_the_same_bits_are_equal():
    """They can stand in frozen settings and keys."""
    assert {Truncate(), Truncate(24, 48), Truncate(16, 48)} == {Truncate(), Truncate(16, 48)}
    assert (Truncate() == "truncate", repr(Truncate())) == (False, "Truncate(24, 48)")


@pytest.mark.parametrize("case", MATOMO["anonymise"], ids=lambda c: f"{c['ip']}/{c['mask_bytes']}")
def test_published_matomo_masks(case):
    """Matomo's own table; a mapped address comes out as the IPv4 address it is."""
    preset = PRESETS.get(f"matomo-{case['mask_bytes']}", Truncate(32, 128))
    assert preset.text(case["ip"]) == to_text(pack(case["expected"]))


def test_the_presets_are_the_published_ones():
    """Bits kept of IPv4 and IPv6 by name."""
    kept = {name: (preset.ipv4_bits, preset.ipv6_bits) for name, preset in PRESETS.items()}
    assert kept == {
        "matomo-1": (24, 64),
        "matomo-2": (16, 48),
        "matomo-3": (8, 24),
        "matomo-4": (0, 0),
        "ga": (24, 48),
        "anonip": (20, 44),
        "cnil": (16, 48),
        "prebid": (24, 56),
        "strict": (16, 32),
    }


@pytest.mark.parametrize("bits", range(33))
def test_network_zeroes_exactly_the_rest(bits):
    """Every width of IPv4, against integer arithmetic."""
    whole = 0xC6336407
    expected = whole >> (32 - bits) << (32 - bits)
    assert int.from_bytes(network(whole.to_bytes(4, "big"), bits), "big") == expected


@pytest.mark.parametrize(
    ("text", "bits", "expected"),
    [
        ("203.0.113.77", (24, 48), "0.0.0.77"),
        ("203.0.113.77", (32, 48), "0.0.0.0"),
        ("203.0.113.77", (20, 48), "0.0.1.77"),
        ("2001:db8:abcd:1::5", (24, 48), "::1:0:0:0:5"),
        ("2001:db8:abcd:1::5", (24, 128), "::"),
    ],
)
def test_reverse_truncation_drops_the_network(text, bits, expected):
    """RFC 6235: the host part stays, which names nobody by itself."""
    mode = ReverseTruncate(*bits)
    assert (mode.weaken(pack(text)), mode.bits(pack(text))) == (expected, None)


@pytest.mark.parametrize("bits", [(0, 48), (7, 48), (24, 31), (33, 48)])
def test_reverse_truncation_must_drop_a_network(bits):
    """So few bits would keep the whole address."""
    with pytest.raises(ConfigurationError, match="PK101"):
        ReverseTruncate(*bits)


def test_keeping_needs_a_basis():
    """Without a recorded lawful basis the mode does not exist."""
    for basis in ("", "  "):
        with pytest.raises(ConfigurationError, match="PK103"):
            method("keep", basis=basis)
    mode = Keep("fraud prevention, GDPR Art. 6(1)(f)")
    packed = pack("2001:DB8::1")
    assert (mode.weaken(packed), mode.bits(packed)) == ("2001:db8::1", 128)


def test_a_hash_belongs_to_key_scope_and_version():
    """Another of any of them is another pseudonym; the same ones give the same."""
    packed = pack("192.0.2.1")
    hashes = [
        Hash(KEY).weaken(packed),
        Hash(KEY).weaken(packed),
        Hash(KEY[::-1]).weaken(packed),
        Hash(KEY, scope="shop/2026-11-21").weaken(packed),
        Hash(KEY, algorithm="hmac-sha256").weaken(packed),
        Hash(KEY).weaken(packed + bytes(12)),
    ]
    assert (len(set(hashes)), {len(digest) for digest in hashes}) == (5, {32})


def test_a_hash_sees_only_the_bits_that_count():
    """The IPv6 host part by default, more on request."""
    hosts = [pack(f"2001:db8::{host}") for host in range(1, 9)]
    neighbours = [pack(f"192.0.2.{host}") for host in range(1, 9)]
    assert len({Hash(KEY).weaken(packed) for packed in hosts}) == 1
    assert len({Hash(KEY).weaken(packed) for packed in neighbours}) == 8
    assert len({Hash(KEY, ipv4_bits=24).weaken(packed) for packed in neighbours}) == 1


def test_a_hash_has_no_bit_in_clear_and_says_how_long_it_lasts():
    """Events carry both."""
    durable = Hash(KEY, stability="key")
    assert (durable.bits(b""), durable.stability, Hash(KEY).stability) == (None, "key", "period")


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 500])
def test_the_fast_hmac_is_hmac(size):
    """Bit-identical for every length of message."""
    message = bytes(range(256)) * 2
    assert hmac_sha256(KEY)(message[:size]) == hmac.digest(KEY, message[:size], "sha256")


@pytest.mark.parametrize("key", [b"", b"short", bytes(32), bytes(range(65))])
def test_a_hash_key_that_protects_nothing_is_refused(key):
    """Too short, too long, or zeros."""
    with pytest.raises(KeyMaterialError, match="PK11"):
        Hash(key)


@pytest.mark.parametrize("name", MODES)
def test_every_mode_is_built_by_name(name):
    """The method carries the name it was asked by."""
    size = 16 if name in {"ipcrypt-deterministic", "ipcrypt-nd", "ipcrypt-legacy"} else 32
    mode = method(name, key=KEY[:size], basis="billing", randomness=lambda size: KEY[:size])
    assert mode.name == name
    assert mode.stability in {"stable", "key", "period", "none"}


def test_presets_are_built_by_name():
    """They are truncations; bits of one's own contradict them."""
    assert method("cnil") == Truncate(16, 48)
    with pytest.raises(ConfigurationError, match="PK102"):
        method("cnil", ipv4_bits=8)


def test_bits_reach_the_mode():
    """Both are taken, and either alone leaves the other at its default."""
    assert method("truncate", ipv4_bits=8) == Truncate(8, 48)
    assert method("truncate", ipv6_bits=32) == Truncate(24, 32)
    coarse = method("hash", key=KEY, ipv4_bits=8, ipv6_bits=32)
    assert coarse.weaken(pack("10.1.1.1")) == coarse.weaken(pack("10.2.2.2"))


def test_an_unknown_mode_is_refused():
    """With the list of those there are."""
    with pytest.raises(ConfigurationError, match=r"PK100.*ipcrypt-pfx.*cnil"):
        method("md5")
