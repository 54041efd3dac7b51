"""A plan tries its own statements: what the database refuses is said before anybody approves."""

import pytest

PEOPLE = """
[collections.app.people]
subject = true
erase = "fields"
[collections.app.people.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email", erase = "random" }
"""
FIRST = "insert into people (id, email) values (1, 'me@x.example'), (2, 'b@x.example')"


def _table(column):
    return (
        "create table people (id integer primary key, email varchar(90) unique,"
        f" name varchar(60) {column})"
    )


@pytest.mark.parametrize(
    ("column", "strategy", "words"),
    [
        ("default 'A' check (name <> '[erased]')", "mask", "a condition of the database"),
        ("not null default 'A'", "null", "it cannot be empty"),
    ],
    ids=["condition", "never empty"],
)
def test_what_is_refused_is_a_problem_with_its_column(world, sql_url, column, strategy, words):
    """Nothing was changed to find out."""
    line = f'name = {{ category = "user.name", erase = "{strategy}" }}\n'
    made = world(sql_url, [_table(column), FIRST], PEOPLE + line)
    before = made.rows("people")

    [problem] = made.plan().problems

    assert problem.startswith(f"app.people (name): {words}")
    assert problem.endswith("(PK272)")
    assert "me@" not in problem
    assert made.rows("people") == before


def test_the_second_person_is_refused_in_time(world, sql_url):
    """A fixed value in a unique column works once, and never again."""
    made = world(
        sql_url,
        [
            _table("unique"),
            "insert into people values (1, 'me@x.example', 'A'), (2, 'b@x.example', 'B')",
        ],
        PEOPLE + 'name = { category = "user.name", erase = "mask" }\n',
    )
    assert made.findings("PK226") == ["PK226 app.people.name"]
    assert made.erase().plan.problems == ()
    [problem] = made.plan("b@x.example", "second").problems
    assert problem.startswith("app.people (name): another row has the same value")


def test_a_trigger_that_refuses_is_heard(world, tmp_path):
    """No catalogue says what a trigger does."""
    made = world(
        f"sqlite:///{tmp_path}/s.db",
        [
            _table(""),
            FIRST,
            "create trigger t before update on people begin select raise(abort, 'no Anna'); end",
        ],
        PEOPLE + 'name = "user.name"\n',
    )
    [problem] = made.plan().problems
    assert problem.startswith("app.people (email, name): a trigger of the database refuses it")
    assert "Anna" not in problem


def test_nothing_is_tried_where_nothing_can_be_undone(world, mariadb_url):
    """A table without transactions keeps what is rolled back."""
    made = world(
        mariadb_url,
        [_table("") + " engine=MyISAM", FIRST],
        PEOPLE + 'name = "user.name"\n',
    )
    before = made.rows("people")
    [problem] = made.plan().problems
    assert problem.startswith("app.people: its engine knows no transaction")
    assert problem.endswith("(PK274)")
    assert made.rows("people") == before


def test_a_locked_row_is_no_refusal(world, postgres_url, monkeypatch):
    """Nobody waits long for a try; the plan says that it could not be had."""
    monkeypatch.setattr(
        "privacykit.connectors.sql.changing.trial._INSIDE",
        {"postgresql": ("set local lock_timeout = '50ms'",)},
    )
    made = world(postgres_url, [_table(""), FIRST], PEOPLE + 'name = "user.name"\n')
    with made.engine.begin() as other:
        other.exec_driver_sql("select * from people for update")
        [problem] = made.plan().problems
    assert problem.startswith("app.people: its rows are locked")
    assert problem.endswith("(PK274)")


