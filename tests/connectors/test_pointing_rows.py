"""
Rows that point at a person's row: whether that one goes, is the same in every store.

What a law keeps tells nothing without the row it points at, whether the store minds the key or the
map alone does; what loses its key in the same erasure keeps nothing.
"""

from __future__ import annotations

import json

import duckdb
import pytest
from sqlalchemy import create_engine

from privacykit.connectors.files import FilesConnector
from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.duckdb.file import DuckDBFile
from privacykit.connectors.lakehouse.duckdb.tables import DuckDBTables
from privacykit.connectors.sql import SqlConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Hold, Identity, RequestType, RowCondition
from privacykit.sinks.storage.turns import folder_turn
from privacykit.testing.plans import MemoryPlans

MAP = """
[reasons.tax]
citation = "a law"
[datasets.shop]
{place}
effect = "logical"
max_proportion = 1.0
[collections.shop.people]
subject = true
[collections.shop.people.fields]
id = {{ category = "user.unique_id", identity = "controller_customer_id" }}
email = {{ category = "user.contact.email", identity = "email" }}
name = {{ category = "user.name"{name} }}
[collections.shop.bills]
{bills}
[collections.shop.bills.fields]
id = {{ exclude = "a number" }}
owner = {{ category = "user.unique_id", relation = "owned_by", references = "people.id"{owner} }}
paid = {{ category = "user.payment"{paid} }}
[collections.shop.letters]
{letters}
[collections.shop.letters.fields]
id = {{ exclude = "a number" }}
sender = {{ category = "user.unique_id", relation = "owned_by", references = "people.id"{sender} }}
receiver = {{ category = "user.unique_id", relation = "owned_by", references = "people.id" }}
"""
TABLES = (
    "create table people (id integer primary key, email varchar(99), name varchar(99))",
    "create table bills (id integer primary key, owner integer{}, paid varchar(99))",
    "create table letters (id integer primary key, sender integer{0}, receiver integer{0})",
)
KEY = " references people (id)"
ROWS = {
    "people": [(1, "anna@shop.example", "Anna"), (2, "bert@shop.example", "Bert")],
    "bills": [(1, 1, "in May"), (2, 2, "in June")],
    "letters": [(1, 1, 2), (2, 2, 2)],
}
NAMES = {
    "people": ("id", "email", "name"),
    "bills": ("id", "owner", "paid"),
    "letters": ("id", "sender", "receiver"),
}
KEPT = 'keep = { reason = "tax" }'
CASES = {
    "goes": ({}, None, None),
    "kept": ({"bills": KEPT, "paid": ', keep = "tax"'}, (1, None, None), (1, 1, "in May")),
    "kept with a name": (
        {"bills": KEPT, "paid": ', keep = "tax"', "name": ', keep = "tax"'},
        (1, None, "Anna"),
        (1, 1, "in May"),
    ),
    "kept without its key": (
        {"bills": KEPT, "paid": ', keep = "tax"', "owner": ', erase = "null"'},
        None,
        (1, None, "in May"),
    ),
    "emptied": ({"bills": 'erase = "fields"'}, (1, None, None), (1, 1, None)),
    "emptied with its key": (
        {"bills": 'erase = "fields"', "owner": ', erase = "null"'},
        None,
        (1, None, None),
    ),
}


class Databases:
    """A database, which minds its keys."""

    def __init__(self, url):
        self.engine, self.url = create_engine(url), url
        with self.engine.begin() as connection:
            for statement in TABLES:
                connection.exec_driver_sql(statement.format(KEY))
            for name, rows in ROWS.items():
                for row in rows:
                    connection.exec_driver_sql(f"insert into {name} values {row}")

    place = 'url = "sqlite://"'

    def connector(self, datamap):
        """Return what reads it."""
        return SqlConnector.open(datamap, "shop", self.url)

    def rows(self, name):
        """Return a table."""
        with self.engine.connect() as connection:
            return sorted(map(tuple, connection.exec_driver_sql(f"select * from {name}")))

    def close(self):
        """End."""
        self.engine.dispose()


