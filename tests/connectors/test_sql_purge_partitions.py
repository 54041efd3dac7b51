"""Retention by partition: dropped whole, without making readers wait, and only what is over."""

import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from privacykit.connectors.sql import SqlConnector
from privacykit.connectors.sql.dialects import purge_mariadb, purge_postgresql
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.records import Hold, RowCondition
from privacykit.govern.retention.ledger import Progress
from privacykit.govern.retention.rules import rules
from privacykit.govern.retention.run import Limits, RetentionRun

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
MAP = """
[datasets.shop]
url = "x"
[collections.shop.visits]
key = ["id", "at"]
retention = { duration = "2 months", from = "at" }
fields = { id = { exclude = "a number" }, at = { exclude = "a time" }, who = "user.name" }
"""
MONTHS = [(2026, month) for month in (6, 7, 8, 9, 10, 11)]


class _Clock:
    """The real clock, but for the law's idea of now."""

    def now(self):
        return NOW

    def elapsed(self):
        return time.monotonic()

    def sleep(self, _):
        pass


class _Ledger:
    """Every rule is confirmed; what was being dropped is told."""

    def __init__(self, dropping=""):
        self.dropping = dropping

    def load(self, fingerprint):
        return Progress(fingerprint, "op-1", dropping=self.dropping)

    def save(self, _):
        pass

    def claim(self, *_, **__):
        return True

    def release(self, *_, **__):
        pass


def _do(url, *statements):
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()


def _ask(url, question):
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(connection.execute(text(question)).scalars())
    engine.dispose()
    return found


def _run(url, holds=(), dropping="", datamap=MAP):
    mapped = parse_datamap(datamap)
    with closing(SqlConnector.open(mapped, "shop", url)) as connector:
        run = RetentionRun(_Ledger(dropping), lambda: holds, _Clock(), Limits(pause=0), "me")
        return run.rule(rules(mapped, NOW, {})[0], connector.purger())


def _next(year, month):
    return (year, month + 1) if month < 12 else (year + 1, 1)


def _fill(url):
    """Ten rows a month, one each three days."""
    values = ", ".join(
        f"({n}, '{datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=3 * n):%Y-%m-%d}', 'p{n % 3}')"
        for n in range(57)
    )
    _do(url, f"insert into visits (id, at, who) values {values}")


@pytest.fixture
def postgres(postgres_url):
    """A table by month on PostgreSQL."""
    _do(
        postgres_url,
        "create table visits (id int, at timestamptz, who text, primary key (id, at))"
        " partition by range (at)",
        *(
            f"create table visits_{m:02} partition of visits"
            f" for values from ('{y}-{m:02}-01') to ('{_next(y, m)[0]}-{_next(y, m)[1]:02}-01')"
            for y, m in MONTHS
        ),
    )
    _fill(postgres_url)
    return postgres_url


def _maria(url, by, bound):
    parts = ", ".join(
        f"partition p{m:02} values less than ({bound(*_next(y, m))})" for y, m in MONTHS
    )
    _do(
        url,
        "create table visits (id int, at datetime, who varchar(9), primary key (id, at))"
        f" partition by {by} ({parts})",
    )
    _fill(url)


BY = {
    "columns": ("range columns (at)", lambda y, m: f"'{y}-{m:02}-01'"),
    "days": ("range (to_days(at))", lambda y, m: f"to_days('{y}-{m:02}-01')"),
    "years": ("range (year(at) * 100 + month(at))", lambda y, m: f"{y * 100 + m}"),
}


@pytest.fixture(params=BY, ids=BY)
def mariadb(request, mariadb_url):
    """A table by month on MariaDB, in several ways of saying so."""
    _maria(mariadb_url, *BY[request.param])
    return mariadb_url


@pytest.fixture(params=["postgres", "mariadb"])
def url(request):
    """A table by month, once per kind of database that knows partitions."""
    if request.param == "mariadb":
        place = request.getfixturevalue("mariadb_url")
        _maria(place, *BY["columns"])
        return place
    return request.getfixturevalue("postgres")


def _over(keep=lambda _n: False):
    """Ids that stay: the youngest two months to the second, and what is kept."""
    cut = datetime(2026, 9, 21, 12, tzinfo=UTC)
    first = datetime(2026, 6, 1, tzinfo=UTC)
    return [n for n in range(57) if first + timedelta(days=3 * n) >= cut or keep(n)]


