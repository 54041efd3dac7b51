"""One number in two tables of people, under one name: two people, whatever the map calls it."""

from __future__ import annotations

import pytest

from privacykit.errors import PlanError
from privacykit.govern import flow
from privacykit.govern.records import Identity, RequestType

TABLE = """
[collections.app.{name}]
subject = true
[collections.app.{name}.fields]
id = {{ category = "user.unique_id", identity = "users.id" }}
email = {{ category = "user.contact.email", identity = "email" }}
phone = {{ category = "user.contact.phone_number", identity = "phone_number" }}
"""
MAP = TABLE.format(name="users") + TABLE.format(name="staff")
COLUMNS = "(id integer primary key, email varchar(60), phone varchar(30))"


@pytest.mark.parametrize(
    "given",
    [
        [Identity("users.id", "2")],
        [Identity("users.id", "2"), Identity("email", "me@x.example")],
        [Identity("phone_number", "+49 30 123456"), Identity("email", "me@x.example")],
    ],
    ids=["number", "number and address", "telephone and address"],
)
def test_one_number_is_not_one_person(world, sql_url, given):
    """The number alone, or beside what is hers: his row wants a yes."""
    made = world(
        sql_url,
        [
            f"create table users {COLUMNS}",
            f"create table staff {COLUMNS}",
            "insert into users values (2, 'me@x.example', '+49 30 123456')",
            "insert into staff values (2, 'otto@x.example', '+49 30 123456')",
        ],
        MAP,
    )
    plan = flow.plan_request(made.means, RequestType.ERASURE, given, plan_id="p", request_id="r")

    assert any("app.staff: maybe somebody else" in problem for problem in plan.problems)
    with pytest.raises(PlanError):
        flow.approve(made.means, "p", plan.targets_digest, "op")
