"""Credentials written out in a configuration file that others may read. Reads the file's mode."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from stat import S_IRGRP, S_IROTH
from urllib.parse import urlsplit

from pydantic import BaseModel

from privacykit.settings.values import Credential


def readable_by_others(path: str | Path) -> bool:
    """Return whether the group of *path* or everybody may read it; a file that is not there, no."""
    try:
        return bool(Path(path).stat().st_mode & (S_IRGRP | S_IROTH))
    except OSError:
        return False


def content_of(path: str | Path) -> dict[str, object]:
    """Return what the TOML file at *path* holds; nothing where it is none, said elsewhere."""
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def written_out(value: object, key: str = "") -> Iterator[str]:
    """
    Yield the keys of all credentials that stand in *value* as they are, in whichever table.

    Args:
        value: Settings, a table of theirs, or the content of a TOML file.
        key: Where *value* stands, as ``table.key``.

    Yields:
        Keys of credentials that are neither ``env`` nor ``file``, and of URLs with a password.
    """
    if isinstance(value, Credential):
        if value.is_written_out:
            yield key
    elif isinstance(value, str):
        if _has_password(value):
            yield key
    elif isinstance(value, BaseModel | Mapping):
        for name, each in (value if isinstance(value, Mapping) else vars(value)).items():
            yield from written_out(each, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from written_out(each, f"{key}.{number}")


def _has_password(text: str) -> bool:
    try:
        return "://" in text and bool(urlsplit(text).password)
    except ValueError:
        return False
