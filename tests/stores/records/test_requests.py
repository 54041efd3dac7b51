"""The desk on real databases: requests, proofs, decisions, and their trace."""

import subprocess
import sys
from unittest.mock import Mock

import pytest
from sqlalchemy import inspect, text

from privacykit.errors import InputError, StoreError
from privacykit.govern.audit.chain import AuditKey
from privacykit.govern.audit.verify import LogStatus
from privacykit.govern.records import Identity, RequestStatus, RequestType
from privacykit.govern.requests.deadlines import DeadlineNote
from privacykit.govern.requests.identity_proof import TOKEN_SECONDS, assurance
from privacykit.govern.requests.ledger import AuditAction, NewRequest
from privacykit.govern.requests.lifecycle import OPEN, Ground
from privacykit.govern.requests.service import REFUSED_SECONDS, RequestService
from privacykit.stores.database.engine import open_engine, reading
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.records.requests import SqlRequests

ANNA = Identity("email", "anna@shop.example")
ADDRESS = Identity("ip_address", "203.0.113.7")
NOTE = DeadlineNote(1000.0, 3000.0, 500.0, "EU@0", "GDPR Art. 12(3)", ("EU@0",))
ACTOR = "system"


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
def ledger(engine, audit):
    """Its requests."""
    return SqlRequests(engine, audit)


@pytest.fixture
def desk(ledger):
    """The desk."""
    return RequestService(ledger)


def _receive(desk, wanted=RequestType.ERASURE, number=1, people=(ANNA,), note=NOTE, **more):
    asked = NewRequest(wanted, people, "DE", 100.0, **more)
    return desk.receive(asked, note, random=bytes([number]) * 32, actor=ACTOR).request


def _proven(desk, request):
    proof = assurance("logged_in", at=110.0, by="self")
    return desk.prove(request.subject_request_id, proof, now=110.0, actor=ACTOR)


def _accepted(desk, **more):
    request = _proven(desk, _receive(desk, **more))
    return desk.approve(request.subject_request_id, now=120.0, actor=ACTOR)


def _actions(audit) -> list[str]:
    return [logged.entry.action for logged in audit.entries()]


def test_request_comes_back_as_it_was_filed(desk, ledger):
    """Nothing of a request is lost, its identities included."""
    request = _receive(desk, purposes=("ads",))

    filed = ledger.load(request.subject_request_id)

    assert (filed.request, filed.deadline) == (request, NOTE)


def test_address_alone_files_no_request(desk, ledger):
    """Nobody is found by an IP address only."""
    with pytest.raises(InputError, match="an IP address alone finds and proves nobody"):
        _receive(desk, people=(ADDRESS,))

    assert not ledger.filed(RequestStatus)


def test_address_beside_more_is_taken(desk):
    """An address may accompany what finds a person."""
    assert _receive(desk, people=(ADDRESS, ANNA)).status is RequestStatus.INITIATED


def test_list_is_sorted_by_what_is_due(desk, ledger):
    """What is due first stands in front."""
    late, soon = (DeadlineNote(due, due, None, "EU@0", "", ("EU@0",)) for due in (2000.0, 1000.0))
    _receive(desk, number=1, note=late)
    _receive(desk, number=2, note=soon)

    assert [filed.request.due_at for filed in ledger.filed(OPEN)] == [1000.0, 2000.0]


def test_twin_of_an_open_request_is_named(desk, ledger):
    """The same wish of the same person is noticed; another wish or person is none."""
    first = _receive(desk, number=1)
    _receive(desk, RequestType.ACCESS, number=2)
    _receive(desk, number=3, people=(Identity("email", "ben@shop.example"),))
    again = _receive(desk, number=4, people=(Identity("email", "Anna@Shop.example "),))

    twins = desk.twins(ledger.load(again.subject_request_id))

    assert twins == (first.subject_request_id,)


def test_who_is_only_spelt_alike_is_no_twin(desk, ledger):
    """Another letter finds another person, and so do capitals in a number."""
    given = (("email", "stra\u00dfe@shop.example"), ("customer_id", "C100"))
    others = (("email", "strasse@shop.example"), ("customer_id", "c100"))
    _receive(desk, number=1, people=tuple(Identity(*it) for it in given))
    again = _receive(desk, number=2, people=tuple(Identity(*it) for it in others))
    assert desk.twins(ledger.load(again.subject_request_id)) == ()


