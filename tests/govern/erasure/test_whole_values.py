"""A value inside a longer one is somebody else's; where it cannot be told it is the person's."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.govern.erasure.whole_values import stands_alone

ANNA = "anna@shop.example"
INSIDE = [
    "joanna@shop.example",
    "mary.anna@shop.example",
    "marie-anna@shop.example",
    "news+anna@shop.example",
    "x_anna@shop.example",
    "Jürgenannä-ßanna@shop.example",
    "anna@shop.examples",
    "anna@shop.example.org",
    "ANNA@SHOP.EXAMPLE-x.org",
    "joanna@shop.example, mary.anna@shop.example",
]
ALONE = [
    "anna@shop.example",
    "Mail to ANNA@shop.example.",
    "joanna@shop.example, anna@shop.example",
    "anna@shop.example-",
    "anna@shop.example. Thanks",
    "<anna@shop.example>",
    "user:anna@shop.example:cart",
    "..anna@shop.example",
    "- anna@shop.example",
    r"{\"who\": \"a\nanna@shop.example\"}",
    r"\u003canna@shop.example\u003e",
    r"joanna\u0040shop.example and \u0061nna\u0040shop.example",
    "?to=%3canna@shop.example",
    "=3Canna@shop.example",
    "&lt;anna@shop.example&gt;",
    r"\x3canna@shop.example",
    "616e6e6140",
]


@pytest.mark.parametrize("text", INSIDE)
def test_a_part_of_a_longer_address_is_another_one(text):
    """Of each place where it stands."""
    assert not stands_alone(text, [ANNA])


@pytest.mark.parametrize("text", ALONE)
def test_everything_else_is_the_person(text):
    """Separators, sentences, escapes, and what is not found as it is spelt."""
    assert stands_alone(text, [ANNA])


@pytest.mark.parametrize(
    ("value", "text", "alone"),
    [
        ("+491701234567", "call +491701234567.", True),
        ("+491701234567", "call +4917012345678", False),
        ("+491701234567", "491701234567", True),
        ("+491701234567", "34917012345678", False),
        ("C-12345", "C-123456", False),
        ("C-12345", "order C-12345-1", True),
        ("C-12345", "AC-12345", False),
        ("123456", "9123456", False),
        ("123456", "no. 123456/2", True),
    ],
)
def test_numbers_and_codes_end_where_letters_and_digits_end(value, text, alone):
    """Marks that part them are no letters."""
    assert stands_alone(text, [value]) is alone


def test_one_of_several_is_enough():
    """What stands by itself is told, whatever the others do."""
    assert stands_alone("joanna@shop.example 123456", [ANNA, "123456"])
    assert not stands_alone("joanna@shop.example 91234567", [ANNA, "123456"])


LETTERS = st.text("abzäß09", min_size=1, max_size=5)


@given(before=LETTERS, mark=st.sampled_from(["", ".", "-", "_", "+"]), case=st.booleans())
def test_whoever_has_a_longer_name_is_somebody_else(before, mark, case):
    """Alone in a cell, in a list, in JSON."""
    longer = f"{before}{mark}{ANNA}"
    longer = longer.upper().replace("SS", "ß") if case else longer
    for text in (longer, f"a, {longer}; b", json.dumps({"mail": longer}, ensure_ascii=False)):
        assert not stands_alone(text, [ANNA])


@given(
    before=st.text(max_size=12),
    between=st.sampled_from([" ", "\n", "<", '"', "'", ":", ",", "(", "\t", "|", "/", "\\"]),
)
def test_a_value_behind_a_separator_is_found_however_it_is_written(before, between):
    """As text, as JSON in ASCII or not, and in an address."""
    text = f"{before}{between}{ANNA}"
    assert stands_alone(text, [ANNA])
    assert stands_alone(json.dumps(text), [ANNA])
    assert stands_alone(json.dumps(text, ensure_ascii=False), [ANNA])
    assert stands_alone(quote(text), [ANNA])
