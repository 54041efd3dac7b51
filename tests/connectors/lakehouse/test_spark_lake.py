"""Spark of this machine: what it writes where, names, types, crashes; `make engines` brings it."""

import os
import signal
import struct
import subprocess
import sys
import zlib
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Event, Thread

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from privacykit.connectors.lakehouse.parquet.places import CHANGED, FolderPlace
from privacykit.connectors.lakehouse.parquet.tables import ParquetTables
from privacykit.connectors.lakehouse.rows.sought import SoughtValues
from privacykit.connectors.lakehouse.spark.catalogue import SparkCatalogueTables
from privacykit.connectors.lakehouse.spark.rewrite import BESIDE
from privacykit.connectors.lakehouse.spark.statements import freeing
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.errors import DataMapError, StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths
from tests.connectors.lakehouse.lakes import (
    ANNA,
    arrow,
    connector,
    erase,
    files_with,
    means,
    rows_of,
    visits,
    whom,
)
from tests.connectors.lakehouse.spark_lake import OWN, SparkLake, tables
from tests.connectors.lakehouse.test_spark_plans import MAPPED

pytestmark = [pytest.mark.engine("pyspark"), pytest.mark.filterwarnings("ignore")]
OTHERS = [row for row in visits() if row["email"] != ANNA]


@pytest.fixture
def lake(tmp_path):
    """A folder with rows of three people."""
    made = SparkLake(tmp_path)
    made.write(visits())
    return made


def sought(column, *texts, folded=False):
    """Return what is looked for."""
    return (SoughtValues(column, frozenset(texts) if texts else None, folded),)


def gone(at, name, wanted, new=None):
    """Take what fits *wanted* out of a table, or put *new* in its place."""
    edits = [
        Edited(it.part, it.tag, it.positions, it.batch, [new and {**row, **new} for row in rows])
        for it in at.scan(name, wanted)
        if (rows := it.batch.to_pylist())
    ]
    at.change(name, edits)


def checksum(file):
    """Write beside *file* what Hadoop does."""
    data = file.read_bytes()
    sums = [zlib.crc32(data[at : at + 512]) for at in range(0, len(data), 512)]
    made = struct.pack(f">4sI{len(sums)}I", b"crc\0", 512, *sums)
    file.with_name(f".{file.name}.crc").write_bytes(made)


@contextmanager
def watched(*texts):
    """Look again and again at what Spark writes beside; yield the files that say each of *texts*."""
    found, over = {text: set() for text in texts}, Event()

    def look():
        for file in OWN.rglob("*"):
            with suppress(OSError):
                data = file.read_bytes() if file.is_file() else b""
                for text in texts:
                    if text.encode() in data:
                        found[text].add(file)

    def watch():
        while not over.wait(0.02):
            look()

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()
        look()


def test_nothing_that_spark_writes_beside_names_anybody(lake, capfd):
    """Plans of queries in its log of events, what it spills, what it says."""
    with watched(ANNA, "SparkListenerSQLExecutionStart") as found:
        erase(means(lake))
    assert found["SparkListenerSQLExecutionStart"]
    assert found[ANNA] == set()
    assert ANNA not in "".join(capfd.readouterr())


def test_an_error_of_spark_repeats_no_value(lake, capfd):
    """Its messages quote them, and its own logger writes them to the terminal."""
    at = lake.tables()
    with pytest.raises(StoreError) as refused, at._frames.doing("asking", "visits"):
        at._frames._session.sql(f"SELECT CAST('{ANNA}' AS INT)").collect()
    assert str(refused.value) == "asking the table visits in Spark: CAST_INVALID_INPUT"
    assert ANNA not in "".join(capfd.readouterr())


