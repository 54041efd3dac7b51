"""The end of consent records: when their time is over, or of people who were made up. Does I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, delete, or_, select

from privacykit.govern.audit.chain import AuditKey
from privacykit.signals.choice.time import GRANT_SECONDS
from privacykit.stores.database.engine import writing
from privacykit.stores.database.schema import prepare
from privacykit.stores.records.consent.chain import ConsentChain
from privacykit.stores.records.consent.tables import CONSENTS, NO_PURPOSES, SCHEMA, TEXTS

PAGE = 500
"""How many records end in one transaction."""


def ended_records(before: float, refused_before: float) -> Select[Any]:
    """Return the query for records whose time is over; see ``SqlConsentStore.forget_ended``."""
    given, withdrawn = CONSENTS.c.given_at, CONSENTS.c.withdrawn_at
    is_refusal = CONSENTS.c.purposes == NO_PURPOSES
    # The first comparison of each is the index's: nothing is withdrawn before it is given.
    ended = and_(given <= before, or_(withdrawn <= before, given <= before - GRANT_SECONDS))
    refused = and_(given <= refused_before, is_refusal)
    return select(CONSENTS.c.record).where(or_(refused, and_(ended, ~is_refusal)))


def end_page(
    connection: Connection,
    chain: ConsentChain | None,
    before: float,
    refused_before: float,
    now: float,
) -> tuple[int, bool]:
    """
    Erase at most :data:`PAGE` of those records; with the last of them, texts that nobody names.

    Returns:
        How many there were, and whether these were the last.
    """
    records = connection.scalars(ended_records(before, refused_before).limit(PAGE)).all()
    gone = connection.execute(delete(CONSENTS).where(CONSENTS.c.record.in_(records))).rowcount
    if records and chain:
        chain.end(connection, records, now)
    is_last = len(records) < PAGE
    if is_last:
        named = select(CONSENTS.c.text_hash)
        connection.execute(delete(TEXTS).where(TEXTS.c.hash.not_in(named)))
    return gone, is_last


def end_records(
    engine: Engine, keys: Sequence[AuditKey], records: Sequence[str], now: float
) -> int:
    """
    Erase consent *records*, and let their chain say that they ended; return how many there were.

    An event that rests on one of them is not delivered any more: without its record there is no
    proof that it may exist. Who calls this knows that each is nobody's, and has asked holds
    (:func:`~privacykit.operate.own.proofs.held_whole`).

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
