"""A row that a hold names keeps the rows that it points at, in files and lakes as in databases."""

import json
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from privacykit.connectors.files.connector import FilesConnector
from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.duckdb.file import DuckDBFile
from privacykit.connectors.lakehouse.duckdb.tables import DuckDBTables
from privacykit.connectors.lakehouse.parquet.places import FolderPlace
from privacykit.connectors.lakehouse.parquet.tables import ParquetTables
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Hold, Identity, RequestStatus, RequestType, RowCondition
from privacykit.govern.retention.any_connector import ConnectorPurger
from privacykit.govern.retention.purger import Retains
from privacykit.govern.retention.rules import rules
from privacykit.govern.retention.run import Limits, RetentionRun
from privacykit.sinks.storage.turns import folder_turn
from privacykit.testing.plans import MemoryPlans
from tests.connectors.test_files_retention import _Clock, _Ledger

NOW = datetime(2026, 11, 30, tzinfo=UTC).timestamp()
MAP = """
[datasets.shop]
path = "."
connector = "{kind}"
effect = "logical"
max_proportion = 1.0
[collections.shop.people]
retention = {{ duration = "30 days", from = "since" }}
subject = true
[collections.shop.people.fields]
id = {{ exclude = "a number" }}
email = {{ category = "user.contact.email", identity = "email" }}
since = {{ exclude = "a day" }}
parent = {{ exclude = "a number", relation = "accessed_by", references = "people.id" }}
[collections.shop.orders.fields]
id = {{ exclude = "a number" }}
person = {{ exclude = "a number", relation = "owned_by", references = "people.id" }}
text = "user.content"
[collections.shop.items.fields]
id = {{ exclude = "a number" }}
ordered = {{ exclude = "a number", relation = "owned_by", references = "orders.id" }}
text = "user.content"
"""
ROWS = {
    "people": [
        {"id": 1, "email": "anna@shop.example", "since": "2026-01-01", "parent": 3},
        {"id": 2, "email": "bert@shop.example", "since": "2026-01-01", "parent": None},
        {"id": 3, "email": "cleo@shop.example", "since": "2026-01-01", "parent": 4},
        {"id": 4, "email": "dora@shop.example", "since": "2026-01-01", "parent": None},
    ],
    "orders": [
        {"id": 10, "person": 1, "text": "a lamp"},
        {"id": 11, "person": 1, "text": "a chair"},
        {"id": 12, "person": 2, "text": "a table"},
    ],
    "items": [
        {"id": 100, "ordered": 10, "text": "bulb"},
        {"id": 101, "ordered": 11, "text": "leg"},
        {"id": 102, "ordered": 12, "text": "top"},
    ],
}


class _Lines:
    kind = "files"

    def write(self, folder):
        for name, rows in ROWS.items():
            text = "".join(json.dumps(row) + "\n" for row in rows)
            (folder / f"{name}.jsonl").write_text(text)

    def connector(self, datamap, folder):
        return FilesConnector(datamap, "shop", folder)

    def rows(self, folder, name):
        file = folder / f"{name}.jsonl"
        return [json.loads(line) for line in file.read_text().splitlines()]


class _Parquet(_Lines):
    kind = "parquet"

    def write(self, folder):
        for name, rows in ROWS.items():
            (folder / name).mkdir()
            parquet.write_table(pa.Table.from_pylist(rows), folder / name / "part.parquet")

    def connector(self, datamap, folder):
        return LakeConnector(datamap, "shop", ParquetTables(FolderPlace(folder)))

    def rows(self, folder, name):
        files = sorted((folder / name).glob("*.parquet"))
        return [row for file in files for row in parquet.read_table(file).to_pylist()]


class _DuckDB(_Lines):
    kind = "duckdb"

    def write(self, folder):
        with duckdb.connect(str(folder / "shop.duckdb")) as owner:
            for name, rows in ROWS.items():
                owner.register("told", pa.Table.from_pylist(rows))
                owner.execute(f"create table {name} as select * from told")

    def connector(self, datamap, folder):
        file = DuckDBFile(folder / "shop.duckdb", folder_turn)
        return LakeConnector(datamap, "shop", DuckDBTables(file))

    def rows(self, folder, name):
        with duckdb.connect(str(folder / "shop.duckdb")) as owner:
            found = owner.sql(f"select * from {name} order by id").to_arrow_table()
            return found.to_pylist()


@pytest.fixture(params=[_Lines, _Parquet, _DuckDB], ids=lambda kind: kind.kind)
def shop(request, tmp_path):
    """A shop in files."""
    made = request.param()
    made.write(tmp_path)
    return made


def _hold(collection, *where):
    return Hold("h", "shop", collection, where, "court", "op", 0.0, 1.0)


def _erase(shop, folder, email, *holds):
    datamap = parse_datamap(MAP.format(kind=shop.kind))
    to = GovernContext(
        datamap,
        {"shop": shop.connector(datamap, folder)},
        MemoryPlans(),
        lambda: NOW,
        lambda size: b"s" * size,
        lambda: holds,
        key=b"k" * 32,
    )
    who = [Identity("email", email)]
    made = flow.plan_request(to, RequestType.ERASURE, who, plan_id="p", request_id="r")
    flow.approve(to, "p", made.targets_digest, "op", accept_problems=made.problems_digest)
    flow.execute(to, "p", made.targets_digest)
    return flow.verify(to, "p")


def _ids(shop, folder):
    return {name: [row["id"] for row in shop.rows(folder, name)] for name in ROWS}


def test_without_a_hold_all_goes(shop, tmp_path):
    """And nobody else's."""
    outcome = _erase(shop, tmp_path, "anna@shop.example")
    assert outcome.status is RequestStatus.FULFILLED
    assert _ids(shop, tmp_path) == {"people": [2, 3, 4], "orders": [12], "items": [102]}


def test_a_held_item_keeps_its_order_and_person(shop, tmp_path):
    """The other order of the person goes."""
    outcome = _erase(
        shop, tmp_path, "anna@shop.example", _hold("items", RowCondition("id", "=", 100))
    )
    assert outcome.status is RequestStatus.PARTIALLY_FULFILLED
    assert _ids(shop, tmp_path) == {
        "people": [1, 2, 3, 4],
        "orders": [10, 12],
        "items": [100, 102],
    }
    assert shop.rows(tmp_path, "people")[0]["email"] is None


def test_a_held_person_of_others_keeps_the_whole_line(shop, tmp_path):
    """Rows that point at rows of their own collection, one behind another."""
    outcome = _erase(
        shop, tmp_path, "dora@shop.example", _hold("people", RowCondition("id", "=", 1))
    )
    assert outcome.status is not RequestStatus.FULFILLED
    assert _ids(shop, tmp_path)["people"] == [1, 2, 3, 4]


def test_retention_keeps_what_a_held_row_points_at(shop, tmp_path):
    """Of people who are overdue only those stay whom the held item needs, and theirs."""
    datamap = parse_datamap(MAP.format(kind=shop.kind))
    at = shop.connector(datamap, tmp_path)
    holds = (_hold("items", RowCondition("id", "=", 100)),)
    keys = {"key": b"k" * 32, "salt": b"s" * 32}
    purger = at.purger(**keys) if isinstance(at, Retains) else ConnectorPurger(at, **keys)
    run = RetentionRun(_Ledger(), lambda: holds, _Clock(), Limits(pause=0), "me")
    task = next(rule for rule in rules(datamap, NOW, {}) if rule.collection == "people")
    ran = run.rule(task, purger)
    assert (ran.parts, [row["id"] for row in shop.rows(tmp_path, "people")]) == ((), [1, 3, 4])
