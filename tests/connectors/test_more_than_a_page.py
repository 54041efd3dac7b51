"""More rows than are fetched at once, on every database."""

import json
import zipfile

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, create_engine

from privacykit.connectors.sql import SqlConnector
from privacykit.export.write import Order, write_package
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext, sessions
from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

MAP = """
[datasets.app]
url = "sqlite://"
max_proportion = 1.0
[collections.app.people]
subject = true
[collections.app.people.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email" }
[collections.app.notes.fields]
id = "system"
body = "user.content"
owner = { category = "user.unique_id", relation = "owned_by" }
"""
METADATA = MetaData()
PEOPLE = Table(
    "people",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("email", String(100), unique=True),
)
NOTES = Table(
    "notes",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("body", String(100)),
    Column("owner", ForeignKey("people.id"), index=True),
)
MANY = 2500


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def means(request, tmp_path):
    """Two people with many notes each; those of the second one name the first."""
    at = request.param
    url = f"sqlite:///{tmp_path}/app.db" if at == "sqlite" else request.getfixturevalue(f"{at}_url")
    engine = create_engine(url)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        people = [{"id": 1, "email": "me@x.example"}, {"id": 2, "email": "you@x.example"}]
        connection.execute(PEOPLE.insert(), people)
        notes = [
            {"id": n, "body": f"note {n} about me@x.example", "owner": 1 + n % 2}
            for n in range(2 * MANY)
        ]
        connection.execute(NOTES.insert(), notes)
    engine.dispose()
    datamap = parse_datamap(MAP)
    connector = SqlConnector.open(datamap, "app", url)
    yield GovernContext(datamap, {"app": connector}, MemoryPlans(), lambda: 1.0, lambda n: b"r" * n)
    connector.close()


@pytest.mark.slow
def test_every_row_is_exported(means, tmp_path):
    """Reading in one session streams every page of the person's rows, and no other."""
    with sessions(means):
        person = find_person(means, (Identity("email", "me@x.example"),)).subject
        order = Order(PlanScope(person, person.identities, "access"), "r")
        package = write_package(means, order, tmp_path / "me.zip")
    with zipfile.ZipFile(tmp_path / "me.zip") as found:
        lines = found.read("data/app/notes.jsonl").splitlines()
    assert package.manifest.incomplete == ()
    assert [json.loads(line)["id"] for line in lines] == list(range(0, 2 * MANY, 2))


@pytest.mark.slow
def test_every_row_is_erased_and_every_mention_found(means):
    """No page of rows is lost, neither of the person's nor of those that the search goes through."""
    who = (Identity("email", "me@x.example"),)
    plan = flow.plan_request(means, RequestType.ERASURE, who, plan_id="p", request_id="r")
    flow.approve(means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest)
    results = flow.execute(means, "p", plan.targets_digest)
    found = means.connectors["app"].search(("me@x.example",), Context(Subject(who, {}), 1.0))
    assert sum(result.rows_changed for result in results) == MANY + 1
    assert sum(hit.rows for hit in found) == MANY
