"""Tests of what verification looks for."""

from privacykit.govern.erasure.verify import search_values
from privacykit.govern.records import Identity


def test_only_values_that_mean_one_person_are_searched():
    """A part of a composite identity, a short value and an address are other people's too."""
    identities = (
        Identity("email", " ann@shop.example "),
        Identity("name_birth", "", parts=(("name", "Ann Smith"), ("birth", "1990-01-01"))),
        Identity("controller_customer_id", "17"),
        Identity("ip_address", "203.0.113.77"),
    )
    assert search_values(identities) == ("ann@shop.example",)
