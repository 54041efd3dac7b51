"""The short trial of the standing canary; `make canary` is the long one."""

from __future__ import annotations

import pytest

from tests.verify.watch_trial import tried


@pytest.mark.slow
def test_faults_are_found_and_nothing_else(tmp_path):
    """Ten faults of the site, each found by the next run, among fifty periods without one."""
    figures = tried(tmp_path, faults=10, clean=50, seed=3)
    assert (figures.found, figures.missed) == (10, [])
    assert (figures.clean, figures.false_alarms) == (50, [])
    assert figures.events > 500
    assert figures.left == 0
