"""California's DROP, rehearsed with its stub: every step, every refusal, a crash between any two."""

from __future__ import annotations

import io
import json
import sqlite3
import tracemalloc
import zipfile
from base64 import b64encode
from hashlib import sha256
from random import Random

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app as cli
from privacykit.errors import (
    BackendError,
    ConfigurationError,
    InputError,
    KeyMaterialError,
    StoreError,
)
from privacykit.govern.records import Identity, RequestStatus, RequestType
from privacykit.operate.approval import Approval
from privacykit.operate.fulfil import Fulfilment
from privacykit.operate.protocols.drop import archive as archives
from privacykit.operate.protocols.drop.desk import DropDesk
from privacykit.operate.protocols.drop.list_store import DropLists
from privacykit.operate.protocols.drop.service_client import DropService
from privacykit.recipients.protocols.drop.lists import ListLine
from privacykit.recipients.protocols.drop.standardise import hash_of
from privacykit.testing.stubs.requests.drop import DropStub
from privacykit.testing.stubs.server import BROKEN, StubAnswer
from tests.operate.protocols.conftest import MAP, ProtocolShop

NAME = "20261130_B1_Email.csv"
PEOPLE = ("mara@example.org", "Kim@Example.org", "both@example.org", "both@example.org")


def hashed(text):
    """Return the hash that the list has of an e-mail address."""
    return sha256(text.lower().encode()).digest()


@pytest.fixture
def stub():
    """The service."""
    with DropStub() as made:
        yield made


@pytest.fixture
def shop(tmp_path, stub):
    """A broker with four customers, of whom two share an address."""
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("create table customers (id integer primary key, email text, maid text)")
        database.executemany("insert into customers (email) values (?)", [(it,) for it in PEOPLE])
    database.close()
    table = f'\n[requests.drop]\nkey = "drop-key"\nurl = "{stub.url}"\n'
    datamap = MAP.replace(
        "[collections.shop.customers.fields]",
        '[collections.shop.customers.fields]\nid = { category = "user.unique_id" }',
    )
    return ProtocolShop(tmp_path, table, datamap)


class Broker:
    """What an operator does, each time in a process of its own."""

    def __init__(self, shop):
        self.shop = shop
        self.waits = []

    def does(self, step, **told):
        """Do one step."""
        context = self.shop.context()
        desk = DropDesk(
            context,
            lambda url, key: DropService(url, key, context.clock, self.waits.append),
        )
        try:
            return getattr(desk, step)(**told)
        finally:
            desk.close()
            context.close()

    def ends(self, wanted, *statuses):
        """Take the requests of the type *wanted* to their end."""
        context = self.shop.context()
        for filed in context.requests.filed(RequestStatus):
            request = filed.request
            if request.subject_request_type is not wanted:
                continue
            id_, now = request.subject_request_id, self.shop.now
            for status in statuses:
                if status == "accepted":
                    context.desk.approve(id_, now=now, actor="system")
                elif status == "in_progress":
                    context.desk.start(id_, plan_id="p", now=now, actor="system")
                else:
                    end = RequestStatus(status)
                    context.desk.finish(id_, end, now=now, actor="system", ground="held")
        context.close()


DONE = ("accepted", "in_progress", "fulfilled")
LISTED = [
    ("i-mara", hashed("mara@example.org")),
    ("i-kim", hashed("kim@example.org")),
    ("i-both", hashed("both@example.org")),
    ("i-nobody", hashed("nobody@example.org")),
]


