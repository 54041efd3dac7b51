"""Rows are treated in the order of their keys, whatever these are, and read under lock."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from privacykit.connectors.sql import SqlConnector
from privacykit.errors import StoreError
from privacykit.govern.datamap import parse_datamap

MAP = """
[datasets.app]
url = "sqlite://"
[collections.app.hits.fields]
tenant = { exclude = "a number" }
name = { exclude = "a number" }
ip = "user.device.ip_address"
data = { category = "user.content", anonymise = "text" }
"""


def _short(value):
    return None if value is None else str(value)[:3]


def _same(value):
    return value


@pytest.fixture
def hits(sql_url):
    """A table with a key of two columns, one of them text."""
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "create table hits (tenant int not null, name varchar(20) not null,"
                " ip varchar(45), data varchar(20), primary key (tenant, name))"
            )
        )
        rows = [{"t": n % 3, "n": f"n{n:03}", "i": f"203.0.113.{n}"} for n in range(50)]
        connection.execute(text("insert into hits (tenant, name, ip) values (:t, :n, :i)"), rows)
    connector = SqlConnector.open(parse_datamap(MAP), "app", sql_url)
    yield engine, connector
    connector.close()
    engine.dispose()


def _batches(connector, limit, write=True):
    after, made = None, []
    while not made or not made[-1].done:
        made.append(
            connector.rewriter().batch(
                "hits", {"ip": _short, "data": _same}, (), 1.0,
                after=after, limit=limit, write=write,
            )
        )  # fmt: skip
        after = made[-1].after
    return made


def test_every_row_is_met_once_over_a_key_of_several_columns(hits):
    """Pages end between tenants and within one."""
    engine, connector = hits
    made = _batches(connector, 7)
    assert sum(batch.rows for batch in made) == 50
    assert sum(batch.changed for batch in made) == 50
    with engine.connect() as connection:
        assert set(connection.execute(text("select ip from hits")).scalars()) == {"203"}


def test_looking_writes_nothing(hits):
    """The check at the end is one, and so is a plan."""
    engine, connector = hits
    assert sum(batch.changed for batch in _batches(connector, 20, write=False)) == 50
    with engine.connect() as connection:
        found = connection.execute(text("select count(*) from hits where ip like '203.0%'"))
        assert found.scalar_one() == 50


def test_a_place_of_another_key_is_refused(hits):
    """The table got another key since the run began: rows would be passed over."""
    _, connector = hits
    with pytest.raises(StoreError, match="another"):
        connector.rewriter().batch("hits", {"ip": _short}, (), 1.0, after=(1,), limit=5, write=True)


def test_a_table_that_is_not_there_is_said(hits):
    """Not: no rows."""
    _, connector = hits
    with pytest.raises(StoreError, match="PK222"):
        connector.rewriter().stored("gone", (), 1.0)


def test_types_of_postgresql(postgres_url):
    """An address of its own type, a key of its own type, a document."""
    from privacykit.logs.addresses import truncate_logged
    from privacykit.operate.anonymise.treatments import StoredTreatments

    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "create table hits (tenant uuid primary key default gen_random_uuid(),"
                " name int, ip inet, data jsonb)"
            )
        )
        connection.execute(
            text(
                "insert into hits (name, ip, data) select n, ('203.0.113.' || n)::inet,"
                """ '{"to": "a@b.example"}'::jsonb from generate_series(1, 9) n"""
            )
        )
    connector = SqlConnector.open(parse_datamap(MAP), "app", postgres_url)
    made = StoredTreatments(truncate_logged, frozenset(), b"k")
    table = next(table for table in connector.schema() if table.name == "hits")
    for names in (["ip"], ["ip", "data"]):
        fields = {
            name: made.of("address" if name == "ip" else "text", table.column(name))
            for name in names
        }
        connector.rewriter().batch("hits", fields, (), 1.0, after=None, limit=5, write=True)
    again = connector.rewriter().batch("hits", fields, (), 1.0, after=None, limit=5, write=False)
    assert again.changed == 0
    last = connector.rewriter().batch(
        "hits", fields, (), 1.0, after=again.after, limit=5, write=True
    )
    assert (last.rows, last.changed, last.done) == (4, 4, True)
    with engine.connect() as connection:
        found = connection.execute(text("select distinct host(ip), data ->> 'to' from hits")).all()
    assert [tuple(each) for each in found] == [("203.0.0.0", "[email]")]
    connector.close()
    engine.dispose()


KEYED = """
[datasets.app]
url = "sqlite://"
[collections.app.logs]
key = ["session"]
[collections.app.logs.fields]
session = { exclude = "a number of a session" }
ip = "user.device.ip_address"
"""


@pytest.fixture
def logs(sql_url):
    """A table whose key in the map is none: two people share it, one has nothing in it."""
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        connection.execute(text("create table logs (session varchar(9), ip varchar(45))"))
    connector = SqlConnector.open(parse_datamap(KEYED), "app", sql_url)
    yield engine, connector
    connector.close()
    engine.dispose()


@pytest.mark.parametrize(
    ("rows", "limit"),
    [
        ([("s1", "198.51.100.7"), ("s1", "203.0.113.9")], 5),
        ([("s1", "198.51.100.7"), ("s1", "203.0.113.9")], 1),
        ([("s1", "198.51.100.7"), (None, "203.0.113.9")], 5),
    ],
    ids=["twins", "twins over two pages", "empty"],
)
def test_nobody_gets_the_value_of_another(logs, rows, limit):
    """A key that does not name one row writes nothing at all."""
    engine, connector = logs
    with engine.begin() as connection:
        insert = text("insert into logs values (:session, :ip)")
        connection.execute(insert, [{"session": s, "ip": ip} for s, ip in rows])
    with pytest.raises(StoreError, match="PK350"):
        connector.rewriter().batch(
            "logs", {"ip": _short}, (), 1.0, after=None, limit=limit, write=True
        )
    with engine.connect() as connection:
        found = connection.execute(text("select session, ip from logs")).all()
    assert sorted(map(str, found)) == sorted(map(str, rows))


@pytest.mark.parametrize(
    ("made", "names_one"),
    [
        ("create unique index one on logs (session)", False),
        ("create table own (session varchar(9) not null, ip varchar(45), unique (session))", True),
        ("create table own (session varchar(9) primary key, ip varchar(45))", True),
        ("create table own (session varchar(9) not null, ip varchar(45))", False),
    ],
    ids=["may be empty", "unique", "primary", "many"],
)
def test_what_names_one_row_is_read_from_the_store(logs, sql_url, made, names_one):
    """Unique and never empty, or the primary key."""
    engine, _ = logs
    with engine.begin() as connection:
        connection.execute(text(made))
    connector = SqlConnector.open(parse_datamap(KEYED), "app", sql_url)
    table = connector.schema()[-1]
    connector.close()
    assert table.name == ("own" if "own" in made else "logs")
    assert table.names_one(("session",)) is names_one
