"""
The request book: requests that arrive by a form or a protocol, filed at the operators' desk.

Does I/O; synchronous, for threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from uuid import UUID

import msgspec

from privacykit.errors import InputError, StoreError
from privacykit.govern.records import Assurance, SubjectRequest
from privacykit.govern.requests.identity_proof import assurance, proves
from privacykit.govern.requests.ledger import NewRequest
from privacykit.govern.requests.lifecycle import OPEN
from privacykit.govern.requests.service import ID_BYTES
from privacykit.operate.approval import Approval
from privacykit.operate.context import OperatorContext
from privacykit.recipients.protocols.book import Channel, ChannelOrder, FiledOrder
from privacykit.stores.records.arriving.channels import RequestChannel

_PERSON = b"privacykit.chan"
_NUMBER = 32


class OperatorRequestBook:
    """
    Files requests by their party's number, and finds them by it.

    Args:
        context: The stores.
    """

    def __init__(self, context: OperatorContext) -> None:
        self._context = context

    def file(self, order: ChannelOrder) -> FiledOrder:
        """
        File *order*, once for its number; what is there already comes back as it is.

        Raises:
            InputError: The identities name nobody.
            StoreError: A store failed: nothing is filed.
        """
        told = (order.channel, order.party, order.number)
        known = self._known(*told)
        before = None if known is None else self._standing(known)
        if before is not None:
            return before
        now = self._context.clock()
        twin = None if known is not None else self._twin(order)
        way = self._way_of(order, known, twin, now)
        # Kept before the request is: what may be done with it depends on who sent it.
        if known is not None:
            self._context.channels.restate(way)
        elif not self._context.channels.add(way):
            return self.file(order)  # somebody did at this moment
        request = twin or self._received(order, way.request_id, now)
        if order.private:
            # Who tidied up between the two took it for what names somebody of no request.
            self._context.channels.restate(way)
        self._context.seal()
        return FiledOrder(
            request, order.channel, order.party, order.digest, order.details, fresh=True
        )

    def _way_of(
        self,
        order: ChannelOrder,
        known: RequestChannel | None,
        twin: SubjectRequest | None,
        now: float,
    ) -> RequestChannel:
        """
        Return how *order* arrived, under the id that its request has or will have.

        A process that ended between the two left a *known* channel without a request, which takes
        what the order says when it is sent again; its id is kept, whatever key it was made with.
        """
        told = (order.channel, order.party, order.number)
        ids = self._ids(*told)
        request_id = ids[0]
        if twin is not None:
            request_id = twin.subject_request_id
        elif known is not None and known.request_id in ids:
            request_id = known.request_id
        return RequestChannel(
            known.hash if known is not None else self._hashes(*told)[0],
            order.channel,
            order.party,
            request_id,
            order.digest,
            order.details,
            order.private,
            told=order.told,
            next_at=now if order.details.get("callbacks") else None,
        )

    def find(self, channel: Channel, party: str, number: str) -> FiledOrder | None:
        """Return what *party* filed under *number*."""
        known = self._known(channel, party, number)
        return None if known is None else self._standing(known)

    def of_request(self, channel: Channel, party: str, request_id: str) -> FiledOrder | None:
        """Return the request of ours that *party* filed."""
        for known in self._context.channels.of(request_id):
            if (known.channel, known.party) == (channel, party):
                return self._standing(known)
        return None

    def cancel(self, filed: FiledOrder) -> FiledOrder:
        """
        Take it back for the person.

        Raises:
            InputError: It is past that, or it came another way, too: an operator takes it back.
            StoreError: A store failed; do it again.
        """
        if not self._came_only(filed.request.subject_request_id, filed):
            raise InputError("somebody else asked for it, too")
        actor = self._context.audit.operator(f"by-{filed.channel}")
        request = Approval(self._context, actor).cancel(filed.request.subject_request_id)
        self._context.channels.forget(request.subject_request_id)
        self._context.seal()
        return msgspec.structs.replace(filed, request=request)

    def _known(self, channel: Channel, party: str, number: str) -> RequestChannel | None:
        known = self._context.channels.find(self._hashes(channel, party, number))
        if known is None or (known.channel, known.party) != (channel, party):
            return None
        return known

    def _standing(self, known: RequestChannel) -> FiledOrder | None:
        filed = self._context.requests.load(known.request_id)
        if filed is None:
            return None
        return FiledOrder(filed.request, known.channel, known.party, known.digest, known.details)

    def _twin(self, order: ChannelOrder) -> SubjectRequest | None:
        """Return the open request that *order* joins: what came another way is somebody else's."""
        if not (order.joins and order.proof):
            return None
        asked = (order.wanted, order.identities)
        for filed in self._context.requests.filed(OPEN):
            known = filed.request
            same = (known.subject_request_type, known.subject_identities) == asked
            proven = same and proves(known.assurance, order.proof)
            if proven and self._came_only(known.subject_request_id, order):
                return known
        return None

    def _came_only(self, request_id: str, way: ChannelOrder | FiledOrder) -> bool:
        """Tell whether a request came by the way of *way* and by no other."""
        came = {_way(it) for it in self._context.channels.of(request_id)}
        return came == {_way(way)}

    def _received(self, order: ChannelOrder, request_id: str, now: float) -> SubjectRequest:
        context, actor = self._context, self._context.audit.operator(f"by-{order.channel}")
        place = order.place or context.applicable.home
        note, _ = context.applicable.deadline(order.wanted, place, now)
        asked = NewRequest(order.wanted, order.identities, place, now)
        numbers = self._numbers(order.channel, order.party, order.number)
        random = next(it for it in numbers if it[:ID_BYTES].hex() == request_id)
        # Two at one moment have one number, so that the ledger keeps the first of them only.
        with suppress(StoreError):
            context.desk.receive(asked, note, random=random, actor=actor)
        request = self._filed(request_id)
        if order.proof and request.assurance is None:
            request = self._proven(request, assurance(order.proof, at=now, by=actor), actor)
        return request

    def _filed(self, request_id: str) -> SubjectRequest:
        filed = self._context.requests.load(request_id)
        if filed is None:
            raise StoreError("PK374 a request that arrived could not be filed; send it again")
        return filed.request

    def _proven(self, request: SubjectRequest, proof: Assurance, actor: str) -> SubjectRequest:
        try:
            desk, id_ = self._context.desk, request.subject_request_id
            return desk.prove(id_, proof, now=self._context.clock(), actor=actor)
        except StoreError:  # somebody else did, at this moment
            return self._filed(request.subject_request_id)

    def _numbers(self, *told: str) -> list[bytes]:
        """
        Return 32 bytes that only we can make of what was *told*, by the newest key first.

        The first half is a UUID of version 4 (RFC 9562 §5.4), which peers may ask for.
        """
        keys = self._context.keys.all("subject")
        made = (_keyed(key.value, ("id", *told), 2 * ID_BYTES) for key in keys)
        return [UUID(bytes=it[:ID_BYTES], version=4).bytes + it[ID_BYTES:] for it in made]

    def _ids(self, *told: str) -> list[str]:
        return [number[:ID_BYTES].hex() for number in self._numbers(*told)]

    def _hashes(self, *told: str) -> list[str]:
        keys = self._context.keys.all("subject")
        return [_keyed(key.value, ("hash", *told), _NUMBER).hex() for key in keys]


def _way(arrival: RequestChannel | ChannelOrder | FiledOrder) -> tuple[str, str, str]:
    """Return how something arrived: all of one way are of one person, or of one party."""
    return arrival.channel, arrival.party, str(arrival.details.get("relation", ""))


def _keyed(key: bytes, told: tuple[str, ...], size: int) -> bytes:
    state = blake2b(digest_size=size, key=key, person=_PERSON)
    for part in _parts(told):
        state.update(part)
    return state.digest()


def _parts(told: tuple[str, ...]) -> Iterator[bytes]:
    for text in told:
        part = text.encode("utf-8", "surrogatepass")
        yield len(part).to_bytes(4) + part
