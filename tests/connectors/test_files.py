"""People in files: JSON lines, CSV and Parquet are searched, exported and rewritten whole."""

import csv
import gzip
import io
import json

import msgspec
import pyarrow as pa
import pytest
from pyarrow import parquet

from privacykit.connectors.files import FilesConnector, replace
from privacykit.errors import StoreError
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.inspection.check_map import check_dataset
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Action, Effect, Hold, Identity, RequestType, RowCondition
from privacykit.private_files import UNFINISHED
from privacykit.testing.plans import MemoryPlans

MAP = """
[reasons.tax]
citation = "§ 147 AO"
duration = "10 years"
[datasets.lake]
path = "lake"
effect = "erased"
max_proportion = 1.0
[collections.lake.users]
subject = true
[collections.lake.users.fields]
id = { category = "user.unique_id", identity = "controller_customer_id" }
email = { category = "user.contact.email", identity = "email" }
name = "user.name"
[collections.lake.visits]
restriction = { column = "restricted", value = true }
[collections.lake.visits.fields]
user_id = { category = "user.unique_id", relation = "owned_by", references = "users.id" }
page = "user.behavior.browsing_history"
"device.ip" = { category = "user.device.ip_address", origin = "observed" }
restricted = "system.operations"
[collections.lake.invoices]
keep = { reason = "tax", from = "paid" }
[collections.lake.invoices.fields]
user_id = { category = "user.unique_id", relation = "owned_by", references = "users.id" }
paid = { category = "user.payment", keep = "tax" }
street = { category = "user.contact.address.street", erase = "mask" }
[collections.lake.chats.fields]
sender = { category = "user.unique_id", relation = "owned_by", references = "users.id" }
receiver = { category = "user.unique_id", relation = "owned_by", references = "users.id" }
sender_name = { category = "user.name", about = "sender", erase = "mask" }
text = "user.content"
"""
ANNA, BERT = "anna@shop.example", "bert@shop.example"


def _visits():
    return [
        {"user_id": 1, "page": "/a", "device": {"ip": "192.0.2.0"}, "restricted": False},
        {"user_id": 2, "page": "/b", "device": {"ip": "198.51.100.0"}, "restricted": False},
        {"user_id": 1, "page": "/c", "device": {"ip": "192.0.2.0"}, "restricted": False},
    ]


def _write_visits(folder, suffix):
    file = folder / f"visits-2026-11{suffix}"
    if suffix == ".parquet":
        parquet.write_table(pa.Table.from_pylist(_visits()), file)
    elif suffix.startswith(".csv"):
        rows = [
            {
                "user_id": v["user_id"],
                "page": v["page"],
                "device.ip": v["device"]["ip"],
                "restricted": "",
            }
            for v in _visits()
        ]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        data = text.getvalue().encode()
        file.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    else:
        data = "".join(json.dumps(v) + "\n" for v in _visits()).encode()
        file.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    return file


@pytest.fixture(params=[".jsonl", ".ndjson.gz", ".csv", ".csv.gz", ".parquet"])
def lake(request, tmp_path):
    """A directory with users in JSON lines and visits in each format."""
    folder = tmp_path / "lake"
    folder.mkdir()
    users = [
        {"id": 1, "email": ANNA, "name": "Anna Mark"},
        {"id": 2, "email": BERT, "name": "Bert"},
    ]
    (folder / "users.jsonl").write_text("".join(json.dumps(u) + "\n" for u in users))
    (folder / "invoices.csv").write_text(
        "user_id,paid,street\n1,2026-01-31,Mark street 1\n1,2001-01-31,Mark street 1\n2,2026-01-31,b\n"
    )
    chats = [
        {"sender": 1, "receiver": 2, "sender_name": "Anna Mark", "text": "hi"},
        {"sender": 1, "receiver": None, "sender_name": "Anna Mark", "text": "note to self"},
        {"sender": 2, "receiver": 2, "sender_name": "Bert", "text": "hm"},
    ]
    (folder / "chats.jsonl").write_text("".join(json.dumps(c) + "\n" for c in chats))
    _write_visits(folder, request.param)
    return folder


