"""A correction counts where the new value stands afterwards, in databases, files and lakes."""

from __future__ import annotations

import json

import pytest

from privacykit.connectors.files import FilesConnector
from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.parquet.places import FolderPlace
from privacykit.connectors.lakehouse.parquet.tables import ParquetTables
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Identity, RequestStatus, RequestType
from privacykit.testing.plans import MemoryPlans

HEAD = '[datasets.app]\npath = "."\nmax_proportion = 1.0\n'
LAKE = HEAD + 'connector = "parquet"\n'
PEOPLE = """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = { category = "user.unique_id", identity = "people.id" }
email = { category = "user.contact.email", identity = "email" }
name = "user.name"
PLACE = "user.contact.email"
"""
INSIDE = '"meta -> $.contact.email"'
ME = [Identity("email", "me@x.example")]
NEW = "right@x.example"
WAYS = {
    "nothing": (None, {"contact": {"email": NEW}}),
    "an empty document": ("{}", {"contact": {"email": NEW}}),
    "nothing at the place": ('{"contact": {"email": null}}', {"contact": {"email": NEW}}),
    "beside the place": (
        '{"a": 1, "contact": {"tel": "5"}}',
        {"a": 1, "contact": {"tel": "5", "email": NEW}},
    ),
    "at the place": ('{"contact": {"email": "old@x.example"}}', {"contact": {"email": NEW}}),
}


def _people(sql_url, document):
    kind = "jsonb" if sql_url.startswith("postgresql") else "json"
    meta = "null" if document is None else f"'{document}'"
    collate = "collate nocase" if sql_url.startswith("sqlite") else ""
    return [
        (
            f"create table people (id int primary key, email varchar(90), name varchar(90) {collate},"
            f" meta {kind})"
        ),
        f"insert into people values (1, 'me@x.example', 'anna', {meta})",
    ]


def _correct(means, place, value):
    changes = {"app.people": {place: value}}
    plan = flow.plan_request(
        means, RequestType.RECTIFICATION, ME, plan_id="p", request_id="r", changes=changes
    )
    accepted = plan.problems_digest
    flow.approve(means, "p", plan.targets_digest, "op", accept_problems=accepted)
    return plan, flow.conclude(means, plan, flow.execute(means, "p", plan.targets_digest))


@pytest.mark.parametrize("way", WAYS)
def test_a_place_in_a_document_is_made_for_a_correction(way, world, sql_url):
    """What stands beside it stays."""
    before, after = WAYS[way]
    shop = world(sql_url, _people(sql_url, before), PEOPLE.replace("PLACE", INSIDE))
    _, outcome = _correct(shop.means, "meta -> $.contact.email", NEW)
    (row,) = shop.rows("people")
    assert (row[3] if isinstance(row[3], dict) else json.loads(row[3])) == after
    assert (outcome.status, outcome.results[0].rows_changed) == (RequestStatus.FULFILLED, 1)


def test_a_place_that_cannot_be_made_is_a_problem_and_no_correction(world, sql_url):
    """Something else stands in its way: the plan says so, and the receipt."""
    tables = _people(sql_url, '{"contact": "none"}')
    shop = world(sql_url, tables, PEOPLE.replace("PLACE", INSIDE))
    plan, outcome = _correct(shop.means, "meta -> $.contact.email", NEW)
    assert [problem.rpartition(" ")[2] for problem in plan.problems] == ["(PK273)"]
    assert (outcome.status, outcome.results[0].rows_changed) == (
        RequestStatus.PARTIALLY_FULFILLED,
        0,
    )


def test_capitals_are_corrected_whatever_the_database_holds_for_the_same(world, sql_url):
    """No row is called right already for a collation."""
    shop = world(sql_url, _people(sql_url, None), PEOPLE.replace("PLACE", INSIDE))
    _, outcome = _correct(shop.means, "name", "Anna")
    assert (shop.rows("people")[0][2], outcome.results[0].rows_changed) == ("Anna", 1)


def _stored(store, folder, rows):
    text = PEOPLE.replace("PLACE", '"contact.email"')
    if store == "files":
        (folder / "people.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return FilesConnector(datamap := parse_datamap(HEAD + text), "app", folder), datamap
    import pyarrow as pa
    from pyarrow import parquet

    (folder / "people").mkdir()
    parquet.write_table(pa.Table.from_pylist(rows), folder / "people" / "part.parquet")
    datamap = parse_datamap(LAKE + text)
    return LakeConnector(datamap, "app", ParquetTables(FolderPlace(folder))), datamap


@pytest.mark.parametrize("store", ["files", "lake"])
def test_a_place_inside_is_made_in_files_and_lakes(store, tmp_path):
    """A row without the place is corrected like one that has it."""
    rows = [
        {"id": 1, "email": "me@x.example", "name": "Anna", "contact": None},
        {"id": 2, "email": "you@x.example", "name": "Bert", "contact": {"email": "b@x.example"}},
    ]
    connector, datamap = _stored(store, tmp_path, rows)
    means = GovernContext(
        datamap, {"app": connector}, MemoryPlans(), lambda: 1.0, lambda size: b"s" * size
    )
    _, outcome = _correct(means, "contact.email", NEW)
    lines = (tmp_path / "people.jsonl").read_text().splitlines() if store == "files" else ()
    rows = map(json.loads, lines) if lines else connector.every_row("people")
    found = sorted((row["id"], row["contact"]) for row in rows)
    assert found == [(1, {"email": NEW}), (2, {"email": "b@x.example"})]
    assert outcome.results[0].rows_changed == 1


def test_a_place_that_cannot_be_made_in_a_file_is_no_correction(tmp_path):
    """Something else stands in its way."""
    row = {"id": 1, "email": "me@x.example", "name": "Anna", "contact": "none"}
    other = {"id": 2, "email": "you@x.example", "contact": {"email": "b@x.example"}}
    connector, datamap = _stored("files", tmp_path, [row, other])
    means = GovernContext(
        datamap, {"app": connector}, MemoryPlans(), lambda: 1.0, lambda size: b"s" * size
    )
    _, outcome = _correct(means, "contact.email", NEW)
    assert (outcome.status, outcome.results[0].rows_changed) == (
        RequestStatus.PARTIALLY_FULFILLED,
        0,
    )
