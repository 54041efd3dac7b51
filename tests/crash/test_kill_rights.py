"""P4 for flow 2: ``kill -9`` at random moments of erasures, exports and retention."""

import hashlib
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from examples.shop.database import differences, erased, make_rows, read_rows
from examples.shop.database.people import shop_means
from privacykit.govern.audit.verify import LogStatus

SCRIPT = Path(__file__).with_name("rights_worker.py")
LIVES = {"sqlite": 12, "postgres": 5, "mariadb": 5}
LIFE_SECONDS = 0.6
CUSTOMERS = 40


def load_script():
    """Import the script as a module: its directory is no package."""
    spec = importlib.util.spec_from_file_location("rights_worker", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def live(process, seconds):
    """Let a worker live for *seconds*, or as long as it has work if there are none."""
    process.stdin.write("go\n")
    process.stdin.flush()
    word, pid = process.stdout.readline().split()
    assert word == "born"
    if seconds is not None:
        time.sleep(seconds)
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)
    while (line := process.stdout.readline().split())[0] != "gone":
        assert line[0] == "refused", line
        print(*line)
    return int(line[2])


def read(url):
    """Return every row of the shop."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = read_rows(connection)
    engine.dispose()
    return rows


def check_package(path):
    """Look whether the package is whole: every file is what its manifest says."""
    with zipfile.ZipFile(path) as package:
        manifest = json.loads(package.read("manifest.json"))
        files = [file for part in manifest["parts"] for file in part["files"]]
        assert files
        for file in files:
            assert hashlib.sha256(package.read(file["path"])).hexdigest() == file["sha256"]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("sql_url", LIVES, indirect=True)
def test_what_was_killed_is_finished_and_nothing_is_done_twice(sql_url, tmp_path, request, capsys):
    """After any number of kills the shop is as after one calm run, and the log is whole."""
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    script = load_script()
    rows = make_rows(CUSTOMERS)
    with shop_means(sql_url, rows, text=script.MAP):
        pass
    with script.context(sql_url, tmp_path) as (means, _, ledger):
        for rule in script.rules(means.datamap, script.NOW, {}):
            ledger.confirm(rule.fingerprint(), actor="system", at=0.0, rule=rule.name)
    process = subprocess.Popen(
        [sys.executable, SCRIPT, sql_url, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    kills = 0
    for _ in range(LIVES[request.node.callspec.params["sql_url"]]):
        kills += live(process, dice.uniform(0.02, LIFE_SECONDS)) == signal.SIGKILL
        if (tmp_path / "package.zip").exists():
            check_package(tmp_path / "package.zip")
    assert live(process, None) == 0
    process.stdin.close()
    process.wait()
    process.stdout.close()

    with script.context(sql_url, tmp_path) as (means, log, _):
        names = [(tmp_path / f"plan{number}").read_text() for number in script.LEAVING]
        reports = [means.plans.progress(name) for name in names]
        report = log.verify([], [])
    with capsys.disabled():
        print(f"\nseed {seed}: {kills} kills, {report.standing.value}")
    assert kills, "nothing was killed: the test tested nothing"
    assert report.findings == ()
    assert report.standing is not LogStatus.BROKEN
    for results in reports:
        assert [r for r in results if r.error or r.rows_skipped or not r.finished_at] == []
        for r in results:
            assert r.rows_changed + r.rows_gone + r.rows_retained == r.rows_matched
    check_package(tmp_path / "package.zip")
    for customer in script.LEAVING:
        rows = erased(rows, customer)
    rows["newsletter"] = []
    assert differences(rows, read(sql_url)) == []
