"""Iceberg: snapshots after an erasure, tags, orphans, other writers, crashes."""

import os
import signal
import subprocess
import sys

import pytest

from privacykit.errors import DataMapError, StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.connector import Work
from privacykit.govern.records import Action, Effect
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths
from tests.connectors.lakehouse.lakes import (
    ANNA,
    MAP,
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


@pytest.mark.parametrize("step", ["_overwrite", "free_table"])
def test_killed_between_steps_and_run_again(lake, step):
    """After new files were written that no snapshot has, and before the old ones went."""
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(lake.folder), step], check=False, env=os.environ
    )
    assert ran.returncode == -signal.SIGKILL
    connector(lake).settle(["visits"], Effect.ERASED, [ANNA])
    erase(means(lake))
    assert (rows_of(lake), files_with(lake.folder, ANNA)) == (OTHERS, [])
