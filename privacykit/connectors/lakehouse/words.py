"""Plain words for lakes in plans and receipts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from math import inf

from privacykit.connectors.lakehouse.tables import Outlook
from privacykit.govern.records import Effect

COPIES = "backups, replicas and old versions of objects are not searched"


def outlook_words(place: str, told: Outlook, asked: Effect) -> Iterator[str]:
    """Yield what an erasure to the level *asked* does to the table at *place*."""
    yield from (f"{place}: {one}" for one in told.beside)
    if told.kept and not (told.steps and asked is Effect.ERASED):
        yield f"{place}: {told.kept}"
        return
    dead = f"; {told.dead} files that it refers to no more" if told.dead else ""
    yield f"{place}: {told.files} of {told.of_files} files, {size(told.size)}, written anew{dead}"
    if told.steps and asked is Effect.ERASED:
        yield f"{place}: then {', '.join(told.steps)}"
    if told.travel_until == inf:
        yield f"{place}: until older versions are gone time travel shows the rows to whoever asks"
    elif told.travel_until:
        yield f"{place}: until {day(told.travel_until)} time travel shows the rows to whoever asks"


def size(number: float) -> str:
    """Return bytes as people say them."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000:  # noqa: PLR2004 - a thousand is one of the next
            return f"{number:.0f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def day(moment: float) -> str:
    """Return the day of *moment* in UTC."""
    return datetime.fromtimestamp(moment, UTC).date().isoformat()
