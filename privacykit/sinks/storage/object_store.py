"""
A place of objects: what a sink needs of it, and the local file system as one. Does file I/O.

A local object is a private file below a folder, whole or not there. Who writes holds the lock of
the folder, so that two processes never take one name, nor change one object at the same time.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import anyio.to_thread

from privacykit.errors import SinkError
from privacykit.private_files import UNFINISHED, remove_abandoned, replacing, sync_folder
from privacykit.sinks.storage.turns import folder_turn

_T = TypeVar("_T")

REMEMBERED = 50_000
"""Ids of events in objects that were written or read last: about 6 MB."""


class FoundObject(NamedTuple):
    """
    An object as it was read.

    Attributes:
        body: Its bytes.
        tag: What changes whenever they do.
        changed: Unix seconds of the last change; infinite where nobody tells.
    """

    body: bytes
    tag: str
    changed: float = inf


class ObjectStore(Protocol):
    """A bucket, or a folder. Every method raises :class:`SinkError` when it does not answer."""

    async def put_new(self, key: str, body: bytes) -> bool:
        """Create the object *key*; ``False``, and nothing done, where there is one."""
        ...

    async def replace(self, key: str, body: bytes, tag: str) -> bool:
        """Put *body* in the place of what was read with *tag*; ``False`` where it has changed."""
        ...

    async def get(self, key: str) -> FoundObject | None:
        """Return the object *key*, or ``None``."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the object *key*, if there is one."""
        ...

    def keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys that begin with *prefix*, in any order."""
        ...

    async def tidy(self) -> None:
        """Remove what writers that died left behind."""
        ...

    async def answers(self) -> None:
        """Ask whether objects can be listed, without making one."""
        ...

    async def close(self) -> None:
        """Release what is held."""
        ...


class LocalObjects(ObjectStore):
    """
    Files below *folder*, which must exist.

    Args:
        folder: Where keys begin.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put_new(self, key: str, body: bytes) -> bool:
        """
        Create the file; on the disk when this returns.

        Raises:
            SinkError: It could not be written; nothing of it is there.
        """
        return await _in_thread(lambda: self._put_new(self._folder / key, body))

    def _put_new(self, path: Path, body: bytes) -> bool:
        with folder_turn(self._folder):
            if path.exists():
                return False
            if not path.parent.exists():
                path.parent.mkdir(mode=0o700)
                sync_folder(self._folder)
            with replacing(path) as file:
                file.write(body)
        return True

    async def replace(self, key: str, body: bytes, tag: str) -> bool:
        """
        Replace the file in one step.

        Raises:
            SinkError: It could not be written; it is as it was.
        """
        return await _in_thread(lambda: self._replace(self._folder / key, body, tag))

    def _replace(self, path: Path, body: bytes, tag: str) -> bool:
        with folder_turn(self._folder):
            if not path.exists() or _tag(path.stat()) != tag:
                return False
            with replacing(path) as file:
                file.write(body)
        return True

    async def get(self, key: str) -> FoundObject | None:
        """
        Read the file.

        Raises:
            SinkError: It could not be read.
        """
        return await _in_thread(lambda: _read(self._folder / key))

    async def delete(self, key: str) -> None:
        """
        Remove the file, and its folder with the last one.

        Raises:
            SinkError: It could not be removed.
        """
        await _in_thread(lambda: self._delete(self._folder / key))

    def _delete(self, path: Path) -> None:
        with folder_turn(self._folder):
            path.unlink(missing_ok=True)
            if path.parent != self._folder:
                with suppress(OSError):
                    path.parent.rmdir()

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """
        Yield the keys that begin with *prefix*.

        Raises:
            SinkError: The folder could not be read.
        """
        for key in await _in_thread(lambda: self._keys(prefix)):
            yield key

    def _keys(self, prefix: str) -> list[str]:
        folder = self._folder / prefix.rpartition("/")[0]
        found = (path for path in folder.rglob("*") if not path.name.startswith(UNFINISHED))
        named = (path.relative_to(self._folder).as_posix() for path in found if path.is_file())
        return [key for key in named if key.startswith(prefix)]

    async def tidy(self) -> None:
        """
        Remove what processes left unfinished that died.

        Raises:
            SinkError: The folder could not be read.
        """
        await _in_thread(lambda: remove_abandoned(self._folder))

    async def answers(self) -> None:
        """
        Look whether files can be made in the folder.

        Raises:
            SinkError: They cannot.
        """
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise SinkError("PK170 the folder cannot be written to")

    async def close(self) -> None:
        """Nothing is held open."""


class ObjectMemory:
    """The ids in the objects that were written or read last."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._count = 0

    def ids(self, key: str) -> frozenset[str] | None:
        """Return the ids in the object *key*; ``None`` where they are not known."""
        return self._by_key.get(key)

    def keep(self, key: str, ids: frozenset[str]) -> None:
        """Keep the ids in the object *key*; those kept first go."""
        self._count += len(ids) - len(self._by_key.get(key, ()))
        self._by_key[key] = ids
        while self._count > REMEMBERED and len(self._by_key) > 1:
            _, gone = self._by_key.popitem(last=False)
            self._count -= len(gone)


def _read(path: Path) -> FoundObject | None:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            return FoundObject(file.read(), _tag(status), status.st_mtime)
    except FileNotFoundError:
        return None


def _tag(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_mtime_ns}"


async def _in_thread(work: Callable[[], _T]) -> _T:
    try:
        return await anyio.to_thread.run_sync(work)
    except OSError as error:
        told = f"PK170 a file of events failed ({type(error).__name__} {error.errno})"
        raise SinkError(told) from None
