"""The chain of consent records: every hand but ours is found, and erasure breaks nothing."""

from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from msgspec.structs import replace
from sqlalchemy import create_engine, text

from privacykit.collect.consent.rates import Choices
from privacykit.collect.consent.shown import consent_text
from privacykit.collect.ports import ConsentRecord
from privacykit.errors import StoreError, UnprovenError
from privacykit.govern.audit.chain import AuditKey
from privacykit.stores.database.engine import open_engine, reading, writing
from privacykit.stores.database.schema import prepare
from privacykit.stores.records.consent.archive import (
    ChainHead,
    ConsentArchive,
    chain_head,
)
from privacykit.stores.records.consent.counted import counted
from privacykit.stores.records.consent.orders import NOTHING
from privacykit.stores.records.consent.tables import SCHEMA
from privacykit.stores.records.consents import SqlConsentStore
from privacykit.testing.consent_contract import pending

NOW = 1_800_000_123.456_789
HOUR = NOW - NOW % 3600
KEYS = [AuditKey(bytes(range(32)))]
TEXT = consent_text([], {"title": "Your choices"}, "en")
LATER = NOW + 400 * 86_400


@pytest.fixture
def engine(sql_url):
    """A database of this test's own, on each kind."""
    engine = open_engine(sql_url, kind="records")
    yield engine
    engine.dispose()


@pytest.fixture
def one(tmp_path):
    """An SQLite file of this test's own: what is tried on it holds on each kind."""
    engine = open_engine(f"sqlite:///{tmp_path}/records.db", kind="records")
    yield engine
    engine.dispose()


def choice(record, *purposes, at=NOW, refused=("ads",), place="DE"):
    """Return a choice."""
    return ConsentRecord(
        record,
        "shop",
        purposes,
        "1",
        ("DE@0", "ü@1"),
        at,
        refused=refused,
        text_hash=TEXT.hash,
        language="en",
        interface="page",
        place=place,
        method="chosen",
    )


def filled(engine, keys=KEYS):
    """Return a store with three consents, of which one is withdrawn, and a refusal."""
    store = SqlConsentStore(engine, lambda: keys)
    for number in range(3):
        notice = "0123456789ab@2026-12-01" if number < 2 else ""
        given = replace(choice(f"r{number}", "analytics", at=NOW + number), notice=notice)
        store.add(given, TEXT)
    store.add(choice("no", at=HOUR), TEXT)
    store.withdraw("r1", NOW + 60.5, "page")
    return store


def check(engine, *seals, keys=KEYS):
    """Return what a check finds."""
    return ConsentArchive(engine, keys).verify(seals)


def test_what_we_wrote_is_whole(engine):
    """On each kind of database, to the microsecond and the umlaut."""
    filled(engine)
    head = chain_head(engine)
    report = check(engine, head)
    assert (report.is_whole, report.records, report.log.entries) == (True, 4, 5)
    assert (report.sealed, head.size) == (5, 5)


def test_records_are_read_in_order(engine):
    """All, or those of a period; with the text that they name."""
    filled(engine)
    archive = ConsentArchive(engine, KEYS)
    assert [it.record for it in archive.records()] == ["no", "r0", "r1", "r2"]
    assert [it.record for it in archive.records(NOW, NOW + 2)] == ["r0", "r1"]
    assert next(archive.records(NOW)) == replace(
        choice("r0", "analytics"), notice="0123456789ab@2026-12-01"
    )
    assert (archive.text(TEXT.hash), archive.text("0")) == (TEXT, None)


def test_choices_are_counted(engine):
    """By what they have in common."""
    filled(engine)
    (group,) = counted(engine)
    assert group.keys == ("shop", "DE", "en", "1", "page")
    assert group.choices == Choices(total=4, everything=0, some=3, refused=1, withdrawn=1)
    (early,) = counted(engine, until=NOW)
    assert early.choices == Choices(total=1, refused=1)


def test_what_is_not_in_force_is_counted_as_no_grant(engine):
    """Some of it barred is not everything; a click of which nothing came is no choice."""
    store = SqlConsentStore(engine, lambda: KEYS)
    barred = (("ads", "banner"),)
    part = replace(choice("part", "analytics"), refused=(), barred=barred)
    store.add(part, TEXT)
    store.add(replace(choice("none", at=HOUR), refused=(), barred=barred), TEXT)
    (group,) = counted(engine)
    assert group.choices == Choices(total=1, some=1)
    with engine.connect() as connection:
        actions = connection.scalars(text("select action from consent_entries order by seq")).all()
    assert (actions, check(engine).is_whole) == (["consent.given", "consent.barred"], True)
    for row, bars in (("part", "[]"), ("none", '[["ads","law"]]')):
        with engine.begin() as connection:
            told = {"bars": bars, "row": row}
            connection.execute(text("update consents set barred=:bars where record=:row"), told)
        assert not check(engine).is_whole
        with engine.begin() as connection:
            told = {"bars": '[["ads","banner"]]', "row": row}
            connection.execute(text("update consents set barred=:bars where record=:row"), told)
    assert check(engine).is_whole


