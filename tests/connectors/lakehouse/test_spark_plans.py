"""Spark: what is asked, which files are written how, and what is refused, without Spark."""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from privacykit.connectors.lakehouse.gathered import GatheredTables
from privacykit.connectors.lakehouse.parquet.places import CHANGED, FolderPlace, PlacedFile
from privacykit.connectors.lakehouse.parquet.tables import ParquetTables
from privacykit.connectors.lakehouse.rows.sought import SoughtValues
from privacykit.connectors.lakehouse.spark.files import (
    groups,
    known_files,
    over_folders,
    partitions_of,
    rewrite_plan,
)
from privacykit.connectors.lakehouse.spark.query import (
    EVERY_ROW,
    condition_of,
    holding_condition,
    plain_path,
    quoted,
    rows_query,
)
from privacykit.connectors.lakehouse.spark.rewrite import BESIDE, folder_beside, put_in_place
from privacykit.connectors.lakehouse.spark.tables import SparkTables
from privacykit.connectors.lakehouse.spark.writing import options_of
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.errors import DataMapError, MissingExtraError, StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.settings.lakes import open_lake
from privacykit.settings.lakes.spark import spark_options
from privacykit.settings.paths import Paths
from privacykit.sinks.storage.turns import folder_turn
from tests.connectors.lakehouse.lakes import ANNA, SCHEMA, ParquetLake, visits

FIELDS = pa.schema(
    [
        ("id", pa.int64()),
        ("email", pa.string()),
        ("a.b", pa.string()),
        ("more", pa.struct([("mail", pa.string()), ("x`y", pa.string())])),
        ("at", pa.timestamp("us", "UTC")),
        ("sum", pa.float64()),
    ]
)
FOLDERS = {"/l/1": {"month": "2026-01", "who": "a"}, "/l/2": {"month": "2026-10", "who": None}}


AMONG = "IN (SELECT value FROM privacykit_sought_0)"


def sought(column, *texts, folded=False):
    """Return what is looked for."""
    return (SoughtValues(column, frozenset(texts) if texts else None, folded),)


@pytest.mark.parametrize(
    ("wanted", "text", "values"),
    [
        (
            sought("email", "b", "a"),
            f"CAST(`email` AS STRING) {AMONG}",
            ["a", "b"],
        ),
        (
            sought("id", "7"),
            f"CAST(`id` AS STRING) {AMONG}",
            ["7"],
        ),
        (
            sought("email", "AB", folded=True),
            f"lower(`email`) {AMONG} OR octet_length(`email`) <> char_length(`email`)",
            ["ab"],
        ),
        (
            sought("more.x`y", "a"),
            f"CAST(`more`.`x``y` AS STRING) {AMONG}",
            ["a"],
        ),
        (
            sought("a.b", "a"),
            f"CAST(`a.b` AS STRING) {AMONG}",
            ["a"],
        ),
        (
            sought("month", "2026-10"),
            f"`f` {AMONG}",
            ["/l/2"],
        ),
        (
            sought("who", "A", folded=True),
            f"`f` {AMONG}",
            ["/l/1"],
        ),
        (sought("month"), f"`f` {AMONG}", ["/l/1", "/l/2"]),
    ],
)
def test_a_query_names_frames_and_no_value(wanted, text, values):
    """Values are in the frames, and only rows that hold one come."""
    found = condition_of(wanted, FIELDS, "f", FOLDERS)
    assert (found.text, found.values, found.few) == (text, {"privacykit_sought_0": values}, True)
    assert rows_query(found) == f"SELECT * FROM privacykit_rows WHERE {text}"


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (None, ""),
        (sought("nowhere", "a"), ""),
        (sought("more.nowhere", "a"), ""),
        (sought("email.inside", "a"), ""),
        ((*sought("email", "a"), *sought("nowhere", "a")), ""),
        (sought("at", "a"), "`at` IS NOT NULL"),
        (sought("email"), "`email` IS NOT NULL"),
    ],
)
def test_what_spark_cannot_tell_is_read(wanted, text):
    """Every row, or every one with a value; some files at a time."""
    found = condition_of(wanted, FIELDS, "f", FOLDERS)
    assert (found.text, found.few) == (text, False)
    assert (found == EVERY_ROW) is (text == "")