def test_token_proves_once(desk):
    """A confirmation link works a single time."""
    request = _receive(desk)
    text = desk.ask_proof(
        request.subject_request_id, "email_link", now=110.0, random=bytes(32), actor=ACTOR
    )

    proven = desk.confirm(text, now=120.0)

    assert (proven.assurance.method, proven.status) == ("email_link", RequestStatus.ACKNOWLEDGED)
    with pytest.raises(InputError, match=r"this confirmation is not valid \(any more\)"):
        desk.confirm(text, now=121.0)


def test_token_expires(desk):
    """A link that lay too long proves nothing."""
    request = _receive(desk)
    text = desk.ask_proof(
        request.subject_request_id, "email_link", now=110.0, random=bytes(32), actor=ACTOR
    )

    with pytest.raises(InputError, match=r"this confirmation is not valid \(any more\)"):
        desk.confirm(text, now=110.0 + TOKEN_SECONDS)


def test_new_token_replaces_the_old_one(desk):
    """Whoever asks twice uses the last link."""
    request = _receive(desk).subject_request_id
    first = desk.ask_proof(request, "email_link", now=1.0, random=bytes(32), actor=ACTOR)
    second = desk.ask_proof(request, "email_link", now=2.0, random=b"\x01" * 32, actor=ACTOR)

    with pytest.raises(InputError, match=r"this confirmation is not valid \(any more\)"):
        desk.confirm(first, now=3.0)
    assert desk.confirm(second, now=3.0).assurance.level == "substantial"


def test_a_token_is_good_until_what_it_confirms_is_committed(desk, monkeypatch):
    """A store that fails on the way costs nobody the only proof that they have."""
    request = _receive(desk).subject_request_id
    text = desk.ask_proof(request, "email_link", now=1.0, random=bytes(32), actor=ACTOR)
    with monkeypatch.context() as failing:
        failing.setattr(SqlRequests, "replace", Mock(side_effect=StoreError("away")))
        with pytest.raises(StoreError):
            desk.confirm(text, now=2.0)

    assert desk.confirm(text, now=3.0).assurance.level == "substantial"
    with pytest.raises(InputError, match=r"this confirmation is not valid \(any more\)"):
        desk.confirm(text, now=4.0)


def test_only_the_hash_of_a_token_is_stored(desk, engine):
    """The token's text is in no table."""
    request = _receive(desk).subject_request_id
    token = desk.ask_proof(request, "email_link", now=1.0, random=b"\x07" * 32, actor=ACTOR)

    with reading(engine) as connection:
        rows = [
            str(tuple(row))
            for table in inspect(engine).get_table_names()
            for row in connection.execute(text(f"select * from {table}"))
        ]

    assert rows
    assert not any(token in row for row in rows)


@pytest.mark.parametrize("method", ["ip_address", "asserted", "guess"])
def test_link_that_proves_nothing_is_not_sent(desk, method):
    """A token stands for a real proof."""
    request = _receive(desk).subject_request_id

    with pytest.raises(InputError, match="not a way to prove who one is"):
        desk.ask_proof(request, method, now=1.0, random=bytes(32), actor=ACTOR)


def test_erasure_without_proof_is_not_approved(desk):
    """Nobody is erased on somebody's word."""
    request = _receive(desk)

    with pytest.raises(InputError, match="substantial"):
        desk.approve(request.subject_request_id, now=120.0, actor=ACTOR)


def test_opt_out_needs_no_proof(desk):
    """Saying no to a sale is honoured at once."""
    request = _receive(desk, RequestType.OPT_OUT_SALE_SHARING)

    accepted = desk.approve(request.subject_request_id, now=120.0, actor=ACTOR)

    assert accepted.status is RequestStatus.ACCEPTED


def test_weak_proof_does_not_replace_a_strong_one(desk):
    """The best proof stays on record."""
    request = _proven(desk, _receive(desk))
    weak = assurance("ip_address", at=115.0, by="self")

    after = desk.prove(request.subject_request_id, weak, now=115.0, actor=ACTOR)

    assert after.assurance.method == "logged_in"


def test_request_runs_and_ends(desk, audit):
    """Every step of a request is in the audit log, in order."""
    request = _accepted(desk)
    desk.start(request.subject_request_id, plan_id="aa", now=130.0, actor=ACTOR)
    done = desk.finish(request.subject_request_id, RequestStatus.FULFILLED, now=140.0, actor=ACTOR)

    assert done.finished_at == 140.0
    assert _actions(audit) == [
        "request.received",
        "request.proven",
        "request.approved",
        "request.started",
        "request.fulfilled",
    ]


