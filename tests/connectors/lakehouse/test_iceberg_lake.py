"""Iceberg: snapshots after an erasure, tags, orphans, other writers, crashes."""

import os
import signal
import subprocess
import sys

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyiceberg import manifest
from pyiceberg.table.update import SetPartitionStatisticsUpdate

from privacykit.connectors.lakehouse.rows.sought import SoughtValues
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.errors import DataMapError, StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths
from tests.connectors.lakehouse.lakes import (
    ANNA,
    MAP,
    SCHEMA,
    IcebergLake,
    arrow,
    connector,
    erase,
    files_with,
    means,
    rows_of,
    visits,
    whom,
)

OTHERS = [row for row in visits() if row["email"] != ANNA]


@pytest.fixture
def lake(tmp_path):
    """A table with rows of three people."""
    made = IcebergLake(tmp_path)
    made.write(visits())
    return made


def table(lake):
    """Return the table itself."""
    return lake.catalogue().load_table("default.visits")


def test_one_snapshot_is_left_and_no_file_beside_it(lake):
    """What a died writer left goes, too."""
    stray = lake.folder / "default" / "visits" / "data" / "stray.parquet"
    first = next((lake.folder / "default" / "visits" / "data").rglob("*.parquet"))
    stray.write_bytes(first.read_bytes())
    erase(means(lake))
    assert len(table(lake).metadata.snapshots) == 1
    live = {task.file.file_path.rpartition("/")[2] for task in table(lake).scan().plan_files()}
    data = {f.name for f in (lake.folder / "default" / "visits" / "data").rglob("*.parquet")}
    assert (data, files_with(lake.folder, ANNA)) == (live, [])


@pytest.mark.parametrize("space", ["default", "archive.years"])
def test_a_table_renamed_keeps_its_files(lake, space):
    """One made anew under its old name lies in the same folder, whatever namespace it went to."""
    catalogue = lake.catalogue()
    catalogue.create_namespace_if_not_exists(space)
    catalogue.rename_table("default.visits", f"{space}.visits_2025")
    catalogue.create_table("default.visits", schema=SCHEMA).append(arrow(visits()))
    old, new = (catalogue.load_table(n) for n in (f"{space}.visits_2025", "default.visits"))
    assert old.location() == new.location()
    lake.tables().free(["visits"])
    assert old.scan().to_arrow().num_rows == len(visits())
    assert rows_of(lake) == visits()


def test_statistics_of_partitions_stay(lake):
    """The table refers to them as to those of columns."""
    found = table(lake)
    number = found.current_snapshot().snapshot_id
    file = lake.folder / "default" / "visits" / "metadata" / "partitions.parquet"
    file.write_bytes(b"statistics")
    told = {"snapshot-id": number, "statistics-path": f"file://{file}", "file-size-in-bytes": 10}
    with found.transaction() as work:
        work._apply((SetPartitionStatisticsUpdate(partition_statistics=told),))
    stray = file.with_name("stray.parquet")
    stray.write_bytes(b"statistics")
    lake.tables().free(["visits"])
    assert (file.exists(), stray.exists()) == (True, False)


def test_paths_spelt_otherwise_stay_and_the_level_says_so(lake):
    """Hadoop writes file:/ with one slash; nothing is removed, and no level claimed."""
    first = min(lake.folder.rglob("*.parquet"))
    found = table(lake)
    rows = parquet.ParquetFile(first).metadata.num_rows
    copy = first.with_name("copied.parquet")
    copy.write_bytes(first.read_bytes())
    data = next(t.file for t in found.scan().plan_files() if t.file.file_path.endswith(first.name))
    other = manifest.DataFile.from_args(
        content=manifest.DataFileContent.DATA,
        file_path=f"file:{copy}",
        file_format=manifest.FileFormat.PARQUET,
        partition=data.partition,
        record_count=rows,
        file_size_in_bytes=copy.stat().st_size,
    )
    other.spec_id = data.spec_id
    with found.transaction() as work, work.update_snapshot().fast_append() as snapshot:
        snapshot.append_data_file(other)
    stray = copy.with_name("stray.parquet")
    stray.write_bytes(b"stray")
    told = connector(lake).settle(["visits"], Effect.ERASED, ["nobody"])
    assert (told.effect, copy.exists(), stray.exists()) == (Effect.LOGICAL, True, True)
    assert any("outside the dataset's path" in word for word in told.remains)


def test_a_table_that_does_not_open_stops_the_removal(lake):
    """What it refers to is not known."""
    catalogue = lake.catalogue()
    catalogue.create_namespace("other")
    broken = catalogue.create_table("other.broken", schema=SCHEMA)
    (lake.folder / broken.metadata_location.partition(f"{lake.folder}/")[2]).unlink()
    before = {*lake.folder.rglob("*.parquet")}
    with pytest.raises(StoreError, match="no file was removed"):
        lake.tables().free(["visits"])
    assert {*lake.folder.rglob("*.parquet")} == before


def test_a_tag_keeps_its_snapshot_and_the_level_says_so(lake):
    """Nobody's tag is removed behind their back."""
    found = table(lake)
    found.manage_snapshots().create_tag(found.current_snapshot().snapshot_id, "audit").commit()
    result = erase(means(lake))[1].results[0]
    assert result.effect is Effect.LOGICAL
    assert any("tag or branch audit" in word for word in result.evidence.remains)


def test_rows_that_change_are_written_in_their_place(lake):
    """Others stay as they are, to the last value."""
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    at.apply([Work(at.step("visits", Action.RECTIFY, None), keys)], whom(changes={"page": "/x"}))
    expected = [row | {"page": "/x"} if row["email"] == ANNA else row for row in visits()]
    assert rows_of(lake) == expected


