"""
Tables of Parquet files: only files whose statistics or bloom filters can match are read. Does I/O.

A table is everything in the folder of its name, values in folder names (``month=2026-01``) being
columns, or the file of its name. Names that begin with ``_`` or ``.`` are no data; a summary of
statistics (``_metadata``) goes as soon as a file it speaks of changes, and so does a checksum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from privacykit.connectors.lakehouse.located import stored_in
from privacykit.connectors.lakehouse.parquet.names import (
    check_partition,
    is_data,
    partition_of,
    shown,
    table_of,
    whole_batch,
    with_partition,
)
from privacykit.connectors.lakehouse.parquet.places import FilePlace, PlacedFile
from privacykit.connectors.lakehouse.parquet.pruning import row_groups
from privacykit.connectors.lakehouse.parquet.rewrite import rewrite_parquet
from privacykit.connectors.lakehouse.parquet.summaries import repeating
from privacykit.connectors.lakehouse.rows.columns import mask_of
from privacykit.connectors.lakehouse.rows.sought import Wanted
from privacykit.connectors.lakehouse.tables import (
    DroppablePart,
    Edited,
    Freed,
    LakeTables,
    Outlook,
    Scanned,
    StoredFile,
    taken,
)
from privacykit.connectors.moments import moment_of, period_end
from privacykit.errors import MissingExtraError, StoreError


class ParquetTables(LakeTables):
    """
    The Parquet files of a place.

    Args:
        place: The folder or bucket.

    Raises:
        MissingExtraError: The extra ``parquet`` is not installed.
    """

    def __init__(self, place: FilePlace) -> None:
        try:
            import pyarrow.parquet  # noqa: F401
        except ImportError:
            raise MissingExtraError("parquet", "a dataset of Parquet files") from None
        self._place = place
        self._schemas: dict[str, Any] = {}

    def names(self) -> Sequence[str]:
        """Return the tables, by the folders and files that are there."""
        return sorted({table_of(file.name) for file in self._place.files() if is_data(file.name)})

    def _files(self, name: str) -> list[PlacedFile]:
        return [f for f in self._place.files() if is_data(f.name) and table_of(f.name) == name]

    def schema(self, name: str) -> Any:  # noqa: ANN401 - of Arrow
        """
        Return the columns of all files of a table, those in folder names included.

        Raises:
            StoreError: A file cannot be read, or two files disagree about a column.
        """
        import pyarrow as pa

        if name not in self._schemas:
            found = []
            for file in self._files(name):
                with self._place.opened(file.name) as (stream, _):
                    found.append(with_partition(_opened(stream, file.name).schema_arrow, file.name))
            try:
                self._schemas[name] = pa.unify_schemas(found, promote_options="permissive")
            except pa.ArrowException:
                words = f"the files of {name} disagree about {_disagreed(found)}"
                raise StoreError(f"{words} (PK381)") from None
        return self._schemas[name]

    def count(self, name: str) -> int:
        """
        Return the rows of a table, as the footers say.

        Raises:
            StoreError: A file cannot be read.
        """
        rows = 0
        for file in self._files(name):
            with self._place.opened(file.name) as (stream, _):
                rows += _opened(stream, file.name).metadata.num_rows
        return rows

    def scan(self, name: str, wanted: Wanted) -> Iterator[Scanned]:
        """
        Yield the rows that *wanted* may fit; of other columns nothing is read before one does.

        Raises:
            StoreError: A file cannot be read.
        """
        if wanted == ():
            return
        for file in self._files(name):
            with self._place.opened(file.name) as (stream, tag):
                yield from self._rows_of(file.name, stream, tag, wanted)

    def _rows_of(self, name: str, stream: BinaryIO, tag: str, wanted: Wanted) -> Iterator[Scanned]:
        import pyarrow as pa

        source = _opened(stream, name)
        starts = _starts(source.metadata)
        needed = None if wanted is None else sorted({one.column.split(".")[0] for one in wanted})
        try:
            for number in row_groups(source.metadata, wanted, self._place.path(name)):
                first = starts[number]
                mask = None
                if needed is not None:
                    there = [column for column in needed if column in source.schema_arrow.names]
                    some = whole_batch(source.read_row_group(number, columns=there), name)
                    mask = mask_of(some, wanted) if some.num_columns else None
                    if mask is not None and not mask.true_count:
                        continue
                batch = whole_batch(source.read_row_group(number), name)
                positions = range(first, first + batch.num_rows)
                yield from taken(Scanned(name, tag, positions, batch), mask)
        except pa.ArrowException as error:
            raise StoreError(_unread(name, error)) from None

    def change(self, name: str, edits: Sequence[Edited]) -> None:
        """
        Write each file anew that holds a row of *edits*, in one step; a file left empty goes.

        Raises:
            StoreError: A file changed meanwhile, a value does not fit, or a column in the folder's
                name would have to change; files before it are done.
        """
        tags: dict[str, str] = {}
        by_file: dict[str, dict[int, dict[str, Any] | None]] = defaultdict(dict)
        for edit in edits:
            tags[edit.part] = edit.tag
            by_file[edit.part] |= zip(edit.positions, edit.new, strict=True)
        for part, news in by_file.items():
            check_partition(part, news.values())
        for part, news in by_file.items():
            self._change(name, part, tags[part], news)
            if self._rows(part) == 0 and len(self._files(name)) > 1:
                self._place.delete(part)

    def _change(
        self, name: str, part: str, tag: str, news: dict[int, dict[str, Any] | None]
    ) -> None:
        def write(old: BinaryIO, new: BinaryIO) -> None:
            rewrite_parquet(old, new, news)

        self._forget_summaries(name, part)
        self._place.replace(part, tag, write)

    def _forget_summaries(self, name: str, part: str) -> None:
        for beside in list(repeating(self._place.files(), name, [part])):
            self._place.delete(beside)

    def _rows(self, part: str) -> int:
        with self._place.opened(part) as (stream, _):
            return int(_opened(stream, part).metadata.num_rows)

    def droppable(self, name: str, column: str, before: str) -> Sequence[DroppablePart]:
        """
        Return the files that are over whole, as their statistics or the folder's name say.

        Raises:
            StoreError: A file cannot be read.
        """
        found = []
        for file in self._files(name):
            with self._place.opened(file.name) as (stream, _):
                metadata = _opened(stream, file.name).metadata
                if metadata.num_rows and _over(metadata, file.name, column, before):
                    found.append(DroppablePart(file.name, metadata.num_rows))
        return found[:-1] if len(found) == len(self._files(name)) else found

    def drop(self, name: str, part: str) -> bool:
        """
        Remove a file.

        Raises:
            StoreError: It cannot be removed.
        """
        there = any(file.name == part for file in self._files(name))
        if there:
            self._forget_summaries(name, part)
            self._place.delete(part)
        return there

    def outlook(self, name: str, wanted: Wanted, now: float) -> Outlook:
        """
        Say how many files hold rows that *wanted* may fit.

        Raises:
            StoreError: A file cannot be read.
        """
        del now
        hit = {scanned.part for scanned in self.scan(name, wanted)}
        files = self._files(name)
        sizes = {file.name: file.size for file in files}
        return Outlook(len(hit), len(files), sum(max(sizes.get(part, 0), 0) for part in hit))

    def free(self, names: Sequence[str]) -> Freed:
        """Do nothing: a file that was replaced has left nothing behind."""
        del names
        return Freed()

    def stored(self) -> Iterator[StoredFile]:
        """
        Return every file, data or not.

        Raises:
            StoreError: A file cannot be read.
        """
        return stored_in(self._place)

    def close(self) -> None:
        """Close the place."""
        self._place.close()


def _opened(stream: BinaryIO, name: str) -> Any:  # noqa: ANN401 - of Arrow
    """
    Return the reader of a Parquet file.

    Raises:
        StoreError: It is none, or broken.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(stream)
    except (pa.ArrowException, OSError) as error:
        raise StoreError(_unread(name, error)) from None


