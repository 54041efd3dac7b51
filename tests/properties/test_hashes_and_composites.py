"""
Only the person who asked, where values are hashes and keys and names have several columns.

People of two tenants have keys of two columns, an address, a hash of one, a name with a day of
birth; leads have an address, a second one and a hash. All are drawn from few values: shared, empty,
placeholders, alike to a collation. Who is meant is worked out beside it. Either the plan has a
problem and nothing is done, or every row given for is gone, everything else that is gone leads
there by an address, and no other row is different. `PRIVACYKIT_EXAMPLES=5000` runs so many.
"""

from __future__ import annotations

import os
from collections import Counter
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, ForeignKeyConstraint, Integer, MetaData, String, Table

from privacykit.connectors.sql import SqlConnector
from privacykit.connectors.sql.database import open_database
from privacykit.errors import InputError, PlanError
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.planning.plan import PlanScope, context_of
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.identity.usable import names_somebody
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

EXAMPLES = int(os.environ.get("PRIVACYKIT_EXAMPLES", "40"))
EMAIL = 'category = "user.contact.email", identity = "email"'
MAP = f"""
[datasets.g]
url = "sqlite://"
max_proportion = 1.0
[collections.g.people]
subject = true
identities = [{{ type = "born_as", parts = {{ name = "name", born = "born" }} }}]
[collections.g.people.fields]
tenant = "system.operations"
id = "system.operations"
email = {{ {EMAIL} }}
hashed = {{ {EMAIL}, format = "sha256" }}
name = "user.name"
born = "user.demographic.date_of_birth"
[collections.g.leads]
subject = true
[collections.g.leads.fields]
id = "system.operations"
email = {{ {EMAIL} }}
second = {{ {EMAIL} }}
hashed = {{ {EMAIL}, format = "sha256" }}
[collections.g.notes]
relations = [{{ kind = "owned_by", columns = ["tenant", "owner"] }}]
[collections.g.notes.fields]
id = "system.operations"
tenant = "system.operations"
owner = "system.operations"
email = {{ {EMAIL} }}
body = "user.content"
"""
_meta = MetaData()
_INT = {"primary_key": True, "autoincrement": False}
TABLES = {
    "people": Table(
        "people", _meta, Column("tenant", Integer, **_INT), Column("id", Integer, **_INT),
        *(Column(name, String(80)) for name in ("email", "hashed", "name", "born")),
    ),
    "leads": Table(
        "leads", _meta, Column("id", Integer, **_INT),
        *(Column(name, String(80)) for name in ("email", "second", "hashed")),
    ),
    "notes": Table(
        "notes", _meta, Column("id", Integer, **_INT), Column("tenant", Integer),
        Column("owner", Integer), Column("email", String(80)), Column("body", String(20)),
        ForeignKeyConstraint(["tenant", "owner"], ["people.tenant", "people.id"]),
    ),
}  # fmt: skip
KEYS = {"people": ("tenant", "id"), "leads": ("id",), "notes": ("id",)}


def _hash(value):
    return sha256(value.encode()).hexdigest()


MAILS = ["ann@x.example", "Ann@x.example", "rene@x.example", "rené@x.example", "bob@x.example"]
EMAILS = st.sampled_from([None, "", "n/a", "none@none.com", *MAILS])
HASHES = st.sampled_from(
    [None, "", *map(_hash, ["", "none@none.com", "noreply@shop.example", *MAILS])]
)
NAMES = st.sampled_from([None, "", "Ann", "ann", "René", "Rene"])
DAYS = st.sampled_from([None, "2000-01-01", "2000-01-02"])
PEOPLE = st.lists(st.tuples(EMAILS, HASHES, NAMES, DAYS), min_size=1, max_size=5)
LEADS = st.lists(st.tuples(EMAILS, EMAILS, HASHES), max_size=4)
NOTES = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(["both", "tenant", "none"]), EMAILS), max_size=5
)
GIVEN = st.one_of(
    st.sampled_from(MAILS).map(lambda v: Identity("email", v)),
    st.sampled_from([*MAILS, "none@none.com"]).map(lambda v: Identity("email", _hash(v), "sha256")),
    st.tuples(NAMES, DAYS).map(
        lambda pair: Identity(
            "born_as", "", parts=(("born", pair[1] or ""), ("name", pair[0] or ""))
        )
    ),
)


