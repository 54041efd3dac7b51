"""A row that stays with somebody else: what is the asker's goes, or is told; the plan says so."""

from __future__ import annotations

import json

from privacykit.connectors.files import FilesConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Action, Identity, RequestType
from privacykit.testing.plans import MemoryPlans

PEOPLE = """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = { category = "user.unique_id", identity = "people.id" }
email = { category = "user.contact.email", identity = "email" }
phone = { category = "user.contact.phone_number", identity = "phone_number" }
"""
MESSAGES = """
[collections.app.messages.fields]
id = "system.operations"
sender = { category = "user.unique_id", relation = "owned_by" REFERENCES }
reader = { category = "user.unique_id", relation = "owned_by" REFERENCES }
sender_email = { category = "user.contact.email", identity = "email" }
sender_phone = { category = "user.contact.phone_number", identity = "phone_number" }
body = "user.content"
"""
WARDS = """
guardian = { category = "user.unique_id", relation = "accessed_by", erase = "detach" }
urgent = "user.contact.email"
"""
ROWS = {
    "people": [
        {"id": 1, "email": "me@x.example", "phone": "+49 30 5550001"},
        {"id": 2, "email": "you@x.example", "phone": None},
    ],
    "messages": [
        {"id": n, "sender": n, "reader": 3 - n, "sender_email": mail, "sender_phone": phone}
        | {"body": "hi"}
        for n, mail, phone in (
            (1, "me@x.example", "+49 30 5550001"),
            (2, "you@x.example", "+49 30 5550002"),
        )
    ],
}
TABLES = [
    "create table people (id int primary key, email varchar(90), phone varchar(30))",
    (
        "create table messages (id int primary key, sender int references people(id),"
        " reader int references people(id), sender_email varchar(90), sender_phone varchar(30),"
        " body varchar(90), foreign key (sender) references people(id),"
        " foreign key (reader) references people(id))"
    ),
    "insert into people values (1, 'me@x.example', '+49 30 5550001'), (2, 'you@x.example', null)",
    (
        "insert into messages values (1, 1, 2, 'me@x.example', '+49 30 5550001', 'hi'),"
        " (2, 2, 1, 'you@x.example', '+49 30 5550002', 'hi')"
    ),
]


def _said(outcome):
    told = (line for result in outcome.results for line in result.evidence.remains)
    return [line for line in told if " a value" in line]


def _in_files(folder):
    for name, rows in ROWS.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines)
    head = '[datasets.app]\npath = "."\nmax_proportion = 1.0\n'
    text = MESSAGES.replace("REFERENCES", ', references = "people.id"')
    datamap = parse_datamap(head + PEOPLE + text)
    connector = FilesConnector(datamap, "app", folder)
    means = GovernContext(
        datamap, {"app": connector}, MemoryPlans(), lambda: 1.0, lambda size: b"s" * size
    )
    who = [Identity("email", "me@x.example")]
    plan = flow.plan_request(means, RequestType.ERASURE, who, plan_id="p", request_id="r")
    flow.approve(means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest)
    flow.execute(means, "p", plan.targets_digest)
    flow.verify(means, "p")
    left = [json.loads(line) for line in (folder / "messages.jsonl").read_text().splitlines()]
    return [tuple(row.values()) for row in left]


MINE = (1, None, 2, None, None, "hi")
YOURS = (2, 2, None, "you@x.example", "+49 30 5550002", "hi")


def test_a_letter_between_two_loses_the_address_of_who_asks(world, sql_url):
    """What is hers alone goes with the key to her, and so does what is called after that key."""
    shop = world(sql_url, TABLES, PEOPLE + MESSAGES.replace(" REFERENCES", ""))
    shop.erase()
    assert shop.rows("messages") == [MINE, YOURS]


def test_a_letter_between_two_loses_the_address_in_files(tmp_path):
    """The same rule."""
    assert _in_files(tmp_path) == [MINE, YOURS]


def _wards(world, sql_url, values):
    people = [
        TABLES[0][:-1] + ", guardian int, urgent varchar(90),"
        " foreign key (guardian) references people(id))",
        f"insert into people values (1, 'me@x.example', null, null, null), (2, {values})",
    ]
    return world(sql_url, people, PEOPLE + WARDS)


def test_an_address_in_a_row_that_its_guardian_sees_is_told(world, sql_url):
    """That she may see the row is no reason for her address to stand in it."""
    family = _wards(world, sql_url, "'you@x.example', null, 1, 'me@x.example'")
    assert _said(family.erase()) == ["people.urgent: 1 rows hold a value"]


def test_a_plan_counts_as_cut_only_rows_in_which_there_is_something_to_cut(world, sql_url):
    """The child's own address stays: no plan says that it goes, no receipt that it was gone."""
    family = _wards(world, sql_url, "'you@x.example', null, 1, null")
    steps = [(it.action, it.justification, it.rows) for it in family.plan().steps if it.rows]
    assert (Action.KEEP, "accessed", 1) in steps
    assert not any(action is Action.DETACH for action, _, _ in steps)
