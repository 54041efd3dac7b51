"""Places out of records of every shape, and of none."""

from __future__ import annotations

import pytest

from privacykit.geo.names import subdivision_code
from privacykit.geo.records import Fields, place_of
from privacykit.geo.synthetic import PROVINCES, STATES

CASES = {
    "maxmind": ({"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "CA"}]}, "US-CA"),
    "dbip": ({"country": {"iso_code": "US"}, "subdivisions": [{"names": {"en": "Ohio"}}]}, "US-OH"),
    "flat": ({"country_code": "de"}, "DE"),
    "flat region": ({"country_code": "CA", "region": "Québec"}, "CA-QC"),
    "flat state1": ({"country_code": "US", "state1": "New York"}, "US-NY"),
    "ipinfo lite": ({"country": "Germany", "country_code": "DE"}, "DE"),
    "ipinfo old": ({"country": "FR", "region": "Bretagne"}, "FR"),
    "region code first": ({"country": "US", "region": "x", "region_code": "TX"}, "US-TX"),
    "other country": (
        {"country": {"iso_code": "GB"}, "subdivisions": [{"iso_code": "ENG"}]},
        "GB-ENG",
    ),
    "made-up state": ({"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "XX"}]}, "US"),
    "no subdivision": ({"country": {"iso_code": "US"}, "subdivisions": []}, "US"),
    "name as text": ({"country": {"iso_code": "US"}, "subdivisions": [{"names": "Utah"}]}, "US-UT"),
    "territory": ({"country_code": "US", "region": "Puerto Rico"}, "PR"),
    "French territory": (
        {"country": {"iso_code": "FR"}, "subdivisions": [{"iso_code": "RE"}]},
        "RE",
    ),
    "no such country": ({"country_code": "QQ"}, "ZZ"),
    "registered only": ({"registered_country": {"iso_code": "US"}}, "ZZ"),
    "represented only": ({"represented_country": {"iso_code": "US"}}, "ZZ"),
    "country name only": ({"country": "Germany"}, "ZZ"),
    "not two letters": ({"country": {"iso_code": "DEU"}}, "ZZ"),
    "not letters": ({"country_code": "1A"}, "ZZ"),
    "no text": ({"country": {"iso_code": 7}, "subdivisions": "x"}, "ZZ"),
    "list": ([1], "ZZ"),
    "nothing": (None, "ZZ"),
}


@pytest.mark.parametrize(("record", "place"), CASES.values(), ids=CASES.keys())
def test_a_record_names_its_place(record, place):
    """Each shape in use is read, and what is none of them is unknown."""
    assert place_of(record) == place


@pytest.mark.parametrize(
    ("fields", "place"),
    [(Fields("a.b", "c"), "US-CA"), (Fields("a.b"), "US"), (Fields("a.x", "c"), "ZZ")],
)
def test_named_fields_are_read(fields, place):
    """A path that leads nowhere is unknown, never another field."""
    assert place_of({"a": {"b": "US"}, "c": "california", "country_code": "DE"}, fields) == place


@pytest.mark.parametrize(
    ("country", "names"), [("US", STATES), ("CA", PROVINCES)], ids=["states", "provinces"]
)
def test_every_name_has_its_code(country, names):
    """All states and provinces are found by code, full code and name in any case."""
    for code, name in names.items():
        texts = (code, f"{country}-{code}", name, name.upper(), name.lower())
        assert {subdivision_code(country, text) for text in texts} == {code}


@pytest.mark.parametrize(
    "name", ["Quebec", "Washington, D.C.", "Île-du-Prince-Édouard", "ONTARIO "]
)
def test_names_are_compared_without_accents_and_punctuation(name):
    """Publishers write the same province in several ways."""
    assert "US" if subdivision_code("US", name) else subdivision_code("CA", name)
