"""Tables of ClickHouse at a stand-in: what is asked, what is refused, what a plan and receipt say."""

import sys

import pytest

from privacykit.connectors.lakehouse.clickhouse.columns import (
    RowHash,
    literal,
    quoted,
    read_columns,
)
from privacykit.connectors.lakehouse.clickhouse.keys import change_plan
from privacykit.connectors.lakehouse.clickhouse.partitions import over, parts_query, period_of
from privacykit.connectors.lakehouse.clickhouse.query import condition_of
from privacykit.connectors.lakehouse.clickhouse.servers import by_hand, distributed
from privacykit.connectors.lakehouse.clickhouse.types import parsed, read_expression
from privacykit.connectors.lakehouse.rows.sought import SoughtValues
from privacykit.connectors.lakehouse.tables import DroppablePart, Edited
from privacykit.errors import DataMapError, MissingExtraError, StoreError
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect, Hold, RequestStatus, RowCondition
from privacykit.govern.retention.rules import rules
from privacykit.govern.retention.run import Limits, RetentionRun
from privacykit.settings.lakes import open_lake
from privacykit.settings.paths import Paths
from privacykit.testing.plans import MemoryPlans
from privacykit.testing.stubs.server import BROKEN
from privacykit.testing.stubs.storage.clickhouse import _told
from tests.connectors.lakehouse.clickhouse_lake import LakeServer
from tests.connectors.lakehouse.clickhouse_stand_in import StandInEngine
from tests.connectors.lakehouse.lakes import ANNA, MAP, NOW, erase, plan, visits, whom
from tests.connectors.test_files_retention import _Clock, _Ledger

TEXT = MAP.format(kind="clickhouse").replace('path = "."', "url = '{url}'")
OTHERS = [row for row in visits() if row["email"] != ANNA]


class _Lake:
    def __init__(self, server, folder):
        self.server, self.engine, self._folder, self._opened = server, server.engine, folder, []

    def open(self, text=TEXT, **options):
        given = {"user": "pk", "password": self.server.token, "wait": 0.0, **options}
        lines = "\n".join(f"{key} = {value!r}" for key, value in given.items())
        made = text.replace("{url}", self.server.url) + f"[datasets.lake.options]\n{lines}\n"
        self.map = parse_datamap(made)
        self._opened.append(open_lake(self.map, "lake", Paths(self._folder), "datamap.toml"))
        return self._opened[-1]

    def rows(self):
        return sorted(self.engine.rows.values(), key=lambda row: row["id"])

    def means(self, holds=(), **options):
        at = self.open(**options)
        clock = lambda: NOW  # noqa: E731
        size = lambda number: b"s" * number  # noqa: E731
        return GovernContext(
            self.map, {"lake": at}, MemoryPlans(), clock, size, lambda: tuple(holds), key=b"k" * 32
        )

    def close(self):
        for at in self._opened:
            at.close()


@pytest.fixture
def lake(tmp_path):
    """A server with the rows of three people."""
    engine = StandInEngine()
    engine.insert(visits())
    with LakeServer(engine) as server:
        made = _Lake(server, tmp_path)
        yield made
        made.close()


def delete(at):
    """Delete the rows of Anna, and say how many changed."""
    keys = [target.key for target in at.find("visits", whom())]
    return at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())[0].changed


def test_erases_the_rows_of_one(lake):
    """Masked, then written without them, then no old part is left."""
    lake.engine.old = 0
    made, outcome = erase(lake.means())
    assert (lake.rows(), lake.engine.masked) == (OTHERS, {})
    assert {r.effect for r in outcome.results if r.rows_changed} == {Effect.ERASED}
    assert outcome.status is RequestStatus.FULFILLED
    assert [step.rows for step in made.steps] == [12]


def test_values_stand_in_no_statement(lake):
    """They go beside it, and hashes go as rows."""
    delete(lake.open())
    asked = [f"{request.query}" for request in lake.server.requests]
    assert [it for it in [*lake.server.said, *asked] if "anna" in it.lower()] == []
    assert any(ANNA.encode() in request.body for request in lake.server.requests)
    assert {r.query.get("log_queries") for r in lake.server.requests} == {"0"}


def test_old_parts_that_stay_are_no_erasure(lake):
    """The level is logical, and the receipt says until when."""
    lake.engine.old = 99
    told = lake.open().settle(["visits"], Effect.ERASED, [ANNA])
    assert (told.effect, "old parts of visits" in told.remains[0]) == (Effect.LOGICAL, True)
    assert "system.query_log" in told.remains[1]


