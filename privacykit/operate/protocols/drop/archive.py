"""
The archive of a download, read without believing it: names, sizes and ratios are bounded.

Reads a file. A list is random by nature and hardly shrinks; what unpacks to far more than it was
is a bomb.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from privacykit.errors import InputError
from privacykit.recipients.protocols.drop.lists import (
    ListFile,
    ListLine,
    read_file_name,
    read_lines,
)

MOST_FILES = 50
MOST_BYTES = 4 << 30
"""Of all lists together, unpacked: some forty million rows."""
MOST_RATIO = 50
_SMALL = 1 << 20
"""Bytes below which a ratio says nothing."""
_LONGEST_LINE = 4096
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)
"""What ``zipfile`` and its decompressors raise for bytes that are no archive."""


def read_archive(path: Path) -> Iterator[tuple[ListFile, Callable[[], Iterator[ListLine]]]]:
    """
    Yield each list of an archive with what reads its lines, removals last.

    Raises:
        InputError: PK376, it is no archive of lists, or one that is not to be unpacked.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            files = sorted(_checked(archive), key=lambda it: it[1].removed)
            for entry, file in files:
                yield file, lambda entry=entry, file=file: _lines(archive, entry, file)  # type: ignore[misc]
    except _DAMAGED:
        raise InputError("PK376 what was downloaded is no archive that can be read") from None


def _checked(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, ListFile]]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES or sum(it.file_size for it in entries) > MOST_BYTES:
        raise InputError("PK376 the archive is larger than lists are")
    for entry in entries:
        if entry.flag_bits & 1 or _shrank(entry.file_size, entry.compress_size):
            raise InputError("PK376 the archive is encrypted, or unpacks to far more than it is")
        yield entry, read_file_name(entry.filename)


def _lines(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: ListFile) -> Iterator[ListLine]:
    try:
        with archive.open(entry) as raw:
            yield from read_lines(_texts(raw, entry), file)
    except _DAMAGED:
        raise InputError("PK376 a list in the archive is damaged") from None


def _texts(raw: IO[bytes], entry: zipfile.ZipInfo) -> Iterator[str]:
    """
    Yield lines; the sizes that the archive tells of itself are not believed.

    Raises:
        InputError: It is larger than it says.
    """
    text, read = TextIOWrapper(raw, "utf-8", errors="strict", newline=None), 0
    while line := text.readline(_LONGEST_LINE):
        read += len(line)
        if read > max(entry.file_size, _SMALL) or len(line) >= _LONGEST_LINE:
            raise InputError("PK376 the archive is larger than it says")
        yield line


def _shrank(size: int, packed: int) -> bool:
    return size > _SMALL and size > MOST_RATIO * max(packed, 1)