def test_a_file_is_like_the_one_before(tmp_path):
    """Packing, filters, statistics, types, the order of rows; the others to the last value."""
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    number = 3000  # with more values than a dictionary holds, or Spark makes no filter
    rows = pa.table(
        {
            "id": pa.array(range(number), pa.int16()),
            "email": [ANNA, "b", *(f"{it:0600}" for it in range(number - 2))],
            "at": pa.array([moment] * number, pa.timestamp("us", "UTC")),
            "day": pa.array([moment.replace(tzinfo=None)] * number, pa.timestamp("us")),
            "sum": pa.array([1, 2, 3] * 1000, pa.decimal128(12, 2)),
            "in": [{"x": ["é", None], "y": {"z": 1.5}}] * number,
        }
    )
    for old, name in ((True, "old"), (False, "new")):
        (tmp_path / name).mkdir()
        file = tmp_path / name / "1.parquet"
        # In the old way a moment of no zone is one of UTC for Spark.
        mine = rows.drop_columns(["day"]) if old else rows
        parquet.write_table(
            mine,
            file,
            compression="zstd" if old else "gzip",
            use_deprecated_int96_timestamps=old,
            write_statistics=["id"],
            bloom_filter_options={"email": True},
        )
        gone(tables(tmp_path), name, sought("email", ANNA))
        kept = [row for row in mine.to_pylist() if row["email"] != ANNA]
        read = parquet.read_table(file, coerce_int96_timestamp_unit="us").to_pylist()
        assert [{**row, "at": row["at"].replace(tzinfo=UTC)} for row in read] == kept
        group = parquet.read_metadata(file).row_group(0)
        told = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
        assert told["email"].compression == ("ZSTD" if old else "GZIP")
        assert told["at"].physical_type == ("INT96" if old else "INT64")
        assert told["email"].bloom_filter_offset is not None
        assert not told["email"].is_stats_set
        assert told["id"].is_stats_set


NAMES = (
    "month=a%3Ab%20c/x [1].parquet",
    "month=__HIVE_DEFAULT_PARTITION__/{y}.parquet",
    "month=2026/z é+%.parquet",
)


def test_names_that_mean_something_to_spark(tmp_path):
    """Patterns, encoded values, blanks; columns with dots, quotes, and our own beginning."""
    columns = ("a.b", "q`uote", "privacykit_file", "Email", "email")
    for number, name in enumerate(NAMES):
        file = tmp_path / "my [table]" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        given_ = {column: [f"{column}{number}", "other"] for column in columns}
        parquet.write_table(pa.table(given_), file)
    at = tables(tmp_path)
    assert at.count("my [table]") == 6
    for column, value in (("a.b", "a.b0"), ("q`uote", "q`uote1"), ("email", "email2")):
        (found,) = at.scan("my [table]", sought(column, value))
        assert found.batch.num_rows == 1
    (found,) = at.scan("my [table]", sought("Email", "EMAIL0", folded=True))
    assert found.batch.to_pylist()[0]["month"] == "a:b c"
    assert sum(it.batch.num_rows for it in at.scan("my [table]", sought("month", "a:b c"))) == 2
    gone(at, "my [table]", sought("privacykit_file", "privacykit_file0", "privacykit_file2"))
    left = [parquet.read_table(tmp_path / "my [table]" / name).num_rows for name in NAMES]
    assert left == [1, 2, 1]


def test_a_file_that_loses_its_rows_goes_but_not_the_last(tmp_path):
    """The table has its columns still; what repeats statistics and checksums goes too."""
    (tmp_path / "t").mkdir()
    for number in range(2):
        file = tmp_path / "t" / f"{number}.parquet"
        parquet.write_table(pa.table({"email": [ANNA]}), file)
        checksum(file)
    parquet.write_metadata(pa.schema([("email", pa.string())]), tmp_path / "t" / "_metadata")
    at = tables(tmp_path)
    gone(at, "t", sought("email", ANNA))
    assert [it.name for it in tmp_path.rglob("*") if it.is_file()] == ["1.parquet"]
    assert (at.count("t"), at.schema("t").names) == (0, ["email"])


def test_what_came_meanwhile_stays(lake):
    """A file that somebody replaced since it was read is not replaced by us."""
    at = lake.tables()
    edits = [
        Edited(it.part, it.tag, it.positions, it.batch, [None] * it.batch.num_rows)
        for it in at.scan("visits", sought("email", ANNA))
    ]
    file = lake.folder / edits[0].part
    file.write_bytes(file.read_bytes())
    os.utime(file, ns=(1, 1))
    with pytest.raises(StoreError, match=CHANGED):
        at.change("visits", edits)
    assert sum(row["email"] == ANNA for row in parquet.read_table(file).to_pylist()) == 4
    assert list(lake.folder.glob(f"{BESIDE}*")) == []


def test_files_that_spark_does_not_see_are_said(lake):
    """Rows that nobody looks at would be rows that nobody erases."""
    file = next(lake.folder.rglob("*.parquet"))
    file.rename(file.with_suffix(".PARQUET"))
    with pytest.raises(StoreError, match="PK440"):
        lake.tables().count("visits")