def test_a_whole_round(shop, stub):
    """Download, match, the requests run by operators, respond, amend."""
    broker = Broker(shop)
    stub.offer({NAME: LISTED})
    assert broker.does("download").lines == 4
    found = broker.does("match")
    assert (found.people, found.requests, found.alarms) == ({"Email": 3}, 3, ())
    wanted = {it.subject_identities[0].value: it.subject_request_type for it in shop.requests()}
    assert wanted == {
        "mara@example.org": RequestType.ERASURE,
        "Kim@Example.org": RequestType.ERASURE,
        "both@example.org": RequestType.OPT_OUT_SALE_SHARING,
    }
    assert {it.place for it in shop.requests()} == {"US-CA"}
    first = broker.does("respond")
    assert (first.accepted, first.waiting, stub.answered) == (1, 3, {"i-nobody": "5"})
    broker.ends(RequestType.ERASURE, *DONE[:2], "partially_fulfilled")
    broker.ends(RequestType.OPT_OUT_SALE_SHARING, *DONE)
    second = broker.does("respond")
    assert (second.accepted, second.rejected, second.waiting) == (3, 0, 0)
    assert stub.answered == {"i-nobody": "5", "i-mara": "2", "i-kim": "2", "i-both": "4"}
    broker.ends(RequestType.ERASURE, "in_progress", "fulfilled")
    assert broker.does("amend").accepted == 2
    assert (stub.answered["i-mara"], stub.answered["i-both"]) == ("3", "4")
    assert broker.does("amend").accepted == 0
    assert stub.faults == []


def test_nobody_is_asked_for_twice(shop, stub):
    """A match that is done again files nothing; a list that comes again changes nothing."""
    broker = Broker(shop)
    stub.offer({NAME: LISTED})
    broker.does("download")
    assert broker.does("match").requests == 3
    assert broker.does("match").requests == 0
    assert len(shop.requests()) == 3


def test_somebody_whom_we_meet_later_is_found_in_the_standing_list(shop, stub):
    """The full list exists only here."""
    broker = Broker(shop)
    stub.offer({NAME: [*LISTED, ("i-late", hashed("late@example.org"))]})
    broker.does("download")
    broker.does("match")
    with sqlite3.connect(shop.folder / "shop.db") as database:
        database.execute("insert into customers (email) values ('late@example.org')")
    database.close()
    assert broker.does("match").requests == 1


REMOVED = "20261201_B1_Email_Removed.csv"
ELSEWHERE = "e1"
MARA = Identity("email", "mara@example.org")


def taken(broker, stub, *lists):
    """Download *lists*, each a name and its lines, and match them."""
    for name, lines in lists:
        stub.open.clear()
        stub.offer({name: lines})
        came, found = broker.does("download"), broker.does("match")
    return came, found


def states(shop):
    """Return how the requests stand."""
    return sorted(it.status.value for it in shop.requests())


def suppress(shop, request_id):
    """Keep Mara away for *request_id*."""
    context = shop.context()
    context.suppressions.add(
        [MARA], reason="erasure", at=shop.now, actor="system", request_id=request_id
    )
    context.close()


def kept_away(shop):
    """Tell whether Mara is kept away."""
    context = shop.context()
    try:
        return context.suppressions.contains([MARA], shop.now)
    finally:
        context.close()


@pytest.mark.parametrize("status", ["filed", "accepted"])
def test_who_took_it_back_is_not_erased(shop, stub, status):
    """The request goes with the item that led to it, as long as nothing of it was done."""
    broker = Broker(shop)
    taken(broker, stub, (NAME, LISTED[:1]))
    if status == "accepted":
        broker.ends(RequestType.ERASURE, "accepted")
    came, found = taken(broker, stub, (REMOVED, LISTED[:1]))
    assert (came.cancelled, came.begun, came.unknown) == (1, (), 0)
    assert states(shop) == ["cancelled"]
    assert (found.people, found.requests) == ({}, 0)


def test_what_was_begun_when_it_was_taken_back_is_told(shop, stub):
    """Its rows may be gone already; whoever operates it decides. The exit code says so, too."""
    broker = Broker(shop)
    taken(broker, stub, (NAME, LISTED[:2]))
    broker.ends(RequestType.ERASURE, "accepted", "in_progress")
    begun = {it.subject_request_id for it in shop.requests()}
    stub.open.clear()
    stub.offer({REMOVED: LISTED[:2]})
    told = run(shop, "download")
    assert told.exit_code == 3
    assert all(f"begun already: request {id_}" in told.stderr for id_ in begun)
    assert states(shop) == ["in_progress"] * 2


def test_a_crash_between_cancelling_and_forgetting_loses_nothing(shop, stub, monkeypatch):
    """The archive is read again, and matched by the command that finds it."""
    broker = Broker(shop)
    taken(broker, stub, (NAME, LISTED[:1]))
    stub.open.clear()
    stub.offer({REMOVED: LISTED[:1]})

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DropLists, "finish", dies)
        with pytest.raises(KeyboardInterrupt):
            broker.does("download")
    assert broker.does("match").people == {}
    assert states(shop) == ["cancelled"]


