"""
Salts in SQLite, PostgreSQL or MariaDB: one implementation. Does I/O.

On SQLite the bytes of a dead salt are gone from the file and its journal, and that is searched for
(`privacykit.stores.salts.file`). A server keeps copies where no client of it can reach them: its
write-ahead or binary log, replicas, backups. There destruction is ``logical``, and said to be.
"""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Double,
    LargeBinary,
    MetaData,
    Select,
    String,
    Table,
    delete,
    select,
    text,
)

from privacykit.errors import ConfigurationError, StoreError
from privacykit.pseudonym.salts import SaltAudit, SaltLevel
from privacykit.stores.database.engine import TABLE_OPTIONS, open_engine, reading, writing
from privacykit.stores.database.insert import insert_absent
from privacykit.stores.database.schema import Schema, prepare
from privacykit.stores.database.sqlite import is_sqlite
from privacykit.stores.database.write_lock import WriteLock
from privacykit.stores.salts.file import SaltFile, fingerprint
from privacykit.stores.salts.rules import SaltRow, audit_of, check_alive, check_kept, check_salt

KEEP_TOMBS_SECONDS = 40 * 86400
"""How long the file goes on being searched for a destroyed salt."""

_BEYOND = 1e12
"""After every salt; MariaDB knows no infinity."""

