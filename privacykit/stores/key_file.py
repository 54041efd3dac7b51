"""The key file as it is read: its form, and each fault of it by name, never a value. Does I/O."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from privacykit.errors import ConfigurationError, Problem

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


def read_keys(path: str | Path) -> list[Key]:
    """
    Return the keys in the file at *path*, the oldest first.

    Raises:
        ConfigurationError: It is missing, not private, or not a key file; every problem is in it.
    """
    file = str(path)
    try:
        status = Path(path).stat()
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            problem("PK120", file, "", "there is no key file", "privacykit keys init")
        ) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            problem("PK120", file, "", "the key file cannot be read")
        ) from None
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise ConfigurationError(
            problem("PK121", file, "", "others than its owner may open the key file", "chmod 600")
        )
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # Not the parser's words: they may quote a value.
        raise ConfigurationError(problem("PK122", file, "", "not valid TOML")) from None
    if document.get("version") != VERSION or not isinstance(document.get("key"), list):
        hint = f"{_RESTORE}, or upgrade privacykit"
        raise ConfigurationError(
            problem("PK122", file, "version", "not a key file that we know", hint)
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
            yield problem("PK122", file, f"key.{i}", "not a table")
            continue
        for name, is_right in _FORM.items():
            if not is_right(entry.get(name)):
                yield problem("PK122", file, f"key.{i}.{name}", "missing or of a wrong form")
        told = entry.get("algorithm")
        if told in USES.values() and USES.get(str(entry.get("use")), told) != told:
            yield problem("PK122", file, f"key.{i}.algorithm", "not the algorithm of its use")
        for name in entry.keys() - _FORM.keys():
            yield problem("PK122", file, f"key.{i}.{name}", "unknown key")
        if entry.get("id") in seen:
            yield problem("PK122", file, f"key.{i}.id", "two keys have this id")
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


def problem(code: str, file: str, key: str, message: str, hint: str = _RESTORE) -> Problem:
    """Return the problem *code* of the key file *file*, with what to do."""
    return Problem(code, file, key, message, hint)
