"""Suppressions, holds and notices on real databases."""

import random

import msgspec
import pytest
from sqlalchemy import text

from privacykit.govern.audit.chain import SYSTEM, AuditKey
from privacykit.govern.audit.verify import LogStatus
from privacykit.govern.records import Effect, Hold, Identity, RowCondition
from privacykit.govern.requests.notify import RecipientAnswer, RecipientNotice, tried
from privacykit.govern.requests.suppression import SuppressionKey
from privacykit.stores.database.engine import open_engine
from privacykit.stores.database.schema import prepare
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.records.holds import SqlHolds
from privacykit.stores.records.notices import LEASE, SCHEMA, SqlRecipientNotices
from privacykit.stores.records.operations.suppression_table import SCHEMA as LEDGER
from privacykit.stores.records.suppressions import CHUNK, SqlSuppressions

KEY = SuppressionKey(bytes(32))
ANNA = Identity("email", "anna@shop.example")
BEN = Identity("email", "ben@shop.example")
HOLD = Hold(
    "ab",
    "shop",
    "orders",
    (RowCondition("customer_id", "=", 42),),
    "JustificationA17LegalClaims",
    SYSTEM,
    100.0,
    500.0,
    reason="court case",
)
ERRAND = RecipientNotice("e1", "ab", "mailer", b'{"person": 1}', "pending", 0, 100.0, 100.0)

_BY_PERSON = """
    create table suppressions (
        hash varchar(64) not null, exact varchar(64) not null, identity_type varchar(64) not null,
        reason varchar(64) not null, added_at double precision not null, until double precision,
        request_id varchar(36) not null, {key} varchar(16) not null, primary key (hash, exact)
    )
"""
_OLDER = (
    "insert into suppressions values (:hash, :exact, 'email', 'erasure', 9.0, null, 'first', :key)"
)


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
    return SqlSuppressions(engine, [KEY], audit)


@pytest.fixture
def holds(engine, audit):
    """Its holds."""
    return SqlHolds(engine, audit)


@pytest.fixture
def notices(engine, audit):
    """Its notices."""
    return SqlRecipientNotices(engine, audit)


def _suppress(ledger, *people, **more):
    given = {"reason": "erasure", "at": 100.0, "actor": SYSTEM} | more
    return ledger.add(people, **given)


def test_suppressed_person_is_recognised(suppressions):
    """However the address is spelled; and nobody else is."""
    _suppress(suppressions, ANNA)

    assert suppressions.contains([Identity("email", "Anna@SHOP.example")], now=200.0)
    assert not suppressions.contains([BEN], now=200.0)


def test_a_suppression_that_comes_again_is_told_once(suppressions, audit):
    """A run that died is run again; whoever is new is told. Its time is that of the last run."""
    _suppress(suppressions, ANNA, request_id="aa")
    _suppress(suppressions, ANNA, request_id="aa", at=200.0)
    _suppress(suppressions, ANNA, BEN, request_id="aa", at=300.0)
    _suppress(suppressions, ANNA, request_id="bb", at=400.0)

    told = [(e.entry.action, e.entry.request_id, e.detail["identities"]) for e in audit.entries()]
    assert told == [
        ("suppression.added", "aa", 1),
        ("suppression.added", "aa", 1),
        ("suppression.added", "bb", 1),
    ]
    assert suppressions.count(now=400.0, since=300.0) == {"email": 2}


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

    assert [s.added_at for several in found.values() for s in several] == [150.0]
    assert suppressions.count(now=200.0) == {"email": 2}


def test_person_may_come_back(suppressions, audit):
    """A lifted suppression is over, and on record once."""
    _suppress(suppressions, ANNA)

    assert suppressions.lift(ANNA, actor=SYSTEM, at=200.0)
    assert not suppressions.lift(ANNA, actor=SYSTEM, at=200.0)
    assert not suppressions.contains([ANNA], now=200.0)
    assert [e.entry.action for e in audit.entries()] == ["suppression.added", "suppression.lifted"]


@pytest.mark.parametrize("seed", range(12))
def test_each_request_keeps_away_by_itself(suppressions, seed):
    """Whatever came before or after: what is taken back ends, what another asked for stands."""
    chance = random.Random(seed)
    standing = {}
    for step in range(12):
        request = chance.choice(("a", "b", "c"))
        if chance.random() < 0.4:
            suppressions.lift_request(request, actor=SYSTEM, at=200.0)
            standing.pop(request, None)
            continue
        people = chance.sample([ANNA, BEN], chance.choice((1, 2)))
        reason = chance.choice(("erasure", "opt_out_sale_sharing"))
        until = chance.choice((None, 300.0))
        told = {"request_id": request, "reason": reason, "until": until, "at": 100.0 + step}
        _suppress(suppressions, *people, **told)
        before = standing.get(request, {})
        standing[request] = before | {person.value: (reason, until) for person in people}
        for person in (ANNA, BEN):
            found = suppressions.among(suppressions.hashes(person), now=200.0)
            kept = {it.request_id: (it.reason, it.until) for its in found.values() for it in its}
            mine = {r: them[person.value] for r, them in standing.items() if person.value in them}
            assert kept == mine
    people = {person for them in standing.values() for person in them}
    assert suppressions.count(now=200.0) == ({"email": len(people)} if people else {})


