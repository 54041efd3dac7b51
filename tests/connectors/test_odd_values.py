"""Whatever a column may hold: a row is found, handed out and erased, and no other row with it."""

from __future__ import annotations

import json
import zipfile

import pytest

from privacykit.export import Order, write_package
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Identity, RequestStatus, RequestType

SQLITE = [
    ("date", "'n/a'"), ("date", "20240517"), ("datetime", "'0000-00-00 00:00:00'"),
    ("datetime", "''"), ("timestamp", "-1"), ("time", "'24:00'"), ("boolean", "5"),
    ("boolean", "'yes'"), ("integer", "'many'"), ("integer", "1.5"), ("numeric(5,2)", "'1,50'"),
    ("real", "9e999"), ("decimal", "x'00ff'"), ("text", "x'c328'"), ("varchar(3)", "'longer'"),
    ("uuid", "'none'"), ("json", "'{'"), ("blob", "'text'"), ("enum", "'?'"),
]  # fmt: skip
POSTGRESQL = [
    ("date", "'infinity'"), ("date", "'0044-03-15 BC'"), ("date", "'12024-05-17'"),
    ("timestamp", "'-infinity'"), ("timestamptz", "'infinity'"), ("timestamptz", "'10000-01-01Z'"),
    ("timestamp", "'0001-01-01 BC'"), ("time", "'24:00'"), ("timetz", "'24:00+15:59'"),
    ("interval", "'1 year 2 mons -3 days'"), ("interval", "'170000000 years'"),
    ("numeric", "'NaN'"), ("float8", "'-Infinity'"), ("money", "'-12.5'"), ("char(8)", "'a1'"),
    ("inet", "'2001:db8::/32'"), ("cidr", "'10.0.0.0/8'"), ("macaddr", "'08:00:2b:01:02:03'"),
    ("daterange", "'[2024-01-01,infinity)'"), ("tstzrange", "'empty'"), ("point", "'(1,2)'"),
    ("xml", "'<a/>'"), ("bit(3)", "B'101'"), ("date[]", "'{infinity,2024-05-17}'"),
    ("tsvector", "'a b'"), ("jsonb", """'{"a": 1e400}'"""), ("bytea", r"'\xc328'"),
    ("int4multirange", "'{[1,3),[5,7)}'"), ("text[]", "'{a,NULL}'"),
]  # fmt: skip
MARIADB = [
    ("date", "'0000-00-00'"), ("date", "'2024-00-00'"), ("datetime", "'0000-00-00 00:00:00'"),
    ("timestamp null", "'0000-00-00 00:00:00'"), ("time", "'-838:59:59'"), ("year", "0"),
    ("bit(8)", "b'101'"), ("set('a','b')", "'a,b'"), ("enum('a','b')", "'b'"),
    ("decimal(65,30)", "'1.5'"), ("float", "3.4e38"), ("bigint unsigned", "18446744073709551615"),
    ("point", "point(1, 2)"), ("inet6", "'2001:db8::1'"), ("uuid", "uuid()"), ("json", "'[1]'"),
    ("char(8)", "'a1'"), ("varbinary(4)", "x'c328'"), ("text", "'\U0001f600'"),
]  # fmt: skip
MAP = """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = "system.operations"
email = { category = "user.contact.email", identity = "email" }
odd = "user.content"
"""


def _ids(made, table="people"):
    with made.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(f"select id from {table}")]


@pytest.mark.parametrize(
    ("sql_url", "odd"),
    [("sqlite", SQLITE), ("postgres", POSTGRESQL), ("mariadb", MARIADB)],
    indirect=["sql_url"],
    ids=["sqlite", "postgres", "mariadb"],
)
def test_rows_with_odd_values_are_handed_out_and_erased(world, sql_url, odd, tmp_path):
    """A person has a row for each kind; the other's, with the same value, stay."""
    tables, text = [], ""
    for number, (kind, value) in enumerate(odd):
        name = f"people{number}"
        tables += [
            f"create table {name} (id integer primary key, email varchar(60), odd {kind})",
            f"insert into {name} values (1, 'me@x.example', {value}), (2, 'you@x.example', {value})",
        ]
        text += MAP.replace("people", name)
    made = world(sql_url, tables, text)
    given = (Identity("email", "me@x.example"),)
    scope = PlanScope(find_person(made.means, given).subject, given, RequestType.ACCESS)
    write_package(made.means, Order(scope, "r"), tmp_path / "me.zip")
    with zipfile.ZipFile(tmp_path / "me.zip") as archive:
        for name in made.connector.order():
            row = json.loads(archive.read(f"data/app/{name}.jsonl"))
            assert (row["id"], row["odd"] is None) == (1, False)
    assert made.erase().status is RequestStatus.FULFILLED
    assert {name: _ids(made, name) for name in made.connector.order()} == {
        name: [2] for name in made.connector.order()
    }


def test_a_key_filled_up_with_blanks_leads_to_its_rows(world, postgres_url):
    """``char(n)`` says the same as the text in it, in either table."""
    made = world(
        postgres_url,
        [
            "create table people (id char(8) primary key, email varchar(60), odd text)",
            "create table orders (number int primary key, owner char(12) references people(id))",
            "insert into people values ('a', 'me@x.example', ''), ('b', 'you@x.example', '')",
            "insert into orders values (1, 'a'), (2, 'b'), (3, 'a')",
        ],
        MAP
        + """
[collections.app.orders.fields]
number = "system.operations"
owner = { category = "user.unique_id", relation = "owned_by", references = "people.id" }
""",
    )
    assert made.erase().status is RequestStatus.FULFILLED
    assert [row[0].strip() for row in made.rows("people")] == ["b"]
    assert [row[0] for row in made.rows("orders")] == [2]


DAYS = [
    *(("postgres", day) for day in ("infinity", "-infinity", "0044-03-15 BC", "12024-05-17")),
    *(("mariadb", day) for day in ("0000-00-00", "2024-00-00")),
    *(("sqlite", day) for day in ("n/a", "2024-01-01 10:00:00.125")),
]


@pytest.mark.parametrize("kind", ["date", "datetime"])
@pytest.mark.parametrize(("sql_url", "day"), DAYS, indirect=["sql_url"])
def test_a_key_may_be_a_day_that_python_has_not(world, sql_url, kind, day):
    """The row is told from the others by it."""
    kind = "timestamp" if kind == "datetime" and "postgres" in sql_url else kind
    columns = f"email varchar(60), odd {kind}, id int, primary key (email, odd)"
    made = world(
        sql_url,
        [
            f"create table people ({columns})",
            f"insert into people values ('me@x.example', '{day}', 1)",
            "insert into people values ('me@x.example', current_timestamp, 2)",
            f"insert into people values ('you@x.example', '{day}', 3)",
        ],
        MAP,
    )
    assert made.erase().status is RequestStatus.FULFILLED
    assert _ids(made) == [3]
