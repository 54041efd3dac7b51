"""
Log files that are replaced by what may be kept of them. Does file I/O.

Laws:

- a file is the old one or the new one, never half of either, whenever we are cut short;
- owner, permissions and time of change stay, and so does its compression;
- a file that somebody writes, a link, and one that we mostly do not understand stay as they are.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import lzma
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Literal, cast

from privacykit.cli.scrub.lines import scrubbed
from privacykit.errors import BackendError
from privacykit.logs.files.scrubber import Scrubber
from privacykit.private_files import replacing

MOST_UNKNOWN = 0.05
"""Of the lines of a file, unless somebody said what to do with them."""
_GZIP, _BZIP2, _XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
_BROKEN = "its compression is broken"
Mode = Literal["rb", "wb"]
_Open = Callable[[BinaryIO, Mode], BinaryIO]


def _gzip(file: BinaryIO, mode: Mode) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(fileobj=file, mode=mode, mtime=0, filename=""))


def _bzip2(file: BinaryIO, mode: Mode) -> BinaryIO:
    return cast("BinaryIO", bz2.BZ2File(file, mode))


def _xz(file: BinaryIO, mode: Mode) -> BinaryIO:
    return cast("BinaryIO", lzma.LZMAFile(file, mode))


_COMPRESSED: dict[bytes, _Open] = {_GZIP: _gzip, _BZIP2: _bzip2, _XZ: _xz}


def in_place(path: Path, scrubber: Scrubber, *, unknown_may_be_many: bool = False) -> None:
    """
    Replace the log file *path* by what *scrubber* leaves of it, in one step.

    Args:
        path: A file, plain or compressed by gzip, bzip2 or xz.
        scrubber: What weakens lines.
        unknown_may_be_many: Whether the file is also replaced where more than 5 % of its lines are
            of no known format, which are then masked.

    Raises:
        BackendError: PK267, it stays as it is: a link or no file, broken, being written, or of
            another format.
    """
    try:
        _replace(path, scrubber, unknown_may_be_many=unknown_may_be_many)
    except OSError as error:
        raise BackendError(_left(path, _reason(error))) from None
    except (EOFError, lzma.LZMAError, ValueError, zlib.error):
        raise BackendError(_left(path, _BROKEN)) from None


def _reason(error: OSError) -> str:
    if error.errno is None:  # raised by what unpacks, not by the system
        return _BROKEN
    return "a link, or no file" if error.errno == errno.ELOOP else f"{error.strerror}"


def _replace(path: Path, scrubber: Scrubber, *, unknown_may_be_many: bool) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as source:
        before = os.fstat(source.fileno())
        if not stat.S_ISREG(before.st_mode) or before.st_nlink > 1:
            raise OSError(errno.ELOOP, "no file, or one with several names")
        if is_written(before):
            raise BackendError(
                _left(path, "a process writes it; scrub what is rotated, or use a pipe")
            )
        seen = scrubber.seen
        scrubber.forget()
        with replacing(path, like=before) as target, _pair(source, target) as (reads, writes):
            for lines in scrubbed(reads.read, scrubber):
                writes.write(lines)
            news = scrubber.seen - seen
            unknown = news["unknown"] / max(1, news.total() - news["long"])
            if unknown > MOST_UNKNOWN and not unknown_may_be_many:
                raise BackendError(
                    _left(path, "many lines are of no known format; see --format and --unknown")
                )
            if _told(os.fstat(source.fileno())) != _told(before):
                raise BackendError(_left(path, "it was written meanwhile"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@contextmanager
def _pair(source: BinaryIO, target: BinaryIO) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open both through the compression that *source* has."""
    begins = source.read(len(_XZ))
    source.seek(0)
    opens = next((each for magic, each in _COMPRESSED.items() if begins.startswith(magic)), None)
    if opens is None:
        yield source, target
        return
    with opens(source, "rb") as reads, opens(target, "wb") as writes:
        yield reads, writes


def is_written(of: os.stat_result) -> bool:
    """Tell whether a process that we may look at has the file open for writing (Linux)."""
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError, ValueError, IndexError):
            found = link.stat()
            if (found.st_dev, found.st_ino) == (of.st_dev, of.st_ino):
                told = (link.parent.parent / "fdinfo" / link.name).read_text().split("flags:")[1]
                if int(told.split()[0], 8) & os.O_ACCMODE:
                    return True
    return False


def _told(found: os.stat_result) -> tuple[int, int]:
    return found.st_size, found.st_mtime_ns


def _left(path: Path, reason: str) -> str:
    return f"PK267 {path}: left as it was: {reason}"
