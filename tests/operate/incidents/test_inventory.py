"""What was touched is counted by the stores: rows of a period, people, places, never a value."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet
from sqlalchemy import create_engine, text

from privacykit.errors import InputError, StoreError
from privacykit.govern.incidents.model import Instants, PeopleCount, StoreInventory
from privacykit.operate.context import OperatorContext
from privacykit.operate.incidents.asked import NewIncident
from privacykit.operate.incidents.mapped import people_of
from privacykit.operate.incidents.own_events import days_between, salt_days
from privacykit.operate.incidents.service import IncidentService
from privacykit.stores.keys import init_keys
from privacykit.stores.salts.rules import SaltRow
from tests.operate.raw_log import CONFIG

MAP = """
[datasets.shop]
url = "{url}"
[recipients.mailer]
name = "Mailer Ltd"
[collections.shop.customers]
subject = true
recipients = ["mailer"]
retention = {{ duration = "10 years", from = "since" }}
[collections.shop.customers.fields]
id = {{ exclude = "a number" }}
email = {{ category = "user.contact.email", identity = "email" }}
country = "user.contact.address.country"
licence = "user.government_id.drivers_license_number"
since = {{ exclude = "a time" }}
[collections.shop.orders]
retention = {{ duration = "10 years", from = "at" }}
[collections.shop.orders.fields]
id = {{ exclude = "a number" }}
customer_id = {{ category = "user.unique_id", relation = "owned_by" }}
at = {{ exclude = "a time" }}
note = "user.health"
[collections.shop.notes.fields]
id = {{ exclude = "a number" }}
body = "user.content"
[collections.shop.letters.fields]
id = {{ exclude = "a number" }}
email = {{ category = "user.contact.email", identity = "email" }}
"""
TABLES = (
    """create table customers (id int primary key, email varchar(99), country varchar(9),
    licence varchar(20), since timestamp null)""",
    """create table orders (id int primary key, customer_id int references customers (id),
    at timestamp null, note varchar(99))""",
    "create table notes (id int primary key, body varchar(99))",
    "create table letters (id int primary key, email varchar(99))",
    *(
        f"insert into customers values ({n}, 'p{n}@mail.example',"
        f" '{'DE' if n < 8 else 'FR'}', 'L{n}', '2026-11-{n:02} 10:00:00')"
        for n in range(1, 11)
    ),
    *(
        f"insert into orders values ({n}, {n % 4 + 1}, '2026-11-{n:02} 12:00:00', 'x')"
        for n in range(1, 21)
    ),
    "insert into notes values (1, 'hello')",
    "insert into letters values (1, 'a@mail.example'), (2, 'a@mail.example'), (3, null)",
)
AWARE = Instants(aware=datetime(2026, 11, 27, 17, tzinfo=UTC))


def _at(day):
    return datetime(2026, 11, day, tzinfo=UTC).timestamp()


@pytest.fixture
def laid(tmp_path):
    """Lay out a shop in a database; gives its incident service."""
    contexts = []

    def laid(url):
        engine = create_engine(url)
        with engine.begin() as connection:
            for statement in TABLES:
                connection.execute(text(statement))
        engine.dispose()
        (tmp_path / "privacykit.toml").write_text(CONFIG)
        (tmp_path / "datamap.toml").write_text(MAP.format(url=url))
        init_keys(tmp_path / "privacykit.keys", datetime.now(UTC))
        path = str(tmp_path / "privacykit.toml")
        contexts.append(OperatorContext(path, clock=lambda: _at(28)))
        return IncidentService(contexts[-1], lambda: ())

    yield laid
    for context in contexts:
        context.close()


@pytest.fixture
def anywhere(laid, sql_url):
    """The shop in each kind of database."""
    return laid(sql_url)


@pytest.fixture
def shop(laid, tmp_path):
    """The shop in SQLite."""
    return laid(f"sqlite:///{tmp_path}/shop.db")


def _touched(service, *names, start=None, end=None):
    asked = NewIncident(AWARE, names, start, end, touched=("read",))
    return service.inventory(asked)


def test_rows_and_people_of_a_period(anywhere):
    """From the column that the retention's clock starts by."""
    found = _touched(anywhere, "shop.customers", start=_at(3), end=_at(9))
    (store,) = found.stores
    assert (store.rows, store.in_period, store.timed) == (10, 6, True)
    assert store.people == PeopleCount("exact", 6, 6)
    assert found.places == {"DE": 5, "FR": 1}
    assert store.oldest == datetime(2026, 11, 3, 10, tzinfo=UTC).timestamp()
    assert store.newest == datetime(2026, 11, 8, 10, tzinfo=UTC).timestamp()
    assert store.recipients == ("Mailer Ltd (processor)",)