def test_whole_months_are_dropped_and_the_rest_deleted(url):
    """Three months lie before the cut-off; of the fourth a part goes by batches."""
    ran = _run(url)

    assert (len(ran.parts), ran.outcome, ran.rows) == (3, "done", 7)
    assert _ask(url, "select id from visits order by id") == _over()


def test_month_with_a_held_row_is_not_dropped(url):
    """A hold on one row keeps that row, and only that row, of its month."""
    hold = Hold("h", "shop", "visits", (RowCondition("id", "=", 12),), "x", "system", 0.0, 0.0)

    ran = _run(url, [hold])

    assert (len(ran.parts), ran.held) == (2, 1)
    assert _ask(url, "select id from visits order by id") == _over(lambda n: n == 12)


def test_month_held_since_it_was_named_is_not_dropped(url):
    """Holds are asked again before each drop."""
    hold = Hold("h", "shop", "visits", (RowCondition("id", "=", 12),), "x", "system", 0.0, 0.0)
    mapped, asked = parse_datamap(MAP), iter([()])
    with closing(SqlConnector.open(mapped, "shop", url)) as connector:
        again = lambda: next(asked, [hold])  # noqa: E731
        run = RetentionRun(_Ledger(), again, _Clock(), Limits(pause=0), "me")
        ran = run.rule(rules(mapped, NOW, {})[0], connector.purger())
    assert (ran.held, _ask(url, "select id from visits where id = 12")) == (1, [12])


def test_rule_with_a_condition_drops_nothing_whole(url):
    """Rows that the rule does not mean stay in their months."""
    datamap = MAP.replace('from = "at" }', 'from = "at", where = ["who = \'p1\'"] }')

    ran = _run(url, datamap=datamap)

    assert ran.parts == ()
    assert _ask(url, "select id from visits order by id") == _over(lambda n: n % 3 != 1)


def test_every_way_to_say_months_is_understood(mariadb):
    """Columns, day numbers and computed months."""
    ran = _run(mariadb)

    assert ran.parts == (() if "year" in _expression(mariadb) else ("p06", "p07", "p08"))
    assert _ask(mariadb, "select id from visits order by id") == _over()


def _expression(url):
    return _ask(
        url,
        "select partition_expression from information_schema.partitions"
        " where table_name = 'visits' and table_schema = database()",
    )[0]


def test_last_partition_is_emptied(mariadb_url):
    """MariaDB keeps at least one partition."""
    _do(
        mariadb_url,
        "create table visits (id int, at datetime, who varchar(9), primary key (id, at))"
        " partition by range columns (at) (partition p values less than ('2026-07-01'))",
        "insert into visits values (1, '2026-06-01', 'p')",
    )

    ran = _run(mariadb_url)

    assert (ran.parts, _ask(mariadb_url, "select id from visits")) == (("p",), [])


def test_bound_without_end_is_never_dropped(mariadb_url, postgres_url):
    """What may still get rows is not whole."""
    _do(
        mariadb_url,
        "create table visits (id int, at datetime, who varchar(9), primary key (id, at))"
        " partition by range columns (at) (partition p values less than (maxvalue))",
        "insert into visits values (1, '2026-06-01', 'p')",
    )
    _do(
        postgres_url,
        "create table visits (id int, at timestamp, who text, primary key (id, at))"
        " partition by range (at)",
        "create table v0 partition of visits for values from (minvalue) to ('2026-07-01')",
        "create table v1 partition of visits for values from ('2026-07-01') to (maxvalue)",
        "insert into visits values (1, '2026-06-01', 'p'), (2, '2026-08-01', 'p')",
    )

    assert (_run(mariadb_url).parts, _ask(mariadb_url, "select id from visits")) == ((), [])
    assert (_run(postgres_url).parts, _ask(postgres_url, "select id from visits")) == (("v0",), [])


def test_default_partition_is_worked_around(postgres):
    """Where the server cannot detach concurrently it is done for a moment."""
    _do(postgres, "create table visits_rest partition of visits default")

    assert len(_run(postgres).parts) == 3