def test_what_ends_is_gone_and_the_rest_is_whole(engine):
    """Rows, salts and the text that nobody names; the chain says which went."""
    store = filled(engine)
    assert store.forget_ended(NOW + 61, HOUR - 1, LATER) == 1
    assert check(engine).is_whole
    assert store.forget_ended(NOW + 61, HOUR, LATER) == 1
    assert store.forget_ended(LATER, HOUR, LATER) == 2
    report = check(engine)
    assert (report.is_whole, report.records, report.log.erased_details) == (True, 0, 5)
    assert ConsentArchive(engine, KEYS).text(TEXT.hash) is None
    with engine.connect() as connection:
        left = connection.execute(text("select record, salt from consent_entries")).all()
    assert [row.record for row in left if row.record] == []
    assert len([row.salt for row in left if row.salt]) == 3


TAMPERING = {
    "a purpose more": "update consents set purposes='[\"analytics\",\"ads\"]' where record='r0'",
    "another time": "update consents set given_at=given_at+1 where record='r0'",
    "another place": "update consents set place='US' where record='r0'",
    "another notice": "update consents set notice='0123456789ab@2026-12-02' where record='r0'",
    "no notice": "update consents set notice='' where record='r0'",
    "a notice of before": "update consents set notice='0123456789ab@2026-12-01' where record='r2'",
    "another text": "update consents set text_hash='' where record='r0'",
    "what was refused": "update consents set refused='[]' where record='no'",
    "GPC": "update consents set gpc_seen=1 where record='r0'",
    "a withdrawal undone": "update consents set withdrawn_at=null where record='r1'",
    "a withdrawal moved": "update consents set withdrawn_at=withdrawn_at+1 where record='r1'",
    "a withdrawal made up": f"update consents set withdrawn_at={NOW + 9} where record='r0'",
    "a withdrawal made up, of long ago": "update consents set withdrawn_at=1 where record='r0'",
    "a record out": "delete from consents where record='r0'",
    "a refusal out": "delete from consents where record='no'",
    "a record in": "insert into consents (record,site,purposes,text_version,policies,given_at,"
    f"gpc_seen) values ('x','shop','[]','1','[]',{NOW},0)",
    "an entry out": "delete from consent_entries where seq=2",
    "the tail out": "delete from consent_entries where seq=5",
    "an entry edited": "update consent_entries set digest=prev_hash where seq=2",
    "entries exchanged": "update consent_entries set record='r2' where seq=1",
    "a record as if it had ended": "update consent_entries set record=null, salt=null where seq=1",
    "a head out": "delete from consent_head",
    "a head edited": "update consent_head set size=4",
    "a text edited": "update consent_texts set body='{}'",
    "a text out": "delete from consent_texts",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING)
def test_every_other_hand_is_found(one, statement):
    """Whoever can write to the database and has no key."""
    filled(one)
    with writing(one) as connection:
        connection.execute(text(statement))
    assert not check(one).is_whole


def test_an_end_made_up_is_found(one):
    """An entry that says which records ended cannot be extended."""
    filled(one).forget_ended(NOW + 61, 0, LATER)
    with writing(one) as connection:
        connection.execute(text("update consent_entries set ended='[2,5,1]' where ended <> ''"))
        connection.execute(text("update consent_entries set record=null, salt=null where seq=1"))
        connection.execute(text("delete from consents where record='r0'"))
    assert not check(one).is_whole


def test_an_older_copy_is_found_by_the_audit_log(one):
    """The table fits itself; the head that was put down later does not."""
    store = filled(one)
    seen = chain_head(one)
    with writing(one) as connection:
        old = connection.execute(text("select * from consent_head")).one()._asdict()
    store.add(choice("late", "analytics"), TEXT)
    later = chain_head(one)
    with writing(one) as connection:
        connection.execute(text("delete from consents where record='late'"))
        connection.execute(text("delete from consent_entries where seq=6"))
        names = ", ".join(f"{name}=:{name}" for name in old)
        connection.execute(text(f"update consent_head set {names}"), old)
    assert check(one, seen).is_whole
    report = check(one, seen, later)
    assert (report.is_whole, report.older, report.forked) == (False, True, False)
    other = check(one, ChainHead(5, "0" * 64))
    assert (other.is_whole, other.forked) == (False, True)


def test_nothing_is_added_behind_a_broken_head(one):
    """A consent that cannot be proved is not kept; a withdrawal always is."""
    store = filled(one)
    with writing(one) as connection:
        connection.execute(text("update consent_head set size=4"))
    with pytest.raises(StoreError, match="PK258"):
        store.add(choice("r9", "analytics"))
    assert store.get("r9") is None
    assert store.withdraw("r0", NOW + 70)
    with pytest.raises(StoreError, match="PK258"):
        store.forget_ended(LATER, LATER, LATER)
    assert not check(one).is_whole