def test_old_parts_are_waited_for(lake, monkeypatch):
    """As long as the options say; what comes meanwhile is of what was written anew."""
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    lake.engine.old = 3
    at = lake.open(wait=60.0)
    assert at.settle(["visits"], Effect.ERASED, [ANNA]).byte_hits == 12
    assert waits == [2.0, 2.0, 2.0]


def test_tables_are_freed_once_until_they_change(lake):
    """Whoever is verified after others finds it done."""
    at = lake.open()
    lake.engine.old = 0
    asked = []
    lake.server.before = [lambda it: asked.append(it) if "NOT active" in it else None]
    told = [at._tables.free(["visits"]) for _ in range(2)]
    assert [(it.reached, len(it.remains)) for it in told] == [(True, 1)] * 2
    delete(at)
    at._tables.free(["visits"])
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("fact", "value", "told"),
    [
        ("mask_stays", True, "rows of visits are masked still"),
        ("detached", 2, "2 parts of visits are detached"),
        ("hidden", 1, "rows of visits are hidden from us"),
        (
            "others",
            [["log", "Log", "", "", 0, 0, []], ["view", "View", "", "", 0, 0, []]],
            "1 files are in a form",
        ),
    ],
)
def test_what_is_left_makes_it_logical(lake, fact, value, told):
    """And is said."""
    setattr(lake.engine, fact, value)
    lake.engine.old = 0
    _, outcome = erase(lake.means())
    (settled,) = [lake._opened[0].settle(["visits"], Effect.ERASED, [ANNA])]
    assert settled.effect is Effect.LOGICAL
    assert any(told in one for one in settled.remains)
    assert {r.effect for r in outcome.results if r.rows_changed} == {Effect.LOGICAL}


def test_the_plan_says_what_else_got_the_rows(lake):
    """Views, TTL, tables of other engines."""
    lake.engine.facts = (0, 1, ["daily"])
    lake.engine.others = [["tail", "Buffer", "", "", 0, 0, []]]
    notes = "\n".join(plan(lake.means()).notes)
    assert "the views daily copied rows" in notes
    assert "it has a TTL" in notes
    assert "not searched: tail" in notes
    assert "3 of 3 files, 300 bytes, written anew" in notes


def test_at_the_level_logical_the_plan_says_what_stays(lake):
    """Nothing is freed."""
    at = lake.open(TEXT.replace('effect = "erased"', 'effect = "logical"'))
    assert "rows are masked; parts hold them" in next(iter(at.outlook("visits", whom())))
    assert list(at.outlook("visits", whom("nobody@lake.example"))) == []
    assert at.settle(["visits"], Effect.LOGICAL, [ANNA]).effect is Effect.LOGICAL


def test_with_projections_rows_go_by_a_mutation(lake):
    """Which writes those anew, too; a lightweight delete is refused there."""
    lake.engine.facts = (1, 0, [])
    assert delete(lake.open()) == 12
    assert any(it.startswith("ALTER TABLE `visits` DELETE WHERE") for it in lake.server.said)
    assert (lake.rows(), lake.engine.masked) == (OTHERS, {})


def test_a_value_is_written_alone(lake):
    """What is not to change is not written."""
    tables = lake.open()._tables
    found = next(iter(tables.scan("visits", (SoughtValues("id", frozenset({"0"})),))))
    (row,) = found.batch.to_pylist()
    new = [{**row, "email": None, "page": "it's \\ \0"}]
    tables.change("visits", [Edited(found.part, "", found.positions, found.batch, new)])
    (line,) = lake.engine.keys.values()
    plan_of_it = change_plan("k", "d", tables._columns("visits"), tables._known, [])
    assert repr(plan_of_it) == "<ChangePlan>"
    assert {k: v for k, v in line.items() if k[:3] in {"set", "new"}} == {
        "set_1": 1,
        "new_1": None,
        "set_3": 1,
        "new_3": "it's \\ \0",
    }
    assert lake.rows()[0] == {**visits()[0], "email": None, "page": "it's \\ \0"}


def test_rows_may_change_in_different_columns(lake):
    """Of each row what changes in it is written, and nothing else."""
    tables = lake.open()._tables
    found = next(iter(tables.scan("visits", None)))
    one, two, *_ = found.batch.to_pylist()
    new = [{**one, "email": "x"}, {**two, "page": "y"}]
    edit = Edited(found.part, "", found.positions[:2], found.batch.slice(0, 2), new)
    tables.change("visits", [edit])
    told = [sorted(it for it in line if it[:3] == "set") for line in lake.engine.keys.values()]
    assert (told, lake.rows()[:2]) == ([["set_1"], ["set_3"]], [_plain(it) for it in new])


