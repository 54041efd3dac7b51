"""DuckDB: bytes after an erasure, types, what a copy must be like, locks, crashes."""

import os
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.duckdb import renew
from privacykit.connectors.lakehouse.duckdb.file import BESIDE, DuckDBFile
from privacykit.connectors.lakehouse.duckdb.tables import DuckDBTables
from privacykit.connectors.lakehouse.rows.columns import mask_of
from privacykit.connectors.lakehouse.rows.sought import SoughtValues
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.errors import DataMapError, MissingExtraError, SinkError, StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths
from privacykit.sinks.storage.duckdb_file import EventsFile
from privacykit.sinks.storage.turns import folder_turn
from tests.connectors.lakehouse.lakes import (
    ANNA,
    MAP,
    DuckDBLake,
    connector,
    erase,
    files_with,
    means,
    plan,
    rows_of,
    visits,
    whom,
)

OTHERS = [row for row in visits() if row["email"] != ANNA]
PLAIN = "set global force_compression = 'uncompressed'"
BERT = "bert@lake.example"


@pytest.fixture
def lake(tmp_path):
    """A file with rows of three people."""
    made = DuckDBLake(tmp_path)
    made.write(visits())
    return made


def delete(at):
    """Delete the rows of Anna at the level logical, and say how many changed."""
    keys = [target.key for target in at.find("visits", whom())]
    return at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())[0].changed


def test_free_blocks_hold_rows_until_the_file_is_written_anew(lake):
    """Without compression bytes can be counted: delete and checkpoint leave what a copy has not."""
    at = connector(lake)
    at._tables._file._engine.execute(PLAIN)
    lake.file.unlink()
    with duckdb.connect(str(lake.file), config={"force_compression": "uncompressed"}) as owner:
        owner.execute("create table visits (id int, email varchar, month varchar, page varchar)")
        people = ", ".join(f"(1, '{who}', '2026-01', '/')" for who in (ANNA, BERT))
        owner.execute(f"insert into visits select v.* from (values {people}) v, range(50)")

    def count(who):
        return lake.file.read_bytes().count(who.encode())

    before = count(ANNA), count(BERT)
    deleted = delete(at)
    left = count(ANNA), len(list(at.find("visits", whom())))
    told = at.settle(["visits"], Effect.ERASED, [ANNA])
    assert (before, deleted, left) == ((50, 50), 50, (50, 0))
    assert (count(ANNA), count(BERT)) == (0, 50)
    assert (told.effect, told.byte_hits) == (Effect.ERASED, 0)
    assert not lake.file.with_name("lake.duckdb.wal").exists()


def test_a_file_is_written_anew_only_when_something_happened_to_it(lake, monkeypatch):
    """Whoever is verified after others finds it done; a row or a log makes it due again."""
    tables, renewed, inner = lake.tables(), [], renew.renew
    of_tables = "privacykit.connectors.lakehouse.duckdb.tables.renew"
    monkeypatch.setattr(of_tables, lambda it: (renewed.append(1), inner(it))[1])

    def times():
        assert tables.free(["visits"]).reached
        return len(renewed)

    counts = [times(), times()]
    lake.run("delete from visits where id = 1")
    counts += [times(), times()]
    lake.file.with_name("lake.duckdb.wal").touch()
    assert [*counts, times()] == [1, 1, 2, 2, 3]


def test_at_the_level_logical_the_file_is_not_written_anew(lake):
    """And the plan says what that means."""
    at = connector(lake)
    text = MAP.format(kind="duckdb").replace('effect = "erased"', 'effect = "logical"')
    words = list(
        LakeConnector(parse_datamap(text), "lake", lake.tables()).outlook("visits", whom())
    )
    assert words == [
        "lake.visits: rows go in place; free blocks of the file hold them until it is written anew"
    ]
    delete(at)
    inode = lake.file.stat().st_ino
    assert at.settle(["visits"], Effect.LOGICAL, [ANNA]).effect is Effect.LOGICAL
    assert (lake.file.stat().st_ino, rows_of(lake)) == (inode, OTHERS)