def _unread(name: str, error: Exception) -> str:
    words = f"{shown(name)} is damaged or no Parquet file ({type(error).__name__}, PK381)"
    return f"{words}: restore it, or move it out of the dataset"


def _disagreed(schemas: Sequence[Any]) -> str:
    """Return the first column that has types which are no one type."""
    import pyarrow as pa

    for column in dict.fromkeys(name for schema in schemas for name in schema.names):
        fields = [pa.schema([it.field(column)]) for it in schemas if column in it.names]
        try:
            pa.unify_schemas(fields, promote_options="permissive")
        except pa.ArrowException:
            types = dict.fromkeys(str(one.field(column).type) for one in fields)
            return f"the column {column} ({', '.join(types)})"
    return "a column"


def _starts(metadata: Any) -> list[int]:  # noqa: ANN401 - of Arrow
    starts, first = [], 0
    for number in range(metadata.num_row_groups):
        starts.append(first)
        first += metadata.row_group(number).num_rows
    return starts


def _over(metadata: Any, name: str, column: str, before: str) -> bool:  # noqa: ANN401
    limit = moment_of(before)
    given = partition_of(name).get(column)
    if given is not None:
        last = period_end(given)
        return last is not None and limit is not None and last <= limit
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        chunks = [group.column(n) for n in range(group.num_columns)]
        chunk = next((c for c in chunks if c.path_in_schema == column), None)
        statistics = chunk.statistics if chunk is not None else None
        if statistics is None or not statistics.has_min_max or statistics.null_count != 0:
            return False
        # Between two texts that are dates others may lie that are none.
        highest = None if isinstance(statistics.max, str) else period_end(statistics.max)
        if highest is None or limit is None or highest >= limit:
            return False
    return True
