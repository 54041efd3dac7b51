"""The audit log on real databases: serialised, tamper-evident, erasable in its details."""

import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from privacykit.errors import InputError, StoreError
from privacykit.govern.audit.chain import SYSTEM, AuditKey
from privacykit.govern.audit.verify import LogFault, LogStatus
from privacykit.stores.database.engine import open_engine, writing
from privacykit.stores.records.audit import PAGE, AuditLog

KEY = AuditKey(bytes(32))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = [SIGNER.public_key()]
REQUEST = "ab" * 16


@pytest.fixture
def engine(sql_url):
    """An empty [records] database."""
    engine = open_engine(sql_url, kind="records")
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine):
    """An empty audit log."""
    return AuditLog(engine, [KEY], origin="test")


def _alter(engine, statement: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(statement))


def _kinds(report) -> set[LogFault]:
    return {found.finding for found in report.findings}


def test_entries_come_back_in_order_with_their_details(log):
    """What was put down is read back."""
    log.append(SYSTEM, "request.received", request_id=REQUEST, detail={"type": "erasure"}, at=1.5)
    log.append(SYSTEM, "request.approved", request_id=REQUEST, at=2.5)

    entries = list(log.entries())

    assert [(e.entry.seq, e.entry.at, e.detail) for e in entries] == [
        (1, 1_500_000, {"type": "erasure"}),
        (2, 2_500_000, None),
    ]


def test_entries_of_one_request_are_found(log):
    """A request's own entries can be shown."""
    log.append(SYSTEM, "a.b")
    log.append(SYSTEM, "c.d", request_id=REQUEST)

    assert [e.entry.action for e in log.entries(request_id=REQUEST)] == ["c.d"]


def test_log_verifies_with_a_checkpoint_kept_elsewhere(log):
    """A log is whole up to what was signed, and on."""
    log.append(SYSTEM, "a.b", detail={"rows": 3})
    kept = log.checkpoint(SIGNER)
    log.append(SYSTEM, "c.d")

    report = log.verify([kept], PUBLIC)

    assert (report.standing, report.entries, report.details) == (LogStatus.WHOLE, 2, 1)


def test_erasing_details_leaves_the_log_whole(log):
    """Erase, then verify: still whole."""
    log.append(SYSTEM, "a.b", request_id=REQUEST, detail={"rows": 3})
    kept = log.checkpoint(SIGNER)

    erased = log.erase_details(REQUEST)
    report = log.verify([kept], PUBLIC)

    assert (erased, report.standing, report.erased_details) == (1, LogStatus.WHOLE, 1)
    assert next(iter(log.entries())).detail is None


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("update audit_entries set action = 'x.y' where seq = 2", LogFault.EDITED),
        ("update audit_entries set at = at + 1 where seq = 2", LogFault.EDITED),
        ("delete from audit_entries where seq = 2", LogFault.GAP),
        ("delete from audit_entries where seq = 3", LogFault.CUT),
        ("delete from audit_head", LogFault.UNSEALED),
        ("update audit_head set size = 2", LogFault.UNSEALED),
        ("update audit_details set body = '{}' where seq = 1", LogFault.DETAIL),
        ("update audit_details set salt = '' where seq = 1", LogFault.DETAIL),
    ],
    ids=lambda value: value.split(" set ")[-1] if isinstance(value, str) else value.value,
)
def test_tampering_is_found(engine, log, statement, finding):
    """Whoever changes the tables shows."""
    for action in ("a.b", "c.d", "e.f"):
        log.append(SYSTEM, action, detail={"rows": 3})

    _alter(engine, statement)

    assert finding in _kinds(log.verify([], PUBLIC))


def test_swapped_entries_are_found(engine, log):
    """Two entries in each other's place do not fit."""
    for action in ("a.b", "c.d", "e.f"):
        log.append(SYSTEM, action)

    for old, new in ((1, 9), (2, 1), (9, 2)):
        _alter(engine, f"update audit_entries set seq = {new} where seq = {old}")

    assert LogFault.RELINKED in _kinds(log.verify([], PUBLIC))


def test_nothing_is_appended_to_a_broken_head(engine, log):
    """A head that is not ours is not built upon."""
    log.append(SYSTEM, "a.b")
    _alter(engine, "update audit_head set size = 0")

    with pytest.raises(StoreError, match="PK250"):
        log.append(SYSTEM, "c.d")


def test_removed_head_is_not_made_anew(engine, log):
    """Opening a log whose head was removed does not hide it."""
    log.append(SYSTEM, "a.b")
    _alter(engine, "delete from audit_head")

    assert AuditLog(engine, [KEY], origin="test").head() is None


