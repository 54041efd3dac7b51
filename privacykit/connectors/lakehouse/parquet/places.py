"""
Places of Parquet files: a folder of this machine, or a bucket. Does I/O.

A file is replaced whole and only as it was read; who reads meanwhile sees the old one or the new.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, cast

from privacykit.connectors.files.replace import check_rewritable
from privacykit.connectors.files.tree import every_file
from privacykit.errors import StoreError
from privacykit.private_files import remove_abandoned, replacing, sync_folder

CHANGED = "a file was changed by somebody else meanwhile; run it again"
Write = Callable[[BinaryIO, BinaryIO], None]
"""Writes a file anew: from the old one to the new one."""


class PlacedFile(NamedTuple):
    """
    A file.

    Attributes:
        name: Its path in the place, with slashes.
        size: Bytes; -1 where nobody tells before it is read.
        tag: What changes whenever the file does; empty where nobody tells before it is read.
    """

    name: str
    size: int
    tag: str


class FilePlace(Protocol):
    """A folder or a bucket. Every method may raise :class:`StoreError`."""

    def files(self) -> Sequence[PlacedFile]:
        """Return every file, in the order of the names."""
        ...

    def opened(self, name: str) -> AbstractContextManager[tuple[BinaryIO, str]]:
        """Open a file for reading; return it and its tag."""
        ...

    def replace(self, name: str, tag: str, write: Write) -> None:
        """Put what *write* writes in the place of a file, if it is still as *tag* says."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""
        ...

    def path(self, name: str) -> str | None:
        """Return where this machine has the file, for engines that read files themselves."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...


class FolderPlace(FilePlace):
    """
    Files below *folder*; links are followed, and what they lead to is what is replaced.

    Args:
        folder: The folder.

    Raises:
        StoreError: It is not there.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise StoreError("the directory of the dataset is not there (PK380)")
        self._folder = folder
        remove_abandoned(folder)

    def files(self) -> Sequence[PlacedFile]:
        """
        Return every file.

        Raises:
            StoreError: A folder cannot be listed.
        """
        found = [
            PlacedFile(path.relative_to(self._folder).as_posix(), at.st_size, tag_of(at))
            for path in every_file(self._folder)
            if path.is_file() and (at := path.stat())
        ]
        return sorted(found)

    @contextmanager
    def opened(self, name: str) -> Iterator[tuple[BinaryIO, str]]:
        """
        Open a file.

        Raises:
            StoreError: It cannot be read.
        """
        try:
            with (self._folder / name).open("rb") as stream:
                yield stream, tag_of(os.fstat(stream.fileno()))
        except OSError as error:
            raise StoreError(f"reading a file: {type(error).__name__}") from None

    def replace(self, name: str, tag: str, write: Write) -> None:
        """
        Replace a file in one step, owner and permissions kept.

        Raises:
            StoreError: It changed, has other names, or cannot be written; it is as it was.
        """
        file = (self._folder / name).resolve()
        try:
            with file.open("rb") as old:
                before = os.fstat(old.fileno())
                _check_same(tag, before)
                check_rewritable(name.partition("/")[0], before)
                with replacing(file, like=before) as new:
                    write(old, cast("BinaryIO", new))
                    _check_same(tag, file.stat())
        except OSError as error:
            raise StoreError(f"rewriting a file: {type(error).__name__}") from None

    def delete(self, name: str) -> None:
        """
        Remove a file, and the folder that it leaves empty.

        Raises:
            StoreError: It cannot be removed.
        """
        file = (self._folder / name).resolve()
        try:
            (self._folder / name).unlink(missing_ok=True)
            file.unlink(missing_ok=True)
            with suppress(OSError):
                if file.parent != self._folder.resolve():
                    file.parent.rmdir()
                else:
                    sync_folder(file.parent)
        except OSError as error:
            raise StoreError(f"removing a file: {type(error).__name__}") from None

    def path(self, name: str) -> str | None:
        """Return the path of a file."""
        return str(self._folder / name)

    def close(self) -> None:
        """Do nothing: no file stays open."""


class KeptObject(Protocol):
    """An object as it was read."""

    @property
    def body(self) -> bytes:
        """Its bytes."""

    @property
    def tag(self) -> str:
        """What changes whenever they do."""


class Objects(Protocol):
    """A bucket, as whoever opens the dataset hands it over; each call may raise ``StoreError``."""

    def keys(self) -> Sequence[str]:
        """Return every key."""
        ...

    def get(self, key: str) -> KeptObject | None:
        """Return an object, or ``None``."""
        ...

    def replace(self, key: str, body: bytes, tag: str) -> bool:
        """Put *body* in the place of what was read with *tag*; ``False`` where it has changed."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class BucketPlace(FilePlace):
    """
    Objects of a bucket; one is in memory at a time.

    Args:
        objects: The bucket.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def files(self) -> Sequence[PlacedFile]:
        """
        Return every object.

        Raises:
            StoreError: The bucket does not answer.
        """
        return [PlacedFile(key, -1, "") for key in sorted(self._objects.keys())]

    @contextmanager
    def opened(self, name: str) -> Iterator[tuple[BinaryIO, str]]:
        """
        Read an object.

        Raises:
            StoreError: It is not there, or the bucket does not answer.
        """
        found = self._found(name)
        yield io.BytesIO(found.body), found.tag

    def replace(self, name: str, tag: str, write: Write) -> None:
        """
        Replace an object as it was read.

        Raises:
            StoreError: It changed, or the bucket does not answer.
        """
        found, new = self._found(name), io.BytesIO()
        _check_tag(tag, found.tag)
        write(io.BytesIO(found.body), new)
        if not self._objects.replace(name, new.getvalue(), found.tag):
            raise StoreError(CHANGED)

    def _found(self, name: str) -> KeptObject:
        """
        Return an object.

        Raises:
            StoreError: It is gone.
        """
        found = self._objects.get(name)
        if found is None:
            raise StoreError(CHANGED)
        return found

    def delete(self, name: str) -> None:
        """
        Remove an object.

        Raises:
            StoreError: The bucket does not answer.
        """
        self._objects.delete(name)

    def path(self, name: str) -> str | None:
        """Return nothing: this machine has no such file."""
        del name
        return None

    def close(self) -> None:
        """Close the connections."""
        self._objects.close()


def tag_of(at: os.stat_result) -> str:
    """Return what changes whenever a file does, of what the file system says of it."""
    return f"{at.st_dev}-{at.st_ino}-{at.st_size}-{at.st_mtime_ns}-{at.st_nlink}"


def _check_same(tag: str, at: os.stat_result) -> None:
    """
    Refuse to replace what somebody else wrote.

    Raises:
        StoreError: The file is another than was read.
    """
    _check_tag(tag, tag_of(at))


def _check_tag(tag: str, now: str) -> None:
    """
    Refuse to replace what somebody else wrote.

    Raises:
        StoreError: The tags differ.
    """
    if tag != now:
        raise StoreError(CHANGED)
