"""Rows of another table of people that only a key ties to the person are told as such."""

from __future__ import annotations

import pytest

from privacykit.govern import flow
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.identity.unconfirmed import hanging
from privacykit.govern.records import Action, Identity, RequestType
from tests.connectors.conftest import world

__all__ = ["world"]

PEOPLE = """
[collections.app.accounts]
subject = true
[collections.app.accounts.fields]
id = { category = "user.unique_id", identity = "accounts.id" }
email = { category = "user.contact.email", identity = "email" }
[collections.app.patients]
subject = true
[collections.app.patients.fields]
id = { category = "user.unique_id", identity = "patients.id" }
account_id = { category = "user.unique_id", relation = "RELATION" }
name = "user.name"
email = { category = "user.contact.email", identity = "email" }
"""
TABLES = [
    "create table accounts (id int primary key, email varchar(90))",
    (
        "create table patients (id int primary key, account_id int, name varchar(90),"
        " email varchar(90), foreign key (account_id) references accounts(id))"
    ),
    "insert into accounts values (1, 'me@x.example'), (2, 'you@x.example'), (3, 'c@x.example')",
    (
        "insert into patients values (1, 1, 'Anna', null), (2, 1, 'Kid', null),"
        " (3, 2, 'Bo', 'you@x.example'), (4, null, 'Di', null)"
    ),
]
WORDS = (
    "app.patients: 2 rows are of people that hang on the person by a key: taken for somebody"
    " else's; where they are the person, name these too, by email or patients.id"
)


@pytest.mark.parametrize("kind", [RequestType.ERASURE, RequestType.ACCESS])
def test_who_hangs_on_an_account_is_told_by_plan_and_copy(world, sql_url, kind):
    """A child's row or the person's own: nobody can tell, and so it is said."""
    made = world(sql_url, TABLES, PEOPLE.replace("RELATION", "owned_by"))
    who = (Identity("email", "me@x.example"),)
    plan = flow.plan_request(made.means, kind, who, plan_id="p", request_id="r")
    assert plan.notes == (WORDS,)
    assert list(hanging(made.means, find_person(made.means, who).subject)) == [WORDS]


def test_whose_row_is_the_person_by_a_value_of_its_own_is_told_of_nothing(world, sql_url):
    """It goes with the account: no note, and nothing of somebody else's."""
    made = world(sql_url, TABLES, PEOPLE.replace("RELATION", "owned_by"))
    plan = made.plan("you@x.example")
    assert plan.notes == ()
    assert {it.action for it in plan.steps if it.rows} == {Action.DELETE}
    assert made.plan("c@x.example", "q").notes == ()


def test_both_named_are_both_erased(world, sql_url):
    """The way out that the note names is one."""
    made = world(sql_url, TABLES, PEOPLE.replace("RELATION", "owned_by"))
    who = (Identity("email", "me@x.example"), Identity("patients.id", "1"))
    plan = flow.plan_request(made.means, RequestType.ERASURE, who, plan_id="p", request_id="r")
    flow.approve(made.means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest)
    flow.execute(made.means, "p", plan.targets_digest)
    assert [row[:3] for row in made.rows("patients")] == [
        (2, None, "Kid"), (3, 2, "Bo"), (4, None, "Di"),
    ]  # fmt: skip


def test_whom_a_person_only_sees_is_told_by_the_map(world, sql_url):
    """Who had to do with somebody is not they: the map says it, and no note has to."""
    made = world(sql_url, TABLES, PEOPLE.replace("RELATION", "accessed_by"))
    assert made.plan().notes == ()
