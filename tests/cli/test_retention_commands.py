"""``privacykit retention`` and ``hold`` as an operator sees them."""

from __future__ import annotations

import io
import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from privacykit.cli.main import main

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
establishments = ["FR"]
[purposes.analytics]
uses = ["analytics_storage"]
[events]
url = "sqlite:///events.db"
"""
MAP = """
[datasets.shop]
url = "sqlite:///shop.db"
purposes = ["orders"]
[collections.shop.visits]
retention = { duration = "30 days", from = "at" }
fields = { id = { exclude = "a number" }, at = { exclude = "a time" }, who = "user.name" }
"""
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in a shop with visits of the last sixty days."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    (tmp_path / "datamap.toml").write_text(MAP)
    _fill(tmp_path, 60)

    def run(*arguments, at=NOW):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with time_machine.travel(at, tick=False), pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    assert run("keys", "init")[0] == 0
    return run


def _fill(folder, days, per_day=1):
    with closing(sqlite3.connect(folder / "shop.db")) as shop:
        shop.execute(
            "create table if not exists visits (id integer primary key, at text, who text)"
        )
        shop.execute("create index if not exists visits_at on visits (at)")
        shop.executemany(
            "insert into visits (at, who) values (?, ?)",
            [
                ((NOW - timedelta(days=day)).strftime("%Y-%m-%d %H:%M:%S"), f"p{day % 3}")
                for day in range(days)
                for _ in range(per_day)
            ],
        )
        shop.commit()


def _left(folder):
    with closing(sqlite3.connect(folder / "shop.db")) as shop:
        return shop.execute("select count(*) from visits").fetchone()[0]


def test_plan_says_what_would_go_and_changes_nothing(run, tmp_path):
    """Rows, cut-off, way, and that nobody has confirmed it."""
    code, out, _ = run("retention", "plan")

    assert code == 0
    assert "shop.visits  delete after 30 days: 29 rows before 2026-10-22" in out
    assert "not confirmed yet: --confirm " in out
    assert _left(tmp_path) == 60


def test_unconfirmed_rule_destroys_nothing(run, tmp_path):
    """The first destructive run is confirmed by somebody, not by cron."""
    code, out, _ = run("retention", "run")

    assert (code, _left(tmp_path)) == (1, 60)
    assert "confirm the rule once" in out


def test_confirmed_rule_runs_from_then_on(run, tmp_path):
    """Confirmed once by name, later runs need no word."""
    plan = json.loads(run("retention", "plan", "--json")[1])
    rule = plan["steps"][0]["fingerprint"]

    code, out, _ = run("retention", "run", "--confirm", rule)
    assert (code, _left(tmp_path)) == (0, 31)
    assert "29 rows in 1 batches" in out
    assert run("retention", "run", at=NOW + timedelta(days=1))[0] == 0
    assert _left(tmp_path) == 30


def test_changed_rule_is_confirmed_anew(run, tmp_path):
    """A shorter duration destroys more, so somebody says yes again."""
    run("retention", "run", "--yes")
    (tmp_path / "datamap.toml").write_text(MAP.replace("30 days", "10 days"))

    assert (run("retention", "run")[0], _left(tmp_path)) == (1, 31)


def test_ceiling_leaves_the_rest_for_the_next_run(run, tmp_path):
    """A run that may not finish says so, and the next goes on."""
    code, out, _ = run("retention", "run", "--yes", "--rows", "10")

    assert (code, _left(tmp_path), "19 left (ceiling)" in out) == (3, 50, True)
    assert (run("retention", "run")[0], _left(tmp_path)) == (0, 31)


def test_status_knows_what_was_left_over(run):
    """Never confirmed, then done."""
    before = run("retention", "status")
    run("retention", "run", "--yes")
    after = run("retention", "status")
    as_json = json.loads(run("retention", "status", "--json")[1])

    assert (before[0], "never confirmed" in before[1]) == (1, True)
    assert (after[0], "29 rows" in after[1]) == (0, True)
    assert (as_json[0]["total"], as_json[0]["falling_behind"]) == (29, False)


def test_purge_slower_than_arrival_is_an_alarm(run, tmp_path):
    """What is left grows from run to run: exit code and words say so."""
    run("retention", "run", "--yes", "--rows", "1")
    _fill(tmp_path, 60)

    code, _, err = run("retention", "run", "--rows", "1")
    status = run("retention", "status")

    assert (code, "more becomes due" in err) == (1, True)
    assert (status[0], "FALLING BEHIND" in status[1]) == (1, True)


def test_what_a_law_caps_and_nobody_ends_is_found(run, tmp_path):
    """France caps audience measurement at 25 months; the map has no end for it."""
    text = MAP.replace('purposes = ["orders"]', 'purposes = ["analytics"]')
    text = text.replace('retention = { duration = "30 days", from = "at" }\n', "")
    (tmp_path / "datamap.toml").write_text(text)

    code, out, _ = run("retention", "plan")

    assert (code, "no rule ends analytics, and FR caps it at" in out) == (1, True)


def test_law_shortens_the_maps_word(run, tmp_path):
    """The cap decides, and is named."""
    text = MAP.replace('purposes = ["orders"]', 'purposes = ["analytics"]')
    (tmp_path / "datamap.toml").write_text(text.replace("30 days", "9 years"))

    assert "(FR)" in run("retention", "plan")[1]


def test_store_that_fails_is_said_and_the_run_goes_on_later(run, tmp_path):
    """A missing table is a failure, not an empty one."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.executescript("drop table visits")

    code, _, err = run("retention", "run", "--yes")

    assert (code, "PK222" in err) == (1, True)


