"""Verification looks for itself: whom it finds anew, and what it reads only when asked to."""

from __future__ import annotations

import sqlite3

import pytest

from privacykit.connectors.sql import SqlConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

ANNA = Identity("email", "anna@shop.example")
MAP = """
[datasets.shop]
url = "sqlite:///shop.db"
[collections.shop.people]
subject = true
[collections.shop.people.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email" }
[collections.shop.orders]
[collections.shop.orders.fields]
id = "user.unique_id"
who = { category = "user.unique_id", relation = "owned_by" }
[collections.shop.notes.fields]
id = "system.operations"
text = "system.operations"
"""
TABLES = """
create table people (id integer primary key, email text unique);
create table orders (id integer primary key, who integer references people(id));
create index orders_who on orders(who);
create table notes (id integer primary key, text text);
insert into people values (1, 'anna@shop.example'), (2, 'bert@shop.example');
insert into orders values (10, 1), (20, 2);
insert into notes values (1, 'call anna@shop.example');
"""


class Shop:
    """A small shop from which Anna was erased."""

    def __init__(self, folder) -> None:
        self.path = folder / "shop.db"
        self.run(TABLES)
        datamap = parse_datamap(MAP)
        self.connector = SqlConnector.open(datamap, "shop", f"sqlite:///{self.path}")
        connectors = {"shop": self.connector}
        self.means = GovernContext(
            datamap, connectors, MemoryPlans(), lambda: 1.0, lambda n: b"r" * n
        )
        plan = flow.plan_request(
            self.means, RequestType.ERASURE, (ANNA,), plan_id="p", request_id="r"
        )
        flow.approve(
            self.means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest
        )
        flow.execute(self.means, "p", plan.targets_digest)

    def run(self, script: str) -> None:
        """Run statements of the application's."""
        with sqlite3.connect(self.path) as connection:
            connection.executescript(script)
        connection.close()

    def seen(self, *, deep: bool = True) -> dict[str, tuple]:
        """Return by collection what verification counts, what it says it read, and its error."""
        outcome = flow.verify(self.means, "p", deep=deep)
        return {result.collection: _told(result) for result in outcome.results}


def _told(result) -> tuple:
    read = [said for said in result.evidence.remains if "value" in said or "text" in said]
    return result.evidence.verify_query_count, read, result.error


@pytest.fixture
def shop(tmp_path):
    """Return the shop after the erasure."""
    made = Shop(tmp_path)
    yield made
    made.connector.close()


NOTES = "notes.text: 1 rows hold a value"
NOT_READ = "text columns were not searched"


def test_what_is_gone_is_gone_and_what_still_says_it_is_told(shop):
    """A note that nobody mapped as hers holds her address."""
    assert shop.seen() == {
        "orders": (0, [], None),
        "people": (0, [], None),
        "notes": (1, [NOTES], None),
    }


def test_whoever_came_back_under_another_number_is_found_anew(shop):
    """The identity is looked up again: her new row and what hangs on it remain."""
    shop.run(
        "insert into people values (3, 'anna@shop.example'); insert into orders values (30, 3)"
    )
    errors = {name: error for name, (_, _, error) in shop.seen().items()}
    assert errors == {"orders": "rows remain", "people": "rows remain", "notes": None}


def test_whoever_is_somebody_else_does_not_remain(shop):
    """New rows of others are theirs."""
    shop.run(
        "insert into people values (3, 'carl@shop.example'); insert into orders values (30, 3)"
    )
    assert {error for _, _, error in shop.seen().values()} == {None}


def test_without_depth_no_text_is_read_and_the_result_says_so(shop):
    """Keys and indexes only: the note is not found, and nobody is told that it was looked for."""
    nothing = (0, [NOT_READ], None)
    assert shop.seen(deep=False) == {"orders": nothing, "people": nothing, "notes": nothing}


def test_without_depth_whoever_came_back_is_found_all_the_same(shop):
    """By the index on the address."""
    shop.run("insert into people values (3, 'anna@shop.example')")
    errors = {name: error for name, (_, _, error) in shop.seen(deep=False).items()}
    assert errors == {"orders": None, "people": "rows remain", "notes": None}