def _means(folder, holds=()):
    datamap = parse_datamap(MAP)
    ticks = iter(range(1_795_000_000, 1_796_000_000))
    return GovernContext(
        datamap,
        {"lake": FilesConnector(datamap, "lake", folder)},
        MemoryPlans(),
        clock=lambda: float(next(ticks)),
        random=lambda n: b"r" * n,
        holds=lambda: tuple(holds),
    )


def _plan(means, kind=RequestType.ERASURE, email=ANNA, **more):
    who = (Identity("email", email),)
    return flow.plan_request(means, kind, who, plan_id="p", request_id="r", **more)


def _run(means, plan):
    flow.approve(means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest)
    flow.execute(means, "p", plan.targets_digest)
    return flow.verify(means, "p")


def _rows(means, name):
    return [dict(record.values) for record in means.connectors["lake"]._rows(name)]


def test_a_person_is_erased_and_nobody_else(lake):
    """Rows go, kept ones are treated, shared ones cut loose, others stay as they were."""
    means = _means(lake)
    outcome = _run(means, _plan(means))
    # An invoice that stays points at Anna's row: that stays too, without what it told of her.
    left = [(row["id"], row["email"], row["name"]) for row in _rows(means, "users")]
    assert left == [(1, None, None), (2, BERT, "Bert")]
    assert [str(row["user_id"]) for row in _rows(means, "visits")] == ["2"]
    assert _rows(means, "invoices") == [
        {"user_id": "1", "paid": "2026-01-31", "street": "[erased]"},
        {"user_id": "2", "paid": "2026-01-31", "street": "b"},
    ]
    assert _rows(means, "chats") == [
        {"sender": None, "receiver": 2, "sender_name": "[erased]", "text": "hi"},
        {"sender": 2, "receiver": 2, "sender_name": "Bert", "text": "hm"},
    ]
    assert {result.error for result in outcome.results} == {None}
    assert {r.effect for r in outcome.results if r.cursor} == {Effect.ERASED}


def test_untouched_rows_keep_their_bytes(tmp_path):
    """Odd spacing, quoting and lines that cannot be read survive a rewrite of their file."""
    folder = tmp_path / "lake"
    folder.mkdir()
    (folder / "users.jsonl").write_bytes(
        b'{"id":1,"email":"anna@shop.example"}\n{ "id" : 2 ,  "email":"bert@shop.example" }\r\n'
        b"not json\n\n[1]\n"
    )
    (folder / "invoices.csv").write_bytes(
        b'user_id,paid,street\r\n"2",2026-01-31,"two\r\nlines"\r\n1,,x\r\n'
    )
    means = _means(folder)
    _run(means, _plan(means))
    assert (folder / "users.jsonl").read_bytes() == (
        b'{"id":1,"email":null}\n{ "id" : 2 ,  "email":"bert@shop.example" }\r\nnot json\n\n[1]\n'
    )
    assert (folder / "invoices.csv").read_bytes() == (
        b'user_id,paid,street\r\n"2",2026-01-31,"two\r\nlines"\r\n1,,[erased]\r\n'
    )


def test_an_export_shows_the_person_and_blackens_others(lake):
    """The other end of a conversation is not ours to hand out."""
    means = _means(lake)
    context = Context(find_person(means, (Identity("email", ANNA),)).subject, 0.0)
    found = {
        name: list(means.connectors["lake"].rows(name, context)) for name in ("visits", "chats")
    }
    assert [row["page"] for row in found["visits"]] == ["/a", "/c"]
    assert found["chats"][0]["receiver"] == "[redacted]"
    assert found["chats"][0]["sender_name"] == "Anna Mark"
    assert found["chats"][1]["receiver"] is None


