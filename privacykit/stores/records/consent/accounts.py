"""
The choices of accounts in ``[records]``, under keyed references of people. Does I/O.

No id of a user is kept: the reference is the one that ``identify()`` makes, so that an erasure of
the person finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Double,
    Engine,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    delete,
    select,
    update,
)

from privacykit.collect.consent.account import NO_CHOICE, AccountChoice
from privacykit.pseudonym.subject import subject_reference
from privacykit.stores.database.engine import TABLE_OPTIONS, reading, writing
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.schema import Schema, prepare
from privacykit.stores.key_file import Key

_METADATA = MetaData()
_CHOICES = Table(
    "account_choices",
    _METADATA,
    Column("subject", String(64), primary_key=True),
    Column("site", String(63), primary_key=True),
    Column("refused", Text, nullable=False),
    Column("allowed", Text, nullable=False),
    Column("record", String(64), nullable=False),
    Column("at", Double, nullable=False, index=True),
    **TABLE_OPTIONS,
)
SCHEMA = Schema("account_choices", _METADATA)


class SqlAccountChoices:
    """
    :class:`privacykit.collect.consent.account.AccountChoices` on a database.

    Args:
        engine: Of the ``[records]`` database; its table is created when missing.
        keys: Returns the subject keys, the newest first: it writes, all read.
    """

    def __init__(self, engine: Engine, keys: Callable[[], Sequence[Key]]) -> None:
        self._engine = engine
        self._keys = keys
        self._prepared = False

    def __repr__(self) -> str:
        return "<SqlAccountChoices>"

    def get(self, user_id: str, site: str) -> AccountChoice:
        """
        Return the choice of an account, of none :data:`NO_CHOICE`.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with reading(self._engine) as connection:
            return _joined(connection, _rows(self._references(user_id), site))

    def change(
        self, user_id: str, site: str, change: Callable[[AccountChoice], AccountChoice]
    ) -> AccountChoice:
        """
        Keep what *change* makes of the present choice, under the newest key; committed.

        Raises:
            StoreError: The database failed: nothing is changed.
        """
        references = self._references(user_id)
        newest, former = references[0], references[1:]
        this = (_CHOICES.c.subject == newest) & (_CHOICES.c.site == site)
        old = _CHOICES.c.subject.in_(former) & (_CHOICES.c.site == site)
        self._ready()
        with writing(self._engine) as connection:
            room = {"subject": newest, "site": site, **_columns(NO_CHOICE)}
            connection.execute(insert_absent(self._engine, _CHOICES).values(room))
            wanted = _rows(references, site).with_for_update()
            changed = change(_joined(connection, wanted))
            if former:
                connection.execute(delete(_CHOICES).where(old))
            if changed.refused or changed.allowed:
                connection.execute(update(_CHOICES).where(this).values(_columns(changed)))
            else:
                connection.execute(delete(_CHOICES).where(this))
        return changed

    def of_subject(self, reference: str) -> Iterator[tuple[str, AccountChoice]]:
        """
        Yield the site and the choice of each that is kept under *reference*.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with reading(self._engine) as connection:
            wanted = select(_CHOICES).where(_CHOICES.c.subject == reference)
            found = connection.execute(wanted.order_by(_CHOICES.c.site)).all()
        for row in found:
            yield row.site, _to_choice(row)

    def forget(self, reference: str) -> int:
        """
        Erase what is kept under *reference*; return how many rows.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with writing(self._engine) as connection:
            this = _CHOICES.c.subject == reference
            return connection.execute(delete(_CHOICES).where(this)).rowcount

    def any_before(self, before: float) -> bool:
        """
        Tell whether :meth:`forget_before` would erase anything.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        wanted = select(_CHOICES.c.site).where(_CHOICES.c.at <= before).limit(1)
        with reading(self._engine) as connection:
            return connection.scalar(wanted) is not None

    def forget_before(self, before: float) -> int:
        """
        Erase the choices that were neither changed nor confirmed since *before*, Unix seconds.

        Returns:
            How many.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        with writing(self._engine) as connection:
            ended = _CHOICES.c.at <= before
            return connection.execute(delete(_CHOICES).where(ended)).rowcount

    def _references(self, user_id: str) -> list[str]:
        return [subject_reference(key.value, user_id) for key in self._keys()]

    def _ready(self) -> None:
        if not self._prepared:
            prepare(self._engine, SCHEMA)
            self._prepared = True


def _rows(references: Sequence[str], site: str) -> Select[Any]:
    return select(_CHOICES).where(_CHOICES.c.subject.in_(references), _CHOICES.c.site == site)


def _joined(connection: Connection, wanted: Select[Any]) -> AccountChoice:
    found = map(_to_choice, connection.execute(wanted).all())
    return reduce(AccountChoice.joined, found, NO_CHOICE)


def _to_choice(row: Row[Any]) -> AccountChoice:
    refused, allowed = (
        frozenset(msgspec.json.decode(names, type=list[str]))
        for names in (row.refused, row.allowed)
    )
    return AccountChoice(refused, allowed, row.record, row.at)


def _columns(choice: AccountChoice) -> dict[str, Any]:
    lists = {
        name: msgspec.json.encode(sorted(getattr(choice, name))).decode()
        for name in ("refused", "allowed")
    }
    return {**lists, "record": choice.record, "at": choice.at}
