"""
Only the person who asked, whatever stands in the identities of a schema and whatever a store takes.

People are generated with values that are shared, empty, placeholders, alike to a collation, equal
but for their case, on each database. Who is meant is worked out beside it: rows that hold a value
given, character by character. Either the plan has a problem, or that one person is erased and every
other row is what it was. `PRIVACYKIT_EXAMPLES=5000` runs so many.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table

from privacykit.connectors.sql import SqlConnector
from privacykit.connectors.sql.database import open_database
from privacykit.errors import InputError, PlanError
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

EXAMPLES = int(os.environ.get("PRIVACYKIT_EXAMPLES", "40"))

MAP = """
[datasets.g]
url = "sqlite://"
max_proportion = 1.0
[collections.g.people]
subject = true
[collections.g.people.fields]
id = { category = "user.unique_id", identity = "people.id" }
email = { category = "user.contact.email", identity = "email" }
phone = { category = "user.contact.phone_number", identity = "phone_number" }
login = { category = "user.account.username", identity = "login" }
[collections.g.staff]
subject = true
[collections.g.staff.fields]
id = { category = "user.unique_id", identity = "staff.id" }
email = { category = "user.contact.email", identity = "email" }
phone = { category = "user.contact.phone_number", identity = "phone_number" }
login = { category = "user.account.username", identity = "login" }
[collections.g.notes.fields]
id = "system.operations"
owner = { category = "user.unique_id", relation = "owned_by", references = "people.id" }
agent = { category = "user.unique_id", relation = "accessed_by", references = "staff.id" }
body = "user.content"
[collections.g.letters.fields]
id = "system.operations"
email = { category = "user.contact.email", identity = "email" }
"""
PHONES_TEACH = MAP.replace(
    'identity = "phone_number" }', 'identity = "phone_number", teaches = true }'
)
MAPS = {"safe": (MAP, {"email", "login"}), "phones": (PHONES_TEACH, {"email", "login", "phone"})}
"""Maps, and the columns of people whose values lead on."""
_metadata = MetaData()
_PERSON = ("email", "phone", "login")
TABLES = {
    **{
        name: Table(
            name,
            _metadata,
            Column("id", Integer, primary_key=True, autoincrement=False),
            *(Column(column, String(60)) for column in _PERSON),
        )
        for name in ("people", "staff")
    },
    "notes": Table(
        "notes",
        _metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("owner", Integer),
        Column("agent", Integer),
        Column("body", String(60)),
    ),
    "letters": Table(
        "letters",
        _metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("email", String(60)),
    ),
}
EMAILS = st.sampled_from(
    [None, "", " ", "-", "n/a", "none@none.com", "noreply@x.example", "rene@x.example",
     "René@x.example", "rené@x.example", "RENE@x.example", "rene@x.example ", "ann@x.example",
     "Ann@x.example", "bob@x.example", "office@x.example", "rene@x.example", "ann@x.example"]
)  # fmt: skip
PHONES = st.sampled_from([None, "", "0", "-", "+49 30 123456", "+49 30 123456", "+49 30 654321"])
LOGINS = st.sampled_from(
    [None, "", "none", "x", "anna", "Anna", "änna", "anna ", "bob", "1", "01", "1x", "rené", "rene"]
)
PEOPLE = st.lists(st.tuples(EMAILS, PHONES, LOGINS), min_size=1, max_size=6)
GIVEN = st.one_of(
    EMAILS.map(lambda v: ("email", v)),
    PHONES.map(lambda v: ("phone_number", v)),
    LOGINS.map(lambda v: ("login", v)),
    st.sampled_from(["1", "2", "01", "1.0", "1x", "true", "99"]).map(lambda v: ("people.id", v)),
)


def _fill(engine, people, staff, notes):
    rows = {
        "people": [
            {"id": n, **dict(zip(_PERSON, row, strict=True))} for n, row in enumerate(people, 1)
        ],
        "staff": [
            {"id": n, **dict(zip(_PERSON, row, strict=True))} for n, row in enumerate(staff, 1)
        ],
        "notes": [
            {"id": n, "owner": owner, "agent": agent, "body": f"note {n}"}
            for n, (owner, agent) in enumerate(notes, 1)
        ],
        "letters": [
            {"id": n, "email": row[0]} for n, row in enumerate((*people, *staff), 1) if row[0]
        ],
    }
    with engine.begin() as connection:
        for name, found in rows.items():
            connection.execute(TABLES[name].delete())
            if found:
                connection.execute(TABLES[name].insert(), found)
    return rows


def _read(engine):
    with engine.connect() as connection:
        return {
            name: {row["id"]: dict(row) for row in connection.execute(table.select()).mappings()}
            for name, table in TABLES.items()
        }


def _holds(row, name, kind, value):
    if kind.endswith(".id"):
        return kind == f"{name}.id" and str(row["id"]) == value
    column = {"phone_number": "phone"}.get(kind, kind)
    same = {value, value.strip().lower()} if kind == "email" else {value}
    return row[column] in same


@pytest.mark.parametrize(
    ("dialect", "map_"),
    [("sqlite", "safe"), ("postgres", "safe"), ("mariadb", "safe"), ("sqlite", "phones")],
)
def test_only_the_person_who_asked(dialect, map_, request, tmp_path_factory):
    """A problem, or that person's rows and no other; a letter to them goes along."""
    folder = tmp_path_factory.mktemp("who")
    url = (
        f"sqlite:///{folder}/g.db"
        if dialect == "sqlite"
        else request.getfixturevalue(f"{dialect}_url")
    )
    engine = open_database(url)
    text, leading = MAPS[map_]
    datamap = parse_datamap(text)
    _metadata.create_all(engine)
    connector = SqlConnector.open(datamap, "g", url)
    ended = Counter()

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(
        people=PEOPLE,
        staff=PEOPLE,
        notes=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), max_size=6),
        asked=st.lists(GIVEN, min_size=1, max_size=2),
    )
    def law(people, staff, notes, asked):
        rows = _fill(engine, people, staff, notes)
        given_ = tuple(Identity(kind, value or "") for kind, value in asked)
        means = GovernContext(
            datamap, {"g": connector}, MemoryPlans(), lambda: 1.0, lambda n: b"r" * n
        )
        ended[_law(engine, means, rows, given_, leading)] += 1

    law()
    connector.close()
    engine.dispose()
    assert ended["erased"], "no example went as far as an erasure"


