"""Only the person who asked: whatever stands in other people's rows, and whatever a store takes."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from privacykit.connectors.sql import SqlConnector
from privacykit.connectors.sql.database import open_database
from privacykit.errors import InputError, PlanError
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

ANNA, BERT = "anna@x.example", "bert@x.example"
MAP = """
[datasets.app]
url = "sqlite://"
max_proportion = 1.0
[collections.app.people]
subject = true
[collections.app.people.fields]
id = { category = "user.unique_id", identity = "people.id" }
email = { category = "user.contact.email", identity = "email" }
phone = { category = "user.contact.phone_number", identity = "phone_number" }
name = { category = "user.account.username", identity = "username" }
[collections.app.notes.fields]
id = "system.operations"
owner = { category = "user.unique_id", relation = "owned_by" }
body = "user.content"
[collections.app.calls.fields]
id = "system.operations"
phone = { category = "user.contact.phone_number", identity = "phone_number" }
"""
_TEXTS = "email varchar(100), phone varchar(100), name varchar(100)"
TABLES = (
    f"create table people (id integer primary key, {_TEXTS})",
    "create table notes (id integer primary key, owner integer references people(id), body text)",
    "create table calls (id integer primary key, phone varchar(100))",
)


class World:
    """A database, its map and what is done to one person of it."""

    def __init__(self, url: str, text: str = MAP, tables=TABLES) -> None:
        self.engine = open_database(url)
        self.text, self.url = text, url
        with self.engine.begin() as connection:
            for statement in tables:
                connection.exec_driver_sql(statement)

    def put(self, table: str, *rows: tuple) -> None:
        """Insert *rows*."""
        meta = self._table(table)
        with self.engine.begin() as connection:
            for row in rows:
                connection.execute(meta.insert().values(row))

    def _table(self, name: str):
        from sqlalchemy import MetaData, Table

        return Table(name, MetaData(), autoload_with=self.engine)

    def read(self, table: str) -> list[tuple]:
        """Return what stands in *table*, by its first column."""
        with self.engine.connect() as connection:
            return sorted(tuple(row) for row in connection.execute(self._table(table).select()))

    def open(self) -> GovernContext:
        """Open the world for flow 2."""
        datamap = parse_datamap(self.text)
        connector = SqlConnector.open(datamap, "app", self.url)
        return GovernContext(
            datamap, {"app": connector}, MemoryPlans(), lambda: 1.0, lambda n: b"r" * n
        )

    def plan(self, *given: Identity, kind: RequestType = RequestType.ERASURE):
        """Plan for what is *given*; close the door."""
        means = self.open()
        try:
            return flow.plan_request(means, kind, given, plan_id="p", request_id="r")
        finally:
            means.connectors["app"].close()

    def erase(self, *given: Identity) -> flow.PlanOutcome:
        """Erase whom *given* finds, where nothing speaks against it."""
        means = self.open()
        try:
            plan = flow.plan_request(means, RequestType.ERASURE, given, plan_id="p", request_id="r")
            flow.approve(means, "p", plan.targets_digest, "op")
            flow.execute(means, "p", plan.targets_digest)
            return flow.verify(means, "p")
        finally:
            means.connectors["app"].close()

    def close(self) -> None:
        """Close the database."""
        self.engine.dispose()


@pytest.fixture
def world(sql_url):
    """People with notes, on each database."""
    found = World(sql_url)
    yield found
    found.close()


def email(value: str) -> Identity:
    """Return an address as an identity."""
    return Identity("email", value)


PLACEHOLDERS = [
    "", " ", "-", "--", "n/a", "N/A", "none", "NULL", "null", "unknown", "unbekannt", "inconnu",
    "0", "000000", ".", "x", "xxx", "?", "keine", "なし", "неизвестно", "\uff2e\uff35\uff2c\uff2c", " - ", "\t",
    "0000000000", "[erased]", "(none)", "\u200b", "k.A.", "test",
]  # fmt: skip


@pytest.mark.parametrize("value", PLACEHOLDERS, ids=repr)
@pytest.mark.parametrize("column", ["phone", "name", "email"])
def test_a_value_of_nobody_makes_nobody_one_person(tmp_path, value, column):
    """Three people who left a field empty, or wrote that they do, are three people."""
    world = World(f"sqlite:///{tmp_path}/w.db")
    rows = [
        {"id": n, "email": ANNA if n == 1 else f"p{n}@x.example", "phone": None, "name": None}
        for n in (1, 2, 3)
    ]
    given = email(ANNA)
    for row in rows:
        row[column] = value
    if column == "email":
        given = Identity("people.id", "1")
    world.put("people", *(tuple(row.values()) for row in rows))
    world.put("notes", (1, 2, "two"), (2, 3, "three"), (3, 1, "one"))
    outcome = world.erase(given)
    left, notes = world.read("people"), world.read("notes")
    world.close()
    assert left == [tuple(row.values()) for row in rows[1:]]
    assert notes == [(1, 2, "two"), (2, 3, "three")]
    assert outcome.status.value == "fulfilled"


@pytest.mark.parametrize("value", PLACEHOLDERS, ids=repr)
@pytest.mark.parametrize("kind", ["phone_number", "username", "email", "people.id", "tax_number"])
def test_a_value_of_nobody_is_refused(tmp_path, value, kind):
    """Whoever asks by it asks for everybody; the error quotes no value."""
    world = World(f"sqlite:///{tmp_path}/w.db")
    with pytest.raises(InputError, match=f"the {kind} given is .* names nobody"):
        world.plan(Identity(kind, value))
    world.close()


BOXES = ["na", "nan", "null", "nil", "nn", "no", "test", "guest", "xx", "なし", "n.a", "k.a"]
"""What also stands where nothing is known, and is somebody's name or initials before a domain."""