WHOLE = """
create schema billing;
create type mood as enum ('fine', 'so so');
create sequence numbers start 5;
create table people (id bigint primary key default nextval('numbers'), email varchar unique,
  mood mood, up varchar generated always as (upper(email)) virtual, check (id > 0));
create table orders (id int, person bigint references people (id), note text not null);
create index by_person on orders (person);
create table billing.invoices (id int, email varchar);
create view all_people as select email from people;
create macro next_one(a) as a + 1;
comment on table people is 'who they are';
insert into people (email, mood) values ('anna.zzz-mark@lake.example', 'fine'), ('b@x', 'so so');
insert into orders values (1, 6, 'note');
insert into billing.invoices values (1, 'anna.zzz-mark@lake.example'), (2, 'b@x');
"""


def test_a_file_written_anew_is_like_the_old_one(lake):
    """Keys, indexes, sequences, views, comments and all rows; mode, version and blocks."""
    lake.file.unlink()
    with duckdb.connect() as owner:
        owner.execute(f"attach '{lake.file}' as it (storage_version 'v1.2.0', block_size 16384)")
        owner.execute("use it")
        owner.execute(WHOLE)
    lake.file.chmod(0o640)
    before, kept = _facts(lake.file), lake.file.stat()
    assert lake.tables().free(["people"]).remains == []
    now = lake.file.stat()
    assert _facts(lake.file) == before
    assert (now.st_ino == kept.st_ino, stat.S_IMODE(now.st_mode)) == (False, 0o640)
    assert lake.run("select nextval('numbers')", "select next_one(1)") == [(2,)]
    assert lake.run("select nextval('numbers')") == [(8,)]
    assert not list(lake.folder.glob(f"{BESIDE}*"))


def _facts(file):
    with duckdb.connect(str(file), read_only=True) as it:
        told = it.execute("select tags::varchar from duckdb_databases() where not internal")
        blocks = it.execute("select block_size from pragma_database_size()")
        return [told.fetchall(), blocks.fetchall(), *renew._facts(it, "lake")]


@pytest.mark.parametrize(
    "statements",
    [
        (
            "create trigger note after delete on visits referencing old table as o"
            " for each statement insert into kept select page from o"
        ),
        (
            "create table tree (id int primary key, up int references tree (id));"
            "insert into tree values (1, null); insert into tree values (2, 1)"
        ),
    ],
    ids=["trigger", "key to itself"],
)
def test_what_a_copy_would_lack_keeps_the_level_down(lake, statements):
    """DuckDB copies no triggers, and no rows that point at each other: the file stays what it is."""
    lake.run("create table kept (email varchar)", statements)
    inode = lake.file.stat().st_ino
    made, outcome = erase(means(lake))
    assert any("a copy would lack" in note for note in made.notes)
    effects = {result.effect for result in outcome.results if result.rows_changed}
    assert (effects, lake.file.stat().st_ino) == ({Effect.LOGICAL}, inode)
    assert any(renew.UNLIKE in line for it in outcome.results for line in it.evidence.remains)
    assert rows_of(lake) == OTHERS


def test_what_stops_a_copy_for_now_is_an_error(lake, monkeypatch):
    """No space, no memory: the file is what it was, and the next time it is done."""
    tables, inner = lake.tables(), renew._facts

    def full(*_):
        raise duckdb.OutOfMemoryException("no memory")

    monkeypatch.setattr(renew, "_facts", full)
    with pytest.raises(StoreError, match="in a DuckDB file: OutOfMemoryException"):
        tables.free([])
    monkeypatch.setattr(renew, "_facts", inner)
    assert (tables.free([]).reached, rows_of(lake)) == (True, visits())


def test_values_in_tables_that_are_not_mapped_keep_the_level_down(lake):
    """Every table of every schema is decoded and searched; packed bytes would show nothing."""
    lake.run("create schema aside", f"create table aside.copies as select upper('{ANNA}') who")
    outcome = erase(means(lake))[1]
    assert {it.effect for it in outcome.results if it.rows_changed} == {Effect.LOGICAL}
    assert all(it.evidence.byte_hits for it in outcome.results if it.rows_changed)


def test_what_duckdb_has_spilt_is_searched(lake):
    """Another process of DuckDB's died and left it beside the file."""
    (lake.folder / "lake.duckdb.tmp").mkdir()
    (lake.folder / "lake.duckdb.tmp" / "block").write_text(ANNA)
    assert connector(lake).settle(["visits"], Effect.ERASED, [ANNA]).byte_hits > 12
    delete(connector(lake))
    told = connector(lake).settle(["visits"], Effect.ERASED, [ANNA])
    assert (told.effect, told.byte_hits) == (Effect.LOGICAL, 1)


