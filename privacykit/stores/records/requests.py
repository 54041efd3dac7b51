"""
The ledger of subject requests, in ``[records]``. Does I/O.

Laws of this file:

1. A change and its audit entry are one transaction.
2. What finds the person stands in a table of its own and can be erased without the request.
3. Of a confirmation token only the hash is kept, and it is used up by the statement that finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Engine,
    Row,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from privacykit.errors import StoreError
from privacykit.govern.records import Identity, RequestStatus, SubjectRequest
from privacykit.govern.requests.deadlines import DeadlineNote
from privacykit.govern.requests.identity_proof import Confirmation
from privacykit.govern.requests.ledger import AuditAction, StoredRequest
from privacykit.govern.requests.lifecycle import is_erased
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.schema import prepare
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.records.operations.request_tables import (
    CONFIRMATIONS,
    IDENTITIES,
    RECEIPTS,
    REQUESTS,
    SCHEMA,
    SUBJECTS,
)


class SqlRequests:
    """
    :class:`privacykit.govern.requests.ledger.RequestLedger` on a database.

    Args:
        engine: The ``[records]`` database; its tables are created when missing.
        audit: The audit log in the same database.

    Raises:
        StoreError: The database failed.
    """

    def __init__(self, engine: Engine, audit: AuditLog) -> None:
        self._engine = engine
        self._audit = audit
        prepare(engine, SCHEMA)

    def file(self, filed: StoredRequest, deed: AuditAction) -> None:
        """
        Keep a new request.

        Raises:
            StoreError: It is not kept; PK251 when somebody files the same at this moment.
        """
        request = filed.request
        people = msgspec.json.encode(request.subject_identities)
        with writing(self._engine) as connection:
            deadline = msgspec.json.encode(filed.deadline)
            # Two at one moment may share a number: it only tells which was filed last.
            last = connection.scalar(select(func.max(REQUESTS.c.number))) or 0
            row = _row(request) | {"deadline": deadline, "number": last + 1}
            try:
                connection.execute(insert(REQUESTS).values(row))
            except IntegrityError:
                raise StoreError(
                    "PK251 somebody else just filed this request; look again"
                ) from None
            person = {"request_id": request.subject_request_id, "body": people}
            connection.execute(insert(IDENTITIES).values(person))
            self._log(request, deed, connection)

    def load(self, request_id: str) -> StoredRequest | None:
        """Return the request, or ``None``."""
        with reading(self._engine) as connection:
            row = connection.execute(_wanted().where(REQUESTS.c.id == request_id)).first()
        return _filed(row) if row else None

    def beginning(self, prefix: str) -> Sequence[str]:
        """Return the ids that begin with *prefix*, hexadecimal; none for an empty one."""
        wanted = select(REQUESTS.c.id).where(REQUESTS.c.id.startswith(prefix, autoescape=True))
        with reading(self._engine) as connection:
            return connection.scalars(wanted.limit(2)).all() if prefix else ()

    def newest(self) -> str | None:
        """Return the id of the request filed last, or ``None``."""
        order = (REQUESTS.c.number.desc(), REQUESTS.c.id)
        with reading(self._engine) as connection:
            return connection.scalar(select(REQUESTS.c.id).order_by(*order).limit(1))

    def replace(self, before: SubjectRequest, after: SubjectRequest, *deeds: AuditAction) -> None:
        """
        Keep *after* instead of *before*.

        Raises:
            StoreError: Somebody changed the request since it was read; nothing is kept.
        """
        row = _row(after)
        unchanged = (REQUESTS.c.id == row.pop("id")) & (REQUESTS.c.record == _row(before)["record"])
        with writing(self._engine) as connection:
            this = select(REQUESTS.c.id).where(unchanged).with_for_update()
            if connection.execute(this).first() is None:
                raise StoreError("PK251 somebody changed this request meanwhile; look again")
            connection.execute(update(REQUESTS).where(unchanged).values(**row))
            for deed in deeds:
                self._log(after, deed, connection)

    def filed(self, statuses: Iterable[RequestStatus]) -> Sequence[StoredRequest]:
        """Return the requests in *statuses*, what is due first in front."""
        words = sorted(status.value for status in statuses)
        order = (REQUESTS.c.due_at.is_(None), REQUESTS.c.due_at, REQUESTS.c.id)
        wanted = _wanted().where(REQUESTS.c.status.in_(words)).order_by(*order)
        with reading(self._engine) as connection:
            return [_filed(row) for row in connection.execute(wanted)]

    def lingering(self, statuses: Iterable[RequestStatus]) -> Sequence[StoredRequest]:
        """Return the requests in *statuses* that still hold what finds the person."""
        words = sorted(status.value for status in statuses)
        known = IDENTITIES.c.request_id.is_not(None)
        wanted = _wanted().where(REQUESTS.c.status.in_(words), known)
        with reading(self._engine) as connection:
            return [_filed(row) for row in connection.execute(wanted)]

    def offer(self, confirmation: Confirmation) -> None:
        """Keep the hash of a confirmation token; one request has one token at a time."""
        others = CONFIRMATIONS.c.request_id == confirmation.request_id
        with writing(self._engine) as connection:
            connection.execute(delete(CONFIRMATIONS).where(others))
            row = msgspec.structs.asdict(confirmation)
            connection.execute(insert(CONFIRMATIONS).values(row))

    def offered(self, hashed: str, now: float) -> Confirmation | None:
        """Return what a token confirms inside its time; it is not used up by that."""
        this = CONFIRMATIONS.c.token_hash == hashed, CONFIRMATIONS.c.expires_at > now
        with reading(self._engine) as connection:
            row = connection.execute(select(CONFIRMATIONS).where(*this)).first()
        return None if row is None else Confirmation(*row)

    def redeem(self, hashed: str, now: float) -> Confirmation | None:
        """Use up a token: its confirmation once, inside its time; ``None`` ever after."""
        found, this = self.offered(hashed, now), CONFIRMATIONS.c.token_hash == hashed
        with writing(self._engine) as connection:
            gone = connection.execute(delete(CONFIRMATIONS).where(this)).rowcount
        return found if gone else None

    def forget_identities(self, request_id: str, deed: AuditAction) -> None:
        """
        Erase what finds the person, and every token; the request itself stays.

        Of an erasure that is fulfilled the details of its audit entries go too, and it is
        unsearched. Where nothing is kept any more, nothing changes.
        """
        filed = self.load(request_id)
        with writing(self._engine) as connection:
            kept = False
            for table in (IDENTITIES, SUBJECTS, CONFIRMATIONS):
                theirs = table.c.request_id == request_id
                found = connection.execute(delete(table).where(theirs)).rowcount
                kept = kept or (table is IDENTITIES and found > 0)
            if filed and kept:
                if is_erased(filed.request):
                    self._audit.erase_details(request_id, connection=connection)
                    marker = {"request_id": request_id, "body": b""}
                    connection.execute(insert(SUBJECTS).values(marker))
                self._log(filed.request, deed, connection)

    def unsearched(self) -> Sequence[str]:
        """Return the ids of erasures of whose people nobody has found that nothing is left."""
        wanted = select(SUBJECTS.c.request_id).where(SUBJECTS.c.body == b"")
        with reading(self._engine) as connection:
            return connection.scalars(wanted.order_by(SUBJECTS.c.request_id)).all()

    def searched(self, request_id: str) -> None:
        """Note that nothing is left with us of the person whom *request_id* erased."""
        done = (SUBJECTS.c.request_id == request_id) & (SUBJECTS.c.body == b"")
        with writing(self._engine) as connection:
            connection.execute(delete(SUBJECTS).where(done))

    def save_subject(self, request_id: str, body: bytes) -> None:
        """
        Keep what a plan found of the person, for rows that have to wait.

        What is erased cannot be found again by it: an order on hold no longer leads to an address.
        """
        with writing(self._engine) as connection:
            connection.execute(delete(SUBJECTS).where(SUBJECTS.c.request_id == request_id))
            connection.execute(insert(SUBJECTS).values(request_id=request_id, body=body))

    def subject(self, request_id: str) -> bytes | None:
        """Return what was kept of the person, or ``None``."""
        wanted = select(SUBJECTS.c.body).where(SUBJECTS.c.request_id == request_id)
        with reading(self._engine) as connection:
            return connection.scalar(wanted) or None

    def save_receipt(self, request_id: str, document: bytes) -> None:
        """Keep the newest signed receipt of *request_id*."""
        with writing(self._engine) as connection:
            connection.execute(delete(RECEIPTS).where(RECEIPTS.c.request_id == request_id))
            row = {"request_id": request_id, "document": document}
            connection.execute(insert(RECEIPTS).values(row))

    def receipt(self, request_id: str) -> bytes | None:
        """Return the newest signed receipt of *request_id*, or ``None``."""
        wanted = select(RECEIPTS.c.document).where(RECEIPTS.c.request_id == request_id)
        with reading(self._engine) as connection:
            return connection.scalar(wanted)

    def _log(self, request: SubjectRequest, deed: AuditAction, connection: Connection) -> None:
        self._audit.append(
            deed.actor,
            deed.action,
            subject_ref=request.subject_ref,
            request_id=request.subject_request_id,
            detail=deed.detail,
            connection=connection,
        )


def _wanted() -> Any:  # noqa: ANN401 - SQLAlchemy's own type of it cannot be written
    columns = (REQUESTS.c.record, REQUESTS.c.deadline, IDENTITIES.c.body)
    people = REQUESTS.outerjoin(IDENTITIES, IDENTITIES.c.request_id == REQUESTS.c.id)
    return select(*columns).select_from(people)


def _row(request: SubjectRequest) -> dict[str, Any]:
    bare = msgspec.structs.replace(request, subject_identities=())
    return {
        "id": request.subject_request_id,
        "status": request.status.value,
        "due_at": request.extended_to or request.due_at,
        "record": msgspec.json.encode(bare),
    }


def _filed(row: Row[Any]) -> StoredRequest:
    request = msgspec.json.decode(row.record, type=SubjectRequest)
    people = msgspec.json.decode(row.body or b"[]", type=tuple[Identity, ...])
    return StoredRequest(
        msgspec.structs.replace(request, subject_identities=people),
        msgspec.json.decode(row.deadline, type=DeadlineNote),
    )