class Lines:
    """Files of JSON lines, which mind no key."""

    place = 'path = "."'

    def __init__(self, folder):
        self.folder = folder
        for name, rows in ROWS.items():
            lines = (json.dumps(dict(zip(NAMES[name], row, strict=True))) for row in rows)
            (folder / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines))

    def connector(self, datamap):
        """Return what reads them."""
        return FilesConnector(datamap, "shop", self.folder)

    def rows(self, name):
        """Return a file's rows."""
        lines = (self.folder / f"{name}.jsonl").read_text().splitlines()
        return sorted(tuple(json.loads(line).values()) for line in lines)

    def close(self):
        """End."""


class DuckDB:
    """A DuckDB file, with keys or without."""

    place = 'path = "shop.duckdb"\nconnector = "duckdb"'

    def __init__(self, folder, key):
        self.file = folder / "shop.duckdb"
        with duckdb.connect(str(self.file)) as owner:
            for statement in TABLES:
                owner.execute(statement.format(key))
            for name, rows in ROWS.items():
                owner.executemany(f"insert into {name} values (?, ?, ?)", rows)

    def connector(self, datamap):
        """Return what reads it."""
        return LakeConnector(datamap, "shop", DuckDBTables(DuckDBFile(self.file, folder_turn)))

    def rows(self, name):
        """Return a table."""
        with duckdb.connect(str(self.file), read_only=True) as owner:
            return sorted(owner.execute(f"from {name}").fetchall())

    def close(self):
        """End."""


@pytest.fixture(params=["lines", "duckdb, keys", "duckdb"])
def lake(request, tmp_path):
    """Files."""
    key = KEY if "keys" in request.param else ""
    return Lines(tmp_path) if request.param == "lines" else DuckDB(tmp_path, key)


@pytest.fixture
def database(sql_url):
    """A database."""
    made = Databases(sql_url)
    yield made
    made.close()


def erased(store, more, place="people", holds=()):
    """Erase Anna from *store*; return the steps of the plan at *place* and what became of it."""
    given = dict.fromkeys(("name", "owner", "paid", "bills", "letters", "sender"), "") | more
    datamap = parse_datamap(MAP.format(place=store.place, **given))
    connector = store.connector(datamap)
    means = GovernContext(
        datamap, {"shop": connector}, MemoryPlans(), lambda: 1e9, lambda n: b"s" * n, lambda: holds
    )
    who = [Identity("email", "anna@shop.example")]
    plan = flow.plan_request(means, RequestType.ERASURE, who, plan_id="p", request_id="r")
    flow.approve(means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest)
    flow.execute(means, "p", plan.targets_digest)
    outcome = flow.verify(means, "p")
    if isinstance(connector, SqlConnector):
        connector.close()
    shown = {
        (s.action.value, s.justification) for s in plan.steps if s.rows if s.collection == place
    }
    return shown, outcome


def check(store, case):
    """Erase Anna, and compare what is left of her."""
    more, person, bill = CASES[case]
    shown, outcome = erased(store, more)
    assert [result.error for result in outcome.results if result.error] == []
    assert store.rows("people") == [*([person] if person else []), ROWS["people"][1]]
    assert store.rows("bills") == [*([bill] if bill else []), ROWS["bills"][1]]
    assert store.rows("letters") == [(1, None, 2), (2, 2, 2)]
    # The plan says that the row stays, and why; so does the receipt.
    assert shown == {("change", "referenced") if person else ("delete", None)}
    assert ("referenced" in (outcome.justification or "")) is bool(person)


@pytest.mark.parametrize("case", CASES)
def test_a_file_keeps_what_a_row_that_stays_points_at(lake, case):
    """Without what it tells of the person, but for what the same law keeps."""
    check(lake, case)


@pytest.mark.parametrize("case", CASES)
def test_a_database_keeps_what_a_row_that_stays_points_at(database, case):
    """It would not let it go."""
    check(database, case)


SECOND = {"bills": KEPT, "paid": ', keep = "tax", identity = "email"'}
"""Whoever pays is named on the bill, by an address that the law needs."""


