"""
The lists as they stand: the full set of items exists only at the broker. Does file I/O.

A SQLite file of its own, its owner's alone. Of a hash only a keyed hash is kept, so that whoever
copies the file cannot test a guess against it. Written in chunks: a list of a million rows takes
no more memory than one of a thousand.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from privacykit.errors import KeyMaterialError, StoreError
from privacykit.operate.protocols.drop import removals
from privacykit.private_files import create_private
from privacykit.recipients.protocols.drop.lists import ListLine
from privacykit.recipients.protocols.drop.standardise import DropList

CHUNK = 5000
LOOKED_UP = 500
_PERSON = b"privacykit.drop"
_TABLES = """
create table if not exists batches (
  id integer primary key, archive text unique, at real not null, ready integer not null default 0,
  matched integer not null default 0);
create table if not exists items (
  id text primary key, list text not null, digest blob not null, batch integer not null,
  wanted integer, sent integer, request text not null default '', shared integer not null default 0
) without rowid;
create index if not exists items_by_hash on items (list, digest);
create index if not exists items_unsent on items (batch) where sent is null;
create table if not exists facts (name text primary key, value text not null) without rowid;
create view if not exists standing as
  select * from items where batch in (select id from batches where ready = 1);
"""
"""``standing`` has the items of archives that were read whole, and no others."""


class DropLists:
    """
    The lists of one broker.

    Args:
        path: The file; its folder is made when missing.
        keys: Ids and values of the durable keys, the newest first.

    Raises:
        StoreError: The file cannot be opened.
        KeyMaterialError: The key that its hashes were made with is gone.
    """

    def __init__(self, path: Path, keys: Sequence[tuple[str, bytes]]) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                os.close(create_private(path))
            self._database = sqlite3.connect(path, isolation_level=None)
            self._database.execute("pragma secure_delete = on")
            self._database.execute("pragma synchronous = full")
            self._database.executescript(_TABLES + removals.TABLES)
        except (OSError, sqlite3.Error):
            raise StoreError("PK377 the lists of DROP cannot be opened") from None
        self._key = self._chosen(keys)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def fact(self, name: str) -> str:
        """Return what was noted under *name*, empty for nothing."""
        row = self._database.execute("select value from facts where name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def note(self, name: str, value: str) -> None:
        """Note *value* under *name*."""
        self._database.execute(
            "insert into facts values (?, ?) on conflict (name) do update set value = ?2",
            (name, value),
        )

    def digest(self, hashed: bytes) -> bytes:
        """Return the keyed hash under which a list's *hashed* is kept."""
        return blake2b(hashed, digest_size=32, key=self._key, person=_PERSON).digest()

    def begin(self, archive: str, at: float) -> int | None:
        """Begin the batch of *archive*, named by its digest; ``None`` where it was read whole."""
        found = self._database.execute(
            "select id, ready from batches where archive = ?", (archive,)
        ).fetchone()
        if found and found[1]:
            return None
        if found:
            return int(found[0])
        made = self._database.execute(
            "insert into batches (archive, at) values (?, ?)", (archive, at)
        )
        return int(made.lastrowid or 0)

    def add(self, batch: int, lines: Iterable[ListLine], day: str = "") -> tuple[int, int]:
        """
        Keep *lines* of a list of *day*, in chunks; what stands already stays as it is.

        They stand from :meth:`finish` on.

        Returns:
            How many came, and how many of them a later list took back, so that they stay so.
        """
        rows, count, late = iter(lines), 0, 0
        while some := list(islice(rows, CHUNK)):
            back = removals.taken_back_since(self._database, [it.id for it in some], day)
            with self._writing():
                self._database.executemany(
                    "insert into items (id, list, digest, batch) values (?, ?, ?, ?)"
                    " on conflict (id) do update set list = excluded.list,"
                    " digest = excluded.digest, batch = excluded.batch"
                    " where items.batch not in (select id from batches where ready = 1)",
                    [(i.id, i.list, self.digest(i.hash), batch) for i in some if i.id not in back],
                )
            count, late = count + len(some), late + len(back)
        return count, late

    def remove(self, batch: int, lines: Iterable[ListLine], day: str = "") -> int:
        """Note the items that *lines* take back; they go with :meth:`finish`. Returns how many."""
        rows, count = iter(lines), 0
        while some := list(islice(rows, CHUNK)):
            noted = [(batch, it.list, self.digest(it.hash), it.id, day) for it in some]
            with self._writing():
                self._database.executemany(removals.STAGE, noted)
            count += len(some)
        return count

    def refuse(self, batch: int) -> None:
        """Forget the batch and all that was read of it."""
        with self._writing():
            this = (batch,)
            self._database.execute("delete from items where batch = ? and sent is null", this)
            self._database.execute("delete from staged where batch = ?", this)
            self._database.execute("delete from batches where id = ?", this)

    def requests_taken_back(self, batch: int) -> tuple[str, ...]:
        """Return the requests of ours that :meth:`finish` leaves without an item."""
        return removals.requests_taken_back(self._database, batch)

    def unknown_removals(self, batch: int) -> int:
        """Return how many removals name no item, although their hash stands by another one."""
        return removals.unknown_removals(self._database, batch)

    def removals_again(self, batch: int) -> int:
        """Return how many removals name an item that an earlier archive took back."""
        return removals.removals_again(self._database, batch)

    def finish(self, batch: int) -> None:
        """Note that the batch was read whole, and do its removals, in one step."""
        with self._writing():
            removals.do_removals(self._database, batch)
            self._database.execute("update batches set ready = 1 where id = ?", (batch,))

    def found(self, which: DropList, digests: Sequence[bytes]) -> set[bytes]:
        """Return which of *digests* the standing list has."""
        found: set[bytes] = set()
        for start in range(0, len(digests), LOOKED_UP):
            some = digests[start : start + LOOKED_UP]
            marks = ",".join("?" * len(some))
            rows = self._database.execute(
                f"select digest from standing where list = ? and digest in ({marks})",  # noqa: S608 - ours
                (which, *some),
            )
            found |= {row[0] for row in rows}
        return found

    def led_to(self, which: DropList, digest: bytes) -> set[str]:
        """Return the requests of ours that the standing items of *digest* led to, ever."""
        rows = self._database.execute(
            "select request from led where list = ?1 and digest = ?2 union"
            " select request from standing where list = ?1 and digest = ?2 and request <> ''",
            (which, digest),
        )
        return {row[0] for row in rows}

    def matched(self, which: DropList, digest: bytes, request: str, *, shared: bool) -> None:
        """Note which request of ours the items of *digest* led to."""
        with self._writing():
            self._database.execute(
                "insert or ignore into led values (?, ?, ?)", (which, digest, request)
            )
            self._database.execute(
                "update items set request = ?, shared = ? where list = ? and digest = ?"
                " and batch in (select id from batches where ready = 1)",
                (request, int(shared), which, digest),
            )

    def taken_back(self) -> tuple[str, ...]:
        """Return the requests of ours whose people took them back, until they are forgotten."""
        return tuple(row[0] for row in self._database.execute("select request from taken_back"))

    def forget_taken_back(self, request: str) -> None:
        """Forget that *request* was taken back: its person may be known again."""
        self._database.execute("delete from taken_back where request = ?", (request,))

    def requests(self) -> Iterator[tuple[str, bool]]:
        """Yield the requests of ours that items led to, and whether their identity is shared."""
        last = ""
        while rows := self._database.execute(
            "select request, max(shared) from standing where request > ? group by request"
            " order by request limit ?",
            (last, CHUNK),
        ).fetchall():
            last = rows[-1][0]
            yield from ((request, bool(shared)) for request, shared in rows)

    def want(self, request: str, status: int | None) -> None:
        """Note what is to be answered about the items of *request*."""
        self._database.execute("update items set wanted = ? where request = ?", (status, request))

    def want_rest(self, status: int, lists: Iterable[DropList]) -> None:
        """Note *status* for every item of *lists* that matched nobody, of matched batches."""
        for which in lists:
            self._database.execute(
                "update items set wanted = ? where request = '' and list = ? and batch in"
                " (select id from batches where matched = 1)",
                (status, which),
            )

    def note_matched(self) -> None:
        """Note that every batch which was read whole was matched."""
        self._database.execute("update batches set matched = 1 where ready = 1")

    def answers(self, *, corrections: bool) -> Iterator[tuple[str, int]]:
        """Yield id and status of what is to be sent: for the first time, or where it changed."""
        where = "sent is not null and sent <> wanted" if corrections else "sent is null"
        last = ""
        while rows := self._database.execute(
            f"select id, wanted from items where id > ? and wanted is not null and {where}"  # noqa: S608 - ours
            " order by id limit ?",
            (last, CHUNK),
        ).fetchall():
            last = rows[-1][0]
            yield from rows

    def sent(self, ids: Iterable[tuple[str, int]]) -> None:
        """Note what was taken."""
        rows = iter(ids)
        while some := list(islice(rows, CHUNK)):
            with self._writing():
                self._database.executemany("update items set sent = ?2 where id = ?1", some)

    def counts(self) -> dict[str, dict[str, int]]:
        """Return for each list how many items stand, matched, were answered, and wait."""
        rows = self._database.execute(
            "select list, count(*), sum(request <> ''), sum(sent is not null),"
            " sum(sent is null) from standing group by list"
        )
        return {
            row[0]: dict(
                zip(("items", "matched", "answered", "waiting"), map(int, row[1:]), strict=True)
            )
            for row in rows
        }

    def unmatched_batches(self) -> int:
        """Return how many batches were read and not matched yet."""
        wanted = "select count(*) from batches where ready = 1 and matched = 0"
        return int(self._database.execute(wanted).fetchone()[0])

    def _chosen(self, keys: Sequence[tuple[str, bytes]]) -> bytes:
        """
        Return the key of the file's hashes: the newest one when it is made, ever after that.

        Raises:
            KeyMaterialError: It is gone.
        """
        known = self.fact("key")
        if not known:
            self.note("key", keys[0][0])
            return keys[0][1]
        for id_, value in keys:
            if id_ == known:
                return value
        raise KeyMaterialError(
            "PK377 the key file lacks the key that the lists of DROP were hashed with: restore it"
        )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._database.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._database.execute("rollback")
            raise
        self._database.execute("commit")