def test_orders_count_their_customers(anywhere):
    """Five orders of four people are four people."""
    (store,) = _touched(anywhere, "shop.orders", start=_at(1), end=_at(6)).stores
    assert (store.in_period, store.people) == (5, PeopleCount("exact", 4, 4))


@pytest.mark.parametrize(
    ("name", "known", "number"),
    [("shop.notes", "not_knowable", 0), ("shop.letters", "at_least", 1)],
)
def test_what_cannot_be_known_says_why(shop, name, known, number):
    """A row that no field ties to a person; an address that may be one of several."""
    (store,) = _touched(shop, name).stores
    assert (store.people.known, store.people.number) == (known, number)
    assert store.people.why
    assert store.places == {"ZZ": store.in_period}


def test_kinds_of_data_are_told_by_the_map(shop):
    """Special categories and what the states' laws name."""
    found = _touched(shop, "shop.customers", "shop.orders")
    assert found.triggers == (
        "government identifier",
        "medical or health-insurance information",
    )
    assert found.special == ("health",)


def test_a_person_in_two_stores_is_counted_between_the_greatest_and_the_sum(shop):
    """Four of ten customers have orders."""
    found = _touched(shop, "shop.customers", "shop.orders")
    assert (found.people.number, found.people.at_most) == (10, 14)


def test_a_store_without_a_time_counts_all_of_its_rows(shop):
    """And says that the period could not be applied."""
    (store,) = _touched(shop, "shop.notes", start=_at(1), end=_at(2)).stores
    assert (store.in_period, store.timed) == (1, False)


def test_no_value_is_in_the_register(shop, tmp_path):
    """Counts and names of fields: it is kept longer than the data."""
    asked = NewIncident(AWARE, ("shop.customers",), touched=("read",))
    shop.open(asked, "op-0123456789abcdef")
    engine = create_engine(f"sqlite:///{tmp_path}/privacykit-records.db")
    with engine.connect() as connection:
        tables = ("incidents", "audit_entries", "audit_details")
        kept = [connection.execute(text(f"select * from {name}")).all() for name in tables]
    engine.dispose()
    assert not [each for each in ("mail.example", "L1") if each in repr(kept)]


def test_a_store_that_is_none_is_refused(shop):
    """With the names of those that are."""
    with pytest.raises(InputError, match=r"PK353.*shop.customers"):
        _touched(shop, "shop.gone")


def test_a_store_that_does_not_answer_opens_nothing(shop):
    """An incident whose extent nobody read would say: nothing was touched."""
    context = shop._context
    (context.paths.folder / "datamap.toml").write_text(
        MAP.format(url=f"sqlite:///{context.paths.folder}/gone.db")
    )
    with pytest.raises(StoreError):
        shop.open(NewIncident(AWARE, touched=("read",)), "op-0123456789abcdef")
    assert shop.register.all() == ()


def _lines(folder, rows):
    (folder / "visits.jsonl").write_text("\n".join(map(json.dumps, rows)))


def _parquet(folder, rows):
    (folder / "visits").mkdir()
    parquet.write_table(pa.Table.from_pylist(rows), folder / "visits" / "part.parquet")


