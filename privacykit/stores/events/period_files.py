"""
Periods on SQLite: a file each beside the main one, so that a drop is a removal. Does I/O.

Laws of this file:

1. A period's file is there whole or not at all, and its owner's alone like every file of ours.
2. A link, or a file that others own or may read more of than the main one, is never opened.
3. Nobody reads or writes a file that was removed or replaced meanwhile.
4. Of the files of a period that which tells of it goes last, so that a crash hides none.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
import stat
from collections.abc import Iterable
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, delete
from sqlalchemy import event as on
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.schema import CreateIndex, CreateTable

from privacykit.errors import StoreError
from privacykit.private_files import UNFINISHED, create_private, sync_folder
from privacykit.stores.database.engine import open_engine, writing
from privacykit.stores.database.looking import looks_only, open_to_look
from privacykit.stores.database.sqlite import sqlite_path
from privacykit.stores.database.using import using
from privacykit.stores.events.event_tables import WHOLE, events_table
from privacykit.stores.events.periods import Period, named
from privacykit.stores.events.shelves import PutAside, Shelf
from privacykit.stores.events.view import view_of

_TABLE = events_table(WHOLE)
_JOURNALS = ("-wal", "-shm")


class PeriodFiles:
    """
    The period files beside a SQLite file; they are closed when its engine is disposed of.

    Args:
        engine: Of the main file.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._main = sqlite_path(engine)
        self._name = re.compile(rf"{re.escape(self._main.stem)}_(.+){re.escape(self._main.suffix)}")
        self._shelves: dict[Period, Shelf] = {}
        on.listen(engine, "engine_disposed", self._close)

    def _close(self, _: Engine) -> None:
        while self._shelves:
            self._shelves.popitem()[1].engine.dispose()

    def path(self, period: Period) -> Path:
        """Return the file of *period*."""
        return self._main.with_name(f"{self._main.stem}_{period.name}{self._main.suffix}")

    def existing(self) -> set[Period]:
        """Return the periods that have a file; whether it may be opened is asked then."""
        with using(self._engine):
            files = (file.name for file in self._main.parent.iterdir())
            found = filter(None, map(self._name.fullmatch, files))
            there = named(match[1] for match in found)
        for period in self._shelves.keys() - there:
            if shelf := self._shelves.pop(period, None):  # another thread may have been faster
                shelf.engine.dispose()
        return there

    def create(self, period: Period) -> None:
        """Make the file of *period*, unless somebody was faster."""
        beside = self._main.with_name(f"{UNFINISHED}{secrets.token_hex(10)}")
        with using(self._engine):
            try:
                with os.fdopen(create_private(beside), "wb") as file:
                    file.write(_empty())
                    file.flush()
                    os.fsync(file.fileno())
                # Unlike a renaming, it never takes the place of a file that somebody made first.
                with suppress(FileExistsError):
                    os.link(beside, self.path(period))
            finally:
                beside.unlink(missing_ok=True)
            sync_folder(self._main.parent)

    def show(self) -> None:
        """Each file has the view from the beginning."""

    def shelf(self, period: Period) -> Shelf:
        """Return the file of *period*; it is opened when it is needed."""
        if shelf := self._shelves.get(period):
            return shelf
        return self._shelves.setdefault(period, Shelf(self._open(self.path(period)), _TABLE))

    def shelves(self, periods: Iterable[Period]) -> list[Shelf]:
        """Return the files of *periods*, the oldest first."""
        return [self.shelf(period) for period in sorted(periods)]

    def drop(self, period: Period, first: PutAside | None) -> int:
        """Remove the files of *period*, after *first* has put aside what is held."""
        path, aside = self.path(period), 0
        if first:
            with writing(self.shelf(period).engine) as connection:
                aside = first(connection)
        if shelf := self._shelves.pop(period, None):
            shelf.engine.dispose()
        with using(self._engine):
            for journal in _JOURNALS:
                path.with_name(path.name + journal).unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            sync_folder(path.parent)
        return aside

    def empty(self, connection: Connection, _period: Period) -> None:
        """Delete all events of a period that may still get some."""
        connection.execute(delete(_TABLE))

    def _open(self, path: Path) -> Engine:
        main = self._main
        url = f"sqlite:///{path}"
        if looks_only(self._engine):
            _inode(path, main)
            return open_to_look(url, kind="events")
        engine = open_engine(url, kind="events")

        @on.listens_for(engine, "do_connect", insert=True)
        def look(*_: object) -> None:
            _inode(path, main)

        @on.listens_for(engine, "connect")
        def note(_: object, record: ConnectionPoolEntry) -> None:
            record.info["inode"] = _inode(path, main)

        @on.listens_for(engine, "checkout")
        def same(_: object, record: ConnectionPoolEntry, __: object) -> None:
            if record.info["inode"] != _inode(path, main):
                raise DisconnectionError

        return engine


def _inode(path: Path, main: Path) -> int:
    """
    Return which file *path* is.

    Raises:
        StoreError: There is none, or it is not one that may be opened.
    """
    try:
        found, ours = path.lstat(), main.stat()
    except OSError:
        raise StoreError("PK152 the period was dropped meanwhile") from None
    wider = found.st_mode & ~ours.st_mode & 0o077
    if not stat.S_ISREG(found.st_mode) or found.st_uid != ours.st_uid or wider:
        raise StoreError(
            f"PK137 {path.name} is a link, or is not private to the owner of {main.name}:"
            " look who put it there, and move it away"
        )
    return found.st_ino


@cache
def _empty() -> bytes:
    """Return a SQLite file with a period's table and view, and no event."""
    with closing(sqlite3.connect(":memory:")) as database:
        dialect = sqlite_dialect()
        database.execute(str(CreateTable(_TABLE).compile(dialect=dialect)))
        for index in sorted(_TABLE.indexes, key=lambda one: str(one.name)):
            database.execute(str(CreateIndex(index).compile(dialect=dialect)))
        database.execute(view_of("sqlite", WHOLE))
        database.commit()
        return database.serialize()
