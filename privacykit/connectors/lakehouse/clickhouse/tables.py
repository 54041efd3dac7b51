"""
Tables of a database of ClickHouse: rows are masked, then parts written without them. Does I/O.

What is read and what is changed is told apart by time: a row is known by a hash of all that it
stores, so that merges between the two do no harm, and a change that was cut off is done again.
"""

# ruff: noqa: S608 - names are quoted, and no value stands in a statement

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from privacykit.connectors.lakehouse.clickhouse.catalogue import (
    ClickHouseTable,
    beside,
    check_mapped,
    column_types,
    every_table,
    not_searched,
)
from privacykit.connectors.lakehouse.clickhouse.change import change_rows
from privacykit.connectors.lakehouse.clickhouse.columns import (
    ClickHouseColumn,
    RowHash,
    literal,
    quoted,
    read_columns,
)
from privacykit.connectors.lakehouse.clickhouse.keys import KEYS, change_plan
from privacykit.connectors.lakehouse.clickhouse.partitions import over, parts_query, period_of
from privacykit.connectors.lakehouse.clickhouse.parts import WRITES, Waiting, free_parts
from privacykit.connectors.lakehouse.clickhouse.query import condition_of, rows_query
from privacykit.connectors.lakehouse.clickhouse.server import (
    HIDDEN,
    READ,
    ClickHouseDatabase,
    batches,
    counted,
    schema_of,
    told,
)
from privacykit.connectors.lakehouse.clickhouse.servers import elsewhere
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
from privacykit.errors import StoreError

KEPT = "rows are masked; parts hold them until they are merged, and for some minutes after that"
STEPS = (
    "the parts that hold masked rows written without them",
    "what was there before waited for until the server removes it (old_parts_lifetime)",
)


