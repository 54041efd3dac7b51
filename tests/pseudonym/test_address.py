"""Reading addresses: the normalisation order, the embeddings, the published texts."""

from __future__ import annotations

import json
import pickle
from ipaddress import IPv6Address
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.errors import ConfigurationError
from privacykit.pseudonym.addresses.address import (
    Nat64Prefix,
    RawAddress,
    is_isatap,
    pack,
    parse,
    text_without_zeros,
    to_text,
    unwrap,
    unwrap_isatap,
)

VECTORS = json.loads(
    (Path(__file__).parents[1] / "vectors/ip/ip_text_and_special.json").read_text()
)
V4 = inet_pton(AF_INET, "192.0.2.33")


def _bytes(text: str) -> bytes:
    return inet_pton(AF_INET6 if ":" in text else AF_INET, text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("192.0.2.33", "192.0.2.33"),
        (" 192.0.2.33\t", "192.0.2.33"),
        ("192.0.2.33:8080", "192.0.2.33"),
        ("192.0.2.33:65535", "192.0.2.33"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1:443", "2001:db8::1:443"),
        ("2001:DB8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("fe80::1%25eth0", "fe80::1"),
        ("[fe80::1%eth0]:9999", "fe80::1"),
        ("::ffff:192.0.2.33", "192.0.2.33"),
        ("::ffff:c000:221", "192.0.2.33"),
        ("[::ffff:192.0.2.33]:80", "192.0.2.33"),
        ("64:ff9b::192.0.2.33", "192.0.2.33"),
        ("2002:c000:221::1", "192.0.2.33"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45"),
        ("::192.0.2.33", "::192.0.2.33"),
        ("::1", "::1"),
        ("::", "::"),
        ("2002::", "2002::"),
        ("2001::", "2001::"),
        ("2001:0:1::ffff:ffff", "2001:0:1::ffff:ffff"),
        ("2002:0:0:1::", "2002:0:0:1::"),
        ("64:ff9b::", "64:ff9b::"),
        ("64:ff9b:1::192.0.2.33", "64:ff9b:1::192.0.2.33"),
        ("2001:db8::5efe:192.0.2.33", "2001:db8::5efe:192.0.2.33"),
    ],
)
def test_an_address_is_read_whole(text, plain):
    """Ports, brackets and zones go; mapped and routed embeddings become IPv4; nothing else does."""
    assert pack(text) == _bytes(plain)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x" * 65,
        "192.0.2.33" + " " * 60,
        "010.1.2.3",
        "0x7f.1",
        "2130706433",
        "1.2.3",
        "1.2.3.4/24",
        "2001:db8::/32",
        "1.2.3.4\0",
        "1.2.3.4\n",
        "1.2.3.4,5.6.7.8",
        "\uff11.2.3.4",
        "1.2.3.\u0664",
        "\ud800",
        "1.2.3.4:",
        "1.2.3.4:65536",
        "1.2.3.4:123456",
        "1.2.3.4:x",
        "1.2.3.4%eth0",
        "[1.2.3.4]",
        "[2001:db8::1",
        "[2001:db8::1]x",
        "[2001:db8::1]:",
        "2001:db8::1]",
        "1:2:3:4:5:6:7:8:443",
        "fe80::1%",
        "fe80::1%a/24",
        "fe80::1%a%b",
        "unknown",
        "_hidden",
    ],
)
def test_what_is_no_address_is_nothing(text):
    """Anything but one address gives None, never the text."""
    assert (pack(text), parse(text)) == (None, None)


@pytest.mark.parametrize("value", [None, 16909060, b"1.2.3.4", ["1.2.3.4"]])
def test_what_is_no_text_is_nothing(value):
    """Integers and bytes are not passed on: `ip_address(b"1234")` would be an address."""
    assert pack(value) is None


@pytest.mark.parametrize("text", VECTORS["invalid_v4"] + VECTORS["invalid_v6"])
def test_published_invalid_texts_are_refused(text):
    """CPython's own list of invalid addresses, with and without zones."""
    assert pack(text) is None


@pytest.mark.parametrize("case", VECTORS["canonical"], ids=lambda case: case["input"])
def test_published_canonical_texts(case):
    """Text is written as RFC 5952 asks, on every C library."""
    assert to_text(_bytes(case["input"])) == case["expected"]


@pytest.mark.parametrize(
    "text", ["::", "::1", "::1:0", "::ffff:1.2.3.4", "1.2.3.4", "::1:0:0", "fe80::1", "1::"]
)
def test_canonical_text_is_kept(text):
    """What is canonical already comes back letter by letter."""
    assert to_text(_bytes(text)) == text