def check_again(store):
    """Erase Anna twice, and once more when the law asks for nothing any more."""
    erased(store, SECOND)
    assert store.rows("people")[0] == (1, None, None)
    assert store.rows("bills")[0] == (1, 1, "anna@shop.example")
    shown, outcome = erased(store, SECOND, "bills")
    assert store.rows("bills")[0] == (1, 1, "anna@shop.example")
    assert shown == {("keep", "accessed_kept")}
    assert outcome.justification == "accessed_kept"
    erased(store, {"paid": ', identity = "email"'})
    assert store.rows("bills")[0] == (1, 1, None)


@pytest.fixture
def paid_by_mail(monkeypatch):
    """Bills that name who pays by their address."""
    rows = [(1, 1, "anna@shop.example"), (2, 2, "bert@shop.example")]
    monkeypatch.setitem(ROWS, "bills", rows)


@pytest.mark.usefixtures("paid_by_mail")
def test_a_second_erasure_leaves_what_a_law_needs_in_a_file(lake):
    """Its owner is somebody without a name by then; it is no less a bill."""
    check_again(lake)


@pytest.mark.usefixtures("paid_by_mail")
def test_a_second_erasure_leaves_what_a_law_needs_in_a_database(database):
    """The same."""
    check_again(database)


SHARED = {
    "no law": ({}, None, ("detach", "shared")),
    "a law": ({"letters": KEPT}, 1, ("keep", "shared_kept")),
    "a law of its key": (
        {"letters": KEPT, "sender": ', keep = "tax", erase = "null"'},
        1,
        ("keep", "shared_kept"),
    ),
    "a law without its key": (
        {"letters": KEPT, "sender": ', erase = "null"'},
        None,
        ("detach", "shared_kept"),
    ),
    "a law that detaches": (
        {"letters": KEPT, "sender": ', erase = "detach"'},
        None,
        ("detach", "shared_kept"),
    ),
}
"""What the map says of letters, the sender left in Anna's, and what the plan says of it."""


def check_shared(store, case):
    """Erase Anna, who wrote to Bert."""
    more, sender, said = SHARED[case]
    shown, outcome = erased(store, more, "letters")
    assert [result.error for result in outcome.results if result.error] == []
    assert store.rows("letters") == [(1, sender, 2), (2, 2, 2)]
    assert store.rows("people") == [*([(1, None, None)] if sender else []), ROWS["people"][1]]
    assert shown == {said}
    assert said[1] in outcome.justification


@pytest.mark.parametrize("case", SHARED)
def test_a_law_keeps_a_row_of_several_people_with_its_keys_in_a_file(lake, case):
    """And what it points at, without what names the person."""
    check_shared(lake, case)


@pytest.mark.parametrize("case", SHARED)
def test_a_law_keeps_a_row_of_several_people_with_its_keys_in_a_database(database, case):
    """The same."""
    check_shared(database, case)


HOLD = Hold("h", "shop", "bills", (RowCondition("id", "=", 1),), "court", "op", 1.0, 2e9)


LETS_GO = [{}, {"owner": ', erase = "detach"'}, {"owner": ', erase = "null"'}]


def check_held(store, more):
    """Erase Anna, on whose bill a hold lies."""
    shown, outcome = erased(store, more, holds=(HOLD,))
    assert [result.error for result in outcome.results if result.error] == []
    assert store.rows("bills") == ROWS["bills"]
    assert store.rows("people") == [(1, None, None), ROWS["people"][1]]
    assert shown == {("change", "referenced")}
    assert outcome.justification == "held, referenced, shared"


@pytest.mark.parametrize("more", LETS_GO, ids=["keeps", "detaches", "empties"])
def test_a_held_row_lets_go_of_nothing_in_a_file(lake, more):
    """What it points at stays, without what names the person."""
    check_held(lake, more)


@pytest.mark.parametrize("more", LETS_GO, ids=["keeps", "detaches", "empties"])
def test_a_held_row_lets_go_of_nothing(database, more):
    """Though the map lets its key go: what it points at stays, without what names the person."""
    check_held(database, more)
