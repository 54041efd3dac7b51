"""The credential of a sink, read when it is used, so that a rotated one is seen. Reads it."""

from __future__ import annotations

from collections.abc import Callable

from privacykit.errors import KeyMaterialError


def is_sendable(value: str) -> bool:
    """Tell whether *value* can be sent as a credential: printable ASCII on one line."""
    return value.isascii() and value.isprintable()


def revealed(credential: Callable[[], str | None]) -> str:
    """
    Read a credential.

    Raises:
        KeyMaterialError: It is gone, or no text that can be sent.
    """
    value = credential()
    if not value or not is_sendable(value):
        raise KeyMaterialError("a credential is missing or unreadable")
    return value
