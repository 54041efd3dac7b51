"""One pass for many people over a lake: what changes between deferring and making counts."""

from dataclasses import replace

import pytest

from privacykit.govern import flow
from privacykit.govern.erasure.ports.connector import Subject
from privacykit.govern.records import Hold, Identity
from privacykit.govern.together.scan_pass import ScanPass
from tests.connectors.lakehouse.lakes import ANNA, NOW, ParquetLake, means, plan, rows_of, visits


@pytest.mark.parametrize("held_from", [0.0, NOW + 5.0])
def test_a_hold_placed_after_a_request_deferred_keeps_its_rows(tmp_path, held_from):
    """Holds are asked, and the clock is read, when the pass is made."""
    lake, holds, times = ParquetLake(tmp_path), [], [NOW]
    lake.write(visits())
    stores = replace(means(lake), holds=lambda: tuple(holds), clock=lambda: times[-1])
    one_pass = ScanPass(stores)
    to = one_pass.gather([Subject((Identity("email", ANNA),))])
    made = plan(to)
    waits = flow.execute(to, "p", made.targets_digest)
    holds.append(Hold("h", "lake", "visits", (), "a claim", "op", held_from, NOW + 9e6))
    times.append(NOW + 10.0)
    one_pass.make()
    done = flow.execute(to, "p", made.targets_digest)
    assert [bool(step.error) for step in waits] == [True]
    assert [(step.rows_changed, step.rows_skipped) for step in done] == [(0, 12)]
    assert rows_of(lake) == visits()