def test_values_are_looked_for_in_every_column():
    """Those in names of folders, too; beyond ASCII every row that is beyond it is looked at."""
    found = holding_condition(["2026-1"], FIELDS, "f", FOLDERS)
    assert all(quoted(name) in found.text for name in FIELDS.names)
    assert "DECIMAL" in found.text
    assert found.values == {"privacykit_sought_0": ["2026-1"], "privacykit_sought_1": ["/l/2"]}
    beyond = holding_condition(["zoë"], FIELDS, "f", FOLDERS)
    assert "octet_length" in beyond.text
    assert "privacykit_sought_1" not in beyond.values
    assert "zoë" not in beyond.text + repr(beyond)


def test_a_name_is_no_pattern():
    """Of a folder, or a file."""
    assert plain_path("/a[b]/{c}*?\\d") == "/a\\[b\\]/\\{c\\}\\*\\?\\\\d"


def test_files_are_known_however_spark_writes_them():
    """With one slash or three, encoded; what differs is refused."""
    names = ["visits/month=a%3Ab/x 1.parquet", "visits/y.parquet"]
    told = ["file:/la%20ke/visits/month=a%253Ab/x%201.parquet", "file:///la%20ke/visits/y.parquet"]
    found = known_files(told, "/la ke/", names)
    assert sorted(found.values()) == names
    assert partitions_of(found)["/la%20ke/visits/month=a%253Ab/x%201.parquet"] == {"month": "a:b"}
    for fewer in (told[:1], ["file:/other/visits/y.parquet", *told[:1]]):
        with pytest.raises(StoreError, match="PK440"):
            known_files(fewer, "/la ke", names)


@given(st.lists(st.integers(0, 50), max_size=20))
def test_each_file_is_read_once(sizes):
    """However large: together only what fits."""
    files = [PlacedFile(str(number), size, "") for number, size in enumerate(sizes)]
    found = list(groups(files, 40))
    assert [name for some in found for name in some] == [file.name for file in files]
    assert all(len(some) == 1 or sum(sizes[int(it)] for it in some) <= 40 for some in found)


def edited(part, positions, news, tag="t"):
    """Return edits of rows of nobody."""
    old = pa.RecordBatch.from_pylist([dict.fromkeys(SCHEMA.names)] * len(news), schema=SCHEMA)
    return Edited(part, tag, positions, old, news)


def test_a_plan_names_rows_by_their_places():
    """Which go, and which get new values."""
    new = {"id": 1, "email": None, "month": "x", "page": "/", "amount": None}
    plan = rewrite_plan([edited("b", [3, 5], [None, new]), edited("a", [1], [None])], SCHEMA)
    assert (plan.files, plan.gone) == (("a", "b"), (1, 1))
    assert (plan.numbers, plan.places, plan.kept) == ((1, 1, 0), (3, 5, 1), (1,))
    assert plan.fresh.to_pylist() == [new]
    assert "x" not in repr(plan)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (edited("a", [1, 1], [None, None]), "read twice"),
        (edited("a", [1], [{"id": "no number"}]), "does not fit"),
        (edited("t/month=1/a", [1], [{"id": 1, "month": "2"}]), "PK382"),
    ],
)
def test_what_cannot_be_written_is_refused(edit, words):
    """Before anything is."""
    with pytest.raises(StoreError, match=words):
        rewrite_plan([edit], SCHEMA)


def told_by(metadata, table="visits"):
    """Return the options by which a file is written that Spark reads whole."""
    return options_of(metadata, metadata.schema.to_arrow_schema(), table)


def footer(folder, table, **options):
    """Return the footer of a file of *table*."""
    parquet.write_table(table, folder / "x.parquet", **options)
    return parquet.read_metadata(folder / "x.parquet")


def test_a_file_is_written_as_it_was(tmp_path):
    """Packing, bloom filters, columns without statistics, moments in the old way."""
    table = pa.table({"a": ["x"], "b": ["y"], "c": pa.array([1], pa.timestamp("us"))})
    found = told_by(
        footer(
            tmp_path,
            table,
            compression="zstd",
            write_statistics=["b"],
            bloom_filter_options={"a": True},
            use_deprecated_int96_timestamps=True,
        )
    )
    assert found.options() == {
        "compression": "zstd",
        "parquet.bloom.filter.enabled#a": "true",
        "parquet.column.statistics.enabled#a": "false",
    }
    assert found.timestamps() == "INT96"
    plain = told_by(footer(tmp_path, table, compression="none"))
    assert (plain.options(), plain.timestamps()) == ({"compression": "none"}, "TIMESTAMP_MICROS")
    empty = told_by(footer(tmp_path, table.slice(0, 0)))
    assert empty.options() == {"compression": "snappy"}


