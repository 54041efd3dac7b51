"""
The tables of a lake, as its connector reads and changes them, whatever the format. Does no I/O.

Laws of every kind of tables:

1. ``scan`` passes over no row that *wanted* fits; what is skipped, statistics or a filter excluded.
2. ``change`` is whole or not there, part by part, and touches no row but those it is given.
3. No value of a row gets into a predicate, a log or a name that outlives the change.
4. ``stored`` yields every file, those included that the table refers to no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, NamedTuple, Protocol

from privacykit.connectors.lakehouse.rows.hits import rows_with
from privacykit.connectors.lakehouse.rows.sought import Wanted
from privacykit.govern.datamap.schema import ForeignKey


class Scanned(NamedTuple):
    """
    Rows that were read together.

    Attributes:
        part: The file they are in; empty where the store does not tell.
        tag: What changes whenever that file does.
        positions: Their places in it, from 0, as integers.
        batch: The rows themselves, an Arrow record batch.
    """

    part: str
    tag: str
    positions: Sequence[int]
    batch: Any


class Edited(NamedTuple):
    """
    Rows to change.

    Attributes:
        part: As it was scanned.
        tag: As it was scanned.
        positions: Their places in the part.
        old: The rows as they stand, an Arrow record batch.
        new: For each row its new values, or ``None`` where it goes.
    """

    part: str
    tag: str
    positions: Sequence[int]
    old: Any
    new: Sequence[dict[str, Any] | None]


class StoredFile(NamedTuple):
    """
    A file of the store, whether or not a table refers to it.

    Attributes:
        name: Its path below the dataset.
        size: Bytes.
        stream: The file, open for reading.
        rows: What it holds, where only its engine can tell: Arrow record batches, to be read while
            the stream is open.
        searchable: Whether stream and rows can show all of it.
        plain: Whether a search of its bytes and rows shows all texts, although it is no text.
    """

    name: str
    size: int
    stream: BinaryIO
    rows: Iterable[Any] = ()
    searchable: bool = True
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """
    What an erasure in one table means, for the plan.

    Attributes:
        files: Files that hold rows of the person.
        of_files: Files of the table.
        size: Bytes that are written anew.
        dead: Files that the table refers to no more.
        steps: What is done after the rows are gone, in plain words.
        travel_until: Unix seconds until when time travel still shows the rows; 0 for none,
            infinite where nothing ends it by itself.
        kept: Where rows go in place: what keeps them if no steps follow, in plain words.
        beside: What else has to be known of the table, in plain words.
    """

    files: int = 0
    of_files: int = 0
    size: int = 0
    dead: int = 0
    steps: tuple[str, ...] = ()
    travel_until: float = 0.0
    kept: str = ""
    beside: tuple[str, ...] = ()


@dataclass(slots=True)
class Freed:
    """
    What was done so that bytes are gone, and what stays.

    Attributes:
        reached: Whether every step that the format knows was done.
        remains: What still holds old rows and until when, in plain words.
    """

    reached: bool = True
    remains: list[str] = field(default_factory=list)


class DroppablePart(NamedTuple):
    """
    A part of a table in which every row is over.

    Attributes:
        name: What names it to :meth:`LakeTables.drop`.
        rows: Its rows.
    """

    name: str
    rows: int


def taken(scanned: Scanned, mask: Any) -> Iterator[Scanned]:  # noqa: ANN401 - of Arrow
    """Yield the rows of *mask*, if there are any; all of them for ``None``."""
    if mask is None:
        if scanned.batch.num_rows:
            yield scanned
        return
    rows = scanned.batch.filter(mask)
    if rows.num_rows:
        chosen = [
            place for place, fits in zip(scanned.positions, mask.to_pylist(), strict=True) if fits
        ]
        yield scanned._replace(positions=chosen, batch=rows)


class LakeTables(Protocol):
    """What the connector of lakes needs of a format. Every method may raise ``StoreError``."""

    searches: bool = False
    """Whether :meth:`holding` looks for values where the rows are, and reads few of them here."""

    def names(self) -> Sequence[str]:
        """Return the tables that are there."""
        ...

    def schema(self, name: str) -> Any:  # noqa: ANN401 - of Arrow
        """Return the Arrow schema of a table, partition columns included."""
        ...

    def foreign_keys(self, name: str) -> Sequence[ForeignKey]:
        """Return the keys by which the store itself lets a table point at others."""
        del name
        return ()

    def count(self, name: str) -> int:
        """Return how many rows a table has."""
        ...

    def scan(self, name: str, wanted: Wanted) -> Iterator[Scanned]:
        """Yield the rows that *wanted* may fit."""
        ...

    def holding(self, name: str, values: Sequence[str]) -> Iterator[Scanned]:
        """Yield the rows in some column of which one of *values*, in lower case, occurs."""
        for scanned in self.scan(name, None):
            yield from taken(scanned, rows_with(scanned.batch, values))

    def change(self, name: str, edits: Sequence[Edited]) -> None:
        """Take rows away or write others in their place; the table's other rows stay."""
        ...

    def droppable(self, name: str, column: str, before: str) -> Sequence[DroppablePart]:
        """Return the parts whose every row has a time before *before* (ISO 8601) in *column*."""
        del name, column, before
        return ()

    def drop(self, name: str, part: str) -> bool:
        """Remove a part whole; ``False`` where it is gone already."""
        del name, part
        return False

    def fixed_columns(self, name: str) -> frozenset[str]:
        """Return the columns that the store changes in no row which others point at."""
        del name
        return frozenset()

    def outlook(self, name: str, wanted: Wanted, now: float) -> Outlook:
        """Say what an erasure will do to a table."""
        ...

    def free(self, names: Sequence[str]) -> Freed:
        """Do what makes old rows go from the disk: vacuum, expiry, orphans, old metadata."""
        ...

    def stored(self) -> Iterator[StoredFile]:
        """Yield every file below the dataset, each open until the next is asked for."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...