def _rows(people, leads, notes):
    made = {
        "people": [
            {"tenant": 1 + n % 2, "id": 1 + n // 2, "email": e, "hashed": h, "name": a, "born": b}
            for n, (e, h, a, b) in enumerate(people)
        ],
        "leads": [
            {"id": n, "email": e, "second": s, "hashed": h}
            for n, (e, s, h) in enumerate(leads, 1)
        ],
        "notes": [],
    }  # fmt: skip
    for n, (place, tied, email) in enumerate(notes, 1):
        whose = made["people"][place % len(people)]
        tenant = None if tied == "none" else whose["tenant"]
        owner = whose["id"] if tied == "both" else None
        note = {"id": n, "tenant": tenant, "owner": owner, "email": email, "body": f"note {n}"}
        made["notes"].append(note)
    return made


def _fill(engine, made):
    with engine.begin() as connection:
        for name in reversed(TABLES):
            connection.execute(TABLES[name].delete())
        for name, rows in made.items():
            if rows:
                connection.execute(TABLES[name].insert(), rows)


def _read(engine):
    with engine.connect() as connection:
        return {
            name: {
                tuple(row[k] for k in KEYS[name]): dict(row)
                for row in connection.execute(table.select()).mappings()
            }
            for name, table in TABLES.items()
        }


def _raw(row):
    return {v for c in ("email", "second") if (v := row.get(c)) and _somebody(v)}


def _somebody(value):
    return names_somebody(Identity("email", value))


def _names(row, identity):
    """Say, worked out here, whether *identity* stands in *row*."""
    if identity.parts:
        return (row.get("name"), row.get("born")) == tuple(dict(identity.parts)[p] for p in _PARTS)
    if identity.format == "raw":
        forms = {identity.value, identity.value.strip().lower()}
        return bool(forms & _raw(row)) or row["hashed"] in {_hash(form) for form in forms}
    hashed = {_hash(value.strip().lower()) for value in _raw(row)}
    return identity.value in hashed or row["hashed"] == identity.value


_PARTS = ("name", "born")


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mariadb"])
def test_only_the_person_who_asked(dialect, request, tmp_path_factory):
    """By an address, by a hash of one, by a name with a day of birth."""
    folder = tmp_path_factory.mktemp("hashes")
    url = f"sqlite:///{folder}/g.db"
    if dialect != "sqlite":
        url = request.getfixturevalue(f"{dialect}_url")
    engine = open_database(url)
    datamap = parse_datamap(MAP)
    _meta.create_all(engine)
    connector = SqlConnector.open(datamap, "g", url)
    ended = Counter()

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(people=PEOPLE, leads=LEADS, notes=NOTES, asked=st.lists(GIVEN, min_size=1, max_size=2))
    def law(people, leads, notes, asked):
        _fill(engine, _rows(people, leads, notes))
        means = GovernContext(
            datamap, {"g": connector}, MemoryPlans(), lambda: 1.0, lambda n: b"r" * n
        )
        ended[_law(engine, means, tuple(asked))] += 1

    law()
    connector.close()
    engine.dispose()
    assert ended["erased"], "no example went as far as an erasure"


def _law(engine, means, asked):
    before = _read(engine)
    try:
        plan = flow.plan_request(means, RequestType.ERASURE, asked, plan_id="p", request_id="r")
    except InputError:
        assert not all(map(names_somebody, asked))
        return "refused"
    people = {(name, key) for name in ("people", "leads") for key in before[name]}
    found = {(n, key) for n, key in people if any(_names(before[n][key], it) for it in asked)}
    if len({name for name, _ in found}) < len(found):
        assert plan.problems != ()
    if plan.problems:
        with pytest.raises(PlanError):
            flow.approve(means, "p", plan.targets_digest, "op")
        assert _read(engine) == before
        return "problem"
    _nobody_else_is_shown(means, asked)
    flow.approve(means, "p", plan.targets_digest, "op")
    flow.execute(means, "p", plan.targets_digest)
    flow.verify(means, "p")
    after = _read(engine)
    gone = {(name, key) for name, key in people if after[name].get(key) != before[name][key]}
    assert found <= gone
    assert len({name for name, _ in gone}) == len(gone)
    known = {it.value for it in asked if it.format == "raw"} - {""}
    known |= {value for name, key in gone for value in _raw(before[name][key])}
    for name, key in gone - found:
        others = [before[n][k] for n, k in gone - {(name, key)}]
        led = {Identity("email", value) for row in others for value in _raw(row)}
        assert any(_names(before[name][key], it) for it in led)
    # Whose second address nobody knows may be whose row it is: never without a yes.
    told = {it.value for it in asked if it.format == "raw"}
    told |= {value for name, key in gone if name == "people" for value in _raw(before[name][key])}
    for name, key in gone:
        if name == "leads" and len(_raw(before[name][key])) > 1:
            assert _folded(_raw(before[name][key])) <= _folded(told)
    owners = {key for name, key in gone if name == "people"}
    for key, note in before["notes"].items():
        tied = (note["tenant"], note["owner"])
        if tied in owners:
            assert key not in after["notes"]
        elif None in tied:
            hashed = {it.value for it in asked if it.format == "sha256"}
            named = {email for email in MAILS if _hash(email.strip().lower()) in hashed}
            stays = note["email"] not in _spelled(known) | named
            assert after["notes"].get(key) == (note if stays else None)
        else:
            # Whose address stands in somebody else's note is nobody's to delete.
            assert after["notes"][key] | {"email": note["email"]} == note
    return "erased"


def _folded(values):
    return {value.casefold() for value in values}


def _spelled(values):
    return values | {value.strip().lower() for value in values}


def _nobody_else_is_shown(means, asked):
    subject = find_person(means, asked).subject
    scope = PlanScope(subject, asked, RequestType.ACCESS.value)
    context = context_of(means, scope, b"")
    for name in ("people", "leads"):
        keys = {tuple(key) for key in subject.roots.get(f"g.{name}", ())}
        shown = [
            tuple(row[column] for column in KEYS[name])
            for row in means.connectors["g"].rows(name, context)
        ]
        assert set(shown) == keys
        assert len(shown) == len(keys)