def test_tables_of_other_schemas_go_by_both_names(lake):
    """Found, exported and erased like those of the first schema."""
    lake.run("create schema shop", "create table shop.visits as from visits", "drop table visits")
    text = MAP.format(kind="duckdb").replace(
        "collections.lake.visits", 'collections.lake."shop.visits"'
    )
    at = LakeConnector(parse_datamap(text), "lake", lake.tables())
    keys = [target.key for target in at.find("shop.visits", whom())]
    assert {row["email"] for row in at.rows("shop.visits", whom())} == {ANNA}
    at.apply([Work(at.step("shop.visits", Action.DELETE, None), keys)], whom())
    assert at.size("shop.visits") == len(OTHERS)
    lake.run('create table "shop.visits" (a int)')
    with pytest.raises(StoreError, match="like one of another schema"):
        lake.tables().names()


HELD = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reads") as it:
    print("open", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _held(lake, how):
    command = [sys.executable, "-c", HELD, str(lake.file), how]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "open\n"
    yield
    other.communicate()


@pytest.mark.parametrize("how", ["reads", "writes"])
def test_a_file_that_is_open_elsewhere_is_left(lake, how):
    """Nothing is changed under a reader, and nothing read under a writer."""
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    work = [Work(at.step("visits", Action.DELETE, None), keys)]
    with _held(lake, how):
        for doing in (lambda: at.apply(work, whom()), lambda: at.settle([], Effect.ERASED, ["x"])):
            with pytest.raises(StoreError, match="PK390"):
                doing()
        assert how == "writes" or rows_of(lake) == visits()
    assert rows_of(lake) == visits()
    assert at.apply(work, whom())[0].changed == 12


def test_who_reads_in_this_process_is_not_written_under(lake):
    """A scan that is not done keeps the file for itself."""
    tables = lake.tables()
    scan = tables.scan("visits", None)
    edit = next(scan)
    change = [Edited("", "", edit.positions, edit.batch, [None] * edit.batch.num_rows)]
    with pytest.raises(StoreError, match="PK390"):
        lake.tables().change("visits", change)
    scan.close()
    tables.change("visits", change)
    assert rows_of(lake) == []


def test_a_sink_waits_while_the_file_is_read(lake):
    """It says that somebody has the file open, and comes again."""
    scan = lake.tables().scan("visits", None)
    next(scan)
    with pytest.raises(SinkError, match="PK184"):
        EventsFile(lake.file).look()
    scan.close()
    EventsFile(lake.file).look()
    assert "events" in lake.tables().names()


def test_a_scan_outlives_its_tables(lake):
    """What was begun is let go of without a word, whichever ends first."""
    tables = lake.tables()
    scan = tables.scan("visits", None)
    assert next(scan).batch.num_rows
    tables.close()
    scan.close()
    assert lake.run("select count(*) from visits") == [(len(visits()),)]


def test_reading_leaves_file_and_log_as_they_were(lake):
    """Rows that stand in the log of a writer that died are found, and stay there until a write."""
    ran = subprocess.run([sys.executable, "-c", DIED, str(lake.file), ANNA], check=False)
    log = lake.file.with_name("lake.duckdb.wal")
    assert (ran.returncode, ANNA.encode() in log.read_bytes()) == (-signal.SIGKILL, True)
    before = [(it.stat().st_mtime_ns, it.read_bytes()) for it in (lake.file, log)]
    at = connector(lake)
    assert len(list(at.find("visits", whom()))) == 13
    assert [(it.stat().st_mtime_ns, it.read_bytes()) for it in (lake.file, log)] == before
    assert delete(at) == 13
    assert (rows_of(lake), log.exists()) == (OTHERS, False)


DIED = """
import duckdb, os, signal, sys
it = duckdb.connect(sys.argv[1])
it.execute("insert into visits values (999, ?, '2026-10', '/', 1)", [sys.argv[2]])
os.kill(os.getpid(), signal.SIGKILL)
"""

KILLED = """
import os, signal, sys
from pathlib import Path
from privacykit.connectors.lakehouse.duckdb import edits, renew
from privacykit.connectors.lakehouse.duckdb.file import DuckDBFile
from privacykit.connectors.lakehouse.duckdb.tables import DuckDBTables
from privacykit.connectors.lakehouse.rows.sought import SoughtValues
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.sinks.storage.turns import folder_turn

def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "changing": edits._expected = die
if sys.argv[2] == "placing": renew.shutil.copyfileobj = die
tables = DuckDBTables(DuckDBFile(Path(sys.argv[1]), folder_turn))
found = tables.scan("visits", (SoughtValues("email", frozenset({sys.argv[3]})),))
gone = [Edited("", "", it.positions, it.batch, [None] * it.batch.num_rows) for it in found]
tables.change("visits", gone)
tables.free(["visits"])
"""


@pytest.mark.parametrize(("step", "left"), [("changing", 12), ("placing", 0)])
def test_killed_in_the_middle_and_run_again(lake, step, left):
    """The file is whole, what was half written goes, and the rest is done."""
    ran = subprocess.run([sys.executable, "-c", KILLED, str(lake.file), step, ANNA], check=False)
    assert ran.returncode == -signal.SIGKILL
    assert len(rows_of(lake)) == len(OTHERS) + left
    erase(means(lake))
    connector(lake).settle(["visits"], Effect.ERASED, [ANNA])
    assert (rows_of(lake), files_with(lake.folder, ANNA)) == (OTHERS, [])
    assert [file.name for file in lake.folder.iterdir()] == ["lake.duckdb"]


def test_a_row_that_changed_meanwhile_is_left(lake):
    """Its number is the same, its content another: nothing at all is done."""
    tables = lake.tables()
    found = list(tables.scan("visits", (SoughtValues("email", frozenset({ANNA})),)))
    lake.run(f"update visits set page = '/new' where email = '{ANNA}' and id = 0")
    before = rows_of(lake)
    edits = [Edited("", "", s.positions, s.batch, [None] * s.batch.num_rows) for s in found]
    with pytest.raises(StoreError, match="changed by somebody else"):
        tables.change("visits", edits)
    assert (rows_of(lake), lake.file.with_name("lake.duckdb.wal").exists()) == (before, False)


def test_a_file_that_is_written_to_while_it_is_searched_is_no_proof(lake):
    """Its bytes are read last, when other processes may come."""
    tables = lake.tables()
    stored = tables.stored()
    next(stored)
    os.utime(lake.file, (1, 1))
    with pytest.raises(StoreError, match="changed by somebody else"):
        list(stored)


def test_a_value_that_does_not_fit_is_said(lake):
    """Nothing is changed, nothing of it told."""
    tables = lake.tables()
    found = next(iter(tables.scan("visits", (SoughtValues("id", frozenset({"0"})),))))
    new = {**found.batch.to_pylist()[0], "id": None}
    lake.run("alter table visits alter id set not null")
    with pytest.raises(StoreError, match="in a DuckDB file: ConstraintException"):
        tables.change("visits", [Edited("", "", found.positions, found.batch, [new])])
    assert rows_of(lake) == visits()


KINDS = {
    "hugeint": "170141183460469231731687303715884105727",
    "uuid": "'e203a291-5a1b-43d9-a15e-80170076fc88'",
    "json": "'{\"a\": 1}'",
    "interval": "interval 3 days",
    "struct(u uuid, v varchar)": "{'u': 'e203a291-5a1b-43d9-a15e-80170076fc88', 'v': 'q'}",
    "uuid[]": "['e203a291-5a1b-43d9-a15e-80170076fc88']",
    "map(varchar, integer)": "map {'k': 1}",
    "union(n integer, s varchar)": "7",
    "bit": "'0101'",
    "blob": "'\\xAA'",
    "timestamptz": "'2026-01-01 10:00+02'",
    "time": "'24:00:00'",
    "decimal(38, 10)": "1.25",
    "integer[3]": "[1, 2, 3]",
    "date": "'2026-01-01'",
    "timestamp_s": "'2026-01-01'",
    "enum('x', 'y')": "'y'",
    "double": "1.5",
    "struct(d date, m uuid)[]": "[{'d': 'infinity', 'm': null}]",
}


def test_every_type_is_read_and_written_back_exactly(tmp_path):
    """A value taken out and put back is the same; it never becomes another by being read."""
    made, each = DuckDBLake(tmp_path), list(enumerate(KINDS.items()))
    made.run(f"create table t (id int, {', '.join(f'c{n} {kind}' for n, (kind, _) in each)})")
    made.run(f"insert into t values (1, {', '.join(value for _, (_, value) in each)})")
    before, tables = made.run("select t::varchar from t"), made.tables()
    first = next(iter(tables.scan("t", None)))
    values = first.batch.to_pylist()[0]
    empty = {name: None for name in values if name != "id"} | {"id": 1}
    tables.change("t", [Edited("", "", first.positions, first.batch, [empty])])
    found = next(iter(tables.scan("t", None)))
    assert found.batch.to_pylist() == [empty]
    tables.change("t", [Edited("", "", found.positions, found.batch, [values])])
    assert made.run("select t::varchar from t") == before


def test_moments_that_python_has_not_stay_as_they_are(tmp_path):
    """Infinity, years before the first, nanoseconds: read as less, never written so."""
    made = DuckDBLake(tmp_path)
    made.run(
        "create table t (id int, e varchar, d date, s timestamp, n timestamp_ns, z timestamptz)",
        "insert into t values (1, 'a', 'infinity', '0044-03-15 (BC)',"
        " '2026-01-01 00:00:00.123456789', '-infinity')",
    )
    tables, columns = made.tables(), "select d::varchar, s::varchar, n::varchar, z::varchar from t"
    before = made.run(columns)
    found = next(iter(tables.scan("t", None)))
    (row,) = found.batch.to_pylist()
    assert [row["d"], row["s"], row["z"], row["n"].microsecond] == [None, None, None, 123457]
    tables.change("t", [Edited("", "", found.positions, found.batch, [{**row, "e": "b"}])])
    assert (made.run(columns), made.run("select e from t")) == (before, [("b",)])


def test_a_column_called_rowid_is_read_and_not_changed(lake):
    """It hides the numbers by which rows are changed."""
    lake.run(f"create or replace table visits as select 7 as ROWID, '{ANNA}' as email")
    tables = lake.tables()
    (found,) = tables.scan("visits", (SoughtValues("email", frozenset({ANNA})),))
    assert found.batch.to_pylist() == [{"ROWID": 7, "email": ANNA}]
    with pytest.raises(StoreError, match="PK392"):
        tables.change("visits", [Edited("", "", [0], found.batch, [None])])


TEXTS = st.sampled_from(["a", "A", "ä", "Ä", "7", "07", "ß", "SS", "x'; --", ""])


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.tuples(st.none() | TEXTS, st.none() | st.integers(-9, 9)), min_size=1),
    texts=st.lists(TEXTS, max_size=3),
    folded=st.booleans(),
)
def test_duckdb_leaves_out_no_row_that_fits(lake, rows, texts, folded):
    """What SQL finds is what a look at every row finds."""
    told = pa.table(
        {
            "t": pa.array([t for t, _ in rows], pa.string()),
            "n": pa.array([n for _, n in rows], pa.int8()),
        }
    )
    lake.run("create or replace table rows_of_it as from told", told=told)
    tables = lake.tables()
    for columns in (["t"], ["n"], ["t", "n"], ["t", "other"]):
        wanted = tuple(SoughtValues(c, frozenset(texts), folded and c == "t") for c in columns)
        every = [b for s in tables.scan("rows_of_it", None) for b in [s.batch]]
        masks = [mask_of(batch, wanted) for batch in every]
        fits = [
            r
            for b, m in zip(every, masks, strict=True)
            for r in (b if m is None else b.filter(m)).to_pylist()
        ]
        found = [row for s in tables.scan("rows_of_it", wanted) for row in s.batch.to_pylist()]
        assert sorted(map(str, found)) == sorted(map(str, fits))
    tables.close()