@pytest.mark.parametrize(
    "kind",
    [
        pa.uint32(),
        pa.float16(),
        pa.time64("us"),
        pa.timestamp("ns"),
        pa.binary(4),
        pa.list_(pa.uint8()),
        pa.struct([("x", pa.struct([("y", pa.uint16())]))]),
        pa.map_(pa.string(), pa.timestamp("ns")),
    ],
    ids=str,
)
def test_a_type_that_spark_has_not_is_refused(tmp_path, kind):
    """Rows of others would become something else."""
    table = pa.table({"a": pa.array([], kind)})
    with pytest.raises(StoreError, match=r"column a of visits.*PK442"):
        told_by(footer(tmp_path, table))


@pytest.mark.parametrize(
    "kind",
    [
        pa.large_string(),
        pa.decimal128(38, 3),
        pa.date32(),
        pa.timestamp("ms", "Europe/Berlin"),
        pa.dictionary(pa.int32(), pa.string()),
        pa.list_(pa.struct([("x", pa.int16())])),
        pa.map_(pa.string(), pa.binary()),
    ],
    ids=str,
)
def test_a_type_that_spark_has_is_not(tmp_path, kind):
    """However deep."""
    found = told_by(footer(tmp_path, pa.table({"a": pa.array([], kind)})))
    assert found.codec == "snappy"


@pytest.mark.parametrize(
    ("file", "known"),
    [
        ({"a": pa.int64(), "b": pa.int64()}, {"a": pa.int64()}),
        ({"a": pa.struct([("x", pa.string())])}, {"a": pa.struct([("y", pa.string())])}),
        ({"a": pa.struct([("x", pa.string())])}, {"a": pa.string()}),
        (
            {"a": pa.list_(pa.struct([("x", pa.string())]))},
            {"a": pa.list_(pa.struct([("y", pa.string())]))},
        ),
    ],
)
def test_a_column_that_came_meanwhile_is_not_lost(tmp_path, file, known):
    """Spark reads by what the table was, and would write the file without it."""
    table = pa.schema(list(file.items())).empty_table()
    with pytest.raises(StoreError, match="has got columns meanwhile"):
        options_of(footer(tmp_path, table), pa.schema(list(known.items())), "visits")
    more = pa.schema([*file.items(), ("more", pa.int8())])
    assert options_of(footer(tmp_path, table), more, "visits").codec == "snappy"


def test_folders_that_are_over_are_told_by_name():
    """Wherever in the path the column stands."""
    files = ["v/month=1/a", "v/month=1/c=x/b", "v/month=2/a", "v/a"]
    found = over_folders(files, "month", lambda value: value == "1")
    assert found == {"v/month=1": files[:1], "v/month=1/c=x": files[1:2]}


def test_a_file_takes_the_place_of_one_that_is_as_it_was(tmp_path):
    """With its mode; another one that came meanwhile stays."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("old")
    old.chmod(0o640)
    tag = FolderPlace(tmp_path).files()[0].tag
    new.write_text("new")
    with pytest.raises(StoreError, match=CHANGED):
        put_in_place(new, old, "another")
    assert old.read_text() == "old"
    tags = {file.name: file.tag for file in FolderPlace(tmp_path).files()}
    assert tags["old"] == tag
    assert put_in_place(new, old, tag)
    assert (old.read_text(), old.stat().st_mode & 0o777, new.exists()) == ("new", 0o640, False)
    with pytest.raises(StoreError, match="replacing a file: FileNotFoundError"):
        put_in_place(new, old, tag)


def _disk(folder):
    return Path(folder).stat().st_dev


def test_a_file_on_another_disk_is_copied_into_its_place(tmp_path):
    """A folder of a table may be a link to there; one step all the same."""
    other = next(it for it in ("/dev/shm", "/tmp") if _disk(it) != _disk(tmp_path))
    parquet.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    at = SparkTables(None, FolderPlace(tmp_path), tmp_path, str(tmp_path), folder_turn)
    tag = FolderPlace(tmp_path).files()[0].tag
    with TemporaryDirectory(dir=other) as folder:
        made = Path(folder) / "made.parquet"
        parquet.write_table(pa.table({"a": [2, 3]}), made)
        assert not put_in_place(made, tmp_path / "t.parquet", tag)
        assert at._replace("t.parquet", tag, made, is_last=True) is False
    assert parquet.read_table(tmp_path / "t.parquet").to_pylist() == [{"a": 2}, {"a": 3}]


def test_the_last_file_of_a_table_stays_without_rows(tmp_path):
    """So that its columns are known; any other goes."""
    at = SparkTables(None, FolderPlace(tmp_path), tmp_path, str(tmp_path), folder_turn)
    for is_last, left in ((False, []), (True, ["1.parquet"])):
        parquet.write_table(pa.table({"a": [1]}), tmp_path / "1.parquet")
        tag = FolderPlace(tmp_path).files()[0].tag
        assert at._replace("1.parquet", tag, None, is_last=is_last) is not is_last
        assert [it.name for it in tmp_path.iterdir()] == left
    assert parquet.read_table(tmp_path / "1.parquet").to_pylist() == []
    assert at.names() == ["1"]


def test_a_file_with_other_names_is_refused(tmp_path):
    """Under which its rows would stay."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("old")
    new.write_text("new")
    os.link(old, tmp_path / "also")
    with pytest.raises(StoreError, match="other names"):
        put_in_place(new, old, "")


