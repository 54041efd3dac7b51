"""The published samples of backends that keep events."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset
import pytest

from privacykit.sinks.storage.clickhouse_table import created
from privacykit.sinks.storage.object_names import ObjectName
from privacykit.testing.samples import LATER, NOW, ids, row
from privacykit.testing.stubs.storage.clickhouse import ClickHouseError, ClickHouseStub, StandIn
from tests.sinks.storage.engines import Engine
from tests.sinks.storage.places import made, send, used

VECTORS = Path(__file__).parents[2] / "vectors" / "backends"


def sample(name):
    """Return one sample."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def test_objects_lie_as_hive_has_them():
    """Whoever reads the sample's partitions reads ours as the same days."""
    hive = pyarrow.dataset.HivePartitioning(pa.schema([("event_date", pa.date32())]))
    for theirs in sample("hive-layout")["objects"]:
        date = theirs[len("event_date=") :].partition("/")[0]
        ours = ObjectName.of(date, [LATER], ids(1), ".parquet").key
        assert hive.parse(f"/{ours}").equals(hive.parse(f"/{theirs}"))
        assert (ours.count("/"), Path(ours).suffix) == (theirs.count("/"), Path(theirs).suffix)


def test_an_insert_has_the_form_of_the_sample():
    """Its parameters and headers, with values of ours; the answer is read as taken."""
    theirs = sample("clickhouse-insert")["request"]
    with ClickHouseStub() as stub:
        sink = made("clickhouse", url=stub.url, token=stub.token, user="pk", database="pk")
        used(sink, lambda it: it.keep(NOW))
        outcome = send(sink, row(1))
        ours = stub.requests[-1]
    fixed = {"async_insert", "input_format_skip_unknown_fields", "date_time_input_format"}
    assert {name: ours.query[name] for name in fixed} == {n: theirs["query"][n] for n in fixed}
    assert theirs["query"].keys() <= ours.query.keys()
    assert {name.lower() for name in theirs["headers"]} <= ours.headers.keys()
    assert ours.headers["content-type"] == theirs["headers"]["Content-Type"]
    assert (ours.method, ours.path) == (theirs["method"], theirs["path"])
    assert outcome.rejected == outcome.retry == ()


@pytest.fixture(scope="session")
def engine_folder(tmp_path_factory):
    """Where the engine keeps its parts."""
    return tmp_path_factory.mktemp("clickhouse")


PLAIN = "CREATE TABLE plain (event_id UUID, ts DateTime64(3, 'UTC'), name String, props String)"
WINDOW = "SETTINGS non_replicated_deduplication_window = 100"


@pytest.mark.engine
@pytest.mark.parametrize(("settings", "rows"), [("", "4"), (WINDOW, "2")])
def test_the_engine_takes_the_sample_as_it_says(engine_folder, settings, rows):
    """Twice without a window, once with one: so the table of the sink has one."""
    theirs, engine = sample("clickhouse-insert")["request"], Engine(engine_folder)
    engine.run(f"{PLAIN} ENGINE = MergeTree ORDER BY ts {settings}", None, {})
    into = "INSERT INTO plain FORMAT JSONEachRow"
    for _ in range(2):
        engine.run(into, theirs["body"].encode(), theirs["query"])
    assert engine.run("SELECT count() FROM plain", None, {}).strip() == rows
    assert "non_replicated_deduplication_window" in created("events")


def test_what_was_measured_is_what_the_stand_in_does():
    """A token that came before is not taken, even with other rows; an unknown field is refused."""
    facts, engine = sample("clickhouse-facts")["facts"], StandIn()
    engine.run(created("events"), None, {})
    token = {"insert_deduplication_token": "batch-1"}
    into = "INSERT INTO events FORMAT JSONEachRow"
    for number in (1, 2):
        engine.run(into, json.dumps({"id": ids(number)[0]}).encode(), token)
    told = facts["token_with_non_replicated_deduplication_window_100"]
    assert (engine.ids(), "ignored even with different" in told) == (ids(1), True)
    with pytest.raises(ClickHouseError, match="Code: 117"):
        engine.run(into, b'{"colour": "red"}', {})
