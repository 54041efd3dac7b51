"""
The records of flow 2, shared by its stages, its stores and its proofs. Pure.

Laws of this file: no repr of a person's identity; no :class:`Receipt` or :class:`.AuditEntry` holds
an identity value or an unkeyed hash of one; times are Unix seconds, UTC, unless said otherwise.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from privacykit.govern.audit.entries import Checkpoint
from privacykit.govern.propagation import Propagation
from privacykit.govern.words import (
    Action,
    Effect,
    ErasureStrategy,
    Relation,
    RequestStatus,
    RequestType,
)

__all__ = [
    "Action",
    "Assurance",
    "Effect",
    "ErasureStrategy",
    "Evidence",
    "Hold",
    "Identity",
    "IdentityFormat",
    "Operator",
    "Propagation",
    "Receipt",
    "Relation",
    "RequestStatus",
    "RequestType",
    "RowCondition",
    "StepResult",
    "SubjectRequest",
]


IdentityFormat = Literal["raw", "sha1", "md5", "sha256"]
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "in", "is null", "is not null"]


class Identity(msgspec.Struct, frozen=True):
    """
    A value that finds a person (OpenDSR 2.0 §5.3). Its repr shows the type only.

    Attributes:
        type: ``email``, ``phone_number``, ``controller_customer_id``, ``visitor_id``, …
        value: The value in *format*; empty for a composite identity.
        format: How *value* is written: as it is, or the hex of a hash of it.
        parts: The components ``(type, value)`` of a composite identity (name, birth date, …).
    """

    type: str
    value: str
    format: IdentityFormat = "raw"
    parts: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<Identity {self.type} {self.format}>"

    __str__ = __repr__


class Assurance(msgspec.Struct, frozen=True):
    """
    How sure we are that the person is who they say: evidence, never the document itself.

    Attributes:
        method: ``email_link``, ``logged_in``, ``document_seen``, ``agent_authorisation``, …
        level: ``none``, ``low``, ``substantial`` or ``high`` (eIDAS words).
        verified_at: Unix seconds.
        by: Key id of the operator, or ``self`` for a confirmed link.
    """

    method: str
    level: Literal["none", "low", "substantial", "high"]
    verified_at: float
    by: str


class SubjectRequest(msgspec.Struct, frozen=True):
    """
    One person's request. Change it with ``msgspec.structs.replace``.

    Attributes:
        subject_request_id: Random; says nothing about the person.
        subject_request_type: What is asked.
        subject_identities: What finds the person; kept apart from audit and receipts.
        regulation: ``gdpr``, ``ccpa``, … or a policy id.
        status: Where it stands.
        place: ``"DE"``, ``"US-CA"`` or ``"ZZ"``: whose law sets the deadline.
        received_at: When it reached us.
        clock_started_at: When the deadline began to run; ``None`` while identity may be unproven.
        acknowledge_by: When the person must have heard from us, if the law says so.
        acknowledged_at: When they did.
        due_at: When it must be answered.
        extended_to: The extended deadline; *justification* says why.
        finished_at: When it was answered.
        justification: Machine-readable ground of a refusal, delay or partial answer (DPV).
        assurance: The proof of identity.
        subject_ref: Random pseudonym under which the audit log speaks of this request.
        purposes: For objection and withdrawal: which; none means all.
        plan_id: The plan approved for it.
        approved_by: Key ids of the operators who said yes.
        closes_at: Until when an approved erasure waits for the person to change their mind.
    """

    subject_request_id: str
    subject_request_type: RequestType
    subject_identities: tuple[Identity, ...]
    regulation: str
    status: RequestStatus
    place: str
    received_at: float
    subject_ref: str
    clock_started_at: float | None = None
    acknowledge_by: float | None = None
    acknowledged_at: float | None = None
    due_at: float | None = None
    extended_to: float | None = None
    finished_at: float | None = None
    justification: str | None = None
    assurance: Assurance | None = None
    purposes: tuple[str, ...] = ()
    plan_id: str | None = None
    approved_by: tuple[str, ...] = ()
    closes_at: float | None = None


class RowCondition(msgspec.Struct, frozen=True):
    """
    One comparison of a column with a constant; several are joined by *and*.

    Attributes:
        column: Column or dotted path.
        op: The comparison.
        value: JSON value, a list for ``in``; unused for the null tests.
    """

    column: str
    op: Operator
    value: Any = None

    def __repr__(self) -> str:
        return f"<Condition {self.column} {self.op}>"


class Hold(msgspec.Struct, frozen=True):
    """
    Rows that may not be destroyed whoever asks (GDPR Art. 17(3)(e), 18(2)).

    Attributes:
        hold_id: Random.
        dataset: The dataset held.
        collection: The collection held; ``*`` holds all of the dataset.
        where: Which rows; none given means all of the collection.
        basis: Why, as a DPV justification or a citation.
        placed_by: Key id of the operator.
        placed_at: Unix seconds.
        review_at: When somebody must look at it again.
        released_at: When it ended; ``None`` while it stands.
        reason: Why, in the operator's words; for people, not for the audit log.
    """

    hold_id: str
    dataset: str
    collection: str
    where: tuple[RowCondition, ...]
    basis: str
    placed_by: str
    placed_at: float
    review_at: float
    released_at: float | None = None
    reason: str = ""


class Evidence(msgspec.Struct, frozen=True):
    """
    What verification saw.

    Attributes:
        verify_query_count: Rows still found that should not be.
        explained: Rows still found that are kept, held or shared, as the result says, or hold the
            value only inside a longer one.
        bytes_searched: Bytes of the store's files read in the search.
        byte_hits: Occurrences found there.
        remains: What still holds the data and until when, in plain words.
        digest: Keyed digest of the separately erasable detail.
    """

    verify_query_count: int = 0
    explained: int = 0
    bytes_searched: int = 0
    byte_hits: int = 0
    remains: tuple[str, ...] = ()
    digest: str | None = None


STANDS_YET = "hold a value"
"""Words of evidence for rows in which a value of the person was found after an erasure."""


class StepResult(msgspec.Struct, frozen=True):
    """
    What one step did, counts only.

    Attributes:
        dataset: The dataset.
        collection: The collection.
        action: What was done.
        rows_matched: Targets taken up.
        rows_changed: Rows deleted, changed or exported by this run or an earlier one of the plan.
        rows_gone: Targets that no longer existed: success.
        rows_skipped: Targets that changed hands, came under a hold or got references since.
        rows_retained: Rows kept, held or shared; *rows_let_go*: others that pointed at one gone.
        effect: The level reached and checked.
        started_at: Unix seconds.
        finished_at: Unix seconds; ``None`` while unfinished.
        justification: Why rows were retained.
        cursor: How many targets are done; a crashed run goes on after it.
        attempt: 1 for the first run.
        evidence: What verification saw.
        error: Class of the failure, without data, where there was one.
    """

    dataset: str
    collection: str
    action: Action
    rows_matched: int
    rows_changed: int
    rows_gone: int = 0
    rows_skipped: int = 0
    rows_retained: int = 0
    rows_let_go: int = 0
    effect: Effect = Effect.NONE
    started_at: float = 0.0
    finished_at: float | None = None
    justification: str | None = None
    cursor: int = 0
    attempt: int = 1
    evidence: Evidence = Evidence()
    error: str | None = None


class Receipt(msgspec.Struct, frozen=True):
    """
    The copy the other side can verify. Counts only.

    Attributes:
        receipt_id: Random.
        subject_request_id: The request.
        type: What was asked.
        regulation: Under which law.
        received_at: Unix seconds.
        due_at: Unix seconds.
        finished_at: Unix seconds.
        status: How it ended.
        steps: What was done where.
        propagations: Whom else we told.
        suppressed: Whether re-collection is stopped.
        package_sha256: Of the export, if one was made.
        checkpoint: The audit log's state that covers it.
        key: Hex of the public key that signed it.
        signature: Hex of the Ed25519 signature over the rest.
        plan_id: What was carried out.
        earlier: What earlier plans of the same request did.
    """

    receipt_id: str
    subject_request_id: str
    type: RequestType
    regulation: str
    received_at: float
    due_at: float | None
    finished_at: float
    status: RequestStatus
    steps: tuple[StepResult, ...]
    propagations: tuple[Propagation, ...] = ()
    suppressed: bool = False
    package_sha256: str | None = None
    checkpoint: Checkpoint | None = None
    key: str = ""
    signature: str = ""
    plan_id: str = ""
    earlier: tuple[StepResult, ...] = ()
