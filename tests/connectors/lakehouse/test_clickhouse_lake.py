"""ClickHouse's own engine: bytes after an erasure, types, what it refuses, crashes. `make engines`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacykit.connectors.lakehouse.rows.sought import SoughtValues
from privacykit.connectors.lakehouse.tables import Edited
from privacykit.errors import DataMapError, StoreError
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect, Identity
from tests.connectors.lakehouse.clickhouse_lake import SETTINGS, ClickHouseLake
from tests.connectors.lakehouse.lakes import (
    ANNA,
    MAP,
    connector,
    erase,
    files_with,
    means,
    plan,
    rows_of,
    visits,
    whom,
)

pytestmark = pytest.mark.engine
OTHERS = [row for row in visits() if row["email"] != ANNA]
ROW = "SELECT hex(formatRow('RowBinary', *)) FROM {} ORDER BY ALL FORMAT TSV"


@pytest.fixture
def lake(clickhouse, tmp_path):
    """A database with rows of three people."""
    del clickhouse
    made = ClickHouseLake(tmp_path)
    made.write(visits())
    yield made
    made.close()


def delete(at, *emails):
    """Delete rows of people at the level logical, and say how many changed."""
    jobs = []
    for email in emails or (ANNA,):
        keys = [target.key for target in at.find("visits", whom(email))]
        jobs.append(([Work(at.step("visits", Action.DELETE, None), keys)], whom(email)))
    return sum(each[0].changed for each in at.apply_together(jobs))


def bytes_with(lake, text):
    """Count *text* in all that the engine keeps of its tables."""
    store = lake.folder / "store"
    return sum(f.read_bytes().count(text.encode()) for f in store.rglob("*") if f.is_file())


def test_a_mask_hides_and_old_parts_stay_until_the_server_removes_them(lake):
    """What each level leaves, byte by byte: columns are not packed here."""
    lake.run("ALTER TABLE visits MODIFY SETTING old_parts_lifetime = 100000")
    at = lake.connector(wait=0.0)
    before = bytes_with(lake, ANNA)
    assert (before, delete(at), len(list(at.find("visits", whom())))) == (12, 12, 0)
    masked = bytes_with(lake, ANNA)
    told = at.settle(["visits"], Effect.ERASED, [ANNA])
    assert masked >= 12
    assert (told.effect, told.byte_hits) == (Effect.LOGICAL, 0)
    assert told.remains[0].startswith("old parts of visits are on the disk still")
    assert bytes_with(lake, ANNA) >= 12
    lake.run("ALTER TABLE visits MODIFY SETTING old_parts_lifetime = 1")
    told = lake.connector().settle(["visits"], Effect.ERASED, [ANNA])
    assert (told.effect, bytes_with(lake, ANNA)) == (Effect.ERASED, 0)
    assert rows_of(lake) == OTHERS


def test_no_mutation_and_no_statement_names_anybody(lake):
    """The engine keeps every mutation, as it was written, for a hundred others."""
    lake.run("ALTER TABLE visits MODIFY SETTING old_parts_lifetime = 100000")
    delete(lake.connector())
    kept = lake.run("SELECT command FROM system.mutations WHERE table = 'visits' FORMAT TSV")
    files = [f.read_text() for f in (lake.folder / "store").rglob("mutation_*.txt")]
    assert "privacykit_keys_" in kept
    assert any("privacykit_keys_" in text for text in files)
    assert [it for it in (kept, *files, *lake.server.said) if "anna" in it.lower()] == []
    assert "privacykit_keys_" not in lake.run("SHOW TABLES FORMAT TSV")


ODD = [
    "o'hara@x.example",
    'q"uote\\back@x.example',
    "nul\0@x.example",
    "😀@x.example",
    "ÄRGER@x.example",
    "ärger@x.example",
    "ANNA@X.EXAMPLE",
    "anna@x.example",
    "",
    "\\N",
    "'; DROP TABLE visits; --",
    "a\tb\nc",
]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    who=st.lists(st.none() | st.sampled_from(ODD), min_size=1, max_size=20),
    gone=st.lists(st.sampled_from([it for it in ODD if it]), min_size=1, max_size=3, unique=True),
    right=st.sampled_from(["delete", "change"]),
)
def test_rows_of_others_keep_every_byte(lake, who, gone, right):
    """Whatever the values: as the engine itself writes them, after erasing and rectifying."""
    rows = [
        {"id": n, "email": it, "month": f"2026-1{n % 2}", "page": f"/{n % 3}\\'", "amount": n % 2}
        for n, it in enumerate(who)
    ]
    lake.write(rows)
    kinds = "id, email, month, page, amount"
    hidden = [it for it in gone if it in who]
    others = [row for row in rows if row["email"] not in gone]
    lake.write(others, name="expected")
    at = connector(lake)
    if right == "delete":
        assert delete(at, *gone) == sum(row["email"] in gone for row in rows)
        assert lake.run(ROW.format("visits")) == lake.run(ROW.format("expected"))
    else:
        tables = at._tables
        edits = [
            Edited(
                it.part, "", it.positions, it.batch, [{**r, "email": "new"} for r in rows_in(it)]
            )
            for email in gone
            for it in tables.scan("visits", (SoughtValues("email", frozenset({email})),))
        ]
        if edits:
            tables.change("visits", edits)
        kept = f"(SELECT {kinds} FROM visits WHERE email IS NULL OR email != 'new')"
        assert lake.run(ROW.format(kept)) == lake.run(ROW.format("expected"))
        changed = lake.run("SELECT count() FROM visits WHERE email = 'new' FORMAT TSV").strip()
        assert int(changed) == sum(row["email"] in hidden for row in rows)
    lake.close()


def rows_in(scanned):
    """Return the rows of what was scanned."""
    return scanned.batch.to_pylist()


def test_an_identity_in_upper_case(lake):
    """Found where the map says that case does not matter; then nobody else."""
    lake.write([{**row, "email": row["email"].upper()} for row in visits()])
    assert list(connector(lake).find("visits", whom())) == []
    folded = 'identity = "email", match = "ignore-case"'
    text = MAP.format(kind="clickhouse").replace('identity = "email"', folded)
    at = lake.connector(text.replace('path = "."', ""))
    assert delete(at) == 12
    assert {row["email"] for row in rows_of(lake)} == {row["email"].upper() for row in OTHERS}


def test_each_physical_row_of_a_replacing_table_counts(lake):
    """Those that a merge would drop are there still, and go."""
    lake.run("DROP TABLE visits SYNC")
    lake.create("ReplacingMergeTree PARTITION BY month ORDER BY id")
    lake.run("ALTER TABLE visits MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1")
    for page in ("/a", "/b"):
        lake.insert([{**row, "page": page} for row in visits()])
    made, outcome = erase(means(lake))
    assert [step.rows for step in made.steps] == [24]
    assert (sum(r.rows_changed for r in outcome.results), len(rows_of(lake))) == (24, 48)
    assert lake.run("SELECT count() FROM visits FINAL FORMAT TSV").strip() == "24"


def test_a_projection_loses_the_rows_too(lake):
    """A mask would not reach it: parts are written anew at once."""
    lake.run("ALTER TABLE visits ADD PROJECTION p (SELECT email, count() GROUP BY email)")
    lake.run("ALTER TABLE visits MATERIALIZE PROJECTION p SETTINGS mutations_sync = 2")
    _, outcome = erase(means(lake))
    assert {r.effect for r in outcome.results if r.rows_changed} == {Effect.ERASED}
    assert (rows_of(lake), bytes_with(lake, ANNA)) == (OTHERS, 0)


def test_what_a_view_copied_is_found_and_said(lake):
    """Its own table is one of the database: searched, and not claimed over."""
    lake.run(
        "CREATE MATERIALIZED VIEW daily ENGINE = MergeTree ORDER BY page AS"
        " SELECT page, any(email) AS who FROM visits GROUP BY page"
    )
    lake.run("ALTER TABLE visits MODIFY TTL toDate('2099-01-01') + id")
    lake.insert([{"id": 77, "email": ANNA, "month": "2026-11", "page": "/v", "amount": 1}])
    to = means(lake)
    notes = "\n".join(plan(to).notes)
    assert "the views daily copied rows" in notes
    assert "it has a TTL" in notes
    delete(connector(lake))
    hits = list(connector(lake).search([ANNA], whom()))
    assert [(it.rows, it.collection.startswith(".inner")) for it in hits] == [(1, True)]
    assert connector(lake).settle(["visits"], Effect.ERASED, [ANNA]).effect is Effect.LOGICAL


def test_tables_of_other_engines(lake):
    """A mapped one is refused; one that is not keeps the level logical."""
    lake.run("CREATE TABLE tail (email String) ENGINE = Log")
    text = f"{MAP.format(kind='clickhouse')}[collections.lake.tail.fields]\n"
    text += 'email = { category = "user.contact.email", identity = "email" }\n'
    with pytest.raises(DataMapError, match="PK402"):
        lake.connector(text.replace('path = "."', ""))
    _, outcome = erase(means(lake))
    assert {r.effect for r in outcome.results if r.rows_changed} == {Effect.LOGICAL}


def test_a_column_that_rows_are_sorted_by_is_not_changed(lake):
    """ClickHouse refuses it; nothing is changed, no change is left that it would try again."""
    lake.run("DROP TABLE visits SYNC")
    lake.run(
        "CREATE TABLE visits (id Int64, email String, month String, page String, amount Int8)"
        f" ENGINE = MergeTree PARTITION BY month ORDER BY email SETTINGS {SETTINGS}"
    )
    lake.insert(visits())
    tables, before = lake.tables(), lake.run(ROW.format("visits"))
    (found, *_) = tables.scan("visits", (SoughtValues("email", frozenset({ANNA})),))
    new = [{**row, "email": "x"} for row in rows_in(found)]
    with pytest.raises(StoreError, match=r"by email, .*PK405"):
        tables.change("visits", [Edited(found.part, "", found.positions, found.batch, new)])
    assert lake.run(ROW.format("visits")) == before
    assert lake.run("SELECT count() FROM system.mutations WHERE NOT is_done FORMAT TSV") == "0\n"
    assert "privacykit_keys_" not in lake.run("SHOW TABLES FORMAT TSV")


def test_a_value_that_does_not_fit_is_said(lake):
    """Before any part is written."""
    tables, before = lake.tables(), lake.run(ROW.format("visits"))
    (found, *_) = tables.scan("visits", (SoughtValues("email", frozenset({ANNA})),))
    new = [{**row, "page": None, "amount": "much"} for row in rows_in(found)]
    with pytest.raises(StoreError, match="PK167"):
        tables.change("visits", [Edited(found.part, "", found.positions, found.batch, new)])
    assert lake.run(ROW.format("visits")) == before
    assert "privacykit_keys_" not in lake.run("SHOW TABLES FORMAT TSV")


KILLED = """
import os, signal, sys
from pathlib import Path
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.connector import Context, Subject, Work
from privacykit.govern.records import Action, Identity
from privacykit.settings.lakes import open_lake, statements
from privacykit.settings.paths import Paths

