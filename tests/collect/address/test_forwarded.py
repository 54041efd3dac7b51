"""Reading ``Forwarded``: what is an element, and where reading ends."""

from __future__ import annotations

import pytest

from privacykit.collect.address.forwarded import MAX_ELEMENTS, parse_element, parse_forwarded


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("for=192.0.2.1;;proto=https;", {"for": "192.0.2.1", "proto": "https"}),
        (' FOR="a\\"b" ; by=c ', {"for": 'a"b', "by": "c"}),
        ("for=[2001:db8::1]:80", {"for": "[2001:db8::1]:80"}),
        ('for=""', {"for": ""}),
        ("", None),
        (" ; ", None),
        ("for", None),
        ("for=", None),
        ("=a", None),
        ("for=a b", None),
        ('for="a', None),
        ('for="a"b', None),
        ("for=a;for=b", None),
        ('for="\x80"', {"for": "\x80"}),
        ('for=a;by="b\xfcro \xff"', {"for": "a", "by": "b\xfcro \xff"}),
        ('for=a;by="\\\xe9"', {"for": "a", "by": "\xe9"}),
        ("for=\x80", None),
        ("f\xfcr=a", None),
        ('for="\u0100"', None),
        ('for="\x7f"', None),
        ("for=a\x00", None),
    ],
)
def test_an_element_is_pairs_or_nothing(text, element):
    """Names in lower case, values without quotes; anything odd spoils the whole element."""
    assert parse_element(text) == element


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        ("for=a, for=b", [{"for": "a"}, {"for": "b"}]),
        ('for="a, for=b"', [{"for": "a, for=b"}]),
        ('for=a;by=", for=b, c"', [{"for": "a", "by": ", for=b, c"}]),
        ('for=x;by=", for=b', [None, {"for": "b"}]),
        ('for=x;by=", for="b"', [None, {"for": "b"}]),
        ("for=a, , for=b", [None, {"for": "b"}]),
        ("", [None]),
    ],
)
def test_a_quote_opened_on_the_left_swallows_nothing(value, elements):
    """What stands right of the damage is read, and nothing left of it."""
    assert parse_forwarded(value) == elements


@pytest.mark.parametrize(
    "value", [", ".join(["for=a"] * 200), "for=" + "a" * 5000, 'for="' + "a," * 4000]
)
def test_reading_is_bounded(value):
    """A hostile header costs no more than a long one, and ends as unreadable."""
    elements = parse_forwarded(value)
    assert (elements[0], len(elements) <= MAX_ELEMENTS + 1) == (None, True)