def test_a_column_in_two_types_is_said(tmp_path):
    """Not read as either."""
    (tmp_path / "t").mkdir()
    parquet.write_table(pa.table({"a": [1]}), tmp_path / "t" / "1.parquet")
    parquet.write_table(pa.table({"a": ["x"]}), tmp_path / "t" / "2.parquet")
    with pytest.raises(StoreError, match="reading the columns of the table t in Spark: "):
        tables(tmp_path).schema("t")


def test_a_type_that_spark_would_change_is_refused_before_anything_is_written(tmp_path):
    """Bytes of others stay what they are."""
    (tmp_path / "t").mkdir()
    file = tmp_path / "t" / "1.parquet"
    parquet.write_table(pa.table({"e": [ANNA, "b"], "n": pa.array([1, 2], pa.uint32())}), file)
    before = file.read_bytes()
    with pytest.raises(StoreError, match="PK442"):
        gone(tables(tmp_path), "t", sought("e", ANNA))
    assert file.read_bytes() == before


KILLED = """
import os, signal, sys
from pathlib import Path
from privacykit.connectors.lakehouse.spark import tables
from tests.connectors.lakehouse.lakes import erase, means
from tests.connectors.lakehouse.spark_lake import SparkLake

inner, times = tables.put_in_place, iter(range(9))
def dying(*given):
    if next(times) == 1: os.kill(os.getpid(), signal.SIGKILL)
    return inner(*given)
tables.put_in_place = dying
erase(means(SparkLake(Path(sys.argv[1]))))
"""


def test_killed_between_two_files_and_run_again(lake):
    """Each file is the old one or the new one, and what lay beside them goes."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", KILLED, str(lake.folder)], check=False
    )
    assert ran.returncode == -signal.SIGKILL
    assert list(lake.folder.glob(f"{BESIDE}*"))
    assert {row["id"] for row in rows_of(lake)} > {row["id"] for row in OTHERS}
    erase(means(lake))
    assert (rows_of(lake), files_with(lake.folder, ANNA)) == (OTHERS, [])
    assert list(lake.folder.glob(f"{BESIDE}*")) == []


def test_at_the_level_logical_nothing_is_searched(lake):
    """Rows are gone from the files all the same."""
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    assert at.settle(["visits"], Effect.LOGICAL, [ANNA]).effect is Effect.LOGICAL
    told = at.settle(["visits"], Effect.ERASED, [ANNA])
    assert told.effect is Effect.ERASED
    assert any("spark.local.dir" in it for it in told.remains)


TEXTS = st.sampled_from(["a", "A", "é", "É", "ſ", "s", "x'y", "1", "", None])


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.tuples(TEXTS, st.sampled_from([1, -1, None])), min_size=1, max_size=9),
    texts=st.frozensets(st.sampled_from(["a", "É", "s", "x'y", "1", "-1"]), min_size=1),
    folded=st.booleans(),
)
def test_finds_what_parquet_finds(tmp_path_factory, rows, texts, folded):
    """Row for row, whatever is looked for, and wherever a value occurs."""
    folder = tmp_path_factory.mktemp("lake")
    (folder / "t").mkdir()
    names, numbers = (list(it) for it in zip(*rows, strict=True))
    table = pa.table({"e": pa.array(names, pa.string()), "n": pa.array(numbers, pa.int32())})
    parquet.write_table(table, folder / "t" / "1.parquet")
    ours, theirs = tables(folder), ParquetTables(FolderPlace(folder))

    def places(found):
        return sorted((it.part, place) for it in found for place in it.positions)

    wanted = (SoughtValues("e", texts, folded), SoughtValues("n", texts))
    assert places(ours.scan("t", wanted)) == places(theirs.scan("t", wanted))
    lowered = sorted(it.lower() for it in texts)
    assert places(ours.holding("t", lowered)) == places(theirs.holding("t", lowered))


@pytest.mark.parametrize("named", ["tests.nowhere:made", "tests.connectors.lakehouse.lakes:NOW"])
def test_a_hook_that_is_none_is_said(tmp_path, named):
    """With its place in the map."""
    found = parse_datamap(MAPPED.format(options=f'session = "{named}"'))
    with pytest.raises(DataMapError) as refused:
        open_lake(found, "lake", Paths(tmp_path), "datamap.toml")
    assert [it.key for it in refused.value.problems] == ["datasets.lake.options.session"]


def refusing():
    """Return no session."""
    raise OSError("anna knows why")


def our_session():
    """Return the session of the tests."""
    return tables(OWN)._frames._session


def test_a_session_of_ones_own_is_asked_for(tmp_path):
    """And keeps its settings: ours is a new one beside it; what it raises is not repeated."""
    SparkLake(tmp_path).write(visits())
    text = MAPPED.format(options=f'session = "{__name__}:our_session"')
    at = open_lake(parse_datamap(text), "lake", Paths(tmp_path), "datamap.toml")
    assert at.size("visits") == len(visits())
    at.close()
    text = MAPPED.format(options=f'session = "{__name__}:refusing"')
    with pytest.raises(StoreError, match=r"OSError \(PK443\)$"):
        open_lake(parse_datamap(text), "lake", Paths(tmp_path), "datamap.toml")


@pytest.fixture
def shop():
    """A table of the session's own catalogue, with values of every kind."""
    session = tables(OWN)._frames._session
    moment = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # an hour that Berlin does not have
    rows = arrow(visits()).append_column("at", pa.array([moment] * 36, pa.timestamp("us", "UTC")))
    inside = [{"t": moment, "b": b"\xff", "m": [("k", moment)], "l": [moment, None]}] * 36
    moments = pa.timestamp("us", "UTC")
    kind = [("t", moments), ("b", pa.binary()), ("l", pa.list_(moments))]
    rows = rows.append_column(
        "in", pa.array(inside, pa.struct([*kind, ("m", pa.map_(pa.string(), moments))]))
    )
    session.sql("CREATE DATABASE IF NOT EXISTS shop")
    session.createDataFrame(rows).write.mode("overwrite").saveAsTable("shop.visits")
    yield SparkCatalogueTables(tables(OWN)._frames, ("spark_catalog", "shop")), session
    session.sql("DROP DATABASE shop CASCADE")