def test_starting_again_after_a_crash_changes_nothing(desk, audit):
    """A resumed run is the same run."""
    request = _accepted(desk)
    first = desk.start(request.subject_request_id, plan_id="aa", now=130.0, actor=ACTOR)

    assert first == desk.start(request.subject_request_id, plan_id="aa", now=150.0, actor=ACTOR)
    assert _actions(audit).count("request.started") == 1


def test_unapproved_request_is_not_run(desk):
    """Nothing runs before somebody said yes."""
    request = _proven(desk, _receive(desk))

    with pytest.raises(InputError, match="it cannot be run now: this request was not approved yet"):
        desk.start(request.subject_request_id, plan_id="aa", now=130.0, actor=ACTOR)


@pytest.mark.parametrize("ground", ["failed", "JustificationA12Complexity", "no time"])
def test_failure_is_no_ground_of_a_refusal(desk, ground):
    """Rejected means that we said no, for a reason that the law knows."""
    request = _receive(desk)

    with pytest.raises(InputError, match="not a ground of a refusal"):
        desk.reject(request.subject_request_id, ground, now=120.0, actor=ACTOR)


def test_refusal_is_kept_with_its_ground(desk):
    """A refusal says why."""
    request = _receive(desk)
    ground = Ground.MANIFESTLY_UNFOUNDED.value

    rejected = desk.reject(request.subject_request_id, ground, now=120.0, actor=ACTOR)

    assert (rejected.status, rejected.justification) == (RequestStatus.REJECTED, ground)


def test_extension_takes_what_the_laws_give(desk, ledger):
    """An extended request is due at the extended date."""
    request = _receive(desk)
    ground = Ground.COMPLEXITY.value

    after = desk.extend(request.subject_request_id, ground, told=True, now=900.0, actor=ACTOR)

    assert (after.status, after.extended_to) == (RequestStatus.DELAYED, 3000.0)
    assert ledger.load(request.subject_request_id).request == after


def test_extension_keeps_an_approval(desk):
    """A request that was approved stays approved while it takes longer."""
    request = _accepted(desk)
    ground = Ground.HIGH_VOLUME.value

    after = desk.extend(request.subject_request_id, ground, told=True, now=900.0, actor=ACTOR)

    assert (after.status, after.extended_to) == (RequestStatus.ACCEPTED, 3000.0)


@pytest.mark.parametrize(
    ("now", "told", "ground", "why"),
    [
        (1001.0, True, Ground.COMPLEXITY.value, "cannot be extended: first_period_over"),
        (900.0, False, Ground.COMPLEXITY.value, "cannot be extended: not_told"),
        (900.0, True, Ground.LEGAL_CLAIMS.value, "not a ground of a delay"),
    ],
    ids=["late", "silent", "no delay"],
)
def test_extension_that_the_law_does_not_know_is_refused(desk, now, told, ground, why):
    """Late, silent or groundless extensions do not stand."""
    request = _receive(desk)

    with pytest.raises(InputError, match=why):
        desk.extend(request.subject_request_id, ground, told=told, now=now, actor=ACTOR)


def test_decided_request_is_not_decided_again(desk):
    """A cancelled request is neither approved nor proven nor extended."""
    request = _receive(desk).subject_request_id
    desk.cancel(request, now=120.0, actor=ACTOR)
    proof = assurance("eid", at=1.0, by="self")

    with pytest.raises(InputError, match="this request was taken back"):
        desk.approve(request, now=130.0, actor=ACTOR)
    with pytest.raises(InputError):
        desk.prove(request, proof, now=130.0, actor=ACTOR)


def test_unknown_request_is_said(desk):
    """An id that is none is an error, not silence."""
    with pytest.raises(InputError, match="no such request"):
        desk.acknowledge("00", now=1.0, actor=ACTOR)


def test_acknowledgement_is_noted(desk):
    """The time at which the person heard from us is kept."""
    request = _receive(desk)

    after = desk.acknowledge(request.subject_request_id, now=115.0, actor=ACTOR)

    assert after.acknowledged_at == 115.0


def test_closing_erases_what_finds_the_person(desk, ledger, audit):
    """A request that is over keeps no identity, and its trace verifies still."""
    request = _receive(desk).subject_request_id
    desk.cancel(request, now=120.0, actor=ACTOR)

    desk.close(request, actor=ACTOR)

    assert ledger.load(request).request.subject_identities == ()
    assert audit.verify([], []).standing is LogStatus.CONSISTENT


