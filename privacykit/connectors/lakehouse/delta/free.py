"""
The old files and the old log of a Delta table: what still shows rows that went, and its end.

Does I/O. Three steps, each done again without harm: vacuum without a wait, a checkpoint of the
table as it is, and the removal of the log before it. `deltalake` removes a log only by the table's
own retention; to change that for a moment would leave it changed where a process dies.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from privacykit.connectors.lakehouse.parquet.places import FilePlace
from privacykit.errors import StoreError

KEPT_FILES = "delta.deletedFileRetentionDuration"
LOG = "_delta_log/"
DEFAULT_FILES = 7 * 86_400.0
"""How long a file stays that the table refers to no more, where the table does not say."""

_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0}
_INTERVAL = re.compile(r"(?:interval\s+)?(\d+)\s+(second|minute|hour|day|week)s?", re.IGNORECASE)
_VERSION = re.compile(r"(\d{20})\.")


def kept_until(table: Any, now: float) -> float:  # noqa: ANN401 - of deltalake
    """Return until when a version before *now* can be read, unless a vacuum comes earlier."""
    told = str(table.metadata().configuration.get(KEPT_FILES, ""))
    found = _INTERVAL.search(told)
    return now + (float(found[1]) * _SECONDS[found[2].lower()] if found else DEFAULT_FILES)


def free_table(opened: Callable[[], Any], place: FilePlace, name: str) -> None:
    """
    Remove the files that a table refers to no more, and the log before its present state.

    Args:
        opened: Opens the table as it is.
        place: Where its log is.
        name: Its name, for messages.

    Raises:
        StoreError: It cannot be written.
    """
    import deltalake

    try:
        opened().vacuum(0, enforce_retention_duration=False, dry_run=False, full=True)
        table = opened()
        table.create_checkpoint()
        version = table.version()
    except (deltalake.exceptions.DeltaError, OSError) as error:
        words = f"freeing the Delta table {name}: {type(error).__name__}"
        raise StoreError(words) from None
    for file in place.files():
        log = file.name.removeprefix(f"{name}/{LOG}")
        number = _VERSION.match(log) if log != file.name else None
        if number and int(number[1]) < version:
            place.delete(file.name)
