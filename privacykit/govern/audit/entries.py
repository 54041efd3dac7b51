"""Audit entries and checkpoints: what was done, chained and signed. Pure."""

from __future__ import annotations

import msgspec


class Checkpoint(msgspec.Struct, frozen=True):
    """
    A signed tree head of the audit log (RFC 9162, C2SP tlog-checkpoint).

    Attributes:
        origin: Name of the log, like ``shop.example/privacykit``.
        size: Number of entries.
        root_hash: Hex of the root of the tree over them.
        head: Hex of the last entry's hash in the keyed chain.
        at: Unix seconds of the signing.
        signature: Hex of the Ed25519 signature, empty while unsigned.
    """

    origin: str
    size: int
    root_hash: str
    head: str
    at: int
    signature: str = ""


class AuditEntry(msgspec.Struct, frozen=True):
    """
    One line of the audit log. It holds no data of the person.

    Attributes:
        seq: Position, from 1, without gaps.
        at: Unix microseconds.
        actor: ``system``, or the key id of an operator.
        action: Code of what was done: ``request.approved``, ``retention.dropped``, …
        subject_ref: The request's random pseudonym, empty when there is none.
        request_id: The request, empty when there is none.
        detail_digest: Salted digest of a separately erasable record, empty when there is none.
        key: Id of the key that links this entry.
        prev_hash: Hash of the entry before.
        hash: Keyed hash of all of the above, hex.
    """

    seq: int
    at: int
    actor: str
    action: str
    subject_ref: str
    request_id: str
    detail_digest: str
    key: str
    prev_hash: str
    hash: str = ""