def _plain(row):
    return {**row, "amount": int(row["amount"])}


def test_a_column_that_rows_are_parted_by_is_not_changed(lake):
    """Said before anything is asked of the server."""
    tables = lake.open()._tables
    found = next(iter(tables.scan("visits", None)))
    (row, *_) = found.batch.to_pylist()
    lake.server.said.clear()
    edit = Edited(
        found.part, "", found.positions[:1], found.batch.slice(0, 1), [{**row, "month": "x"}]
    )
    with pytest.raises(StoreError, match=r"by month, .*PK405"):
        tables.change("visits", [edit])
    assert [it for it in lake.server.said if not it.startswith("SELECT")] == []


def test_rows_that_are_left_are_said(lake):
    """Rather than to believe the statement."""
    lake.engine.keeps = True
    with pytest.raises(StoreError, match="PK403"):
        delete(lake.open())


def test_a_change_that_fails_is_ended(lake):
    """The server would try it for ever; the keys go, unless somebody needs them."""
    lake.engine.refuses = {"DELETE FROM": 999}
    with pytest.raises(StoreError, match="PK168"):
        delete(lake.open())
    assert any(it.startswith("KILL MUTATION") for it in lake.server.said)
    assert lake.server.said[-1].startswith("DROP TABLE IF EXISTS privacykit_keys_")
    lake.engine.pending, lake.engine.refuses = 1, {"DELETE FROM": 999, "KILL": 497}
    with pytest.raises(StoreError, match="PK168"):
        delete(lake.open())
    assert lake.server.said[-1].startswith("KILL MUTATION")


@pytest.mark.parametrize("cut", [0, 100, 700, -8, -1])
def test_an_answer_that_is_cut_off_is_none(lake, cut):
    """The status was good long before."""
    at = lake.open()
    lake.engine.cut = cut
    with pytest.raises(StoreError, match="cut off"):
        list(at.find("visits", whom()))


@pytest.mark.parametrize("answer", [_told("{]"), _told("many")])
def test_an_answer_that_is_none_is_said(lake, answer):
    """Whatever stands between answers in its place."""
    at, inner = lake.open(), lake.server.answer
    lake.server.answer = lambda request: (inner(request), answer)[1]
    for doing in (at._tables.names, lambda: at.size("visits"), lambda: at._tables.schema("visits")):
        with pytest.raises(StoreError):
            doing()


def test_columns_that_are_none_are_said(lake):
    """An answer that is no Arrow has no schema."""
    tables, inner = lake.open()._tables, lake.server.answer
    junk = _told(b"junk")
    lake.server.answer = lambda it: junk if "Arrow" in str(it.query) else inner(it)
    with pytest.raises(StoreError, match="cut off"):
        tables.schema("visits")


def test_nothing_is_asked_where_nobody_is_looked_for(lake):
    """And what was closed can be closed again."""
    at = lake.open()
    lake.server.said.clear()
    assert (list(at._tables.scan("visits", ())), lake.server.said) == ([], [])
    at.close()


@pytest.mark.parametrize(
    ("status", "text", "told"),
    [
        (BROKEN, None, "PK166"),
        (503, "", "PK168"),
        (503, "x" * 3_000_000, "PK168"),
        (403, "Code: 516. DB::Exception: s3cret", "PK167"),
        (404, "Code: 81. DB::Exception: s3cret", "PK186"),
    ],
)
def test_trouble_is_said(lake, status, text, told):
    """In words of ours, for statements and for rows."""
    tables = lake.open()._tables
    for doing in (tables.names, lambda: list(tables._at.read("SELECT 1", {}, {}))):
        lake.server.fail(status, text)
        with pytest.raises(StoreError, match=told) as caught:
            doing()
        assert "s3cret" not in str(caught.value)


def test_a_password_that_is_none_is_said(lake):
    """Before anything is sent."""
    with pytest.raises(StoreError, match="PK16"):
        lake.open(password="\n")


