"""Tables of other schemas: named by the check, planned by the map, never taken in silence."""

import pytest
from sqlalchemy import create_engine

from privacykit.govern.records import RequestStatus

MAP = """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email" }
"""
INVOICES = """
[collections.app."{billing}.invoices".fields]
id = "system"
person = {{ category = "user.unique_id", relation = "owned_by" }}
note = "user.content"
"""
HEAD = '[datasets.app]\nurl = "sqlite://"\nmax_proportion = 1.0\n'


@pytest.fixture(params=["postgres", "mariadb"])
def place(request):
    """Return the URL of a database and the name of a second schema of it, which is dropped."""
    url = request.getfixturevalue(f"{request.param}_url")
    if request.param == "postgres":
        yield url, "billing"
        return
    billing = url.rpartition("/")[2] + "_billing"
    yield url, billing
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"drop database if exists {billing}")
    engine.dispose()


def _tables(place, ending="on delete cascade"):
    url, billing = place
    home = "" if billing == "billing" else url.rpartition("/")[2] + "."
    return [
        f"create schema {billing}",
        "create table people (id integer primary key, email varchar(90) unique)",
        (
            f"create table {billing}.invoices (id integer primary key, person integer, note text,"
            f" foreign key (person) references {home}people (id) {ending})"
        ),
        "insert into people values (1, 'me@x.example'), (2, 'b@x.example')",
        f"insert into {billing}.invoices values (1, 1, 'for me@x.example'), (2, 2, 'for b')",
    ]


def test_a_table_of_another_schema_has_to_be_mapped(world, place):
    """A key from outside is a key."""
    made = world(place[0], _tables(place), MAP)
    assert made.findings("PK220", "PK233") == [
        f"PK220 app.{place[1]}.invoices",
        "PK233 app.people",
    ]


def test_rows_that_cascade_are_never_taken_in_silence(world, place):
    """Excluded rows of another schema keep the person's row, and the plan shows why."""
    head = f'{HEAD}[datasets.app.excluded]\n"{place[1]}.*" = "kept by the accountants"\n'
    made = world(place[0], _tables(place), MAP, head)
    assert made.findings("PK220", "PK222") == []

    outcome = made.erase()

    assert {s.justification for s in outcome.plan.steps if s.rows} == {"referenced"}
    assert len(made.rows(f"{place[1]}.invoices")) == 2
    assert outcome.status is RequestStatus.PARTIALLY_FULFILLED
    remains = [line for result in outcome.results for line in result.evidence.remains]
    assert f"{place[1]}.invoices.note: 1 rows hold a value" in remains


def test_mapped_rows_of_another_schema_are_planned_and_erased(world, place):
    """One map, one plan, one transaction."""
    made = world(place[0], _tables(place), MAP + INVOICES.format(billing=place[1]))
    outcome = made.erase()
    assert outcome.status is RequestStatus.FULFILLED
    assert {s.collection: s.rows for s in outcome.plan.steps} == {
        f"{place[1]}.invoices": 1,
        "people": 1,
    }
    assert made.rows(f"{place[1]}.invoices") == [(2, 2, "for b")]


def test_an_exclusion_of_a_schema_that_is_not_there_is_told(world, place):
    """A name that matches nothing says nothing."""
    head = f'{HEAD}[datasets.app.excluded]\n"nowhere.*" = "a slip of the pen"\n'
    made = world(place[0], _tables(place)[1:2], MAP, head)
    assert made.findings("PK222") == ["PK222 app.nowhere.*"]


def test_a_schema_beside_the_dataset_is_named(world, postgres_url):
    """Which one was meant is said by the map; that there are others, by the check and the receipt."""
    statements = _tables((postgres_url, "billing"), "on delete set null")
    statements += ["create schema hr", "create table hr.staff (id integer primary key)"]
    made = world(postgres_url, statements, MAP, HEAD + 'only = "public"\n')
    assert made.findings("PK220", "PK275") == ["PK220 app.billing.invoices", "PK275 app.only"]
    made.run("update billing.invoices set person = 2")
    remains = [line for result in made.erase().results for line in result.evidence.remains]
    assert "1 other schemas that the login can see are not searched" in remains


def test_a_table_that_may_not_be_read_is_named(world, postgres_url):
    """Who cannot look there must not say that nothing is there."""
    made = world(
        postgres_url,
        [
            *_tables((postgres_url, "billing")),
            "create table billing.log (id integer primary key, words text)",
            "drop role if exists pk_reader",
            "create role pk_reader login",
            "grant usage on schema public, billing to pk_reader",
            "grant all on people, billing.invoices to pk_reader",
        ],
        MAP + INVOICES.format(billing="billing"),
    )
    try:
        url = postgres_url.replace("postgres@", "pk_reader@")
        reader = world(url, [], MAP + INVOICES.format(billing="billing"))
        remains = [line for r in reader.erase().results for line in r.evidence.remains]
    finally:
        reader.connector.close()
        reader.engine.dispose()
        made.run("drop owned by pk_reader", "drop role pk_reader")
    assert "billing.log: not searched, for the login may not read it" in remains


