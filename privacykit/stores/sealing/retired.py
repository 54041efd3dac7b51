"""
The wrapping keys that are retired: nothing new is wrapped by them, by whatever process. Does I/O.

A producer holds the key file in memory and may run for months: without this it would go on wrapping
by a key that is about to leave the file. Whoever makes a data key locks the row of its wrapping key
for reading, whoever retires it for writing: what was made before is seen by the rotation.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, select, update

from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.sealing.tables import WRAPPING


def register(engine: Engine, key_ids: Iterable[str]) -> None:
    """
    Write down that these wrapping keys are used; what stands there already stays.

    Raises:
        StoreError: The database failed.
    """
    rows = [{"id": key_id, "retired_at": 0.0} for key_id in sorted(key_ids)]
    ids = [row["id"] for row in rows]
    with reading(engine) as connection:
        known = set(connection.scalars(select(WRAPPING.c.id).where(WRAPPING.c.id.in_(ids))))
    if fresh := [row for row in rows if row["id"] not in known]:
        with writing(engine) as connection:
            connection.execute(insert_absent(engine, WRAPPING), fresh)


def is_retired(connection: Connection, key_id: str) -> bool:
    """Tell whether a registered key is retired; it stays as it is until the transaction ends."""
    wanted = select(WRAPPING.c.retired_at).where(WRAPPING.c.id == key_id)
    return bool(connection.scalar(wanted.with_for_update(read=True)))


def retire(engine: Engine, key_ids: Iterable[str], at: float) -> None:
    """
    Let nothing new be wrapped by these keys; waits for whoever does so at this moment.

    Args:
        engine: The ``[records]`` database.
        key_ids: Which.
        at: Unix seconds, more than 0.

    Raises:
        StoreError: The database failed.
    """
    ids = sorted(key_ids)
    register(engine, ids)
    fresh = update(WRAPPING).where(WRAPPING.c.id.in_(ids), WRAPPING.c.retired_at == 0)
    with writing(engine) as connection:
        connection.execute(fresh.values(retired_at=at))