def test_who_asks_anew_after_taking_it_back_is_asked_for_anew(shop, stub):
    """By another item, another request."""
    broker = Broker(shop)
    again = ("i-again", LISTED[0][1])
    _, found = taken(broker, stub, (NAME, LISTED[:1]), (REMOVED, LISTED[:1]), (NAME, [again]))
    assert found.requests == 1
    taken(broker, stub, (REMOVED, [again]), (NAME, [("i-third", LISTED[0][1])]))
    assert states(shop) == ["cancelled", "cancelled", "initiated"]


def test_who_was_refused_and_asks_anew_is_asked_for_anew(shop, stub):
    """The no was to the other request; while that one stands, it is not filed again."""
    broker = Broker(shop)
    taken(broker, stub, (NAME, LISTED[:1]))
    context = shop.context()
    (filed,) = shop.requests()
    id_ = filed.subject_request_id
    context.desk.reject(id_, "claim_not_covered", now=shop.now, actor="system")
    context.close()
    assert broker.does("match").requests == 0
    _, found = taken(broker, stub, (REMOVED, LISTED[:1]), (NAME, [("i-again", LISTED[0][1])]))
    assert found.requests == 1


def test_who_is_met_again_after_the_erasure_is_erased_again(shop, stub):
    """The standing list asks for it ever after; each time once."""
    broker = Broker(shop)
    taken(broker, stub, (NAME, LISTED[:1]))
    for count in (2, 3):
        finish_last(shop)
        assert broker.does("match").requests == 1
        assert broker.does("match").requests == 0
        assert len(shop.requests()) == count


KEPT = """
[reasons.tax]
citation = "AO § 147"
duration = "10 years"
"""


@pytest.mark.parametrize("kept", [False, True], ids=["met again", "only what a law keeps"])
def test_what_a_law_keeps_is_no_new_meeting(shop, stub, tmp_path, kept):
    """An erasure that a law left a part of is over; who is met again beside that is erased again."""
    broker = Broker(shop)
    taken(broker, stub, (NAME, LISTED[:1]))
    finish_last(shop, RequestStatus.PARTIALLY_FULFILLED, "tax")
    if kept:
        said = (tmp_path / "datamap.toml").read_text() + KEPT
        said = said.replace("subject = true", 'subject = true\nkeep = [{ reason = "tax" }]')
        said = said.replace('identity = "email" }', 'identity = "email", keep = ["tax"] }')
        (tmp_path / "datamap.toml").write_text(said)
    assert broker.does("match").requests == (0 if kept else 1)
    assert broker.does("match").requests == 0


def finish_last(shop, status=RequestStatus.FULFILLED, ground=None):
    """End the request that is not ended yet."""
    context = shop.context()
    for it in shop.requests():
        if it.status is RequestStatus.INITIATED:
            id_ = it.subject_request_id
            context.desk.approve(id_, now=shop.now, actor="system")
            context.desk.start(id_, plan_id="p", now=shop.now, actor="system")
            context.desk.finish(id_, status, now=shop.now, actor="system", ground=ground)
    context.close()


def test_who_shares_an_address_is_opted_out_once(shop, stub):
    """They stand there ever after: that is no new meeting."""
    broker = Broker(shop)
    taken(broker, stub, (NAME, LISTED[2:3]))
    broker.ends(RequestType.OPT_OUT_SALE_SHARING, *DONE)
    assert broker.does("match").requests == 0


def test_a_removal_takes_back_one_item_and_not_its_like(shop, stub):
    """The other one with the same hash is another request, which stands."""
    broker = Broker(shop)
    twin = ("i-twin", LISTED[0][1])
    came, found = taken(broker, stub, (NAME, [LISTED[0], twin]), (REMOVED, LISTED[:1]))
    assert (came.cancelled, came.unknown, found.people) == (0, 0, {"Email": 1})
    came, found = taken(broker, stub, (REMOVED, LISTED[:1]))
    assert (came.unknown, found.people) == (0, {"Email": 1})
    came, found = taken(broker, stub, (REMOVED, [twin]))
    assert (came.cancelled, found.people) == (1, {})


