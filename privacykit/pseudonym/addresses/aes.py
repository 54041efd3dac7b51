"""
AES-128 on whole blocks, many in one call. Pure.

A call costs 70 times what a block costs, so that callers build all their blocks first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

BLOCK_BYTES = 16


class Blocks(threading.local):
    """
    The block cipher under one key. Contexts have state, so that each thread gets its own.

    Args:
        key: 16 bytes.

    Attributes:
        encrypt: A whole number of blocks to as many.
        decrypt: The way back.
    """

    encrypt: Callable[[bytes], bytes]
    decrypt: Callable[[bytes], bytes]

    def __init__(self, key: bytes) -> None:
        # Only installations with a keyed mode pay for the import, 15 ms.
        from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415
            Cipher,
            algorithms,
            modes,
        )

        # ECB is the bare permutation, which is what these schemes are built on; no message is
        # ever encrypted with it.
        cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305
        self.encrypt = cipher.encryptor().update
        self.decrypt = cipher.decryptor().update