def test_values_stand_in_no_statement(lake, monkeypatch):
    """They are joined with: an error or a log of queries would show them."""
    said = []
    inner = DuckDBFile._attached

    @contextmanager
    def listening(self, how):
        with inner(self, how) as at:
            yield at._replace(cursor=_Listening(at.cursor, said))

    monkeypatch.setattr(DuckDBFile, "_attached", listening)
    at = connector(lake)
    delete(at)
    assert any("DELETE FROM" in it for it in said)
    assert [it for it in said if ANNA in it.lower()] == []


class _Listening:
    def __init__(self, cursor, said):
        self._cursor, self._said = cursor, said

    def __getattr__(self, name):
        if name in {"execute", "sql"}:
            return lambda *given: (
                self._said.append(str(given)),
                getattr(self._cursor, name)(*given),
            )[1]
        return getattr(self._cursor, name)


def test_to_write_has_the_turn_and_a_log_as_open_as_the_file(lake):
    """The sink of DuckDB files takes the same turn; whoever cannot read the file reads no log."""
    turns = []

    @contextmanager
    def turn(folder):
        turns.append(folder)
        with folder_turn(folder):
            yield
        turns.append("over")

    lake.file.chmod(0o604)
    file = DuckDBFile(lake.file, turn)
    with file.changing() as at:
        at.cursor.execute(f"insert into {at.name}.visits (id) values (1)")
        modes = stat.S_IMODE(file.log.stat().st_mode)
        assert turns == [lake.folder]
    with file.reading():
        assert turns[2:] == [lake.folder, "over"]
    assert modes == 0o604


