"""The request book: each request filed once, approved by nobody, seen by its own party."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from privacykit.errors import InputError
from privacykit.govern.records import Identity, RequestStatus, RequestType
from privacykit.operate.protocols.book import OperatorRequestBook
from privacykit.operate.protocols.telling import tell_parties
from privacykit.recipients.protocols.book import ChannelOrder
from privacykit.stores.keys import rotate_key
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