@pytest.mark.parametrize("box", BOXES)
def test_who_is_called_like_a_placeholder_is_found_by_their_address(tmp_path, box):
    """It is the whole value that says nothing, or does not."""
    world = World(f"sqlite:///{tmp_path}/w.db")
    world.put("people", (1, f"{box}@home.example", None, None), (2, BERT, None, None))
    outcome = world.erase(email(f"{box}@home.example"))
    left = world.read("people")
    world.close()
    assert (left, outcome.status.value) == ([(2, BERT, None, None)], "fulfilled")


@pytest.mark.parametrize("box", [*sorted(set(BOXES) - {"xx"}), "noreply"])
@pytest.mark.parametrize("domain", ["{}.com", "none.com", "example.com", "x.de", "home.invalid"])
def test_an_address_that_says_nothing_as_a_whole_is_nobodys(box, domain):
    """Mailbox and domain; a role that takes no mail is nobody wherever it is."""
    assert not names_somebody(email(f"{box}@{domain.format(box)}"))
    assert not names_somebody(email("no-reply@home.example"))
    assert not names_somebody(email("xx@xx.com"))
    assert names_somebody(email("a@b.example"))


@pytest.mark.parametrize(
    ("mail", "known"),
    [
        ("b@b.de", True), ("B@B.de", True), ("b@b.co.uk", True), ("é@é.fr", True),
        ("x@x.com", False), ("a@a.a", False), ("bb@b.de", False), ("aaa@aaa.com", False),
    ],
)  # fmt: skip
def test_an_address_of_one_letter_is_somebodys(mail, known):
    """Which letters are typed where nothing is known is known, too."""
    assert names_somebody(email(mail)) is known


def test_a_household_is_not_one_person(world):
    """Two people share a telephone: one is erased, the plan names the other's row as left."""
    phone = "+49 170 1234567"
    world.put("people", (1, ANNA, phone, "anna"), (2, BERT, phone, "bert"))
    world.put("notes", (1, 1, "hers"), (2, 2, "his"))
    plan = world.plan(email(ANNA))
    outcome = world.erase(email(ANNA))
    assert world.read("people") == [(2, BERT, phone, "bert")]
    assert world.read("notes") == [(2, 2, "his")]
    assert "app.people row 2" in plan.notes[0]
    assert phone not in str(plan)
    assert outcome.status.value == "fulfilled"


