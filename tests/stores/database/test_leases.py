"""Leases: of many processes one has it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.leases import Leases

NOW = 1_800_000_000.0


@pytest.fixture
def leases(sql_url):
    """Leases in a database of this test's own."""
    engine = open_engine(sql_url, kind="records")
    yield Leases(engine)
    engine.dispose()


def test_the_first_one_gets_it_and_the_second_waits(leases):
    """Until the time is over."""
    got = [
        leases.acquire("worker", "a", 60, NOW),
        leases.acquire("worker", "b", 60, NOW + 59),
        leases.acquire("worker", "b", 60, NOW + 60),
        leases.acquire("worker", "a", 60, NOW + 61),
    ]

    assert got == [True, False, True, False]


def test_names_are_leased_apart(leases):
    """One process may retain while another delivers."""
    assert leases.acquire("retention", "a", 60, NOW)
    assert leases.acquire("delivery", "b", 60, NOW)


def test_the_holder_may_acquire_again(leases):
    """Even at the same instant, with nothing to change."""
    got = [leases.acquire("worker", "a", 60, at) for at in (NOW, NOW, NOW + 10)]

    assert got == [True, True, True]
    assert not leases.acquire("worker", "b", 60, NOW + 69)


def test_only_a_holder_in_time_renews(leases):
    """A process that slept too long has to acquire anew."""
    leases.acquire("worker", "a", 60, NOW)

    got = [
        leases.renew("worker", "b", 60, NOW + 1),
        leases.renew("worker", "a", 60, NOW + 59),
        leases.renew("worker", "a", 60, NOW + 119),
        leases.renew("nothing", "a", 60, NOW),
    ]

    assert got == [False, True, False, False]


def test_a_released_lease_is_free(leases):
    """Others need not wait for its end; they cannot release it."""
    leases.acquire("worker", "a", 60, NOW)

    got = [
        leases.release("worker", "b", NOW),
        leases.release("worker", "a", NOW),
        leases.release("worker", "a", NOW),
        leases.acquire("worker", "b", 60, NOW),
    ]

    assert got == [False, True, False, True]


def test_renewing_needs_no_earlier_use(leases):
    """A store that was never used says no, and fails not."""
    assert not leases.renew("worker", "a", 60, NOW)


def test_threads_that_ask_at_once_get_one_lease(leases):
    """Round after round."""
    with ThreadPoolExecutor(8) as pool:
        rounds = [
            sum(
                pool.map(
                    lambda i, at=NOW + 100 * r: leases.acquire("worker", f"o{i}", 60, at), range(8)
                )
            )
            for r in range(10)
        ]

    assert rounds == [1] * 10


def test_processes_that_ask_at_once_get_one_lease(leases, sql_url):
    """One of four, on every kind of database."""
    leases.prepare()
    code = (
        "import sys, uuid; from privacykit.stores.database.engine import open_engine;"
        "from privacykit.stores.database.leases import Leases;"
        f"leases = Leases(open_engine({sql_url!r}, kind='records')); me = uuid.uuid4().hex;"
        "print(flush=True); sys.stdin.readline();"
        f"print(sum(leases.acquire(f'job{{i}}', me, 60, {NOW}) for i in range(20)))"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for worker in workers:
        worker.stdout.readline()

    got = [worker.communicate("go\n")[0] for worker in workers]

    assert sum(map(int, got)) == 20
