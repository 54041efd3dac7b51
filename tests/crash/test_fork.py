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
    "RuntimeRefresher._turn",
    "RuntimeRefresher._wake",
    "WriteLimits._lock",
    "WriteLock._lock",
]


UNMEASURED = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
"""Coverage has a lock of its own that no fork renews: a child that lacks it waits for ever."""


def _run(folder: Path, name: str) -> list[str]:
    config = lay_out(folder, CONFIG)
    done = subprocess.run(
        [sys.executable, WORKER, config, name],
        env=UNMEASURED,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    print(done.stderr)  # shown where an assertion fails: where the child stood
    return done.stdout.splitlines() or [done.stderr]


def test_every_lock_is_renewed(tmp_path):
    """Whoever owns a lock or an event is told in a child; a new one cannot be forgotten."""
    assert _run(tmp_path, "list") == [f"{place} True" for place in HELD]


@pytest.mark.parametrize("name", [*HELD, "all"])
def test_a_child_works_whatever_was_held(tmp_path, name):
    """A thread of the parent holds the lock for ever; the child has its own."""
    held = len(HELD) if name == "all" else 1
    assert _run(tmp_path, name)[-1] == f"child 0 held {held}"
