"""
Open an MMDB file so that nothing done to the file afterwards can hurt the process.

I/O: reads the user's file, writes a private copy to the temporary directory.

A memory-mapped file that somebody truncates in place (``curl -o``, ``cp``) kills the process with
SIGBUS at the next look-up. So the file is copied first, the copy is mapped and its name removed;
its bytes live until the reader is closed, and the user's file may be replaced or ruined at will.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import maxminddb


class DatabaseError(Exception):
    """The file cannot be used; the message is for a :class:`privacykit.errors.Problem`."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one version of a file from the next, without reading it."""

    mtime_ns: int
    size: int
    inode: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    An open database.

    Attributes:
        reader: The reader of the private copy.
        stamp: The user's file at the moment it was copied.
        kind: ``database_type`` of its metadata, such as ``GeoLite2-City``.
        built: Unix seconds when the publisher built it.
        ipv6: Whether it can answer for IPv6.
    """

    reader: maxminddb.Reader
    stamp: Stamp
    kind: str
    built: float
    ipv6: bool


def stamp_of(path: Path) -> Stamp | None:
    """Return the stamp of the file at *path*, ``None`` when there is none that can be seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Stamp(found.st_mtime_ns, found.st_size, found.st_ino)


def open_snapshot(path: Path) -> Snapshot:
    """
    Copy the file at *path* and open the copy.

    Raises:
        DatabaseError:
            It is missing, unreadable, no MMDB, or was written to while it was copied.
    """
    before = stamp_of(path)
    if before is None:
        raise DatabaseError("the file is missing or may not be seen")
    try:
        handle, copy = tempfile.mkstemp(prefix="privacykit-geo-", suffix=".mmdb")
    except OSError as error:
        raise DatabaseError(f"no room for a private copy: {error.strerror}") from None
    os.close(handle)
    try:
        shutil.copyfile(path, copy)
        if stamp_of(path) != before:
            raise DatabaseError("the file changed while it was read")
        return _open(copy, before)
    except OSError as error:
        raise DatabaseError(f"the file cannot be copied: {error.strerror}") from None
    finally:
        Path(copy).unlink(missing_ok=True)


def _open(copy: str, stamp: Stamp) -> Snapshot:
    try:
        reader = maxminddb.open_database(copy)
    except Exception:  # noqa: BLE001 - a hostile file can raise nearly anything while it is parsed
        raise DatabaseError("the file is not a MaxMind DB, or is damaged") from None
    try:
        facts = reader.metadata()
        kind, built, ipv6 = str(facts.database_type), float(facts.build_epoch), facts.ip_version
    except Exception:  # noqa: BLE001 - as above
        reader.close()
        raise DatabaseError("the file's metadata is damaged") from None
    return Snapshot(reader, stamp, kind, built, ipv6 == 6)  # noqa: PLR2004 - the version


def c_reader() -> bool:
    """Return whether maxminddb has its C extension, without which a look-up costs 15 times more."""
    return getattr(maxminddb, "_extension", None) is not None