def test_a_hold_keeps_rows(lake):
    """Whoever asks."""
    where = (RowCondition("page", "=", "/a"),)
    hold = Hold("h", "lake", "visits", where, "litigation", "op", 0.0, 1.0)
    means = _means(lake, [hold])
    _run(means, _plan(means))
    assert [row["page"] for row in _rows(means, "visits")] == ["/a", "/b"]


def test_restriction_marks_rows(lake):
    """Where the map names a mark; what has none is told."""
    means = _means(lake)
    plan = _plan(means, RequestType.RESTRICTION)
    _run(means, plan)
    marks = [str(row["restricted"]).lower() == "true" for row in _rows(means, "visits")]
    assert marks == [True, False, True]
    assert "no_mark" in {step.justification for step in plan.steps}


def test_rectification_writes_the_new_value_once(lake):
    """And only into the person's own rows."""
    means = _means(lake)
    plan = _plan(means, RequestType.RECTIFICATION, changes={"lake.users": {"name": "Anna New"}})
    outcome = _run(means, plan)
    assert [row["name"] for row in _rows(means, "users")] == ["Anna New", "Bert"]
    assert [r.rows_changed for r in outcome.results] == [1]


def test_doing_it_twice_changes_nothing(lake):
    """A run that crashed after the rename is simply repeated."""
    means = _means(lake)
    plan = _plan(means)
    flow.approve(means, "p", plan.targets_digest, "op")
    flow.execute(means, "p", plan.targets_digest)
    before = {f: f.read_bytes() for f in lake.iterdir()}
    begun = [
        msgspec.structs.replace(r, cursor=0, rows_changed=0, finished_at=None)
        for r in means.plans.progress("p")
    ]
    means.plans._results["p"] = tuple(begun)
    results = flow.execute(means, "p", plan.targets_digest)
    assert before == {f: f.read_bytes() for f in lake.iterdir()}
    assert sum(r.rows_changed + r.rows_skipped for r in results) == 0
    assert {result.error for result in results} == {None}


def test_each_of_several_equal_rows_counts(tmp_path):
    """In the plan, against its bounds, and in the receipt; two files hold them."""
    folder = tmp_path / "lake"
    folder.mkdir()
    (folder / "users.jsonl").write_text(json.dumps({"id": 1, "email": ANNA}) + "\n")
    row = json.dumps({"user_id": 1, "page": "/"}) + "\n"
    other = json.dumps({"user_id": 2, "page": "/"}) + "\n"
    for part in ("a", "b"):
        (folder / f"visits.{part}.jsonl").write_text(row * 3 + other * 2)
    means = _means(folder)
    plan = _plan(means)
    outcome = _run(means, plan)
    assert sum(step.rows for step in plan.steps) == 7
    assert sum(r.rows_changed for r in outcome.results) == 7
    assert (folder / "visits.a.jsonl").read_text() == other * 2


def test_each_file_is_rewritten_once_however_many_rows(tmp_path, monkeypatch):
    """Priced by the scan: thousands of targets are one pass over their file."""
    folder = tmp_path / "lake"
    folder.mkdir()
    (folder / "users.jsonl").write_text(json.dumps({"id": 1, "email": ANNA}) + "\n")
    rows = (json.dumps({"user_id": 1, "page": f"/{n}"}) + "\n" for n in range(5000))
    (folder / "visits.jsonl").write_text("".join(rows))
    means = _means(folder)
    plan = _plan(means)
    seen = []
    inner = FilesConnector._rewrite
    monkeypatch.setattr(FilesConnector, "_rewrite", lambda *a: (seen.append(a[1]), inner(*a))[1])
    outcome = _run(means, plan)
    assert sorted(seen) == ["users.jsonl", "visits.jsonl"]
    assert sum(r.rows_changed for r in outcome.results) == 5001


