"""A key that the database enforces on text points where the database says: it is one row."""

from __future__ import annotations

from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.records import Identity, RequestStatus

MAP = """
[collections.app.users]
subject = true
[collections.app.users.fields]
id = { category = "user.unique_id", identity = "users.id" }
username = { category = "user.account.username", identity = "username" }
email = { category = "user.contact.email", identity = "email" }
[collections.app.mentions.fields]
id = "system.operations"
username = { category = "user.unique_id", relation = "owned_by" }
text = "user.content"
"""


def _tables(sql_url):
    case, before = "collate nocase", ()
    if sql_url.startswith("postgresql"):
        before = (
            (
                "create collation nocase (provider = icu, locale = 'und-u-ks-level2',"
                " deterministic = false)"
            ),
        )
    if sql_url.startswith("mysql"):
        case = "character set utf8mb4 collate utf8mb4_unicode_ci"
    return [
        *before,
        (
            f"create table users (id int primary key, username varchar(40) {case} not null unique,"
            " email varchar(90))"
        ),
        (
            f"create table mentions (id int primary key, username varchar(40) {case} not null,"
            " text varchar(90), foreign key (username) references users(username) on update cascade)"
        ),
        "insert into users values (1, 'carla', 'me@x.example'), (2, 'bert', 'you@x.example')",
        "insert into mentions values (1, 'carla', 'a'), (2, 'Carla', 'b'), (3, 'bert', 'c')",
    ]


def test_a_mention_that_the_database_ties_to_her_is_hers(world, sql_url):
    """Whatever its capitals: it is found, handed out and erased with her row."""
    forum = world(sql_url, _tables(sql_url), MAP)
    context = Context(Subject((Identity("email", "me@x.example"),), {"app.users": ((1,),)}), 1.0)
    handed = [row["text"] for row in forum.connector.rows("mentions", context)]
    outcome = forum.erase()
    assert sorted(handed) == ["a", "b"]
    assert [row[0] for row in forum.rows("mentions")] == [3]
    assert [row[0] for row in forum.rows("users")] == [2]
    assert outcome.status is RequestStatus.FULFILLED