def test_who_was_kept_away_by_an_older_version_stays_so(engine, audit):
    """And a second request of that person is kept by itself; the step may be done twice."""
    now = 100.0
    SqlSuppressions(engine, [KEY], audit)
    with engine.begin() as connection:
        connection.execute(text("drop table suppressions"))
        quoted = connection.dialect.identifier_preparer.quote_identifier("key")
        connection.execute(text(_BY_PERSON.format(key=quoted)))
        connection.execute(text("create index ix_suppressions_added_at on suppressions (added_at)"))
        connection.execute(
            text(_OLDER).bindparams(hash=KEY.of(ANNA), exact=KEY.exactly(ANNA), key=KEY.id)
        )
    for _ in range(2):
        with engine.begin() as connection:
            connection.execute(
                text("update privacykit_schema set version = 1 where name = 'suppressions'")
            )
        prepare(engine, LEDGER, migrate=True)

    suppressions = SqlSuppressions(engine, [KEY], audit)
    assert suppressions.contains([ANNA], now)
    suppressions.add([ANNA], reason="objection", at=now, actor=SYSTEM, request_id="ab")
    assert suppressions.lift_request("ab", actor=SYSTEM, at=now)
    assert [
        one.request_id for one in suppressions.among(suppressions.hashes(ANNA), now)[KEY.of(ANNA)]
    ] == ["first"]


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


def test_errand_belongs_to_who_took_it(notices):
    """Two workers never send the same try; after the lease it is taken again."""
    notices.add([ERRAND])

    assert [e.notice_id for e in notices.take(100.0)] == ["e1"]
    assert notices.take(100.0) == ()
    assert len(notices.take(100.0 + LEASE)) == 1


def test_recipient_gets_one_errand_per_request(notices):
    """A resumed run does not tell the recipient twice."""
    again = msgspec.structs.replace(ERRAND, notice_id="e2")
    notices.add([ERRAND, again])

    assert [e.notice_id for e in notices.of("ab")] == ["e1"]


def test_receipt_lists_what_is_unanswered(notices):
    """A recipient that is silent stands in the receipt as pending."""
    notices.add([ERRAND])
    notices.note(tried(ERRAND, RecipientAnswer("pending", "http 503"), 110.0), actor=SYSTEM)

    said = notices.propagations("ab")

    assert [(p.recipient, p.status, p.evidence) for p in said] == [
        ("mailer", "pending", "http 503")
    ]
    assert len(notices.waiting()) == 1


def test_answer_ends_an_errand_and_its_body(notices, audit):
    """Once acknowledged nothing of the person is left, and the log knows."""
    notices.add([ERRAND])
    notices.note(tried(ERRAND, RecipientAnswer("acknowledged", "job-7"), 110.0), actor=SYSTEM)

    assert [(e.status, e.body) for e in notices.of("ab")] == [("acknowledged", b"")]
    assert (notices.waiting(), notices.take(1e9)) == ((), ())
    assert [e.entry.action for e in audit.entries()] == ["recipient.acknowledged"]
    assert audit.verify([], []).standing is LogStatus.CONSISTENT


def test_recipient_that_is_asked_nothing_is_in_receipt_and_log(notices, audit):
    """Nothing will be sent, nobody is waited for, and that it was looked at is proven."""
    unable = msgspec.structs.replace(
        ERRAND, status="unable", next_at=None, evidence="it deletes nobody"
    )
    notices.add([unable], actor=SYSTEM)

    assert [(p.status, p.evidence) for p in notices.propagations("ab")] == [
        ("unable", "it deletes nobody")
    ]
    assert (notices.waiting(), notices.take(1e9)) == ((), ())
    assert [(it.entry.action, it.entry.actor) for it in audit.entries()] == [
        ("recipient.unable", SYSTEM)
    ]


def test_level_of_a_deletion_is_in_the_receipt(notices):
    """As the recipient showed or said it."""
    notices.add([ERRAND])
    answer = RecipientAnswer("acknowledged", "3 ids", effect=Effect.LOGICAL)
    notices.note(tried(ERRAND, answer, 110.0), actor=SYSTEM)

    assert [p.effect for p in notices.propagations("ab")] == [Effect.LOGICAL]


def test_notices_of_an_older_version_get_a_level(engine, audit):
    """They say none; done again, as MariaDB may have it, the step changes nothing."""
    SqlRecipientNotices(engine, audit).add([ERRAND])
    with engine.begin() as connection:
        connection.execute(text("alter table notices drop column effect"))
        connection.execute(text("update privacykit_schema set version = 1 where name = 'notices'"))
    for _ in range(2):
        prepare(engine, SCHEMA, migrate=True)
        with engine.begin() as connection:
            connection.execute(
                text("update privacykit_schema set version = 1 where name='notices'")
            )
    prepare(engine, SCHEMA, migrate=True)

    assert [p.effect for p in SqlRecipientNotices(engine, audit).propagations("ab")] == [
        Effect.NONE
    ]


def test_errands_of_a_cancelled_request_go(notices):
    """What was never sent is not sent any more."""
    notices.add([ERRAND])

    notices.forget("ab")

    assert notices.of("ab") == ()
