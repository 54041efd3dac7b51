"""What the audit log answers: where it begins and ends, when it was, who is who, written out."""

from __future__ import annotations

import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from privacykit.errors import StoreError
from privacykit.govern.audit.chain import SYSTEM, AuditKey
from privacykit.govern.audit.entries import Checkpoint
from privacykit.govern.audit.verify import LogFault
from privacykit.stores.database.engine import open_engine, reading, writing
from privacykit.stores.records import audit
from privacykit.stores.records.audit import AuditLog

OLD, NEW = AuditKey(bytes(32)), AuditKey(b"\x01" * 32)
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
REQUEST, OTHER = "ab" * 16, "cd" * 16


@pytest.fixture
def engine(tmp_path):
    """An empty [records] database."""
    engine = open_engine(f"sqlite:///{tmp_path}/records.db", kind="records")
    yield engine
    engine.dispose()


@pytest.fixture
def log(engine):
    """A log of four entries, two of them of one request."""
    log = AuditLog(engine, [OLD], origin="test")
    for number, request in enumerate(["", REQUEST, OTHER, REQUEST], 1):
        log.append(SYSTEM, "a.b", request_id=request, detail={"n": number}, at=float(number))
    return log


def _stored(engine, what: str) -> list:
    with reading(engine) as connection:
        return list(connection.execute(text(what)))


@pytest.mark.parametrize(
    ("span", "shown"),
    [
        ({}, [1, 2, 3, 4]),
        ({"after": 0}, [1, 2, 3, 4]),
        ({"after": 1}, [2, 3, 4]),
        ({"after": 4}, []),
        ({"until": 3}, [1, 2, 3]),
        ({"until": 0}, []),
        ({"until": 9}, [1, 2, 3, 4]),
        ({"after": 1, "until": 3}, [2, 3]),
        ({"after": 1, "until": 3, "request_id": REQUEST}, [2]),
        ({"request_id": REQUEST}, [2, 4]),
        ({"request_id": ""}, [1]),
        ({"request_id": "ef" * 16}, []),
    ],
    ids=str,
)
def test_entries_are_shown_from_where_to_where_and_of_whom(log, span, shown):
    """*After* is left out, *until* is in; of an empty log's checkpoint nothing is."""
    assert [logged.entry.seq for logged in log.entries(**span)] == shown


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_pages_of_any_size_hold_each_entry_once(log, monkeypatch, size):
    """The last of one page is followed by the first of the next."""
    monkeypatch.setattr(audit, "PAGE", size)
    assert [logged.entry.seq for logged in log.entries()] == [1, 2, 3, 4]
    assert (log.verify((), ()).entries, log.verify((), ()).findings) == (4, ())


def test_of_a_log_without_its_head_nothing_is_shown(engine, log):
    """Nobody knows where it ends."""
    with writing(engine) as connection:
        connection.execute(text("delete from audit_head"))
    assert (log.head(), list(log.entries())) == (None, [])


def test_an_operator_has_an_id_for_each_key(engine):
    """Whoever looks for one's entries finds those of before a rotation too."""
    log = AuditLog(engine, [NEW, OLD], origin="test")
    again = AuditLog(engine, [OLD], origin="test")
    assert log.operator("anna") == NEW.operator("anna")
    assert log.operators("anna") == [NEW.operator("anna"), OLD.operator("anna")]
    assert again.operators("anna") == [OLD.operator("anna")]
    assert again.operators(" Anna") == [OLD.operator("anna"), OLD.operator(" Anna")]
    assert NEW.operator("anna") != OLD.operator("anna")


@pytest.mark.parametrize(("times", "latest"), [((), 0.0), ((7.5,), 7.5), ((7.5, 2.25), 2.25)])
def test_the_latest_time_is_that_of_the_last_entry(engine, times, latest):
    """Also where a clock was set back; an empty log has none."""
    log = AuditLog(engine, [OLD], origin="test")
    for at in times:
        log.append(SYSTEM, "a.b", at=at)
    assert log.latest_at() == latest


def test_a_row_behind_the_head_is_not_the_latest(engine, log):
    """It is no entry."""
    columns = "actor, action, subject_ref, request_id, detail_digest, key, prev_hash, hash"
    with writing(engine) as connection:
        connection.execute(
            text(
                f"insert into audit_entries (seq, at, {columns})"
                f" select 5, 99000000, {columns} from audit_entries where seq = 1"
            )
        )
    assert log.latest_at() == 4.0


def test_an_entry_and_a_checkpoint_are_of_now_where_nothing_is_said(engine):
    """In seconds since 1970, between the looks at the clock before and after."""
    log = AuditLog(engine, [OLD], origin="test")
    before = time.time()
    log.append(SYSTEM, "a.b")
    signed = log.checkpoint(SIGNER)
    assert before - 0.001 <= log.latest_at() <= time.time()
    assert int(before) <= signed.at <= time.time()


