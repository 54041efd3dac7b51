"""Suppressions, holds and errands on real databases."""

import msgspec
import pytest

from privacykit.govern.audit import SYSTEM, AuditKey
from privacykit.govern.propagation import Answer, Errand, tried
from privacykit.govern.records import Condition, Hold, Identity
from privacykit.govern.suppression import SuppressionKey
from privacykit.govern.verification import Standing
from privacykit.stores.audit import AuditLog
from privacykit.stores.engine import open_engine
from privacykit.stores.errands import LEASE, SqlErrands
from privacykit.stores.holds import SqlHolds
from privacykit.stores.suppressions import CHUNK, SqlSuppressions

KEY = SuppressionKey(bytes(32))
ANNA = Identity("email", "anna@shop.example")
BEN = Identity("email", "ben@shop.example")
HOLD = Hold(
    "ab",
    "shop",
    "orders",
    (Condition("customer_id", "=", 42),),
    "JustificationA17LegalClaims",
    SYSTEM,
    100.0,
    500.0,
    reason="court case",
)
ERRAND = Errand("e1", "ab", "mailer", b'{"person": 1}', "pending", 0, 100.0, 100.0)


@pytest.fixture
def engine(sql_url):
    """An empty [records] database."""
    engine = open_engine(sql_url, kind="records")
    yield engine
    engine.dispose()


@pytest.fixture
def audit(engine):
    """Its audit log."""
    return AuditLog(engine, [AuditKey(bytes(32))], origin="test")


@pytest.fixture
def suppressions(engine, audit):
    """Its suppression ledger."""
    return SqlSuppressions(engine, KEY, audit)


@pytest.fixture
def holds(engine, audit):
    """Its holds."""
    return SqlHolds(engine, audit)


@pytest.fixture
def errands(engine, audit):
    """Its errands."""
    return SqlErrands(engine, audit)


def _suppress(ledger, *people, **more):
    given = {"reason": "erasure", "at": 100.0, "actor": SYSTEM} | more
    return ledger.add(people, **given)


def test_suppressed_person_is_recognised(suppressions):
    """However the address is spelled; and nobody else is."""
    _suppress(suppressions, ANNA)

    assert suppressions.contains([Identity("email", "Anna@SHOP.example")], now=200.0)
    assert not suppressions.contains([BEN], now=200.0)


def test_suppression_ends_when_it_says(suppressions):
    """A suppression with an end is over then."""
    _suppress(suppressions, ANNA, until=300.0)

    assert suppressions.until(ANNA, now=200.0) == 300.0
    assert suppressions.until(ANNA, now=300.0) is None
    assert suppressions.forget_ended(300.0) == 1


def test_suppression_without_end_is_for_ever(suppressions):
    """An objection does not expire by itself."""
    _suppress(suppressions, ANNA)

    assert suppressions.until(ANNA, now=1e12) == float("inf")
    assert suppressions.forget_ended(1e12) == 0


def test_hashed_identity_suppresses_nothing_and_says_so(suppressions):
    """What cannot be recognised does not count as kept away."""
    assert _suppress(suppressions, Identity("email", "00" * 32, "sha256")) == 0
    assert not suppressions.contains([Identity("email", "00" * 32, "sha256")], now=200.0)


def test_column_of_hashes_is_looked_up_in_bulk(suppressions):
    """Among many values those suppressed since a time are found."""
    _suppress(suppressions, ANNA, at=50.0)
    _suppress(suppressions, BEN, at=150.0)
    column = [KEY.of_value("email", f"{n}@x") for n in range(CHUNK + 1)]
    column += [KEY.of(ANNA), KEY.of(BEN)]

    found = suppressions.among(column, now=200.0, since=100.0)

    assert [s.added_at for s in found.values()] == [150.0]
    assert suppressions.count(now=200.0) == {"email": 2}


def test_person_may_come_back(suppressions, audit):
    """A lifted suppression is over, and on record once."""
    _suppress(suppressions, ANNA)

    assert suppressions.lift(ANNA, actor=SYSTEM, at=200.0)
    assert not suppressions.lift(ANNA, actor=SYSTEM, at=200.0)
    assert not suppressions.contains([ANNA], now=200.0)
    assert [e.entry.action for e in audit.entries()] == ["suppression.added", "suppression.lifted"]


def test_suppressing_twice_keeps_one(suppressions):
    """The same person asks again; the newer order stands."""
    _suppress(suppressions, ANNA, until=300.0)
    _suppress(suppressions, ANNA, at=200.0)

    assert suppressions.count(now=1000.0) == {"email": 1}


def test_hold_stands_until_released(holds, audit):
    """A hold is asked for by what it holds, then ends and is still known."""
    holds.place(HOLD)
    assert holds.standing() == (HOLD,)

    ended = holds.release("ab", actor=SYSTEM, at=200.0)

    assert (holds.standing(), holds.all(), ended.released_at) == ((), (ended,), 200.0)
    assert [e.entry.action for e in audit.entries()] == ["hold.placed", "hold.released"]


def test_hold_is_released_once(holds):
    """Releasing what is not held does nothing."""
    holds.place(HOLD)
    holds.release("ab", actor=SYSTEM, at=200.0)

    assert holds.release("ab", actor=SYSTEM, at=300.0) is None
    assert holds.release("cd", actor=SYSTEM, at=300.0) is None


def test_hold_tells_the_audit_log_nothing_of_people(holds, audit):
    """The predicate may name a person; the log has the hold's id and scope."""
    holds.place(HOLD)

    logged = next(iter(audit.entries()))

    assert logged.detail == {
        "basis": HOLD.basis,
        "collection": "orders",
        "dataset": "shop",
        "hold": "ab",
    }


def test_errand_belongs_to_who_took_it(errands):
    """Two workers never send the same try; after the lease it is taken again."""
    errands.add([ERRAND])

    assert [e.errand_id for e in errands.take(100.0)] == ["e1"]
    assert errands.take(100.0) == ()
    assert len(errands.take(100.0 + LEASE)) == 1


def test_recipient_gets_one_errand_per_request(errands):
    """A resumed run does not tell the recipient twice."""
    again = msgspec.structs.replace(ERRAND, errand_id="e2")
    errands.add([ERRAND, again])

    assert [e.errand_id for e in errands.of("ab")] == ["e1"]


def test_receipt_lists_what_is_unanswered(errands):
    """A recipient that is silent stands in the receipt as pending."""
    errands.add([ERRAND])
    errands.note(tried(ERRAND, Answer("pending", "http 503"), 110.0), actor=SYSTEM)

    said = errands.propagations("ab")

    assert [(p.recipient, p.status, p.evidence) for p in said] == [
        ("mailer", "pending", "http 503")
    ]
    assert len(errands.waiting()) == 1


def test_answer_ends_an_errand_and_its_body(errands, audit):
    """Once acknowledged nothing of the person is left, and the log knows."""
    errands.add([ERRAND])
    errands.note(tried(ERRAND, Answer("acknowledged", "job-7"), 110.0), actor=SYSTEM)

    assert [(e.status, e.body) for e in errands.of("ab")] == [("acknowledged", b"")]
    assert (errands.waiting(), errands.take(1e9)) == ((), ())
    assert [e.entry.action for e in audit.entries()] == ["recipient.acknowledged"]
    assert audit.verify([], []).standing is Standing.CONSISTENT


def test_errands_of_a_cancelled_request_go(errands):
    """What was never sent is not sent any more."""
    errands.add([ERRAND])

    errands.forget("ab")

    assert errands.of("ab") == ()