def test_a_removal_of_nothing_that_we_have_is_told(shop, stub):
    """It deletes no other item."""
    broker = Broker(shop)
    came, found = taken(broker, stub, (NAME, LISTED[:1]), (REMOVED, [("r-1", LISTED[0][1])]))
    assert (came.unknown, found.people) == (1, {"Email": 1})


@pytest.mark.parametrize("id_", ["i-mara", ""], ids=["by its id", "by its hash before"])
def test_a_removal_that_comes_again_was_done_before(shop, stub, id_):
    """In another archive, while a like of it stands that came since."""
    broker = Broker(shop)
    hash_ = LISTED[0][1]
    taken(broker, stub, (NAME, LISTED[:1]), (REMOVED, [(id_, hash_)]))
    again = ("20261202_B2_Email_Removed.csv", LISTED[:1])
    came, found = taken(broker, stub, ("20261202_B2_Email.csv", [("i-twin", hash_)]), again)
    assert (came.unknown, came.again, found.people) == (0, 1, {"Email": 1})


@pytest.mark.parametrize("id_", ["i-mara", ""], ids=["by its id", "by its hash"])
@pytest.mark.parametrize(
    ("day", "late", "states_after"),
    [
        ("20261130", 1, ["cancelled"]),
        ("20261202", 0, ["cancelled", "initiated"]),
        ("20261203", 0, ["cancelled", "initiated"]),
    ],
    ids=["an older list", "one of the same day", "a newer list"],
)
def test_the_newest_list_says_whether_an_item_stands(shop, stub, id_, day, late, states_after):
    """Who took it back is not asked for by an old list; by a new one the person asks again."""
    broker = Broker(shop)
    taken(broker, stub, ("20261129_B2_Email.csv", LISTED[:1]))
    back = [(id_, LISTED[0][1])]
    taken(broker, stub, ("20261202_B2_Email_Removed.csv", back))
    assert states(shop) == ["cancelled"]
    came, found = taken(broker, stub, (f"{day}_B2_Email.csv", LISTED[:1]))
    assert (came.lines, came.late, found.requests) == (1, late, len(states_after) - 1)
    assert states(shop) == states_after


def test_an_item_that_was_taken_back_before_it_came_stays_so(shop, stub):
    """Of two archives the older one may come last."""
    broker = Broker(shop)
    taken(broker, stub, ("20261202_B2_Email_Removed.csv", LISTED[:1]))
    came, found = taken(broker, stub, ("20261201_B2_Email.csv", LISTED[:1]))
    assert (came.late, found.people) == (1, {})


def test_a_removal_without_an_id_takes_back_the_hash(shop, stub):
    """Every item of it."""
    broker = Broker(shop)
    twin = ("i-twin", LISTED[0][1])
    _, found = taken(
        broker, stub, (NAME, [LISTED[0], twin, LISTED[1]]), (REMOVED, [("", LISTED[0][1])])
    )
    assert found.people == {"Email": 1}


def test_who_took_it_back_may_be_known_again(shop, stub):
    """Though the erasure left nothing of them to be found by."""
    broker = Broker(shop)
    taken(broker, stub, (NAME, LISTED[:1]))
    (filed,) = shop.requests()
    suppress(shop, filed.subject_request_id)
    broker.ends(RequestType.ERASURE, *DONE)
    with sqlite3.connect(shop.folder / "shop.db") as database:
        database.execute("delete from customers where email like 'mara%'")
    database.close()
    _, found = taken(broker, stub, (REMOVED, LISTED[:1]))
    assert (found.lifted, found.people) == (1, {})
    assert not kept_away(shop)
    assert broker.does("match").lifted == 0


def test_what_somebody_asked_for_elsewhere_stands(shop, stub):
    """DROP takes back what DROP asked for."""
    broker = Broker(shop)
    taken(broker, stub, (NAME, LISTED[:1]))
    suppress(shop, ELSEWHERE)
    _, found = taken(broker, stub, (REMOVED, LISTED[:1]))
    assert found.lifted == 0
    assert kept_away(shop)


