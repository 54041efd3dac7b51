"""
Files written anew by Spark beside the table, then put in the place of the old ones. Does file I/O.

Each takes its place in one step, as it was read; Spark's own overwriting removes a folder and then
fills it, and who dies in between has lost everybody's rows.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from privacykit.connectors.files.replace import check_rewritable
from privacykit.connectors.lakehouse.parquet.places import CHANGED, tag_of
from privacykit.connectors.lakehouse.rows.columns import own_prefix
from privacykit.connectors.lakehouse.spark.files import RewritePlan
from privacykit.connectors.lakehouse.spark.frames import SparkFrames, picked
from privacykit.connectors.lakehouse.spark.writing import WriterOptions, options_of
from privacykit.errors import StoreError
from privacykit.private_files import UNFINISHED, sync_folder, take_after

BESIDE = f"{UNFINISHED}spark-"
"""What the names of folders begin with in which files are written anew."""

MOST_TASKS = 2000
"""Files that are written at once, at most, if so many processors are there."""


@contextmanager
def folder_beside(folder: Path) -> Iterator[Path]:
    """Make a folder in *folder*, ours alone, and remove it at the end, and what others left."""
    for left in folder.glob(f"{BESIDE}*"):
        shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=BESIDE, dir=folder) as made:
        yield Path(made)


class OldFiles(NamedTuple):
    """
    Where Spark finds files, in the order of their numbers.

    Attributes:
        paths: For reading.
        keys: As it says of a row which file it is in.
    """

    paths: Sequence[str]
    keys: Sequence[str]


class WrittenFiles:
    """
    The files of *plan* as they will be.

    Args:
        plan: What is to be done.
        folder: Where the dataset is, for us.
        known: The Arrow schema by which Spark reads the table.
        table: It, for messages.

    Raises:
        StoreError: PK442, Spark would write a column in another type; or a file cannot be read.
    """

    def __init__(
        self,
        plan: RewritePlan,
        folder: Path,
        known: Any,  # noqa: ANN401 - of Arrow
        table: str,
    ) -> None:
        from pyarrow import parquet

        self._plan = plan
        self._folder = folder
        self._rows: list[int] = []
        self._alike: dict[WriterOptions, list[int]] = defaultdict(list)
        for number, (file, gone) in enumerate(zip(plan.files, plan.gone, strict=True)):
            metadata = parquet.read_metadata(folder / file)
            self._alike[options_of(metadata, known, table)].append(number)
            self._rows.append(metadata.num_rows - gone)

    def write(
        self,
        frames: SparkFrames,
        old: OldFiles,
        schema: Any,  # noqa: ANN401 - of pyspark
        beside: Path,
        inside: str,
    ) -> None:
        """
        Let Spark write them, each group of those that are alike in one go.

        Args:
            frames: Of the session.
            old: Where Spark finds the old ones.
            schema: What they hold, of Spark.
            beside: Where they go, for us.
            inside: The same for Spark.

        Raises:
            StoreError: A file has other rows than it should have.
        """
        for at, (options, numbers) in enumerate(self._alike.items()):
            frames.set("spark.sql.parquet.outputTimestampType", options.timestamps())
            new = self._frame(frames, old, schema, numbers)
            new.write.options(**options.options()).partitionBy(_number(schema)).parquet(
                f"{inside}/{at}"
            )
            self._check(numbers, beside / str(at))

    def _frame(
        self,
        frames: SparkFrames,
        old: OldFiles,
        schema: Any,  # noqa: ANN401 - of pyspark
        numbers: Sequence[int],
    ) -> Any:  # noqa: ANN401 - of pyspark
        """Return the rows of the files *numbers* as they will be, with the number of each file."""
        import pyarrow as pa
        from pyspark.sql.functions import broadcast

        prefix, number = own_prefix(schema.names), _number(schema)
        file, row = f"{prefix}file", f"{prefix}row"
        known = pa.table(
            {file: [old.keys[n] for n in numbers], number: pa.array(numbers, pa.int32())}
        )
        there = frames.placed(frames.some([old.paths[n] for n in numbers], schema), prefix)
        there = there.join(broadcast(frames.sent(known)), file)
        keys = pa.table(
            {
                number: pa.array(self._plan.numbers, pa.int32()),
                row: pa.array(self._plan.places, pa.int64()),
            }
        )
        every = picked([*schema.names, number, row])
        # What goes is left out before anything is sent about, or written to a disk of Spark's.
        new = there.join(broadcast(frames.sent(keys)), [number, row], "left_anti").select(*every)
        fresh = _fresh(self._plan, keys, numbers)
        if fresh is not None:
            new = new.unionByName(frames.sent(fresh).select(*every))
        parted = new.repartition(min(len(numbers), MOST_TASKS), number)
        return parted.sortWithinPartitions(number, row).drop(row)

    def _check(self, numbers: Sequence[int], beside: Path) -> None:
        """
        Count the rows of what was written.

        Raises:
            StoreError: It is not as many as it should be.
        """
        from pyarrow import parquet

        for number in numbers:
            found = _made(beside, number)
            rows = parquet.read_metadata(found).num_rows if found else 0
            if rows != self._rows[number]:
                raise StoreError(f"Spark wrote other rows than it should have: {CHANGED}")

    def each(self, beside: Path) -> Iterator[tuple[str, str, Path | None]]:
        """
        Yield each file, its tag, and what takes its place; ``None`` where no row is left.

        Raises:
            StoreError: Spark wrote something else than one file for one.
        """
        for at, numbers in enumerate(self._alike.values()):
            for number in numbers:
                made = _made(beside / str(at), number)
                yield self._plan.files[number], self._plan.tags[number], made


def _number(schema: Any) -> str:  # noqa: ANN401 - of pyspark
    return f"{own_prefix(schema.names)}number"


def _made(beside: Path, number: int) -> Path | None:
    """
    Return what Spark wrote for the file *number*.

    Raises:
        StoreError: More than one file.
    """
    made = sorted(beside.glob(f"*number={number}/[!._]*.parquet"))
    if len(made) > 1:
        raise StoreError("Spark wrote one file as several; nothing was changed")
    return made[0] if made else None


def _fresh(plan: RewritePlan, keys: Any, numbers: Sequence[int]) -> Any:  # noqa: ANN401 - of Arrow
    """Return the rows with new values of the files *numbers*, and where they stand."""
    if plan.fresh is None:
        return None
    import pyarrow as pa
    from pyarrow import compute

    found = plan.fresh
    for name, column in zip(keys.schema.names, keys.take(pa.array(plan.kept)).columns, strict=True):
        found = found.append_column(name, column)
    mine = compute.is_in(found.column(keys.schema.names[0]), pa.array(numbers, pa.int32()))
    rows = found.filter(mine)
    return rows if rows.num_rows else None


def put_in_place(written: Path, file: Path, tag: str) -> bool:
    """
    Put *written* in the place of *file* in one step, owner and permissions kept.

    Args:
        written: The new file.
        file: The old one; a link is followed.
        tag: How it was when it was read.

    Returns:
        ``False`` where the two are on different disks, so that nothing was done.

    Raises:
        StoreError: It was changed meanwhile, has other names, or cannot be replaced.
    """
    try:
        file = file.resolve()
        before = file.stat()
        check_rewritable(file.parent.name, before)
        if written.stat().st_dev != before.st_dev:
            return False
        descriptor = os.open(written, os.O_RDONLY | os.O_CLOEXEC)
        try:
            take_after(descriptor, before)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if tag_of(file.stat()) != tag:
            raise StoreError(CHANGED)
        written.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        raise StoreError(f"replacing a file: {type(error).__name__}") from None
    return True
