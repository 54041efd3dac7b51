"""
Encrypt a stream to a person, in the age v1 format, so that no plain byte touches the disk.

Format: age-encryption.org/v1 (C2SP/C2SP:age.md). Recipients are X25519 keys (``age1…``) or one
passphrase (scrypt); the file is opened with any age tool. Randomness comes from the system.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from typing import BinaryIO

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from privacykit.errors import InputError

CHUNK = 64 * 1024
"""Plain bytes per sealed chunk, by the format."""

WORK_FACTOR = 18
"""log2 of scrypt's N: about a second and 256 MB, age's own default."""

SHORTEST_PASSPHRASE = 12
COLUMNS = 64
_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_KEY_BYTES = 32


def parse_recipient(text: str) -> bytes:
    """
    Read an ``age1…`` public key.

    Raises:
        InputError: It is not one.
    """
    text = text.strip().lower()
    prefix, _, data = text.rpartition("1")
    try:
        values = [_CHARSET.index(letter) for letter in data]
    except ValueError:
        raise InputError("not an age recipient (age1…)") from None
    if prefix != "age" or len(values) < 6 or _checksum(prefix, values) != 1:  # noqa: PLR2004 - BIP 173
        raise InputError("not an age recipient (age1…)")
    bits = "".join(f"{value:05b}" for value in values[:-6])
    key = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) - len(bits) % 8, 8))
    if len(key) != _KEY_BYTES:
        raise InputError("not an age recipient (age1…)")
    return key


def _checksum(prefix: str, values: Sequence[int]) -> int:
    """Compute the checksum of BIP 173; 1 when it is right."""
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = 1
    for value in (*expanded, *values):
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATOR):
            check ^= generator if top >> place & 1 else 0
    return check


def check_sealing(recipients: Sequence[str], passphrase: str | None) -> None:
    """
    Check that a file can be sealed so; nothing is written.

    Args:
        recipients: ``age1…`` keys.
        passphrase: Or one passphrase.

    Raises:
        InputError: Both or neither are given, a key is none, or the passphrase is too short.
    """
    if bool(recipients) == (passphrase is not None):
        raise InputError("encrypt to recipients or to one passphrase")
    if passphrase is not None and len(passphrase) < SHORTEST_PASSPHRASE:
        raise InputError(f"a passphrase has {SHORTEST_PASSPHRASE} characters at least")
    for text in recipients:
        parse_recipient(text)


class AgeWriter:
    """
    A binary stream that seals what is written to it.

    Close it: the last chunk is marked as the last, so that a cut file is seen to be cut.
    """

    def __init__(
        self, target: BinaryIO, *, recipients: Sequence[str] = (), passphrase: str | None = None
    ) -> None:
        check_sealing(recipients, passphrase)
        self._target = target
        self._buffer = bytearray()
        self._count = 0
        file_key, nonce = os.urandom(16), os.urandom(16)
        stanzas = [_x25519(file_key, parse_recipient(text)) for text in recipients]
        if passphrase is not None:
            stanzas = [_scrypt(file_key, passphrase)]
        header = b"age-encryption.org/v1\n" + b"".join(stanzas) + b"---"
        mac = hmac.HMAC(_hkdf(file_key, b"", b"header"), hashes.SHA256())
        mac.update(header)
        target.write(header + b" " + _b64(mac.finalize()) + b"\n" + nonce)
        self._cipher = ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload"))

    def write(self, data: bytes) -> int:
        """Take *data*; a chunk is sealed when more than a chunk is there."""
        self._buffer += data
        while len(self._buffer) > CHUNK:
            self._seal(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]
        return len(data)

    def flush(self) -> None:
        """Do nothing: a chunk is sealed when it is whole."""

    def close(self) -> None:
        """Seal the last chunk; the stream beneath stays open."""
        self._seal(bytes(self._buffer), last=True)
        self._buffer.clear()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        # The format's nonce: a counter and whether this is the end; the key is used once.
        nonce = self._count.to_bytes(11, "big") + bytes([last])
        self._target.write(self._cipher.encrypt(nonce, chunk, None))
        self._count += 1


def _x25519(file_key: bytes, recipient: bytes) -> bytes:
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(recipient))
    wrap = _hkdf(shared, share + recipient, b"age-encryption.org/v1/X25519")
    return _stanza(b"X25519 " + _b64(share), wrap, file_key)


def _scrypt(file_key: bytes, passphrase: str) -> bytes:
    salt = os.urandom(16)
    label = b"age-encryption.org/v1/scrypt" + salt
    kdf = Scrypt(salt=label, length=_KEY_BYTES, n=1 << WORK_FACTOR, r=8, p=1)
    wrap = kdf.derive(passphrase.encode())
    return _stanza(b"scrypt %s %d" % (_b64(salt), WORK_FACTOR), wrap, file_key)


def _stanza(head: bytes, wrap: bytes, file_key: bytes) -> bytes:
    # The wrap key is used once, so that a fixed nonce is right here (as in age itself).
    body = _b64(ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None))
    return b"-> " + head + b"\n" + body + b"\n"


def _hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_BYTES, salt or None, info).derive(key)


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")
