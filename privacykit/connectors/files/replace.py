"""The rewriting of one file: written anew beside it, then put in its place. Does I/O."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from privacykit.connectors.files.formats import Decide, rewrite
from privacykit.errors import StoreError
from privacykit.private_files import replacing


class _UntouchedError(Exception):
    """Nothing in the file is to be changed: it stays as it is."""


def rewrite_file(
    collection: str, place: Path, decide: Decide, is_touched: Callable[[], bool]
) -> None:
    """
    Rewrite the file at *place*, each row as *decide* says; owner and permissions stay.

    Where *place* is a link, what it leads to is rewritten.

    Args:
        collection: The collection the file is of.
        place: The file or a link to it.
        decide: What becomes of each row.
        is_touched: Whether any row was changed, asked at the end; if not, the file stays.

    Raises:
        StoreError: It cannot be read or written, has other names, or changed meanwhile.
    """
    file = place.resolve()
    try:
        before = file.stat()
        check_rewritable(collection, before)
        with suppress(_UntouchedError), replacing(file, like=before) as target:
            rewrite(file, target, decide)
            _check_touched(is_touched())
            _check_unchanged(before, file.lstat())
    except OSError as error:
        raise StoreError(f"rewriting a file: {type(error).__name__}") from None


def check_rewritable(collection: str, at: os.stat_result) -> None:
    """
    Refuse a file that cannot be rewritten whole.

    Args:
        collection: The collection the file is of.
        at: What the file system says of it.

    Raises:
        StoreError: It has other names.
    """
    if at.st_nlink > 1:
        raise StoreError(
            f"a file of {collection} has other names (hard links), under which its rows would"
            " stay; replace them by copies or by symbolic links"
        )


def _check_touched(touched: bool) -> None:
    """
    Go on only if something was *touched*.

    Raises:
        _UntouchedError: Nothing was.
    """
    if not touched:
        raise _UntouchedError


def _check_unchanged(before: os.stat_result, now: os.stat_result) -> None:
    """
    Refuse to replace what somebody else wrote meanwhile.

    Raises:
        StoreError: It is another file, has other content, or another name.
    """
    if _state(before) != _state(now):
        raise StoreError("a file is being written to; rotate it first")


def _state(at: os.stat_result) -> tuple[int, ...]:
    return at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_nlink
