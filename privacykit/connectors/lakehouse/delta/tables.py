"""
Delta tables: rows go by a join with their own content, never by a predicate. Does I/O.

Delta writes the predicate of a delete into its log in clear. So what goes is a table in memory, and
the log holds how the two are joined: ``t.email IS NOT DISTINCT FROM s.email``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from privacykit.connectors.lakehouse.delta.free import LOG, free_table, kept_until
from privacykit.connectors.lakehouse.delta.merge import literal, merge_of, quoted
from privacykit.connectors.lakehouse.delta.vectors import VECTORS, has_vectors, rows_shown
from privacykit.connectors.lakehouse.located import LocatedTables, stored_in
from privacykit.connectors.lakehouse.parquet.places import FilePlace
from privacykit.connectors.lakehouse.rows.columns import mask_of
from privacykit.connectors.lakehouse.rows.plain_types import plain_batch, plain_schema
from privacykit.connectors.lakehouse.rows.predicate import sql_condition
from privacykit.connectors.lakehouse.rows.sought import Wanted
from privacykit.connectors.lakehouse.tables import (
    DroppablePart,
    Edited,
    Freed,
    Outlook,
    Scanned,
    StoredFile,
    taken,
)
from privacykit.connectors.moments import moment_of, period_end
from privacykit.errors import MissingExtraError, StoreError

STEPS = (
    "a merge that joins by content",
    "vacuum with no retention, change data included",
    "a checkpoint, and the log before it removed",
)


class DeltaTables(LocatedTables):
    """
    The Delta tables of a folder or bucket, by their folders' names.

    Args:
        place: As :class:`.LocatedTables` has them, all three.
        uri: Likewise.
        storage: Likewise.

    Raises:
        MissingExtraError: The extra ``delta`` is not installed.
    """

    def __init__(self, place: FilePlace, uri: str, storage: Mapping[str, str]) -> None:
        try:
            import deltalake  # noqa: F401
        except ImportError:
            raise MissingExtraError("delta", "a dataset of Delta tables") from None
        super().__init__(place, uri, storage)

    def names(self) -> Sequence[str]:
        """Return the folders that hold a Delta log."""
        heads = (file.name.partition("/") for file in self._place.files())
        return sorted({head for head, _, rest in heads if rest.startswith(LOG)})

    def _table(self, name: str) -> Any:  # noqa: ANN401 - of deltalake
        """
        Return a table as it is now.

        Raises:
            StoreError: It cannot be read.
        """
        import deltalake

        try:
            return deltalake.DeltaTable(f"{self._uri}{name}", storage_options=self._storage)
        except deltalake.exceptions.DeltaError as error:
            raise StoreError(_words("opening", name, error)) from None

    def schema(self, name: str) -> Any:  # noqa: ANN401 - of Arrow
        """
        Return the columns of a table.

        Raises:
            StoreError: It cannot be read.
        """
        import pyarrow as pa

        return plain_schema(pa.schema(self._table(name).schema().to_arrow()))

    def count(self, name: str) -> int:
        """
        Return the rows of a table, as its log says, without those that deletion vectors mask.

        Raises:
            StoreError: It cannot be read.
        """
        return rows_shown(self._table(name), name)

    def scan(self, name: str, wanted: Wanted) -> Iterator[Scanned]:
        """
        Yield the rows that *wanted* may fit; files that the log's statistics exclude are not read.

        Raises:
            StoreError: The table cannot be read.
        """
        import deltalake
        import pyarrow as pa

        if wanted == ():
            return
        try:
            condition = sql_condition(wanted, self.schema(name))
            query = f"SELECT * FROM t WHERE {condition or 'TRUE'}"  # noqa: S608 - values are quoted
            engine = deltalake.QueryBuilder().register("t", self._table(name))
            reader = pa.RecordBatchReader.from_stream(engine.execute(query))
            for read in reader:
                batch = plain_batch(read)
                found = Scanned("", "", range(batch.num_rows), batch)
                yield from taken(found, mask_of(batch, wanted))
        except (deltalake.exceptions.DeltaError, pa.ArrowException, OSError) as error:
            raise StoreError(_words("reading", name, error)) from None

    def change(self, name: str, edits: Sequence[Edited]) -> None:
        """
        Merge the rows of *edits* away, or into others, in one commit.

        Raises:
            StoreError: The table changed meanwhile, has deletion vectors, or cannot be written.
        """
        import deltalake
        import pyarrow as pa

        self._check_no_vectors(name)
        source, joined, gone, updates = merge_of(edits)
        try:
            merge = (
                self._table(name)
                .merge(source, joined, source_alias="s", target_alias="t")
                .when_matched_delete(predicate=gone)
            )
            if updates:
                merge = merge.when_matched_update(updates, predicate=f"NOT {gone}")
            merge.execute()
        except (deltalake.exceptions.DeltaError, pa.ArrowException, OSError) as error:
            raise StoreError(_words("changing", name, error)) from None

    def _check_no_vectors(self, name: str) -> None:
        """
        Refuse what `deltalake` cannot rewrite.

        Raises:
            StoreError: PK383, a file has a deletion vector; or one cannot be read.
        """
        if has_vectors(self._table(name), name):
            raise StoreError(f"{name} {VECTORS}")

    def droppable(self, name: str, column: str, before: str) -> Sequence[DroppablePart]:
        """
        Return the partitions whose every row is over, as the period in their name says.

        Raises:
            StoreError: The table cannot be read.
        """
        limit = moment_of(before)
        found: dict[str, int] = defaultdict(int)
        for file in self._added(name):
            value = file.get(f"partition.{column}")
            end = None if value is None else period_end(str(value))
            if end is not None and limit is not None and end <= limit:
                found[f"{column}={value}"] += int(file["num_records"] or 0)
        return [DroppablePart(part, rows) for part, rows in sorted(found.items())]

    def drop(self, name: str, part: str) -> bool:
        """
        Remove a partition; its files leave the log at once, and the disk with the next vacuum.

        Raises:
            StoreError: It cannot be removed.
        """
        import deltalake

        column, _, value = part.partition("=")
        try:
            told = self._table(name).delete(f"{quoted(column)} = {literal(value)}")
        except deltalake.exceptions.DeltaError as error:
            raise StoreError(_words("changing", name, error)) from None
        return bool(told["num_removed_files"])

    def outlook(self, name: str, wanted: Wanted, now: float) -> Outlook:
        """
        Say how many files may hold rows that *wanted* fits, and until when time travel shows them.

        Raises:
            StoreError: The table cannot be read.
        """
        if not any(True for _ in self.scan(name, wanted)):
            return Outlook()
        files = self._added(name)
        hit = [file for file in files if _may_hold(file, wanted)]
        live = {str(file["path"]) for file in files}
        inside = (
            f.name.removeprefix(f"{name}/")
            for f in self._place.files()
            if f.name.startswith(f"{name}/")
        )
        dead = sum(1 for path in inside if not path.startswith(LOG) and path not in live)
        table = self._table(name)
        return Outlook(
            len(hit),
            len(files),
            sum(int(file["size_bytes"]) for file in hit),
            dead,
            STEPS,
            kept_until(table, now),
            beside=(VECTORS,) if has_vectors(table, name) else (),
        )

    def _added(self, name: str) -> list[dict[str, Any]]:
        import pyarrow as pa

        found: list[dict[str, Any]] = pa.table(
            self._table(name).get_add_actions(flatten=True)
        ).to_pylist()
        return found

    def free(self, names: Sequence[str]) -> Freed:
        """
        Vacuum, write a checkpoint and remove the log before it, so that no old row is left.

        Raises:
            StoreError: A table has deletion vectors or cannot be written.
        """
        freed = Freed()
        for name in names:
            self._check_no_vectors(name)
            free_table(lambda name=name: self._table(name), self._place, name)  # type: ignore[misc]
        return freed

    def stored(self) -> Iterator[StoredFile]:
        """
        Return every file, those included that no log refers to.

        Raises:
            StoreError: A file cannot be read.
        """
        return stored_in(self._place)


def _may_hold(file: Mapping[str, Any], wanted: Wanted) -> bool:
    if wanted is None:
        return True
    for one in wanted:
        low, high = file.get(f"min.{one.column}"), file.get(f"max.{one.column}")
        if one.texts is None or one.folded or low is None or high is None:
            return True
        kind = type(low)
        if any(_is_between(text, low, high, kind) for text in one.texts):
            return True
    return False


def _is_between(text: str, low: Any, high: Any, kind: type) -> bool:  # noqa: ANN401 - values
    try:
        return bool(low <= kind(text) <= high)
    except (TypeError, ValueError):
        return True


def _words(doing: str, name: str, error: Exception) -> str:
    return f"{doing} the Delta table {name}: {type(error).__name__}"
