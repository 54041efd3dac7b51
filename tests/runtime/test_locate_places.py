"""Places as the configuration asks for them, and hosts of sites."""

from __future__ import annotations

import time
from ipaddress import ip_address

import pytest

from privacykit.collect.counters import Counters
from privacykit.geo.mmdb import write
from privacykit.geo.synthetic import address_of, build, networks_of
from privacykit.runtime.locate import edge_of, locator, places_of
from privacykit.runtime.sites import HostMap
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths


def settings_of(**geo):
    """Return settings with this geo table and nothing else of interest."""
    site = {"id": "shop", "hosts": ["shop.example"]}
    purposes = {"analytics": {"uses": ["analytics_no_storage"]}}
    return Settings.model_validate({"site": [site], "purposes": purposes, "geo": geo})


@pytest.fixture
def locate(tmp_path):
    """Give what makes a locator of a geo table, over a database of every place."""
    (tmp_path / "places.mmdb").write_bytes(build())
    record = {"where": {"cc": "US", "state": "Ohio"}}
    odd = write([(networks_of("DE")[0], record)], kind="odd", built=1)
    (tmp_path / "odd.mmdb").write_bytes(odd)

    def make(**geo):
        settings = settings_of(**geo)
        paths = Paths.beside(tmp_path / "privacykit.toml")
        return locator(places_of(settings, paths, Counters(), time.time), edge_of(settings))

    return make


def test_place_and_weakened_text_come_together(locate):
    """One look-up gives the place and what the application may see."""
    found = locate(database="places.mmdb")(ip_address(address_of("US-CA", 77)).packed, [], False)
    network = networks_of("US-CA")[0]
    assert (found[0], found[1].text) == ("US-CA", str(network.network_address))


def test_fields_of_an_unusual_file_are_configured(locate):
    """Country and region are read where the operator says they stand."""
    table = {"country_field": "where.cc", "region_field": "where.state"}
    found = locate(database="odd.mmdb", **table)(ip_address(address_of("DE")).packed, [], False)
    assert found[0] == "US-OH"


@pytest.mark.parametrize(
    ("trusted", "place"), [(True, "FR"), (False, "DE")], ids=["trusted", "anybody"]
)
def test_an_edge_is_believed_only_from_a_trusted_peer(locate, trusted, place):
    """Nobody chooses the law that applies to him by sending a header."""
    find = locate(database="places.mmdb", edge="cloudflare")
    packed = ip_address(address_of("DE")).packed
    assert find(packed, [(b"cf-ipcountry", b"FR")], trusted)[0] == place


def test_an_overlong_host_is_nobodys():
    """A header of kilobytes is not walked through label by label."""
    hosts = HostMap({b"shop.example": "shop", b"*.shop.example": "sub"})
    start = time.process_time()
    assert hosts(b"a." * 30_000 + b"shop.example") is None
    assert time.process_time() - start < 0.05