class ClickHouseTables(LakeTables):
    """
    The tables of a database.

    Args:
        at: The database.
        known: How rows are known here.
        token: Returns what no name of a table of keys had before: letters and digits.
        waiting: How old parts are waited for.
    """

    def __init__(
        self,
        at: ClickHouseDatabase,
        known: RowHash,
        token: Callable[[], str],
        waiting: Waiting,
    ) -> None:
        self._at = at
        self._known = known
        self._token = token
        self._waiting = waiting
        self._freed: set[str] = set()

    def check(self, mapped: Collection[str], dataset: str, file: str) -> None:
        """
        Look whether each table of the map can be changed here.

        Raises:
            DataMapError: PK402, an engine is not one that can.
            StoreError: The server does not answer, or refuses it.
        """
        check_mapped(every_table(self._at), mapped, (dataset, self._at.name), file)

    def names(self) -> Sequence[str]:
        """
        Return the tables that hold rows here.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        return [name for name, table in every_table(self._at).items() if table.is_changed]

    def _columns(self, name: str) -> list[ClickHouseColumn]:
        """
        Return the columns of a table.

        Raises:
            StoreError: It is gone.
        """
        found = read_columns(column_types(self._at, name))
        if not found:
            raise StoreError(f"the table {name} of ClickHouse is gone (PK404)")
        return found

    def schema(self, name: str) -> Any:  # noqa: ANN401 - of Arrow
        """
        Return the columns of a table, in the types they are read in.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        columns = self._columns(name)
        query = f"{rows_query(name, columns, self._known)} LIMIT 0 FORMAT ArrowStream"
        return _named(schema_of(self._at.read(query, READ, {})), columns)

    def count(self, name: str) -> int:
        """
        Return the rows of a table.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        return counted(self._at, f"SELECT count() FROM {quoted(name)}")

    def scan(self, name: str, wanted: Wanted) -> Iterator[Scanned]:
        """
        Yield the rows that *wanted* may fit; the server leaves out what it can.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        if wanted != ():
            yield from self._rows(name, wanted, READ)

    def _rows(self, name: str, wanted: Wanted, settings: Mapping[str, str]) -> Iterator[Scanned]:
        import pyarrow as pa

        columns = self._columns(name)
        condition, tables = condition_of(wanted, columns)
        query = f"{rows_query(name, columns, self._known)}{condition} FORMAT ArrowStream"
        for batch in batches(self._at.read(query, settings, tables)):
            schema = _named(batch.schema, columns)
            rows = pa.RecordBatch.from_arrays(batch.columns[2:], schema=schema)
            numbers = [int.from_bytes(it, "little") for it in batch.column(0).to_pylist()]
            for part, mask in _by_part(batch.column(1)):
                for of_part in taken(Scanned(part, "", numbers, rows), mask):
                    yield from taken(of_part, mask_of(of_part.batch, wanted))

    def change(self, name: str, edits: Sequence[Edited]) -> None:
        """
        Do *edits*: first what goes is masked, then what changes is written.

        Raises:
            StoreError: PK405, rows are sorted or parted by what would change; or a value does not
                fit; or PK403, some are left, and it has to be repeated.
        """
        columns, table = self._columns(name), every_table(self._at).get(name)
        self._freed.discard(name)
        keys = f"{KEYS}{self._token()}"
        plan = change_plan(keys, self._at.name, columns, self._known, edits)
        if table is not None and (fixed := [it for it in plan.columns if table.is_key(it)]):
            said = f"rows of {name} are sorted or parted by {', '.join(fixed)}, and ClickHouse"
            raise StoreError(f"{said} changes no such column (PK405)")
        projected = table is not None and table.projected
        change_rows(self._at, name, keys, plan, projected=projected)

    def droppable(self, name: str, column: str, before: str) -> Sequence[DroppablePart]:
        """
        Return the partitions whose every row is over, and in which none can come that is not.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        table = every_table(self._at).get(name)
        found = {it.name: it for it in self._columns(name)}.get(column)
        period = period_of(table.partition_key, column) if table else None
        query = parts_query(name, found, period, before) if found and period is not None else None
        if found is None or query is None:
            return []
        return over(told(self._at, query), text=found.sought == "text", before=before)

    def drop(self, name: str, part: str) -> bool:
        """
        Remove a partition.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        of_it = f"database = currentDatabase() AND table = {literal(name)}"
        there = counted(
            self._at,
            f"SELECT count() FROM system.parts WHERE active AND {of_it}"
            f" AND partition_id = {literal(part)}",
        )
        if there:
            self._freed.discard(name)
            dropping = f"ALTER TABLE {quoted(name)} DROP PARTITION ID {literal(part)}"
            self._at.run(dropping, WRITES, long=True)
        return there > 0

    def outlook(self, name: str, wanted: Wanted, now: float) -> Outlook:
        """
        Say which parts hold rows that *wanted* may fit, and what else gets rows of the table.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        del now
        hit = {it.part for it in self.scan(name, wanted)}
        if not hit:
            return Outlook()
        every = every_table(self._at)
        query = (
            "SELECT partition_id, count(), sum(bytes_on_disk) FROM system.parts WHERE active"
            f" AND database = currentDatabase() AND table = {literal(name)} GROUP BY partition_id"
        )
        found = told(self._at, query)
        near = [(int(parts), int(size)) for part, parts, size in found if part in hit]
        return Outlook(
            sum(parts for parts, _ in near),
            sum(int(parts) for _, parts, _ in found),
            sum(size for _, size in near),
            steps=STEPS,
            kept=KEPT,
            beside=(*self._beside(every, name),) if name in every else (),
        )

    def _beside(self, every: Mapping[str, ClickHouseTable], name: str) -> Iterator[str]:
        yield from (*beside(every[name]), *not_searched(every), *elsewhere(self._at, name))

    def free(self, names: Sequence[str]) -> Freed:
        """
        Write what is masked away and wait for old parts, in tables that changed since.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        due = sorted({*names} - self._freed)
        freed = free_parts(self._at, due, self._waiting)
        if freed.reached:
            self._freed |= {*due}
        freed.remains += [words for name in sorted({*names}) for words in elsewhere(self._at, name)]
        return freed

    def stored(self) -> Iterator[StoredFile]:
        """
        Yield every table, with every row of it, such as are masked too.

        Raises:
            StoreError: The server does not answer, or refuses it.
        """
        for name, table in every_table(self._at).items():
            if table.is_changed:
                rows = (scanned.batch for scanned in self._rows(name, None, HIDDEN))
                yield StoredFile(name, self._size(name), io.BytesIO(), rows)
            elif not table.holds_nothing:
                yield StoredFile(name, 0, io.BytesIO(), searchable=False)

    def _size(self, name: str) -> int:
        of_it = f"database = currentDatabase() AND table = {literal(name)}"
        return counted(self._at, f"SELECT sum(bytes_on_disk) FROM system.parts WHERE {of_it}")

    def close(self) -> None:
        """Let go of the server."""
        self._at.close()


def _named(schema: Any, columns: Sequence[ClickHouseColumn]) -> Any:  # noqa: ANN401 - of Arrow
    import pyarrow as pa

    return pa.schema(
        [schema.field(n + 2).with_name(column.name) for n, column in enumerate(columns)]
    )


def _by_part(ids: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - of Arrow
    """Yield each partition, and which rows are of it; ``None`` for all."""
    from pyarrow import compute

    each = sorted(compute.unique(ids).to_pylist())
    for part in each:
        yield part, None if len(each) == 1 else compute.equal(ids, part)
