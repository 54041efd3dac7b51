"""
One file of JSON lines that several processes append to. Does I/O; synchronous.

Laws of this file:

1. A line is whole or it is not there: what a full disk or a crash tore is cut off.
2. An id is written once, as far as the file's last :data:`TAIL_BYTES` reach: the newest ids are
   in memory, those that may have been forgotten are looked for in the file.
3. Whoever holds the lock of the file that bears the name at present has the turn.
4. Nobody but the owner may read it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from privacykit.collect.events.format import members_of, moment
from privacykit.private_files import PRIVATE_MODE, replacing, sync_folder

TAIL_BYTES = 64 * 1024 * 1024
"""How far back the ids of a file are read: about 60 000 events."""

REMEMBERED = 2048
"""Ids in each of two generations: four busy workers are no further apart, by batches of 500."""

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


_id_of = members_of("id")
_end_of = members_of("data.expires_at")


class RecentIds:
    """
    The ids added last, in two generations of at most :data:`REMEMBERED`.

    Attributes:
        forgotten: The greatest id that was forgotten. Ids begin with their time, so what is new is
            greater, and what is not was delivered late or came again.
    """

    def __init__(self) -> None:
        self._young: set[str] = set()
        self._old: set[str] = set()
        self.forgotten = ""

    def __contains__(self, event: str) -> bool:
        return event in self._young or event in self._old

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def add(self, event: str) -> None:
        """Remember *event*; a full generation becomes the old one."""
        if len(self._young) >= REMEMBERED:
            self.forgotten = max(self.forgotten, max(self._old, default=""))
            self._old, self._young = self._young, set()
        self._young.add(event)


class LineFile:
    """The file at *path*, made when first appended to. Not to be shared by threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._recent = RecentIds()
        self._read_to = -1
        self._file = -1
        self._process = os.getpid()

    def append(self, bodies: Mapping[str, bytes]) -> None:
        """
        Append those of *bodies*, by event id, that are not there; on disk when this returns.

        Raises:
            OSError: The file could not be written; it is as it was.
        """
        with self._turn():
            self._catch_up()
            fresh = [event for event in bodies if event not in self._recent]
            again = self._found(event for event in fresh if event <= self._recent.forgotten)
            fresh = [event for event in fresh if event not in again]
            lines = b"".join(bodies[event].replace(b"\n", b" ") + b"\n" for event in fresh)
            try:
                _write(self._file, lines)
            except OSError:
                os.ftruncate(self._file, self._read_to)
                raise
            self._read_to += len(lines)
            for event in fresh:
                self._recent.add(event)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the lock of the file that bears the name now: it may have been replaced."""
        import fcntl

        if self._process != os.getpid():
            # A lock taken through a file that a fork handed on would be the parent's as well.
            self.close()
            self._process = os.getpid()
        while True:
            if self._file < 0:
                self._open()
            fcntl.flock(self._file, fcntl.LOCK_EX)
            if self._is_current():
                break
            self.close()
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _open(self) -> None:
        new = not self._path.exists()
        self._file = os.open(self._path, _FLAGS, PRIVATE_MODE)
        self._start_anew()
        if new:
            sync_folder(self._path.parent)

    def _start_anew(self) -> None:
        self._read_to = -1
        self._recent = RecentIds()

    def _is_current(self) -> bool:
        try:
            named = self._path.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(self._file))

    def _catch_up(self) -> None:
        """Read the ids that others wrote, or we in an earlier life; cut off a torn line."""
        end = os.fstat(self._file).st_size
        if end < self._read_to:
            self._start_anew()
        if end == self._read_to:
            return
        whole = self._read_to if self._read_to >= 0 else max(0, end - TAIL_BYTES)
        for line in self._lines_from(whole):
            if not line.endswith(b"\n"):
                os.ftruncate(self._file, whole)
                break
            whole += len(line)
            if event := _id(line):
                self._recent.add(event)
        self._read_to = whole

    def _found(self, events: Iterable[str]) -> set[str]:
        """Return those of *events* that are in the tail of the file."""
        wanted = set(events)
        if not wanted:
            return wanted
        tail = self._lines_from(max(0, self._read_to - TAIL_BYTES))
        return wanted & {event for line in tail if (event := _id(line)) in wanted}

    def _lines_from(self, start: int) -> Iterator[bytes]:
        with open(self._file, "rb", closefd=False) as lines:
            lines.seek(start)
            yield from lines

    def drop_expired(self, now: float, *, whole: bool) -> None:
        """
        Remove what has expired at *now*: the file if nothing in it is alive, else lines of it.

        Args:
            now: Unix seconds.
            whole: Whether it is known that nothing is alive.

        Raises:
            OSError: The file could not be read or written; it is as it was.
        """
        with self._turn():
            kept = dropped = 0
            if not whole:
                for _, alive in self._lines(now):
                    kept += alive
                    dropped += not alive
            if not kept:
                self._path.unlink()
            elif dropped:
                self._rewrite(now)
        self.close()

    def drop(self, ids: Collection[str]) -> int:
        """
        Remove the events *ids* and write the file anew; return how many there were.

        Raises:
            OSError: The file could not be read or written; it is as it was.
        """
        if not self._path.exists():
            return 0
        with self._turn():
            with self._path.open("rb") as lines:
                gone = sum(_id(line) in ids for line in lines)
            if gone:
                with replacing(self._path) as copy, self._path.open("rb") as lines:
                    copy.writelines(line for line in lines if _id(line) not in ids)
        self.close()
        return gone

    def _lines(self, now: float) -> Iterator[tuple[bytes, bool]]:
        """Yield each line and whether it is alive; what cannot be read is not."""
        with self._path.open("rb") as lines:
            for line in lines:
                try:
                    (end,) = _end_of(line)
                    yield line, moment(end).timestamp() > now
                except ValueError:
                    yield line, False

    def _rewrite(self, now: float) -> None:
        with replacing(self._path) as copy:
            copy.writelines(line for line, alive in self._lines(now) if alive)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _write(file: int, lines: bytes) -> None:
    """
    Write *lines* in one piece, to the disk.

    Raises:
        OSError: Some of it, or nothing, was written.
    """
    if os.write(file, lines) != len(lines):
        raise OSError(errno.ENOSPC, "short write")
    os.fsync(file)


def _id(line: bytes) -> str | None:
    try:
        (event,) = _id_of(line)
    except ValueError:
        return None
    return str(event)
