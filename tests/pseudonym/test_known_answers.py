"""
Known answers of the keyed hashes that stay: references of persons, addresses in events, key ids.

Computed outside of this project; the message stands beside each. What was stored with another
encoding is never found again.
"""

from __future__ import annotations

import pytest

from privacykit.pseudonym.addresses.ip import Hash
from privacykit.pseudonym.keys import key_id
from privacykit.pseudonym.subject import subject_reference

KEY = bytes(range(32))
IPV4 = bytes.fromhex("c0000221")
IPV6 = bytes.fromhex("20010db800010002000a000b000c000d")


def test_a_reference_of_a_person_is_its_known_answer():
    """BLAKE2b-128 of the application's id, person "privacykit.sub"."""
    assert subject_reference(KEY, "customer-7") == "5142f1f52c9f27661d7f191370b2cf90"


@pytest.mark.parametrize(
    ("options", "packed", "blake2b", "hmac_sha256"),
    [
        # 0000 04 c0000221
        ({}, IPV4, "f9ac6c401fdc7f5d25427763c389c124", "bc9de2e852a2fa9d290761aed2d06ce2"),
        # 0000 06 20010db8000100020000000000000000
        ({}, IPV6, "ce58e59db41c4d45ca9de046e6c3f61c", "eabb57b01d285b9cb31f985ac851f8e8"),
        # 0004 "shop" 04 c0000221
        (
            {"scope": "shop"},
            IPV4,
            "64de6edb0ccb0048938a3d548b8382ed",
            "75453bc99a4281a00af18a3a4cab9381",
        ),
        # 0000 04 c0000200
        (
            {"ipv4_bits": 24},
            IPV4,
            "d50a9d6ad18142393f1291d091703cb8",
            "6e122d0c78adcbe526cac70125a90277",
        ),
    ],
    ids=["ipv4", "ipv6", "a scope", "24 bits"],
)
def test_a_hash_of_an_address_is_its_known_answer(options, packed, blake2b, hmac_sha256):
    """BLAKE2b-128 with person "privacykit.ip", or HMAC-SHA-256 cut to 128 bits."""
    made = [
        Hash(KEY, algorithm=name, **options).weaken(packed) for name in ("blake2b", "hmac-sha256")
    ]
    assert made == [blake2b, hmac_sha256]


def test_the_id_of_a_key_is_its_known_answer():
    """BLAKE2b-32 of the key, person "privacykit.kid"."""
    assert key_id(KEY) == "d220af91"