def test_drop_does_not_take_over_what_was_asked_for_elsewhere(shop, stub):
    """Or it would go with the item. The very run that erases leaves it as it is."""
    broker = Broker(shop)
    suppress(shop, ELSEWHERE)
    taken(broker, stub, (NAME, LISTED[:1]))
    (filed,) = shop.requests()
    context = shop.context()
    actor = context.audit.operator("ana")
    approved, _ = Approval(context, actor).approve(filed)
    doing = Fulfilment(context, actor)
    plan = doing.plan(approved)
    doing.carry_out(approved, plan, accept_problems=plan.problems_digest)
    context.close()
    assert states(shop) == ["fulfilled"]
    _, found = taken(broker, stub, (REMOVED, LISTED[:1]))
    assert found.lifted == 1  # its own, and nothing but its own
    assert kept_away(shop)


def test_of_a_hash_only_a_keyed_hash_is_kept(shop, stub):
    """Who copies the lists cannot test a guess against them."""
    stub.offer({NAME: LISTED})
    Broker(shop).does("download")
    folder = shop.folder / "drop"
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"i-mara" in kept
    assert not any(digest in kept for _, digest in LISTED)
    assert {path.name for path in folder.iterdir()} == {"lists.db"}
    assert {path.stat().st_mode & 0o77 for path in folder.iterdir()} == {0}


@pytest.mark.parametrize(
    "trouble",
    [
        [StubAnswer(202, None, {"retry-after": "7"})],
        [StubAnswer(429)],
        [StubAnswer(500), StubAnswer(503)],
        [StubAnswer(BROKEN)],
    ],
    ids=["being prepared", "too often", "down", "broken"],
)
def test_a_service_that_is_busy_is_asked_again(shop, stub, trouble):
    """After as long as it says, or half a minute."""
    broker = Broker(shop)
    stub.offer({NAME: LISTED})
    for answer in trouble:
        stub.fail(answer.status, headers=answer.headers)
    assert broker.does("download").lines == 4
    assert broker.waits == ([7.0] if trouble[0].status == 202 else [30.0] * len(trouble))


def test_a_service_that_is_never_ready_is_left_alone(shop, stub):
    """Twenty times, then it is somebody's to look at."""
    broker = Broker(shop)
    for _ in range(20):
        stub.fail(202)
    with pytest.raises(BackendError, match="PK378 DROP prepares"):
        broker.does("download")
    assert len(broker.waits) == 20


@pytest.mark.parametrize(
    ("status", "words"), [(401, "API key"), (403, "eligible"), (404, "address"), (409, "answered")]
)
def test_a_refusal_says_what_to_do(shop, stub, status, words):
    """And is not tried again."""
    stub.fail(status)
    with pytest.raises(BackendError, match=words):
        Broker(shop).does("download")


@pytest.mark.usefixtures("stub")
def test_nothing_new_is_nothing_wrong(shop):
    """And counts as having looked."""
    broker = Broker(shop)
    assert broker.does("download") is None
    assert broker.does("status")["overdue"] is False


@pytest.mark.usefixtures("stub")
def test_forty_five_days_are_counted(shop):
    """Since the last time that the service was asked."""
    broker = Broker(shop)
    assert broker.does("status")["overdue"] is True
    broker.does("download")
    shop.now += 44 * 86_400
    assert broker.does("status")["overdue"] is False
    shop.now += 2 * 86_400
    assert broker.does("status")["overdue"] is True


def test_a_crash_after_the_download_loses_nothing(shop, stub, monkeypatch):
    """The service gives a list once."""
    broker = Broker(shop)
    stub.offer({NAME: LISTED})

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DropLists, "finish", dies)
        with pytest.raises(KeyboardInterrupt):
            broker.does("download")
    assert broker.does("status")["archive_waits"] is True
    assert broker.does("match").people == {"Email": 3}
    assert broker.does("status")["archive_waits"] is False