@given(
    st.lists(
        st.sampled_from([0, 1, 0x10, 0x100, 0x1000, 0xFFFF, 0xAB, 0xABC]), min_size=8, max_size=8
    )
)
def test_groups_are_written_without_leading_zeros(groups):
    """Every mixture of short, long and empty groups is spelled as the standard library does."""
    packed = b"".join(group.to_bytes(2) for group in groups)
    plain = str(IPv6Address(packed))
    assert text_without_zeros(packed) in {plain, ""}
    assert to_text(packed) == plain or not any(groups[:5])


@pytest.mark.parametrize("case", VECTORS["embedded"], ids=lambda case: case["ip"])
def test_published_embeddings(case):
    """An embedded IPv4 address is found where the standard puts it, and nowhere else."""
    packed = _bytes(case["ip"])
    if case["kind"] == "teredo_server":
        assert to_text(packed[4:8]) == case["expected"]
        assert len(unwrap(packed)) == 4
    else:
        found = unwrap(packed)
        assert (to_text(found) if len(found) == 4 else None) == case["expected"]


@pytest.mark.parametrize("case", VECTORS["nat64"], ids=lambda case: case["prefix"])
def test_published_nat64_layouts(case):
    """RFC 6052 section 2.4: IPv4 is found around the u-octet in every layout."""
    prefix = Nat64Prefix.parse(case["prefix"])
    assert to_text(pack(case["expected"], nat64=(prefix,))) == case["v4"]


@pytest.mark.parametrize("bits", [40, 56])
def test_the_other_nat64_layouts(bits):
    """The two lengths of RFC 6052 that have no published case, from its text."""
    prefix = Nat64Prefix.parse(f"2001:db8:122:344::/{bits}" if bits == 64 else f"2001:db8::/{bits}")
    raw = bytearray(16)
    raw[: bits // 8] = prefix.head
    for at, byte in zip(prefix.where, V4, strict=True):
        raw[at] = byte
    assert (pack(to_text(bytes(raw)), nat64=(prefix,)), 8 in prefix.where) == (V4, False)


def test_an_address_outside_the_nat64_prefix_is_left():
    """Another network, a u-octet that is set, or nothing but zeros is no translated address."""
    prefix = Nat64Prefix.parse("2001:db8::/32")
    texts = ("2001:db9:c000:221::", "2001:db8:c000:221:100::", "2001:db8::")
    assert [to_text(pack(text, nat64=(prefix,))) for text in texts] == list(texts)


@pytest.mark.parametrize(
    "text", ["", "2001:db8::", "2001:db8::/33", "2001:db8::1/32", "10.0.0.0/8", "2001:db8::/x"]
)
def test_a_wrong_nat64_prefix_is_refused(text):
    """RFC 6052 has six lengths; host bits or IPv4 are mistakes."""
    with pytest.raises(ConfigurationError, match="PK108"):
        Nat64Prefix.parse(text)


def test_trust_does_not_look_inside_an_address():
    """Only mapped addresses are unwrapped where trust is decided."""
    texts = ("::ffff:10.0.0.1", "[::ffff:10.0.0.1]:80", "2002:a00:1::", "64:ff9b::a00:1")
    assert [len(parse(text)) for text in texts] == [4, 4, 16, 16]
    assert len(parse("::ffff:10.0.0.1", unmap=False)) == 16


@pytest.mark.parametrize("u", ["", "200:"])
def test_isatap_is_unwrapped_only_on_request(u):
    """The identifier is the host's own choice, so live requests never follow it."""
    packed = _bytes(f"2001:db8:1:2:{u or '0:'}5efe:192.0.2.33")
    assert is_isatap(packed)
    assert (unwrap(packed), unwrap_isatap(packed)) == (packed, V4)


def test_isatap_is_not_seen_in_others():
    """IPv4 and ordinary IPv6 come back as they are."""
    plain = _bytes("2001:db8::1")
    assert (unwrap_isatap(plain), unwrap_isatap(V4), unwrap(V4)) == (plain, V4, V4)


def test_a_raw_address_does_not_print():
    """Every way of making text of it says the same, and pickling is refused."""
    raw = RawAddress(V4)
    assert {repr(raw), str(raw), f"{raw}", f"{raw:>40}", f"{[raw]}"[1:-1]} == {"<address>"}
    with pytest.raises(TypeError, match="never written down"):
        pickle.dumps(raw)


def test_raw_addresses_compare_by_their_bytes():
    """Equal bytes are equal addresses; nothing else equals one."""
    assert len({RawAddress(V4), RawAddress(V4), RawAddress(bytes(4))}) == 2
    assert RawAddress(V4) != V4
