"""
A DuckDB file, attached for one piece of work at a time. Does I/O.

Laws of this file:

1. To read leaves file and log as they were. The turn of the folder, which our other writers of
   DuckDB files take too, is had as long as the file is written, and while it is attached to read.
2. In one process DuckDB refuses to attach a file for writing that is attached already. Other
   processes are kept out by a lock, which a process loses as soon as it closes any stream of the
   file (POSIX): so its bytes are read only while it is attached for reading.
3. Nothing is downloaded, and nothing spilt to a folder: DuckDB is told so.
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from privacykit.connectors.files.replace import check_rewritable
from privacykit.errors import MissingExtraError, StoreError
from privacykit.private_files import UNFINISHED, create_private, remove_abandoned

OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",  # else rows could be left in a folder of the process's
}
"""How DuckDB is configured wherever it opens a file."""

BESIDE = f"{UNFINISHED}duckdb-"
"""What the names of folders begin with in which a file is written anew."""

IN_USE = "another program has the DuckDB file open (PK390)"
_LOCKED = ("Could not set lock", "Unique file handle conflict")

Turn = Callable[[Path], AbstractContextManager[None]]
"""Holds the lock of a folder."""


class AttachedFile(NamedTuple):
    """
    The file while it is attached.

    Attributes:
        cursor: A connection of DuckDB's.
        name: What the database is called there.
    """

    cursor: Any
    name: str


class FileState(NamedTuple):
    """
    What the file system says of a file.

    Attributes:
        device: Where it is.
        inode: Which it is there.
        size: Bytes.
        changed: Nanoseconds of Unix time.
    """

    device: int
    inode: int
    size: int
    changed: int

    @classmethod
    def of(cls, at: os.stat_result) -> FileState:
        """Return the state of a file whose status is *at*."""
        return cls(at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns)


class DuckDBFile:
    """
    The file at *path*.

    Args:
        path: Where it is; a link is followed.
        turn: Holds the lock of its folder.

    Attributes:
        path: The file itself.

    Raises:
        MissingExtraError: The extra ``duckdb`` is not installed.
        StoreError: PK389, it is not there.
    """

    def __init__(self, path: Path, turn: Turn) -> None:
        try:
            import duckdb
            import pyarrow as pa  # noqa: F401 - what rows are read in
        except ImportError:
            raise MissingExtraError("duckdb", "a dataset that is a DuckDB file") from None
        if not path.is_file():
            raise StoreError("the DuckDB file of the dataset is not there (PK389)")
        self.path = path.resolve()
        self._turn = turn
        self._numbers = itertools.count()
        self._engine = duckdb.connect(":memory:", config=OFFLINE)
        self._engine.execute("SET GLOBAL TimeZone = 'UTC'")

    def state(self) -> FileState:
        """
        Return what changes whenever the file does.

        Raises:
            StoreError: It is gone.
        """
        try:
            return FileState.of(self.path.stat())
        except OSError as error:
            raise StoreError(f"reading a DuckDB file: {type(error).__name__}") from None

    @contextmanager
    def reading(self) -> Iterator[AttachedFile]:
        """
        Attach the file for reading, beside others who read; who has the turn is waited for.

        Raises:
            StoreError: Somebody writes to it, or it cannot be opened or read.
        """
        with ExitStack() as stack:
            try:
                with self._turn(self.path.parent):
                    at = stack.enter_context(self._attached(" (READ_ONLY)"))
            except OSError as error:
                raise StoreError(f"reading a DuckDB file: {type(error).__name__}") from None
            yield at

    @contextmanager
    def writing(self) -> Iterator[AttachedFile]:
        """
        Attach the file for writing, alone; what is not committed when the block ends is undone.

        Raises:
            StoreError: Somebody has it open, it has other names, or it cannot be written.
        """
        try:
            with self._turn(self.path.parent):
                for left in self.path.parent.glob(f"{BESIDE}*"):
                    shutil.rmtree(left)
                remove_abandoned(self.path.parent, deep=False)
                check_rewritable(self.path.name, self.path.stat())
                with self._attached("") as at:
                    yield at
        except OSError as error:
            raise StoreError(f"writing a DuckDB file: {type(error).__name__}") from None

    @contextmanager
    def changing(self) -> Iterator[AttachedFile]:
        """
        Attach the file for writing, with a log that is as open as the file.

        DuckDB takes the log that is there, and would make one that others can read.

        Raises:
            StoreError: As of :meth:`writing`.
        """
        with self.writing() as at:
            with suppress(FileExistsError):
                log = create_private(self.log)
                os.fchmod(log, stat.S_IMODE(self.path.stat().st_mode))
                os.close(log)
            try:
                yield at
            finally:
                # Nothing was written: we are alone still, so it is ours.
                if self.log.exists() and not self.log.stat().st_size:
                    self.log.unlink()

    @property
    def log(self) -> Path:
        """Where DuckDB writes first what it will write to the file."""
        return self.path.with_name(f"{self.path.name}.wal")

    @contextmanager
    def _attached(self, how: str) -> Iterator[AttachedFile]:
        """
        Attach the file.

        Raises:
            StoreError: It cannot be, or what is done with it failed.
        """
        import duckdb
        import pyarrow as pa

        cursor, name = self._engine.cursor(), f"store_{next(self._numbers)}"
        try:
            cursor.execute(f"ATTACH {quoted_path(self.path)} AS {name}{how}")
        except duckdb.Error as error:
            cursor.close()
            if is_in_use(error):
                raise StoreError(IN_USE) from None
            told = f"a DuckDB file cannot be opened: {type(error).__name__} (PK391)"
            raise StoreError(told) from None
        try:
            # Triggers and columns that are generated name other things of the file by half a name.
            cursor.execute(f"USE {name}")
            yield AttachedFile(cursor, name)
        except (duckdb.Error, pa.ArrowException) as error:
            raise StoreError(f"in a DuckDB file: {type(error).__name__}") from None
        finally:
            cursor.close()
            # An engine that was closed meanwhile has let go of the file already.
            with suppress(duckdb.ConnectionException):
                self._engine.execute(f"DETACH {name}")

    def close(self) -> None:
        """Let go of the file."""
        self._engine.close()


def is_in_use(error: Exception) -> bool:
    """Say whether DuckDB could not open a file since another program, or this one, has it open."""
    return any(words in str(error) for words in _LOCKED)


def quoted_path(path: Path) -> str:
    """Return *path* as SQL takes it."""
    doubled = str(path).replace("'", "''")
    return f"'{doubled}'"


def quoted(*names: str) -> str:
    """Return a name, or names joined by dots, as SQL takes them."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)
