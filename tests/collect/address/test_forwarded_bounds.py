"""Where reading ``Forwarded`` ends: at 2048 bytes, at 64 elements, and never in a cut element."""

from __future__ import annotations

import pytest

from privacykit.collect.address.client_ip import ClientRule, How
from privacykit.collect.address.forwarded import parse_element, parse_forwarded
from privacykit.collect.address.trust import Trust

CLIENT = "for=203.0.113.9"


def _padded(size: int) -> str:
    start = f"{CLIENT};by="
    return start + "a" * (size - len(start))


@pytest.mark.parametrize(("size", "read"), [(2047, True), (2048, True), (2049, False)])
def test_a_lone_element_is_read_up_to_its_bound(size, read):
    """One byte more and its beginning is not seen, so that nothing of it counts."""
    elements = parse_forwarded(_padded(size))
    assert [element and element["for"] for element in elements] == ["203.0.113.9" if read else None]


def test_a_cut_element_is_not_taken_for_a_whole_one():
    """What is left of a longer name looks like an element and is none."""
    assert parse_forwarded("x" * 3000 + f"=a;{CLIENT}") == [None]


def test_whole_elements_right_of_a_cut_one_are_read():
    """Ours stand on the right."""
    assert parse_forwarded("x" * 3000 + f"=a, {CLIENT}, for=b") == [
        None,
        {"for": "203.0.113.9"},
        {"for": "b"},
    ]


@pytest.mark.parametrize(
    "value",
    [f",{CLIENT}", f" , {CLIENT}", "x" * 100 + "," + _padded(2047)],
    ids=["nothing", "white space", "what is cut off at the comma"],
)
def test_what_stands_right_of_a_comma_is_whole(value):
    """Left of it is one unreadable element, even if it is empty."""
    elements = parse_forwarded(value)
    assert [element and element["for"] for element in elements] == [None, "203.0.113.9"]


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 200])
def test_sixty_four_elements_are_read(count):
    """The rest is one unreadable element, whatever it holds."""
    elements = parse_forwarded(", ".join(["for=a"] * count))
    read = [{"for": "a"}] * min(count, 64)
    assert elements == ([None, *read] if count > 64 else read)


@pytest.mark.parametrize(("commas", "read"), [(0, True), (62, True), (63, True), (64, False)])
def test_a_quoted_string_may_hold_sixty_three_commas(commas, read):
    """Each is tried as the element's beginning."""
    text = "," * commas
    assert parse_forwarded(f'for="{text}"') == [{"for": text} if read else None]


@pytest.mark.parametrize(
    ("text", "element"),
    [
        (r'for="\\"', {"for": "\\"}),
        (r'for="\a\b"', {"for": "ab"}),
        (r'for="\"', None),
        ('for="a";by="b"', {"for": "a", "by": "b"}),
        ("for=a\t;\tby=b", {"for": "a", "by": "b"}),
        ("for=a ;", {"for": "a"}),
        ("for=a ,", None),
        (";;for=a", {"for": "a"}),
        ("\tfor=a", {"for": "a"}),
        ("for=a;FOR=b", None),
        ("for=a;by", None),
        ("for=a;=b", None),
        ("f r=a", None),
        ("for=\x7f", None),
        ('for="\x7f"', None),
        ('for="\t"', {"for": "\t"}),
        ("for=:::[]", {"for": ":::[]"}),
        ("~for=a", {"~for": "a"}),
    ],
)
def test_one_element_by_the_letter(text, element):
    """Escapes undone once, white space about separators forgiven, anything else spoils it."""
    assert parse_element(text) == element


FORWARDED = ClientRule("headers", "Forwarded", Trust(["10.0.0.0/8"]))
LISTED = ClientRule("headers", "X-Forwarded-For", Trust(["10.0.0.0/8"]))


@pytest.mark.parametrize(
    ("rule", "value", "how"),
    [
        (FORWARDED, _padded(2048), How.HEADER),
        (FORWARDED, _padded(2049), How.MALFORMED),
        (FORWARDED, "x" * 3000 + f"=a;{CLIENT}", How.MALFORMED),
        (LISTED, " " * 2036 + "203.0.113.9 ", How.HEADER),
        (LISTED, "10.1.1.1," * 63 + "10.1.1.1", How.ALL_TRUSTED),
        (LISTED, "203.0.113.9," + "10.1.1.1," * 62 + "10.1.1.1", How.HEADER),
        (LISTED, "203.0.113.9," + "10.1.1.1," * 63 + "10.1.1.1", How.MALFORMED),
        (LISTED, "203.0.113.9," + "10.255.255.255," * 200 + "10.1.1.1", How.MALFORMED),
        (LISTED, "10.1.1.1" + " " * 2000 + ",10.1.1.1" + " " * 30, How.ALL_TRUSTED),
        (LISTED, "10.1.1.1" + " " * 2032 + ",10.1.1.1", How.MALFORMED),
    ],
)
def test_the_walk_ends_where_reading_does(rule, value, how):
    """Nobody is believed beyond it: a proxy of ours stands in."""
    assert rule.walk("10.0.0.1", value.encode(), []).how is how
