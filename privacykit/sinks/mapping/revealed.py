"""The credential of a sink, read when it is used, so that a rotated one is seen. Reads it."""

from __future__ import annotations

from collections.abc import Callable

from privacykit.errors import KeyMaterialError


def revealed(credential: Callable[[], str | None]) -> str:
    """
    Read a credential.

    Raises:
        KeyMaterialError: It is gone, or no text that can be sent.
    """
    value = credential()
    if not value or not value.isascii() or not value.isprintable():
        raise KeyMaterialError("a credential is missing or unreadable")
    return value
