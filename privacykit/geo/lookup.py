"""
Find the place of an address in an MMDB file of the user's, through :mod:`privacykit.geo.snapshot`.

Laws of this file:

- Nothing the file holds or suffers raises out of a look-up: the place is ``ZZ``, which the policies
  answer as strictly as any of them, and the failure is counted.
- An address is never a key of any memory and never in a message: memory is by /24 and /48, and
  only where the file's network is no finer than that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_ntop
from threading import Lock
from typing import TypeVar

from privacykit import forks
from privacykit.errors import Problem
from privacykit.geo.prefix import PrefixMemo
from privacykit.geo.records import Fields, place_of
from privacykit.geo.snapshot import (
    DatabaseError,
    Snapshot,
    c_reader,
    open_snapshot,
    stamp_of,
)
from privacykit.policy.place import UNKNOWN

V = TypeVar("V")

GRACE_SECONDS = 60.0
"""How long a replaced reader stays open for look-ups that began before the swap."""
MAX_AGE_DAYS = 45
"""A database older than this is worth a warning: publishers renew weekly to monthly."""
ENOUGH_PLACES = 8
DAY_SECONDS = 86_400
IPV4_BYTES = 4
NEVER_KEPT = 128
"""Prefix length reported when an answer must not be remembered."""


@dataclass(frozen=True, slots=True)
class GeoStatus:
    """
    What `privacykit check` says about the database.

    Attributes:
        file: The file as the user named it; empty when none is configured.
        kind: The publisher's name for the kind of database; empty when none is open.
        age_days: Days since the publisher built it; ``None`` when none is open.
        c_reader: Whether the fast reader is installed.
        problems: What is wrong, with ids PK190 to PK194.
    """

    file: str
    kind: str
    age_days: float | None
    c_reader: bool
    problems: tuple[Problem, ...]


def _no_count(_name: str, _reason: str) -> None:
    """Count nothing."""


class Places:
    """
    Packed address to place. Safe to call from many threads while another reloads.

    Args:
        database: Path of the file; ``None`` means that every place is unknown.
        fields: Where the file keeps country and region, if it is of none of the usual shapes.
        count: Called with a counter's name and a reason for each failure; gets no data.
        clock: Unix seconds, for the grace period.

    Attributes:
        snapshot: The database in use; ``None`` when there is none.
    """

    def __init__(
        self,
        database: str | Path | None,
        *,
        fields: Fields | None = None,
        count: Callable[[str, str], None] = _no_count,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._file = None if database is None else Path(database)
        self._fields = fields
        self._count = count
        self._clock = clock
        self.after_fork_in_child()
        forks.renew(self)
        self.snapshot: Snapshot | None = None
        self._retired: list[tuple[float, Snapshot]] = []
        self._memos: list[PrefixMemo[object]] = []
        self._failed: Problem | None = None
        self._tried: object = None
        if self._file is not None:
            self.reload()

    def after_fork_in_child(self) -> None:
        """Forget who held the lock."""
        self._lock = Lock()

    def __call__(self, packed: bytes | None) -> str:
        """
        Return ``"US-CA"``, ``"DE"`` or, when unknown or broken, ``"ZZ"``. Never raises.

        Args:
            packed: 4 or 16 bytes, unmapped; ``None`` is unknown.
        """
        return UNKNOWN if packed is None else self.lookup(packed)[0]

    def lookup(self, packed: bytes) -> tuple[str, int]:
        """
        Return the place of *packed* and how many leading bits of it the answer depends on.

        The whole address is used, in memory; weaken it afterwards, not before.
        """
        database = self.snapshot
        if database is None:
            return UNKNOWN, 0
        v4 = len(packed) == IPV4_BYTES
        if not v4 and not database.ipv6:
            return UNKNOWN, 0
        try:
            text = inet_ntop(AF_INET if v4 else AF_INET6, packed)
            record, bits = database.reader.get_with_prefix_len(text)
            return place_of(record, self._fields), bits
        except Exception:  # noqa: BLE001 - whatever a damaged file does, the place is unknown
            self._count("geo", "lookup_failed")
            return UNKNOWN, NEVER_KEPT

    def memo(self, build: Callable[[str, bytes], V], *, limit: int = 65_536) -> PrefixMemo[V]:
        """
        Return a memory of what *build* makes of a place and a prefix; emptied at each reload.

        Args:
            build: Called with the place and the packed prefix, host bytes zero. Its answer must
                depend on nothing else.
            limit: How many prefixes to remember.
        """
        made = PrefixMemo(self.lookup, build, limit)
        self._memos.append(made)  # type: ignore[arg-type]
        return made

    def refresh(self) -> bool:
        """
        Reload if the file changed since the last attempt, and close what was replaced long ago.

        Cheap when nothing changed: one ``stat``. Returns whether a new database is in use.
        """
        self._close_retired()
        if self._file is None or stamp_of(self._file) == self._tried:
            return False
        return self.reload()

    def reload(self) -> bool:
        """
        Open the file anew and use it; a look-up that is under way ends with the old one.

        A file that cannot be used leaves the one in use where it is: a snapshot in memory is as
        true as it was. Returns whether a new database is in use.
        """
        if self._file is None:
            return False
        with self._lock:
            self._tried = stamp_of(self._file)
            try:
                fresh = open_snapshot(self._file)
            except DatabaseError as error:
                self._fail(str(error))
                return False
            old, self.snapshot, self._failed = self.snapshot, fresh, None
            if old is not None:
                self._retired.append((self._clock(), old))
            self._tried = fresh.stamp
            if not self._knows_places(fresh):
                self._failed = self._problem(
                    "PK191",
                    f"it names no countries (it is a '{fresh.kind}' database)",
                    "use a country or city database, or set [geo] country_field",
                )
        for memo in self._memos:
            memo.forget()
        return True

    def close(self) -> None:
        """Close every reader; look-ups answer ``ZZ`` from now on."""
        with self._lock:
            old, self.snapshot = self.snapshot, None
            if old is not None:
                self._retired.append((0.0, old))
        for memo in self._memos:
            memo.forget()
        self._close_retired(everything=True)

    def status(self) -> GeoStatus:
        """Return what there is to say about the database, its age and what is wrong."""
        database = self.snapshot
        age = None if database is None else (self._clock() - database.built) / DAY_SECONDS
        problems = [] if self._failed is None else [self._failed]
        if age is not None and age > MAX_AGE_DAYS:
            hint = "fetch a newer one; it is taken up without a restart"
            problems.append(self._problem("PK193", f"it is {age:.0f} days old", hint))
        if self._file is not None and not c_reader():
            message = "maxminddb has no C extension here; a look-up costs 15 times more"
            problems.append(self._problem("PK194", message, "install a wheel of maxminddb"))
        return GeoStatus(
            str(self._file or ""),
            "" if database is None else database.kind,
            age,
            c_reader(),
            tuple(problems),
        )

    def _fail(self, message: str) -> None:
        self._count("geo", "load_failed")
        if self.snapshot is None:
            hint = "every place is unknown until the file is mended"
            self._failed = self._problem("PK190", message, hint)
        else:
            hint = "the database read before stays in use"
            self._failed = self._problem("PK192", message, hint)

    def _problem(self, number: str, message: str, hint: str) -> Problem:
        return Problem(number, str(self._file), "geo.database", message, hint)

    def _knows_places(self, database: Snapshot) -> bool:
        found = 0
        for first in range(1, 256):
            for second in (0, 128):
                try:
                    record = database.reader.get(f"{first}.{second}.0.1")
                except Exception:  # noqa: BLE001 - as in `lookup`
                    self._count("geo", "lookup_failed")
                    continue
                found += place_of(record, self._fields) != UNKNOWN
            if found >= ENOUGH_PLACES:
                break
        return found > 0

    def _close_retired(self, *, everything: bool = False) -> None:
        limit = self._clock() - GRACE_SECONDS
        with self._lock:
            due = [old for since, old in self._retired if everything or since <= limit]
            self._retired = [(since, old) for since, old in self._retired if old not in due]
        for old in due:
            old.reader.close()
