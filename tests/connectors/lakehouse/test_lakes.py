"""Erasure, export, holds and retention in lakes of every format, row by row and in every byte."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacykit.errors import StoreError
from privacykit.govern import flow
from privacykit.govern.erasure.ports.work import Work
from privacykit.govern.records import Action, Effect, Hold, Identity, RequestStatus, RowCondition
from privacykit.govern.retention.rules import rules
from privacykit.govern.retention.run import Limits, RetentionRun
from tests.connectors.lakehouse.clickhouse_lake import ClickHouseLake
from tests.connectors.lakehouse.lakes import (
    ANNA,
    LAKES,
    NOW,
    connector,
    erase,
    files_with,
    means,
    plan,
    rows_of,
    visits,
    whom,
)
from tests.connectors.lakehouse.spark_lake import SparkLake
from tests.connectors.test_files_retention import _Clock, _Ledger

OTHERS = [row for row in visits() if row["email"] != ANNA]


SPARK = [pytest.mark.engine("pyspark"), pytest.mark.filterwarnings("ignore")]
EVERY = [
    *LAKES,
    pytest.param(ClickHouseLake, marks=pytest.mark.engine),
    pytest.param(SparkLake, marks=SPARK),
]


@pytest.fixture(params=EVERY, ids=lambda kind: kind.kind)
def kind(request):
    """A kind of lake, and its server if there is one."""
    if request.param is ClickHouseLake:
        request.getfixturevalue("clickhouse")
    return request.param


@pytest.fixture
def lake(kind, tmp_path):
    """A lake with rows of three people."""
    made = kind(tmp_path)
    made.write(visits())
    yield made
    made.close()


def test_erases_the_rows_of_one_and_every_byte_of_them(lake):
    """Rows, old files, statistics, logs and manifests; the others to the last value."""
    assert files_with(lake.folder, ANNA)
    made, outcome = erase(means(lake))
    assert rows_of(lake) == OTHERS
    assert (outcome.status, outcome.justification) == (RequestStatus.FULFILLED, None)
    assert {r.effect for r in outcome.results if r.rows_changed} == {Effect.ERASED}
    assert sum(r.rows_changed for r in outcome.results) == 12
    assert files_with(lake.folder, ANNA) == []
    assert all(step.cost_model == "scan" for step in made.steps)


def test_the_plan_says_which_files_and_what_follows(lake):
    """Before anybody says yes."""
    notes = [note for note in plan(means(lake)).notes if note.startswith("lake.visits: ")]
    assert f"{lake.files} of {lake.files} files" in notes[0]
    if lake.kind in {"delta", "iceberg"}:
        assert any("time travel shows the rows" in note for note in notes)


def test_no_identity_gets_into_the_log_by_the_erasure(lake):
    """What is removed is joined with; it is in no predicate."""
    before = {file for file in lake.folder.rglob("*") if file.is_file()}
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    at.apply([Work(at.step("visits", Action.DELETE, None), keys)], whom())
    fresh = [f for f in lake.folder.rglob("*") if f.is_file() and f not in before]
    logs = [f.read_bytes() for f in fresh if f.suffix in {".json", ".avro"}]
    assert [log for log in logs if ANNA.encode() in log] == []


def test_exports_the_rows_of_one(lake):
    """All of them, and nobody else's."""
    shown = list(connector(lake).rows("visits", whom()))
    mine = sorted(row["page"] for row in visits() if row["email"] == ANNA)
    assert sorted(row["page"] for row in shown) == mine
    assert {row["email"] for row in shown} == {ANNA}


def test_held_rows_stay_and_the_level_says_so(lake):
    """A hold is a predicate on any lake."""
    hold = Hold(
        "h", "lake", "visits", (RowCondition("month", "=", "2026-10"),), "c", "op", 0.0, 1.0
    )
    _, outcome = erase(means(lake, [hold]))
    kept = [row for row in visits() if row["email"] != ANNA or row["month"] == "2026-10"]
    assert rows_of(lake) == kept
    assert outcome.status is RequestStatus.PARTIALLY_FULFILLED


def test_a_second_run_changes_nothing(lake):
    """A crash between the store's commit and ours repeats the work."""
    at = connector(lake)
    keys = [target.key for target in at.find("visits", whom())]
    work = [Work(at.step("visits", Action.DELETE, None), keys)]
    assert at.apply(work, whom())[0].changed == 12
    assert (at.apply(work, whom())[0].gone, rows_of(lake)) == (12, OTHERS)


def test_each_of_several_equal_rows_counts(kind, tmp_path):
    """In the plan, against its bounds, and in the receipt; they share one fate."""
    same = {"id": 7, "email": ANNA, "month": "2026-10", "page": "/same", "amount": 1}
    others = [{**same, "email": "bert@lake.example"}] * 3
    lake = kind(tmp_path)
    lake.write([*[same] * 5, *others])
    made, outcome = erase(means(lake))
    assert [step.rows for step in made.steps] == [5]
    assert [(r.rows_matched, r.rows_changed) for r in outcome.results] == [(5, 5)]
    assert (outcome.status, rows_of(lake)) == (RequestStatus.FULFILLED, others)
    lake.close()


def test_equal_rows_of_a_second_run_are_gone(lake):
    """Each of them is told once, whoever did it."""
    lake_rows = connector(lake)
    keys = [target.key for target in lake_rows.find("visits", whom())]
    twice = [*keys, *((*key, 2) for key in keys)]
    work = [Work(lake_rows.step("visits", Action.DELETE, None), twice)]
    told = lake_rows.apply(work, whom())[0]
    assert (told.changed, told.gone, told.skipped) == (12, 12, 0)