def test_wrong_key_neither_appends_nor_verifies(engine, log):
    """With another key file the log cannot be continued, and verify says why."""
    log.append(SYSTEM, "a.b")
    other = AuditLog(engine, [AuditKey(b"\x01" * 32)], origin="test")

    with pytest.raises(StoreError):
        other.append(SYSTEM, "c.d")
    assert _kinds(other.verify([], PUBLIC)) == {LogFault.WRONG_KEY}


def test_retired_key_still_verifies(engine, log):
    """After a rotation old entries verify and new ones are linked by the new key."""
    log.append(SYSTEM, "a.b")
    rotated = AuditLog(engine, [AuditKey(b"\x01" * 32), KEY], origin="test")
    rotated.append(SYSTEM, "c.d")

    assert rotated.verify([], PUBLIC).standing is LogStatus.CONSISTENT


def test_restored_older_database_is_told(engine, log):
    """An old copy, head and all, fits itself but not the checkpoint kept elsewhere."""
    log.append(SYSTEM, "a.b")
    _alter(engine, "create table old_entries as select * from audit_entries")
    _alter(engine, "create table old_head as select * from audit_head")
    log.append(SYSTEM, "c.d")
    kept = log.checkpoint(SIGNER)
    for table in ("entries", "head"):
        _alter(engine, f"delete from audit_{table}")
        _alter(engine, f"insert into audit_{table} select * from old_{table}")

    assert (log.contains(kept), log.verify([kept], PUBLIC).standing) == (False, LogStatus.OLDER)


def test_log_that_went_on_from_an_old_copy_is_told(engine, log):
    """An old copy that grew past the checkpoint differs from it."""
    log.append(SYSTEM, "a.b")
    log.append(SYSTEM, "c.d")
    kept = log.checkpoint(SIGNER)
    for table in ("entries", "head"):
        _alter(engine, f"delete from audit_{table}")
    again = AuditLog(engine, [KEY], origin="test")
    for _ in range(3):
        again.append(SYSTEM, "e.f")

    assert (again.contains(kept), _kinds(again.verify([kept], PUBLIC))) == (
        False,
        {LogFault.FORKED},
    )


def test_checkpoint_is_also_kept_beside_the_log(log):
    """Signed heads can be read back; that of the empty log is contained in any."""
    empty = log.checkpoint(SIGNER, at=1)
    log.append(SYSTEM, "a.b")
    one = log.checkpoint(SIGNER, at=2)
    again = log.checkpoint(SIGNER, at=3)

    assert (log.checkpoints(), one.size) == ([empty, again], 1)
    assert log.contains(empty)
    assert log.contains(one)


def test_entry_commits_with_what_the_caller_does(engine, log):
    """An entry that joined a transaction goes when that is rolled back."""

    def fail():
        with writing(engine) as connection:
            log.append(SYSTEM, "a.b", connection=connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(log.entries()) == []


def test_refused_entry_leaves_the_log_as_it_was(log):
    """A name where a reference belongs is refused before anything is written."""
    with pytest.raises(InputError, match="an audit entry holds codes and references only"):
        log.append("anna", "a.b")

    assert list(log.entries()) == []


def test_long_log_is_read_in_pages(engine):
    """More than a page is read whole."""
    log = AuditLog(engine, [KEY], origin="test")
    with writing(engine) as connection:
        for _ in range(PAGE + 1):
            log.append(SYSTEM, "a.b", at=1, connection=connection)

    assert log.verify([], PUBLIC).entries == PAGE + 1


def test_unreadable_detail_is_said(engine, log):
    """A detail that is no JSON any more does not stop the list."""
    log.append(SYSTEM, "a.b", detail={"rows": 1})
    _alter(engine, "update audit_details set body = '{'")

    assert next(iter(log.entries())).detail == "unreadable"


WRITER = """
import sys
from privacykit.govern.audit.chain import AuditKey
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.database.engine import open_engine
log = AuditLog(open_engine(sys.argv[1], kind="records"), [AuditKey(bytes(32))], origin="test")
for _ in range(25):
    log.append("system", "a.b", detail={"writer": int(sys.argv[2])})
"""


def test_processes_append_one_after_the_other(sql_url):
    """Four processes that append at once make one chain without gaps."""
    running = [subprocess.Popen([sys.executable, "-c", WRITER, sql_url, str(n)]) for n in range(4)]

    codes = [process.wait() for process in running]
    engine = open_engine(sql_url, kind="records")
    log = AuditLog(engine, [KEY], origin="test")
    report = log.verify([], PUBLIC)

    assert (codes, report.entries, report.findings) == ([0] * 4, 100, ())
    assert {logged.detail["writer"] for logged in log.entries()} == {0, 1, 2, 3}
    engine.dispose()