def test_a_checkpoint_says_what_it_was_told(log):
    """Its time is in whole seconds; its origin and size are the log's."""
    signed = log.checkpoint(SIGNER, at=12.9)
    assert (signed.origin, signed.size, signed.at, signed.head) == ("test", 4, 12, log.head().hash)


@pytest.mark.parametrize(
    ("detail", "body"),
    [(None, None), ({}, b"{}"), ({"b": 1, "a": {"d": 2, "c": 3}}, b'{"a":{"c":3,"d":2},"b":1}')],
    ids=["none", "empty", "sorted"],
)
def test_a_detail_is_kept_in_one_form_with_a_salt_of_its_own(engine, detail, body):
    """32 random bytes, so that nobody guesses an erased detail from its digest."""
    log = AuditLog(engine, [OLD], origin="test")
    for _ in range(2):
        entry = log.append(SYSTEM, "a.b", detail=detail)
    kept = _stored(engine, "select salt, body from audit_details order by seq")
    assert [row.body for row in kept] == ([] if body is None else [body, body])
    assert {len(row.salt) for row in kept} == (set() if body is None else {32})
    assert len({row.salt for row in kept}) == len(kept)
    assert (entry.detail_digest == "") is (body is None)


def test_the_details_of_one_request_are_erased_and_no_others(log):
    """How many is said; a second time there are none."""
    erased = (log.erase_details(REQUEST), log.erase_details(REQUEST))
    left = [logged.detail for logged in log.entries()]
    assert (erased, left) == ((2, 0), [{"n": 1}, None, {"n": 3}, None])


def test_details_are_erased_with_what_the_caller_does(engine, log):
    """They come back when that is rolled back."""

    def fail():
        with writing(engine) as connection:
            log.erase_details(REQUEST, connection=connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert [logged.detail for logged in log.entries(request_id=REQUEST)] == [{"n": 2}, {"n": 4}]


def test_checkpoints_beside_the_log_are_one_for_each_size_in_order(log):
    """The later one of a size takes the place of the earlier."""
    log.checkpoint(SIGNER, at=1)
    log.append(SYSTEM, "a.b", at=5.0)
    log.checkpoint(SIGNER, at=2)
    log.checkpoint(SIGNER, at=3)
    assert [(signed.size, signed.at) for signed in log.checkpoints()] == [(4, 1), (5, 3)]


@pytest.mark.parametrize(
    ("size", "at_seq", "contained"),
    [(4, 4, True), (2, 2, True), (2, 3, False), (5, 4, False), (0, 0, True)],
    ids=["the end", "before", "another head", "longer", "empty"],
)
def test_a_log_contains_what_it_had_then(engine, log, size, at_seq, contained):
    """Its entry at that size has that hash; any log has been empty once."""
    hashes = dict(_stored(engine, "select seq, hash from audit_entries"))
    signed = Checkpoint("test", size, "", hashes.get(at_seq, ""), 1)
    assert log.contains(signed) is contained


@pytest.mark.parametrize(
    "statement",
    [
        "delete from audit_head",
        "update audit_head set seal = 'ab'",
        "update audit_head set key = 'ab'",
    ],
)
def test_on_a_head_that_is_not_ours_nothing_is_built(engine, log, statement):
    """Neither an entry nor a checkpoint; the words say what to do."""
    with writing(engine) as connection:
        connection.execute(text(statement))
    said = r"^PK250 the head of the audit log is not as we left it: `privacykit audit verify`$"
    for act in (lambda: log.append(SYSTEM, "a.b"), lambda: log.checkpoint(SIGNER)):
        with pytest.raises(StoreError, match=said):
            act()
    kinds = {found.finding for found in log.verify((), ()).findings}
    assert (kinds & {LogFault.UNSEALED, LogFault.WRONG_KEY} != set(), kinds & {LogFault.STRAY}) == (
        True,
        set(),
    )


@pytest.mark.usefixtures("log")
def test_the_new_key_links_and_the_old_one_still_counts_as_ours(engine):
    """Entries of a key that is not ours are not genuine."""
    AuditLog(engine, [NEW, OLD], origin="test").append(SYSTEM, "c.d", at=5.0)
    shown = {
        keys: [each.genuine for each in AuditLog(engine, list(keys), origin="test").entries()]
        for keys in ((NEW, OLD), (NEW,))
    }
    assert shown == {(NEW, OLD): [True] * 5, (NEW,): [False] * 4 + [True]}
    last = _stored(engine, "select key from audit_entries where seq = 5")[0].key
    assert last == NEW.id
