"""Each treatment gives less, never its input, and given its own result nothing changes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.govern.datamap.schema import Column
from privacykit.logs.addresses import truncate_logged
from privacykit.operate.anonymise.treatments import StoredTreatments, is_device
from privacykit.pseudonym.texts.decoding import decode
from privacykit.pseudonym.texts.detectors import find

MADE = StoredTreatments(truncate_logged, frozenset({"page"}), b"k" * 32)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/120.0.0.0 Safari/537.36"
)


def _of(treatment, **column):
    return MADE.of(treatment, Column("field", **column))


@pytest.mark.parametrize(
    ("treatment", "column", "value", "left"),
    [
        ("address", {}, "203.0.113.9", "203.0.0.0"),
        ("address", {}, "2001:db8:1:2:3::4", "2001:db8:1::"),
        ("address", {}, "::ffff:203.0.113.9", "203.0.0.0"),
        ("address", {}, "203.0.113.9, 10.1.2.3", "203.0.0.0, 10.1.0.0"),
        ("address", {}, "203.0.113.9:4711", "203.0.0.0:0"),
        ("address", {}, "Anna", None),
        ("address", {}, "203.0.113.9/32", "203.0.0.0"),
        ("address", {"nullable": False}, "Anna", ""),
        ("address", {"kind": "int"}, int(IPv4Address("203.0.113.9")), int(IPv4Address("203.0.0.0"))),
        ("address", {"kind": "int"}, -1, None),
        ("address", {"kind": "bytes"}, bytes([203, 0, 113, 9]), bytes([203, 0, 0, 0])),
        ("address", {"kind": "bytes"}, bytes(10) + b"\xff\xff" + bytes([203, 0, 113, 9]),
         bytes(10) + b"\xff\xff" + bytes([203, 0, 0, 0])),
        ("address", {"kind": "bytes"}, b"Anna B", None),
        ("address", {"kind": "other"}, IPv4Interface("203.0.113.9/32"), "203.0.0.0"),
        ("address", {"kind": "other"}, IPv4Address("203.0.0.0"), IPv4Address("203.0.0.0")),
        ("address", {"kind": "json"}, ["203.0.113.9", "x"], ["203.0.0.0", None]),
        ("url", {}, "https://shop.example/cart?page=2&email=a@b.example#x",
         "https://shop.example/cart?page=2"),
        ("url", {}, "/users/anna?page=2", "/users/[id]?page=2"),
        ("url", {}, "?page=2&q=anna", "?page=2"),
        ("url", {}, "?q=anna", None),
        ("url", {}, "GET /reset/8f3a9b2c7d HTTP/1.1", "GET /reset/[token] HTTP/1.1"),
        ("url", {}, "what Anna looked for", None),
        ("url", {}, "http://203.0.113.9/x", None),
        ("user_agent", {}, CHROME, "desktop/Windows/Chrome 120"),
        ("user_agent", {"length": 12}, CHROME, "desktop"),
        ("user_agent", {}, "curl/8.5.0 of Anna", "bot/Other/curl 8"),
        ("id", {}, "visitor-7", None),
        ("id", {"length": 8}, "visitor-7", None),
        ("text", {}, "write to a@b.example", "write to [email]"),
        ("text", {}, "all is well", "all is well"),
        ("text", {}, "so " * 5000 + "a@b.example", "so " * 5000 + "[email]"),
        ("text", {"kind": "json"}, {"to": "a@b.example", "n": [1, 4915112345678, True]},
         {"to": "[email]", "n": [1, None, True]}),
        ("drop", {}, "anything", None),
        ("drop", {"nullable": False, "kind": "int"}, 7, 0),
    ],
)  # fmt: skip
def test_what_is_left_of_a_value(treatment, column, value, left):
    """As the live path leaves it; what cannot be read as what it should be becomes nothing."""
    if treatment == "id" and not column:
        assert _of("id")(value).startswith("pk-")
    else:
        assert _of(treatment, **column)(value) == left


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["address", "url", "user_agent", "id", "text", "drop"]),
    st.text(max_size=200) | st.ip_addresses().map(str) | st.emails() | st.just(CHROME),
    st.booleans(),
)
def test_a_treated_value_is_not_changed_again(treatment, value, nullable):
    """A run that was killed is run again."""
    treat = _of(treatment, nullable=nullable)
    once = treat(value)
    assert treat(once) == once
    assert MADE.of(treatment, Column("field", nullable=nullable))(once) == once


@settings(max_examples=40, deadline=None)
@given(st.emails(), st.sampled_from(["/cart?to={}", "https://x.example/{}", "write to {}"]))
def test_no_detector_finds_anything_afterwards(email, around):
    """By the detectors that the live path uses, on what is written once its encodings are undone."""
    for treatment in ("url", "text"):
        left = _of(treatment)(around.format(email)) or ""
        assert find(decode(left) or "") == []


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("desktop/Windows/Chrome 120", True),
        ("bot/Other/Other", True),
        ("mobile", True),
        ("desktop/Anna/Chrome", False),
        ("desktop/Windows/Anna 1", False),
        (CHROME, False),
    ],
)
def test_what_a_class_of_device_looks_like(text, is_one):
    """Nothing but words of closed lists."""
    assert is_device(text) == is_one
