"""The request book: each request filed once, approved by nobody, seen by its own party."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from privacykit.errors import InputError, StoreError
from privacykit.govern.records import Identity, RequestStatus, RequestType
from privacykit.operate.protocols.book import OperatorRequestBook
from privacykit.operate.protocols.telling import tell_parties
from privacykit.recipients.protocols.book import ChannelOrder
from privacykit.stores.keys import rotate_key
from privacykit.stores.records.arriving.channels import RequestChannel
from tests.operate.protocols.conftest import ProtocolShop

ORDER = ChannelOrder(
    channel="drp",
    party="AGENT",
    number="n1",
    digest="d",
    wanted=RequestType.ERASURE,
    identities=(Identity("email", "mara@example.org"),),
    private=b"contact of mara",
)


@pytest.fixture
def shop(tmp_path):
    """A shop."""
    return ProtocolShop(tmp_path, "")


@pytest.fixture
def context(shop):
    """Its stores."""
    context = shop.context()
    yield context
    context.close()


def test_what_comes_twice_at_one_moment_is_filed_once(shop):
    """By processes that know nothing of each other."""

    def file(_):
        context = shop.context()
        try:
            return OperatorRequestBook(context).file(ORDER).request.subject_request_id
        finally:
            context.close()

    file(0)  # the tables are there
    late = msgspec.structs.replace(ORDER, number="n2")

    def file_late(_):
        context = shop.context()
        try:
            return OperatorRequestBook(context).file(late).request.subject_request_id
        finally:
            context.close()

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(file_late, range(4)))
    assert len(ids) == 1
    assert len(shop.requests()) == 2


def test_it_is_found_after_a_key_was_rotated(shop, context):
    """Numbers are kept as keyed hashes, and older keys go on finding them."""
    first = OperatorRequestBook(context).file(ORDER)
    rotate_key(shop.folder / "privacykit.keys", "subject", context.keys.current("subject").made_at)
    again = shop.context()
    found = OperatorRequestBook(again).file(ORDER)
    again.close()
    assert (found.fresh, found.request) == (False, first.request)


def test_what_could_not_be_filed_is_said_to_be_sent_again(context, monkeypatch):
    """The desk refused for a moment: nobody is told that it has the request."""

    def refuses(*_, **__):
        raise StoreError("for a moment")

    monkeypatch.setattr(context.desk, "receive", refuses)
    with pytest.raises(StoreError, match="PK374"):
        OperatorRequestBook(context).file(ORDER)


def test_what_arrives_is_approved_by_nobody_and_unproven_where_nobody_vouches(shop, context):
    """An operator says yes, or nobody."""
    OperatorRequestBook(context).file(ORDER)
    (request,) = shop.requests()
    assert (request.status, request.approved_by, request.assurance) == (
        RequestStatus.INITIATED,
        (),
        None,
    )
    with pytest.raises(InputError, match="proof"):
        context.desk.approve(request.subject_request_id, now=shop.now, actor="system")


@pytest.mark.parametrize(
    ("channel", "party", "number"),
    [("drp", "AGENT", "n2"), ("drp", "OTHER", "n1"), ("opendsr", "AGENT", "n1")],
)
def test_a_party_sees_what_it_filed_and_nothing_else(context, channel, party, number):
    """By its own number, on its own channel."""
    book = OperatorRequestBook(context)
    filed = book.file(ORDER)
    assert book.find("drp", "AGENT", "n1").request == filed.request
    assert book.find(channel, party, number) is None
    id_ = filed.request.subject_request_id
    assert book.of_request("drp", "AGENT", id_).request == filed.request
    assert book.of_request("drp", "OTHER", id_) is None


PROVEN = msgspec.structs.replace(ORDER, proof="agent_authorisation")
MARA = msgspec.structs.replace(
    PROVEN, channel="form", party="person", proof="email_link", details={"relation": "self"}
)


def joining(order, number):
    """Return *order* once more, to be answered by what is there if that is the same person's."""
    return msgspec.structs.replace(order, number=number, joins=True)


def test_the_same_asked_again_by_the_same_way_is_one_request(context):
    """The same person asks twice."""
    book = OperatorRequestBook(context)
    first, second = book.file(MARA), book.file(joining(MARA, "n2"))
    assert first.request == second.request
    assert book.cancel(second).request.status is RequestStatus.CANCELLED


