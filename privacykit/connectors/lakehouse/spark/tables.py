"""
Tables of Parquet files that Spark reads and writes; each file is replaced as it was read. Does I/O.

Who reads and writes is Spark, with as many machines as it has. A change names rows by their files
and places, and no value.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from privacykit.connectors.lakehouse.located import stored_in
from privacykit.connectors.lakehouse.parquet.places import FilePlace, Write
from privacykit.connectors.lakehouse.parquet.rewrite import rewrite_parquet
from privacykit.connectors.lakehouse.parquet.summaries import repeating
from privacykit.connectors.lakehouse.rows.sought import Wanted
from privacykit.connectors.lakehouse.spark.files import over_folders, rewrite_plan
from privacykit.connectors.lakehouse.spark.frames import SparkFrames
from privacykit.connectors.lakehouse.spark.query import ROWS, quoted
from privacykit.connectors.lakehouse.spark.reading import SparkReader
from privacykit.connectors.lakehouse.spark.rewrite import (
    OldFiles,
    WrittenFiles,
    folder_beside,
    put_in_place,
)
from privacykit.connectors.lakehouse.tables import (
    DroppablePart,
    Edited,
    Freed,
    Outlook,
    StoredFile,
)
from privacykit.connectors.moments import moment_of, period_end
from privacykit.errors import StoreError

SPILT = (
    "what Spark wrote to disks of its own (spark.local.dir) is not searched;"
    " it goes with the session"
)

Turn = Callable[[Path], AbstractContextManager[None]]
"""Holds the lock of a folder."""


class SparkTables(SparkReader):
    """
    The Parquet files of a folder that this machine and Spark both have.

    Args:
        frames: Of a session of Spark that is ours.
        place: The folder, for us.
        folder: Where it is.
        root: Where Spark has it: a path, or a URL of its own.
        turn: Holds the lock of the folder.
    """

    def __init__(
        self, frames: SparkFrames, place: FilePlace, folder: Path, root: str, turn: Turn
    ) -> None:
        super().__init__(frames, place, root)
        self._folder = folder
        self._turn = turn

    def change(self, name: str, edits: Sequence[Edited]) -> None:
        """
        Let Spark write each file anew that holds a row of *edits*, then replace it in one step.

        Raises:
            StoreError: A file changed meanwhile, a value does not fit, or Spark would write a
                column in another type (PK442); files before it are done.
        """
        seen = self._seen(name)
        plan = rewrite_plan(edits, seen.columns)
        keys = {ours: key for key, ours in seen.files.items()}
        old = OldFiles(
            [f"{self._root}/{file}" for file in plan.files], [keys[file] for file in plan.files]
        )
        try:
            with self._turn(self._folder), folder_beside(self._folder) as beside:
                with self._frames.doing("writing", name):
                    written = WrittenFiles(plan, self._folder, seen.columns, name)
                    inside = f"{self._root}/{beside.name}"
                    written.write(self._frames, old, seen.schema, beside, inside)
                for repeated in list(repeating(self._place.files(), name, plan.files)):
                    self._place.delete(repeated)
                left = len(seen.placed)
                for part, tag, made in written.each(beside):
                    left -= self._replace(part, tag, made, is_last=left == 1)
        except OSError as error:
            raise StoreError(f"writing a table in Spark: {type(error).__name__}") from None

    def _replace(self, part: str, tag: str, made: Path | None, *, is_last: bool) -> bool:
        """
        Put *made* in the place of a file and say whether that is gone, since no row is left.

        Raises:
            StoreError: It changed meanwhile, or cannot be replaced.
        """
        if made is not None:
            if not put_in_place(made, self._folder / part, tag):
                self._place.replace(part, tag, _copied(made))
            return False
        # As a file without a row: where it is the last, the table has its columns still.
        self._place.replace(part, tag, _emptied)
        if not is_last:
            self._place.delete(part)
        return not is_last

    def droppable(self, name: str, column: str, before: str) -> Sequence[DroppablePart]:
        """
        Return the folders that are over whole, as their name says.

        Raises:
            StoreError: A file cannot be read.
        """
        limit = moment_of(before)

        def is_over(value: str) -> bool:
            end = period_end(value)
            return end is not None and limit is not None and end <= limit

        over = over_folders((file.name for file in self._files(name)), column, is_over)
        if not over:
            return []
        seen = self._seen(name)
        query = f"SELECT {quoted(seen.file)}, count(*) FROM {ROWS} GROUP BY 1"  # noqa: S608 - ours
        with self._frames.doing("counting", name):
            told = self._frames.answer(query, {ROWS: seen.frame}, {})
        files, numbers = (column.to_pylist() for column in told.columns)
        rows = {seen.files[file]: number for file, number in zip(files, numbers, strict=True)}
        found = [
            DroppablePart(folder, sum(rows.get(file, 0) for file in files))
            for folder, files in sorted(over.items())
        ]
        whole = sum(map(len, over.values())) == len(seen.placed)
        return [part for part in (found[:-1] if whole else found) if part.rows]

    def drop(self, name: str, part: str) -> bool:
        """
        Remove a folder's files of the table.

        Raises:
            StoreError: One cannot be removed.
        """
        there = [it.name for it in self._files(name) if it.name.rpartition("/")[0] == part]
        for repeated in list(repeating(self._place.files(), name, there)):
            self._place.delete(repeated)
        for file in there:
            self._place.delete(file)
        return bool(there)

    def outlook(self, name: str, wanted: Wanted, now: float) -> Outlook:
        """
        Say how many files hold rows that *wanted* fits.

        Raises:
            StoreError: A file cannot be read.
        """
        del now
        hit = {scanned.part for scanned in self.scan(name, wanted)}
        sizes = {file.name: file.size for file in self._files(name)}
        return Outlook(len(hit), len(sizes), sum(sizes.get(part, 0) for part in hit))

    def free(self, names: Sequence[str]) -> Freed:
        """
        Remove what a run left beside the tables that died; a file that was replaced leaves nothing.

        Raises:
            StoreError: It cannot be removed.
        """
        del names
        try:
            with self._turn(self._folder), folder_beside(self._folder):
                return Freed(remains=[SPILT])
        except OSError as error:
            raise StoreError(f"removing files of Spark's: {type(error).__name__}") from None

    def stored(self) -> Iterator[StoredFile]:
        """
        Return every file, data or not; Spark is not asked.

        Raises:
            StoreError: A file cannot be read.
        """
        return stored_in(self._place)

    def close(self) -> None:
        """Close the place; the session ends with the process, or is somebody else's."""
        self._place.close()


def _copied(made: Path) -> Write:
    """Return what writes *made* in the place of a file on another disk."""

    def write(_: BinaryIO, new: BinaryIO) -> None:
        with made.open("rb") as source:
            shutil.copyfileobj(source, new)

    return write


def _emptied(old: BinaryIO, new: BinaryIO) -> None:
    """Write *old* to *new* without a row."""
    from pyarrow import parquet

    rows = parquet.ParquetFile(old).metadata.num_rows
    rewrite_parquet(old, new, dict.fromkeys(range(rows)))