def test_retention_drops_partitions(lake):
    """A month that is over goes unread; done again, nothing is left."""
    at = lake.open()
    keys = {"key": b"k" * 32, "salt": b"s" * 32}
    run = RetentionRun(_Ledger(), lambda: (), _Clock(), Limits(pause=0), "me")
    ran = run.rule(rules(lake.map, NOW, {})[0], at.purger(**keys))
    assert (len(ran.parts), ran.part_rows) == (1, 12)
    assert lake.rows() == [row for row in visits() if row["month"] != "2026-01"]
    assert at._tables.drop("visits", "2026-01") is False
    lake.engine.partition_key = "cityHash64(id) % 64"
    assert at._tables.droppable("visits", "month", "2027-01-01") == []
    assert at._tables.droppable("visits", "nothing", "2027-01-01") == []


def test_held_rows_stay(lake):
    """A hold is a predicate here, too."""
    hold = Hold("h", "lake", "visits", (RowCondition("id", "=", 0),), "c", "op", 0.0, 1.0)
    _, outcome = erase(lake.means([hold]))
    assert lake.rows() == [row for row in visits() if row["email"] != ANNA or row["id"] == 0]
    assert outcome.status is RequestStatus.PARTIALLY_FULFILLED


def test_many_people_go_in_one_change(lake):
    """One table of keys, one delete."""
    at, people = lake.open(), [whom(), whom("bert@lake.example")]
    gathered = at.gathered(people)
    jobs = []
    for context in people:
        keys = [target.key for target in gathered.find("visits", context)]
        jobs.append(([Work(at.step("visits", Action.DELETE, None), keys)], context))
    done = at.apply_together(jobs)
    assert [[it.changed for it in each] for each in done] == [[12], [12]]
    assert len([it for it in lake.server.said if it.startswith("DELETE FROM")]) == 1


def test_what_comes_between_plan_and_run_stays(lake):
    """Others write meanwhile."""
    to = lake.means()
    made = plan(to)
    late = {"id": 99, "email": "cleo@lake.example", "month": "2026-10", "page": "/", "amount": 1}
    lake.engine.insert([late])
    flow.execute(to, "p", made.targets_digest)
    assert lake.rows() == [*OTHERS, late]


@pytest.mark.parametrize(
    ("engine", "hint"),
    [
        ("ReplicatedMergeTree", "ON CLUSTER"),
        ("SharedMergeTree", "ON CLUSTER"),
        ("Distributed", "each server as a dataset of its own"),
        ("MaterializedView", "rows of other tables"),
        ("Log", "MergeTree family"),
        ("Memory", "MergeTree family"),
    ],
)
def test_a_table_that_cannot_be_changed_is_refused(lake, engine, hint):
    """When it is opened, with what to do."""
    lake.engine.others = [["more", engine, "", "", 0, 0, []]]
    text = f'{TEXT}[collections.lake.more.fields]\nid = {{ exclude = "a number" }}\n'
    with pytest.raises(DataMapError) as caught:
        lake.open(text)
    (problem,) = caught.value.problems
    assert (problem.id, hint in problem.hint) == ("PK402", True)
    assert problem.key == "collections.lake.more"


def test_by_hand_every_replica_is_reached_and_no_value_told():
    """Each statement goes to the cluster, but the one whose rows are data; all are waited for."""
    made = by_hand("shop", "it's")
    assert [it for it in made if "ON CLUSTER '{cluster}'" not in it] == [
        "INSERT INTO `shop`.`privacykit_gone_it's` FORMAT JSONEachRow"
    ]
    assert [it.split()[0] for it in made] == [
        "CREATE",
        "INSERT",
        "SYSTEM",
        "DELETE",
        "ALTER",
        "DROP",
    ]
    assert "tuple(*) IN (SELECT key FROM `shop`.`privacykit_gone_it's`)" in made[3]
    assert "lightweight_deletes_sync = 2" in made[3]
    assert "mutations_sync = 2" in made[4]


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("Distributed('c', 'shop', 'visits', rand())", ("c", "shop", "visits")),
        ("Distributed(c, shop, visits)", ("c", "shop", "visits")),
        ("Distributed('c\\'d', '', `vi sits`)", ("c\\'d", "", "vi sits")),
        ("Distributed('{cluster}', currentDatabase(), 'visits')", ("", "", "")),
        ("Distributed(", ("", "", "")),
    ],
)
def test_what_a_distributed_table_shows_is_read(engine, told):
    """What cannot be told may show any table."""
    found = distributed("shop.all", engine)
    assert found == ("shop.all", *told)
    assert found.shows("shop", "visits") is (told[2] in {"visits", ""})
    assert found.shows("other", "visits") is (told[2] == "")


