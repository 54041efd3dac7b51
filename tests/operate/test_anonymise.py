"""What was stored before is made as weak as what is stored today, on every database and in files."""

from __future__ import annotations

import csv
import gzip
import json
import re
from types import MappingProxyType

import pytest
from sqlalchemy import create_engine, text

from privacykit.errors import DataMapError, InputError, PlanError
from privacykit.govern.records import Hold
from privacykit.operate.anonymise.service import whole
from privacykit.pseudonym.addresses.address import pack
from privacykit.pseudonym.texts.detectors import find
from tests.operate.raw_log import CONFIG, carried_out, context, lay_out, row, service_of

ROWS = 100


@pytest.fixture
def raw(tmp_path, sql_url):
    """A raw log in each kind of database; gives what reads it."""
    lay_out(tmp_path, sql_url, ROWS)
    engine = create_engine(sql_url)

    def rows(where="1 = 1"):
        with engine.connect() as connection:
            found = connection.execute(text(f"select * from hits where {where} order by id"))
            return [dict(each._mapping) for each in found]

    yield rows
    engine.dispose()


def _finer(found):
    """Yield what of treated rows is finer than the policy, by the detectors of the product."""
    for each in found:
        packed = pack(each["ip"])
        if packed is None or any(packed[2:] if len(packed) == 4 else packed[6:]):
            yield "ip"
        yield from (label for label in ("url", "note") if find(each[label] or ""))
        if "email=" in each["url"] or "Mozilla" in each["user_agent"] or each["secret"]:
            yield "url, agent or secret"
        if not re.fullmatch(r"pk-[0-9a-f]{32}", each["visitor"]):
            yield "visitor"


def test_nothing_finer_than_the_policy_is_left(tmp_path, raw):
    """Addresses, URLs, devices, ids and texts; the account's e-mail is not a raw log."""
    plan, progress = carried_out(tmp_path)
    assert [*_finer(raw())] == []
    assert [each["email"] for each in raw()] == [row(n)["email"] for n in range(1, ROWS + 1)]
    reached = progress.steps["raw.hits"]
    assert (reached.rows, reached.changed, reached.left) == (ROWS, ROWS, 0)
    assert plan.steps[0].rows == ROWS


def test_doing_it_again_changes_nothing(tmp_path, raw):
    """Who is not sure whether it ran runs it again."""
    carried_out(tmp_path)
    before = raw()
    _, progress = carried_out(tmp_path)
    assert raw() == before
    assert progress.steps["raw.hits"].changed == 0


def test_held_rows_stay_and_are_counted(tmp_path, raw):
    """A court wants them as they were."""
    opened = context(tmp_path)
    where = (("id", "<=", 7),)
    opened.holds.place(_hold(where))
    opened.close()
    _, progress = carried_out(tmp_path)
    assert progress.steps["raw.hits"].held == 7
    assert whole(progress)
    assert [each["ip"] for each in raw("id <= 7")] == [row(n)["ip"] for n in range(1, 8)]
    assert [*_finer(raw("id > 7"))] == []


def _hold(where):
    from privacykit.govern.records import RowCondition

    conditions = tuple(RowCondition(*each) for each in where)
    return Hold(
        hold_id="0f3c9a52-0000-4000-8000-000000000001",
        dataset="raw",
        collection="hits",
        where=conditions,
        reason="court",
        basis="court",
        placed_by="op-0123456789abcdef",
        placed_at=1.0,
        review_at=2.0,
    )


def test_joins_survive(tmp_path, raw):
    """The same id becomes the same token, another one another."""
    carried_out(tmp_path)
    assert len({each["visitor"] for each in raw()}) == ROWS
    assert len({each["user_agent"] for each in raw()}) == 20


def test_what_is_remembered_holds_no_value_when_it_is_over(tmp_path, raw):
    """The place a run reached is a key, and is dropped at its end."""
    carried_out(tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path}/privacykit-records.db")
    with engine.connect() as connection:
        found = connection.execute(text("select * from anonymisations")).one()
    engine.dispose()
    assert not [
        each for each in (b"203.", b"visitor-", b"@mail") if each in b"%r" % (tuple(found),)
    ]
    assert raw("id = 1")[0]["email"] == "p1@mail.example"


# --- plans ----------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path):
    """A raw log in SQLite."""
    lay_out(tmp_path, f"sqlite:///{tmp_path}/raw.db", ROWS)
    return tmp_path


def _plan(folder):
    opened = context(folder)
    try:
        return service_of(opened).plan((), (), opened.operator("op"))
    finally:
        opened.close()