def test_a_file_still_written_to_is_left_alone(tmp_path, monkeypatch):
    """What was appended while we copied would be lost: the run stops and says so."""
    folder = tmp_path / "lake"
    folder.mkdir()
    file = folder / "users.jsonl"
    file.write_text(json.dumps({"id": 1, "email": ANNA}) + "\n")
    means = _means(folder)
    plan = _plan(means)
    inner = replace.rewrite

    def busy(source, target, decide):
        inner(source, target, decide)
        with source.open("a") as stream:
            stream.write(json.dumps({"id": 3, "email": BERT}) + "\n")

    monkeypatch.setattr(replace, "rewrite", busy)
    outcome = _run(means, plan)
    assert any("rotate" in (result.error or "") for result in outcome.results)
    assert len(file.read_text().splitlines()) == 2
    assert [f.name for f in folder.iterdir()] == ["users.jsonl"]


def test_a_value_nobody_mapped_is_found(lake):
    """A log that the map does not know holds the address."""
    (lake / "debug.jsonl").write_text(json.dumps({"message": f"mail to {ANNA} failed"}) + "\n")
    (lake / "broken.jsonl").write_text(f"??? {ANNA} ???\n")
    means = _means(lake)
    outcome = _run(means, _plan(means))
    seen = [line for result in outcome.results for line in result.evidence.remains]
    assert "broken.(line): 1 rows hold a value" in seen
    assert "debug.message: 1 rows hold a value" in seen
    told = "values still stand in rows that nothing explains, referenced, shared, tax"
    assert outcome.justification == told


def test_the_check_names_files_nobody_mapped(lake):
    """A new kind of file is an error until somebody says what it is."""
    (lake / "debug.jsonl").write_text("{}\n")
    means = _means(lake)
    found = check_dataset(means.datamap, "lake", means.connectors["lake"].schema())
    assert [(f.problem.id, f.problem.key) for f in found if not f.advice] == [
        ("PK220", "lake.debug")
    ]


def test_a_directory_is_a_collection(tmp_path):
    """Partitioned files belong to the directory they lie in."""
    folder = tmp_path / "lake"
    (folder / "visits" / "2026").mkdir(parents=True)
    (folder / "visits" / "2026" / "11.jsonl").write_text(json.dumps({"user_id": 1}) + "\n")
    (folder / "users.jsonl").write_text(json.dumps({"id": 1, "email": ANNA}) + "\n")
    means = _means(folder)
    outcome = _run(means, _plan(means))
    assert _rows(means, "visits") == []
    assert outcome.status.value == "fulfilled"


def test_what_a_crash_left_is_removed(tmp_path):
    """A half-written copy holds personal data and belongs to nobody."""
    folder = tmp_path / "lake"
    folder.mkdir()
    (folder / f"{UNFINISHED}users.jsonl").write_text(ANNA)
    (folder / "users.jsonl").write_text("{}\n")
    _means(folder)
    assert [file.name for file in folder.iterdir()] == ["users.jsonl"]


def test_a_missing_directory_is_no_success(tmp_path):
    """Nothing found because nothing was looked at."""
    with pytest.raises(StoreError):
        FilesConnector(parse_datamap(MAP), "lake", tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "data"),
    [("users.csv", b"id,email\n1,\xff\n"), ("users.jsonl.gz", b"no gzip")],
)
def test_a_file_that_cannot_be_read_is_no_success(tmp_path, name, data):
    """Better an error than a person overlooked."""
    folder = tmp_path / "lake"
    folder.mkdir()
    (folder / name).write_bytes(data)
    with pytest.raises(StoreError):
        FilesConnector(parse_datamap(MAP), "lake", folder)


def test_samples_are_for_the_detectors(lake):
    """A few values of one field."""
    connector = _means(lake).connectors["lake"]
    assert connector.sample("users", "email", 1) == [ANNA]
    assert connector.strangers(Subject(())) == 0
    assert connector.size("users") == 2
    assert connector.step("users", Action.DELETE, None).cost_model == "scan"
    connector.close()
