"""Between a plan and its run: keys that are given anew, rows that change, owners who go."""

from __future__ import annotations

import msgspec
import pytest

from privacykit.errors import PlanError, StoreError
from privacykit.govern import flow
from privacykit.govern.erasure.planning.opened import open_plan
from privacykit.govern.erasure.planning.plan import context_of
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Identity, RequestType

PEOPLE = """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = { category = "user.unique_id", identity = "people.id" }
email = { category = "user.contact.email", identity = "email" }
phone = { category = "user.contact.phone_number", identity = "phone_number" }
name = "user.name"
seen = "system.operations"
"""
ACCOUNTS = """
[collections.app.accounts.fields]
id = "system.operations"
iban = "user.financial.bank_account"
[collections.app.holders.fields]
id = "system.operations"
account = { category = "user.unique_id", relation = "owns" }
holder = { category = "user.unique_id", relation = "owned_by" }
"""
TABLE = (
    "create table people (id integer primary key, email varchar(60), phone varchar(30),"
    " name varchar(30), seen integer)"
)
ME = "(2, 'me@x.example', '+49 30 123456', 'Me', 1)"
TABLES = [TABLE, f"insert into people values {ME}, (1, 'b@x.example', null, 'B', 1)"]


def _run(made, plan, name="p"):
    flow.approve(made.means, name, plan.targets_digest, "op")
    return flow.execute(made.means, name, plan.targets_digest)


@pytest.mark.parametrize(
    "row",
    [
        "(2, 'new@x.example', '+49 30 123456', 'Same household', 1)",
        "(2, null, '+49 30 123456', 'Same household', 1)",
        "(2, null, null, 'Nobody knows', 1)",
        "(2, 'me@x.example', '+49 30 999999', 'Another number', 1)",
    ],
    ids=["telephone alike", "telephone alone", "no identity", "one of two changed"],
)
def test_a_key_given_anew_is_somebody_else(world, sql_url, row):
    """Whatever the later row has in common: nothing is done, and the plan has to be made anew."""
    made = world(sql_url, TABLES, PEOPLE)
    plan = made.plan()
    made.run("delete from people where id = 2", f"insert into people values {row}")
    before = made.rows("people")

    with pytest.raises(PlanError, match="PK244"):
        _run(made, plan)

    assert made.rows("people") == before


def test_what_changes_rows_looks_first_whose_they_are(world, sql_url):
    """In its own transaction: a key given anew while a run is on its way loses no row."""
    made = world(sql_url, TABLES, PEOPLE)
    made.plan()
    opened = open_plan(made.means, "p")
    work = [
        Work(opened.plan.steps[chunk.step], msgspec.msgpack.decode(chunk.keys, type=list[tuple]))
        for chunk in opened.chunks(made.means)
    ]
    made.run(
        "delete from people where id = 2",
        "insert into people values (2, 'n@x.example', null, 'N', 1)",
    )
    before = made.rows("people")

    with pytest.raises(StoreError, match="PK244"):
        made.means.connectors["app"].apply(work, context_of(made.means, opened.bundle, b""))

    assert work
    assert made.rows("people") == before


def test_a_row_known_by_its_key_alone_is_told_by_what_it_says(world, sql_url):
    """Without another identity a name that changed is somebody else's."""
    made = world(sql_url, [TABLE, "insert into people values (2, null, null, 'Me', 1)"], PEOPLE)
    who = (Identity("people.id", "2"),)
    plan = flow.plan_request(made.means, RequestType.ERASURE, who, plan_id="p", request_id="r")
    made.run("update people set name = 'Other' where id = 2")

    with pytest.raises(PlanError, match="PK244"):
        _run(made, plan)


def test_what_says_nothing_of_whom_it_is_may_change(world, sql_url):
    """A counter of the application's is no reason to ask again."""
    made = world(sql_url, TABLES, PEOPLE)
    plan = made.plan()
    made.run("update people set seen = 2 where id = 2")

    _run(made, plan)

    assert made.rows("people") == [(1, "b@x.example", None, "B", 1)]


def test_the_last_owner_takes_what_was_shared_along(world, sql_url):
    """Two owners who go at once, each of them shown the other: the second plan is made anew."""
    made = world(
        sql_url,
        [
            *TABLES,
            "create table accounts (id integer primary key, iban varchar(40))",
            (
                "create table holders (id integer primary key, account integer, holder integer,"
                " foreign key (account) references accounts (id),"
                " foreign key (holder) references people (id))"
            ),
            "insert into accounts values (7, 'DE02120300000000202051')",
            "insert into holders values (1, 7, 1), (2, 7, 2)",
        ],
        PEOPLE + ACCOUNTS,
    )
    mine, theirs = made.plan(), made.plan("b@x.example", "q")
    _run(made, mine)
    flow.verify(made.means, "p")

    with pytest.raises(PlanError, match="are not any more"):
        _run(made, theirs, "q")

    assert made.erase("b@x.example", "again").status.value == "fulfilled"
    assert made.rows("accounts") == []


@pytest.mark.parametrize(
    ("column", "key"),
    [("int", "'two'"), ("numeric(9, 2)", "'two'")],
)
def test_a_key_that_does_not_read_back_is_a_problem(world, tmp_path, column, key):
    """A row that is found by its identity and not by its key is not passed over in silence."""
    made = world(
        f"sqlite:///{tmp_path}/s.db",
        [
            f"create table people (id {column} primary key, email varchar(60))",
            f"insert into people values ({key}, 'me@x.example')",
        ],
        """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = "system.operations"
email = { category = "user.contact.email", identity = "email" }
""",
    )
    [problem] = made.plan().problems

    assert problem.startswith("app.people: 1 rows are the person and not found again")
    assert problem.endswith("(PK279)")
