"""Rows that lie in rows of their own collection: what was done to them is counted."""

from sqlalchemy import create_engine

from privacykit.connectors.sql import SqlConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
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
[collections.app.folders.fields]
id = "system"
name = "user.content"
owner = { category = "user.unique_id", relation = "owned_by" }
parent = { category = "system", relation = "owned_by" }
"""


def test_corrected_rows_inside_rows_are_counted(tmp_path):
    """The receipt says how many rows were corrected, also where a tree had to be walked."""
    engine = create_engine(f"sqlite:///{tmp_path}/app.db")
    with engine.begin() as connection:
        for statement in (
            "create table people (id integer primary key, email text)",
            (
                "create table folders (id integer primary key, name text,"
                " owner integer references people, parent integer references folders)"
            ),
            "insert into people values (1, 'me@x.example')",
            "insert into folders values (1, 'old', 1, null), (2, 'new', 1, 1), (3, 'old', null, 2)",
        ):
            connection.exec_driver_sql(statement)
    datamap = parse_datamap(MAP)
    connector = SqlConnector.open(datamap, "app", str(engine.url))
    means = GovernContext(
        datamap, {"app": connector}, MemoryPlans(), lambda: 1.0, lambda n: b"r" * n
    )
    who, changes = (Identity("email", "me@x.example"),), {"app.folders": {"name": "new"}}
    plan = flow.plan_request(
        means, RequestType.RECTIFICATION, who, plan_id="p", request_id="r", changes=changes
    )
    flow.approve(means, "p", plan.targets_digest, "op")
    [done] = flow.execute(means, "p", plan.targets_digest)
    connector.close()
    with engine.connect() as connection:
        names = connection.exec_driver_sql("select name from folders").scalars().all()
    engine.dispose()
    assert (done.rows_changed, done.rows_gone, names) == (2, 1, ["new"] * 3)