_TABLES = MetaData()
_SALTS = Table(
    "salts",
    _TABLES,
    Column("site", String(63), primary_key=True),
    Column("day", String(13), primary_key=True),
    Column("salt", LargeBinary(32), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("not_after", Double, nullable=False),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
_TOMBS = Table(
    "destroyed_salts",
    _TABLES,
    # A hash of 256 random bits: it tells a found salt, and nothing tells the salt from it.
    Column("fingerprint", String(32), primary_key=True),
    Column("destroyed_at", Double, nullable=False),
    sqlite_with_rowid=False,
    **TABLE_OPTIONS,
)
SCHEMA = Schema("salts", _TABLES)

_NOTES = {
    "sqlite": (
        "Copies of the file (backups, snapshots) and worn-out flash cells are not searched.",
    ),
    "postgresql": (
        "The write-ahead log, replicas and backups keep a destroyed salt.",
        "Its row stays in the table's file until it is vacuumed and overwritten.",
    ),
    "mysql": (
        "The binary log, the redo log, replicas and backups keep a destroyed salt.",
        "Its row stays in the table's file until it is purged and overwritten.",
    ),
}
_QUESTIONS = {
    "postgresql": (
        ("select count(*) from pg_stat_replication", "Replicas connected"),
        ("select current_setting('archive_mode')", "Archiving of the write-ahead log"),
    ),
    "mysql": (("select @@global.log_bin", "Binary log"),),
}


class SqlSaltStore:
    """
    Salts in a database of their own.

    Args:
        url: The database, see `privacykit.stores.database.engine.open_engine`.

    Raises:
        ConfigurationError: *url* names no database we know.
        MissingExtraError: The driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url, kind="salts")
        self._file = SaltFile(self._engine) if is_sqlite(self._engine) else None
        self._turn = WriteLock()
        self._prepared = False
        # A process that was killed may have left something to search for.
        self._searched = False

    def __repr__(self) -> str:
        return f"<SqlSaltStore {self._engine.dialect.name}>"

    def prepare(self) -> None:
        """
        Create the tables where they are missing.

        Raises:
            ConfigurationError: The SQLite file can be read by others than its owner.
            StoreError: The database failed.
        """
        if self._file:
            self._file.check_private()
        prepare(self._engine, SCHEMA)
        self._prepared = True

    def get_or_create(
        self, site: str, day: str, candidate: bytes, not_after: float, now: float
    ) -> bytes:
        """
        Keep *candidate* unless there is a salt already; return what is kept.

        Raises:
            StoreError: The database failed, or the salt is dead or not of the present.
            KeyMaterialError: *candidate* is not 32 bytes.
        """
        check_salt(day, candidate, not_after, now)
        self._ready()
        with self._turn:
            return self._get_or_create(site, day, candidate, not_after, now)

    def destroy_expired(self, now: float) -> int:
        """
        Destroy every salt that is dead at *now*; return how many there were.

        On SQLite this also finishes what a killed process left half done.

        Raises:
            StoreError: The database failed, or a file still holds the bytes of a destroyed salt.
        """
        self._ready()
        with self._turn:
            return self._destroy(now, now)

    def destroy_all(self, now: float) -> int:
        """
        Destroy every salt, living ones too; return how many there were.

        Raises:
            StoreError: The database failed, or a file still holds the bytes of a destroyed salt.
        """
        self._ready()
        with self._turn:
            return self._destroy(_BEYOND, now)

    def rows(self) -> tuple[SaltRow, ...]:
        """
        Return what stands in the store, without the salts.

        Raises:
            StoreError: The database failed.
        """
        self._ready()
        columns = _SALTS.c.site, _SALTS.c.day, _SALTS.c.made_at, _SALTS.c.not_after
        with reading(self._engine) as connection:
            found = connection.execute(select(*columns).order_by(*columns[:2])).all()
        return tuple(SaltRow(*row) for row in found)

    def audit(self, now: float) -> SaltAudit:
        """
        Count what stands; on SQLite search every file for every salt destroyed lately.

        Raises:
            StoreError: The database failed.
        """
        rows = self.rows()
        notes = _NOTES[self._engine.dialect.name]
        if not self._file:
            answers = self._ask()
            return audit_of(rows, now, level="logical", searched=False, notes=notes + answers)
        found = len(self._file.find(self._tombs()))
        level: SaltLevel = "logical" if found else "erased"
        return audit_of(rows, now, level=level, searched=True, found=found, notes=notes)

    def _get_or_create(
        self, site: str, day: str, candidate: bytes, not_after: float, now: float
    ) -> bytes:
        with reading(self._engine) as connection:
            salt = _read(connection, site, day, now)
        if salt is not None:
            return salt
        row = {"site": site, "day": day, "salt": candidate, "made_at": now, "not_after": not_after}
        with writing(self._engine) as connection:
            # Beside the statement, which SQLAlchemy remembers with whatever values stand in it.
            connection.execute(insert_absent(self._engine, _SALTS), row)
            salt = _read(connection, site, day, now)
        if self._file:
            self._file.scrub()
        return check_kept(salt)

    def _ready(self) -> None:
        if not self._prepared:
            try:
                self.prepare()
            except ConfigurationError as error:
                raise StoreError(str(error)) from None

    def _destroy(self, cutoff: float, now: float) -> int:
        with reading(self._engine) as connection:
            dead = connection.execute(_dead(cutoff)).first()
        count = 0
        if dead:
            with writing(self._engine) as connection:
                count = self._delete(connection, cutoff, now)
        if self._file:
            self._file.scrub()
            if count or not self._searched:
                self._searched = False
                self._file.erase(self._tombs())
                self._searched = True
        return count

    def _delete(self, connection: Connection, cutoff: float, now: float) -> int:
        count = 0
        for site, day, salt in connection.execute(_dead(cutoff)).all():
            if self._file:
                tomb = {"fingerprint": fingerprint(salt), "destroyed_at": now}
                connection.execute(insert_absent(self._engine, _TOMBS).values(tomb))
            this = _of(site, day) & (_SALTS.c.not_after <= cutoff)
            count += connection.execute(delete(_SALTS).where(this)).rowcount
        forgotten = _TOMBS.c.destroyed_at < now - KEEP_TOMBS_SECONDS
        connection.execute(delete(_TOMBS).where(forgotten))
        return count

    def _tombs(self) -> set[str]:
        with reading(self._engine) as connection:
            return set(connection.scalars(select(_TOMBS.c.fingerprint)))

    def _ask(self) -> tuple[str, ...]:
        """Return what the server tells about its own copies, as far as we may ask."""
        answers = []
        for question, label in _QUESTIONS[self._engine.dialect.name]:
            with suppress(StoreError), reading(self._engine) as connection:
                answers.append(f"{label}: {connection.scalar(text(question))}.")
        return tuple(answers)


def _dead(cutoff: float) -> Select[str, str, bytes]:
    columns = _SALTS.c.site, _SALTS.c.day, _SALTS.c.salt
    return select(*columns).where(_SALTS.c.not_after <= cutoff).order_by(*columns[:2])


def _of(site: str, day: str) -> ColumnElement[bool]:
    return (_SALTS.c.site == site) & (_SALTS.c.day == day)


def _read(connection: Connection, site: str, day: str, now: float) -> bytes | None:
    columns = _SALTS.c.salt, _SALTS.c.not_after
    row = connection.execute(select(*columns).where(_of(site, day))).one_or_none()
    if row is None:
        return None
    check_alive(row.not_after, now)
    return bytes(row.salt)
