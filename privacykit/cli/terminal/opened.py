"""The opened context of the commands about people's rights, and written dates. Does I/O."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from privacykit.cli.terminal.progress import progress
from privacykit.errors import InputError

if TYPE_CHECKING:
    from privacykit.govern.erasure.context import ProgressCallback
    from privacykit.operate.context import OperatorContext


def import_from_here() -> None:
    """Let modules of the folder that the command runs in be imported, as `privacykit run` does."""
    here = os.getcwd()  # noqa: PTH109 (an entry of sys.path is text)
    if here not in sys.path:
        sys.path.insert(0, here)


@contextmanager
def opened(
    config: str,
    *,
    changes: bool = False,
    look: bool = False,
    watch: ProgressCallback | None = None,
) -> Iterator[OperatorContext]:
    """
    Open the operator context; after a change, sign the audit log and keep that apart.

    Args:
        config: The configuration file.
        changes: Whether the command changes anything. Then the ``[records]`` database must not be
            older than its checkpoint: what happens after a restore would hide what was lost.
        look: Whether the command only looks: then nothing is created in stores of ours.
        watch: Told of rows as they are found, done or exported.

    Raises:
        StoreError: It is older.
    """
    from privacykit.govern.erasure.context import unwatched
    from privacykit.operate.context import OperatorContext
    from privacykit.settings.located import located

    with located(config):
        context = OperatorContext(config, watch=watch or unwatched, look=look)
        yield from _lent(context, changes=changes)


def _lent(context: OperatorContext, *, changes: bool) -> Iterator[OperatorContext]:
    try:
        if changes:
            context.check_not_older()
        try:
            yield context
        finally:
            if changes:
                context.seal()
    finally:
        context.close()


@contextmanager
def working(
    config: str, *, changes: bool, what: str, look: bool = False
) -> Iterator[OperatorContext]:
    """
    Open the operator context with progress shown on a terminal.

    Args:
        config: The configuration file.
        changes: As for :func:`opened`.
        what: What is being done.
        look: As for :func:`opened`.
    """
    with (
        progress(what) as watch,
        opened(config, changes=changes, look=look, watch=watch) as context,
    ):
        yield context


def day(text: str) -> float:
    """
    Read an ISO date or time, UTC where it names no zone.

    Raises:
        InputError: It is neither.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError("write a date as 2026-11-21, a time as 2026-11-21T14:30") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
