"""Delta: the log after an erasure, time travel, what vacuum leaves, buckets, crashes."""

import json
import os
import signal
import subprocess
import sys

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from privacykit.connectors.lakehouse.delta.free import KEPT_FILES, kept_until
from privacykit.connectors.lakehouse.rows.predicate import sql_condition
from privacykit.connectors.lakehouse.rows.sought import SoughtValues
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.errors import StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths
from tests.connectors.lakehouse.lakes import (
    ANNA,
    MAP,
    NOW,
    SCHEMA,
    DeltaLake,
    connector,
    erase,
    files_with,
    means,
    plan,
    rows_of,
    visits,
    whom,
)
from tests.connectors.lakehouse.test_parquet_lake import BUCKET_MAP, OPTIONS, bucket

assert bucket

OTHERS = [row for row in visits() if row["email"] != ANNA]


@pytest.fixture
def lake(tmp_path):
    """A table with rows of three people."""
    made = DeltaLake(tmp_path)
    made.write(visits())
    return made


def table(lake, **more):
    """Return the table itself."""
    return DeltaTable(str(lake.folder / "visits"), **more)


def test_time_travel_shows_nothing_after_the_level_erased(lake):
    """No version before the erasure can be read; the table's own settings are what they were."""
    erase(means(lake))
    with pytest.raises((DeltaError, OSError)):
        table(lake, version=0).to_pyarrow_table()
    kept = table(lake).metadata().configuration
    assert kept == {"delta.enableChangeDataFeed": "true"}


def test_at_the_level_logical_old_versions_stay_and_the_plan_says_so(lake):
    """Nothing is vacuumed that nobody asked for."""
    to = means(lake)
    note = next(note for note in plan(to).notes if "time travel" in note)
    assert "until 2026-12-07" in note
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    told = at.settle(["visits"], Effect.LOGICAL, [ANNA])
    assert (told.effect, len(rows_of(lake))) == (Effect.LOGICAL, len(OTHERS))
    assert table(lake, version=0).to_pyarrow_table().num_rows == len(visits())


def test_how_long_files_are_kept_is_read_from_the_table(lake):
    """A week, where it says nothing."""
    assert kept_until(table(lake), NOW) == NOW + 7 * 86_400
    table(lake).alter.set_table_properties({KEPT_FILES: "interval 3 hours"})
    assert kept_until(table(lake), NOW) == NOW + 3 * 3600


def test_the_log_of_a_merge_names_columns_only(lake):
    """What the commit says of itself holds no value at all."""
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    log = (lake.folder / "visits" / "_delta_log" / f"{1:020}.json").read_text()
    commit = json.loads(log.splitlines()[0])["commitInfo"]
    assert commit["operation"] == "MERGE"
    assert "t.email IS NOT DISTINCT FROM s.email" in commit["operationParameters"]["mergePredicate"]


def test_equal_rows_and_rows_that_change_are_one_commit(tmp_path):
    """A row that is there twice goes twice; one that stays loses what is asked."""
    made = DeltaLake(tmp_path)
    same = {"id": 1, "email": ANNA, "month": "2026-10", "page": "/", "amount": 1}
    made.write([same, same, {**same, "id": 2}])
    at = connector(made)
    keys = [target.key for target in at.find("visits", whom())]
    twice = [key for key in keys if key[0] == keys[0][0]]
    done = at.apply([Work(at.step("visits", Action.DELETE, None), twice)], whom())
    assert (len(keys), len(twice), done[0].changed) == (3, 2, 2)
    assert [row["id"] for row in rows_of(made)] == [2]
    keys = [target.key for target in at.find("visits", whom())]
    context = whom(changes={"page": "/new"})
    at.apply([Work(at.step("visits", Action.RECTIFY, None), keys)], context)
    assert {row["page"] for row in rows_of(made)} == {"/new"}


def test_a_broken_log_is_said(lake):
    """Without a word of what is in it."""
    for file in (lake.folder / "visits" / "_delta_log").iterdir():
        file.write_text("{}")
    with pytest.raises(StoreError, match="opening the Delta table visits"):
        connector(lake)


@pytest.mark.parametrize(
    ("wanted", "query"),
    [
        (None, ""),
        ((SoughtValues("email", frozenset({"o'b"})),), "\"email\" IN ('o''b')"),
        ((SoughtValues("id", frozenset({"7", "x", "-1"})),), '"id" IN (-1, 7)'),
        ((SoughtValues("id", frozenset({"x"})),), "FALSE"),
        ((SoughtValues("email", frozenset({"a"}), folded=True),), ""),
        ((SoughtValues("amount", frozenset({"1"})),), ""),
        ((SoughtValues("email", frozenset({"a"})), SoughtValues("nope", frozenset({"a"}))), ""),
    ],
)
def test_a_query_never_finds_fewer_rows(wanted, query):
    """What SQL cannot say reads everything."""
    assert sql_condition(wanted, SCHEMA) == query


