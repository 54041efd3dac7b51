"""Retention on real databases: what goes, what stays, and how it goes."""

import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from privacykit.connectors.sql import SqlConnector
from privacykit.errors import StoreError
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.records import Hold, RowCondition
from privacykit.govern.retention.ledger import Progress
from privacykit.govern.retention.rules import rules
from privacykit.govern.retention.run import Limits, RetentionRun

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
MAP = """
[datasets.shop]
url = "x"
[reasons.tax]
citation = "AO 147"
duration = "10 years"
[collections.shop.visits]
retention = { duration = "30 days", from = "at" }
fields = { id = { exclude = "a number" }, at = { exclude = "a time" }, who = "user.name" }
"""
VISITS = "create table visits (id integer primary key, at timestamp, who varchar(20))"


class _Clock:
    """The real clock, but for the law's idea of now."""

    def now(self):
        return NOW

    def elapsed(self):
        return time.monotonic()

    def sleep(self, _):
        pass


class _Ledger:
    """Every rule is confirmed."""

    def load(self, fingerprint):
        return Progress(fingerprint, "op-1")

    def save(self, _):
        pass

    def claim(self, *_, **__):
        return True

    def release(self, *_, **__):
        pass


def _make(url, *statements):
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _fill(url, table="visits", days=range(60)):
    """One row a day into the past, named by its age."""
    engine = create_engine(url)
    rows = [{"id": day, "at": _ago(day), "who": f"p{day % 3}"} for day in days]
    with engine.begin() as connection:
        connection.execute(text(f"insert into {table} (id, at, who) values (:id, :at, :who)"), rows)
    engine.dispose()


def _ago(days, hours=0):
    moment = datetime.fromtimestamp(NOW, UTC) - timedelta(days=days, hours=hours)
    return moment.replace(tzinfo=None).isoformat(sep=" ")


def _ids(url, table="visits"):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(connection.execute(text(f"select id from {table} order by id")).scalars())
    engine.dispose()
    return found


def _run(url, holds=(), datamap=MAP, **limits):
    mapped = parse_datamap(datamap)
    with closing(SqlConnector.open(mapped, "shop", url)) as connector:
        run = RetentionRun(_Ledger(), lambda: holds, _Clock(), Limits(pause=0, **limits), "me")
        purger = connector.purger()
        by_name = {rule.collection: rule for rule in rules(mapped, NOW, {})}
        return [run.rule(by_name[name], purger) for name in connector.order() if name in by_name]


def _hold(*where, collection="visits"):
    return Hold("h1", "shop", collection, where, "x", "system", 0.0, 0.0)


def test_rows_that_are_over_go_and_no_other(sql_url):
    """Thirty days are kept to the second, the rest is gone."""
    _make(sql_url, VISITS)
    _fill(sql_url)

    (ran,) = _run(sql_url)

    assert _ids(sql_url) == list(range(31))
    assert (ran.outcome, ran.rows, ran.left) == ("done", 29, 0)


def test_running_again_changes_nothing(sql_url):
    """What is done is done."""
    _make(sql_url, VISITS)
    _fill(sql_url)
    _run(sql_url)

    (again,) = _run(sql_url)

    assert (again.rows, _ids(sql_url)) == (0, list(range(31)))


def test_row_without_a_date_stays(sql_url):
    """Nobody knows when it is over."""
    _make(sql_url, VISITS, "insert into visits values (1, null, 'p1')")

    (ran,) = _run(sql_url)

    assert (ran.rows, _ids(sql_url)) == (0, [1])


ODD = ["01.12.2020", "", "12/01/2020", " 2020-01-01", "-", "0000-00-00", "1 Dec 2020", "2020"]
"""Texts that sort before a day of this year and are no day."""


def test_text_that_is_no_date_stays_however_it_sorts(sql_url):
    """The first rows decide nothing: among them is one of another form, and an empty one."""
    _make(sql_url, "create table visits (id integer primary key, at varchar(40), who varchar(20))")
    engine = create_engine(sql_url)
    days = [*ODD, "2020-01-31", "2020-01-31T10:00:00", _ago(1)]
    with engine.begin() as connection:
        rows = [{"id": number, "at": day} for number, day in enumerate(days)]
        connection.execute(text("insert into visits (id, at, who) values (:id, :at, 'p')"), rows)
    engine.dispose()

    (ran,) = _run(sql_url)

    assert (ran.rows, _ids(sql_url)) == (2, [*range(len(ODD)), len(ODD) + 2])


