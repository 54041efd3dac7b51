"""What happens to rows that a plan does not name: keys let go of, triggers, cascades."""

from __future__ import annotations

import pytest

PEOPLE = """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = { category = "user.unique_id", identity = "people.id" }
email = { category = "user.contact.email", identity = "email" }
referrer = { category = "user.unique_id", references = "people.id", erase = "detach" }
[collections.app.notes.fields]
id = "system.operations"
owner = { category = "user.unique_id", relation = "owned_by" }
body = "user.content"
"""
HEAD = (
    '[datasets.app]\nurl = "sqlite://"\nmax_proportion = 1.0\nexcluded = { journal = "numbers" }\n'
)
TABLES = [
    (
        "create table people (id integer primary key, email varchar(60), referrer integer,"
        " foreign key (referrer) references people (id))"
    ),
    "create table notes (id integer primary key, owner integer, body varchar(20))",
    "create table journal (id integer, what varchar(60))",
    "insert into people values (1, 'me@x.example', null)",
    "insert into people values (2, 'b@x.example', 1), (3, 'c@x.example', 1)",
    "insert into notes values (1, 2, 'B'), (2, 3, 'C')",
]
SEEN = 'seen = "system.operations"\n[collections.app.notes.fields]'
MAP = PEOPLE.replace('relation = "owned_by"', 'relation = "owned_by", references = "people.id"')
CHANGE = "update notes set body = 'x' where owner = 2"
ADD = "insert into journal values (old.id, 'gone')"


def _trigger(kind, statement):
    if kind != "postgresql":
        body = statement if kind == "mysql" else f"begin {statement}; end"
        return [f"create trigger t after delete on people for each row {body}"]
    return [
        (
            "create function f() returns trigger language plpgsql as"
            f" $$ begin {statement}; return null; end $$"
        ),
        "create trigger t after delete on people for each row execute function f()",
    ]


def _kind(url):
    return url.partition(":")[0].partition("+")[0]


def test_rows_that_let_go_are_counted_in_plan_and_results(world, sql_url):
    """They stay, and are somebody else's: how many they are is said before and after."""
    made = world(sql_url, TABLES, MAP, HEAD)
    outcome = made.erase()

    [note] = outcome.plan.notes
    assert note.startswith("app.people.referrer: emptied in 2 rows, maybe of others")
    assert [step.let_go_rows for step in outcome.plan.steps if step.rows] == [2]
    assert sum(result.rows_let_go for result in outcome.results) == 2
    assert made.rows("people") == [(2, "b@x.example", None), (3, "c@x.example", None)]


def test_a_trigger_that_changes_more_is_a_problem(world, sql_url):
    """It would act on rows that nobody has looked at; trying it left them as they were."""
    made = world(sql_url, [*TABLES, *_trigger(_kind(sql_url), CHANGE)], MAP, HEAD)
    before = made.rows("notes")

    [problem] = made.plan().problems

    assert problem.startswith("app.")
    assert "a trigger" in problem
    assert problem[-7:] in {"(PK272)", "(PK278)"}  # MariaDB refuses where we read the table too
    assert made.rows("notes") == before


def test_a_trigger_is_named_by_the_table_that_sets_it_off(world, postgres_url):
    """Not by the one that happens to come first."""
    writes = _trigger("postgresql", "update journal set what = 'x'")
    rows = [
        "create table first (id integer primary key, owner integer)",
        "insert into first values (1, 1)",
        "insert into notes values (9, 1, 'mine')",
        "insert into journal values (1, 'a')",
    ]
    on_notes = [line.replace("delete on people", "delete on notes") for line in writes]
    _, start, fields = MAP.partition("[collections.app.notes.fields]")
    first = (start + fields).replace("notes", "first").replace('body = "user.content"', "")
    made = world(postgres_url, [*TABLES, *rows, *on_notes], first + MAP, HEAD)

    [problem] = made.plan().problems

    assert problem.startswith("app.notes: a trigger or rule of the database writes 1 rows besides")


def test_what_nobody_counts_is_a_problem(world, postgres_url):
    """PostgreSQL may be told not to count: then nobody sees what a trigger writes."""
    off = (
        "do $$ begin execute 'alter database ' || quote_ident(current_database())"
        " || ' set track_counts = off'; end $$"
    )
    made = world(postgres_url, [*TABLES, *_trigger("postgresql", CHANGE), off], MAP, HEAD)

    [problem] = made.plan().problems

    assert "track_counts is off" in problem
    assert problem.endswith("(PK278)")


def test_a_trigger_that_writes_down_is_a_note(world, sql_url):
    """What it adds is no part of the plan: the search afterwards finds what stands in it."""
    made = world(sql_url, [*TABLES, *_trigger(_kind(sql_url), ADD)], MAP, HEAD)
    plan = made.plan()

    assert plan.problems == ()
    assert "app: triggers add 1 rows: what these keep is no part of the plan" in plan.notes


@pytest.mark.parametrize(
    ("statement", "problems"),
    [
        ("update people set seen = 1 where id = new.id", 0),
        ("update people set seen = 1 where rowid = new.rowid", 0),
        ("update people set seen = 1 where id <> new.id", 1),
        ("update people set seen = 1 where id = new.id + 1", 1),
        ("update notes set owner = owner where id = new.id", 1),
    ],
)
def test_a_time_stamp_is_no_problem(world, tmp_path, statement, problems):
    """SQLite's triggers write into the row that set them off by its key: nobody else's."""
    tables = [TABLES[0].replace("referrer integer,", "referrer integer, seen integer,", 1)]
    insert = "insert into people (id, email) values (1, 'me@x.example'), (2, 'b@x.example')"
    trigger = f"create trigger t after update of email on people begin {statement}; end"
    fields = MAP.replace("subject = true", 'subject = true\nerase = "fields"', 1)
    fields = fields.replace("[collections.app.notes.fields]", SEEN, 1)
    rows = [*tables, *TABLES[1:3], insert, TABLES[5], trigger]
    made = world(f"sqlite:///{tmp_path}/s.db", rows, fields, HEAD)

    assert len(made.plan().problems) == problems


@pytest.mark.parametrize("action", ["cascade", "set null"])
def test_a_key_that_cascades_takes_nobody_along(world, sql_url, action):
    """Other people's rows are let go of by us, and counted, before the database comes to act."""
    tables = [t.replace("references people (id)", f"references people (id) on delete {action}")
              for t in TABLES]  # fmt: skip
    made = world(sql_url, tables, MAP, HEAD)
    outcome = made.erase()

    assert outcome.plan.problems == ()
    assert len(made.rows("people")) == 2