def _duckdb(folder, rows):
    with duckdb.connect(str(folder / "lake.duckdb")) as owner:
        owner.register("told", pa.Table.from_pylist(rows))
        owner.execute("create table visits as select * from told")


@pytest.mark.parametrize(
    ("write", "where"),
    [
        (_lines, 'path = "old"'),
        (_parquet, 'path = "old"\nconnector = "parquet"'),
        (_duckdb, 'path = "old/lake.duckdb"\nconnector = "duckdb"'),
    ],
)
def test_files_and_lakes_are_counted_as_well(tmp_path, write, where):
    """Every row of a collection."""
    (tmp_path / "old").mkdir()
    lines = [
        {"id": n, "who": n % 3, "land": "DE", "at": f"2026-11-{n:02}T10:00:00+00:00"}
        for n in range(1, 11)
    ]
    write(tmp_path / "old", lines)
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    (tmp_path / "datamap.toml").write_text(
        f"[datasets.old]\n{where}\n[collections.old.visits]\n"
        'retention = { duration = "1 year", from = "at" }\n[collections.old.visits.fields]\n'
        'id = { exclude = "a number" }\nat = { exclude = "a time" }\n'
        'who = { category = "user.unique_id", identity = "controller_customer_id" }\n'
        'land = "user.contact.address.country"\n'
    )
    init_keys(tmp_path / "privacykit.keys", datetime.now(UTC))
    context = OperatorContext(str(tmp_path / "privacykit.toml"), clock=lambda: _at(28))
    service = IncidentService(context, lambda: ())
    (store,) = _touched(service, "old.visits", start=_at(2), end=_at(8)).stores
    context.close()
    assert (store.rows, store.in_period, store.people.number) == (10, 6, 3)
    assert store.places == {"DE": 3}


# --- people and salts -----------------------------------------------------------------------------


def _store(people, rows=1):
    return StoreInventory("x", "sql", rows, rows, people=people)


@pytest.mark.parametrize(
    ("counts", "known", "number", "most"),
    [
        ([], "exact", 0, 0),
        ([PeopleCount("exact", 5, 5)], "exact", 5, 5),
        ([PeopleCount("exact", 5, 5), PeopleCount("exact", 3, 3)], "at_least", 5, 8),
        ([PeopleCount("exact", 5, 5), PeopleCount("not_knowable", why="w")], "at_least", 5, None),
        ([PeopleCount("not_knowable", why="w", visitor_days=9)], "not_knowable", 0, None),
    ],
)
def test_people_of_several_stores(counts, known, number, most):
    """Nobody twice, nobody left out, nobody made up."""
    found = people_of([_store(count) for count in counts])
    assert (found.known, found.number, found.at_most) == (known, number, most)


def test_visitor_days_are_no_people():
    """They are told beside."""
    found = people_of([_store(PeopleCount("not_knowable", why="w", visitor_days=9))])
    assert (found.visitor_days, found.why) == (9, "w")


def test_the_state_of_the_salt_of_each_day():
    """Destroyed ones cannot link anything; a dead one that still stands can."""
    rows = [SaltRow("shop", "2026-11-28", 0.0, 100.0), SaltRow("shop", "2026-11-27", 0.0, 10.0)]
    found = salt_days(["2026-11-26", "2026-11-27", "2026-11-28"], lambda: rows, 50.0)
    assert [day.state for day in found] == ["destroyed", "alive", "alive"]


def test_salts_in_a_servers_memory_are_unknown():
    """No command can look there."""

    def refuse():
        raise StoreError("in memory")

    assert [day.state for day in salt_days(["2026-11-26"], refuse, 50.0)] == ["unknown"]


def test_days_of_a_period():
    """Both ends are needed; the end is not included."""
    assert [*days_between(_at(1), _at(3))] == ["2026-11-01", "2026-11-02"]
    assert [*days_between(None, _at(3))] == []
