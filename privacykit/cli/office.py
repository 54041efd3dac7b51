"""What the commands about people's rights share: the opened office, times in words. Does I/O."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from privacykit.cli.progress import progress
from privacykit.errors import InputError
from privacykit.govern.means import Watch, unwatched
from privacykit.settings.office import Office

OPERATOR = Annotated[
    str,
    typer.Option(
        "--operator",
        metavar="NAME",
        envvar="PRIVACYKIT_OPERATOR",
        help="Who you are; the login name by default. Only a keyed hash of it is kept.",
    ),
]
"""The ``--operator`` option, spelled the same everywhere."""


@contextmanager
def opened(config: str, *, changes: bool = False, watch: Watch = unwatched) -> Iterator[Office]:
    """
    Open the office; after a change, sign the audit log and keep that apart.

    Args:
        config: The configuration file.

        changes: Whether the command changes anything. Then the ``[records]`` database must not be
            older than its checkpoint: what happens after a restore would hide what was lost.

        watch: Told of rows as they are found, done or exported.

    Raises:
        StoreError: It is older.
    """
    office = Office(config, watch=watch)
    try:
        if changes:
            office.check_not_older()
        try:
            yield office
        finally:
            if changes:
                office.seal()
    finally:
        office.close()


@contextmanager
def working(config: str, *, changes: bool, what: str) -> Iterator[Office]:
    """
    Open the office with progress shown on a terminal.

    Args:
        config: The configuration file.

        changes: As for :func:`opened`.

        what: What is being done.
    """
    with progress(what) as watch, opened(config, changes=changes, watch=watch) as office:
        yield office


def moment(at: float | None) -> str:
    """Return *at* as people read it, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}" if at is not None else "-"


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
