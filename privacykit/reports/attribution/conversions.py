"""
Conversions as an engine streams them: rows of touches, made into paths. Pure.

Rows come in the order of conversions, and of one in the order of its touches; a conversion without
a touch has one row. People are numbers, which mean nothing outside one answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec

from privacykit.reports.attribution.models import PathTouch
from privacykit.reports.attribution.question import DIRECT

COLUMNS: Final = (
    "conversion", "person", "segments", "value", "reported", "touch_at", "label", "channel",
)  # fmt: skip
"""The columns of a row, in the order in which they are read here."""


class Conversion(msgspec.Struct, frozen=True):
    """
    An event that gives credit.

    Attributes:
        person: A number for the person.
        segments: Which segments its visit belongs to, as bits.
        value: Its money, in minor units.
        reported: Where the person said to come from; ``None`` if nothing was said.
        path: The touches before it.
    """

    person: int
    segments: int = 0
    value: int = 0
    reported: str | None = None
    path: tuple[PathTouch, ...] = ()


def conversions(batches: Iterable[Mapping[str, list[Any]]]) -> Iterator[Conversion]:
    """Yield the conversions of *batches* of rows with the columns :data:`COLUMNS`."""
    rows = (
        row for batch in batches for row in zip(*(batch[name] for name in COLUMNS), strict=True)
    )
    for _, found in groupby(rows, key=itemgetter(0)):
        first, *more = found
        _, person, segments, value, reported, *_ = first
        path = tuple(
            PathTouch(at, label, channel == DIRECT)
            for *_, at, label, channel in (first, *more)
            if at is not None
        )
        yield Conversion(person, segments, value or 0, reported or None, path)