def test_a_broken_head_keeps_nobody_from_withdrawing_in_one_change(one):
    """What stops is committed; what nothing can vouch for is left out, and told."""
    store = filled(one)
    with writing(one) as connection:
        connection.execute(text("update consent_head set size=4"))
    with ExitStack() as over:
        change = over.enter_context(store.together())
        change.withdraw("r0", NOW + 70)
        change.stop("visitor", "v", at=NOW + 70, until=None)
        change.add(choice("r9", "analytics"), TEXT)
        with pytest.raises(UnprovenError, match="PK258"):
            over.close()
    waits = [pending("e0", record="r0"), pending("e1", visitor="v")]
    assert (store.get("r9"), store.stopped(waits)) == (None, {"e0", "e1"})


def test_what_one_choice_does_is_chained_in_its_order(engine):
    """An older grant withdrawn and a new one given: two entries, one after the other."""
    store = SqlConsentStore(engine, lambda: KEYS)
    store.add(choice("old", "ads"))
    with store.together() as change:
        change.add(choice("new", "ads", at=NOW + 60), TEXT)
        change.withdraw("old", NOW + 60)
    with reading(engine) as connection:
        entries = connection.execute(
            text("select action, record from consent_entries order by seq")
        )
        told = [tuple(row) for row in entries]
    assert told[1:] == [("consent.withdrawn", "old"), ("consent.given", "new")]
    assert check(engine).is_whole


def test_a_head_that_went_is_not_begun_anew(one):
    """Else whoever takes the head away starts a chain of their own."""
    store = filled(one)
    with writing(one) as connection:
        connection.execute(text("delete from consent_head"))
    with pytest.raises(StoreError):
        store.add(choice("r9", "analytics"))


def test_old_keys_go_on_vouching(one):
    """The key was rotated meanwhile; without the old one nothing can be said."""
    filled(one)
    new = [AuditKey(bytes(range(1, 33))), *KEYS]
    SqlConsentStore(one, lambda: new).add(choice("r9", "analytics"), TEXT)
    assert check(one, keys=new).is_whole
    assert not check(one, keys=new[:1]).is_whole


def test_nothing_chained_is_nothing_wrong(one):
    """Before the first choice."""
    assert chain_head(one) is None
    report = check(one)
    assert (report.is_whole, report.records, report.log.entries) == (True, 0, 0)


def test_who_adds_without_keys_is_named(one):
    """A record beside the chain is one that nobody vouches for."""
    filled(one)
    SqlConsentStore(one).add(choice("beside", "analytics"))
    report = check(one)
    assert (report.is_whole, report.unchained) == (False, 1)


def test_choices_made_at_once_are_one_chain(engine):
    """Four processes worth of threads, on each kind of database."""
    SqlConsentStore(engine).prepare()
    failed = []

    def work(number):
        store = SqlConsentStore(engine, lambda: KEYS)
        try:
            for i in range(5):
                store.add(choice(f"t{number}-{i}", "analytics"), TEXT)
                store.withdraw(f"t{number}-{i}", NOW + 9)
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = check(engine)
    assert (failed, report.is_whole, report.log.entries) == ([], True, 40)


OLD = """
create table consents (record varchar(64) primary key, site varchar(63) not null,
 purposes text not null, text_version varchar(190) not null, policies text not null,
 given_at double precision not null, withdrawn_at double precision, gpc_seen boolean not null);
create table stops (kind varchar(8), `key` varchar(128), purpose varchar(63),
 at double precision not null, until double precision, primary key (kind, `key`, purpose));
create table privacykit_schema (name varchar(40) primary key, version integer not null);
insert into privacykit_schema values ('consents', 2);
insert into stops values ('subject','erased','',1700000000.5,null);
insert into consents values ('old','shop','["analytics"]','1','["DE@0"]',1700000000.5,null,false)
"""


def _brought_up_to_date(url):
    """Return the engine of a store that was made as once."""
    bare = create_engine(url)
    quote = '"' if bare.dialect.name == "postgresql" else "`"
    with bare.begin() as connection:
        for statement in OLD.replace("`", quote).split(";"):
            connection.execute(text(statement))
    bare.dispose()
    engine = open_engine(url, kind="records")
    prepare(engine, SCHEMA, migrate=True)
    return engine


def test_a_store_of_before_is_brought_up_to_date(sql_url):
    """Its records stay, are read, and are told as older than the chain; done twice, too."""
    engine = _brought_up_to_date(sql_url)
    with engine.begin() as connection:
        SCHEMA.upgrades[2](connection)
        SCHEMA.upgrades[3](connection)
        SCHEMA.upgrades[4](connection)
        SCHEMA.upgrades[5](connection)
    filled(engine)
    old = SqlConsentStore(engine).get("old")
    report = check(engine)
    assert (old.purposes, old.refused, old.language) == (("analytics",), (), "")
    assert (old.notice, old.barred) == ("", ())
    assert (report.is_whole, report.records, report.before) == (True, 5, 1)
    assert SqlConsentStore(engine, lambda: KEYS).withdraw("old", NOW)
    assert check(engine).is_whole
    engine.dispose()


def test_orders_of_before_reach_who_looks(sql_url):
    """A process that knows nothing yet reads those that had no turn."""
    engine = _brought_up_to_date(sql_url)
    store = SqlConsentStore(engine)
    assert store.orders_mark() != NOTHING
    assert list(store.suppressed()) == [("erased", "", 1700000000.5)]
    engine.dispose()
