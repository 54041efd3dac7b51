"""Rows of many people, read in one pass and kept in memory while their requests are answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from privacykit.connectors.lakehouse.rows.columns import mask_of
from privacykit.connectors.lakehouse.rows.hits import rows_with
from privacykit.connectors.lakehouse.rows.sought import Wanted, covers
from privacykit.connectors.lakehouse.tables import (
    Edited,
    Freed,
    LakeTables,
    Outlook,
    Scanned,
    StoredFile,
    taken,
)
from privacykit.errors import StoreError
from privacykit.govern.datamap.schema import ForeignKey


class GatheredTables(LakeTables):
    """
    What was gathered of *tables*; they are asked for what was not. Nothing can be changed here.

    Args:
        tables: The tables themselves.
    """

    def __init__(self, tables: LakeTables) -> None:
        self._tables = tables
        self._rows: dict[str, list[Scanned]] = {}
        self._hits: dict[str, list[Scanned]] = {}
        self._values: frozenset[str] = frozenset()
        self._wanted: dict[str, Wanted] = {}

    def gather(self, name: str, wanted: Wanted, values: Sequence[str]) -> None:
        """
        Read of *name* what *wanted* fits, and the rows in which *values* occur.

        Raises:
            StoreError: The table cannot be read.
        """
        lowered = [value.lower() for value in values]
        rows, hits = [], []
        # Where the store looks for values itself, two questions are less than all of its rows.
        once = bool(lowered) and not self._tables.searches
        for scanned in self._tables.scan(name, None if once else wanted):
            if once:
                hits += list(taken(scanned, rows_with(scanned.batch, lowered)))
            rows += list(taken(scanned, mask_of(scanned.batch, wanted)))
        if lowered and not once:
            hits += self._tables.holding(name, lowered)
        self._rows[name], self._hits[name] = _joined(rows), _joined(hits)
        self._wanted[name] = wanted
        self._values |= {*lowered}

    def names(self) -> Sequence[str]:
        """Return the tables that are there."""
        return self._tables.names()

    def schema(self, name: str) -> Any:  # noqa: ANN401 - of Arrow
        """Return the schema of a table."""
        return self._tables.schema(name)

    def foreign_keys(self, name: str) -> Sequence[ForeignKey]:
        """Return what a table points at."""
        return self._tables.foreign_keys(name)

    def count(self, name: str) -> int:
        """Return how many rows the table itself has."""
        return self._tables.count(name)

    def scan(self, name: str, wanted: Wanted) -> Iterator[Scanned]:
        """Yield the rows that *wanted* may fit; what was not gathered is read anew."""
        if name not in self._rows or not covers(self._wanted[name], wanted):
            yield from self._tables.scan(name, wanted)
            return
        for scanned in self._rows[name]:
            yield from taken(scanned, mask_of(scanned.batch, wanted))

    def holding(self, name: str, values: Sequence[str]) -> Iterator[Scanned]:
        """Yield of what was gathered the rows in which one of *values* occurs."""
        if not self._values.issuperset(values):
            yield from self._tables.holding(name, values)
            return
        for scanned in self._hits.get(name, ()):
            yield from taken(scanned, rows_with(scanned.batch, values))

    def change(self, name: str, edits: Sequence[Edited]) -> None:
        """
        Refuse.

        Raises:
            StoreError: Always.
        """
        del edits
        raise StoreError(f"{name} was read for many people at once and is not changed this way")

    def fixed_columns(self, name: str) -> frozenset[str]:
        """Return the columns that stay as they are in rows which others point at."""
        return self._tables.fixed_columns(name)

    def outlook(self, name: str, wanted: Wanted, now: float) -> Outlook:
        """Say what an erasure will do to the table itself."""
        return self._tables.outlook(name, wanted, now)

    def free(self, names: Sequence[str]) -> Freed:
        """Do what makes old rows go from the disk, in the tables themselves."""
        return self._tables.free(names)

    def stored(self) -> Iterator[StoredFile]:
        """Yield every file."""
        return self._tables.stored()

    def close(self) -> None:
        """Do nothing: the tables are somebody else's."""


def _joined(found: Sequence[Scanned]) -> list[Scanned]:
    """
    Return what was read file by file as one batch: it is looked through once for each person.

    Files of other columns stay apart: made alike, a row would be known by another digest.
    """
    import pyarrow as pa

    alike: dict[Any, list[Any]] = {}
    for scanned in found:
        batch = scanned.batch.replace_schema_metadata(None)
        alike.setdefault(batch.schema, []).append(batch)
    each = [
        batch
        for batches in alike.values()
        for batch in pa.Table.from_batches(batches).combine_chunks().to_batches()
    ]
    return [Scanned("", "", range(it.num_rows), it) for it in each]
