"""Parquet files: which are read, which are written, in a folder and in a bucket, and by crashes."""

import bz2
import gzip
import io
import lzma
import os
import signal
import socket
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.parquet import rewrite
from privacykit.connectors.lakehouse.parquet.places import BucketPlace, FolderPlace
from privacykit.connectors.lakehouse.parquet.pruning import row_groups
from privacykit.connectors.lakehouse.parquet.tables import ParquetTables
from privacykit.connectors.lakehouse.rows.sought import SoughtValues
from privacykit.connectors.moments import period_end
from privacykit.errors import DataMapError, StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths
from tests.connectors.lakehouse.lakes import (
    ANNA,
    MAP,
    ParquetLake,
    arrow,
    connector,
    erase,
    means,
    rows_of,
    visits,
    whom,
)
from tests.waiting import eventually

OTHERS = [row for row in visits() if row["email"] != ANNA]


@pytest.fixture
def lake(tmp_path):
    """A lake with rows of three people."""
    made = ParquetLake(tmp_path)
    made.write(visits())
    return made


def test_files_of_other_columns_are_done_together(lake):
    """One has a column more, one a narrower number: their rows are known by what they hold."""
    first, second, _ = sorted(lake.folder.rglob("*.parquet"))
    table = parquet.ParquetFile(first).read()
    table = table.set_column(0, "id", table["id"].cast(pa.int32()))
    parquet.write_table(table.set_column(3, "amount", table["amount"].cast(pa.float32())), first)
    table = parquet.ParquetFile(second).read()
    parquet.write_table(table.append_column("ref", pa.array(["r"] * table.num_rows)), second)
    at, people = connector(lake), [whom(), whom("bert@lake.example")]
    gathered, jobs = at.gathered(people), []
    for context in people:
        keys = [target.key for target in gathered.find("visits", context)]
        assert set(keys) == {target.key for target in at.find("visits", context)}
        jobs.append(([Work(at.step("visits", Action.DELETE, None), keys)], context))
    done = at.apply_together(jobs)
    assert [[(a.changed, a.gone) for a in each] for each in done] == [[(12, 0)], [(12, 0)]]
    assert {row["email"] for row in rows_of(lake)} == {"zoe.zzzz@lake.example"}


def test_only_files_that_hold_a_row_are_written(lake):
    """The others keep their bytes and their time."""
    only = [row for row in visits() if row["email"] != ANNA or row["month"] == "2026-10"]
    lake.write(only)
    before = {f: (f.stat().st_ino, f.read_bytes()) for f in lake.folder.rglob("*.parquet")}
    erase(means(lake))
    changed = [
        file.parent.name
        for file, (inode, data) in before.items()
        if (file.stat().st_ino, file.read_bytes()) != (inode, data)
    ]
    assert changed == ["month=2026-10"]


def test_a_written_file_is_like_the_old_one(lake):
    """Types, packing, statistics and bloom filters."""
    file = lake.folder / "visits" / "month=2026-10" / "part-0.parquet"
    table = parquet.read_table(file, partitioning=None)
    filters = {"email": True}
    parquet.write_table(
        table,
        file,
        compression={"id": "ZSTD", "email": "GZIP", "page": "SNAPPY", "amount": "NONE"},
        write_statistics=["id"],
        bloom_filter_options=filters,
    )
    before = [_facts(file, n) for n in range(4)]
    erase(means(lake))
    assert [_facts(file, n) for n in range(4)] == before
    assert parquet.read_schema(file) == table.schema


def _facts(file, number):
    column = parquet.ParquetFile(file).metadata.row_group(0).column(number)
    return (
        column.path_in_schema,
        column.compression,
        column.is_stats_set,
        column.bloom_filter_offset is not None,
    )


