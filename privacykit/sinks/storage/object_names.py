"""
The names of objects that hold events: by day, for readers; by id and end, for upkeep. Pure.

``event_date=2026-11-21/part-FIRST-LAST-ENDS-END-BATCH.parquet``: a hive partition by the day of the
events in UTC, the first and last moment in their ids (Unix milliseconds), the first and last
``expires_at`` (Unix seconds), and a digest of the ids. None of it is a person's.

The same events have the same name, so that a conditional put of a batch that comes again fails;
the moments say which objects may hold an event that comes in another batch; the ends say, without
an object being read, whether its retention is over.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

_NAME = re.compile(
    r"event_date=(\d{4}-\d{2}-\d{2})/part-(\d+)-(\d+)-(\d+)-(\d+)-([0-9a-f]{32})(\.parquet|\.jsonl\.gz)"
)


class ObjectName(NamedTuple):
    """
    What the name of an object tells.

    Attributes:
        date: The day of its events in UTC, ``2026-11-21``.
        ids: The first and the last moment in the ids of its events, Unix milliseconds.
        ends: The first and the last ``expires_at`` of its events, Unix seconds.
        batch: A digest of the ids, 32 hexadecimal digits.
        suffix: Its form, ``.parquet`` for one.
    """

    date: str
    ids: tuple[int, int]
    ends: tuple[int, int]
    batch: str
    suffix: str

    @classmethod
    def of(cls, date: str, ends: Collection[int], ids: Collection[str], suffix: str) -> ObjectName:
        """Return the name of the object that holds the events with *ids*, one at least."""
        moments = [moment_of(id_) for id_ in ids]
        batch = sha256("\n".join(sorted(ids)).encode()).hexdigest()[:32]
        return cls(date, (min(moments), max(moments)), (min(ends), max(ends)), batch, suffix)

    @classmethod
    def parse(cls, key: str) -> ObjectName | None:
        """Return the name that *key* is; ``None`` where it is another's."""
        found = _NAME.fullmatch(key)
        if found is None:
            return None
        first, last, ends, end = map(int, found.group(2, 3, 4, 5))
        return cls(found[1], (first, last), (ends, end), found[6], found[7])

    @property
    def key(self) -> str:
        """The name as it is written."""
        numbers = "-".join(map(str, (*self.ids, *self.ends)))
        return f"{folder_of(self.date)}part-{numbers}-{self.batch}{self.suffix}"

    def may_hold(self, moments: Sequence[int]) -> bool:
        """
        Tell whether an event whose id is of one of *moments* may be in the object.

        Args:
            moments: As :func:`moments_of` returns them: in order.
        """
        first, last = self.ids
        at = bisect_left(moments, first)
        return at < len(moments) and moments[at] <= last


def folder_of(date: str) -> str:
    """Return what the keys of the events of *date* begin with."""
    return f"event_date={date}/"


def moments_of(ids: Iterable[str]) -> list[int]:
    """Return the moments of *ids*, in order, each once."""
    return sorted({moment_of(id_) for id_ in ids})


def moment_of(id_: str) -> int:
    """Return the Unix milliseconds that an event's id, a UUIDv7, begins with (RFC 9562, 5.7)."""
    return int(id_[:8] + id_[9:13], 16)
