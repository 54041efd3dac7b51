"""Rows that others put among the entries of the audit log: found, not shown, not fatal."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from privacykit.govern.audit.chain import SYSTEM, AuditKey
from privacykit.govern.audit.verify import LogFault, LogStatus
from privacykit.stores.database.engine import open_engine, reading, writing
from privacykit.stores.records.audit import SET_ASIDE, AuditLog

KEY = AuditKey(bytes(32))
HUGE = 2**63 - 1
PLACES = [-1, -HUGE, 0, 4, 5, 1000, HUGE]


@pytest.fixture
def engine(sql_url):
    """A [records] database with three entries."""
    engine = open_engine(sql_url, kind="records")
    log = AuditLog(engine, [KEY], origin="test")
    for number in range(3):
        log.append(SYSTEM, "request.received", at=float(number))
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine):
    """Its log."""
    return AuditLog(engine, [KEY], origin="test")


def _plant(engine, *places, action="request.fulfilled"):
    """Copy an entry to other places, as somebody with a database client might."""
    with writing(engine) as connection:
        for place in places:
            connection.execute(
                text(
                    "insert into audit_entries select :place, at, actor, :action, subject_ref, request_id,"
                    " detail_digest, key_, prev_hash, hash from audit_entries where seq = 2".replace(
                        "key_", '"key"' if engine.dialect.name != "mysql" else "`key`"
                    )
                ),
                {"place": place, "action": action},
            )


def _shown(log):
    return [logged.entry.seq for logged in log.entries()]


@pytest.mark.parametrize("place", PLACES)
def test_a_row_outside_the_chain_is_found(engine, log, place):
    """Before the first entry, right behind the last, or far away."""
    _plant(engine, place)
    report = log.verify((), ())
    assert [(f.finding, f.seq) for f in report.findings] == [(LogFault.STRAY, place)]
    assert report.standing is LogStatus.BROKEN


@pytest.mark.parametrize("place", PLACES)
def test_a_row_outside_the_chain_is_not_shown(engine, log, place):
    """As if somebody had done what it says."""
    _plant(engine, place)
    assert (_shown(log), [e.entry.seq for e in log.entries(after=-5)]) == ([1, 2, 3], [1, 2, 3])


@pytest.mark.parametrize("place", PLACES)
def test_the_log_goes_on_and_says_what_it_set_aside(engine, log, place):
    """The next entry takes its place; what stood there is kept for whoever looks."""
    _plant(engine, place)
    log.append(SYSTEM, "request.approved", at=9.0)
    with reading(engine) as connection:
        kept = [row.place for row in connection.execute(text("select place from audit_strays"))]
    assert [e.entry.action for e in log.entries()][3:] == [SET_ASIDE, "request.approved"]
    assert (log.verify((), ()).standing, kept) == (LogStatus.CONSISTENT, [str(place)])


def test_many_rows_are_set_aside_at_once(engine, log):
    """Nobody has to append as often as somebody planted."""
    _plant(engine, *PLACES)
    log.append(SYSTEM, "request.approved", at=9.0)
    assert (_shown(log), log.verify((), ()).findings) == ([1, 2, 3, 4, 5], ())


def test_text_in_the_place_of_a_number_is_found(tmp_path):
    """SQLite lets any value into any column."""
    engine = open_engine(f"sqlite:///{tmp_path}/a.db", kind="records")
    log = AuditLog(engine, [KEY], origin="test")
    log.append(SYSTEM, "request.received", at=1.0)
    with writing(engine) as connection:
        connection.execute(
            text(
                "insert into audit_entries select 'zz', at, actor, action, subject_ref, request_id,"
                " detail_digest, key, prev_hash, hash from audit_entries"
            )
        )
    found = [f.finding for f in log.verify((), ()).findings]
    log.append(SYSTEM, "request.approved", at=2.0)
    engine.dispose()
    assert (found, log.verify((), ()).findings) == ([LogFault.STRAY], ())


def test_what_is_shown_is_what_the_check_accepts(engine, log):
    """An entry that was edited is not shown as if it were ours, wherever it stands."""
    with writing(engine) as connection:
        connection.execute(
            text("update audit_entries set action = 'request.fulfilled' where seq = 2")
        )
    genuine = [logged.genuine for logged in log.entries()]
    assert (genuine, [f.seq for f in log.verify((), ()).findings]) == ([True, False, True], [2])


def test_an_edited_detail_is_not_shown(engine, log):
    """Counts and codes are part of what was done."""
    log.append(SYSTEM, "request.approved", detail={"rows": 1}, at=9.0)
    with writing(engine) as connection:
        connection.execute(text("update audit_details set body = '{}' where seq = 4"))
    assert [logged.genuine for logged in log.entries()] == [True, True, True, False]


def test_a_clock_that_was_set_back_is_named(log):
    """It is no fault of the log, and somebody should know."""
    log.append(SYSTEM, "request.approved", at=100_000.0)
    log.append(SYSTEM, "request.started", at=50_000.0)
    log.append(SYSTEM, "request.fulfilled", at=100_001.0)
    report = log.verify((), ())
    assert [(f.finding, f.seq) for f in report.findings] == [(LogFault.CLOCK, 5)]
    assert (report.standing, report.last_at) == (LogStatus.CONSISTENT, 100_001.0)
