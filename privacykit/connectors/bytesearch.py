"""Count occurrences of byte strings in files, in constant memory. Does I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

BLOCK = 1 << 20


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