def test_a_busy_file_is_no_refusal(world, tmp_path, monkeypatch):
    """Another writer has the file; what is asked at the very beginning is told alike."""
    monkeypatch.setattr(
        "privacykit.connectors.sql.changing.trial._BEFORE", {"sqlite": ("pragma busy_timeout=20",)}
    )
    made = world(f"sqlite:///{tmp_path}/s.db", [_table(""), FIRST], PEOPLE + 'name = "user.name"\n')
    with made.engine.connect() as other:
        other.exec_driver_sql("begin immediate")
        [problem] = made.plan().problems
        other.exec_driver_sql("rollback")
    assert problem.startswith("app.people: its rows are locked")


def test_a_login_that_may_only_read_is_told(world, postgres_url):
    """A right that is missing is better known before the plan is approved."""
    made = world(postgres_url, [_table(""), FIRST], PEOPLE + 'name = "user.name"\n')
    made.run(
        "alter database " + made.engine.url.database + " set default_transaction_read_only = on"
    )
    made.connector._engine.dispose()
    [problem] = made.plan().problems
    assert "the login has no right to do so" in problem


def test_a_large_step_is_tried_by_its_first_rows(world, tmp_path, monkeypatch):
    """The step says how many of its rows were tried."""
    monkeypatch.setattr("privacykit.govern.erasure.planning.trial.TRIED_ROWS", 2)
    made = world(
        f"sqlite:///{tmp_path}/s.db",
        [
            _table(""),
            FIRST,
            "create table notes (id integer primary key, p integer references people)",
            "insert into notes values (1, 1), (2, 1), (3, 1)",
        ],
        PEOPLE + 'name = "user.name"\n[collections.app.notes.fields]\nid = "system"\n'
        'p = { category = "user.unique_id", relation = "owned_by" }\n',
    )
    plan = made.plan()
    assert {step.collection: (step.rows, step.tried) for step in plan.steps} == {
        "notes": (3, 2),
        "people": (1, 1),
    }
    assert plan.problems == ()


LOOP = """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email" }
[collections.app.a.fields]
id = "system"
p = { category = "user.unique_id", relation = "owned_by" }
b = "system"
[collections.app.b.fields]
id = "system"
p = { category = "user.unique_id", relation = "owned_by" }
a = "system"
"""


def _loop(url, deferrable=""):
    key = f"references {{0}} (id){deferrable}"
    people = "p integer references people (id)"
    yield "create table people (id integer primary key, email varchar(90))"
    if url.startswith("sqlite"):
        yield f"create table a (id integer primary key, {people}, b integer not null references b)"
    else:
        yield f"create table a (id integer primary key, {people}, b integer not null)"
    yield (
        f"create table b (id integer primary key, {people}, a integer not null,"
        f" constraint b_to_a foreign key (a) {key.format('a')})"
    )
    yield "insert into people values (1, 'me@x.example'), (2, 'b@x.example')"
    yield "insert into a values (1, 1, 1), (2, 2, 2)"
    yield "insert into b values (1, 1, 1), (2, 2, 2)"
    if not url.startswith("sqlite"):
        yield f"alter table a add constraint a_to_b foreign key (b) {key.format('b')}"


def test_a_loop_of_keys_that_cannot_be_empty_is_a_problem(world, request):
    """Neither row can go first, and no database looks the other way."""
    for name in ("postgres_url", "mariadb_url"):
        url = request.getfixturevalue(name)
        made = world(url, list(_loop(url)), LOOP)
        assert made.findings("PK234") == ["PK234 app.b.a", "PK234 app.a.b"]
        problems = made.plan().problems
        assert [problem[-7:] for problem in problems] == ["(PK273)"] * 3


def test_a_loop_of_deferrable_keys_goes_in_one_transaction(world, request, tmp_path):
    """What holds each other goes together; the other person's stays."""
    for url in (f"sqlite:///{tmp_path}/s.db", request.getfixturevalue("postgres_url")):
        made = world(url, list(_loop(url, " deferrable")), LOOP)
        assert made.findings("PK234") == []
        outcome = made.erase()
        assert (outcome.plan.problems, outcome.justification) == ((), None)
        assert (made.rows("a"), made.rows("b")) == ([(2, 2, 2)], [(2, 2, 2)])