def test_a_crash_between_match_and_upload_loses_nothing(shop, stub, monkeypatch):
    """What was found is found again."""
    broker = Broker(shop)
    stub.offer({NAME: LISTED})
    broker.does("download")

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DropLists, "note_matched", dies)
        with pytest.raises(KeyboardInterrupt):
            broker.does("match")
    with pytest.raises(InputError, match="not matched"):
        broker.does("respond")
    broker.does("match")
    broker.ends(RequestType.ERASURE, *DONE)
    broker.ends(RequestType.OPT_OUT_SALE_SHARING, *DONE)
    assert broker.does("respond").accepted == 4
    assert len(shop.requests()) == 3


def test_a_crash_after_the_upload_is_made_good_by_a_correction(shop, stub, monkeypatch):
    """The service takes answers once, and corrections ever after."""
    broker = Broker(shop)
    stub.offer({NAME: LISTED[3:]})
    broker.does("download")
    broker.does("match")

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DropLists, "sent", dies)
        with pytest.raises(KeyboardInterrupt):
            broker.does("respond")
    assert stub.answered == {"i-nobody": "5"}
    again = broker.does("respond")
    assert (again.accepted, again.waiting) == (1, 0)
    assert [request.path for request in stub.requests][-1] == "/data/amend"


def test_an_answer_that_is_rejected_waits(shop, stub):
    """And is sent again."""
    broker = Broker(shop)
    stub.offer({NAME: [*LISTED[3:], ("i-other", hashed("other@example.org"))]})
    broker.does("download")
    broker.does("match")
    stub.rejects = {"i-other"}
    first = broker.does("respond")
    assert (first.accepted, first.rejected, first.waiting) == (1, 1, 1)
    stub.rejects = set()
    assert broker.does("respond").accepted == 1


def test_a_long_list_of_which_nothing_matches_raises_an_alarm(shop, stub):
    """A wrong form is silent otherwise."""
    broker = Broker(shop)
    stub.offer({NAME: [(f"i{n}", hashed(f"p{n}@example.org")) for n in range(1000)]})
    broker.does("download")
    assert broker.does("match").alarms == ("Email",)
    with pytest.raises(InputError, match="PK375"):
        broker.does("respond")
    assert broker.does("respond", accept_no_match=True).accepted == 1000


