"""Who is called Joanna keeps no request of Anna's open, and is shown to be looked at."""

import json

import pyarrow as pa
import pytest
from pyarrow import parquet
from sqlalchemy import create_engine, text

from privacykit.connectors.files.connector import FilesConnector
from privacykit.connectors.lakehouse.connector import LakeConnector
from privacykit.connectors.lakehouse.parquet.places import FolderPlace
from privacykit.connectors.lakehouse.parquet.tables import ParquetTables
from privacykit.connectors.sql import SqlConnector
from privacykit.connectors.sql.reading.contains import LONGEST_CELL
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.erasure.whole_values import INSIDE
from privacykit.govern.records import Effect, Identity, RequestStatus, RequestType
from privacykit.testing.plans import MemoryPlans

ROWS = [
    {"id": 1, "email": "anna@shop.example", "note": "hers"},
    {"id": 2, "email": "joanna@shop.example", "note": "wrote to joanna@shop.example"},
    {"id": 3, "email": "bert@shop.example", "note": "nobody"},
]
MAP = """
[datasets.shop]
{where}
effect = "{effect}"
max_proportion = 1.0
[collections.shop.people]
subject = true
[collections.shop.people.fields]
id = {{ exclude = "a number" }}
email = {{ category = "user.contact.email", identity = "email" }}
note = "user.content"
"""


def _sql(url, rows, effect):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "create table people (id integer primary key, email varchar(99), note varchar(99))"
            )
        )
        connection.execute(text("create index mails on people (email)"))
        connection.execute(text("insert into people values (:id, :email, :note)"), rows)
    engine.dispose()
    datamap = parse_datamap(MAP.format(where='url = "sqlite://"', effect=effect))
    return datamap, SqlConnector.open(datamap, "shop", url)


def _files(folder, rows, effect):
    (folder / "people.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    datamap = parse_datamap(MAP.format(where='path = "."', effect=effect))
    return datamap, FilesConnector(datamap, "shop", folder)


def _lake(folder, rows, effect):
    (folder / "people").mkdir()
    parquet.write_table(pa.Table.from_pylist(rows), folder / "people" / "part.parquet")
    where = 'path = "."\nconnector = "parquet"'
    datamap = parse_datamap(MAP.format(where=where, effect=effect))
    return datamap, LakeConnector(datamap, "shop", ParquetTables(FolderPlace(folder)))


def _erase(datamap, connector):
    means = GovernContext(
        datamap, {"shop": connector}, MemoryPlans(), lambda: 1.0, lambda size: b"s" * size
    )
    who = [Identity("email", "anna@shop.example")]
    made = flow.plan_request(means, RequestType.ERASURE, who, plan_id="p", request_id="r")
    flow.approve(means, "p", made.targets_digest, "op", accept_problems=made.problems_digest)
    flow.execute(means, "p", made.targets_digest)
    outcome = flow.verify(means, "p")
    connector.close()
    return outcome


def _opened(store, folder, sql_url, rows, effect):
    made = {"sql": lambda: _sql(sql_url, rows, effect)}
    made |= {"files": lambda: _files(folder, rows, effect)}
    return made.get(store, lambda: _lake(folder, rows, effect))()


def _longer(outcome):
    return sorted(
        line for result in outcome.results for line in result.evidence.remains if "longer" in line
    )


@pytest.mark.parametrize("effect", ["logical", "erased"])
@pytest.mark.parametrize("store", ["files", "lake"])
def test_joanna_keeps_no_request_of_anna_open_in_files(store, effect, tmp_path):
    """It is done; the receipt says which rows to look at, and claims nothing of bytes."""
    outcome = _erase(*_opened(store, tmp_path, "", ROWS, effect))
    _check(outcome)


def test_joanna_keeps_no_request_of_anna_open(sql_url):
    """On every database."""
    outcome = _erase(*_sql(sql_url, ROWS, "logical"))
    _check(outcome)


def _check(outcome):
    assert (outcome.status, outcome.justification) == (RequestStatus.FULFILLED, None)
    assert [r.effect for r in outcome.results if r.rows_changed] == [Effect.LOGICAL]
    longer = "1 rows hold a longer value, of which one is a part"
    told = _longer(outcome)
    assert told[:2] == [f"people.email: {longer}", f"people.note: {longer}"]


def test_a_cell_too_long_to_be_looked_into_counts(sql_url):
    """What cannot be told is the person's, until somebody looked."""
    engine = create_engine(sql_url)
    with engine.begin() as connection:
        connection.execute(text("create table pages (id integer primary key, body text)"))
        for number, size in ((1, LONGEST_CELL - 40), (2, LONGEST_CELL)):
            told = {"id": number, "body": "joanna@shop.example " + "x" * size}
            connection.execute(text("insert into pages values (:id, :body)"), told)
    engine.dispose()
    datamap = parse_datamap('[datasets.shop]\nurl = "sqlite://"\n')
    connector = SqlConnector.open(datamap, "shop", sql_url)
    hits = list(connector.search(["anna@shop.example"], Context(Subject(()), 0.0)))
    connector.close()
    assert sorted((hit.rows, hit.explained or "") for hit in hits) == [(1, ""), (1, INSIDE)]


@pytest.mark.parametrize("store", ["files", "lake"])
def test_her_own_address_in_a_neighbours_note_stays_open(store, tmp_path):
    """Beside the longer one in the same cell, too."""
    rows = [ROWS[0], {**ROWS[1], "note": "joanna@shop.example for anna@shop.example"}]
    outcome = _erase(*_opened(store, tmp_path, "", rows, "logical"))
    assert outcome.status is RequestStatus.PARTIALLY_FULFILLED


def test_her_own_address_in_a_neighbours_note_stays_open_in_a_database(sql_url):
    """Beside the longer one in the same cell, too."""
    rows = [ROWS[0], {**ROWS[1], "note": "joanna@shop.example for Anna@shop.example"}]
    outcome = _erase(*_sql(sql_url, rows, "logical"))
    assert outcome.status is RequestStatus.PARTIALLY_FULFILLED
