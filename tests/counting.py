"""
Which lines are counted for coverage, and when: stops and starts the counting of this process.

Counting doubles what Python takes, and the start of each process. So lines count where each needs
to be run once: while the first worker imports them, and in tests that are not :data:`UNMEASURED`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import coverage

TESTS = Path(__file__).parent
PROCESSES = "COVERAGE_PROCESS_CONFIG"
"""Tells the processes that a test starts to count lines."""

UNMEASURED = (
    "cli/test_run", "cli/test_sinks_erasure.py", "collect/test_plans.py", "connectors/django",
    "connectors/test_erase_people.py", "connectors/test_many_people.py",
    "connectors/test_shop_at_scale.py", "connectors/test_who_is_meant.py", "crash",
    "decide/impact", "logs/test_servers.py", "mutation", "newcomer", "properties",
    "reports/kinds/test_engines.py", "reports/test_attribution_adversary.py",
    "reports/test_attribution_canary.py", "reports/test_attribution_reference.py", "samples",
    "settings/test_nasty_settings.py", "signals/test_hostile_strings.py",
    "sinks/storage/test_killed.py", "stores/salts/test_processes.py", "test_docs_examples.py",
    "test_docs_frameworks.py", "test_docs_sessions.py", "test_examples.py", "test_for_teams.py",
    "test_instructions.py", "verify/test_watch_trial.py", "web/routers", "whole",
)  # fmt: skip
"""
Folders and modules of tests whose lines others cover: what they run is not counted.

What is left reaches the bound of coverage by itself.
"""

FIRST = {None, "gw0"}
"""The worker, or the only process, that counts what modules do when they are imported."""


def is_unmeasured(path: Path) -> bool:
    """Tell whether what the tests in the file *path* run is not counted."""
    return str(path.relative_to(TESTS)).startswith(UNMEASURED)


@contextmanager
def counted_once() -> Iterator[None]:
    """Count the lines of the block in one worker only: each of them runs them all."""
    counting = coverage.Coverage.current()
    if counting is None or os.environ.get("PYTEST_XDIST_WORKER") in FIRST:
        yield
        return
    counting.stop()
    yield
    counting.start()


@contextmanager
def uncounted() -> Iterator[None]:
    """Count no lines in the block, nor in processes that it starts."""
    counting = coverage.Coverage.current()
    if counting is None:
        yield
        return
    processes = os.environ.pop(PROCESSES, None)
    counting.stop()
    yield
    counting.start()
    if processes is not None:
        os.environ[PROCESSES] = processes


def write_down() -> None:
    """
    Write down what a worker covered while it has the time.

    Who started it waits ten seconds for its end, then kills it, and with a gigabyte to give back on
    a busy machine that is not long.
    """
    covered = coverage.Coverage.current()
    if covered is not None and "PYTEST_XDIST_WORKER" in os.environ:
        covered.stop()
        covered.save()
