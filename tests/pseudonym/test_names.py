"""Names in events: a closed form, and what it keeps out."""

from __future__ import annotations

import random
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.pseudonym.texts.names import LONGEST_NAME, is_name
from privacykit.pseudonym.texts.text import scrub_props
from privacykit.pseudonym.url.urls import scrub_query

GOOD = (
    "page",
    "Signup Completed",
    "cart:add-item",
    "checkout.step2",
    "$pageview",
    "_private",
    "Bestellung geöffnet",
    "video 50 percent",
    "b2b lead",
)
BAD = {
    "e-mail": "anna@shop.example",
    "address": "user 198.51.100.23",
    "IPv6": "from 2001:db8::1",
    "path": "view /users/anna",
    "card": "pay 4111 1111 1111 1111",
    "card with hyphens": "pay 4111-1111-1111-1111",
    "card in words": "a4111 b1111 c1111 d1111",
    "phone": "call 0171 2345678",
    "number": "order 12345",
    "UUID": "a550e840-e29b-41d4-a716-446655440000",
    "token": "invite x7Kp2Q",
    "long token": "view Zx9Kq2LmPw7RtY4b",
    "percent-encoded": "anna%40shop.example",
    "line break": "a\nb",
    "full width": "user \uff11\uff12",
    "invisible": "sign\u200bup",
    "surrogate": "\ud800",
    "sentence": "this is what somebody typed into the search field",
    "empty": "",
    "number first": "2 steps",
    "long": "x" * (LONGEST_NAME + 1),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_programmers_call_things_is_a_name(name):
    """Words, short numbers and the usual separators."""
    assert is_name(name)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_value_is_no_name(text):
    """What is put into a name by mistake has not its form, or is found in it."""
    assert not is_name(text)


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_value_is_no_key_of_a_property(text):
    """A key is a place to hide a value in."""
    assert scrub_props({text: 1, "kept": 2}) == {"kept": 2}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_value_is_no_rest_of_a_parameter_s_name(text):
    """Of `utm_*` the visitor chooses the rest."""
    query = f"utm_{text}=1".encode("utf-8", "surrogatepass")
    kept = scrub_query(query, frozenset({"utm_*"}))
    assert kept in {"", "utm_404=1"} or is_name(kept.removesuffix("=1"))


@given(st.text(ascii_letters + digits, min_size=10, max_size=40), st.sampled_from("_.-: "))
def test_no_name_holds_many_digits(text, separator):
    """Whatever else it holds, a number long enough for a person is not in it."""
    name = f"view{separator}{text}"
    assert not is_name(name) or sum(map(str.isdigit, name)) <= 6


def test_tokens_are_no_names():
    """A token of ten characters hardly ever looks like a word."""
    chance = random.Random(5)
    tokens = ["".join(chance.choices(ascii_letters + digits, k=10)) for _ in range(500)]
    assert sum(is_name(f"view {token}") for token in tokens) <= 5