def test_many_people_go_in_one_pass(lake):
    """Each gets an account of their own rows; the files are written once."""
    at = connector(lake)
    people = [whom(), whom("bert@lake.example")]
    gathered = at.gathered(people)
    jobs = []
    for context in people:
        keys = [target.key for target in gathered.find("visits", context)]
        jobs.append(([Work(at.step("visits", Action.DELETE, None), keys)], context))
    done = at.apply_together(jobs)
    assert [[a.changed for a in each] for each in done] == [[12], [12]]
    assert {row["email"] for row in rows_of(lake)} == {"zoe.zzzz@lake.example"}
    with pytest.raises(StoreError, match="not changed this way"):
        gathered.apply(*jobs[0])


def test_what_was_gathered_answers_like_the_lake(lake):
    """Who it is, their rows, and where their values stand."""
    at = connector(lake)
    people = [whom(), whom("bert@lake.example"), whom("nobody@lake.example")]
    gathered = at.gathered(people, [ANNA, "bert@lake.example"])
    for context in people:
        value = context.selection.identities[0].value
        found = {target.key for target in gathered.find("visits", context)}
        assert found == {target.key for target in at.find("visits", context)}
        assert _texts(gathered.rows("visits", context)) == _texts(at.rows("visits", context))
        assert list(gathered.search([value], context)) == list(at.search([value], context))


def _texts(rows):
    return sorted(str(sorted(row.items())) for row in rows)


def _retain(lake, holds=()):
    at = connector(lake)
    run = RetentionRun(_Ledger(), lambda: holds, _Clock(), Limits(pause=0), "me")
    return run.rule(rules(at._datamap, NOW, {})[0], at.purger(key=b"k" * 32, salt=b"s" * 32))


def test_retention_drops_what_is_over_whole(lake):
    """A month whose every row is over goes unread; done again, nothing is left."""
    ran = _retain(lake)
    gone = 12 * lake.parts
    assert (ran.outcome, len(ran.parts), ran.part_rows) == ("done", lake.parts, gone)
    assert rows_of(lake) == [row for row in visits() if row["month"] != "2026-01"]
    assert _retain(lake).parts == ()


def test_a_hold_stops_the_drop_but_not_the_other_rows(lake):
    """The rows of the month that are not held go one by one."""
    hold = Hold("h", "lake", "visits", (RowCondition("email", "=", ANNA),), "c", "op", 0.0, 1.0)
    ran = _retain(lake, [hold])
    left = [row for row in visits() if row["month"] != "2026-01" or row["email"] == ANNA]
    assert (ran.parts, ran.rows, ran.held) == ((), 8, 4)
    assert rows_of(lake) == left


def test_a_hold_laid_before_the_drop_stops_it(lake):
    """It came after the parts were named: holds are asked again, and only free rows go."""
    hold = Hold("h", "lake", "visits", (RowCondition("email", "=", ANNA),), "c", "op", 0.0, 1.0)
    asked, at = iter([()]), connector(lake)
    run = RetentionRun(_Ledger(), lambda: next(asked, [hold]), _Clock(), Limits(pause=0), "me")
    ran = run.rule(rules(at._datamap, NOW, {})[0], at.purger(key=b"k" * 32, salt=b"s" * 32))
    left = [row for row in visits() if row["month"] != "2026-01" or row["email"] == ANNA]
    assert (ran.parts, ran.part_rows, ran.rows, ran.held) == ((), 0, 8, 4)
    assert rows_of(lake) == left


PEOPLE = [f"p{n}@lake.example" for n in range(4)]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    who=st.lists(st.sampled_from([*PEOPLE, *(p.upper() for p in PEOPLE), None]), max_size=25),
    gone=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True),
)
def test_only_rows_of_whom_it_is_about_change(tmp_path_factory, who, gone):
    """Whatever the rows: the others are what they were, to the last value."""
    for kind in LAKES:
        made = kind(tmp_path_factory.mktemp("lake"))
        rows = [
            {"id": n, "email": w, "month": "2026-10", "page": f"/{n % 3}", "amount": n % 2}
            for n, w in enumerate([*who, "other@lake.example"])
        ]
        made.write(rows)
        at, jobs = connector(made), []
        for email in gone:
            keys = [target.key for target in at.find("visits", whom(email))]
            jobs.append(([Work(at.step("visits", Action.DELETE, None), keys)], whom(email)))
        at.apply_together(jobs)
        assert rows_of(made) == [row for row in rows if row["email"] not in gone]


def test_says_nothing_of_people(lake):
    """Neither connector nor tables nor what they find."""
    at = connector(lake)
    found = list(at.find("visits", whom()))
    assert "anna" not in repr((at, lake.tables(), found, at.gathered([whom()]))).lower()


def test_a_person_is_found_by_a_hash_of_the_address(lake):
    """A request may come with the hash only; then every value is looked at."""
    from hashlib import sha256

    at = connector(lake)
    given_ = Identity("email", sha256(ANNA.encode()).hexdigest(), "sha256")
    context = whom()
    context = type(context)(type(context.selection)((given_,)), NOW)
    assert len(list(at.find("visits", context))) == 12


def test_what_comes_later_is_not_touched(lake):
    """Between plan and run somebody wrote more rows; these are suppression's business."""
    to = means(lake)
    made = plan(to)
    flow.execute(to, "p", made.targets_digest)
    assert rows_of(lake) == OTHERS
