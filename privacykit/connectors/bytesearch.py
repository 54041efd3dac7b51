"""Count occurrences of byte strings in files, in constant memory. Does I/O."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

BLOCK = 1 << 20

SQLITE_JOURNALS = ("-wal", "-journal")
"""What stands beside a SQLite file, by the end of its name, and may hold pages of it."""

_kept_open: dict[tuple[int, int], int] = {}


def count_in_sqlite(database: Path, markers: Sequence[bytes]) -> tuple[int, int]:
    """
    Return bytes read and occurrences found in a SQLite file and in the journals beside it.

    The file itself, once opened here, is never closed: to close it would drop the locks that SQLite
    holds on it in this process (https://sqlite.org/howtocorrupt.html, 2.2).
    """
    try:
        status = database.stat()
    except FileNotFoundError:
        return 0, 0
    identity = status.st_dev, status.st_ino
    if identity not in _kept_open:
        _kept_open[identity] = os.open(database, os.O_RDONLY)
    blocks = _blocks(_kept_open[identity])
    size, hits = count_in_blocks(lambda: next(blocks, b""), markers)
    journals = (Path(f"{database}{end}") for end in SQLITE_JOURNALS)
    more, found = count_in_files(journals, markers)
    return size + more, hits + found


def _blocks(number: int) -> Iterator[bytes]:
    at = 0
    while block := os.pread(number, BLOCK, at):
        yield block
        at += len(block)


def count_in_files(files: Iterable[Path], markers: Sequence[bytes]) -> tuple[int, int]:
    """
    Return bytes read and occurrences found; a file that does not exist holds nothing.

    Upper and lower case are one, as far as ASCII goes: an address is often stored in both.
    """
    size = hits = 0
    for file in files:
        try:
            with file.open("rb") as stream:
                read, found = count_in_blocks(lambda stream=stream: stream.read(BLOCK), markers)  # type: ignore[misc]
        except FileNotFoundError:
            continue
        size, hits = size + read, hits + found
    return size, hits


def count_in_blocks(read: Callable[[], bytes], markers: Sequence[bytes]) -> tuple[int, int]:
    """Return bytes read and occurrences found in blocks of one stream, until an empty one."""
    wanted = sorted({marker.lower() for marker in markers if marker})
    longest = max(map(len, wanted), default=1)
    size = hits = 0
    tail = b""
    while block := read():
        size += len(block)
        window = tail + block.lower()
        hits += sum(window.count(marker) for marker in wanted)
        # An occurrence inside the tail was counted with the block before.
        tail = window[-(longest - 1) :] if longest > 1 else b""
        hits -= sum(tail.count(marker) for marker in wanted)
    return size, hits + sum(tail.count(marker) for marker in wanted)
