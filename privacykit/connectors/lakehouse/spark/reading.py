"""
The rows of Parquet files, read by Spark: those that are looked for come here. Asks Spark.

Where a row is, is known by its file and its place in that; columns in names of folders are ours to
tell, and stand in no frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from privacykit.connectors.lakehouse.parquet.names import (
    is_data,
    table_of,
    whole_batch,
    with_partition,
)
from privacykit.connectors.lakehouse.parquet.places import FilePlace, PlacedFile
from privacykit.connectors.lakehouse.rows.columns import mask_of, own_prefix
from privacykit.connectors.lakehouse.rows.hits import rows_with
from privacykit.connectors.lakehouse.rows.sought import Wanted
from privacykit.connectors.lakehouse.spark.files import groups, known_files, partitions_of
from privacykit.connectors.lakehouse.spark.frames import SparkFrames
from privacykit.connectors.lakehouse.spark.query import (
    ROWS,
    SparkCondition,
    condition_of,
    holding_condition,
    rows_query,
)
from privacykit.connectors.lakehouse.tables import LakeTables, Scanned, taken
from privacykit.errors import StoreError


class SeenTable(NamedTuple):
    """
    The files of a table at one moment.

    Attributes:
        schema: What they hold, of Spark.
        columns: The same, of Arrow.
        files: What we call each, by how Spark names it.
        placed: Each of them by our name.
        frame: Their rows, of Spark, with file and place of each.
        file: What the column of the file is called in it.
        row: What that of the place is.
    """

    schema: Any
    columns: Any
    files: dict[str, str]
    placed: dict[str, PlacedFile]
    frame: Any
    file: str
    row: str


class SparkReader(LakeTables):
    """
    The reading half of :class:`~privacykit.connectors.lakehouse.spark.tables.SparkTables`.

    Args:
        frames: Of a session of Spark that is ours.
        place: The folder, for us.
        root: Where Spark has it: a path, or a URL of its own.
    """

    searches = True

    def __init__(self, frames: SparkFrames, place: FilePlace, root: str) -> None:
        self._frames = frames
        self._place = place
        self._root = root.rstrip("/")
        self._schemas: dict[str, tuple[Any, Any]] = {}

    def names(self) -> Sequence[str]:
        """Return the tables, by the folders and files that are there."""
        return sorted({table_of(file.name) for file in self._place.files() if is_data(file.name)})

    def _files(self, name: str) -> list[PlacedFile]:
        return [f for f in self._place.files() if is_data(f.name) and table_of(f.name) == name]

    def _where(self, name: str, files: Sequence[PlacedFile]) -> str:
        """Return where Spark finds a table: the folder of its name, or the file."""
        alone = len(files) == 1 and "/" not in files[0].name
        return f"{self._root}/{files[0].name if alone else name}"

    def _schema(self, name: str, files: Sequence[PlacedFile]) -> tuple[Any, Any]:
        """
        Return what the files of a table hold, of Spark and of Arrow.

        Raises:
            StoreError: They cannot be read, or two disagree about a column.
        """
        if name not in self._schemas:
            where = self._where(name, files)
            with self._frames.doing("reading the columns of", name):
                schema = self._frames.columns(where)
                empty = self._frames.folder(where, schema).limit(0).toArrow()
            self._schemas[name] = schema, empty.schema
        return self._schemas[name]

    def _seen(self, name: str) -> SeenTable:
        """
        Return a table as it is now.

        Raises:
            StoreError: PK440, Spark sees other files than we do; or it cannot be read.
        """
        files = self._files(name)
        if not files:
            raise StoreError(f"the table {name} is gone")
        schema, columns = self._schema(name, files)
        prefix = own_prefix(columns.names)
        with self._frames.doing("reading", name):
            frame = self._frames.folder(self._where(name, files), schema)
            told = frame.inputFiles()
            placed = self._frames.placed(frame, prefix)
        known = known_files(told, self._root, [file.name for file in files])
        by_name = {file.name: file for file in files}
        return SeenTable(schema, columns, known, by_name, placed, f"{prefix}file", f"{prefix}row")

    def schema(self, name: str) -> Any:  # noqa: ANN401 - of Arrow
        """
        Return the columns of all files of a table, those in folder names included.

        Raises:
            StoreError: A file cannot be read, or two files disagree about a column.
        """
        files = self._files(name)
        _, found = self._schema(name, files)
        for file in files:
            found = with_partition(found, file.name)
        return found

    def count(self, name: str) -> int:
        """
        Return the rows of a table.

        Raises:
            StoreError: A file cannot be read.
        """
        seen = self._seen(name)
        with self._frames.doing("counting", name):
            return int(seen.frame.count())

    def scan(self, name: str, wanted: Wanted) -> Iterator[Scanned]:
        """
        Yield the rows that *wanted* may fit, looked for by Spark.

        Where it cannot tell they all come here, some files at a time.

        Raises:
            StoreError: The table cannot be read.
        """
        if wanted == ():
            return
        seen = self._seen(name)
        folders = partitions_of(seen.files)
        condition = condition_of(wanted, seen.columns, seen.file, folders)
        for scanned in self._rows(name, seen, condition):
            yield from taken(scanned, mask_of(scanned.batch, wanted))

    def holding(self, name: str, values: Sequence[str]) -> Iterator[Scanned]:
        """
        Yield the rows in some column of which one of *values*, in lower case, occurs.

        Raises:
            StoreError: The table cannot be read.
        """
        seen = self._seen(name)
        folders = partitions_of(seen.files)
        condition = holding_condition(values, seen.columns, seen.file, folders)
        for scanned in self._rows(name, seen, condition):
            yield from taken(scanned, rows_with(scanned.batch, values))

    def _rows(self, name: str, seen: SeenTable, condition: SparkCondition) -> Iterator[Scanned]:
        if condition.few:
            yield from self._found(name, seen, condition, seen.frame)
            return
        for some in groups(list(seen.placed.values())):
            with self._frames.doing("reading", name):
                frame = self._frames.some([f"{self._root}/{it}" for it in some], seen.schema)
                placed = self._frames.placed(frame, seen.file.removesuffix("file"))
            yield from self._found(name, seen, condition, placed)

    def _found(
        self,
        name: str,
        seen: SeenTable,
        condition: SparkCondition,
        frame: Any,  # noqa: ANN401
    ) -> Iterator[Scanned]:
        """
        Yield the rows of *frame* that fulfil *condition*, file by file.

        Raises:
            StoreError: The table cannot be read.
        """
        from pyarrow import compute

        with self._frames.doing("reading", name):
            found = self._frames.answer(rows_query(condition), {ROWS: frame}, condition.values)
        for key in sorted(compute.unique(found.column(seen.file)).to_pylist()):
            mine = found.filter(compute.equal(found.column(seen.file), key))
            part = seen.files[key]
            rows = whole_batch(mine.drop_columns([seen.file, seen.row]), part)
            positions = mine.column(seen.row).to_pylist()
            yield Scanned(part, seen.placed[part].tag, positions, rows)
