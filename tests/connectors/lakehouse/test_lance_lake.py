"""Lance datasets: what their indexes keep, rows of every type, writers beside us, kills, buckets."""

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import lance
import pyarrow as pa
import pytest
from lance.file import LanceFileReader

from privacykit.connectors.lakehouse.lance.change import CHANGED
from privacykit.connectors.lakehouse.lance.tables import LanceTables
from privacykit.connectors.lakehouse.parquet.places import FolderPlace
from privacykit.connectors.lakehouse.rows.sought import SoughtValues
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.connectors.lakehouse.words import outlook_words
from privacykit.errors import StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect, RequestStatus
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths
from tests.connectors.lakehouse.lakes import (
    ANNA,
    SCHEMA,
    LanceLake,
    connector,
    erase,
    files_with,
    means,
    rows_of,
    visits,
    whom,
)
from tests.connectors.lakehouse.test_parquet_lake import BUCKET_MAP, OPTIONS, bucket

assert bucket

OTHERS = [row for row in visits() if row["email"] != ANNA]


@pytest.fixture
def lake(tmp_path):
    """A dataset with rows of three people."""
    made = LanceLake(tmp_path)
    made.write(visits())
    return made


def vectors(folder, n=512, of_her=256):
    """Write texts and their vectors; the first file is hers alone."""
    made = pa.table(
        {
            "id": range(n),
            "email": [ANNA if at < of_her else f"p{at}@lake.example" for at in range(n)],
            "month": ["2026-10"] * n,
            "page": [f"/{at}" for at in range(n)],
            "amount": pa.array([Decimal(at) for at in range(n)], pa.decimal128(10, 2)),
            "tags": [[f"tag{at}"] for at in range(n)],
            "vector": pa.FixedSizeListArray.from_arrays(
                pa.array(
                    [((at * 7 + k * 13) % 97) / 97 for at in range(n) for k in range(8)],
                    pa.float32(),
                ),
                8,
            ),
        }
    )
    return lance.write_dataset(made, folder / "visits.lance", max_rows_per_file=of_her)


def index_rows(folder):
    """Return the ids of rows that each file of an index has entries for."""
    found = {}
    for file in sorted(folder.rglob("_indices/*/*")):
        table = LanceFileReader(str(file)).read_all().to_table()
        for name in {"_rowid", "ids"} & set(table.column_names):
            found[file.name] = set(table[name].to_pylist())
    return found


KINDS = [
    *((kind, "email", {}) for kind in ("BTREE", "BITMAP", "NGRAM", "ZONEMAP", "BLOOMFILTER")),
    ("INVERTED", "email", {"with_position": True, "stem": False, "language": "German"}),
    ("LABEL_LIST", "tags", {}),
    ("IVF_FLAT", "vector", {"num_partitions": 2}),
    ("IVF_PQ", "vector", {"num_partitions": 2, "num_sub_vectors": 4}),
    ("IVF_HNSW_SQ", "vector", {"num_partitions": 2}),
]


@pytest.mark.parametrize(("kind", "column", "how"), KINDS, ids=[kind for kind, _, _ in KINDS])
def test_no_index_keeps_a_row_that_went(tmp_path, kind, column, how):
    """Of a file that was hers alone, too, which a merge of the index forgets to take out."""
    made = vectors(tmp_path)
    if column == "vector":
        made.create_index(column, kind, name="by", **how)
    else:
        made.create_scalar_index(column, kind, name="by", **how)
    before = lance.dataset(made.uri).describe_indices()[0]
    _, outcome = erase(means(LanceLake(tmp_path)))
    assert (outcome.status, outcome.justification) == (RequestStatus.FULFILLED, None)
    assert {r.effect for r in outcome.results if r.rows_changed} == {Effect.ERASED}
    assert files_with(tmp_path, ANNA) == []
    now = lance.dataset(made.uri)
    (after,) = now.describe_indices()
    assert (after.index_type, after.name, after.details) == (
        before.index_type,
        "by",
        before.details,
    )
    assert after.num_rows_indexed == now.count_rows() == 256
    there = set(now.scanner(columns=[], with_row_id=True).to_table()["_rowid"].to_pylist())
    for name, rows in index_rows(tmp_path).items():
        assert rows <= there, name


