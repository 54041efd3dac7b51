"""What an audit entry says when it is read back: every field as it was put down."""

from __future__ import annotations

import pytest

from privacykit.govern.audit.chain import AuditKey
from privacykit.govern.records import Identity, RequestType
from privacykit.govern.requests.deadlines import DeadlineNote
from privacykit.govern.requests.ledger import NewRequest
from privacykit.govern.requests.service import RequestService
from privacykit.stores.database.engine import open_engine
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.records.requests import SqlRequests

KEY = AuditKey(bytes(range(32)))


@pytest.fixture
def engine(tmp_path):
    """An empty [records] database."""
    engine = open_engine(f"sqlite:///{tmp_path}/records.db", kind="records")
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine):
    """An empty audit log."""
    return AuditLog(engine, [KEY], origin="test")


def test_every_field_is_read_back_as_it_was_put_down(log):
    """Who, what, about whom, for which request, when, and what was counted."""
    log.append(
        "op-0123456789abcdef",
        "request.received",
        subject_ref="ab12",
        request_id="cd34",
        detail={"rows": 3},
        at=1.5,
    )
    (logged,) = log.entries()
    entry = logged.entry
    assert (
        entry.actor,
        entry.action,
        entry.subject_ref,
        entry.request_id,
        entry.at,
        logged.detail,
    ) == ("op-0123456789abcdef", "request.received", "ab12", "cd34", 1_500_000, {"rows": 3})


def test_a_request_is_logged_with_its_own_reference_and_its_persons(engine, log):
    """So that what was done for one person can be shown without saying who it was."""
    desk = RequestService(SqlRequests(engine, log))
    asked = NewRequest(RequestType.ERASURE, (Identity("email", "anna@shop.example"),), "DE", 100.0)
    note = DeadlineNote(1000.0, 3000.0, 500.0, "EU@0", "GDPR Art. 12(3)", ("EU@0",))
    request = desk.receive(asked, note, random=bytes(range(32)), actor="system").request
    logged = [(each.entry.subject_ref, each.entry.request_id) for each in log.entries()]
    assert set(logged) == {(request.subject_ref, request.subject_request_id)}
    assert (len(request.subject_ref) > 0, len(request.subject_request_id) > 0) == (True, True)
