"""Requests as they lie in the ledger, and the ledger itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from privacykit.govern.records import Identity, RequestStatus, RequestType, SubjectRequest
from privacykit.govern.requests.deadlines import DeadlineNote
from privacykit.govern.requests.identity_proof import Confirmation


class StoredRequest(msgspec.Struct, frozen=True):
    """
    A request with the deadline computed when it arrived.

    Attributes:
        request: The request; without identities once those were erased.
        deadline: When it must be answered, and by which law.
    """

    request: SubjectRequest
    deadline: DeadlineNote


class NewRequest(msgspec.Struct, frozen=True):
    """
    What a person asks.

    Attributes:
        wanted: The right.
        identities: What finds the person: at least one that is more than an IP address.
        place: Whose law applies, ``ZZ`` when unknown.
        received_at: Unix seconds at which it reached us.
        purposes: For objection and withdrawal; none means all.
    """

    wanted: RequestType
    identities: tuple[Identity, ...]
    place: str
    received_at: float
    purposes: tuple[str, ...] = ()


class AuditAction(msgspec.Struct, frozen=True):
    """
    What goes into the audit log beside a change.

    Attributes:
        actor: Key id of the operator, or ``system``.
        action: Code like ``request.approved``.
        detail: Codes and counts, kept outside the chain.
    """

    actor: str
    action: str
    detail: Mapping[str, Any] | None = None


class RequestLedger(Protocol):
    """What keeps requests. Each call is one transaction, the audit entry included."""

    def file(self, filed: StoredRequest, deed: AuditAction) -> None:
        """
        Keep a new request.

        Raises:
            StoreError: It is not kept.
        """
        ...

    def load(self, request_id: str) -> StoredRequest | None:
        """Return the request, or ``None``."""
        ...

    def replace(self, before: SubjectRequest, after: SubjectRequest, *deeds: AuditAction) -> None:
        """
        Keep *after* instead of *before*.

        Raises:
            StoreError: Somebody changed the request since it was read; nothing is kept.
        """
        ...

    def filed(self, statuses: Iterable[RequestStatus]) -> Sequence[StoredRequest]:
        """Return the requests in *statuses*, what is due first in front."""
        ...

    def lingering(self, statuses: Iterable[RequestStatus]) -> Sequence[StoredRequest]:
        """Return the requests in *statuses* that still hold what finds the person."""
        ...

    def offer(self, confirmation: Confirmation) -> None:
        """Keep the hash of a confirmation token."""
        ...

    def offered(self, hashed: str, now: float) -> Confirmation | None:
        """Return what a token confirms inside its time; it is not used up by that."""
        ...

    def redeem(self, hashed: str, now: float) -> Confirmation | None:
        """Use up a token: its confirmation once, inside its time; ``None`` ever after."""
        ...

    def forget_identities(self, request_id: str, deed: AuditAction) -> None:
        """
        Erase what finds the person, and after an erasure the details; the request stays.

        From then on an erasure is :meth:`unsearched`.
        """
        ...

    def unsearched(self) -> Sequence[str]:
        """Return the ids of erasures of whose people nobody has found that nothing is left."""
        ...

    def searched(self, request_id: str) -> None:
        """Note that nothing is left with us of the person whom *request_id* erased."""
        ...
