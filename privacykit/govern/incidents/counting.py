"""The counter protocol: how many rows and people a store has, without a value. Pure."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec


class CountQuery(msgspec.Struct, frozen=True):
    """
    What is counted in one collection.

    Attributes:
        collection: The collection.
        time: The column of a row's time; empty where none is known.
        start: Unix seconds of the first moment; ``None`` is from the beginning.
        end: Unix seconds of the end, not included.
        person: Columns whose different values are people; none where every row is one, or nothing
            tells.
        place: The column of a row's country; empty where none is known.
    """

    collection: str
    time: str = ""
    start: float | None = None
    end: float | None = None
    person: tuple[str, ...] = ()
    place: str = ""


class CountedRows(msgspec.Struct, frozen=True):
    """
    What was counted.

    Attributes:
        rows: Rows in all.
        in_period: Rows in the period.
        oldest: Unix seconds of the oldest in the period, where it can be told.
        newest: Of the newest.
        people: Different values of the person's columns in the period.
        nobody: Rows in the period in which these are empty.
        places: Country as it stands there to rows, or to people where these can be told.
    """

    rows: int
    in_period: int
    oldest: float | None = None
    newest: float | None = None
    people: int = 0
    nobody: int = 0
    places: dict[str, int] = {}


@runtime_checkable
class CountsRows(Protocol):
    """What can count rows and people without naming any."""

    def count_rows(self, query: CountQuery) -> CountedRows:
        """
        Count what *query* asks.

        Raises:
            StoreError: The store refused.
        """
        ...