def test_who_reads_waits_for_whose_turn_it_is(lake):
    """A sink that adds events does not fail a request, and a request does not fail for it."""
    asked = threading.Event()

    def turn(folder):
        asked.set()
        return folder_turn(folder)

    tables = DuckDBTables(DuckDBFile(lake.file, turn))
    with ThreadPoolExecutor(1) as pool:
        with folder_turn(lake.folder), duckdb.connect(str(lake.file)):
            counting = pool.submit(tables.count, "visits")
            assert asked.wait(60)
            assert not counting.done()
        assert counting.result(60) == len(visits())


def test_other_names_of_the_file_are_refused(lake):
    """The old rows would stay under them; a link leads to the file itself."""
    (lake.folder / "link").symlink_to(lake.file)
    linked = DuckDBTables(DuckDBFile(lake.folder / "link", folder_turn))
    assert (linked.free([]).remains, (lake.folder / "link").is_symlink()) == ([], True)
    (lake.folder / "other").hardlink_to(lake.file)
    with pytest.raises(StoreError, match="other names"):
        lake.tables().free([])


def test_a_file_that_goes_meanwhile_is_said(lake):
    """With the kind of error alone."""
    tables = lake.tables()
    lake.file.unlink()
    with pytest.raises(StoreError, match=r"^reading a DuckDB file: FileNotFoundError$"):
        tables.free([])
    with pytest.raises(StoreError, match="PK391"):
        tables.names()
    lake.folder.rmdir()
    with pytest.raises(StoreError, match=r"^reading a DuckDB file: FileNotFoundError$"):
        tables.names()


