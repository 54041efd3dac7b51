"""
Data keys of sealed fields, in ``[records]``: made, found, destroyed. Does I/O.

Laws of this file:

1. A data key is 32 random bytes of its own, kept only as wrapped by a durable key (AES-256-GCM, its
   name, person, purpose and period bound to it): a row copied to another person opens nothing.
2. Two processes that ask for the key of one person at once get one key.
3. Nothing new is wrapped by a key that ``seal rotate`` retired, however long a process runs.
4. A key is destroyed by its row, and gone when the file was searched for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, and_, delete, func, select

from privacykit.errors import StoreError
from privacykit.sealing.envelope import KEY_BYTES, KID_BYTES, DataKey
from privacykit.sealing.ids import person_reference
from privacykit.sealing.seal import Sealed, SealingKeys
from privacykit.stores.database.engine import reading, writing
from privacykit.stores.database.erased_bytes import erase_bytes, rebuild
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.schema import prepare
from privacykit.stores.database.sqlite import is_sqlite
from privacykit.stores.key_file import Key
from privacykit.stores.records.audit import AuditLog
from privacykit.stores.sealing.destroyed import SERVER, DestroyedKeys
from privacykit.stores.sealing.retired import is_retired, register, retire
from privacykit.stores.sealing.ring import WrappingRing, bound_of
from privacykit.stores.sealing.tables import KEYS, SCHEMA

SEARCHED = 200
"""Destroyed keys that the file is searched for; of more, these many stand for all."""


class SqlSealingKeys(SealingKeys):
    """
    The data keys of people.

    Args:
        engine: The ``[records]`` database; the table is created when missing.
        wrapping: The durable keys of the use ``sealing``, the newest first.
        subject: The durable keys of the use ``subject``, the newest first.
        suppressed: Says whether nothing of a person may be collected for a purpose: no key is made
            for them.
        clock: Unix seconds.
        reload: Reads the wrapping keys anew, where they may have been rotated meanwhile.

    Raises:
        StoreError: The database failed.
    """

    def __init__(
        self,
        engine: Engine,
        wrapping: Sequence[Key],
        subject: Sequence[Key],
        suppressed: Callable[[Sealed], bool],
        clock: Callable[[], float],
        reload: Callable[[], Sequence[Key]] | None = None,
    ) -> None:
        self._engine = engine
        self._ring = WrappingRing(wrapping)
        self._reload = reload or (lambda: wrapping)
        self._subject = [key.value for key in subject]
        self._suppressed = suppressed
        self._clock = clock
        prepare(engine, SCHEMA)

    def references(self, identity: str, value: str) -> list[bytes]:
        """
        Return every reference under which a person's keys may be, by the newest key first.

        Raises:
            InputError: *value* names nobody.
        """
        return [person_reference(key, identity, value) for key in self._subject]

    def key_for(self, whom: Sealed) -> DataKey | None:
        """
        Return the key, made now if there is none; ``None`` for whom is suppressed.

        Raises:
            InputError: The identity names nobody.
            StoreError: The database failed, or a key cannot be unwrapped.
        """
        if self._suppressed(whom):
            return None
        references = self.references(whom.identity, whom.value)
        found = self._of(references, whom)
        if found is None:
            self._make(references[0], whom)
            found = self._of(references, whom)
        return found

    def _of(self, references: Sequence[bytes], whom: Sealed) -> DataKey | None:
        wanted = select(KEYS).where(
            KEYS.c.person.in_([reference.hex() for reference in references]),
            KEYS.c.purpose == whom.purpose,
            KEYS.c.period == whom.period,
        )
        with reading(self._engine) as connection:
            row = connection.execute(wanted.order_by(KEYS.c.made_at.desc()).limit(1)).first()
        return None if row is None else self._unwrapped(row)

    def _make(self, reference: bytes, whom: Sealed) -> None:
        if self._made(self._ring, reference.hex(), whom):
            return
        self._ring = WrappingRing(self._reload())
        if not self._made(self._ring, reference.hex(), whom):
            raise StoreError(
                f"PK388 the wrapping key {self.newest} was retired by `seal rotate`; give this"
                " process the present key file"
            )

    def _made(self, ring: WrappingRing, person: str, whom: Sealed) -> bool:
        """Make a key unless what would wrap it is retired; tell whether it may be made."""
        kid, value = os.urandom(KID_BYTES).hex(), os.urandom(KEY_BYTES)
        row = {
            "kid": kid,
            "person": person,
            "purpose": whom.purpose,
            "period": whom.period,
            "wrapped": ring.wrap(value, bound_of(kid, person, whom.purpose, whom.period)),
            "wrapped_by": ring.newest,
            "made_at": self._clock(),
        }
        register(self._engine, [ring.newest])
        with writing(self._engine) as connection:
            if is_retired(connection, ring.newest):
                return False
            connection.execute(insert_absent(self._engine, KEYS), row)
        return True

    def key(self, kid: bytes) -> DataKey | None:
        """
        Return a key by its name; ``None`` where it is destroyed or not ours.

        Raises:
            StoreError: The database failed, or the key cannot be unwrapped.
        """
        with reading(self._engine) as connection:
            row = connection.execute(select(KEYS).where(KEYS.c.kid == kid.hex())).first()
        return None if row is None else self._unwrapped(row)

    def wrap(self, value: bytes, bound: bytes) -> str:
        """Return a data key as it is stored."""
        return self._ring.wrap(value, bound)

    def unwrap(self, wrapped: str, wrapped_by: str, bound: bytes) -> bytes:
        """
        Return a data key as it is used.

        Raises:
            StoreError: PK388, the key that wraps it is not in the key file, or the row was changed.
        """
        if wrapped_by not in self._ring.ciphers:
            self._ring = WrappingRing(self._reload())
        return self._ring.unwrap(wrapped, wrapped_by, bound)

    def _unwrapped(self, row: Row[Any]) -> DataKey:
        bound = bound_of(row.kid, row.person, row.purpose, row.period)
        value = self.unwrap(row.wrapped, row.wrapped_by, bound)
        return DataKey(bytes.fromhex(row.kid), value)

    def destroy(
        self,
        references: Iterable[bytes],
        audit: AuditLog,
        actor: str,
        *,
        purpose: str = "",
        request_id: str = "",
        again: bool = False,
    ) -> DestroyedKeys:
        """
        Destroy the keys of a person, and search the file for them.

        Args:
            references: As :meth:`references` returns them.
            audit: The audit log, in the same database.
            actor: Who does it.
            purpose: Only the keys of this purpose; empty is all.
            request_id: The request it serves.
            again: Whether a run died that may have destroyed some and not looked for them. Nobody
                knows them any more, so the file is rebuilt.

        Raises:
            StoreError: Nothing is destroyed.
        """
        which: ColumnElement[bool] = KEYS.c.person.in_(
            [reference.hex() for reference in references]
        )
        if purpose:
            which = and_(which, KEYS.c.purpose == purpose)
        done = self._destroyed(which, audit, actor, request_id)
        return DestroyedKeys(done.keys, rebuild(self._engine, SERVER)) if again else done

    def destroy_period(
        self, period: str, audit: AuditLog, actor: str, *, purpose: str = ""
    ) -> DestroyedKeys:
        """
        Destroy every key of a period: what was sealed in it is over, whatever a broker keeps.

        Args:
            period: ``2026-11`` or ``2026``.
            audit: The audit log, in the same database.
            actor: Who does it.
            purpose: Only the keys of this purpose; empty is all.

        Raises:
            StoreError: Nothing is destroyed.
        """
        which: ColumnElement[bool] = KEYS.c.period == period
        if purpose:
            which = and_(which, KEYS.c.purpose == purpose)
        return self._destroyed(which, audit, actor, "")

    def _destroyed(
        self, which: ColumnElement[bool], audit: AuditLog, actor: str, request_id: str
    ) -> DestroyedKeys:
        with writing(self._engine) as connection:
            some = list(connection.scalars(select(KEYS.c.wrapped).where(which).limit(SEARCHED)))
            if not some:
                return DestroyedKeys(0)
            number = connection.execute(delete(KEYS).where(which)).rowcount
            detail = {"keys": number}
            audit.append(
                actor,
                "sealing.destroyed",
                request_id=request_id,
                detail=detail,
                connection=connection,
            )
        remains = erase_bytes(self._engine, some) if is_sqlite(self._engine) else SERVER
        return DestroyedKeys(number, remains)

    def number(self, references: Iterable[bytes]) -> int:
        """Return how many keys a person has; args and errors as of :meth:`destroy`."""
        theirs = KEYS.c.person.in_([reference.hex() for reference in references])
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(KEYS).where(theirs)) or 0

    def counted(self) -> list[tuple[str, str, str, int]]:
        """
        Return purpose, period, wrapping key and number of the keys there are.

        Raises:
            StoreError: The database failed.
        """
        groups = (KEYS.c.purpose, KEYS.c.period, KEYS.c.wrapped_by)
        wanted = select(*groups, func.count()).group_by(*groups).order_by(*groups)
        with reading(self._engine) as connection:
            return [(row[0], row[1], row[2], int(row[3])) for row in connection.execute(wanted)]

    @property
    def newest(self) -> str:
        """The id of the wrapping key that is used now."""
        return self._ring.newest

    def retire_older(self) -> None:
        """
        Let no process wrap by any key but the newest from now on.

        Raises:
            StoreError: PK388, the newest of this key file is itself retired; the database failed.
        """
        newest = self.newest
        with writing(self._engine) as connection:
            retired = is_retired(connection, newest)
        if retired:
            raise StoreError(
                f"PK388 the wrapping key {newest} was retired: this is an older key file"
            )
        with reading(self._engine) as connection:
            used = set(connection.scalars(select(KEYS.c.wrapped_by).distinct()))
        retire(self._engine, {*used, *self._ring.ciphers} - {newest}, self._clock())