def dying(run):
    def run_or_die(self, statement, *given, **more):
        if statement.startswith(sys.argv[2]): os.kill(os.getpid(), signal.SIGKILL)
        return run(self, statement, *given, **more)
    return run_or_die

statements.BlockingClickHouse.run = dying(statements.BlockingClickHouse.run)
at = open_lake(parse_datamap(sys.argv[1]), "lake", Paths(Path(".")), "datamap.toml")
whom = Context(Subject((Identity("email", sys.argv[3]),)), 0.0, salt=b"s" * 32)
keys = [target.key for target in at.find("visits", whom)]
at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom)
at.settle(["visits"], at.step("visits", Action.DELETE, None).effect, [sys.argv[3]])
"""


@pytest.mark.parametrize(
    ("statement", "left"),
    [
        ("INSERT INTO", 12),
        ("DELETE FROM", 12),
        ("SELECT count() FROM `visits` WHERE", 0),
        ("DROP TABLE", 0),
        ("ALTER TABLE `visits` APPLY", 0),
    ],
)
def test_killed_between_statements_and_run_again(lake, statement, left):
    """What was not done is done, and nobody else is touched."""
    text = lake.text()
    told = [sys.executable, "-c", KILLED, text, statement, ANNA]
    ran = subprocess.run(told, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert ran.returncode == -signal.SIGKILL
    assert len(rows_of(lake)) == len(OTHERS) + left
    assert delete(connector(lake)) == left
    told = connector(lake).settle(["visits"], Effect.ERASED, [ANNA])
    assert (rows_of(lake), told.effect, bytes_with(lake, ANNA)) == (OTHERS, Effect.ERASED, 0)


ROOT = Path(__file__).parents[3]

KINDS = {
    "UUID": "'e203a291-5a1b-43d9-a15e-80170076fc88'",
    "Enum8('x' = 1, 'y)' = 2)": "'y)'",
    "LowCardinality(Nullable(String))": "'q'",
    "FixedString(5)": "'ab'",
    "Decimal(30, 10)": "'1.25'",
    "Int256": "'170141183460469231731687303715884105727'",
    "DateTime": "'2026-01-01 10:00:00'",
    "DateTime64(6, 'Europe/Berlin')": "'2026-01-01 10:00:00.123456'",
    "Date": "'2026-01-01'",
    "Date32": "'1901-01-01'",
    "Bool": "true",
    "Float64": "1.5",
    "IPv4": "'1.2.3.4'",
    "IPv6": "'::1'",
    "Array(Nullable(String))": "['a\\'', NULL]",
    "Array(UUID)": "['e203a291-5a1b-43d9-a15e-80170076fc88']",
    "Map(String, UInt8)": "map('k', 1)",
    "Tuple(a UInt8, b String)": "(1, 'z')",
    "String": "'it\\'s \\\\ \\0 😀'",
}


def test_every_type_is_read_and_written_back_exactly(lake):
    """A value taken out and put back is the same."""
    each = list(enumerate(KINDS.items()))
    columns = ", ".join(f"c{n} {kind}" for n, (kind, _) in each)
    lake.run("DROP TABLE visits SYNC")
    lake.run(f"CREATE TABLE visits (id Int64, {columns}) ENGINE = MergeTree ORDER BY id")
    lake.run(f"INSERT INTO visits VALUES (1, {', '.join(value for _, (_, value) in each)})")
    before, tables = lake.run(ROW.format("visits")), lake.connector(SMALL)._tables
    (found,) = tables.scan("visits", None)
    (row,) = rows_in(found)
    lake.run("TRUNCATE TABLE visits SETTINGS mutations_sync = 2")
    lake.run("INSERT INTO visits (id) VALUES (1)")
    (empty,) = tables.scan("visits", None)
    assert [it for it in row if row[it] == rows_in(empty)[0][it]] == ["id"]
    tables.change("visits", [Edited("all", "", empty.positions, empty.batch, [_json(row)])])
    assert lake.run(ROW.format("visits")) == before


def _json(row):
    return {name: dict(it) if name == "c16" else it for name, it in row.items()}


SMALL = """
[datasets.lake]
connector = "clickhouse"
effect = "erased"
[collections.lake.visits.fields]
id = { exclude = "a number" }
"""


def test_bytes_that_are_no_text_stay_as_they_are(lake):
    """Read as replaced, searched as that, and never written so."""
    lake.run("DROP TABLE visits SYNC")
    lake.run(
        "CREATE TABLE visits (id Int64, e String, b String, a Array(String), m Map(String, String),"
        " j JSON, g AggregateFunction(groupArray, String), d Dynamic, n Nested(x String))"
        " ENGINE = MergeTree ORDER BY id"
    )
    lake.run(
        "INSERT INTO visits SELECT 1, 'a', 'x\\xff\\0y', ['\\xfe'], map('k', 'anna\\xff'),"
        " '{\"who\": \"anna\"}', arrayReduce('groupArrayState', ['anna']), 'anna'::Dynamic, ['anna']"
    )
    held = "SELECT hex(formatRow('RowBinary', b, a, m, j, g, d, n.x)) FROM visits FORMAT TSV"
    tables, before = lake.connector(SMALL)._tables, lake.run(held)
    (found,) = tables.scan("visits", None)
    (row,) = rows_in(found)
    assert (row["b"], row["a"]) == ("x\ufffd\0y", ["\ufffd"])
    hits = [it.field for it in lake.connector(SMALL).search(["anna"], whom())]
    assert sorted(hits) == ["d", "g", "j", "m", "n.x"]
    tables.change("visits", [Edited("all", "", found.positions, found.batch, [{**row, "e": "b"}])])
    assert (lake.run(held), lake.run("SELECT e FROM visits FORMAT TSV")) == (before, "b\n")


def test_columns_that_are_made_of_others(lake):
    """What is stored is searched; what is computed when it is read is not."""
    lake.run("DROP TABLE visits SYNC")
    lake.run(
        "CREATE TABLE visits (id Int64, e String, low String MATERIALIZED lower(e),"
        " up String ALIAS upper(e), once String EPHEMERAL) ENGINE = MergeTree ORDER BY id"
    )
    lake.run("INSERT INTO visits (id, e) VALUES (1, 'Anna'), (2, 'Bert')")
    tables = lake.connector(SMALL)._tables
    assert tables.schema("visits").names == ["id", "e", "low"]
    (found,) = tables.scan("visits", (SoughtValues("low", frozenset({"anna"})),))
    tables.change("visits", [Edited("all", "", found.positions, found.batch, [None])])
    assert lake.run("SELECT e FROM visits FORMAT TSV") == "Bert\n"


@pytest.mark.parametrize(
    ("kind", "key", "parts"),
    [
        ("DateTime", "toYYYYMM(t)", ["202601", "202607"]),
        ("DateTime64(3, 'Asia/Tokyo')", "(toYYYYMM(t), id % 2)", ["202601-0", "202607-0"]),
        ("Date", "toMonday(t)", ["20260112", "20260706", "20260817"]),
        ("Date", "toYear(t)", []),
        ("DateTime", "id % 2", []),
    ],
)
def test_partitions_that_are_over(lake, kind, key, parts):
    """Every row is, and none could come that is not; one with rows of before and after stays."""
    lake.run("DROP TABLE visits SYNC")
    lake.run(
        f"CREATE TABLE visits (id Int64, t {kind}) ENGINE = MergeTree PARTITION BY {key} ORDER BY id"
    )
    days = ("2026-01-15", "2026-07-10", "2026-08-20", "2026-08-24")
    lake.run(f"INSERT INTO visits VALUES {', '.join(f'(2, {day!r})' for day in days)}")
    tables = lake.connector(SMALL)._tables
    over = tables.droppable("visits", "t", "2026-08-24T00:00:00+00:00")
    assert [(it.name, it.rows) for it in over] == [(part, 1) for part in parts]
    for part in over:
        assert (tables.drop("visits", part.name), tables.drop("visits", part.name)) == (True, False)
    left = lake.run("SELECT toDate(t) FROM visits ORDER BY t FORMAT TSV").split()
    assert left == list(days[len(parts) :])


def test_an_empty_time_keeps_its_partition(lake):
    """It is over never."""
    lake.run("DROP TABLE visits SYNC")
    lake.run(
        "CREATE TABLE visits (id Int64, t Nullable(Date)) ENGINE = MergeTree PARTITION BY"
        " toYYYYMM(t) ORDER BY id SETTINGS allow_nullable_key = 1"
    )
    lake.run("INSERT INTO visits VALUES (1, NULL), (2, '2026-01-01')")
    over = lake.connector(SMALL)._tables.droppable("visits", "t", "2026-08-24T00:00:00+00:00")
    assert [it.rows for it in over] == [1]


TEXTS = st.sampled_from(["a", "A", "ä", "Ä", "7", "07", "ß", "SS", "x'; --", "", "\ufffd", "\0"])


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.tuples(st.none() | TEXTS, st.integers(-9, 9)), min_size=1, max_size=9),
    texts=st.lists(TEXTS, max_size=3),
    folded=st.booleans(),
)
def test_the_server_leaves_out_no_row_that_fits(lake, rows, texts, folded):
    """What SQL finds is what a look at every row finds."""
    from privacykit.connectors.lakehouse.rows.columns import mask_of

    lake.write([{**visits()[0], "id": n, "email": text} for text, n in rows])
    tables = lake.tables()
    for columns in (["email"], ["id"], ["email", "id"], ["email", "other"]):
        wanted = tuple(SoughtValues(c, frozenset(texts), folded and c == "email") for c in columns)
        every = [it.batch for it in tables.scan("visits", None)]
        fits = [row for batch in every for row in _masked(batch, mask_of(batch, wanted))]
        found = [row for it in tables.scan("visits", wanted) for row in rows_in(it)]
        assert sorted(map(str, found)) == sorted(map(str, fits))
    lake.close()


def _masked(batch, mask):
    return (batch if mask is None else batch.filter(mask)).to_pylist()


def test_a_person_by_a_number(lake):
    """Whole numbers are looked for as such."""
    text = MAP.format(kind="clickhouse").replace('path = "."', "")
    text = text.replace(
        'id = { exclude = "a number" }', 'id = { category = "user.unique_id", identity = "uid" }'
    )
    who = Context(Subject((Identity("uid", "7"),)), 0.0)
    at = lake.connector(text)
    assert [row["id"] for row in at.rows("visits", who)] == [7]


def test_files_with_is_no_empty_search(lake):
    """What the other tests find nothing with finds something here."""
    assert files_with(lake.folder, ANNA)