@pytest.mark.parametrize(
    ("clusters", "said"), [([["c", 1, 1]], False), ([["c", 3, 1]], True), ([], True)]
)
def test_rows_on_other_servers_are_said(lake, clusters, said):
    """In the plan and in the receipt: one server was asked."""
    shown = ["shop.all", "Distributed('c', 'default', 'visits', rand())"]
    lake.engine.distributed = [shown, ["shop.other", "Distributed('c', 'default', 'more')"]]
    lake.engine.clusters, lake.engine.old = clusters, 0
    made, _ = erase(lake.means())
    words = "shop.all shows rows of visits on every server of the cluster c"
    assert any(words in note for note in made.notes) is said
    told = lake.open().settle(["visits"], Effect.ERASED, [ANNA])
    assert any(words in it for it in told.remains) is said
    assert not any("shop.other" in it for it in (*made.notes, *told.remains))


@pytest.mark.parametrize(
    ("old", "new", "options", "code"),
    [
        ("url = '{url}'", "", {}, "PK218"),
        ("{url}", "http://ch.example", {}, "PK401"),
        ("{url}", "https://u:s3cret@ch.example", {}, "PK401"),
        ("", "", {"wait": -1.0}, "PK401"),
        ("", "", {"passwort": "s3cret"}, "PK401"),
        ("", "", {"database": "a; s3cret"}, "PK401"),
        ("", "", {"ca_file": "s3cret.pem"}, "PK401"),
    ],
)
def test_what_is_wrong_with_a_dataset_is_said(lake, old, new, options, code):
    """Without a connection, with the key, and no value."""
    with pytest.raises(DataMapError) as caught:
        lake.open(TEXT.replace(old, new) if old else TEXT, **options)
    (problem,) = caught.value.problems
    assert (problem.id, "s3cret" in str(problem), lake.server.requests) == (code, False, [])


def test_certificates_of_ones_own(lake):
    """Are read from the file."""
    import ssl

    file = ssl.get_default_verify_paths().cafile
    assert lake.open(ca_file=str(file)).size("visits") == 36


