"""Lakes are read row by row through their connectors, and what may not stand there is found."""

from __future__ import annotations

import random
import tracemalloc

import duckdb
import lance
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privacykit.errors import StoreError
from privacykit.verify.claims import ClaimOutcome
from privacykit.verify.places.lakes import ConnectedTables
from privacykit.verify.places.place import Chance
from tests.verify.installation import Installation, found

LAKES = """
[datasets.lake]
connector = "parquet"
path = "lake2"
[datasets.store]
connector = "duckdb"
path = "store.duckdb"
[datasets.memory]
connector = "lance"
path = "memory"
[collections.lake.visits.fields]
id = { exclude = "a number" }
email = "user.contact.email"
month = { exclude = "a period" }
page = "user.behavior.browsing_history"
[collections.store.visits.fields]
id = { exclude = "a number" }
email = "user.contact.email"
page = "user.behavior.browsing_history"
[collections.memory.visits.fields]
id = { exclude = "a number" }
email = "user.contact.email"
page = "user.behavior.browsing_history"
"""
CLEAN = {"id": [1, 2], "email": ["anna@shop.example", None], "page": ["/shoes", "/"]}
BAD = {
    "id": [3],
    "email": ["Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"],
    "page": ["/u/otto@example.org?ip=192.0.2.77"],
}


@pytest.fixture
def shop(tmp_path):
    """A shop with a lake, a DuckDB file and Lance tables that are as the map says."""
    made = Installation(tmp_path)
    datamap = tmp_path / "datamap.toml"
    datamap.write_text(datamap.read_text() + LAKES)
    (tmp_path / "memory").mkdir()
    _put(tmp_path, CLEAN)
    made.close()
    return made


def _put(folder, rows):
    part = folder / "lake2" / "visits" / f"month=2026-{rows['id'][0]:02d}"
    part.mkdir(parents=True)
    pq.write_table(pa.table(rows), part / "part.parquet")
    lance.write_dataset(pa.table(rows), folder / "memory" / "visits.lance", mode="append")
    with duckdb.connect(folder / "store.duckdb") as store:
        store.execute("create table if not exists visits (id int, email text, page text)")
        store.executemany(
            "insert into visits values (?, ?, ?)", list(zip(*rows.values(), strict=True))
        )


def test_every_lake_is_read_and_what_may_not_stand_there_is_found(shop):
    """Through its connector, mapped columns as the map says; a clean one is clean."""
    claims = ("addresses", "user-agents", "identifiers")
    clean = shop.verify(*claims)
    assert {one.outcome for one in clean.values()} == {ClaimOutcome.HOLDS}
    assert {"lake", "store", "memory"} <= set(clean["addresses"].scope.split(", "))
    _put(shop.folder, BAD)
    assert found(shop.verify(*claims)) == {
        (id_, f"{dataset}: visits.{column}")
        for dataset in ("lake", "store", "memory")
        for id_, column in (("PK300", "page"), ("PK301", "email"), ("PK302", "page"))
    }


def test_a_table_that_the_map_does_not_name_is_read_too(shop):
    """What was forgotten is where things are."""
    with duckdb.connect(shop.folder / "store.duckdb") as store:
        store.execute("create table copies as select 'otto@example.org' as text")
    assert found(shop.verify("identifiers")) == {("PK302", "store: copies.text")}


def test_a_lake_that_cannot_be_read_is_not_tested(shop):
    """What does not answer is never taken for empty."""
    (shop.folder / "store.duckdb").write_bytes(b"x" * 5000)
    told = shop.verify("addresses")["addresses"]
    assert (told.outcome, "store:" in told.why) == (ClaimOutcome.NOT_TESTED, True)


class _Closed:
    closed = False

    def close(self):
        self.closed = True


def test_a_connector_that_shows_no_rows_is_not_tested():
    """One of others may be unable to; it is closed all the same."""
    connector = _Closed()
    with pytest.raises(StoreError, match="PK316"):
        next(ConnectedTables("x", lambda: connector).rows(Chance(None, random.random)))
    assert connector.closed


class _Wide(_Closed):
    """A table of so many rows, made as they are read."""

    def __init__(self, number):
        self.number = number

    def every_table(self):
        return ["t"]

    def row_count(self, table):
        del table
        return self.number

    def every_row(self, table):
        del table
        return ({"a": "x" * 100} for _ in range(self.number))


def test_a_large_table_is_sampled_in_little_memory():
    """Each row has the same chance."""
    chance = Chance(500, random.Random(1).random)
    tracemalloc.start()
    rows = sum(1 for _ in ConnectedTables("x", lambda: _Wide(20_000)).rows(chance))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (400 < rows < 600, chance.sampled, peak < 200_000) == (True, True, True)