def _law(engine, means, rows, given_, leading):
    before = _read(engine)
    try:
        plan = flow.plan_request(means, RequestType.ERASURE, given_, plan_id="p", request_id="r")
    except InputError:
        assert not all(map(names_somebody, given_))
        return "refused"
    assert all(map(names_somebody, given_))
    found = {
        (name, row["id"])
        for name in ("people", "staff")
        for row in rows[name]
        if any(_holds(row, name, identity.type, identity.value) for identity in given_)
    }
    if len({name for name, _ in found}) < len(found):
        assert plan.problems != ()
    if plan.problems:
        with pytest.raises(PlanError):
            flow.approve(means, "p", plan.targets_digest, "op")
        assert _read(engine) == before
        return "problem"
    flow.approve(means, "p", plan.targets_digest, "op")
    flow.execute(means, "p", plan.targets_digest)
    flow.verify(means, "p")
    after = _read(engine)
    _only_theirs(before, after, found, given_, leading)
    return "erased"


def _only_theirs(before, after, found, given_, leading):
    # A row that a note of somebody else's points at stays, and says nothing any more.
    left = {(name, n): after[name].get(n) for name in ("people", "staff") for n in before[name]}
    gone = {(name, n) for (name, n), row in left.items() if row != before[name][n]}
    stripped = [row for place in gone if (row := left[place]) is not None]
    assert [row for row in stripped if any(row[column] for column in _PERSON)] == []
    assert found <= gone
    # Beyond what was given only a value that teaches leads to a row, one of each table.
    assert len({name for name, _ in gone}) == len(gone)
    known = {
        value
        for name, n in gone
        for column, value in before[name][n].items()
        if column in leading and value
    } | {identity.value for identity in given_}
    for name, n in gone - found:
        row = before[name][n]
        assert {row[column] for column in leading} & {
            value
            for other, m in gone - {(name, n)}
            for value in (before[other][m][column] for column in leading)
            if value and names_somebody(Identity("login", value))
        }
    people = {n for name, n in gone if name == "people"}
    for n, note in before["notes"].items():
        if note["owner"] in people:
            assert n not in after["notes"]
        else:
            assert after["notes"][n] == note
    for n, letter in before["letters"].items():
        if n not in after["letters"]:
            lower = {value.strip().lower() for value in known}
            assert letter["email"] in known | lower