@pytest.mark.parametrize("kind", ["BTREE", "BITMAP", "INVERTED"])
def test_a_merge_of_an_index_keeps_a_file_that_is_gone(tmp_path, kind):
    """What the docs say of lance, and why each index is built anew: mended there, it fails here."""
    made = vectors(tmp_path)
    made.create_scalar_index("email", kind, name="by")
    made.delete("id < 256")
    made.optimize.compact_files(materialize_deletions_threshold=0.0)
    made.optimize.optimize_indices()
    made.cleanup_old_versions(older_than=timedelta(0), delete_unverified=True)
    kept = {row for rows in index_rows(tmp_path).values() for row in rows}
    hers_there = len(kept & set(range(256))) if kind != "BITMAP" else 256
    assert hers_there == 256
    assert bool(files_with(tmp_path, ANNA)) is (kind != "INVERTED")


def test_at_the_level_logical_all_of_it_stays_and_the_plan_says_so(lake):
    """What is marked as gone is shown to nobody who asks, and stands in every file."""
    told = lake.tables().outlook("visits", (SoughtValues("email", frozenset({ANNA})),), 0.0)
    assert (told.files, told.of_files) == (2, 2)
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    assert rows_of(lake) == OTHERS
    assert any(name.endswith(".lance") for name in files_with(lake.folder, ANNA))
    assert list(outlook_words("lake.visits", told, Effect.LOGICAL)) == [
        "lake.visits: rows are marked as gone; their files, indexes and older versions keep them"
    ]


def test_rows_of_every_type_change_and_the_others_stay(tmp_path):
    """One commit for all; vectors, structs, lists, moments and bytes are what they were."""
    schema = pa.schema(
        [
            ("email", pa.string()),
            ("at", pa.timestamp("us", tz="UTC")),
            ("day", pa.date32()),
            ("sum", pa.decimal128(10, 2)),
            ("raw", pa.binary()),
            ("inner", pa.struct([("a", pa.string()), ("b", pa.int64())])),
            ("tags", pa.list_(pa.string())),
            ("vector", pa.list_(pa.float32(), 4)),
            ("yes", pa.bool_()),
            ("odd name'\"", pa.string()),
        ]
    )
    moment = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    row = {
        "email": ANNA,
        "at": moment,
        "day": date(2026, 1, 2),
        "sum": Decimal("1.50"),
        "raw": b"\0\xff",
        "inner": {"a": "x", "b": 1},
        "tags": ["a", None],
        "vector": [0.5, 1.0, 1.5, 2.0],
        "yes": True,
        "odd name'\"": "it's",
    }
    bert, gone = {**row, "email": "bert"}, {**row, "email": ANNA, "sum": Decimal("9.00")}
    lance.write_dataset(pa.Table.from_pylist([bert, row, gone], schema), tmp_path / "own.lance")
    tables = LanceTables(FolderPlace(tmp_path), f"{tmp_path}/", {})
    wanted = (SoughtValues("odd name'\"", frozenset({"it's"})),)
    masked = {**row, "email": "x", "vector": None, "tags": [], "inner": None, "at": None}
    (found,) = tables.scan("own", wanted)
    new = [bert, masked, None]
    tables.change("own", [Edited("", "", found.positions, found.batch, new)])
    shown = sorted(lance.dataset(tmp_path / "own.lance").to_table().to_pylist(), key=str)
    assert shown == sorted([bert, masked], key=str)
    assert tables.names() == ["own"]


def hers(tables):
    """Return the edits that take her rows away."""
    wanted = (SoughtValues("email", frozenset({ANNA})),)
    return [
        Edited("", "", s.positions, s.batch, [None] * s.batch.num_rows)
        for s in tables.scan("visits", wanted)
    ]


@pytest.mark.parametrize("what", ["update", "compaction", "delete"])
def test_what_somebody_else_changed_meanwhile_is_not_changed(lake, what):
    """Places of rows move; nobody else's row is at the place of hers."""
    tables = lake.tables()
    edits, theirs = hers(tables), lance.dataset(lake.place)
    if what == "update":
        theirs.update({"page": "'/new'"}, where=f"email = '{ANNA}'")
    elif what == "delete":
        theirs.delete(f"email = '{ANNA}' AND month = '2026-10'")
    else:
        theirs.delete("id = 1")
        theirs.optimize.compact_files(materialize_deletions_threshold=0.0)
    before = rows_of(lake)
    with pytest.raises(StoreError, match=CHANGED):
        tables.change("visits", edits)
    assert rows_of(lake) == before