def test_a_telephone_that_two_people_have_goes_nowhere_alone(world):
    """It finds both, neither is the one; no yes, no erasure, and the chain is said."""
    world.put("people", (1, ANNA, "+49 170 1234567", "a1"), (2, BERT, "+49 170 1234567", "b2"))
    phone = Identity("phone_number", "+49 170 1234567")
    plan = world.plan(phone)
    assert "phone +4… → app.people row 1; phone +4… → app.people row 2 (PK245)" in plan.problems[0]
    with pytest.raises(PlanError, match=plan.problems_digest):
        world.erase(phone)
    assert len(world.read("people")) == 2


def test_a_telephone_beside_an_address_does_not_add_a_person(world):
    """Both were given, and the second finds somebody else too."""
    world.put("people", (1, ANNA, "+49 170 1234567", "a1"), (2, BERT, "+49 170 1234567", "b2"))
    plan = world.plan(email(ANNA), Identity("phone_number", "+49 170 1234567"))
    assert len(plan.problems) == 1


def test_a_telephone_of_one_person_finds_them(world):
    """What several may have is one person's where one has it, and leads on."""
    world.put("people", (1, ANNA, "+49 170 1234567", "a1"), (2, BERT, None, "b2"))
    world.put("notes", (1, 1, "hers"))
    outcome = world.erase(Identity("phone_number", "+49 170 1234567"))
    assert (world.read("people"), world.read("notes")) == ([(2, BERT, None, "b2")], [])
    assert outcome.status.value == "fulfilled"


def test_rows_that_only_a_telephone_ties_are_left_and_said(world):
    """They may be somebody else's: the plan says how many, the outcome is not whole."""
    world.put("people", (1, ANNA, "+49 170 1234567", "a1"))
    world.put("calls", (1, "+49 170 1234567"), (2, "+49 170 7654321"))
    plan = world.plan(email(ANNA))
    outcome = world.erase(email(ANNA))
    assert len(world.read("calls")) == 2
    assert plan.notes == (
        "app.calls: 1 row is tied to the person only by a value that others may have: left",
    )
    assert (outcome.status.value, outcome.justification) == ("partially_fulfilled", "unconfirmed")


def test_a_key_names_one_of_a_family_with_one_address(world):
    """What three rows share is left, with who else has it; the two others stay as they are."""
    rest = [(n, ANNA, None, f"u{n}") for n in (2, 3)]
    world.put("people", (1, ANNA, None, "u1"), *rest)
    world.put("notes", (1, 1, "hers"), (2, 2, "his"))
    plan = world.plan(Identity("people.id", "1"))
    assert plan.problems == ()
    assert "app.people row 2, app.people row 3 too: left" in plan.notes[0]
    assert world.erase(Identity("people.id", "1")).status.value == "fulfilled"
    assert (world.read("people"), world.read("notes")) == (rest, [(2, 2, "his")])


def test_a_key_leads_to_what_is_that_rows_alone(world):
    """An address that no other row of people has is the person's, as if it had been given."""
    world.put("people", (1, ANNA, None, "u1"), (2, BERT, None, "u2"))
    given, learnt = Identity("people.id", "1"), email(ANNA)
    assert learnt in _reached(world, given).learnt


def test_a_chain_to_a_second_row_is_told_from_its_beginning(world):
    """E-mail to row 1, its name to row 2: that is not yet the same person."""
    world.put("people", (1, ANNA, None, "anna"), (2, BERT, None, "anna"))
    plan = world.plan(email(ANNA))
    assert plan.problems[0].endswith(
        "e-mail a…@… → app.people row 1;"
        " e-mail a…@… → app.people row 1 → username a… → app.people row 2 (PK245)"
    )


