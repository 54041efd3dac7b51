"""
The durable keys of an installation: one TOML file, readable by its owner only. Does I/O.

Unlike salts, keys are made to last: they are backed up, and older ones go on verifying what they
signed. No key value is in any message, ``repr`` or log.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacykit.errors import ConfigurationError
from privacykit.private_files import create_private, sync_folder
from privacykit.stores.key_file import ID_BYTES, KEY_BYTES, USES, Key, problem, read_keys

_HEADER = """\
# The durable keys of privacykit. Only their owner may read this file (mode 0600).
# Back it up, apart from the databases: without it consents, suppressions and the audit log cannot
# be checked any more. Never delete an entry: older keys go on verifying. The newest stands last.
version = 1
"""
_ENTRY = """
[[key]]
id = "{id}"
use = "{use}"
algorithm = "{algorithm}"
made_at = {made_at}
value = "{value}"
"""


class KeyRing:
    """
    The keys of an installation, by use.

    Args:
        keys: From the oldest to the newest.
        file: Name of the file they come from, for messages.
    """

    def __init__(self, keys: Sequence[Key], file: str) -> None:
        self._keys = tuple(keys)
        self._file = file

    def __repr__(self) -> str:
        return f"<KeyRing of {len(self._keys)} keys>"

    def current(self, use: str) -> Key:
        """
        Return the newest key for *use*: the one that signs.

        Raises:
            ConfigurationError: There is none.
        """
        return self.all(use)[0]

    def all(self, use: str) -> tuple[Key, ...]:
        """
        Return every key for *use*, the newest first: all of them verify.

        Raises:
            ConfigurationError: There is none.
        """
        found = tuple(key for key in reversed(self._keys) if key.use == use)
        if not found:
            hint = f"privacykit keys rotate {use}"
            raise ConfigurationError(
                problem("PK123", self._file, "", f"there is no key for '{use}'", hint)
            )
        return found

    def signer(self) -> Ed25519PrivateKey:
        """
        Return the newest key that signs checkpoints and receipts.

        Raises:
            ConfigurationError: There is none.
        """
        return Ed25519PrivateKey.from_private_bytes(self.current("audit_sign").value)


def load_keys(path: str | Path) -> KeyRing:
    """
    Read the key file at *path*.

    Raises:
        ConfigurationError: It is missing, not private, or not a key file; every problem is in it.
    """
    return KeyRing(read_keys(path), str(path))


def init_keys(path: str | Path, now: datetime) -> KeyRing:
    """
    Write a new key file with one key for each use.

    Args:
        path: Where; nothing may stand there yet.
        now: When the keys are made, UTC.

    Raises:
        ConfigurationError: There is a file already, or it cannot be written.
    """
    keys = [_new_key(use, now) for use in USES]
    with _created(Path(path)) as file:
        file.write(_text(keys))
    return KeyRing(keys, str(path))


def rotate_key(path: str | Path, use: str, now: datetime) -> Key:
    """
    Add a new key for *use*, which signs from now on; the older ones go on verifying.

    Processes that run use it after a restart.

    Raises:
        ConfigurationError: *use* is none of `USES`, or the file cannot be read or written.
    """
    if use not in USES:
        raise ConfigurationError(
            problem("PK125", str(path), "", "no such use", "name one of: " + ", ".join(USES))
        )
    target = Path(path).resolve()
    # Exclusively created, so that nobody else rotates meanwhile.
    beside = target.with_name(f"{target.name}.new")
    with _created(beside) as file:
        keys = [*read_keys(path), _new_key(use, now)]
        file.write(_text(keys))
        file.flush()
        os.fsync(file.fileno())
        beside.replace(target)
    return keys[-1]


@contextmanager
def _created(path: Path) -> Iterator[TextIO]:
    """
    Open a new private file; it does not stay when the block fails.

    Raises:
        ConfigurationError: It exists or cannot be written.
    """
    try:
        descriptor = create_private(path)
    except FileExistsError:
        hint = "it is never overwritten: move it away if nothing needs its keys"
        raise ConfigurationError(
            problem("PK124", str(path), "", "this file exists", hint)
        ) from None
    except OSError:
        raise ConfigurationError(
            problem("PK126", str(path), "", "the file cannot be written")
        ) from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(descriptor)
        sync_folder(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _new_key(use: str, now: datetime) -> Key:
    made_at = now.astimezone(UTC).replace(microsecond=0)
    return Key(secrets.token_hex(ID_BYTES), use, made_at, secrets.token_bytes(KEY_BYTES))


def _text(keys: Sequence[Key]) -> str:
    return _HEADER + "".join(
        _ENTRY.format(
            id=key.id,
            use=key.use,
            algorithm=USES[key.use],
            made_at=f"{key.made_at:%Y-%m-%dT%H:%M:%SZ}",
            value=key.value.hex(),
        )
        for key in keys
    )
