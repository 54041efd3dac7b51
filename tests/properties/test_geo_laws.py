"""Laws of places: no bytes in a database and no header crash, and every answer is a place."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacykit.geo.edge import EDGES, place_from_headers
from privacykit.geo.lookup import Places
from privacykit.geo.records import Fields, place_of
from privacykit.geo.synthetic import PLACES, RecordShape, build, networks_of

SAMPLE = ("AD", "DE", "US-CA", "CA-QC")
CONTENT = build(SAMPLE)
PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
PROFILE = settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["country", "iso_code", "subdivisions", "names", "en", "country_code", "region"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@PROFILE
@given(
    changes=st.lists(
        st.tuples(st.integers(0, len(CONTENT) - 1), st.binary(min_size=1, max_size=8)), max_size=6
    ),
    cut=st.integers(0, 200),
    pure=st.booleans(),
)
def test_no_damage_to_a_database_raises_or_makes_up_a_place(tmp_path, changes, cut, pure):
    """Bytes are overwritten anywhere and the end is cut; both readers answer places or ZZ."""
    content = bytearray(CONTENT)
    for at, new in changes:
        content[at : at + len(new)] = new
    (tmp_path / "x.mmdb").write_bytes(content[: len(content) - cut])
    with pytest.MonkeyPatch.context() as patch:
        if pure:
            patch.setattr("maxminddb._extension", None)
        places = Places(tmp_path / "x.mmdb")
        for place in SAMPLE:
            for network in networks_of(place):
                assert PLACE.fullmatch(places((network.network_address + 5).packed))
        places.close()


@given(record=json, path=st.text("abcountry_de.iso", max_size=20))
def test_any_record_names_a_place(record, path):
    """Whatever a file holds, the answer is a place."""
    assert PLACE.fullmatch(place_of(record))
    assert PLACE.fullmatch(place_of(record, Fields(path, path)))


@given(
    country=st.binary(max_size=80), region=st.binary(max_size=80), edge=st.sampled_from([*EDGES])
)
def test_any_header_names_a_place(country, region, edge):
    """Whatever an edge sends, the answer is a place."""
    names = EDGES[edge]
    assert PLACE.fullmatch(
        place_from_headers({names.country: country, names.region: region}, names)
    )


@PROFILE
@given(
    places=st.sets(st.sampled_from(PLACES), min_size=1, max_size=20),
    shape=st.sampled_from(RecordShape),
)
def test_what_is_written_is_found_again(tmp_path, places, shape):
    """Every set of places in every shape comes back, countries at least."""
    (tmp_path / "x.mmdb").write_bytes(build(places, shape=shape))
    found = Places(tmp_path / "x.mmdb")
    for place in places:
        answers = {found((network.network_address + 7).packed) for network in networks_of(place)}
        assert answers == {place[:2] if shape is RecordShape.FLAT else place}
    found.close()