def test_what_a_dead_run_left_goes(tmp_path):
    """The next one removes it, and its own at the end."""
    (tmp_path / f"{BESIDE}dead").mkdir()
    (tmp_path / f"{BESIDE}dead" / "part.parquet").write_text("x")
    with folder_beside(tmp_path) as made:
        assert [made] == list(tmp_path.iterdir())
        assert made.stat().st_mode & 0o777 == 0o700
    assert list(tmp_path.iterdir()) == []


class AskedTables(ParquetTables):
    """Tables of Parquet that look for values themselves, and say what they were asked."""

    searches = True

    def __init__(self, place):
        super().__init__(place)
        self.asked = []

    def scan(self, name, wanted):
        """Note it."""
        self.asked.append(wanted)
        yield from super().scan(name, wanted)


def test_many_people_are_gathered_without_reading_all_twice(tmp_path):
    """A store that looks for values itself is asked two questions."""
    lake = ParquetLake(tmp_path)
    lake.write(visits())
    tables = AskedTables(FolderPlace(tmp_path))
    found = GatheredTables(tables)
    wanted = sought("email", ANNA)
    found.gather("visits", wanted, ["/p/1"])
    assert tables.asked == [wanted, None]
    rows = sum(it.batch.num_rows for it in found.holding("visits", ["/p/1"]))
    assert rows == sum(row["page"] == "/p/1" for row in visits())
    assert sum(it.batch.num_rows for it in found.scan("visits", wanted)) == 12


MAPPED = """
[datasets.lake]
connector = "spark"
path = "."
[datasets.lake.options]
{options}
[collections.lake.visits.fields]
id = {{ exclude = "a number" }}
"""


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ('nothing = "x"', "options.nothing"),
        ("master = 3", "options.master"),
        ('remote = "sc://a"\nsession = "m:f"', "options.session"),
        ('remote = "sc://a.example:443"', "options.remote"),
        ('remote = "sc://a.example:443/;use_ssl=true;token=x"', "options.remote"),
        ('remote = "sc://me:x@a.example/;use_ssl=true"', "options.remote"),
        ('remote = "https://a.example/;use_ssl=true"', "options.remote"),
        ('remote = "sc://[x"', "options.remote"),
    ],
)
def test_options_that_are_wrong_are_said(tmp_path, options, key):
    """With their place, before a session is asked for; no value is repeated."""
    found = parse_datamap(MAPPED.format(options=options))
    with pytest.raises(DataMapError) as refused:
        open_lake(found, "lake", Paths(tmp_path), "datamap.toml")
    (problem,) = refused.value.problems
    assert (problem.id, problem.key) == ("PK441", f"datasets.lake.{key}")
    assert "token=x" not in str(refused.value)


@pytest.mark.parametrize(
    "remote", ["sc://127.0.0.1:15002", "sc://a.example:443/;use_ssl=true;session_id=x"]
)
def test_a_server_that_nobody_overhears_is_let_in(remote, tmp_path):
    """On this machine, or by TLS."""
    found = parse_datamap(MAPPED.format(options=f'remote = "{remote}"'))
    assert spark_options(found, "lake", Paths(tmp_path), "m").remote == remote


def test_a_folder_is_needed(tmp_path):
    """Spark has tables of its own; those here are files."""
    found = parse_datamap(MAPPED.format(options="").replace('path = "."', 'url = "x"'))
    with pytest.raises(DataMapError) as refused:
        open_lake(found, "lake", Paths(tmp_path), "m")
    assert [it.id for it in refused.value.problems] == ["PK218"]


def test_without_spark_the_extra_is_named(tmp_path, monkeypatch):
    """It is half a gigabyte."""
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    found = parse_datamap(MAPPED.format(options=""))
    with pytest.raises(MissingExtraError, match=r"privacykit\[spark\]"):
        open_lake(found, "lake", Paths(tmp_path), "m")
