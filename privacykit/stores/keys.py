"""
The durable keys of an installation: one TOML file, readable by its owner only. Does I/O.

Unlike salts, keys are made to last: they are backed up, and older ones go on verifying what they
signed. No key value is in any message, ``repr`` or log.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacykit.errors import ConfigurationError, Problem
from privacykit.private_files import create_private, sync_folder

KEY_BYTES = 32
"""Of HMAC-SHA-256 (RFC 2104: as long as the hash) and of an Ed25519 private key (RFC 8032)."""

ID_BYTES = 8
VERSION = 1

USES: Mapping[str, str] = {
    "cookie": "blake2b-keyed",
    "subject": "blake2b-keyed",
    "suppression": "blake2b-keyed",
    "audit": "blake2b-keyed",
    "audit_sign": "ed25519",
    "sealing": "aes-256-gcm",
}
"""
What keys are for, and the algorithm of each: RFC 7693, RFC 8032, NIST SP 800-38D.

``cookie`` signs grant cookies, ``subject`` makes subject references and consented visitor ids,
``suppression`` hides the identities that must stay erased, ``audit`` chains the audit log,
``audit_sign`` signs its checkpoints and receipts, ``sealing`` wraps keys of sealed fields.
"""

_RESTORE = "restore the file from its backup"
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


@dataclass(frozen=True, slots=True)
class Key:
    """
    One key.

    Attributes:
        id: Random name, safe to print.
        use: What it is for, one of `USES`.
        made_at: When it was made, UTC.
        value: 32 bytes, never printed.
    """

    id: str
    use: str
    made_at: datetime
    value: bytes = field(repr=False)


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
                _problem("PK123", self._file, "", f"there is no key for '{use}'", hint)
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
    return KeyRing(_read(path), str(path))


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
            _problem("PK125", str(path), "", "no such use", "name one of: " + ", ".join(USES))
        )
    target = Path(path).resolve()
    # Exclusively created, so that nobody else rotates meanwhile.
    beside = target.with_name(f"{target.name}.new")
    with _created(beside) as file:
        keys = [*_read(path), _new_key(use, now)]
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
            _problem("PK124", str(path), "", "this file exists", hint)
        ) from None
    except OSError:
        raise ConfigurationError(
            _problem("PK126", str(path), "", "the file cannot be written")
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


def _read(path: str | Path) -> list[Key]:
    file = str(path)
    try:
        status = Path(path).stat()
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            _problem("PK120", file, "", "there is no key file", "privacykit keys init")
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            _problem("PK120", file, "", "the key file cannot be read")
        ) from None
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise ConfigurationError(
            _problem("PK121", file, "", "others than its owner may open the key file", "chmod 600")
        )
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # Not the parser's words: they may quote a value.
        raise ConfigurationError(_problem("PK122", file, "", "not valid TOML")) from None
    if document.get("version") != VERSION or not isinstance(document.get("key"), list):
        hint = f"{_RESTORE}, or upgrade privacykit"
        raise ConfigurationError(
            _problem("PK122", file, "version", "not a key file that we know", hint)
        )
    if problems := list(_problems(document["key"], file)):
        raise ConfigurationError(*problems)
    return [
        Key(entry["id"], entry["use"], entry["made_at"], bytes.fromhex(entry["value"]))
        for entry in document["key"]
    ]


def _problems(entries: Sequence[object], file: str) -> Iterator[Problem]:
    seen: set[object] = set()
    for i, entry in enumerate(entries):
        if not isinstance(entry, dict):
            yield _problem("PK122", file, f"key.{i}", "not a table")
            continue
        for name, is_right in _FORM.items():
            if not is_right(entry.get(name)):
                yield _problem("PK122", file, f"key.{i}.{name}", "missing or of a wrong form")
        told = entry.get("algorithm")
        if told in USES.values() and USES.get(str(entry.get("use")), told) != told:
            yield _problem("PK122", file, f"key.{i}.algorithm", "not the algorithm of its use")
        for name in entry.keys() - _FORM.keys():
            yield _problem("PK122", file, f"key.{i}.{name}", "unknown key")
        if entry.get("id") in seen:
            yield _problem("PK122", file, f"key.{i}.id", "two keys have this id")
        seen.add(entry.get("id"))


def _is_value(value: object) -> bool:
    return isinstance(value, str) and bool(_VALUE.fullmatch(value)) and len(set(value)) > 1


_VALUE = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}")
_FORM: Mapping[str, Callable[[object], bool]] = {
    "id": lambda value: isinstance(value, str) and value.isalnum(),
    "use": lambda value: value in USES,
    "algorithm": lambda value: value in USES.values(),
    "made_at": lambda value: isinstance(value, datetime) and value.tzinfo is not None,
    "value": _is_value,
}


def _problem(code: str, file: str, key: str, message: str, hint: str = _RESTORE) -> Problem:
    return Problem(code, file, key, message, hint)
