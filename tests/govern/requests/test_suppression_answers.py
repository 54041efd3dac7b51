"""
Known answers of the suppression ledger.

Each is BLAKE2b-256, keyed, person "privacykit.suppr", over the identity's type and the normalised
values, every text after its length in four bytes; computed outside of this project. Whoever changes
an encoding forgets everybody who asked to be left alone.
"""

from __future__ import annotations

import pytest

from privacykit.errors import InputError, KeyMaterialError
from privacykit.govern.records import Identity
from privacykit.govern.requests.suppression import SuppressionKey, normalised

KEY = SuppressionKey(bytes(range(32)))


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (
            Identity("email", " Anna@Shop.example"),
            "73a77da0e450a23d5bad5c7702bd060c0171ac62115269221268fcbd826a47c1",
        ),
        (
            Identity("phone_number", "+49 (30) 1234-567"),
            "12622420ae335bde73331db0c6e59049b2cbe880499ea8f0303432642a10cb47",
        ),
        (
            Identity("maid", "AB-cd"),
            "dea0f404cb19a71276b08bf13200c97209fabac2b658cd0e27b78945f7df41bc",
        ),
        (
            Identity("controller_customer_id", "42"),
            "71e7bd63f6117ac1354dc5243076d75ae488b47be2c4bff65c37aeaea4ded1b0",
        ),
        (
            Identity("person", "", parts=(("name", "Anna"), ("birth_date", "2000-01-01"))),
            "077604268c1f50c8ada6b528afc59199bc482dbbb9c7a55000d40230db51b8bc",
        ),
        (
            Identity("email", "\ud800"),
            "c32d74ef0069a0004796d901d69257f9fb57c8162a5be17e43642cb1333a89e2",
        ),
    ],
    ids=["e-mail", "telephone", "advertising id", "customer", "name and birth date", "surrogate"],
)
def test_a_hash_is_its_known_answer(identity, expected):
    """The ledger of today recognises whom the ledger of last year held."""
    assert KEY.of(identity) == expected


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (
            Identity("email", " Anna@Shop.example"),
            "ea052cbebc42ca234838c56bc1eb03108872e2bd1f3272c336155282444898fc",
        ),
        (
            Identity("controller_customer_id", "42"),
            "3c0de3e543cdaec001d625470362569b26c9c67954c7522699daec7409d695c9",
        ),
        (
            Identity("person", "", parts=(("name", "Anna "), ("birth_date", "2000-01-01"))),
            "2300a6611002bb563f15b3c4926147acf4880428ac9bee12e886248156e2b68b",
        ),
    ],
    ids=["e-mail", "customer", "name and birth date"],
)
def test_a_hash_to_the_letter_is_its_known_answer(identity, expected):
    """An erasure is repeated by it: case and space count, and the type is marked as exact."""
    assert KEY.exactly(identity) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("email", " Anna@Shop.EXAMPLE ", "anna@shop.example"),
        ("email", "A.B+tag@x.example", "a.b+tag@x.example"),
        ("email", "STRASSE@x.example", "strasse@x.example"),
        ("email", "straße@x.example", "strasse@x.example"),
        ("phone_number", "0049 30 1", "49301"),
        ("phone_number", "+49 30 1", "49301"),
        ("phone_number", "030 1", "0301"),
        ("phone_number", "+49~30-1/2", "493012"),
        ("phone_number", "\uff10\uff10\uff14\uff19", "49"),
        ("maid", "AB-CD", "ab-cd"),
        ("android_advertising_id", "AB-CD", "ab-cd"),
        ("ios_advertising_id", "AB-CD", "ab-cd"),
        ("controller_customer_id", " AB ", "AB"),
        ("person", "jose\u0301", "jos\u00e9"),
    ],
)
def test_a_value_is_written_in_one_way(kind, value, expected):
    """What is lost is lost on purpose: case and space, never a letter, dot or tag."""
    assert normalised(kind, value) == expected


@pytest.mark.parametrize("hashed", [KEY.of, KEY.exactly], ids=["of", "exactly"])
def test_a_hashed_value_is_refused(hashed):
    """It cannot be recognised in raw data; the refusal does not repeat it."""
    with pytest.raises(
        InputError, match=r"^a suppression needs the value itself, not a hash of it$"
    ):
        hashed(Identity("email", "00" * 32, format="sha256"))


def test_a_key_knows_its_id():
    """It is kept beside each hash, so that after a rotation the right key is asked."""
    assert (SuppressionKey(bytes(32), "2026-11").id, KEY.id) == ("2026-11", "")


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_a_key_of_another_length_is_refused(size):
    """Thirty-two bytes, no more and no fewer."""
    with pytest.raises(KeyMaterialError, match=r"^a suppression key is 32 bytes$"):
        SuppressionKey(bytes(size))
