"""A run that is killed with ``kill -9`` goes on where it stopped, and leaves nothing out."""

from __future__ import annotations

from tests.operate import anonymise_long as long

ROWS = 5_000


def test_a_killed_run_is_taken_up_where_it_stopped(tmp_path):
    """Killed while it rests after its first batch, then again; the long form does a million rows."""
    url = f"sqlite:///{tmp_path}/raw.db"
    long.lay_out(tmp_path, url, ROWS)
    plan, digest = long.planned(tmp_path)
    first = long.killed(tmp_path, plan, digest, pause=1000.0)
    assert 0 < first < ROWS
    assert sum(long.finer(url).values()) >= ROWS - first
    told = long.finished(tmp_path, plan, digest)
    assert told["steps"]["raw.hits"] == {
        "rows": ROWS,
        "changed": ROWS,
        "held": 0,
        "unreadable": 0,
        "done": True,
        "left": 0,
    }
    assert not long.finer(url)
