"""The short trial of the standing canary; `make canary` is the long one."""

from __future__ import annotations

import pytest

from tests.verify.watch_trial import tried


@pytest.mark.slow
def test_faults_are_found_and_nothing_else(tmp_path):
    """Eight faults of the site, each found by the next run, among twenty periods without one."""
    figures = tried(tmp_path, faults=8, clean=20, seed=3)
    assert (figures.found, figures.missed) == (8, [])
    assert (figures.clean, figures.false_alarms) == (20, [])
    assert figures.events > 200
    assert figures.left == 0
