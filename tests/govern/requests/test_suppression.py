"""Suppression: keyed hashes that recognise every spelling of a value."""

import pytest

from privacykit.errors import InputError, KeyMaterialError
from privacykit.govern.records import Identity
from privacykit.govern.requests.suppression import SuppressionKey, normalised

KEY = SuppressionKey(bytes(32))


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("email", "Anna@Shop.example", " anna@shop.EXAMPLE\n"),
        ("email", "jose\u0301@shop.example", "jos\u00e9@shop.example"),
        ("phone_number", "+49 (30) 1234-567", "0049301234567"),
        ("phone_number", "\uff0b49 30 1234567", "+49301234567"),
        ("maid", "AB-cd", "ab-CD"),
        ("controller_customer_id", " 42", "42"),
    ],
)
def test_spellings_of_one_value_are_recognised(kind, one, other):
    """However a value was written, it is the same person's."""
    assert KEY.of_value(kind, one) == KEY.of_value(kind, other)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("email", "anna@shop.example", "an.na@shop.example"),
        ("email", "anna@shop.example", "anna+tag@shop.example"),
        ("controller_customer_id", "Anna", "anna"),
        ("phone_number", "+49301234567", "+49301234568"),
    ],
)
def test_values_that_may_be_other_people_are_kept_apart(kind, one, other):
    """What might be somebody else's is not taken for this person's."""
    assert KEY.of_value(kind, one) != KEY.of_value(kind, other)


def test_type_is_under_the_hash():
    """A customer number is not a telephone number."""
    assert KEY.of_value("phone_number", "42") != KEY.of_value("controller_customer_id", "42")


def test_identity_and_column_value_agree():
    """A request's identity is found again in a column."""
    identity = Identity("email", "Anna@shop.example")

    assert KEY.of_value("email", "anna@shop.example") == KEY.of(identity)


def test_composite_identity_takes_all_its_parts():
    """Name and birth date together, never one of them."""
    both = Identity("person", "", parts=(("name", "Anna"), ("birth_date", "2000-01-01")))
    one = Identity("person", "", parts=(("name", "Anna"),))

    assert KEY.of(both) != KEY.of(one)


def test_hashed_identity_is_refused():
    """A hash cannot be recognised in raw data, and saying it could would be a lie."""
    with pytest.raises(InputError, match="a suppression needs the value itself, not a hash of it"):
        KEY.of(Identity("email", "00" * 32, format="sha256"))


def test_another_key_gives_another_hash():
    """Without the key no guess can be tested."""
    assert KEY.of_value("email", "a") != SuppressionKey(b"\x01" * 32).of_value("email", "a")


def test_key_hides_itself_and_has_one_length():
    """The key is in no repr; a short one is refused."""
    assert repr(KEY) == "SuppressionKey()"
    with pytest.raises(KeyMaterialError):
        SuppressionKey(b"short")


def test_normalising_twice_changes_nothing():
    """A normalised value is its own normal form."""
    once = normalised("phone_number", "0049 30 1")

    assert once == normalised("phone_number", once)