def test_a_folder_that_cannot_be_written_is_said(lake):
    """With the kind of error alone."""

    @contextmanager
    def refused(_):
        raise PermissionError(13, "no")
        yield

    tables = DuckDBTables(DuckDBFile(lake.file, refused))
    with pytest.raises(StoreError, match=r"^writing a DuckDB file: PermissionError$"):
        tables.free([])


DATASET = MAP.format(kind="duckdb").replace('path = "."', 'path = "lake.duckdb"')


def test_a_data_map_names_the_file(lake):
    """Opened by its path; nobody's name is told when it is printed."""
    at = open_lake(parse_datamap(DATASET), "lake", Paths(lake.folder), "datamap.toml")
    assert len(list(at.find("visits", whom()))) == 12
    assert "3 of 3" not in str(plan(means(lake)).notes)
    at.close()


@pytest.mark.parametrize(
    ("text", "wrong", "told"),
    [
        (DATASET.replace("lake.duckdb", "nowhere.duckdb"), StoreError, "PK389"),
        (DATASET.replace("lake.duckdb", "broken.duckdb"), StoreError, "PK391"),
        (DATASET.replace('path = "lake.duckdb"\n', ""), DataMapError, "PK218"),
        (f"{DATASET}[datasets.lake.options]\nkey = 'x'\n", DataMapError, "PK384"),
    ],
)
def test_what_is_wrong_with_a_dataset_is_said(lake, text, wrong, told):
    """With its id."""
    (lake.folder / "broken.duckdb").write_bytes(b"x" * 9000)
    with pytest.raises(wrong, match=told):
        open_lake(parse_datamap(text), "lake", Paths(lake.folder), "datamap.toml")


def test_the_extra_is_asked_for(lake, monkeypatch):
    """By its name."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtraError, match="duckdb"):
        DuckDBFile(lake.file, folder_turn)


def test_a_table_that_goes_meanwhile_is_said(lake):
    """Between one look and the next."""
    tables = lake.tables()
    lake.run("drop table visits")
    for doing, of in product(("count", "schema"), ("visits",)):
        with pytest.raises(StoreError, match="the table visits of a DuckDB file is gone"):
            getattr(tables, doing)(of)