def packed(*files, method=zipfile.ZIP_DEFLATED):
    """Return an archive of names and contents."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


BAD = {
    "bomb": packed((NAME, b"ID,Hash\n" + b"a" * (80 << 20))),
    "path": packed(("../" + NAME, "ID,Hash\n")),
    "absolute": packed(("/etc/" + NAME, "ID,Hash\n")),
    "many": packed(*((f"20261130_B1_Email_{n}.csv", "ID,Hash\n") for n in range(51))),
    "no list": packed(("a.exe", b"MZ")),
    "no archive": b"PK\x03\x04 and nothing more",
    "damaged": packed((NAME, "ID,Hash\n" + "x,y\n" * 9))[:-30],
    "no text": packed((NAME, b"ID,Hash\n\xff\xfe\n")),
    "bad line": packed((NAME, "ID,Hash\n=cmd,AAAA\n")),
    "long line": packed((NAME, "ID,Hash\n" + "x" * 9000)),
}


ROWS = [(f"i{n}", hashed(f"p{n}@example.org")) for n in range(6000)]


def broken(lines, at, method=zipfile.ZIP_DEFLATED):
    """Return an archive of which bytes in the middle are others."""
    text = "ID,Hash\n" + "".join(f"{id_},{b64encode(it).decode()}\n" for id_, it in lines)
    good = bytearray(packed((NAME, text), method=method))
    for place in range(at, at + 8):
        good[place] ^= 0xFF
    return bytes(good)


@pytest.mark.parametrize(
    ("method", "share"),
    [
        (zipfile.ZIP_STORED, 0.8),
        (zipfile.ZIP_DEFLATED, 0.001),
        (zipfile.ZIP_DEFLATED, 0.9),
        (zipfile.ZIP_BZIP2, 0.5),
        (zipfile.ZIP_LZMA, 0.5),
    ],
    ids=["stored", "deflate early", "deflate late", "bzip2", "lzma"],
)
def test_a_damaged_stream_is_refused_and_the_next_archive_taken(shop, stub, method, share):
    """Whatever the decompressor calls it, and however much of it was read before."""
    broker = Broker(shop)
    stub.offer({NAME: LISTED[:1]})
    broker.does("download")
    size = len(broken(ROWS, 0, method))
    stub.archive = broken(ROWS, 60 + int(size * share), method)
    with pytest.raises(InputError, match="PK376"):
        broker.does("download")
    assert broker.does("status")["lists"]["Email"]["items"] == 1
    assert broker.does("match").people == {"Email": 1}
    stub.offer({NAME: [ROWS[0]]})
    assert broker.does("download").lines == 1
    assert broker.does("status")["lists"]["Email"]["items"] == 2


def test_every_damage_has_its_error(tmp_path):
    """Any byte of an archive may be another one: that is an error to act on, or another archive."""
    path, random = tmp_path / "inbox.zip", Random(1)
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        text = f"ID,Hash\ni-mara,{b64encode(hashed('mara')).decode()}\n"
        good, refused = packed((NAME, text), method=method), 0
        for _ in range(120):
            bad = bytearray(good)
            bad[random.randrange(len(bad))] = random.randrange(256)
            path.write_bytes(bad)
            try:
                for _, lines in archives.read_archive(path):
                    list(lines())
            except InputError:
                refused += 1
        assert refused > 30


def test_of_an_archive_that_breaks_no_removal_is_done(shop, stub):
    """Nor is anything of it when the other half comes later: it is refused whole."""
    broker = Broker(shop)
    taken(broker, stub, (NAME, LISTED[:2]))
    lines = "".join(f"{id_},{b64encode(it).decode()}\n" for id_, it in [*LISTED[:1], *ROWS])
    stub.open.clear()
    stub.archive = packed((REMOVED, f"ID,Hash\n{lines}broken\n"))
    with pytest.raises(InputError, match="PK376"):
        broker.does("download")
    assert broker.does("match").people == {"Email": 2}
    assert states(shop) == ["initiated"] * 2


def test_lines_of_an_archive_that_was_not_read_whole_are_in_no_list(shop, stub, monkeypatch):
    """They stand with the rest of it, or not at all."""
    broker = Broker(shop)
    stub.offer({NAME: LISTED[:1]})

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DropLists, "finish", dies)
        with pytest.raises(KeyboardInterrupt):
            broker.does("download")
    assert broker.does("status")["lists"] == {}
    (shop.folder / "drop" / "inbox.zip").unlink()
    assert broker.does("match").people == {}
    stub.offer({NAME: LISTED[:2]})
    assert broker.does("download").lines == 2
    assert broker.does("match").people == {"Email": 2}


@pytest.mark.parametrize("kind", BAD)
def test_an_archive_that_is_not_to_be_believed_is_put_aside(shop, stub, kind):
    """Nothing of it is written where it says, and the next one is taken."""
    broker = Broker(shop)
    stub.archive = BAD[kind]
    with pytest.raises(InputError, match="PK376"):
        broker.does("download")
    names = {path.name for path in (shop.folder / "drop").iterdir()}
    assert names == {"lists.db", "refused.zip"}
    stub.offer({NAME: LISTED})
    assert broker.does("download").lines == 4


def test_a_list_that_is_longer_than_its_archive_says_is_refused(tmp_path):
    """A header is only a claim."""
    path = tmp_path / "inbox.zip"
    path.write_bytes(packed((NAME, "ID,Hash\n")))
    with zipfile.ZipFile(path) as archive:
        (entry,) = archive.infolist()
    entry.file_size = 10
    raw = io.BytesIO(b"ID,Hash\n" + b"x\n" * (1 << 20))
    with pytest.raises(InputError, match="larger than it says"):
        list(archives._texts(raw, entry))


KEYS = [("k1", b"1" * 32)]


def test_a_million_rows_take_no_more_memory_than_a_thousand(tmp_path):
    """They are written in chunks."""

    def rows(count):
        for number in range(count):
            yield ListLine(f"i{number:09}", number.to_bytes(32), "Email")

    def peak(count):
        lists = DropLists(tmp_path / f"{count}.db", KEYS)
        lists.begin("a", 0.0)
        tracemalloc.start()
        assert lists.add(1, rows(count)) == (count, 0)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        lists.close()
        return most

    # Chunks are of 5,000: from there on nothing grows, so that this shows it.
    small = peak(10_000)
    assert peak(40_000) < 1.5 * small


def test_lists_whose_key_is_gone_are_not_read_as_empty(tmp_path):
    """A backup of the key file brings it back."""
    DropLists(tmp_path / "lists.db", KEYS).close()
    newer = [("k2", b"2" * 32), *KEYS]
    DropLists(tmp_path / "lists.db", newer).close()
    with pytest.raises(KeyMaterialError, match="PK377"):
        DropLists(tmp_path / "lists.db", newer[:1])


def test_a_file_that_is_no_list_is_an_error_to_act_on(tmp_path):
    """And no traceback."""
    (tmp_path / "lists.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="PK377"):
        DropLists(tmp_path / "lists.db", KEYS)


def test_a_composite_list_is_matched_by_its_parts(tmp_path, stub):
    """Name, birth date and ZIP code, in the order of the hash."""
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute(
            "create table customers (id integer primary key, email text, maid text,"
            " first text, last text, born text, zip text)"
        )
        database.execute(
            "insert into customers values (1, 'm@example.org', null, 'Mara', 'Lind',"
            " '1984-02-29', '02134-1001')"
        )
    database.close()
    datamap = (
        MAP.replace(
            "subject = true",
            'subject = true\nidentities = [{ type = "ndz", parts = { first = "first", last = "last", born = "born", zip = "zip" } }]',
        )
        + 'id = { category = "user.unique_id" }\nfirst = { category = "user.name" }\nlast = { category = "user.name" }\n'
        + 'born = { category = "user.demographic.date_of_birth" }\nzip = { category = "user.contact.address.postal_code" }\n'
    )
    table = (
        f'\n[requests.drop]\nkey = "drop-key"\nurl = "{stub.url}"\n'
        'identities = { NDZ = ["ndz", "first", "last", "born", "zip"] }\n'
    )
    shop = ProtocolShop(tmp_path, table, datamap)
    digest = hash_of("NDZ", ["Mara", "Lind", "1984-02-29", "02134-1001"])
    stub.offer({"20261130_B1_NDZ.csv": [("n-1", digest)]})
    broker = Broker(shop)
    broker.does("download")
    assert broker.does("match").people == {"NDZ": 1}
    (filed,) = shop.requests()
    assert dict(filed.subject_identities[0].parts)["last"] == "Lind"


def run(shop, *words):
    """Run a command."""
    return CliRunner().invoke(cli, ["drop", *words, "-c", str(shop.path)])


def test_the_commands_say_what_happened(shop, stub):
    """In words, as JSON, by their exit code; nobody is named."""
    assert run(shop, "status").exit_code == 1
    stub.offer({NAME: LISTED})
    assert run(shop, "download").stdout == "4 lines came: privacykit drop match\n"
    matched = run(shop, "match")
    assert (matched.exit_code, "Email    3 found" in matched.stdout) == (0, True)
    told = run(shop, "respond", "--json")
    assert (told.exit_code, json.loads(told.stdout)["waiting"]) == (3, 3)
    assert run(shop, "amend").stdout == "0 answered, 0 rejected, 3 wait\n"
    status = run(shop, "status")
    assert (status.exit_code, "ask again by" in status.stdout) == (0, True)
    assert json.loads(run(shop, "status", "--json").stdout)["lists"]["Email"]["items"] == 4
    assert "example.org" not in matched.stdout + told.stdout + status.stdout


def test_without_its_table_a_command_says_what_is_missing(tmp_path):
    """With the key of the file."""
    shop = ProtocolShop(tmp_path, "")
    answer = run(shop, "download")
    assert isinstance(answer.exception, ConfigurationError)
    assert "PK013" in str(answer.exception)


def test_of_a_list_that_nobody_looks_through_nothing_isrun(shop, stub):
    """That an identity was not found is a word to a regulator (PK464)."""
    stub.offer({NAME: LISTED[3:], "20261130_B1_MAID.csv": [("i-device", hashed("a" * 32))]})
    assert run(shop, "download").exit_code == 0
    for command, code in (("match", 3), ("respond", 3), ("status", 1)):
        said = run(shop, command)
        assert (said.exit_code, "PK464 MAID" in said.stderr) == (code, True), said.output
    assert stub.answered == {"i-nobody": "5"}