def test_a_copy_is_searched_and_named(world, postgres_url):
    """A materialised view holds what was erased until it is refreshed."""
    tables = [
        "create table people (id integer primary key, email varchar(90) unique)",
        "insert into people values (1, 'me@x.example')",
        "create materialized view mail as select email from people",
    ]
    made = world(postgres_url, tables, MAP)
    assert made.findings("PK220", "PK276") == ["PK276 app.mail"]
    outcome = made.erase()
    remains = [line for result in outcome.results for line in result.evidence.remains]
    assert "mail.email: 1 rows hold a value" in remains


def test_rows_of_partitions_go_through_their_parent(world, postgres_url):
    """No partition is in the map, and none keeps a row."""
    tables = [
        "create table people (id integer primary key, email varchar(90) unique)",
        (
            "create table visits (at date, person integer references people, primary key (person, at))"
            " partition by range (at)"
        ),
        (
            "create table visits_2020 partition of visits"
            " for values from ('2020-01-01') to ('2021-01-01')"
        ),
        "insert into people values (1, 'me@x.example'), (2, 'b@x.example')",
        "insert into visits values ('2020-05-01', 1), ('2020-05-01', 2)",
    ]
    text = MAP + '[collections.app.visits.fields]\nat = "user.behavior"\n'
    text += 'person = { category = "user.unique_id", relation = "owned_by" }\n'
    made = world(postgres_url, tables, text)
    assert made.findings("PK220", "PK225") == []
    assert made.erase().status is RequestStatus.FULFILLED
    assert [row[1] for row in made.rows("visits_2020")] == [2]


def test_a_table_with_history_is_wrong(world, mariadb_url):
    """It keeps what was erased, whatever is deleted."""
    made = world(
        mariadb_url,
        [
            (
                "create table people (id integer primary key, email varchar(90) unique)"
                " with system versioning"
            )
        ],
        MAP,
    )
    assert made.findings("PK220", "PK271") == ["PK271 app.people"]


def test_a_database_with_a_dash_in_its_name_is_found(world, mariadb_url):
    """The server keeps such a name in another spelling."""
    home = mariadb_url.rpartition("/")[2]
    other = f"`{home}-b`"
    made = world(
        mariadb_url,
        [
            f"create database {other}",
            "create table people (id integer primary key, email varchar(90) unique)",
            (
                f"create table {other}.invoices (person integer, foreign key (person)"
                f" references {home}.people (id))"
            ),
        ],
        MAP,
    )
    try:
        assert made.findings("PK220") == [f"PK220 app.{home}-b.invoices"]
    finally:
        made.run(f"drop database {other}")


def test_a_foreign_table_is_not_searched_and_the_receipt_says_so(world, postgres_url):
    """Its rows are another server's, which has a dataset of its own."""
    made = world(
        postgres_url,
        [
            "create table people (id integer primary key, email varchar(90) unique)",
            "insert into people values (1, 'me@x.example')",
            "create extension postgres_fdw",
            "create server away foreign data wrapper postgres_fdw",
            "create foreign table guests (id integer, mail text) server away",
        ],
        MAP,
        HEAD + '[datasets.app.excluded]\nguests = "mapped as a dataset of its own"\n',
    )
    remains = [line for result in made.erase().results for line in result.evidence.remains]
    assert "guests: not searched, for its rows are another server's" in remains


def test_a_login_without_the_right_process_sees_the_keys_of_what_it_may_read(world, mariadb_url):
    """The fast way to ask is not open to it; the other one is."""
    home = mariadb_url.rpartition("/")[2]
    billing, login = f"{home}_billing", home[:20]
    made = world(mariadb_url, _tables((mariadb_url, billing)), MAP)
    made.run(
        f"create user {login}@'127.0.0.1'",
        f"grant all on {home}.* to {login}@'127.0.0.1'",
        f"grant all on {billing}.* to {login}@'127.0.0.1'",
    )
    try:
        narrow = world(mariadb_url.replace("root@", f"{login}@"), [], MAP)
        found = narrow.findings("PK220")
    finally:
        made.run(f"drop user {login}@'127.0.0.1'", f"drop database {billing}")
    assert found == [f"PK220 app.{billing}.invoices"]