@pytest.mark.parametrize(
    "before",
    [
        PROVEN,
        msgspec.structs.replace(PROVEN, channel="opendsr"),
        msgspec.structs.replace(PROVEN, channel="ddrf"),
        msgspec.structs.replace(MARA, details={"relation": "agent"}),
        msgspec.structs.replace(MARA, details={}),
        msgspec.structs.replace(MARA, proof=""),
    ],
    ids=["drp", "opendsr", "ddrf", "agent", "unknown", "unproven"],
)
def test_what_came_another_way_is_joined_by_nobody_and_ends_nobody_elses(context, before):
    """Whoever asked first for somebody does not hold that person's own request."""
    book = OperatorRequestBook(context)
    first = book.file(before)
    own = book.file(joining(MARA, "own"))
    assert own.request.subject_request_id != first.request.subject_request_id
    book.cancel(first)
    (left,) = context.requests.filed([RequestStatus.INITIATED])
    assert left.request.subject_request_id == own.request.subject_request_id


def test_what_came_two_ways_is_taken_back_by_neither(context):
    """Neither speaks for the other: an operator decides."""
    book = OperatorRequestBook(context)
    filed = book.file(PROVEN)
    id_ = filed.request.subject_request_id
    context.channels.add(RequestChannel("0" * 64, "form", "person", id_, "", {"relation": "self"}))
    with pytest.raises(InputError, match="somebody else"):
        book.cancel(filed)
    assert context.requests.load(id_).request.status is RequestStatus.INITIATED


def test_what_names_somebody_goes_when_the_request_is_over(shop, context):
    """With what finds the person, and not before."""
    filed = OperatorRequestBook(context).file(ORDER)
    id_ = filed.request.subject_request_id
    tell_parties(context)
    assert [it.private for it in context.channels.of(id_)] == [b"contact of mara"]
    context.desk.cancel(id_, now=shop.now, actor="system")
    context.desk.close(id_, actor="system")
    tell_parties(context)
    assert [it.private for it in context.channels.of(id_)] == [b""]


def test_nothing_of_a_person_is_in_the_audit_log(shop, context):
    """Codes and references only."""
    OperatorRequestBook(context).file(ORDER)
    told = repr(ORDER) + repr(context.channels.of(shop.requests()[0].subject_request_id))
    assert "mara" not in told


class DiedError(BaseException):
    """The process ended there."""


@pytest.mark.parametrize("rotated", [False, True], ids=["same_key", "rotated_key"])
def test_a_request_is_never_without_the_way_it_came(shop, context, monkeypatch, rotated):
    """Who sent it decides what may be done with it: a process that dies leaves that, or both."""
    filed = []

    def dies(*_, random, **__):
        filed.append(random[:16].hex())
        assert [way.party for way in context.channels.of(random[:16].hex())] == ["AGENT"]
        raise DiedError

    with monkeypatch.context() as patched:
        patched.setattr(type(context.desk), "receive", dies)
        with pytest.raises(DiedError):
            OperatorRequestBook(context).file(ORDER)
    assert shop.requests() == []
    tell_parties(context)  # names nobody of a request that is none
    assert context.channels.naming() == ()
    if rotated:
        made = context.keys.current("subject").made_at
        rotate_key(shop.folder / "privacykit.keys", "subject", made)
    again = shop.context()
    try:
        book = OperatorRequestBook(again)
        assert book.find("drp", "AGENT", "n1") is None
        done = book.file(msgspec.structs.replace(ORDER, digest="sent again"))
        (way,) = again.channels.of(done.request.subject_request_id)
    finally:
        again.close()
    assert done.request.subject_request_id == filed[0]
    assert (way.party, way.digest, way.private) == ("AGENT", "sent again", ORDER.private)
    assert len(shop.requests()) == 1


def test_what_is_tidied_up_while_it_is_filed_names_the_person_all_the_same(context, monkeypatch):
    """Whom to answer is not forgotten between its arrival and its filing."""
    receive = type(context.desk).receive

    def slowly(desk, *arguments, **named):
        tell_parties(context)
        return receive(desk, *arguments, **named)

    monkeypatch.setattr(type(context.desk), "receive", slowly)
    done = OperatorRequestBook(context).file(ORDER)
    (way,) = context.channels.of(done.request.subject_request_id)
    assert way.private == ORDER.private
