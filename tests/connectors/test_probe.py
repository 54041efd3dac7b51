"""Conditions of the database are held against what erasure would write, before anybody asks."""

import pytest

HEAD = """
[collections.app.people]
subject = true
erase = "fields"
[collections.app.people.fields]
id = { category = "user.unique_id", identity = "customer" }
"""


@pytest.mark.parametrize(
    ("column", "line", "refused"),
    [
        ("name varchar(60) not null check (name <> '[erased]')", '"user.name"', True),
        ("name varchar(60) check (name <> '[erased]')", '"user.name"', False),
        ("name varchar(60) check (name is not null)", '"user.name"', True),
        ("name varchar(60) not null check (name like '%[%')", '"user.name"', False),
        ("name integer not null check (name > 0)", '"user.name"', True),
        (
            "name varchar(60) not null check (name <> '[erased]')",
            '{ category = "user.name", erase = "truncate", to = 1 }',
            False,
        ),
    ],
    ids=["mask", "emptied", "never empty", "allowed", "number", "left to the plan"],
)
def test_a_condition_is_asked_of_what_is_written(world, sql_url, column, line, refused):
    """No row is needed for a condition over one column."""
    table = f"create table people (id integer primary key, {column})"
    made = world(sql_url, [table], f"{HEAD}name = {line}\n")
    assert made.findings("PK226") == (["PK226 app.people.name"] if refused else [])


def test_a_condition_over_several_columns_is_asked_of_rows(world, sql_url):
    """As they would be, the other columns left as they are."""
    table = (
        "create table people (id integer primary key, name varchar(60), grade integer,"
        " check (name is not null or grade < 3))"
    )
    text = HEAD + 'name = "user.name"\ngrade = "system"\n'
    made = world(sql_url, [table, "insert into people values (1, 'A', 2)"], text)
    assert made.findings("PK226") == []
    made.run("insert into people values (2, 'B', 5)")
    assert made.findings("PK226") == ["PK226 app.people.name"]


def test_a_condition_that_cannot_be_asked_is_left_to_the_plan(world, postgres_url):
    """One over a whole row reads no column that can be replaced."""
    statements = [
        "create table people (id integer primary key, name text not null, at date not null)",
        "alter table people add check (at > date '2000-01-01')",
        "alter table people add check (people is not null)",
    ]
    text = HEAD + 'name = "user.name"\nat = "user.behavior"\n'
    made = world(postgres_url, statements, text)
    assert made.findings("PK226") == ["PK226 app.people.at"]


def test_a_domain_is_asked_too(world, postgres_url):
    """Its conditions stand in no table."""
    statements = [
        "create domain mail as text check (value like '%@%')",
        "create domain word as text",
        "create table people (id integer primary key, m mail, w word, n word not null)",
    ]
    text = HEAD + "".join(
        f'{name} = {{ category = "user.content", erase = "random" }}\n' for name in "mwn"
    )
    made = world(postgres_url, statements, text)
    assert made.findings("PK226") == ["PK226 app.people.m"]


def test_a_condition_that_fails_is_left_to_the_plan(world, postgres_url):
    """It says no more than that it cannot be worked out."""
    statements = [
        "create table people (id integer primary key, n integer not null check (10 / n > 0))"
    ]
    made = world(postgres_url, statements, HEAD + 'n = "user.content"\n')
    assert made.findings("PK226") == []


def test_a_field_without_room_is_told_once(world, tmp_path):
    """By the check of its type; what is not written is held against no condition."""
    statements = [
        "create table people (id integer primary key, name varchar(5) check (name <> ''))"
    ]
    line = 'name = { category = "user.name", erase = "random" }\n'
    made = world(f"sqlite:///{tmp_path}/s.db", statements, HEAD + line)
    assert made.findings("PK226") == ["PK226 app.people.name"]