def _run(folder, plan_id, digest, **given):
    opened = context(folder, **given)
    try:
        return service_of(opened).run(plan_id, digest, opened.operator("op"), scrub=lambda _: "")
    finally:
        opened.close()


def test_a_plan_counts_tries_and_changes_nothing(shop):
    """What would change is said before it does."""
    before = (shop / "raw.db").read_bytes()
    step = _plan(shop).steps[0]
    assert (step.rows, step.looked_at, step.changing) == (ROWS, ROWS, ROWS)
    assert step.fields["user_agent"] == "user_agent"
    assert "email" not in step.fields
    assert (shop / "raw.db").read_bytes() == before


def test_another_digest_is_refused(shop):
    """Yes was said to what was shown, to nothing else."""
    plan = _plan(shop)
    with pytest.raises(PlanError, match="--digest"):
        _run(shop, plan.plan_id, "0" * 32)


def test_a_changed_map_wants_another_plan(shop):
    """What was shown is no longer what would be done."""
    plan = _plan(shop)
    text_ = (shop / "datamap.toml").read_text()
    (shop / "datamap.toml").write_text(text_.replace('anonymise = "text"', 'anonymise = "drop"'))
    with pytest.raises(PlanError, match="PK352"):
        _run(shop, plan.plan_id, plan.digest)


def test_a_changed_policy_wants_another_plan(shop):
    """Another mask is another result."""
    plan = _plan(shop)
    (shop / "privacykit.toml").write_text(CONFIG + '[ip]\nmode = "zero"\n')
    with pytest.raises(PlanError, match="PK352"):
        _run(shop, plan.plan_id, plan.digest)


def test_an_old_plan_is_not_begun(shop):
    """Its counts are a week old."""
    plan = _plan(shop)
    with pytest.raises(PlanError, match="older"):
        _run(shop, plan.plan_id, plan.digest, clock=lambda: plan.expires_at + 1)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ('id = { exclude = "a number", anonymise = "id" }', "names the row"),
        ('at = { exclude = "a time", anonymise = "address" }', ""),
        ('url = { category = "user.behavior.browsing_history", anonymise = "id" }', ""),
        ('gone = { category = "user.content", anonymise = "text" }', "no such column"),
    ],
)
def test_what_cannot_be_treated_is_said_before_anything_is_done(shop, asked, why):
    """A key that became a token would lose the row."""
    name = asked.partition(" ")[0]
    *_, fields = (shop / "datamap.toml").read_text().partition("fields]\n")
    head = f'[datasets.raw]\nurl = "sqlite:///{shop}/raw.db"\n[collections.raw.hits.fields]\n'
    lines = fields.splitlines()
    kept = [line for line in lines if not line.startswith(f"{name} =")]
    (shop / "datamap.toml").write_text(head + "\n".join([*kept, asked]) + "\n")
    if why:
        with pytest.raises(DataMapError, match=f"PK350.*{why}"):
            _plan(shop)
    else:
        assert name in _plan(shop).steps[0].fields


def test_a_key_that_names_several_rows_is_said_before_anything_is_done(shop):
    """One visitor's hash would be written into another's row."""
    path = shop / "datamap.toml"
    head, table, fields = path.read_text().partition("[collections.raw.hits.fields]")
    path.write_text(f'{head}[collections.raw.hits]\nkey = ["at"]\n{table}{fields}')
    with pytest.raises(DataMapError, match=r"PK350.*collections.raw.hits.key"):
        _plan(shop)


def test_a_store_whose_rows_cannot_be_changed_in_place_is_named(shop):
    """A connector of somebody's own may only read and erase."""
    opened = context(shop)
    theirs = opened.connectors.pop("raw")
    opened.connectors["raw"] = MappingProxyType({})
    with pytest.raises(InputError, match="PK351"):
        service_of(opened).planning.rewriter("raw")
    opened.connectors["raw"] = theirs
    opened.close()


def test_rows_that_came_meanwhile_are_counted(shop):
    """The application still logs what it did: the run says so, and does not call it done."""
    from msgspec.structs import replace

    from privacykit.govern.anonymise.model import AnonymiseProgress

    opened = context(shop)
    service = service_of(opened)
    actor = opened.operator("op")
    plan = service.plan((), (), actor)
    _, progress = service.run(plan.plan_id, plan.digest, actor, scrub=lambda _: "")
    again = replace(progress.steps["raw.hits"], left=None)
    service.ledger.note(plan.plan_id, AnonymiseProgress(started_at=1.0, steps={"raw.hits": again}))
    with create_engine(f"sqlite:///{shop}/raw.db").begin() as connection:
        connection.execute(text("update hits set ip = '198.51.100.7' where id = 5"))
    _, progress = service.run(plan.plan_id, plan.digest, actor, scrub=lambda _: "")
    opened.close()
    assert progress.steps["raw.hits"].left == 1
    assert not whole(progress)