def test_rows_that_came_meanwhile_stay(lake):
    """Whoever adds rows is in nobody's way."""
    tables = lake.tables()
    edits = hers(tables)
    new = {"id": 99, "email": "new@lake.example", "month": "2026-11", "page": "/", "amount": 1}
    lance.write_dataset(pa.Table.from_pylist([new], SCHEMA), lake.place, mode="append")
    tables.change("visits", edits)
    assert rows_of(lake) == [*OTHERS, new]


def test_a_tag_keeps_a_version_and_the_level_says_so(lake):
    """It is its owner's to remove."""
    made = lance.dataset(lake.place)
    made.tags.create("monday", made.version)
    _, outcome = erase(means(lake))
    assert {r.effect for r in outcome.results if r.rows_changed} == {Effect.LOGICAL}
    assert any("the tag monday keeps an older version" in str(r) for r in outcome.results)
    lance.dataset(lake.place).tags.delete("monday")
    assert connector(lake).settle(["visits"], Effect.ERASED, [ANNA]).effect is Effect.ERASED
    assert files_with(lake.folder, ANNA) == []


def test_a_file_of_somebody_elses_is_not_taken_for_searched(lake):
    """Whatever its name ends with: what it holds nobody here can decode."""
    (lake.folder / "visits.lance" / "notes.bin").write_bytes(b"\x00\xff\x80packed")
    _, outcome = erase(means(lake))
    assert {r.effect for r in outcome.results if r.rows_changed} == {Effect.LOGICAL}


def test_two_folders_of_one_name_are_refused(lake):
    """Which of them is meant nobody could say."""
    lance.write_dataset(pa.table({"id": [1]}), lake.folder / "visits")
    with pytest.raises(StoreError, match="differ in nothing but the suffix"):
        lake.tables().names()


def test_a_dataset_that_cannot_be_read_is_said_without_its_words(lake):
    """Words of the library quote paths and values."""
    for file in lake.folder.rglob("*.manifest"):
        file.write_bytes(b"x")
    with pytest.raises(StoreError, match="opening the Lance table visits: ValueError"):
        connector(lake)


KILLED = """
import os, signal, sys
from pathlib import Path
from privacykit.connectors.lakehouse.lance.tables import LanceTables
from tests.connectors.lakehouse.lakes import LanceLake, erase, means

def dies(*_, **__): os.kill(os.getpid(), signal.SIGKILL)

import lance
from lance.dataset import DatasetOptimizer
place = {"commit": lance.LanceDataset, "compact_files": DatasetOptimizer,
         "create_scalar_index": lance.LanceDataset, "cleanup_old_versions": lance.LanceDataset}
setattr(place[sys.argv[2]], sys.argv[2], dies)
LanceLake.write = None
erase(means(LanceLake(Path(sys.argv[1]))))
"""
STEPS = ["commit", "compact_files", "create_scalar_index", "cleanup_old_versions"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_between_steps_and_run_again(lake, step):
    """Before the commit, and before each step after it."""
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(lake.folder), step], check=False, env=os.environ
    )
    assert ran.returncode == -signal.SIGKILL
    connector(lake).settle(["visits"], Effect.ERASED, [ANNA])
    erase(means(lake))
    assert (rows_of(lake), files_with(lake.folder, ANNA)) == (OTHERS, [])


def test_a_bucket_holds_lance_datasets_too(lake, bucket):
    """`lance` and we reach the same place with the same credentials."""
    for file in lake.folder.rglob("*"):
        if file.is_file():
            key = f"raw/{file.relative_to(lake.folder).as_posix()}"
            bucket.client.put_object(Bucket="lake", Key=key, Body=file.read_bytes())
    text = BUCKET_MAP.format(kind="lance") + OPTIONS.format(endpoint=bucket.endpoint)
    at = open_lake(parse_datamap(text), "lake", Paths(lake.folder), "datamap.toml")
    keys = [target.key for target in at.find("visits", whom())]
    at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    assert at.settle(["visits"], Effect.ERASED, [ANNA]).effect is Effect.ERASED
    assert at.size("visits") == len(OTHERS)
    at.close()
