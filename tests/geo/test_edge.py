"""Places from headers of an edge."""

from __future__ import annotations

import pytest

from privacykit.geo.edge import EDGES, EdgeHeaders, place_from_headers

CLOUDFLARE = EDGES["cloudflare"]


@pytest.mark.parametrize("edge", EDGES.values(), ids=EDGES.keys())
def test_each_edge_gives_country_and_region(edge):
    """A code in any case and a region make a place."""
    assert place_from_headers({edge.country: b"us", edge.region: b"CA"}, edge) == "US-CA"


@pytest.mark.parametrize(
    ("country", "place"),
    [
        (b"DE", "DE"),
        (b"XX", "ZZ"),
        (b"T1", "ZZ"),
        (b"", "ZZ"),
        (b"US, DE", "ZZ"),
        (b"D" * 99, "ZZ"),
    ],
)
def test_what_the_edge_does_not_know_is_unknown(country, place):
    """Unknown, Tor, nonsense and repeated headers are no place."""
    assert place_from_headers({b"cf-ipcountry": country}, CLOUDFLARE) == place


def test_an_absent_header_leaves_the_question_open():
    """Without the header a database may answer."""
    assert place_from_headers({b"host": b"x"}, CLOUDFLARE) is None


def test_an_edge_without_regions_gives_countries():
    """A user's own header needs no region."""
    headers = {b"x-country": b"US", b"": b"CA"}
    assert place_from_headers(headers, EdgeHeaders(b"x-country")) == "US"


@pytest.mark.parametrize("region", [b"\xff", b"X" * 65, b"Atlantis"])
def test_a_bad_region_never_loosens_the_country(region):
    """A region nobody knows leaves the country or nothing."""
    headers = {b"cf-ipcountry": b"US", b"cf-region-code": region}
    assert place_from_headers(headers, CLOUDFLARE) in {"US", "ZZ"}
