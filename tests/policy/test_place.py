"""Places: codes that mean something, and codes that mean "unknown"."""

import pytest

from privacykit.policy.place import UNKNOWN, country_of, normalise_place


@pytest.mark.parametrize(
    ("country", "subdivision", "place"),
    [
        ("DE", None, "DE"),
        ("de", None, "DE"),
        ("UK", None, "GB"),
        ("EL", None, "GR"),
        ("US", "CA", "US-CA"),
        ("US", "US-CA", "US-CA"),
        (None, "US-CA", "US-CA"),
        ("US-CA", None, "US-CA"),
        ("US", "DE", "US-DE"),
        ("CA", "CA-QC", "CA-QC"),
        ("US", "US-99999", "US"),
        ("US", "", "US"),
        ("US", "PR", "PR"),
        ("PR", "US-PR", "PR"),
        ("FR", "974", "RE"),
        ("RE", "FR-RE", "RE"),
        ("CN", "CN-HK", "HK"),
        ("UK", "GB-ENG", "GB-ENG"),
    ],
)
def test_codes_become_one_place(country, subdivision, place):
    """Full codes, suffixes beside their country, aliases and territories all have one spelling."""
    assert normalise_place(country, subdivision) == place


@pytest.mark.parametrize(
    ("country", "subdivision"),
    [
        (None, None),
        ("", ""),
        ("XX", None),
        ("T1", None),
        ("A1", None),
        ("EU", None),
        ("AP", None),
        ("DEU", None),
        ("D3", None),
        ("ÄÖ", None),
        (49, None),
        (None, "CA"),
        ("DE", "US-DE"),
        ("DE", "US-CA"),
        ("XX", "CA"),
    ],
)
def test_what_cannot_be_trusted_is_unknown(country, subdivision):
    """No code, the codes of proxies, garbage, bare suffixes and contradictions name no place."""
    assert normalise_place(country, subdivision) == UNKNOWN


def test_the_country_of_a_place_is_its_first_part():
    """A subdivision knows its country."""
    assert country_of("US-CA") == "US"