def test_numbers_are_bounds_too(postgres_url):
    """Months as Unix seconds."""
    _do(
        postgres_url,
        "create table visits (id int, at bigint, who text, primary key (id, at))"
        " partition by range (at)",
        "create table v0 partition of visits for values from (0) to (1780000000)",
        "create table v1 partition of visits for values from (1780000000) to (1900000000)",
        f"insert into visits values (1, 1700000000, 'p'), (2, {int(NOW)}, 'p')",
    )

    ran = _run(postgres_url)

    assert (ran.parts, _ask(postgres_url, "select id from visits")) == (("v0",), [2])


def test_drop_that_was_killed_after_detaching_is_finished(postgres):
    """What a dead run took out of the table and marked is dropped."""
    _do(
        postgres,
        "comment on table visits_06 is 'privacykit: to be dropped'",
        "alter table visits detach partition visits_06",
    )

    _run(postgres, dropping="visits_06")

    assert _ask(postgres, "select to_regclass('visits_06')::text") == [None]


def test_archive_of_somebody_else_is_not_dropped(postgres):
    """A table that an administrator took out of the months is theirs."""
    _do(postgres, "alter table visits detach partition visits_06")

    _run(postgres, dropping="visits_06")

    assert _ask(postgres, "select to_regclass('visits_06')::text") == ["visits_06"]


@pytest.mark.parametrize("part", ["visits_11", "nothing"])
def test_month_that_is_not_over_is_not_dropped_by_name(postgres, part):
    """A remembered name is looked at again before anything happens."""
    _run(postgres, dropping=part)

    assert _ask(postgres, "select id from visits order by id") == _over()


def test_pending_detach_is_finalised(postgres):
    """A concurrent detach that was interrupted is brought to its end."""
    reader = create_engine(postgres)
    with reader.connect() as reading, reading.begin():
        reading.execute(text("select count(*) from visits"))
        _do(postgres, "comment on table visits_06 is 'privacykit: to be dropped'")
        with pytest.raises(Exception, match="timeout"):
            _do(
                postgres,
                "set statement_timeout = '300ms'",
                "alter table visits detach partition visits_06 concurrently",
            )
    reader.dispose()

    _run(postgres, dropping="visits_06")

    assert _ask(postgres, "select to_regclass('visits_06')::text") == [None]


@pytest.fixture
def quick(monkeypatch):
    """Locks that are given up soon."""
    for store in (purge_postgresql, purge_mariadb):
        monkeypatch.setattr(store, "LOCK_SECONDS", 1)
        monkeypatch.setattr(store, "TRIES", 1)


@pytest.mark.usefixtures("quick")
def test_open_reader_makes_the_drop_wait_and_not_the_others(url):
    """While somebody reads, the drop gives up; a later reader waits a second at most."""
    engine = create_engine(url)
    waits = []

    def read_again():
        time.sleep(0.4)
        began = time.monotonic()
        assert _ask(url, "select count(*) from visits")
        waits.append(time.monotonic() - began)

    with engine.connect() as reading, reading.begin():
        reading.execute(text("select count(*) from visits"))
        other = threading.Thread(target=read_again)
        other.start()
        mapped = parse_datamap(MAP)
        with closing(SqlConnector.open(mapped, "shop", url)) as connector:
            rule = rules(mapped, NOW, {})[0]
            first = connector.purger().due(rule, (), NOW).parts[0]
            outcome = connector.purger().drop(rule, first, (), NOW)
        other.join()
    engine.dispose()

    assert outcome == "busy"
    assert waits[0] < 2.0
    assert len(_run(url).parts) >= 2


def test_rows_of_other_partitions_with_the_same_place_are_safe(postgres_url):
    """A ctid names a row within its partition only: no young row goes for an old one."""
    _do(
        postgres_url,
        "create table visits (id int, at timestamp, who text, primary key (id, at, who))"
        " partition by list (who)",
        "create table v0 partition of visits for values in ('old')",
        "create table v1 partition of visits for values in ('new')",
        "insert into visits select n, '2026-01-01', 'old' from generate_series(1, 50) n",
        "insert into visits select n, '2026-11-20', 'new' from generate_series(51, 100) n",
    )

    ran = _run(postgres_url, datamap=MAP.replace('"at"]', '"at", "who"]'))

    assert (ran.rows, ran.parts) == (50, ())
    assert _ask(postgres_url, "select id from visits order by id") == list(range(51, 101))
