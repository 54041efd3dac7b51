"""Consent records ended before their time: those of people who were made up. Does I/O."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, delete

from privacykit.govern.audit.chain import AuditKey
from privacykit.stores.database.engine import writing
from privacykit.stores.database.schema import prepare
from privacykit.stores.records.consent.chain import ConsentChain
from privacykit.stores.records.consent.tables import CONSENTS, SCHEMA


def end_records(
    engine: Engine, keys: Sequence[AuditKey], records: Sequence[str], now: float
) -> int:
    """
    Erase consent *records*, and let their chain say that they ended; return how many there were.

    An event that rests on one of them is not delivered any more: without its record there is no
    proof that it may exist. Who calls this knows that each is nobody's, and has asked holds
    (:func:`~privacykit.operate.consent_proofs.held_whole`).

    Args:
        engine: The ``[records]`` database.
        keys: Audit keys that chain the records, the newest first.
        records: Which.
        now: Unix seconds, which the chain says of it.

    Raises:
        StoreError: The database failed; nothing has changed.
    """
    prepare(engine, SCHEMA)
    if not records:
        return 0
    with writing(engine) as connection:
        gone = connection.execute(delete(CONSENTS).where(CONSENTS.c.record.in_(records))).rowcount
        if gone:
            ConsentChain(engine, keys).end(connection, records, now)
    return gone
