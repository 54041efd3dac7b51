"""
Data keys wrapped anew under the newest durable key, a page a transaction. Does I/O.

What is sealed stays as it is: only the wrapping changes. A run that was killed is simply run again.
The older keys are retired first: no process, however long it runs, wraps by them any more.
Once no key is wrapped by the old one, the old one may leave the key file and its backups, and every
older backup of the key store opens nothing any more.
"""

from __future__ import annotations

from sqlalchemy import Engine, bindparam, select, update

from privacykit.stores.database.engine import reading, writing
from privacykit.stores.sealing.keys import SqlSealingKeys
from privacykit.stores.sealing.ring import bound_of
from privacykit.stores.sealing.tables import KEYS

PAGE = 1000


def wrap_anew(engine: Engine, keys: SqlSealingKeys, page: int = PAGE) -> int:
    """
    Wrap every data key under the newest durable key; return how many were not.

    Args:
        engine: The ``[records]`` database.
        keys: The key store.
        page: Keys in a transaction.

    Raises:
        StoreError: The database failed, the key file is older than the last rotation (PK388), or a
            key cannot be unwrapped; those before are done.
    """
    keys.retire_older()
    after, number = "", 0
    anew = (
        update(KEYS)
        .where(KEYS.c.kid == bindparam("this"), KEYS.c.wrapped == bindparam("old"))
        .values(wrapped=bindparam("new"), wrapped_by=keys.newest)
    )
    while True:
        wanted = select(KEYS).where(KEYS.c.kid > after).order_by(KEYS.c.kid).limit(page)
        with reading(engine) as connection:
            rows = connection.execute(wanted).all()
        if not rows:
            return number
        after = rows[-1].kid
        changes = []
        for row in rows:
            if row.wrapped_by == keys.newest:
                continue
            bound = bound_of(row.kid, row.person, row.purpose, row.period)
            value = keys.unwrap(row.wrapped, row.wrapped_by, bound)
            changes.append({"this": row.kid, "old": row.wrapped, "new": keys.wrap(value, bound)})
        if changes:
            with writing(engine) as connection:
                connection.execute(anew, changes)
            number += len(changes)