def test_a_loop_with_somebody_elses_row_is_a_problem(world, request, tmp_path):
    """The keys are looked at in the end, and there somebody else's row still points."""
    for url in (f"sqlite:///{tmp_path}/s.db", request.getfixturevalue("postgres_url")):
        made = world(url, list(_loop(url, " deferrable")), LOOP)
        made.run("update b set a = 1 where id = 2")
        before = made.rows("a"), made.rows("b")
        steps = {s.collection: s.justification for s in made.plan().steps if s.rows}
        assert steps == {"a": "referenced", "b": "referenced", "people": "referenced"}
        assert (made.rows("a"), made.rows("b")) == before


def test_a_loop_larger_than_a_transaction_is_a_problem(world, tmp_path, monkeypatch):
    """Chunks of it would have to be looked at one by one."""
    monkeypatch.setattr("privacykit.connectors.sql.changing.trial.CHUNK_ROWS", 1)
    url = f"sqlite:///{tmp_path}/s.db"
    made = world(url, list(_loop(url)), LOOP)
    assert made.plan().problems == (
        "app.a: more rows point at each other in a loop than one transaction takes (PK273)",
    )


def test_what_is_looked_at_in_the_end_is_heard_too(world, postgres_url):
    """A deferred constraint would let the work be done, and refuse the commit."""
    made = world(
        postgres_url,
        [
            (
                "create table people (id integer primary key, email varchar(90),"
                " name varchar(60), constraint one unique (name) deferrable initially deferred)"
            ),
            "insert into people values (1, 'me@x.example', 'A'), (2, 'b@x.example', '[erased]')",
        ],
        PEOPLE + 'name = { category = "user.name", erase = "mask" }\n',
    )
    [problem] = made.plan().problems
    assert problem.startswith("app.people: when the transaction ends, another row has the same")


def test_a_trigger_that_keeps_a_row_is_heard(world, postgres_url):
    """It refuses nothing and deletes nothing."""
    made = world(
        postgres_url,
        [
            "create table people (id integer primary key, email varchar(90))",
            "insert into people values (1, 'me@x.example')",
            "create function stay() returns trigger language plpgsql as $$begin return null; end$$",
            "create trigger stay before delete on people for each row execute function stay()",
        ],
        LOOP.partition("[collections.app.a.fields]")[0],
    )
    [problem] = made.plan().problems
    assert (
        problem == "app.people: 1 rows would stay: rows that stay, or a trigger, hold them (PK273)"
    )


def test_a_table_that_lets_go_is_written_to_as_well(world, mariadb_url):
    """A key that only the map knows may stand in a table without transactions."""
    made = world(
        mariadb_url,
        [
            "create table people (id integer primary key, email varchar(90))",
            "create table notes (id integer primary key, p integer) engine=MyISAM",
            "insert into people values (1, 'me@x.example')",
            "insert into notes values (1, 1)",
        ],
        LOOP.partition("[collections.app.a.fields]")[0] + "[collections.app.notes.fields]\n"
        'id = "system"\n'
        'p = { category = "user.unique_id", references = "people.id", erase = "detach" }\n',
    )
    [problem] = made.plan().problems
    assert problem.startswith("app.notes: its engine knows no transaction")
    assert made.rows("notes") == [(1, 1)]


def test_a_value_that_a_strategy_does_not_fit_is_told(world, tmp_path):
    """A text that is no date cannot be made coarser, and nobody is shown it."""
    made = world(
        f"sqlite:///{tmp_path}/s.db",
        [_table(""), "insert into people values (1, 'me@x.example', 'in spring')"],
        PEOPLE + 'name = { category = "user.name", erase = "generalise", to = "year" }\n',
    )
    [problem] = made.plan().problems
    assert problem == "app.people: a strategy does not fit: not a date or time (PK226) (PK272)"
