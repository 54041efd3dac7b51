"""Keys of several columns of which one is shared: whose a row is, and what may be cut."""

from __future__ import annotations

import pytest

USERS = """
[collections.app.users]
subject = true
[collections.app.users.fields]
tenant = "system.operations"
id = "system.operations"
email = { category = "user.contact.email", identity = "email" }
"""
ORDERS = """
[collections.app.orders]
relations = [{ kind = "owned_by", columns = ["tenant", "author"] }]
[collections.app.orders.fields]
id = "system.operations"
tenant = "system.operations"
author = "system.operations"
email = { category = "user.contact.email", identity = "email" }
note = "user.content"
"""
TICKETS = """
[collections.app.tickets]
relations = [
  { kind = "owned_by", columns = ["tenant", "author"] },
  { kind = "owned_by", columns = ["tenant", "agent"] },
]
[collections.app.tickets.fields]
id = "system.operations"
tenant = "system.operations"
author = "system.operations"
agent = "system.operations"
"""
TABLES = [
    (
        "create table users (tenant integer not null, id integer not null, email varchar(60),"
        " primary key (tenant, id))"
    ),
    "insert into users values (1, 1, 'me@x.example'), (1, 2, 'b@x.example'), (2, 1, 'c@x.example')",
]
KEY = "foreign key (tenant, {}) references users (tenant, id)"


def test_a_row_without_its_owner_is_whose_address_stands_in_it(world, sql_url):
    """A guest's order has a tenant: of a key of two columns one that is empty ties to nobody."""
    made = world(
        sql_url,
        [
            *TABLES,
            (
                "create table orders (id integer primary key, tenant integer not null, author integer,"
                f" email varchar(60), note varchar(20), {KEY.format('author')})"
            ),
            (
                "insert into orders values (1, 1, 1, 'me@x.example', 'mine'),"
                " (2, 1, null, 'me@x.example', 'mine, as a guest'),"
                " (3, 1, 2, 'me@x.example', 'theirs'), (4, 1, null, 'b@x.example', 'a guest'),"
                " (5, 2, 1, null, 'of another tenant')"
            ),
        ],
        USERS + ORDERS,
    )
    assert made.erase().status.value == "fulfilled"
    assert made.rows("orders") == [
        (3, 1, 2, None, "theirs"),
        (4, 1, None, "b@x.example", "a guest"),
        (5, 2, 1, None, "of another tenant"),
    ]


@pytest.mark.parametrize("empty", ["", " not null"], ids=["tenant may be empty", "never"])
def test_a_column_of_two_keys_is_not_cut_for_one(world, sql_url, empty):
    """The agent's ticket loses its author, and stays the agent's."""
    made = world(
        sql_url,
        [
            *TABLES,
            (
                f"create table tickets (id integer primary key, tenant integer{empty}, author integer,"
                f" agent integer, {KEY.format('author')}, {KEY.format('agent')})"
            ),
            "insert into tickets values (1, 1, 1, 2)",
        ],
        USERS + TICKETS,
    )
    made.erase()

    assert made.rows("tickets") == [(1, 1, None, 2)]
    assert made.rows("users") == [(1, 2, "b@x.example"), (2, 1, "c@x.example")]