def test_a_file_left_without_rows_goes(tmp_path):
    """But the last one of a table, which says its columns."""
    lake = ParquetLake(tmp_path)
    lake.write([row for row in visits() if row["month"] == "2026-01" or row["email"] == ANNA])
    erase(means(lake))
    assert [f.parent.name for f in sorted(tmp_path.rglob("*.parquet"))] == ["month=2026-01"]
    lake.write([row for row in visits() if row["month"] == "2026-01" and row["email"] == ANNA])
    erase(means(lake))
    assert (len(list(tmp_path.rglob("*.parquet"))), rows_of(lake)) == (1, [])


def test_summaries_and_checksums_of_old_files_go(lake):
    """They repeat the statistics of rows that are gone."""
    table = lake.folder / "visits"
    for name in ("_metadata", "month=2026-10/.part-0.parquet.crc"):
        parquet.write_table(pa.table({"email": [ANNA]}), table / name)
    assert erase(means(lake))[1].results[0].effect is Effect.ERASED
    assert not (table / "_metadata").exists()


def test_what_lies_about_keeps_the_level_down(lake):
    """A copy that no table refers to, packed or plain, is found; so is one that cannot be read."""
    (lake.folder / "copy.csv.gz").write_bytes(gzip.compress(f"x,{ANNA.upper()}".encode()))
    outcome = erase(means(lake))[1]
    assert outcome.results[0].effect is Effect.LOGICAL
    assert outcome.results[0].evidence.byte_hits == 1
    (lake.folder / "copy.csv.gz").write_bytes(b"\x1f\x8bbroken")
    told = connector(lake).settle(["visits"], Effect.ERASED, [ANNA])
    assert told.effect is Effect.LOGICAL
    assert any("cannot be searched" in word for word in told.remains)


def _pivoted(folder):
    parquet.write_table(pa.table({ANNA: [1]}), folder / "wide.parquet")


def _hidden(folder):
    parquet.write_table(pa.table({"email": [ANNA]}), folder / "visits" / ".old.parquet")


def _noted(folder):
    table = pa.table({"id": [1]}).replace_schema_metadata({ANNA: "asked"})
    parquet.write_table(table, folder / "noted.parquet")


def _in_a_page(folder):
    pages = [f"/x?e={ANNA.replace('@', '%40')}&p=1"]
    parquet.write_table(pa.table({"page": pages}), folder / "pages.parquet")


def _in_a_log(folder):
    (folder / "app.log").write_text(f"GET /x?e={ANNA.replace('@', '%40').upper()}")


@pytest.mark.parametrize("leave", [_pivoted, _hidden, _noted, _in_a_page, _in_a_log])
def test_level_says_where_a_value_stands_still(lake, leave):
    """In names of columns, notes of a file, addresses of pages and files that no table shows."""
    leave(lake.folder)
    told = connector(lake).settle(["visits"], Effect.ERASED, [ANNA])
    assert told.effect is Effect.LOGICAL
    words = " ".join(told.remains)
    assert "hold a value still" in words
    assert "@" not in words


def test_a_name_that_is_no_text_is_a_name_all_the_same(lake):
    """File systems take any bytes; the rows in such a file go like others."""
    folder = os.fsencode(lake.folder / "visits")
    odd = folder + b"/\xff.parquet"
    parquet.write_table(pa.table({"id": [9], "email": [ANNA]}), os.fsdecode(folder + b"/a.parquet"))
    os.rename(folder + b"/a.parquet", odd)  # noqa: PTH104 - bytes
    erase(means(lake))
    assert all(row["email"] != ANNA for row in rows_of(lake))
    assert connector(lake).settle(["visits"], Effect.ERASED, [ANNA]).effect is Effect.ERASED


def test_damaged_file_is_named_without_what_its_folders_say(lake):
    """Whoever has to restore it must know which; a folder may be named by a person."""
    broken = lake.folder / "visits" / "who=bert" / "b.parquet"
    broken.parent.mkdir()
    broken.write_bytes(b"PAR1")
    with pytest.raises(StoreError, match=r"visits/who=…/b\.parquet is damaged.*PK381"):
        connector(lake).check()