def test_text_that_is_no_date_keeps_what_a_law_keeps(sql_url):
    """Nobody can say that the ten years are over; of what has a date the law's time counts."""
    kept = MAP.replace("retention =", 'keep = { reason = "tax", from = "paid" }\nretention =')
    datamap = kept.replace("who =", 'paid = { category = "user.payment", keep = "tax" }, who =')
    columns = "id integer primary key, at timestamp, paid varchar(20), who varchar(20)"
    _make(sql_url, f"create table visits ({columns})")
    _make(
        sql_url,
        "insert into visits values (1, '2010-01-01 00:00:00', '2010-01-01', 'p')",
        "insert into visits values (2, '2010-01-01 00:00:00', '01.12.2025', 'p')",
        "insert into visits values (3, '2010-01-01 00:00:00', '2025-12-01', 'p')",
    )

    _run(sql_url, datamap=datamap)

    assert _ids(sql_url) == [2, 3]


@pytest.mark.parametrize(
    ("sql_url", "value"),
    [("postgres", "-infinity"), ("postgres", "0044-03-15 BC"), ("mariadb", "0000-00-00 00:00:00")],
    indirect=["sql_url"],
)
def test_moment_before_all_years_is_no_date(sql_url, value):
    """Databases write with it that nobody knows when."""
    _make(sql_url, VISITS.replace("timestamp", "datetime" if "0000" in value else "timestamp"))
    _make(sql_url, f"insert into visits values (1, '{value}', 'p')")

    (ran,) = _run(sql_url)

    assert (ran.rows, _ids(sql_url)) == (0, [1])


def test_held_rows_stay_and_go_when_released(sql_url):
    """A hold is a predicate on rows; the next run takes what it held."""
    _make(sql_url, VISITS)
    _fill(sql_url)

    (ran,) = _run(sql_url, [_hold(RowCondition("who", "=", "p1"))])

    assert [n for n in _ids(sql_url) if n > 30] == [n for n in range(31, 60) if n % 3 == 1]
    assert (ran.held, ran.left) == (10, 0)
    _run(sql_url)
    assert _ids(sql_url) == list(range(31))


def test_hold_on_everything_stops_everything(sql_url):
    """A hold without conditions, on all collections."""
    _make(sql_url, VISITS)
    _fill(sql_url)

    (ran,) = _run(sql_url, [_hold(collection="*")])

    assert (ran.rows, ran.held, len(_ids(sql_url))) == (0, 29, 60)


def test_small_batches_do_the_same(sql_url):
    """However the work is cut, the result is the same, held rows at the front included."""
    _make(sql_url, VISITS)
    _fill(sql_url, days=range(400))
    total = 0

    for _ in range(20):
        (ran,) = _run(sql_url, [_hold(RowCondition("who", "=", "p0"))], rows=20)
        total += ran.rows

    assert total == sum(1 for n in range(31, 400) if n % 3)
    assert ran.outcome == "done"


def test_reason_to_keep_holds_against_retention(sql_url):
    """What a law wants kept is not deleted because a shorter rule says so."""
    keep = 'keep = { reason = "tax", from = "at", where = ["who = \'p1\'"] }\n'
    datamap = MAP.replace("fields =", keep + "fields =")
    _make(sql_url, VISITS)
    _fill(sql_url)

    (ran,) = _run(sql_url, datamap=datamap)

    assert (ran.kept, ran.rows) == (10, 19)


def test_condition_of_the_rule_is_kept(sql_url):
    """A rule for some rows takes no others."""
    datamap = MAP.replace('from = "at" }', 'from = "at", where = ["who = \'p2\'"] }')
    _make(sql_url, VISITS)
    _fill(sql_url)

    _run(sql_url, datamap=datamap)

    assert [n for n in range(60) if n not in _ids(sql_url)] == [
        32,
        35,
        38,
        41,
        44,
        47,
        50,
        53,
        56,
        59,
    ]


TWO = (
    MAP
    + """
[collections.shop.pages]
retention = { duration = "30 days", from = "at" }
[collections.shop.pages.fields]
id = { exclude = "a number" }
at = { exclude = "a time" }
who = "user.name"
visit = { exclude = "a key" }
"""
)
PAGES = (
    "create table pages (id integer primary key, at timestamp, who varchar(20), "
    "visit integer, foreign key (visit) references visits (id){})"
)


def _pages(url, *rows):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text("insert into pages values (:id, :at, 'p', :visit)"),
            [{"id": i, "at": _ago(age), "visit": visit} for i, age, visit in rows],
        )
    engine.dispose()


@pytest.mark.parametrize("action", ["", " on delete cascade", " on delete set null"])
def test_row_that_a_younger_row_points_at_stays(sql_url, action):
    """A younger row is neither orphaned nor dragged along, whatever the database would do."""
    _make(sql_url, VISITS, PAGES.format(action))
    _fill(sql_url, days=[40, 50])
    _pages(sql_url, (1, 45, 50), (2, 5, 40))

    pages, visits = _run(sql_url, datamap=TWO)

    assert (_ids(sql_url, "pages"), _ids(sql_url)) == ([2], [40])
    assert (pages.rows, visits.rows, visits.kept) == (1, 1, 1)


