"""Events that orders or withdrawn consents stop, looked up in the database. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

import msgspec
from sqlalchemy import Connection, select

from privacykit.collect.ports import Envelope, StopKind
from privacykit.collect.suppressed import Suppressed
from privacykit.stores.records.consent.tables import CONSENTS, STOPS

CHUNK = 500
"""How many keys are asked for in one query."""

_ANSWERED: tuple[StopKind, ...] = ("visitor", "subject")
"""Orders that a consent given later answers: whoever gives it is known again."""
_KINDS: tuple[StopKind, ...] = (*_ANSWERED, "record")
"""Each is also the name of its key in an envelope."""


def stopped_among(connection: Connection, asked: Sequence[Envelope]) -> set[str]:
    """Return the event ids among *asked* that must not leave."""
    standing = _standing(connection, {e.record for e in asked if e.record})
    orders = {kind: _orders(connection, kind, asked) for kind in _KINDS}
    return {e.id for e in asked if _is_stopped(e, orders, standing)}


def _standing(connection: Connection, records: set[str]) -> dict[str, dict[str, float]]:
    """Return when those of *records* that are not withdrawn were given, by purpose."""
    columns = CONSENTS.c.record, CONSENTS.c.purposes, CONSENTS.c.given_at
    query = select(*columns).where(CONSENTS.c.withdrawn_at.is_(None))
    return {
        record: dict.fromkeys(msgspec.json.decode(purposes), given_at)
        for chunk in _chunks(records)
        for record, purposes, given_at in connection.execute(query.where(columns[0].in_(chunk)))
    }


def _orders(connection: Connection, kind: StopKind, envelopes: Sequence[Envelope]) -> Suppressed:
    keys = {key for e in envelopes if (key := getattr(e, kind))}
    query = select(STOPS.c.key, STOPS.c.purpose, STOPS.c.at).where(STOPS.c.kind == kind)
    return Suppressed(
        {
            (key, purpose): at
            for chunk in _chunks(keys)
            for key, purpose, at in connection.execute(query.where(STOPS.c.key.in_(chunk)))
        }
    )


def _is_stopped(
    envelope: Envelope,
    orders: Mapping[StopKind, Suppressed],
    standing: Mapping[str, Mapping[str, float]],
) -> bool:
    record, purpose = envelope.record, envelope.purpose
    if (record and record not in standing) or orders["record"].since(record, purpose) is not None:
        return True
    given = standing[record].get(purpose, -inf) if record else -inf
    ordered = (orders[kind].since(getattr(envelope, kind), purpose) for kind in _ANSWERED)
    return any(at is not None and given <= at for at in ordered)


def _chunks(keys: set[str]) -> Iterator[list[str]]:
    ordered = sorted(keys)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
