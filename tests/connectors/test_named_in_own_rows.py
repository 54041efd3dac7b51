"""Who else is named in a row of the person's alone is not shown to them, in any store."""

from __future__ import annotations

import json
from hashlib import sha256

import duckdb
import pytest
from sqlalchemy import create_engine

from privacykit.connectors.files import FilesConnector
from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.duckdb.file import DuckDBFile
from privacykit.connectors.lakehouse.duckdb.tables import DuckDBTables
from privacykit.connectors.sql import SqlConnector
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.ports.connector import REDACTED, Context
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Identity
from privacykit.sinks.storage.turns import folder_turn
from privacykit.testing.plans import MemoryPlans

MAP = """
[datasets.shop]
{place}
[collections.shop.people]
subject = true
[collections.shop.people.fields]
id = {{ category = "user.unique_id", identity = "controller_customer_id" }}
email = {{ category = "user.contact.email", identity = "email" }}
phone = {{ category = "user.contact.phone_number", identity = "phone_number" }}
[collections.shop.orders.fields]
id = {{ category = "user.unique_id", identity = "orders.id" }}
owner = {{ category = "user.unique_id", relation = "owned_by", references = "people.id" }}
invoice_email = {{ category = "user.contact.email", identity = "email" }}
invoice_name = {{ category = "user.name" }}
phone = {{ category = "user.contact.phone_number", identity = "phone_number" }}
email_hash = {{ category = "user.unique_id", identity = "email", format = "sha256" }}
device = {{ category = "user.device", identity = "visitor_id" }}
agent = {{ category = "user.unique_id", identity = "staff.id", references = "staff.id" }}
text = "user.content"
[collections.shop.staff]
subject = true
[collections.shop.staff.fields]
id = {{ category = "user.unique_id", identity = "staff.id" }}
name = {{ category = "user.name" }}
"""
ANNA, BERT = "anna@shop.example", "bert@shop.example"
NAMES = {
    "staff": ("id", "name"),
    "people": ("id", "email", "phone"),
    "orders": (
        "id", "owner", "invoice_email", "invoice_name", "phone", "email_hash", "device", "agent", "text",
    ),
}  # fmt: skip


def sha(text):
    """Return the hash of an address."""
    return sha256(text.encode()).hexdigest()


MINE = (1, 1, ANNA, "Anna", "+49 30 1234567", sha(ANNA), "device-a", None, "a lamp")
CAPITALS = (2, 1, "Anna@Shop.example", "Anna", None, None, None, None, "a bed")
OTHERS = (3, 1, BERT, "Bert", "+49 30 7654321", sha(BERT), "device-b", 1, "a gift")
NOBODY = (4, 1, "-", None, "n/a", None, None, None, "a chair")
ROWS = {
    "staff": [(1, "Cleo")],
    "people": [(1, ANNA, "+49 30 1234567"), (2, BERT, "+49 30 7654321")],
    "orders": [MINE, CAPITALS, OTHERS, NOBODY, (5, 2, BERT, "Bert", None, None, None, None, "his")],
}
TABLES = (
    "create table staff (id integer primary key, name varchar(99))",
    "create table people (id integer primary key, email varchar(99), phone varchar(99))",
    """create table orders (id integer primary key, owner integer, invoice_email varchar(99),
        invoice_name varchar(99), phone varchar(99), email_hash varchar(99), device varchar(99),
        agent integer, text varchar(99))""",
)


@pytest.fixture
def database(sql_url):
    """A database."""
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        for statement in TABLES:
            connection.exec_driver_sql(statement)
        for name, rows in ROWS.items():
            for row in rows:
                told = ", ".join("null" if value is None else repr(value) for value in row)
                connection.exec_driver_sql(f"insert into {name} values ({told})")
    engine.dispose()
    datamap = parse_datamap(MAP.format(place='url = "sqlite://"'))
    made = SqlConnector.open(datamap, "shop", sql_url)
    yield datamap, made
    made.close()


@pytest.fixture(params=["lines", "duckdb"])
def lake(request, tmp_path):
    """Files."""
    if request.param == "lines":
        for name, rows in ROWS.items():
            told = (json.dumps(dict(zip(NAMES[name], row, strict=True))) for row in rows)
            (tmp_path / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in told))
        datamap = parse_datamap(MAP.format(place='path = "."'))
        return datamap, FilesConnector(datamap, "shop", tmp_path)
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as owner:
        for statement in TABLES:
            owner.execute(statement)
        for name, rows in ROWS.items():
            marks = ", ".join("?" * len(rows[0]))
            owner.executemany(f"insert into {name} values ({marks})", rows)
    datamap = parse_datamap(MAP.format(place='path = "shop.duckdb"\nconnector = "duckdb"'))
    return datamap, LakeConnector(datamap, "shop", DuckDBTables(DuckDBFile(file, folder_turn)))


def shown(shop, *more):
    """Return Anna's orders as an export shows them."""
    datamap, connector = shop
    given = (Identity("email", ANNA), *more)
    means = GovernContext(
        datamap, {"shop": connector}, MemoryPlans(), lambda: 1e9, lambda n: b"s" * n
    )
    subject = find_person(means, given).subject
    rows = connector.rows("orders", Context(subject, 1e9, ()))
    return sorted((tuple(row.values()) for row in rows), key=lambda row: row[0])


def check(shop):
    """Export Anna's orders, once more with the address of whom she says she is, too."""
    black = (*OTHERS[:2], REDACTED, "Bert", REDACTED, REDACTED, "device-b", REDACTED, "a gift")
    assert shown(shop) == [MINE, CAPITALS, black, NOBODY]
    theirs = shown(shop, Identity("email", BERT))[2]
    assert (theirs[2], theirs[5]) == (BERT, sha(BERT))


def test_who_else_is_named_in_an_own_row_is_blackened_in_a_database(database):
    """Address, telephone, hash; a device is whoever's is before it, a number of the row its own."""
    check(database)


def test_who_else_is_named_in_an_own_row_is_blackened_in_a_file(lake):
    """The same."""
    check(lake)