def test_key_that_may_be_emptied_lets_the_row_go(sql_url):
    """Where the map says detach, the younger row stays without its link."""
    datamap = TWO.replace(
        'visit = { exclude = "a key" }',
        'visit = { exclude = "a key", relation = "owned_by", erase = "detach" }',
    )
    _make(sql_url, VISITS, PAGES.format(""))
    _fill(sql_url, days=[40, 50])
    _pages(sql_url, (2, 5, 40))

    _run(sql_url, datamap=datamap)

    assert (_ids(sql_url, "pages"), _ids(sql_url)) == ([2], [])


def test_names_are_weakened_in_place(sql_url):
    """A rule that leaves the row empties its personal fields, in batches, once."""
    datamap = MAP.replace('from = "at" }', 'from = "at", then = "null" }')
    _make(sql_url, VISITS)
    _fill(sql_url, days=range(1200))

    (ran,) = _run(sql_url, datamap=datamap)
    (again,) = _run(sql_url, [_hold()], datamap=datamap)

    engine = create_engine(sql_url)
    with engine.connect() as connection:
        named = connection.execute(text("select count(*) from visits where who is not null"))
        assert (named.scalar(), len(_ids(sql_url))) == (31, 1200)
    engine.dispose()
    assert (ran.rows, again.rows) == (1169, 0)
    assert ran.batches > 1


def test_many_rows_of_one_moment_are_cut_too(sql_url):
    """Rows that share their time, and a composite key, do not stop the weakening."""
    datamap = MAP.replace('from = "at" }', 'from = "at", then = "null" }')
    _make(
        sql_url,
        "create table visits (id integer, who varchar(20), at timestamp, n integer, "
        "primary key (id, n))",
    )
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        connection.execute(
            text("insert into visits values (:id, 'p', :at, :n)"),
            [{"id": n % 7, "n": n, "at": _ago(40)} for n in range(1500)],
        )
    engine.dispose()

    (ran,) = _run(sql_url, datamap=datamap)

    assert ran.rows == 1500
    assert ran.batches > 1


@pytest.mark.parametrize("held", [False, True], ids=["free", "some held"])
def test_many_rows_of_one_moment_are_deleted_in_batches(sql_url, held):
    """More rows share their time than a batch takes; held ones among them do not stop it."""
    _make(sql_url, VISITS, "create index visits_at on visits (at)")
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        connection.execute(
            text("insert into visits values (:id, :at, :who)"),
            [
                {"id": n, "at": _ago(50 if n < 1500 else 40), "who": f"p{n % 3}"}
                for n in range(3000)
            ],
        )
    engine.dispose()
    holds = [_hold(RowCondition("who", "!=", "p0"))] if held else []

    (ran,) = _run(sql_url, holds)

    assert ran.outcome == "done"
    assert ran.rows == (1000 if held else 3000)
    assert len(_ids(sql_url)) == 3000 - ran.rows


def test_time_of_a_server_in_another_zone_is_utc(mariadb_url):
    """MariaDB shows a timestamp in the session's zone; ours is UTC."""
    _make(
        mariadb_url,
        "create table visits (id int primary key, at timestamp null, who varchar(9))",
        "set time_zone = '+00:00'",
        f"insert into visits values (1, '{_ago(30, 1)}', 'p'), (2, '{_ago(29, 23)}', 'p')",
    )

    _run(f"{mariadb_url}?init_command=set time_zone='%2B09:00'")

    assert _ids(mariadb_url) == [2]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("bigint", int),
        ("bigint", lambda moment: int(moment * 1000)),
        ("varchar(40)", lambda moment: datetime.fromtimestamp(moment, UTC).isoformat()),
        ("date", lambda moment: datetime.fromtimestamp(moment, UTC).date().isoformat()),
    ],
    ids=["seconds", "milliseconds", "text", "date"],
)
def test_time_is_understood_as_the_column_writes_it(sql_url, declared, value):
    """Seconds, milliseconds, text and dates are all moments."""
    _make(sql_url, f"create table visits (id integer primary key, at {declared}, who varchar(9))")
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        connection.execute(
            text("insert into visits values (:id, :at, 'p')"),
            [{"id": day, "at": value(NOW - day * 86_400)} for day in range(60)],
        )
    engine.dispose()

    _run(sql_url)

    assert _ids(sql_url)[-1] in {30, 31}


def test_missing_collection_is_an_error(sql_url):
    """A map that speaks of a table which is not there is wrong, not done."""
    mapped = parse_datamap(MAP)
    _make(sql_url, "create table other (id integer primary key)")

    with closing(SqlConnector.open(mapped, "shop", sql_url)) as connector:
        purger = connector.purger()
        with pytest.raises(StoreError, match="PK222"):
            purger.due(rules(mapped, NOW, {})[0], (), NOW)


