"""
The end of a salt's bytes in a SQLite file, and the look whether they are gone. Does I/O.

1. The journal persists and is overwritten with zeros after every transaction: what is only deleted
   leaves its blocks, and in them the salt, to the file system.
2. The search needs no salt: a hash of it is kept, and every 32 bytes of every file are hashed.
3. The database file, once opened here, is never closed: closing it would drop the locks that
   SQLite holds on it in this process (https://sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Collection
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import Engine

from privacykit.errors import ConfigurationError, Problem, StoreError
from privacykit.pseudonym.salts import SALT_BYTES
from privacykit.stores.database.engine import vacuum, writing
from privacykit.stores.database.sqlite import sqlite_path
from privacykit.stores.database.using import translated

FINGERPRINT_BYTES = 16

ATTEMPTS = 5
"""How often the file is rebuilt before we say that the bytes are still there."""

_held: dict[tuple[int, int], int] = {}


def fingerprint(salt: bytes) -> str:
    """Return what tells a found salt; 256 random bits cannot be guessed from it."""
    return blake2b(salt, digest_size=FINGERPRINT_BYTES, person=b"privacykit.tomb").hexdigest()


def search(data: bytes, fingerprints: Collection[str]) -> set[str]:
    """Return those of *fingerprints* whose salt stands anywhere in *data*."""
    if not fingerprints:
        return set()
    windows = (data[i : i + SALT_BYTES] for i in range(len(data) - SALT_BYTES + 1))
    return {found for window in windows if (found := fingerprint(window)) in fingerprints}


class SaltFile:
    """
    The files of a SQLite salt store.

    Args:
        engine: The store's engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._path = sqlite_path(engine)
        self._journal = Path(f"{self._path}-journal")

    def check_private(self) -> None:
        """
        Refuse a file that others than its owner can read.

        Raises:
            ConfigurationError: They can.
        """
        with suppress(OSError):
            if stat.S_IMODE(self._path.stat().st_mode) & 0o077:
                raise ConfigurationError(
                    Problem(
                        "PK146",
                        "privacykit.toml",
                        "salts.url",
                        "others than its owner may open the file of the salts",
                        "chmod 600 it, and let it be written by one user",
                    )
                )

    def scrub(self) -> None:
        """
        Overwrite the journal with zeros; nobody else's transaction is in it meanwhile.

        Raises:
            StoreError: The database is locked, or the journal cannot be written.
        """
        with translated(self._engine), suppress(FileNotFoundError):
            if not self._journal.read_bytes().strip(b"\0"):
                return
            with writing(self._engine), self._journal.open("r+b", 0) as file:
                file.write(bytes(os.fstat(file.fileno()).st_size))
                os.fsync(file.fileno())

    def find(self, fingerprints: Collection[str]) -> set[str]:
        """
        Return those of *fingerprints* whose salt stands in the database file or beside it.

        Raises:
            StoreError: A file cannot be read.
        """
        with translated(self._engine):
            found = search(self._database_bytes(), fingerprints)
            for ending in ("-journal", "-wal"):
                with suppress(FileNotFoundError):
                    found |= search(Path(f"{self._path}{ending}").read_bytes(), fingerprints)
        return found

    def erase(self, fingerprints: Collection[str]) -> None:
        """
        Make sure that none of the destroyed salts is in any file, rebuilding the file if need be.

        Raises:
            StoreError: The bytes of a salt are still there, or the database failed.
        """
        attempt = 0
        while self.find(fingerprints):
            if attempt == ATTEMPTS:
                raise StoreError("PK147 the bytes of a destroyed salt are still in the salts' file")
            time.sleep(0.05 * attempt)
            vacuum(self._engine)
            self.scrub()
            attempt += 1

    def _database_bytes(self) -> bytes:
        status = self._path.stat()
        identity = status.st_dev, status.st_ino
        if identity not in _held:
            _held[identity] = os.open(self._path, os.O_RDONLY)
        return os.pread(_held[identity], status.st_size, 0)