def test_columns_that_disagree_are_named(lake):
    """With the types that they have."""
    parquet.write_table(pa.table({"email": [{"a": 1}]}), lake.folder / "visits" / "odd.parquet")
    with pytest.raises(StoreError, match=r"the column email \(.*string.*struct.*PK381"):
        connector(lake).check()


def _zipped(text):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("copy.csv", text)
    return whole.getvalue()


PACKED = {
    "zip": _zipped,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda text: pa.compress(text, "zstd", asbytes=True),
    "lz4": lambda text: pa.compress(text, "lz4", asbytes=True),
    "a way that nobody knows": lambda text: bytes(letter ^ 0xAA for letter in text),
    "packed twice": lambda text: gzip.compress(gzip.compress(text)),
    "sixteen bits": lambda text: text.decode().encode("utf-16-le"),
}


@pytest.mark.parametrize("kind", PACKED)
def test_what_nobody_here_unpacks_keeps_the_level_down(lake, kind):
    """A search of its bytes finds nothing, whatever it holds."""
    (lake.folder / "copy").write_bytes(PACKED[kind](f"x,{ANNA}\n".encode() * 9))
    told = erase(means(lake))[1].results[0]
    assert told.effect is Effect.LOGICAL
    assert any("cannot be searched" in word for word in told.evidence.remains)


def test_a_duckdb_file_in_a_folder_of_others_keeps_the_level_down(lake):
    """Its columns are packed; mapped as a dataset of its own it can be searched."""
    with duckdb.connect(str(lake.folder / "copy.duckdb")) as owner:
        owner.execute("create table copies (who varchar)")
    told = erase(means(lake))[1].results[0]
    assert (told.effect, told.evidence.byte_hits) == (Effect.LOGICAL, 0)
    assert any("cannot be searched" in word for word in told.evidence.remains)


def test_a_file_that_changed_meanwhile_is_left(lake, monkeypatch):
    """Nothing of what somebody else wrote is lost; the run says so and is run again."""
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    file = lake.folder / "visits" / "month=2026-01" / "part-0.parquet"
    inner = rewrite.rewrite_parquet

    def late(*given):
        parquet.write_table(parquet.read_table(file, partitioning=None), file)
        return inner(*given)

    monkeypatch.setattr("privacykit.connectors.lakehouse.parquet.tables.rewrite_parquet", late)
    with pytest.raises(StoreError, match="changed by somebody else"):
        at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    assert rows_of(lake) == visits()


def test_folder_names_are_not_rewritten(lake):
    """A value that stands in a path cannot be masked there."""
    edited = next(iter(lake.tables().scan("visits", None)))
    news = [{**row, "month": "x"} for row in edited.batch.to_pylist()]
    from privacykit.connectors.lakehouse.tables import Edited

    edit = Edited(edited.part, edited.tag, edited.positions, edited.batch, news)
    with pytest.raises(StoreError, match="PK382"):
        lake.tables().change("visits", [edit])