def test_table_without_rowid_is_purged(tmp_path):
    """SQLite's tables without a row id are cut by their key."""
    url = f"sqlite:///{tmp_path}/x.db"
    _make(url, VISITS + " without rowid")
    _fill(url)

    _run(url)

    assert _ids(url) == list(range(31))


def test_large_log_is_written_back(tmp_path, monkeypatch):
    """A write-ahead log that has grown is emptied between batches."""
    from privacykit.connectors.sql.dialects import purge_sqlite

    monkeypatch.setattr(purge_sqlite, "LARGEST_LOG", 1)
    url = f"sqlite:///{tmp_path}/x.db"
    _make(url, "pragma journal_mode=wal", VISITS)
    _fill(url, days=range(2000))
    sizes = []
    mapped = parse_datamap(MAP)
    with closing(SqlConnector.open(mapped, "shop", url)) as connector:
        purger = connector.purger()
        purger.batch(rules(mapped, NOW, {})[0], (), NOW, low=None, limit=100)
        sizes.append((tmp_path / "x.db-wal").stat().st_size)
        purger.tidy()
        sizes.append((tmp_path / "x.db-wal").stat().st_size)

    assert sizes[0] > 0
    assert sizes[1] == 0


TALLY = MAP.replace(
    'from = "at" }',
    'from = "at", aggregate = '
    '{ into = "visits_by_month", by = ["at by month", "kind"], sum = ["paid"], minimum = 3 } }',
).replace(
    'who = "user.name" }',
    'who = "user.name", kind = { exclude = "a word" }, paid = { exclude = "a sum" } }',
)
COUNTED = (
    "create table visits (id integer primary key, at timestamp, who varchar(20), "
    "kind varchar(9), paid numeric(10, 2))"
)


def _fill_counted(url, days=range(100)):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text("insert into visits values (:id, :at, 'p', :kind, :paid)"),
            [
                {
                    "id": day,
                    "at": _ago(day),
                    "kind": "rare" if day == 35 else ("even", "odd")[day % 2],
                    "paid": None if day == 33 else 1.5,
                }
                for day in days
            ],
        )
    engine.dispose()


def _counts(url):
    engine = create_engine(url)
    with engine.connect() as connection:
        question = "select at_month, kind, counted, sum_paid from visits_by_month order by 1, 2"
        found = [(*r[:3], float(r[3])) for r in connection.execute(text(question))]
    engine.dispose()
    return found


def test_rows_are_counted_as_they_go(sql_url):
    """What was deleted is in the counts, however it was cut; small groups are put together."""
    _make(sql_url, COUNTED)
    _fill_counted(sql_url)

    for _ in range(8):
        _run(sql_url, datamap=TALLY, rows=10)

    assert _ids(sql_url) == list(range(31))
    assert sum(row[2] for row in _counts(sql_url)) == 69
    assert sum(row[3] for row in _counts(sql_url)) == 68 * 1.5
    assert {row[1] for row in _counts(sql_url)} == {"(others)", "even", "odd"}


def test_counts_of_a_batch_that_failed_are_not_kept(sql_url, monkeypatch):
    """Deleting and counting are one transaction."""
    from privacykit.connectors.sql.changing import tally

    def fail(*_):
        raise RuntimeError

    _make(sql_url, COUNTED)
    _fill_counted(sql_url)
    monkeypatch.setattr(tally, "fold", fail)
    with pytest.raises(RuntimeError):
        _run(sql_url, datamap=TALLY)

    assert (len(_ids(sql_url)), _counts(sql_url)) == (100, [])


@pytest.mark.parametrize("declared", ["bigint", "date"])
def test_numbers_and_dates_are_cut_to_their_year(sql_url, declared):
    """Whatever the column is, a year is four digits."""
    datamap = TALLY.replace("at by month", "at by year").replace("minimum = 3", "minimum = 1")
    _make(sql_url, COUNTED.replace("timestamp", declared))
    moments = [NOW - day * 86_400 for day in range(400)]
    written = [
        int(m) if declared == "bigint" else datetime.fromtimestamp(m, UTC).date().isoformat()
        for m in moments
    ]
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        connection.execute(
            text("insert into visits values (:id, :at, 'p', null, 1)"),
            [{"id": n, "at": at} for n, at in enumerate(written)],
        )
    engine.dispose()

    _run(sql_url, datamap=datamap)

    engine = create_engine(sql_url)
    with engine.connect() as connection:
        years = list(connection.execute(text("select at_year from visits_by_month order by 1")))
    engine.dispose()
    assert [row[0] for row in years] == ["2025", "2026"]
