"""The incident service over a configuration, and moments as they are typed. Reads the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.errors import InputError, StoreError

if TYPE_CHECKING:
    from privacykit.operate.context import OperatorContext
    from privacykit.operate.incidents.service import IncidentService
    from privacykit.stores.salts.rules import SaltRow

INCIDENT = Annotated[
    str,
    typer.Argument(metavar="ID", help="The incident, or its first characters; else the newest."),
]
MOMENT = "MOMENT"


def service_of(context: OperatorContext) -> IncidentService:
    """Return the service over the stores of *context*."""
    from privacykit.operate.incidents.service import IncidentService

    return IncidentService(context, lambda: _salt_rows(context))


def moment(text: str, option: str) -> datetime:
    """
    Read a moment; without an offset it is one of this machine's clock.

    Raises:
        InputError: It is none.
    """
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise InputError(
            f"{option}: no moment: write 2026-11-28T09:30, or 2026-11-28T09:30+01:00"
        ) from None


def moment_or_none(text: str, option: str) -> datetime | None:
    """
    Read a moment that may be unsaid.

    Raises:
        InputError: It is none.
    """
    return moment(text, option) if text else None


def write_document(folder: Path, name: str, text: str) -> Path:
    """
    Write *text* into *folder*, which is made where it is missing; files are their owner's alone.

    Raises:
        InputError: It cannot be written.
    """
    from privacykit.private_files import replacing

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / name) as file:
            file.write(text.encode())
    except OSError as error:
        raise InputError(f"--output cannot be written: {type(error).__name__}") from None
    return folder / name


def _salt_rows(context: OperatorContext) -> Sequence[SaltRow]:
    """
    Return what stands in the salt store, without the salts.

    Raises:
        StoreError: No command can look: the salts are in the memory of the server.
    """
    from privacykit.settings.paths import SQLITE
    from privacykit.stores.salts.open import open_salts

    url = context.paths.url(context.settings.salts.url, "salts.url")
    if url.startswith("memory:"):
        raise StoreError("the salts are in the memory of the server")
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists():
        return ()
    return open_salts(url).rows()
