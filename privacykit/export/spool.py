"""A place for bytes that must wait: in memory while small, else enciphered on disk. Does I/O."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SMALL = 1 << 20
BLOCK = 1 << 18


class Spool:
    """
    Bytes written once, then read once.

    Beyond :data:`SMALL` they go to a nameless temporary file under a key that lives in memory only:
    what is on the disk says nothing to anybody.
    """

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=SMALL)  # noqa: SIM115 - closed by us
        cipher = Cipher(algorithms.AES(os.urandom(32)), modes.CTR(os.urandom(16)))
        self._seal = cipher.encryptor()
        self._open = cipher.decryptor()

    def write(self, data: bytes) -> None:
        """Append *data*."""
        self._file.write(self._seal.update(data))

    def blocks(self) -> Iterator[bytes]:
        """Yield everything written, then forget it."""
        with self._file as file:
            file.seek(0)
            while block := file.read(BLOCK):
                yield self._open.update(block)
