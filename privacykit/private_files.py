"""
Private files: how privacykit creates and replaces every file of its own. Does file I/O.

Laws:

- a new file is created exclusively, follows no link, and is its owner's alone (``0600``) whatever
  the umask says; where it takes another's place it may take that one's mode, never a wider one;
- it stands under a name that nobody can foresee until it is whole and on the disk, then takes its
  place in one step, so that a crash leaves the old file or the new one, never half of either;
- while it is written it is locked, so that a clean-up removes what dead processes left and nothing
  of a living one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedRandom
from pathlib import Path

UNFINISHED = ".privacykit-"
"""What the name of every file begins with that is not whole yet."""

PRIVATE_MODE = 0o600
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def create_private(path: Path) -> int:
    """
    Create *path* and return its descriptor, open for reading and writing.

    Raises:
        FileExistsError: Something stands there, be it a link to nowhere.
        OSError: It cannot be created.
    """
    descriptor = os.open(path, _NEW, PRIVATE_MODE)
    os.fchmod(descriptor, PRIVATE_MODE)
    return descriptor


def check_replaceable(path: Path) -> None:
    """
    Check that a file can take the place of *path*; nothing is created.

    Raises:
        OSError: A link, folder or device stands there, or there is no such folder.
        NotADirectoryError: What should be its folder is something else.
        PermissionError: Nothing can be created in its folder.
    """
    if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(errno.ELOOP, "neither a file nothing links from nor a free name")
    if not stat.S_ISDIR(path.parent.stat().st_mode):
        raise NotADirectoryError(errno.ENOTDIR, "its folder is none")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "nothing can be created in its folder")


@contextmanager
def replacing(path: Path, *, like: os.stat_result | None = None) -> Iterator[BufferedRandom]:
    """
    Open a new file that takes the place of *path* when the block ends without an error.

    Args:
        path: Where the file shall stand; what stands there must be a file or nothing.
        like: Whose owner and permissions it gets, for a file that is not ours; ours are private.

    Raises:
        OSError: It cannot be written, or a link, folder or device stands at *path*, which is as it
            was.
    """
    check_replaceable(path)
    descriptor, beside = _locked_beside(path)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            if like is not None:
                take_after(file.fileno(), like)
            os.fsync(file.fileno())
            beside.replace(path)
        sync_folder(path.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _locked_beside(path: Path) -> tuple[int, Path]:
    while True:
        # 80 bits of chance; the name of the file is left out, since together they may be too long.
        beside = path.with_name(f"{UNFINISHED}{secrets.token_hex(10)}")
        descriptor = create_private(beside)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # A clean-up may have come between the two calls, and taken it for a dead one's.
        if os.fstat(descriptor).st_nlink:
            return descriptor, beside
        os.close(descriptor)


def take_after(descriptor: int, like: os.stat_result) -> None:
    """Give the file the owner and then the permissions of *like*; no owner, no wider permission."""
    mode = stat.S_IMODE(like.st_mode)
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
        try:
            os.fchown(descriptor, like.st_uid, like.st_gid)
        except PermissionError:
            mode &= PRIVATE_MODE
    os.fchmod(descriptor, mode)


def remove_abandoned(folder: Path, *, deep: bool = True) -> int:
    """
    Remove below *folder* what processes left behind that died while they wrote; return how many.

    What a living process writes is locked, on this machine and on file systems that share locks,
    and stays.

    Args:
        folder: Where to look.
        deep: Whether to look into the folders in it, too.
    """
    found = (folder.rglob if deep else folder.glob)(f"{UNFINISHED}*")
    return sum(_remove_if_abandoned(file) for file in found)


def _remove_if_abandoned(file: Path) -> bool:
    with suppress(OSError):
        descriptor = os.open(file, _OLD)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return False
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.unlink()
            return True
        finally:
            os.close(descriptor)
    return False


def sync_folder(folder: Path) -> None:
    """
    Make sure that new entries of *folder* outlive a power cut.

    Raises:
        OSError: The disk does not say so.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