@pytest.mark.parametrize(
    ("wanted", "left"),
    [(RequestType.ERASURE, 0), (RequestType.ACCESS, 5)],
    ids=["erasure", "access"],
)
def test_details_of_an_erased_person_are_erased(desk, audit, wanted, left):
    """Only theirs, only after an erasure, and the log is whole before and after."""
    request = _accepted(desk, wanted=wanted).subject_request_id
    desk.start(request, plan_id="aa", now=130.0, actor=ACTOR)
    desk.finish(request, RequestStatus.FULFILLED, now=140.0, actor=ACTOR, detail={"rows": 3})
    audit.append(ACTOR, "request.noted", request_id=request, detail={"rows": 4})
    other = _receive(desk, number=2).subject_request_id

    desk.close(request, actor=ACTOR)

    details = {
        known: sum(entry.detail is not None for entry in audit.entries(request_id=known))
        for known in (request, other)
    }
    assert (details, audit.verify([], []).standing) == (
        {request: left, other: 1},
        LogStatus.CONSISTENT,
    )


def test_sweep_erases_what_a_crash_left_and_old_refusals(desk, ledger):
    """A fulfilled request that was not closed, and one refused half a year ago."""
    done = _accepted(desk, number=1).subject_request_id
    desk.start(done, plan_id="aa", now=130.0, actor=ACTOR)
    desk.finish(done, RequestStatus.FULFILLED, now=140.0, actor=ACTOR)
    refused = _receive(desk, number=2).subject_request_id
    desk.reject(refused, "no_match", now=150.0, actor=ACTOR)
    waiting = _receive(desk, number=3).subject_request_id

    assert desk.sweep(now=200.0, actor=ACTOR) == 1
    assert desk.sweep(now=150.0 + REFUSED_SECONDS, actor=ACTOR) == 1
    known = [ledger.load(r).request.subject_identities for r in (done, refused, waiting)]
    assert known == [(), (), (ANNA,)]


def test_unfinished_request_keeps_what_finds_the_person(desk, ledger):
    """What is partly fulfilled can be taken up again."""
    request = _accepted(desk).subject_request_id
    desk.start(request, plan_id="aa", now=130.0, actor=ACTOR)
    desk.finish(request, RequestStatus.PARTIALLY_FULFILLED, now=140.0, actor=ACTOR, ground="held")

    with pytest.raises(InputError, match="this request is answered but for what had to stay"):
        desk.close(request, actor=ACTOR)
    assert ledger.load(request).request.subject_identities == (ANNA,)


def test_change_of_a_changed_request_is_refused(desk, ledger, audit):
    """Two operators at once: the second looks again, and no trace is left of what was not done."""
    request = _receive(desk)
    desk.acknowledge(request.subject_request_id, now=115.0, actor=ACTOR)

    with pytest.raises(StoreError, match="PK251"):
        ledger.replace(request, request, AuditAction(ACTOR, "request.approved"))
    assert _actions(audit) == ["request.received", "request.acknowledged"]


def test_newest_receipt_is_kept(ledger):
    """A receipt replaces the one before; none is none."""
    ledger.save_receipt("aa", b"{1}")
    ledger.save_receipt("aa", b"{2}")

    assert (ledger.receipt("aa"), ledger.receipt("bb")) == (b"{2}", None)


def test_forgetting_an_unknown_request_leaves_no_trace(ledger, audit):
    """Nothing is logged about what never was."""
    ledger.forget_identities("aa", AuditAction(ACTOR, "request.forgotten"))

    assert _actions(audit) == []


REDEEMER = """
import sys
from privacykit.govern.audit.chain import AuditKey
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.database.engine import open_engine
from privacykit.stores.records.requests import SqlRequests
engine = open_engine(sys.argv[1], kind="records")
ledger = SqlRequests(engine, AuditLog(engine, [AuditKey(bytes(32))], origin="test"))
sys.stdin.readline()
print(sum(ledger.redeem(f"{n:064x}", 0) is not None for n in range(20)))
"""


def test_token_is_redeemed_by_one_process_only(sql_url, ledger):
    """However many redeem at once, each token counts once."""
    from privacykit.govern.requests.identity_proof import Confirmation

    for n in range(20):
        ledger.offer(Confirmation(f"{n:064x}", f"{n}", "email_link", 100.0))
    command = [sys.executable, "-c", REDEEMER, sql_url]
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, **pipe) for _ in range(3)]

    answers = [process.communicate("go\n")[0] for process in running]

    assert sum(map(int, answers)) == 20


@pytest.mark.usefixtures("ledger")
def test_filing_reads_no_request_that_is_there(engine):
    """What tells the newest, and which are open, is an index each: a million are like a hundred."""
    indexed = [index["column_names"] for index in inspect(engine).get_indexes("subject_requests")]
    assert sorted(indexed) == [["number"], ["status"]]