def test_map_without_rules_has_nothing_to_do(run, tmp_path):
    """No rule, no plan."""
    (tmp_path / "datamap.toml").write_text(
        MAP.replace('retention = { duration = "30 days", from = "at" }\n', "")
    )

    assert run("retention", "plan")[:2] == (
        0,
        "no retention rules: of your own data nothing is mapped to end\n",
    )


def test_hold_is_listed_reviewed_and_released(run, tmp_path):
    """Its scope shows; its values do not."""
    added = run(
        "hold", "add", "shop", "visits", "--where", "who = 'p1'", "--basis", "Art. 17(3)(e)",
        "--reason", "court", "--review", "2026-12-01",
    )  # fmt: skip
    hold = added[1].split()[0]

    assert "holds 20 rows of shop.visits" in added[1]
    assert "who = …" in run("hold", "list")[1]
    assert "p1" not in run("hold", "list")[1]
    assert "REVIEW was 2026-12-01" in run("hold", "list", at=NOW + timedelta(days=20))[1]
    run("retention", "run", "--yes")
    assert _left(tmp_path) == 41
    assert run("hold", "release", hold)[0] == 0
    assert run("hold", "release", hold)[0] == 2
    run("retention", "run")
    assert _left(tmp_path) == 31
    assert run("hold", "list")[1] == "no holds\n"
    assert "released" in run("hold", "list", "--all")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing", "visits"],
        ["shop", "nothing"],
        ["shop", "visits", "--where", "nothing = 1"],
        ["shop", "visits", "--where", "who is Anna"],
        ["shop", "*", "--where", "who = 'p1'"],
        ["privacykit", "nothing"],
        ["shop", "visits", "--review", "soon"],
    ],
    ids=["dataset", "collection", "column", "shape", "star", "ours", "date"],
)
def test_hold_on_what_is_not_there_is_a_misuse(run, arguments):
    """A hold that could hold nothing is refused."""
    review = [] if "--review" in arguments else ["--review", "2027-01-01"]

    assert run("hold", "add", *arguments, "--basis", "x", *review)[0] == 2


def test_hold_that_holds_nothing_now_is_questioned(run):
    """Perhaps the condition was not meant so."""
    code, _, err = run(
        "hold", "add", "shop", "visits", "--where", "who = 'nobody'", "--basis", "x",
        "--review", "2027-01-01",
    )  # fmt: skip

    assert (code, "it holds no row now" in err) == (0, True)


@pytest.mark.parametrize("collection", ["events", "*"])
def test_our_own_events_can_be_held(run, collection):
    """The data map need not say so."""
    code, out, _ = run(
        "hold", "add", "privacykit", collection, "--basis", "x", "--review", "2027-01-01", "--json"
    )

    assert (code, json.loads(out)["rows"]) == (0, None)


@pytest.mark.slow
def test_killed_run_is_gone_on_from(run, tmp_path):
    """Kill -9 in the middle, several times: nothing is forgotten, the log is whole."""
    _fill(tmp_path, 2000, per_day=40)
    counted = {"aggregate": "{ into = 'per_year', by = ['at by year'], minimum = 1 }"}
    text = MAP.replace('from = "at" }', f'from = "at", aggregate = {counted["aggregate"]} }}')
    (tmp_path / "datamap.toml").write_text(text)
    assert run("retention", "run", "--yes", "--rows", "1")[0] == 3
    before = _left(tmp_path)
    command = [sys.executable, "-m", "privacykit", "retention", "run", "--pause", "5"]
    for _ in range(3):
        here = _left(tmp_path)
        process = subprocess.Popen(command, cwd=tmp_path)
        deadline = time.monotonic() + 30
        while _left(tmp_path) == here and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        # The dead run's lease ends by itself.
        with closing(sqlite3.connect(tmp_path / "privacykit-records.db")) as records:
            records.execute("update leases set until = 0")
            records.commit()
    assert 31 < _left(tmp_path) < before

    code = run("retention", "run", "--pause", "0")[0]

    assert (code, _left(tmp_path)) == (0, 31 * 41)
    assert _counted(tmp_path) == 60 + 2000 * 40 - 31 * 41
    assert run("audit", "verify")[0] == 0


def _counted(folder):
    with closing(sqlite3.connect(folder / "shop.db")) as shop:
        return shop.execute("select sum(counted) from per_year").fetchone()[0]