def test_whoever_commits_first_wins(lake, monkeypatch):
    """The other one's snapshot stays, and the run is repeated."""
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    work = [Work(at.step("visits", Action.DELETE, None), keys)]
    inner = at._tables._table

    def late(name):
        found = inner(name)
        table(lake).overwrite(arrow(OTHERS))
        return found

    tables = at._tables
    scanned = list(tables.scan("visits", None))
    monkeypatch.setattr(tables, "_table", late)
    monkeypatch.setattr(tables, "scan", lambda *_: iter(scanned))
    with pytest.raises(StoreError, match="Iceberg table visits"):
        at.apply(work, whom())
    assert rows_of(lake) == OTHERS


def test_a_table_rewritten_meanwhile_is_said(lake, monkeypatch):
    """A file that was read is in the table no more."""
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    scanned = list(at._tables.scan("visits", None))
    table(lake).overwrite(arrow(visits()))
    monkeypatch.setattr(at._tables, "scan", lambda *_: iter(scanned))
    with pytest.raises(StoreError, match="meanwhile"):
        at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    assert rows_of(lake) == visits()


def _delete_first(lake, part):
    """Delete the first row of a file by its position, as Spark and Trino do."""
    file = lake.folder / "default" / "visits" / "data" / "deletes.parquet"
    fields = [("file_path", pa.string(), b"2147483546"), ("pos", pa.int64(), b"2147483545")]
    schema = pa.schema(
        [pa.field(name, kind, False, {b"PARQUET:field_id": id_}) for name, kind, id_ in fields]
    )
    parquet.write_table(pa.table({"file_path": [part], "pos": [0]}, schema=schema), file)
    found = table(lake)
    data = next(t.file for t in found.scan().plan_files() if t.file.file_path == part)
    deletes = manifest.DataFile.from_args(
        content=manifest.DataFileContent.POSITION_DELETES,
        file_path=f"file://{file}",
        file_format=manifest.FileFormat.PARQUET,
        partition=data.partition,
        record_count=1,
        file_size_in_bytes=file.stat().st_size,
    )
    deletes.spec_id = data.spec_id

    class Deletes(manifest.ManifestWriterV2):
        def content(self):
            return manifest.ManifestContent.DELETES

        @property
        def _meta(self):
            return {**super()._meta, "content": "deletes"}

    with found.transaction() as work, work.update_snapshot().fast_append() as snapshot:
        others = snapshot._manifests

        def manifests():
            out = found.io.new_output(f"{found.location()}/metadata/deletes.avro")
            spec = found.specs()[data.spec_id]
            with Deletes(spec, found.schema(), out, snapshot._snapshot_id, "null") as writer:
                writer.add_entry(
                    manifest.ManifestEntry.from_args(
                        status=manifest.ManifestEntryStatus.ADDED,
                        snapshot_id=snapshot._snapshot_id,
                        sequence_number=None,
                        data_file=deletes,
                    )
                )
            return [writer.to_manifest_file(), *others()]

        snapshot._manifests = manifests


def test_rows_deleted_by_position_meanwhile_move_nothing(lake):
    """Places are counted without them: the change is refused, and done when it is run again."""
    tables = lake.tables()
    wanted = (SoughtValues("email", frozenset({ANNA})),)

    def edits():
        return [Edited(*s, [None] * s.batch.num_rows) for s in tables.scan("visits", wanted)]

    before = edits()
    _delete_first(lake, before[0].part)
    left = rows_of(lake)
    assert len(left) == len(visits()) - 1
    with pytest.raises(StoreError, match="meanwhile"):
        tables.change("visits", before)
    assert rows_of(lake) == left
    tables.change("visits", edits())
    assert rows_of(lake) == [row for row in left if row["email"] != ANNA]


def test_a_catalogue_that_is_not_there_is_said(lake):
    """With the key, and nothing of what stands in it."""
    text = MAP.format(kind="iceberg") + '[datasets.lake.options.catalogue]\nuri = "x://y"\n'
    with pytest.raises(DataMapError, match="PK384"):
        open_lake(parse_datamap(text), "lake", Paths(lake.folder), "datamap.toml")
    at = connector(lake)
    (lake.folder / "catalogue.db").write_bytes(b"no database")
    with pytest.raises(StoreError, match="the Iceberg table"):
        at.size("visits")
    with pytest.raises(StoreError, match="the Iceberg table"):
        at._tables.names()


def test_a_map_opens_it(lake):
    """The warehouse is the path, the catalogue an option."""
    uri = f"sqlite:///{lake.folder}/catalogue.db"
    text = MAP.format(kind="iceberg") + f'[datasets.lake.options.catalogue]\nuri = "{uri}"\n'
    text += 'name = "tests"\n'
    at = open_lake(parse_datamap(text), "lake", Paths(lake.folder), "datamap.toml")
    assert at.size("visits") == len(visits())
    at.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from privacykit.connectors.lakehouse.iceberg import tables
from tests.connectors.lakehouse.lakes import IcebergLake, erase, means

def dying(*_): os.kill(os.getpid(), signal.SIGKILL)
setattr(tables, sys.argv[2], dying)
erase(means(IcebergLake(Path(sys.argv[1]))))
"""


@pytest.mark.parametrize("step", ["overwrite", "expire_table", "remove_dead"])
def test_killed_between_steps_and_run_again(lake, step):
    """After new files were written that no snapshot has, and before the old ones went."""
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(lake.folder), step], check=False, env=os.environ
    )
    assert ran.returncode == -signal.SIGKILL
    connector(lake).settle(["visits"], Effect.ERASED, [ANNA])
    erase(means(lake))
    assert (rows_of(lake), files_with(lake.folder, ANNA)) == (OTHERS, [])
