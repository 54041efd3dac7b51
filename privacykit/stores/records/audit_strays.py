"""
Rows among the entries of the audit log that are none: outside the chain, put there by others.

Does I/O. The sealed head says how long the chain is; what stands before its first entry, behind its
last, or at no whole number, was not put there by us. Entries within the chain are the business of
the check itself.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    cast,
    delete,
    exists,
    insert,
    or_,
    select,
)

from privacykit.govern.audit.chain import Head
from privacykit.stores.records.audit_tables import ENTRIES, HEAD, STRAYS

MOST_NAMED = 100
"""How many strays a check names; SQLite would let anybody put millions there."""


def _outside(size: ColumnElement[int] | int) -> ColumnElement[bool]:
    place = ENTRIES.c.seq
    return or_(place.is_(None), place < 1, place > size)


def is_stray() -> ColumnElement[bool]:
    """Return whether anything is outside the chain of the head that is read with it."""
    return exists(select(ENTRIES.c.seq).where(_outside(HEAD.c.size))).correlate(HEAD)


def strays(connection: Connection) -> list[int]:
    """
    Return where entries stand outside the chain, at most :data:`MOST_NAMED`, head and all at once.

    A place that is no number, which SQLite lets in, is given as 0.
    """
    place = cast(ENTRIES.c.seq, String(40))
    found = select(place).join(HEAD, _outside(HEAD.c.size)).limit(MOST_NAMED)
    return sorted(_number(text) for text in connection.scalars(found))


def _number(text: str | None) -> int:
    try:
        return int(text or 0)
    except ValueError:
        return 0


def set_aside(connection: Connection, head: Head, at: float) -> None:
    """
    Move what is outside the chain of *head* to a table of its own, as it is.

    Args:
        connection: The open transaction that holds the head's lock.
        head: The head.
        at: Unix seconds.
    """
    outside = _outside(head.size)
    for row in connection.execute(select(ENTRIES).where(outside)).all():
        body = msgspec.json.encode(row._asdict(), enc_hook=str).decode()
        connection.execute(
            insert(STRAYS).values(
                found_at=round(at * 1_000_000), place=str(row.seq)[:40], body=body
            )
        )
    connection.execute(delete(ENTRIES).where(outside))
