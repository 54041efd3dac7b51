"""
The records of flow 2, shared by its stages, its stores and its proofs. Pure.

Laws of this file: no repr of a person's identity; no :class:`Receipt` or :class:`AuditEntry` holds
an identity value or an unkeyed hash of one; times are Unix seconds, UTC, unless said otherwise.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

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
    "AuditEntry",
    "Checkpoint",
    "Effect",
    "ErasureStrategy",
    "Evidence",
    "Hold",
    "Identity",
    "IdentityFormat",
    "Operator",
    "Plan",
    "PlanStep",
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


class PlanStep(msgspec.Struct, frozen=True):
    """
    One thing a plan will do to one collection.

    Attributes:
        dataset: The dataset.
        collection: The collection.
        action: What is done to the rows.
        strategy: The strategy that decides it, ``keep`` for rows left alone.
        rows: Rows found for this step; their keys are the step's targets.
        shared_rows: Of the collection's rows of this person, those also somebody else's.
        held_rows: Those under a hold.
        effect: The level this step can reach in this store.
        cost: Estimated rows read, for ordering and for the reader.
        cost_model: ``point`` where an index finds the rows, ``scan`` where everything is read.
        fields: What happens to which field, ``(field, strategy)``, where rows are changed.
        justification: Why rows are kept, detached or left (a reason code or citation).
        tried: Of these rows, how many the store was made to change and to change back.
        lets_go: Keys that are emptied, maybe in others' rows; *let_go_rows*: in how many, if tried.
    """

    dataset: str
    collection: str
    action: Action
    strategy: ErasureStrategy
    rows: int
    shared_rows: int = 0
    held_rows: int = 0
    effect: Effect = Effect.LOGICAL
    cost: int = 0
    cost_model: Literal["point", "scan"] = "point"
    fields: tuple[tuple[str, ErasureStrategy], ...] = ()
    justification: str | None = None
    tried: int = 0
    lets_go: tuple[str, ...] = ()
    let_go_rows: int = 0


class Plan(msgspec.Struct, frozen=True):
    """
    What will be done, bound to the very rows it was shown for.

    Attributes:
        plan_id: Random.
        subject_request_id: The request it serves; a retention run's id for retention.
        kind: The request type's value, or ``retention``.
        created_at: Unix seconds.
        expires_at: After this it must be made anew.
        steps: In order of execution.
        targets_digest: Keyed BLAKE2b over the stored target keys; the key is erased with them.
        problems: Why it must not be approved (caps exceeded, a second person), in plain words.
        notes: What was left, and why, in plain words; nothing that needs a yes.
        problems_digest: What a yes to *problems* has to name: these rows of people, these words.
        approved_by: Key id of the operator, once approved.
        approved_at: Unix seconds, once approved.
    """

    plan_id: str
    subject_request_id: str
    kind: str
    created_at: float
    expires_at: float
    steps: tuple[PlanStep, ...]
    targets_digest: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems_digest: str = ""
    approved_by: str | None = None
    approved_at: float | None = None


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
