"""New events as they come, from store and outbox alike. Reads stores, waits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from privacykit.cli.terminal.ending import Ending
from privacykit.stores.events.reader import EventReader, SeenEvent

EVERY_SECONDS = 1.0
LATE_SECONDS = 30.0
"""How much later than another an older event may be committed, by another process, and be seen."""


def following(
    reader: EventReader, equal: Mapping[str, str], ending: Ending, shown: str = ""
) -> Iterator[SeenEvent]:
    """
    Yield events that were not there yet, each once, until it is told to end.

    Args:
        reader: Where they are read.
        equal: Columns and what they must hold.
        ending: Knows when to end.
        shown: The id of the newest event that was shown already.
    """
    since = time.time()
    seen: set[str] = set()
    for one in reader.after(_least(since - LATE_SECONDS), since, **equal):
        if one.id > shown:
            yield one
        seen.add(one.id)
    while not ending.wait(EVERY_SECONDS):
        now = time.time()
        bound = _least(now - LATE_SECONDS)
        seen = {id_ for id_ in seen if id_ > bound}
        for one in reader.after(bound, now, **equal):
            if one.id not in seen:
                seen.add(one.id)
                yield one


def _least(moment: float) -> str:
    """Return the least id of *moment*: ids are UUIDv7, which begin with the time."""
    return int(moment * 1000).to_bytes(6).hex("-", -4)