def test_a_yes_is_to_exactly_the_people_that_were_shown(world):
    """The same two are the same question; a third is another one."""
    world.put("people", (1, ANNA, None, "a1"), (2, ANNA, None, "a2"))
    first, same = world.plan(email(ANNA)), world.plan(email(ANNA))
    world.put("people", (3, ANNA, None, "a3"))
    assert first.problems_digest == same.problems_digest
    assert world.plan(email(ANNA)).problems_digest != first.problems_digest


def test_a_yes_does_what_was_shown(world):
    """Both rows go, and what is theirs."""
    world.put("people", (1, ANNA, None, "a1"), (2, ANNA, None, "a2"), (3, BERT, None, "b3"))
    world.put("notes", (1, 1, "a"), (2, 2, "a"), (3, 3, "b"))
    means = world.open()
    plan = flow.plan_request(
        means, RequestType.ERASURE, (email(ANNA),), plan_id="p", request_id="r"
    )
    flow.approve(means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest)
    flow.execute(means, "p", plan.targets_digest)
    means.connectors["app"].close()
    assert world.read("people") == [(3, BERT, None, "b3")]
    assert world.read("notes") == [(3, 3, "b")]


def test_every_right_stops_at_a_second_person(world):
    """Whatever is asked: rows of two people are a question first."""
    world.put("people", (1, ANNA, None, "a1"), (2, ANNA, None, "a2"))
    asked = [kind for kind in RequestType if kind not in flow.CHOICES]
    found = [world.plan(email(ANNA), kind=kind).problems for kind in asked]
    assert [kind for kind, said in zip(asked, found, strict=True) if "PK245" not in str(said)] == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("email", BERT, 1), ("email", "new@x.example", 0), ("phone", "+49 170 1234567", 0)],
)
def test_nobody_is_given_the_address_of_somebody_else(world, field, value, said):
    """Every request by it would reach both; a telephone may be several people's."""
    world.put("people", (1, ANNA, None, "a1"), (2, BERT, "+49 170 1234567", "b2"))
    means = world.open()
    changes = {"app.people": {field: value}}
    plan = flow.plan_request(
        means,
        RequestType.RECTIFICATION,
        (email(ANNA),),
        plan_id="p",
        request_id="r",
        changes=changes,
    )
    means.connectors["app"].close()
    whole = f"app.people.{field}: the new value is somebody else's: it stands in app.people row 2"
    assert plan.problems == (f"{whole} (PK433)",) * said


def test_a_value_that_everybody_has_does_not_lead_on(world):
    """An address of a whole company stands in more rows than one person has."""
    world.put("people", *((n, "office@x.example", None, f"name{n}") for n in range(1, 40)))
    outcome = world.erase(Identity("people.id", "7"))
    assert len(world.read("people")) == 38
    assert outcome.status.value in {"fulfilled", "partially_fulfilled"}
    plan = world.plan(Identity("people.id", "8"))
    assert plan.problems == ()
    assert "held by more than 10 rows of people: it was not followed" in plan.notes[0]


def test_a_value_that_everybody_has_is_refused(world):
    """Nobody can say who of hundreds asks."""
    world.put("people", *((n, "office@x.example", None, f"name{n}") for n in range(1, 120)))
    with pytest.raises(PlanError, match="more than 100 rows of people hold the email given"):
        world.plan(email("office@x.example"))


NEAR = [
    "rené@x.example", "Rene@x.example", "RENE@X.EXAMPLE", "rene@x.example ", " rene@x.example",
    "rene@x.example\t", "\uff52ene@x.example", "reñe@x.example", "rene\u0301@x.example",
]  # fmt: skip


def test_values_are_compared_by_their_characters(world):
    """Not by a collation: accents, case, width and spaces at an end tell two people apart."""
    others = [(n, value, None, f"r{n}") for n, value in enumerate(NEAR, 2)]
    notes = [(n, n, "note") for n, *_ in others]
    world.put("people", (1, "rene@x.example", None, "r1"), *others)
    world.put("notes", (1, 1, "one"), *notes)
    outcome = world.erase(email("rene@x.example"))
    assert world.read("people") == others
    assert world.read("notes") == notes
    assert outcome.results[0].error is None


