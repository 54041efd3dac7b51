"""
Leases: who of many processes does a job, for a while. Does I/O.

A lease is taken by one conditional update, so of two processes one gets it on every database. A
holder that stops, or is too slow to renew, loses it: what it does must bear being done twice.
"""

from __future__ import annotations

from sqlalchemy import Column, Double, Engine, MetaData, String, Table, or_, update

from privacykit.stores.database.engine import TABLE_OPTIONS, writing
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.schema import Schema, prepare

_TABLES = MetaData()
_LEASES = Table(
    "leases",
    _TABLES,
    Column("name", String(100), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("until", Double, nullable=False),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("leases", _TABLES)
NOBODY = ""


class Leases:
    """
    Leases in the database behind *engine*.

    Args:
        engine: Of the ``[records]`` database, or of any other that all processes share.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._prepared = False

    def prepare(self) -> None:
        """
        Create the table where it is missing; done by itself at the first use.

        Raises:
            StoreError: The database failed.
        """
        prepare(self._engine, SCHEMA)
        self._prepared = True

    def acquire(self, name: str, owner: str, ttl: float, now: float) -> bool:
        """
        Take the lease *name* if it is free, over, or *owner*'s already.

        Args:
            name: What is leased.
            owner: Random id of the taker, one per process at least.
            ttl: Seconds it is taken for.
            now: Unix seconds.

        Returns:
            Whether *owner* has it now.

        Raises:
            StoreError: The database failed; whether the lease was taken is not known.
        """
        if not self._prepared:
            self.prepare()
        free = or_(_LEASES.c.until <= now, _LEASES.c.owner == owner)
        change = update(_LEASES).where((_LEASES.c.name == name) & free)
        with writing(self._engine) as connection:
            absent = insert_absent(self._engine, _LEASES)
            connection.execute(absent.values(name=name, owner=NOBODY, until=0.0))
            taken = connection.execute(change.values(owner=owner, until=now + ttl))
            return taken.rowcount == 1

    def renew(self, name: str, owner: str, ttl: float, now: float) -> bool:
        """
        Prolong the lease *name* if *owner* still has it.

        Raises:
            StoreError: The database failed.
        """
        return self._change(name, owner, now, now + ttl)

    def release(self, name: str, owner: str, now: float) -> bool:
        """
        Give the lease *name* back if *owner* still has it.

        Raises:
            StoreError: The database failed; the lease ends by itself.
        """
        return self._change(name, owner, now, 0.0)

    def _change(self, name: str, owner: str, now: float, until: float) -> bool:
        if not self._prepared:
            self.prepare()
        held = (_LEASES.c.name == name) & (_LEASES.c.owner == owner) & (_LEASES.c.until > now)
        with writing(self._engine) as connection:
            changed = connection.execute(update(_LEASES).where(held).values(until=until))
            return changed.rowcount == 1