def test_tables_of_a_catalogue_are_read(shop):
    """All of them as they are, and those in which a value is; whatever zone this process is in."""
    at, _ = shop
    assert (list(at.names()), at.count("visits")) == (["visits"], 36)
    every = [row for it in at.scan("visits", None) for row in it.batch.to_pylist()]
    with at._frames.doing("reading", "visits"):
        told = at._frames.table("`shop`.`visits`").toArrow().to_pylist()
    assert sorted(map(repr, every)) == sorted(map(repr, told))
    mine = [row for it in at.scan("visits", sought("email", ANNA)) for row in it.batch.to_pylist()]
    held = [row for it in at.holding("visits", [ANNA]) for row in it.batch.to_pylist()]
    assert sorted(map(repr, mine)) == sorted(map(repr, held))
    assert [row["email"] for row in mine] == [ANNA] * 12


def test_statements_are_as_spark_reads_them(shop, monkeypatch):
    """Its own grammar has a merge and calls; those of Delta come with Delta."""
    at, session = shop
    said = []
    monkeypatch.setattr(at._frames, "run", lambda it, _: said.append(it) or [["Provider", "delta"]])
    gone(at, "visits", sought("email", ANNA), {"page": "/new"})
    parser = session._jsparkSession.sessionState().sqlParser()
    for statement in (*said, *freeing("iceberg", ("main", "shop"), "it's")):
        assert parser.parsePlan(statement) is not None


REMOTE = """
import sys
from pathlib import Path
from pyspark.sql import SparkSession
from privacykit.connectors.lakehouse.spark.frames import SparkFrames
from privacykit.settings.lakes.spark import SparkOptions, session_of
from privacykit.settings.paths import Paths
from tests.connectors.lakehouse import spark_lake
from tests.connectors.lakehouse.lakes import erase, means, rows_of

SparkSession.builder.remote("local[2]").getOrCreate()   # starts a server on this machine
options = SparkOptions(remote="sc://localhost:15002")
made = SparkFrames(session_of(options, "lake", Paths("."), "m"))
spark_lake.frames = lambda: made
lake = spark_lake.SparkLake(Path(sys.argv[1]))
_, outcome = erase(means(lake))
print(outcome.status.value, len(rows_of(lake)), type(made._session).__module__)
"""


def test_a_server_of_spark_connect_does_the_same(lake):
    """Nothing but SQL, frames and files is asked of it."""
    command = [sys.executable, "-W", "ignore", "-c", REMOTE, str(lake.folder)]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    told = f"fulfilled {len(OTHERS)} pyspark.sql.connect.session"
    assert ran.stdout.strip().splitlines()[-1:] == [told], ran.stderr[-3000:]
    assert files_with(lake.folder, ANNA) == []
