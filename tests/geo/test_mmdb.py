"""The writer of small MMDB files."""

from __future__ import annotations

from ipaddress import ip_network

import maxminddb
import pytest

from privacykit.geo.mmdb import Uint16, Uint64, write
from privacykit.geo.synthetic import build


@pytest.mark.parametrize("size", [0, 28, 29, 284, 285, 5000])
def test_strings_of_every_size_come_back(tmp_path, size):
    """Each of the format's size classes is written as readers read it."""
    record = {"text": "x" * size, "list": [1, "two", {"three": 3}], "number": 70_000}
    path = tmp_path / "x.mmdb"
    path.write_bytes(write([(ip_network("240.0.0.0/24"), record)], kind="t", built=5))
    with maxminddb.open_database(path) as reader:
        assert reader.get("240.0.0.9") == record


def test_integers_of_the_metadata_are_of_the_size_readers_insist_on(tmp_path):
    """Sixteen and sixty-four bits are written where they are asked for."""
    record = {"small": Uint16(7), "large": Uint64(2**40), "zero": 0}
    path = tmp_path / "x.mmdb"
    path.write_bytes(write([(ip_network("2001:db8::/48"), record)], kind="t", built=5))
    with maxminddb.open_database(path) as reader:
        assert (reader.get("2001:db8::9"), reader.metadata().build_epoch) == (record, 5)


def test_the_same_call_gives_the_same_bytes():
    """Nothing in the file depends on when or where it was made."""
    assert build() == build()
