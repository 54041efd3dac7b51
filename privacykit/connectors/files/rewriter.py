"""
The rewriter of files: each file of a collection read once and written anew beside it. Does I/O.

A batch is a file, whatever it holds: it is replaced in one step when it is whole, so that a killed
run leaves the old file or the new one. Memory does not grow with the file.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacykit.connectors.files.counting import count_records
from privacykit.connectors.files.formats import read_rows
from privacykit.connectors.files.owned_rows import FileWhose
from privacykit.connectors.files.record import Record, value_at, with_value
from privacykit.connectors.files.replace import rewrite_file
from privacykit.errors import StoreError
from privacykit.govern.anonymise.rewriter import Rewriter, RewrittenRows, StoredRows, TreatValue
from privacykit.govern.erasure.ports.connector import Context, Where
from privacykit.govern.incidents.counting import CountedRows, CountQuery
from privacykit.govern.records import Hold

LONGEST_SECONDS = 3600.0
"""Nobody waits for a file that is written beside the old one."""


class RewritesFiles(ABC):
    """What lets the files of a connector be treated where they stand."""

    @abstractmethod
    def _files(self, name: str) -> list[Path]:
        """Return the files of the collection *name*."""

    @abstractmethod
    def _whose(self, context: Context) -> FileWhose:
        """Return the predicates for a selection."""

    def rewriter(self) -> Rewriter:
        """Return what changes stored fields."""
        return FileRewriter(self)


@dataclass
class _Counted:
    """What was met in one file."""

    rows: int = 0
    changed: int = 0
    held: int = 0
    unreadable: int = 0


class FileRewriter:
    """
    :class:`~privacykit.govern.anonymise.rewriter.Rewriter` of a dataset in files.

    Args:
        files: The connector.
    """

    longest: float = LONGEST_SECONDS

    def __init__(self, files: RewritesFiles) -> None:
        self._of = files

    def stored(self, collection: str, holds: Sequence[Hold], now: float) -> StoredRows:
        """
        Count the rows of *collection*: every file of it is read.

        Raises:
            StoreError: A file cannot be read.
        """
        whose = self._whose(collection, holds, now)
        rows = held = 0
        for file in self._of._files(collection):  # noqa: SLF001 - two halves of one connector
            for record in _read(file):
                rows += 1
                held += whose.holds.named(collection, record.values)
        return StoredRows(rows, held)

    def count_rows(self, query: CountQuery) -> CountedRows:
        """
        Count what *query* asks: every file of the collection is read.

        Raises:
            StoreError: A file cannot be read.
        """
        files = self._of._files(query.collection)  # noqa: SLF001 - two halves of one connector
        records = (record for file in files for record in _read(file) if record.values)
        return count_records(records, query)

    def batch(
        self,
        collection: str,
        fields: Mapping[str, TreatValue],
        holds: Sequence[Hold],
        now: float,
        *,
        after: tuple[object, ...] | None,
        limit: int,
        write: bool,
    ) -> RewrittenRows:
        """
        Treat *fields* in the next file that comes after *after*; *limit* is not asked.

        Raises:
            StoreError: A file cannot be read or written, or was written to meanwhile.
        """
        del limit
        files = self._of._files(collection)  # noqa: SLF001 - two halves of one connector
        waiting = [file for file in files if after is None or file > Path(str(after[0]))]
        if not waiting:
            return RewrittenRows(0, 0, after=after, done=True)
        file, whose = waiting[0], self._whose(collection, holds, now)
        counted = _Counted()

        def decide(record: Record) -> dict[str, Any] | bool:
            return _decided(collection, fields, whose, record, counted)

        if write:
            rewrite_file(collection, file, decide, lambda: counted.changed > 0)
        else:
            for record in _read(file):
                decide(record)
        return RewrittenRows(
            counted.rows,
            counted.changed,
            counted.held,
            counted.unreadable,
            after=(str(file),),
            done=len(waiting) == 1,
        )

    def _whose(self, collection: str, holds: Sequence[Hold], now: float) -> FileWhose:
        return self._of._whose(Context(Where(collection, ()), now, tuple(holds)))  # noqa: SLF001


def _decided(
    collection: str,
    fields: Mapping[str, TreatValue],
    whose: FileWhose,
    record: Record,
    counted: _Counted,
) -> dict[str, Any] | bool:
    """Return the row's new values, ``True`` for one that stays as it is."""
    if not record.values:
        # A blank line holds nothing; another one that cannot be read may hold anything.
        counted.unreadable += bool(record.raw.strip())
        return True
    counted.rows += 1
    if whose.holds.named(collection, record.values):
        counted.held += 1
        return True
    new = record.values
    for name, treat in fields.items():
        old = value_at(record.values, name)
        if old is None:
            continue
        weak = treat(old)
        if weak != old:
            new = with_value(new, name, weak)
    if new is record.values:
        return True
    counted.changed += 1
    return new


def _read(file: Path) -> Any:  # noqa: ANN401 - an iterator of rows
    """
    Yield the rows of *file*.

    Raises:
        StoreError: It cannot be read.
    """
    try:
        yield from read_rows(file)
    except (OSError, EOFError) as error:
        raise StoreError(f"reading a file: {type(error).__name__}") from None
