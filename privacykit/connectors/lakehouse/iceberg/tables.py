"""
Iceberg tables: each file that holds a row is written anew, all in one snapshot. Does I/O.

What a snapshot was made by stands in no metadata, so no identity does. `pyiceberg` expires
snapshots in the metadata only: the files, and manifests with their bounds, are removed here.
"""

from __future__ import annotations

import itertools
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import inf
from typing import Any

from privacykit.connectors.lakehouse.iceberg.files import (
    every_table,
    failure,
    overwrite,
    read_file,
    tag_of,
    tasks_of,
    write_files,
)
from privacykit.connectors.lakehouse.iceberg.free import (
    expire_table,
    folder_of,
    referred,
    remove_dead,
)
from privacykit.connectors.lakehouse.located import stored_in
from privacykit.connectors.lakehouse.parquet.places import CHANGED, FilePlace
from privacykit.connectors.lakehouse.parquet.rewrite import changed_rows
from privacykit.connectors.lakehouse.rows.columns import mask_of
from privacykit.connectors.lakehouse.rows.plain_types import plain_batch, plain_schema
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

STEPS = (
    "a snapshot without the rows",
    "every older snapshot expired",
    "data files and manifests that none refers to removed",
)


class IcebergTables(LakeTables):
    """
    The Iceberg tables of a namespace.

    Args:
        catalogue: Of `pyiceberg`.
        namespace: Where the tables are.
        place: Their warehouse: lists, reads and removes files.
        root: The warehouse as the tables spell it, with a slash at its end.

    Raises:
        MissingExtraError: The extra ``iceberg`` is not installed.
    """

    def __init__(self, catalogue: Any, namespace: str, place: FilePlace, root: str) -> None:  # noqa: ANN401
        try:
            import pyiceberg.table  # noqa: F401
        except ImportError:
            raise MissingExtraError("iceberg", "a dataset of Iceberg tables") from None
        self._catalogue = catalogue
        self._namespace = namespace
        self._place = place
        self._root = root

    def names(self) -> Sequence[str]:
        """
        Return the tables of the namespace.

        Raises:
            StoreError: The catalogue does not answer.
        """
        try:
            return sorted(str(found[-1]) for found in self._catalogue.list_tables(self._namespace))
        except Exception as error:  # noqa: BLE001 - a catalogue's client raises what it likes
            raise StoreError(failure("listing", self._namespace, error)) from None

    def _table(self, name: str) -> Any:  # noqa: ANN401 - of pyiceberg
        """
        Return a table as it is now.

        Raises:
            StoreError: The catalogue does not answer.
        """
        try:
            return self._catalogue.load_table(f"{self._namespace}.{name}")
        except Exception as error:  # noqa: BLE001 - as above
            raise StoreError(failure("opening", name, error)) from None

    def schema(self, name: str) -> Any:  # noqa: ANN401 - of Arrow
        """
        Return the columns of a table.

        Raises:
            StoreError: It cannot be read.
        """
        return plain_schema(self._table(name).schema().as_arrow())

    def count(self, name: str) -> int:
        """
        Return the rows of a table.

        Raises:
            StoreError: It cannot be read.
        """
        return int(self._table(name).scan().count())

    def scan(self, name: str, wanted: Wanted) -> Iterator[Scanned]:
        """
        Yield the rows that *wanted* may fit; files whose bounds exclude them are not read.

        Raises:
            StoreError: The table cannot be read.
        """
        if wanted == ():
            return
        table = self._table(name)
        for task in tasks_of(table, wanted, name):
            batch = read_file(table, task, name)
            part, rows = task.file.file_path, plain_batch(batch)
            found = Scanned(part, tag_of(task), range(rows.num_rows), rows)
            yield from taken(found, mask_of(found.batch, wanted))

    def change(self, name: str, edits: Sequence[Edited]) -> None:
        """
        Write each file anew that holds a row of *edits*, all in one snapshot.

        Raises:
            StoreError: The table changed meanwhile or cannot be written; it is as it was.
        """
        import pyarrow as pa

        table = self._table(name)
        by_file: dict[str, dict[int, dict[str, Any] | None]] = defaultdict(dict)
        for edit in edits:
            by_file[edit.part] |= zip(edit.positions, edit.new, strict=True)
        tasks = {task.file.file_path: task for task in tasks_of(table, None, name)}
        # Places are counted without what is deleted: deletes that came since move them.
        now = {part: tag_of(task) for part, task in tasks.items()}
        if any(now.get(edit.part) != edit.tag for edit in edits):
            raise StoreError(CHANGED)
        replaced = []
        mark, numbers = uuid.uuid4(), itertools.count()
        for part, news in by_file.items():
            old = pa.Table.from_batches([read_file(table, tasks[part], name)])
            rows = changed_rows(old, news)
            replaced.append((tasks[part].file, write_files(table, rows, mark, numbers, name)))
        overwrite(table, replaced, name)

    def droppable(self, name: str, column: str, before: str) -> Sequence[DroppablePart]:
        """
        Return the partitions whose every row is over, as the period in them says.

        Raises:
            StoreError: The table cannot be read.
        """
        limit, found = moment_of(before), dict[str, int]()
        for value, file in self._partitions(name, column):
            end = period_end(str(value))
            if end is not None and limit is not None and end <= limit:
                part = f"{column}={value}"
                found[part] = found.get(part, 0) + int(file.record_count)
        return [DroppablePart(part, rows) for part, rows in sorted(found.items())]

    def _partitions(self, name: str, column: str) -> Iterator[tuple[Any, Any]]:
        table = self._table(name)
        for task in tasks_of(table, None, name):
            spec = table.specs()[task.file.spec_id]
            for number, field in enumerate(spec.fields):
                same = table.schema().find_field(field.source_id).name == column
                if same and str(field.transform) == "identity":
                    yield task.file.partition[number], task.file

    def drop(self, name: str, part: str) -> bool:
        """
        Remove a partition; its files leave the table at once, and the disk when it is freed.

        Raises:
            StoreError: It cannot be removed.
        """
        column, _, value = part.partition("=")
        files = [file for found, file in self._partitions(name, column) if str(found) == value]
        if files:
            overwrite(self._table(name), [(file, []) for file in files], name)
        return bool(files)

    def outlook(self, name: str, wanted: Wanted, now: float) -> Outlook:
        """
        Say how many files hold rows that *wanted* fits; time travel shows them until expiry.

        Raises:
            StoreError: The table cannot be read.
        """
        del now
        hit = {scanned.part for scanned in self.scan(name, wanted)}
        if not hit:
            return Outlook()
        table = self._table(name)
        files = [task.file for task in tasks_of(table, None, name)]
        size = sum(file.file_size_in_bytes for file in files if file.file_path in hit)
        folder, live = folder_of(table, self._root), referred(table, name)
        here = {path.removeprefix(self._root) for path in live}
        dead = sum(
            1 for it in self._place.files() if it.name.startswith(folder) and it.name not in here
        )
        return Outlook(len(hit), len(files), size, dead, STEPS, inf)

    def free(self, names: Sequence[str]) -> Freed:
        """
        Expire every snapshot but the last and remove what no table of the catalogue refers to.

        Raises:
            StoreError: A table cannot be read or written; one of another namespace counts, too.
        """
        freed = Freed()
        for name in names:
            expire_table(self._table(name), lambda name=name: self._table(name), freed)  # type: ignore[misc]
        full = [f"{self._namespace}.{name}" for name in names]
        remove_dead(full, lambda: self._every(names), self._place, self._root, freed)
        return freed

    def _every(self, names: Sequence[str]) -> dict[str, Any]:
        """
        Return every table of the catalogue, by namespace and name, and *names* in any case.

        Raises:
            StoreError: The catalogue does not answer, or one does not open.
        """
        try:
            found = {*every_table(self._catalogue)}
            every = {".".join(it): self._catalogue.load_table(it) for it in sorted(found)}
        except Exception as error:  # noqa: BLE001 - as above
            words = failure("opening all tables beside", self._namespace, error)
            raise StoreError(f"{words}; no file was removed") from None
        return every | {f"{self._namespace}.{name}": self._table(name) for name in names}

    def stored(self) -> Iterator[StoredFile]:
        """
        Return every file of the warehouse, those included that no snapshot refers to.

        Raises:
            StoreError: A file cannot be read.
        """
        return stored_in(self._place)

    def close(self) -> None:
        """Close the place and the catalogue."""
        self._place.close()
        self._catalogue.close()
