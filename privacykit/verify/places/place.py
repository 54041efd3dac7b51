"""A place that holds data, and a row of it, whatever it is made of. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from privacykit.pseudonym.texts.names import told_place

ALL = 1.0


class PlaceKind(StrEnum):
    """What a row is to those who test claims."""

    EVENTS = "event store"
    """An event that is kept, held ones too."""
    OUTBOX = "outbox"
    """An event that waits or was refused."""
    SINK = "sink"
    """An event in a sink that can be read back."""
    OWN = "own"
    """A row of another table of ours."""
    MAPPED = "mapped"
    """A row of the application's own."""


class KeptEvent:
    """
    An event where it is kept, with as much of its envelope as is there.

    Args:
        body: The event as tables by the names of members; empty where it cannot be read.
        columns: What stands beside it: the members of an envelope.
        sinks: The sinks it is of: that it waits for, was refused by, or reached.
    """

    __slots__ = ("body", "columns", "sinks")

    def __init__(
        self, body: Mapping[str, Any], columns: Mapping[str, Any], sinks: tuple[str, ...] = ()
    ) -> None:
        self.body = body
        self.columns = columns
        self.sinks = sinks

    def __repr__(self) -> str:
        return "<KeptEvent>"

    @property
    def data(self) -> Mapping[str, Any]:
        """The event's own data; empty where there is none."""
        found = self.body.get("data")
        return found if isinstance(found, Mapping) else {}

    def text(self, name: str) -> str:
        """Return the member *name* of the envelope, else of the data; empty where there is none."""
        found = self.columns.get(name) or self.data.get(name)
        return found if isinstance(found, str) else ""


@dataclass(frozen=True)
class StoredRow:
    """
    One row.

    Attributes:
        place: The place's name.
        table: Table, file or object in it.
        kind: What it is.
        values: What stands in it, by column.
        event: The event that it is, where it is one.
    """

    place: str
    table: str
    kind: PlaceKind
    values: Mapping[str, Any] = field(repr=False)
    event: KeptEvent | None = None

    def at(self, path: str) -> str:
        """Return where *path* is, in words without a value."""
        place = f"{self.place}: {told_place(self.table)}"
        return f"{place}.{told_place(path)}" if path else place


class StoredPlace(Protocol):
    """
    A place whose rows can be read.

    Attributes:
        name: As results name it.
        kinds: What its rows may be.
    """

    name: str
    kinds: frozenset[PlaceKind]

    def rows(self, chance: Chance) -> Iterator[StoredRow]:
        """
        Yield its rows, each with the same chance, in constant memory.

        Raises:
            StoreError: It cannot be read: what does not answer is never taken for empty.
        """
        ...


class Chance:
    """
    What decides which rows are looked at: all, or a sample of about *most* of each table.

    Each row has the same chance, independent of the others, so that the rule of three holds.

    Args:
        most: Rows of a table that are enough; ``None`` looks at all.
        random: Returns a number of 0 to 1.
    """

    def __init__(self, most: int | None, random: Callable[[], float]) -> None:
        self.most = most
        self._random = random
        self.sampled = False

    def share(self, rows: int) -> float:
        """Return with which chance each of *rows* is looked at."""
        if self.most is None or rows <= self.most:
            return ALL
        self.sampled = True
        return self.most / rows

    def takes(self, share: float) -> bool:
        """Tell whether a row is looked at."""
        return share >= ALL or self._random() < share