def test_the_extra_is_asked_for(lake, monkeypatch):
    """By its name."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match="clickhouse"):
        lake.open()


def test_a_table_that_goes_meanwhile_is_said(lake):
    """Between one look and the next."""
    with pytest.raises(StoreError, match="PK404"):
        lake.open()._tables.schema("gone")


def test_says_nothing_of_people(lake):
    """Neither key nor value."""
    at = lake.open()
    known = at._tables._known
    query = condition_of(
        (SoughtValues("email", frozenset({ANNA})),), read_columns([("email", "String")])
    )
    assert "anna" not in repr((at, known, query)).lower()
    assert (
        str(known.low) in repr(known),
        ANNA.encode() in query.tables["privacykit_sought_0"],
    ) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("Int64", "`c`"),
        ("LowCardinality(UInt8)", "CAST(`c`, 'UInt8')"),
        ("String", "toValidUTF8(`c`)"),
        ("Nullable(String)", "toValidUTF8(`c`)"),
        ("LowCardinality(Nullable(String))", "toValidUTF8(CAST(`c`, 'Nullable(String)'))"),
        ("FixedString(8)", "toValidUTF8(CAST(`c`, 'String'))"),
        ("Enum8('a)' = 1, 'b\\'(' = 2)", "toValidUTF8(CAST(`c`, 'String'))"),
        ("Date", "toDate32(`c`)"),
        ("DateTime64(9, 'Europe/Berlin')", "toDateTime64(`c`, 6, 'UTC')"),
        ("SimpleAggregateFunction(max, UInt8)", "`c`"),
        ("Array(UInt8)", "`c`"),
        ("Array(UUID)", "arrayMap(privacykit_0 -> toValidUTF8(CAST(privacykit_0, 'String')), `c`)"),
        (
            "Map(String, Int8)",
            (
                "mapApply((privacykit_0_key, privacykit_0_item) -> "
                "(toValidUTF8(privacykit_0_key), privacykit_0_item), `c`)"
            ),
        ),
        (
            "Tuple(a Array(Date), Int8, c LowCardinality(UInt8), d Nullable(DateTime), e Tuple(f UUID))",
            (
                "CAST(tuple(arrayMap(privacykit_1 -> toDate32(privacykit_1), tupleElement(`c`, 1)),"
                " tupleElement(`c`, 2), CAST(tupleElement(`c`, 3), 'UInt8'),"
                " toDateTime64(tupleElement(`c`, 4), 6, 'UTC'),"
                " CAST(tuple(toValidUTF8(CAST(tupleElement(tupleElement(`c`, 5), 1), 'String'))),"
                " 'Tuple(f String)')),"
                " 'Tuple(a Array(Date32), `2` Int8, c UInt8,"
                " d Nullable(DateTime64(6, \\'UTC\\')), e Tuple(f String))')"
            ),
        ),
        ("Nullable(Tuple(a Int8))", "toValidUTF8(CAST(`c`, 'Nullable(String)'))"),
    ],
)
def test_how_a_column_is_read(kind, read):
    """In a type that Arrow and Python hold, bytes that are no text replaced."""
    assert read_expression(parsed(kind), "`c`") == read


def test_names_are_quoted():
    """Whatever is in them."""
    assert (quoted("a`\\b"), literal("a'\\b")) == ("`a\\`\\\\b`", "'a\\'\\\\b'")
    columns = read_columns([("a`", "String")])
    assert "formatRow('RowBinary', `a\\``)" in RowHash(1, 2).number(columns)


COLUMNS = read_columns(
    [
        ("n", "UInt8"),
        ("t", "String"),
        ("j", "JSON"),
        ("m", "DateTime('Asia/Tokyo')"),
        ("f", "Float64"),
    ]
)


@pytest.mark.parametrize(
    ("wanted", "condition"),
    [
        (None, ""),
        ((SoughtValues("j", frozenset("x")),), ""),
        ((SoughtValues("t", None),), ""),
        ((SoughtValues("other", frozenset("x")),), ""),
        (
            (SoughtValues("n", frozenset("7")), SoughtValues("t", frozenset("x"))),
            (
                " WHERE `n` IN (SELECT accurateCastOrNull(value, 'UInt8') FROM privacykit_sought_0)"
                " OR `t` IN (SELECT value FROM privacykit_sought_1)"
            ),
        ),
        (
            (SoughtValues("t", frozenset("\ufffd")),),
            " WHERE toValidUTF8(`t`) IN (SELECT value FROM privacykit_sought_0)",
        ),
        (
            (SoughtValues("t", frozenset("X"), folded=True),),
            (
                " WHERE lower(toValidUTF8(`t`)) IN (SELECT value FROM privacykit_sought_0)"
                " OR length(toValidUTF8(`t`)) != lengthUTF8(toValidUTF8(`t`))"
            ),
        ),
    ],
)
def test_what_is_looked_for(wanted, condition):
    """By columns that can tell; else every row is one to look at."""
    assert condition_of(wanted, COLUMNS).condition == condition


@pytest.mark.parametrize(
    ("key", "period"),
    [
        ("m", ""),
        ("`m`", ""),
        ("toYYYYMM(m)", "toYYYYMM"),
        ("(cityHash64(id) % 64, toYYYYMM(m))", "toYYYYMM"),
        ("tuple(toDate(`m`), site)", "toDate"),
        ("toYYYYMM(n)", None),
        ("toHour(m)", None),
        ("cityHash64(m)", None),
        ("", None),
    ],
)
def test_a_partition_is_of_a_period(key, period):
    """Where what it is parted by grows with the time, and nothing else is said of it."""
    assert period_of(key, "m") == period


def test_a_partition_is_over_where_none_that_comes_could_be_later():
    """The period of the cut-off stays, whatever is in it."""
    by_name = {column.name: column for column in COLUMNS}
    query = parts_query("v", by_name["m"], "toYYYYMM", "2026-08-22T00:00:00+00:00")
    cutoff = "fromUnixTimestamp64Micro(1787356800000000, 'UTC')"
    assert query.endswith(
        f"HAVING countIf(isNull(`m`)) = 0 AND max(`m`) < {cutoff}"
        f" AND max(toYYYYMM(`m`)) < toYYYYMM(CAST({cutoff}, 'DateTime(\\'Asia/Tokyo\\')'))"
    )
    assert parts_query("v", by_name["m"], "toYYYYMM", "when") is None
    assert parts_query("v", by_name["f"], "", "2026-08-22") is None
    assert parts_query("v", by_name["t"], "toDate", "2026-08-22") is None
    found = [["b", 2, "2026-08"], ["a", "3", "2026-07"], ["c", 1, "x"]]
    assert over(found, text=True, before="2026-08-22") == [DroppablePart("a", 3)]
    assert [part.rows for part in over(found, text=False, before="2026-08-22")] == [3, 2, 1]