NUMBERS = [
    "01",
    "1.0",
    "1abc",
    "true",
    "+1",
    "1e0",
    "1 ",
    "\uff10",
    "\uff11",
    "1_0",
    "9" * 20,
    "9" * 5000,
]


def test_a_number_is_taken_as_it_is_written(world):
    """What a database reads as 1 is not therefore customer 1; what it cannot hold is nobody."""
    world.put("people", (1, ANNA, None, "a1"), (10, BERT, None, "b1"))
    asked = [Identity("people.id", value) for value in NUMBERS if _askable(value)]
    assert [rows for one in asked if (rows := _rows(world, one))] == []


def _askable(value: str) -> bool:
    """Say whether *value* may be asked by at all."""
    return names_somebody(Identity("people.id", value))


def test_a_text_is_not_read_as_a_number(world):
    """Names 7 and 07 and 7x are three."""
    world.put("people", (1, ANNA, None, "77"), (2, BERT, None, "077"), (3, None, None, "77x"))
    assert [row.row.key for row in _rows(world, Identity("username", "77"))] == [(1,)]


def test_two_tables_with_one_type_of_key_are_not_one_person(tmp_path):
    """Customer 1 is not employee 1, whatever the map calls their numbers."""
    text = MAP.replace("people.id", "controller_customer_id") + (
        "[collections.app.staff]\nsubject = true\n[collections.app.staff.fields]\n"
        'id = { category = "user.unique_id", identity = "controller_customer_id" }\n'
        'email = { category = "user.contact.email", identity = "email" }\n'
    )
    staff = "create table staff (id integer primary key, email varchar(100))"
    world = World(f"sqlite:///{tmp_path}/w.db", text, (*TABLES, staff))
    world.put("people", (1, ANNA, None, "a1"))
    world.put("staff", (1, BERT))
    outcome = world.erase(email(ANNA))
    left = world.read("staff")
    plan = world.plan(Identity("controller_customer_id", "1"))
    world.close()
    assert left == [(1, BERT)]
    assert outcome.status.value == "fulfilled"
    assert plan.problems == ()


def test_a_row_with_another_address_is_doubted(tmp_path):
    """A number that leads to somebody with another address may be another one's number."""
    text = MAP + (
        "[collections.app.members]\nsubject = true\n[collections.app.members.fields]\n"
        'id = "system.operations"\n'
        'person = { category = "user.unique_id", identity = "people.id" }\n'
        'email = { category = "user.contact.email", identity = "email" }\n'
    )
    members = "create table members (id integer primary key, person integer, email varchar(100))"
    world = World(f"sqlite:///{tmp_path}/w.db", text, (*TABLES, members))
    world.put("people", (1, ANNA, None, "a1"))
    world.put("members", (5, 1, BERT))
    plan = world.plan(email(ANNA))
    world.close()
    chain = "e-mail a…@… → app.people row 1 → people.id … → app.members row 5"
    words = f"app.members: maybe somebody else, it holds another email: {chain} (PK245)"
    assert plan.problems == (words,)


def _reached(world: World, *given: Identity):
    means = world.open()
    try:
        return find_person(means, given)
    finally:
        means.connectors["app"].close()


def _rows(world: World, *given: Identity):
    return list(_reached(world, *given).rows.values())


def test_sqlite_looks_into_columns_of_any_type(tmp_path):
    """A text in a column declared a number is found, and taken for no number."""
    engine = create_engine(f"sqlite:///{tmp_path}/w.db")
    engine.dispose()
    tables = (TABLES[0].replace("email varchar(100)", "email string"), *TABLES[1:])
    world = World(f"sqlite:///{tmp_path}/w.db", MAP, tables)
    with world.engine.begin() as connection:
        connection.exec_driver_sql(f"insert into people values (1, '{ANNA}', null, 'a1')")
    found = [row.row.key for row in _rows(world, email(ANNA))]
    world.close()
    assert found == [(1,)]
