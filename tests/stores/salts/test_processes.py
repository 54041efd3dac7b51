"""Promise P3 among processes: they agree at every midnight; a killed one leaves no dead salt."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from privacykit.stores.salts.open import open_salts

DAY = 86_400
WORKER = Path(__file__).with_name("salt_worker.py")


def _start(url):
    return subprocess.Popen(
        [sys.executable, WORKER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _cross(workers, midnight):
    """Let every worker cross *midnight* at the same instant; return what each then used."""
    for worker in workers:
        worker.stdin.write(f"{midnight}\n")
    for worker in workers:
        worker.stdin.flush()
    return [worker.stdout.readline().strip() for worker in workers]


def _url(kind, request, tmp_path):
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/salts.db"
    return request.getfixturevalue(f"{kind}_url")


@pytest.mark.parametrize(
    ("kind", "count"), [("postgres", 100), ("redis", 100), ("mariadb", 20), ("sqlite", 20)]
)
def test_three_processes_agree_at_every_midnight(kind, count, request, tmp_path):
    """They ask at the same instant, each with a candidate of its own; every day is a new salt."""
    url = _url(kind, request, tmp_path)
    first = (time.time() // DAY + 1) * DAY
    with ExitStack() as stack:
        workers = [stack.enter_context(_start(url)) for _ in range(3)]
        assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * 3
        days = [set(_cross(workers, first + i * DAY)) for i in range(count)]
        for worker in workers:
            worker.stdin.close()
    open_salts(url).destroy_all(0)

    assert [len(day) for day in days] == [1] * count
    assert len(set.union(*days)) == count
    assert "" not in set.union(*days)


def _bytes_beside(path):
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_a_process_killed_while_it_rotates_leaves_no_dead_salt(tmp_path):
    """After the next start no salt but the living one is in any file, and the file is sound."""
    path = tmp_path / "salts.db"
    url = f"sqlite:///{path}"
    dice = random.Random(7)
    midnight = (time.time() // DAY + 1) * DAY
    salts = []
    for _ in range(10):
        with _start(url) as worker:
            worker.stdout.readline()
            for _ in range(2):
                midnight += DAY
                salts += _cross([worker], midnight)
            midnight += DAY
            worker.stdin.write(f"{midnight}\n")
            worker.stdin.flush()
            time.sleep(dice.uniform(0, 0.04))
            worker.kill()
            salts += worker.stdout.read().split()

    store = open_salts(url)
    store.destroy_all(midnight)
    audit = store.audit(midnight)

    everything = _bytes_beside(path)
    left = [salt for salt in salts if bytes.fromhex(salt) in everything]
    with sqlite3.connect(path) as connection:
        sound = connection.execute("pragma integrity_check").fetchone()
    connection.close()
    assert len(salts) >= 20
    assert left == []
    assert (audit.level, audit.searched, audit.alive, sound) == ("erased", True, 0, ("ok",))


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_does_not_use_its_parents_memory():
    """Salts in memory that crossed a fork would differ from process to process unnoticed."""
    store = open_salts("memory://")
    child = os.fork()
    if child == 0:
        try:
            store.prepare()
        except Exception:  # noqa: BLE001 - the child only reports
            os._exit(3)
        os._exit(0)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
