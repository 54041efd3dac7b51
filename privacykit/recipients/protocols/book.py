"""
Protocol calls and the request book: how a request arrives by a protocol, and where it is filed.

Pure. Laws, held by ``tests/operate/protocols/test_book.py``:

- what arrives twice under one number of one party is filed once, whoever asks how often;
- nothing that arrives is approved: an operator says yes, or nobody;
- what a party may see is what that party filed;
- what a party takes back is what that party filed: nobody else's request ends with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal, Protocol

import msgspec

from privacykit.govern.records import Identity, RequestType, SubjectRequest

Channel = Literal["form", "opendsr", "drp", "ddrf", "drop"]
"""By what a request arrived."""


class ProtocolCall(msgspec.Struct, frozen=True):
    """
    One HTTP request of a party, in no framework's words. It never prints.

    Attributes:
        method: The HTTP method.
        path: The path below the protocol's base, with its slash in front.
        headers: Names in lower case to values.
        body: The body as it came in.
        url: The address asked, without a query.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    url: str = ""

    def __repr__(self) -> str:
        return "<ProtocolCall>"

    @property
    def bearer(self) -> str:
        """The bearer token (RFC 6750), empty where there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


class ProtocolAnswer(msgspec.Struct, frozen=True):
    """
    What is answered.

    Attributes:
        status: The HTTP status.
        body: The body.
        media_type: Of the body.
        headers: Further header lines.
    """

    status: int
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


def json_answer(
    document: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> ProtocolAnswer:
    """Return *document* as JSON."""
    return ProtocolAnswer(status, msgspec.json.encode(document), headers=headers or {})


def digest_of(body: bytes) -> str:
    """Return the digest by which two bodies are told to be the same."""
    return sha256(body).hexdigest()


def digest_of_document(body: bytes) -> str:
    """Return a digest of the JSON in *body*, however it is spaced and ordered."""
    return digest_of(msgspec.json.encode(msgspec.json.decode(body), order="deterministic"))


class ChannelOrder(msgspec.Struct, frozen=True):
    """
    What a party wants filed. Its ``repr`` names nobody.

    Attributes:
        channel: By what it arrived.
        party: Who sent it, as the configuration names them.
        number: The party's own number of it: filed once.
        digest: Hex of a digest of what was sent: the same number with another one is refused.
        wanted: The right.
        identities: Whom it is about.
        proof: A way of proof that the party vouches for; empty leaves the request unproven.
        place: Whose law sets the deadline; ``None`` where we are established.
        details: What is needed to answer: codes, URLs; nothing of the person. Where it has
            ``callbacks``, each change of state is told.
        private: What is needed to answer and names somebody: erased with the person.
        told: The state that the answer tells the party.
        joins: Whether an open request that asks the same is the answer, where there is one that
            came the same way and is proven as well as this; otherwise a new one is filed.
    """

    channel: Channel
    party: str
    number: str
    digest: str
    wanted: RequestType
    identities: tuple[Identity, ...]
    proof: str = ""
    place: str | None = None
    details: dict[str, Any] = msgspec.field(default_factory=dict)
    private: bytes = b""
    told: str = ""
    joins: bool = False

    def __repr__(self) -> str:
        return f"<ChannelOrder {self.channel} {self.wanted.value}>"


class FiledOrder(msgspec.Struct, frozen=True):
    """
    A request as it stands, with what is known of how it arrived.

    Attributes:
        request: The request.
        channel: By what it arrived.
        party: Who sent it.
        digest: Of what was sent.
        details: As in the order.
        fresh: Whether it was filed by this very call.
    """

    request: SubjectRequest
    channel: str
    party: str
    digest: str
    details: dict[str, Any]
    fresh: bool = False


class RequestBook(Protocol):
    """Where requests are filed that arrive by a protocol."""

    def file(self, order: ChannelOrder) -> FiledOrder:
        """
        File *order*, once for its number; what is there already comes back as it is.

        Raises:
            InputError: The identities name nobody.
            BackendError: A store failed: nothing is filed.
        """
        ...

    def find(self, channel: Channel, party: str, number: str) -> FiledOrder | None:
        """Return what *party* filed under *number*."""
        ...

    def of_request(self, channel: Channel, party: str, request_id: str) -> FiledOrder | None:
        """Return the request of ours that *party* filed."""
        ...

    def cancel(self, filed: FiledOrder) -> FiledOrder:
        """
        Take it back for the person.

        Raises:
            InputError: It is past that, or it came another way, too.
        """
        ...
