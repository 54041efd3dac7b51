"""Rows that a person only sees, and rows inside rows, are in the package; other people's are not."""

from __future__ import annotations

import json
import sqlite3
import zipfile

import pytest

from privacykit.connectors.sql import SqlConnector
from privacykit.export import Order, write_package
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Identity
from privacykit.testing.plans import MemoryPlans

KEY = 'category = "user.unique_id"'
MAP = f"""
[datasets.shop]
url = "sqlite:///shop.db"
[collections.shop.people]
subject = true
[collections.shop.people.fields]
id = "user.unique_id"
email = {{ category = "user.contact.email", identity = "email" }}
[collections.shop.tickets.fields]
id = "user.unique_id"
agent = {{ {KEY}, relation = "owned_by" }}
asker = {{ {KEY}, relation = "accessed_by" }}
agent_note = {{ category = "user.content", about = "agent" }}
question = {{ category = "user.content", about = "asker" }}
[collections.shop.replies.fields]
id = "user.unique_id"
ticket = {{ {KEY}, relation = "owned_by" }}
line = "user.content"
"""
TABLES = """
create table people (id integer primary key, email text unique);
create table tickets (
  id integer primary key, agent integer references people(id), asker integer references people(id),
  agent_note text, question text
);
create table replies (id integer primary key, ticket integer references tickets(id), line text);
create index a on tickets(agent); create index b on tickets(asker); create index c on replies(ticket);
insert into people values (1, 'anna@shop.example'), (2, 'agent@shop.example'), (3, 'bert@shop.example');
insert into tickets values (10, 2, 1, 'she shouts', 'help me'), (20, 2, 3, 'he thanks', 'help him');
insert into replies values (100, 10, 'we try'), (200, 20, 'we tried');
"""


@pytest.fixture
def packed(tmp_path):
    """Return what packs the data of whoever has an address, row by row of each collection."""
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.executescript(TABLES)
    connection.close()
    datamap = parse_datamap(MAP)
    connector = SqlConnector.open(datamap, "shop", f"sqlite:///{tmp_path}/shop.db")
    means = GovernContext(
        datamap, {"shop": connector}, MemoryPlans(), lambda: 1.0, lambda n: b"r" * n
    )

    def pack(email: str) -> dict[str, list[dict]]:
        given = (Identity("email", email),)
        scope = PlanScope(find_person(means, given).subject, given, "access")
        write_package(means, Order(scope, "request-1"), tmp_path / "me.zip")
        with zipfile.ZipFile(tmp_path / "me.zip") as archive:
            names = [name for name in archive.namelist() if name.endswith(".jsonl")]
            return {
                name.split("/")[-1].removesuffix(".jsonl"): [
                    json.loads(line) for line in archive.read(name).splitlines()
                ]
                for name in names
            }

    yield pack
    connector.close()


@pytest.mark.parametrize(
    ("email", "ids"),
    [
        ("anna@shop.example", {"people": [1], "tickets": [10], "replies": [100]}),
        ("bert@shop.example", {"people": [3], "tickets": [20], "replies": [200]}),
        ("agent@shop.example", {"people": [2], "tickets": [10, 20], "replies": [100, 200]}),
    ],
    ids=["who asks", "who asks too", "who owns"],
)
def test_what_a_person_sees_is_in_the_package(packed, email, ids):
    """A ticket that somebody else owns, and the replies in it; nobody else's."""
    found = {name: sorted(row["id"] for row in rows) for name, rows in packed(email).items()}
    assert found == ids


def test_of_a_row_that_is_only_seen_what_is_about_others_is_blackened(packed):
    """The asker reads the question, not the note about the agent; the owner reads the row whole."""
    (seen,) = packed("anna@shop.example")["tickets"]
    owned, _ = sorted(packed("agent@shop.example")["tickets"], key=lambda row: row["id"])
    told = [(row["question"], row["agent_note"]) for row in (seen, owned)]
    assert told == [("help me", "[redacted]"), ("help me", "she shouts")]
