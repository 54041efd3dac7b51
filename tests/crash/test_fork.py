"""Forks while one of our locks is held: the child serves, emits, commits and stops."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from privacykit.testing.layout import CONFIG, lay_out

WORKER = Path(__file__).with_name("fork_worker.py")
HELD = [
    "Counters._lock",
    "DecisionCounts._lock",
    "DeviceReader._lock",
    "Engine._beginning",
    "Engine._lock",
    "FilesInUse._changed",
    "Outbox._starting",
    "Outbox._wake",
    "Places._lock",
    "RuntimeRefresher._lock",
    "_Threads._lock",
    "RuntimeRefresher._turn",
    "RuntimeRefresher._wake",
    "WriteLimits._lock",
    "WriteLock._lock",
]


UNMEASURED = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
"""Coverage has a lock of its own that no fork renews: a child that lacks it waits for ever."""


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return what the worker tells of each lock."""
    config = lay_out(tmp_path_factory.mktemp("forks"), CONFIG)
    done = subprocess.run(
        [sys.executable, WORKER, config],
        env=UNMEASURED,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    print(done.stderr)  # shown where an assertion fails: where the child stood
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def test_every_lock_is_renewed(told):
    """Whoever owns a lock or an event is told in a child; a new one cannot be forgotten."""
    renewed = {place: said.split()[0] for place, said in told.items()}
    assert renewed == dict.fromkeys([*HELD, "all"], "True")


@pytest.mark.parametrize("name", [*HELD, "all"])
def test_a_child_works_whatever_was_held(told, name):
    """A thread of the parent holds the lock for ever; the child has its own."""
    assert told[name] == "True child 0"
