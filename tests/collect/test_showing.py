"""What is shown of an address, remembered or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.collect.plans.plan import NO_ADDRESS, showing, weakened
from privacykit.pseudonym.addresses.address import pack
from privacykit.pseudonym.addresses.ip import Drop, Truncate, method

PACKED = st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16)
BITS = st.tuples(st.sampled_from([0, 8, 16, 20, 24, 32]), st.sampled_from([0, 24, 32, 48, 64, 128]))


@given(BITS, st.lists(PACKED, min_size=1, max_size=20))
def test_memory_changes_no_answer(bits, addresses):
    """Remembered by prefix or not, an address is shown as the method weakens it."""
    show = showing(Truncate(*bits))
    assert [show(packed) for packed in addresses] == [
        weakened(packed, Truncate(*bits)) for packed in addresses
    ]


@pytest.mark.parametrize(
    ("ip", "text", "members"),
    [
        (Truncate(16, 48), "203.0.0.0", '"ip":"203.0.0.0","ip_bits":16'),
        (Drop(), None, NO_ADDRESS.json_members),
        (method("keep", basis="security"), "203.0.113.9", '"ip":"203.0.113.9","ip_bits":32'),
    ],
    ids=["truncate", "drop", "keep"],
)
def test_address_is_told_with_its_bits(ip, text, members):
    """Text and members of an event say the same."""
    shown = showing(ip)(pack("203.0.113.9"))
    assert (shown.text, shown.json_members) == (text, members)


@pytest.mark.parametrize("ip", [Truncate(16, 48), Drop()], ids=["truncate", "drop"])
def test_an_unknown_address_is_none(ip):
    """Where nothing is known, nothing is shown."""
    assert showing(ip)(None) is NO_ADDRESS