def test_broken_files_and_files_at_odds_are_said(lake):
    """With the id, and nothing of what is in them."""
    (lake.folder / "visits" / "part-9.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(StoreError, match="PK381"):
        connector(lake)
    parquet.write_table(pa.table({"id": [["x"]]}), lake.folder / "visits" / "part-9.parquet")
    with pytest.raises(StoreError, match="PK381"):
        connector(lake)
    with pytest.raises(StoreError, match="PK380"):
        FolderPlace(lake.folder / "nowhere")


@pytest.mark.parametrize(
    ("wanted", "groups"),
    [
        (None, [0, 1, 2]),
        ((SoughtValues("email", frozenset({"b"})),), [0]),
        ((SoughtValues("email", frozenset({"e", "zz"})),), [1]),
        ((SoughtValues("email", frozenset({"b"}), folded=True),), [0, 1, 2]),
        ((SoughtValues("email", None),), [0, 1, 2]),
        ((SoughtValues("id", frozenset({"5"})),), [2]),
        ((SoughtValues("id", frozenset({"x"})),), []),
        ((SoughtValues("other", frozenset({"b"})),), [0, 1, 2]),
        ((SoughtValues("email", frozenset({"b"})), SoughtValues("id", frozenset({"2"}))), [0, 1]),
    ],
)
def test_statistics_exclude_row_groups(tmp_path, wanted, groups):
    """By bytes for text, by value for numbers; never where upper and lower case are one."""
    table = pa.table({"id": range(6), "email": ["a", "c", "d", "f", "g", "i"]})
    parquet.write_table(table, tmp_path / "x.parquet", row_group_size=2)
    metadata = parquet.ParquetFile(tmp_path / "x.parquet").metadata
    assert list(row_groups(metadata, wanted, None)) == groups


def test_bloom_filters_exclude_what_statistics_cannot(tmp_path):
    """A value between the lowest and the highest that is not there."""
    table = pa.table({"id": [0, 9] * 3, "email": ["a", "z"] * 3})
    filters = {"email": True, "id": True}
    parquet.write_table(
        table, tmp_path / "x.parquet", row_group_size=2, bloom_filter_options=filters
    )
    metadata = parquet.ParquetFile(tmp_path / "x.parquet").metadata
    path = str(tmp_path / "x.parquet")
    found = [
        list(row_groups(metadata, (SoughtValues(c, frozenset(t)),), path))
        for c, t in (("email", "m"), ("email", "ma"), ("id", "5"), ("id", "95"))
    ]
    assert found == [[], [0, 1, 2], [], [0, 1, 2]]
    assert list(row_groups(metadata, (SoughtValues("email", frozenset("m")),), None)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("2026", 1798761600.0),
        ("2026-12", 1798761600.0),
        ("2026-12-31", 1798761600.0),
        ("2026-13-99", None),
        ("week 3", None),
        ("", None),
    ],
)
def test_periods_end_where_the_next_begins(text, end):
    """A year, a month, a day; nothing else says when it is over."""
    assert period_end(text) == end


BUCKET_MAP = MAP.replace('path = "."', 'url = "s3://lake/raw"')
OPTIONS = """
[datasets.lake.options]
endpoint = "{endpoint}"
user = "AKIA"
key = "secret"
"""


@pytest.fixture
def bucket():
    """A bucket at somebody else's stand-in for S3, in a process of its own as buckets are."""
    import boto3

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    eventually(lambda: _answers(port), seconds=30)
    endpoint = f"http://127.0.0.1:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="AKIA",
        aws_secret_access_key="secret",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="lake")
    yield SimpleNamespace(endpoint=endpoint, client=client)
    client.close()
    server.kill()
    server.wait()


def _answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def test_a_bucket_is_a_lake_too(lake, bucket):
    """Signed, replaced as it was read, decoded and searched."""
    for file in lake.folder.rglob("*.parquet"):
        key = f"raw/{file.relative_to(lake.folder).as_posix()}"
        bucket.client.put_object(Bucket="lake", Key=key, Body=file.read_bytes())
    text = BUCKET_MAP.format(kind="parquet") + OPTIONS.format(endpoint=bucket.endpoint)
    at = open_lake(parse_datamap(text), "lake", Paths(lake.folder), "datamap.toml")
    assert at.settle(["visits"], Effect.ERASED, [ANNA]).effect is Effect.LOGICAL
    keys = [target.key for target in at.find("visits", whom())]
    done = at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    assert (done[0].changed, at.size("visits")) == (12, len(OTHERS))
    assert at.settle(["visits"], Effect.ERASED, [ANNA]).effect is Effect.ERASED
    assert at.purger(key=b"", salt=b"")._tables.drop(
        "visits", "visits/month=2026-01/part-0.parquet"
    )
    at.close()