def test_a_bucket_holds_delta_tables_too(lake, bucket):
    """`deltalake` and we reach the same place with the same credentials."""
    for file in lake.folder.rglob("*"):
        if file.is_file():
            key = f"raw/{file.relative_to(lake.folder).as_posix()}"
            bucket.client.put_object(Bucket="lake", Key=key, Body=file.read_bytes())
    text = BUCKET_MAP.format(kind="delta") + OPTIONS.format(endpoint=bucket.endpoint)
    at = open_lake(parse_datamap(text), "lake", Paths(lake.folder), "datamap.toml")
    keys = [target.key for target in at.find("visits", whom())]
    at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    assert at.settle(["visits"], Effect.ERASED, [ANNA]).effect is Effect.ERASED
    assert at.size("visits") == len(OTHERS)
    at.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from privacykit.govern import flow
from privacykit.connectors.lakehouse.delta import free
from tests.connectors.lakehouse.lakes import DeltaLake, erase, means

class Dying:
    def __init__(self, table): self.table = table
    def __getattr__(self, name):
        if name == sys.argv[2]: os.kill(os.getpid(), signal.SIGKILL)
        return getattr(self.table, name)
from privacykit.connectors.lakehouse.delta.tables import DeltaTables
inner = DeltaTables._table
DeltaTables._table = lambda self, name: Dying(inner(self, name))
erase(means(DeltaLake(Path(sys.argv[1]))))
"""


@pytest.mark.parametrize("step", ["merge", "vacuum", "create_checkpoint"])
def test_killed_between_steps_and_run_again(lake, step):
    """Before the merge, after it, and before the checkpoint."""
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(lake.folder), step], check=False, env=os.environ
    )
    assert ran.returncode == -signal.SIGKILL
    connector(lake).settle(["visits"], Effect.ERASED, [ANNA])
    erase(means(lake))
    assert (rows_of(lake), files_with(lake.folder, ANNA)) == (OTHERS, [])


def test_stray_files_are_counted_and_go(lake):
    """What a writer left that died is in no log; vacuum takes it."""
    write_deltalake(str(lake.folder / "other"), pa.table({"email": [ANNA], "id": [1]}))
    stray = next((lake.folder / "other").glob("*.parquet"))
    (lake.folder / "visits" / "stray.parquet").write_bytes(stray.read_bytes())
    to = means(lake)
    note = next(note for note in plan(to).notes if "refers to no more" in note)
    assert "1 files" in note
    assert MAP


def _change(lake, rows, column, new):
    """Write *rows* as a table of their own, change those of Anna, and return what it shows."""
    write_deltalake(str(lake.folder / "own"), pa.Table.from_pylist(rows))
    tables = lake.tables()
    wanted = (SoughtValues(column, frozenset({ANNA})),)
    tables.change(
        "own", [Edited("", "", s.positions, s.batch, [new]) for s in tables.scan("own", wanted)]
    )
    shown = DeltaTable(str(lake.folder / "own")).to_pyarrow_table().to_pylist()
    return sorted(shown, key=lambda row: str(row.values()))


@pytest.mark.parametrize("more", [{}, {"page": "/a", "month": "1"}])
def test_columns_that_begin_like_ours_are_joined_by(lake, more):
    """Whoever shares the other columns with the person stays; so does everybody if none is left."""
    names = ("privacykit_visitor", "privacykit_gone", "Privacykit__new_page")
    anna, bert = ({**dict.fromkeys(names, who), **more} for who in (ANNA, "bert"))
    assert _change(lake, [anna, bert], "privacykit_visitor", None) == [bert]


def test_columns_that_begin_like_ours_change(lake):
    """With the name that a helper column of the merge had."""
    anna, bert = ({"page": who, "privacykit_new_page": "/a"} for who in (ANNA, "bert"))
    after = _change(lake, [anna, bert], "page", {"page": "x", "privacykit_new_page": "/b"})
    assert after == [bert, {"page": "x", "privacykit_new_page": "/b"}]


def test_rows_without_columns_are_refused(lake):
    """A predicate of nothing would be everybody's."""
    batch = pa.RecordBatch.from_pylist([{}])
    with pytest.raises(StoreError, match="without columns"):
        lake.tables().change("visits", [Edited("", "", [0], batch, [None])])
    assert rows_of(lake) == visits()