def test_it_is_in_the_audit_log_without_a_value(shop):
    """Who did what when, and how many rows."""
    carried_out(shop)
    opened = context(shop)
    told = [(logged.entry.action, logged.detail) for logged in opened.audit.entries()]
    opened.close()
    assert [action for action, _ in told] == ["anonymise.started", "anonymise.finished"]
    assert "203." not in repr(told)


# --- files ----------------------------------------------------------------------------------------

LINES = [row(number) | {"many": [f"203.0.113.{number}", "no address"]} for number in range(1, 40)]
FILE_MAP = """
[datasets.old]
path = "old"
[collections.old.visits.fields]
id = { exclude = "a number" }
ip = "user.device.ip_address"
url = "user.behavior.browsing_history"
user_agent = "user.device"
visitor = "user.unique_id.pseudonymous"
note = { category = "user.content", anonymise = "text" }
secret = { category = "user.device.cookie" }
"""


@pytest.fixture
def files(tmp_path):
    """Lay out a folder with one file of the collection, of the format asked for."""

    def laid(write, extra=""):
        lay_out(tmp_path, f"sqlite:///{tmp_path}/raw.db", 1)
        (tmp_path / "datamap.toml").write_text(FILE_MAP + extra)
        (tmp_path / "old").mkdir()
        write(tmp_path / "old")
        return tmp_path

    return laid


def _as_lines(folder):
    (folder / "visits.jsonl").write_text("".join(json.dumps(each) + "\n" for each in LINES))


def _as_packed_lines(folder):
    with gzip.open(folder / "visits.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(each) + "\n" for each in LINES)


def _as_csv(folder):
    with (folder / "visits.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, [*row(1)])
        writer.writeheader()
        writer.writerows(row(number) for number in range(1, 40))


def _as_parquet(folder):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist(LINES), folder / "visits.parquet")


def _read(folder):
    from privacykit.connectors.files.formats import read_rows

    (file,) = (folder / "old").iterdir()
    return [record.values for record in read_rows(file)]


@pytest.mark.parametrize("write", [_as_lines, _as_packed_lines, _as_csv, _as_parquet])
def test_files_are_treated_whatever_their_format(files, write):
    """JSON lines, packed ones, CSV and Parquet."""
    folder = files(write)
    _, progress = carried_out(folder)
    assert [*_finer([{**each, "email": ""} for each in _read(folder)])] == []
    assert progress.steps["old.visits"].left == 0


def test_lists_in_lines_are_treated_one_by_one(files):
    """A line of JSON may have many values at one place."""
    folder = files(_as_lines, 'many = { category = "user.device.ip_address" }\n')
    text_ = (folder / "datamap.toml").read_text()
    assert "many" in text_
    carried_out(folder)
    assert {tuple(each["many"]) for each in _read(folder)} == {("203.0.0.0", None)}


def test_a_line_that_cannot_be_read_is_counted_not_passed_over(files):
    """It may hold anything: the run does not call it done."""

    def broken(folder):
        _as_lines(folder)
        with (folder / "visits.jsonl").open("a") as file:
            file.write('{"ip": "203.0.113.9"\n')

    folder = files(broken)
    _, progress = carried_out(folder)
    assert progress.steps["old.visits"].unreadable == 1
    assert not whole(progress)


def test_a_file_that_is_done_is_not_written_again(files):
    """Nothing changed, so nothing is replaced."""
    folder = files(_as_lines)
    carried_out(folder)
    before = (folder / "old" / "visits.jsonl").stat().st_ino
    carried_out(folder)
    assert (folder / "old" / "visits.jsonl").stat().st_ino == before


def test_a_glob_that_names_no_file_is_refused(shop):
    """A misspelt one would leave the logs as they are."""
    opened = context(shop)
    with pytest.raises(InputError, match="--log"):
        service_of(opened).plan((), ["logs/*.log"], opened.operator("op"))
    opened.close()


def test_a_dataset_that_is_none_is_refused(shop):
    """A misspelt one would leave its rows as they are."""
    opened = context(shop)
    with pytest.raises(InputError, match="no such dataset"):
        service_of(opened).plan(["rwa"], (), opened.operator("op"))
    opened.close()