def test_a_bucket_that_refuses_is_said(lake, bucket):
    """And what changed meanwhile is left."""
    text = BUCKET_MAP.format(kind="parquet") + OPTIONS.format(endpoint=bucket.endpoint)
    text = text.replace("s3://lake", "s3://other")
    with pytest.raises(StoreError, match="PK16"):
        open_lake(parse_datamap(text), "lake", Paths(lake.folder), "datamap.toml")


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ('endpoint = "http://far.example"', "endpoint"),
        ("colour = 1", "colour"),
        ("timeout = -1", "timeout"),
        ('user = "AKIA"', "options"),
        ('url = "x"', "url"),
    ],
)
def test_options_of_a_lake_are_checked(tmp_path, options, key):
    """With the key that is wrong, and no value."""
    text = BUCKET_MAP.format(kind="parquet")
    if key == "url":
        text = text.replace("s3://lake/raw", "gs://lake")
    else:
        text += f"[datasets.lake.options]\n{options}\n"
    with pytest.raises(DataMapError) as caught:
        open_lake(parse_datamap(text), "lake", Paths(tmp_path), "datamap.toml")
    assert [(p.id, p.key.rpartition(".")[2]) for p in caught.value.problems] == [("PK384", key)]


def test_a_lake_without_a_place_is_refused(tmp_path):
    """Neither path nor URL."""
    text = BUCKET_MAP.format(kind="parquet").replace('url = "s3://lake/raw"\n', "")
    with pytest.raises(DataMapError, match="PK218"):
        open_lake(parse_datamap(text), "lake", Paths(tmp_path), "datamap.toml")


KILLED = """
import os, signal, sys
from pathlib import Path
from privacykit.connectors.lakehouse.parquet import tables
from privacykit.govern.erasure.ports.connector import Work
from privacykit.govern.records import Action
from tests.connectors.lakehouse.lakes import ParquetLake, connector, whom

inner, turns = tables.rewrite_parquet, iter(range(9))
def dying(old, new, news):
    if next(turns) == int(sys.argv[2]):
        new.write(b"PAR1 half a file")
        new.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    return inner(old, new, news)
tables.rewrite_parquet = dying
at = connector(ParquetLake(Path(sys.argv[1])))
keys = [target.key for target in at.find("visits", whom())]
at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
"""


@pytest.mark.parametrize("turn", [0, 2])
def test_killed_in_the_middle_and_run_again(lake, turn):
    """Every file is the old one or the new one, what was half written goes, and the rest is done."""
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(lake.folder), str(turn)], check=False, env=os.environ
    )
    assert ran.returncode == -signal.SIGKILL
    assert len(rows_of(lake)) == len(visits()) - 4 * turn
    outcome = erase(means(lake))[1]
    assert rows_of(lake) == OTHERS
    assert {r.effect for r in outcome.results if r.rows_changed} == {Effect.ERASED}
    assert not list(lake.folder.rglob(".privacykit-*"))


def test_a_bucket_place_has_no_paths_and_says_what_is_gone():
    """An object that went between list and look."""

    class _Empty:
        def keys(self):
            return ["a.parquet"]

        def get(self, _):
            return None

        def close(self):
            pass

    place = BucketPlace(_Empty())
    assert place.path("a.parquet") is None
    with pytest.raises(StoreError, match="meanwhile"):
        ParquetTables(place).count("a")
    place.close()


def test_types_of_files_written_apart_are_joined(tmp_path):
    """A column that came later is empty in the files before."""
    (tmp_path / "visits").mkdir()
    parquet.write_table(arrow(visits()).select(["id", "email"]), tmp_path / "visits" / "a.parquet")
    parquet.write_table(arrow(visits()), tmp_path / "visits" / "b.parquet")
    mapped = parse_datamap(MAP.format(kind="parquet"))
    at = LakeConnector(mapped, "lake", ParquetTables(FolderPlace(tmp_path)))
    assert [column.name for column in at.schema()[0].columns] == [*arrow([]).schema.names]
    assert len(list(at.find("visits", whom()))) == 24
