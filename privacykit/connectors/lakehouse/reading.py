"""
Reading of a lake: who somebody is, their rows, where their values stand. Does I/O.

A row is known by its content: it is found again whatever was compacted meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, cast

from privacykit.connectors.files.counting import count_records
from privacykit.connectors.files.owned_rows import FileWhose
from privacykit.connectors.files.record import Record, RowKeys, digest, held_identities, value_at
from privacykit.connectors.files.treat import action_of, redacted, why_it_stands
from privacykit.connectors.lakehouse.rows.columns import kind_of_type, leaf_fields
from privacykit.connectors.lakehouse.rows.hits import hits_in
from privacykit.connectors.lakehouse.rows.sought import Wanted, wanted_of
from privacykit.connectors.lakehouse.tables import LakeTables
from privacykit.errors import naming
from privacykit.govern.datamap import DataMap
from privacykit.govern.datamap.schema import Column, Kind, Table
from privacykit.govern.erasure.export_fields import Mine
from privacykit.govern.erasure.ownership import Ownership, build_ownership
from privacykit.govern.erasure.planning.steps import describe_step
from privacykit.govern.erasure.ports import capability
from privacykit.govern.erasure.ports.capability import (
    ListsIdentities,
    Samples,
    ShowsRows,
)
from privacykit.govern.erasure.ports.connector import Context, PersonRow, Subject
from privacykit.govern.erasure.ports.work import Hit, Target
from privacykit.govern.erasure.treatment import OWN
from privacykit.govern.identity.equality import text_of
from privacykit.govern.incidents.counting import CountedRows, CountQuery, CountsRows
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Action, Effect, Identity

PAGE = 500
"""Rows of a batch that are in memory as Python's own."""


class LakeReader(ListsIdentities, Samples, ShowsRows, CountsRows):
    """
    The reading half of :class:`~privacykit.connectors.lakehouse.connector.LakeConnector`.

    Args:
        datamap: The data map.
        dataset: Its dataset.
        tables: The tables.
    """

    cost_model: Literal["point", "scan"] = "scan"

    def __init__(self, datamap: DataMap, dataset: str, tables: LakeTables) -> None:
        self.dataset = dataset
        self._datamap = datamap
        self._tables = tables
        found = [
            Table(
                name,
                _columns(tables.schema(name)),
                foreign_keys=tuple(tables.foreign_keys(name)),
                by_content=True,
            )
            for name in tables.names()
        ]
        self.ownership: Ownership = build_ownership(datamap, dataset, found)

    def schema(self) -> tuple[Table, ...]:
        """Return what the tables hold, the map's references as foreign keys."""
        return tuple(self.ownership.tables.values())

    def order(self) -> tuple[str, ...]:
        """Return the mapped collections, those that point at others first."""
        return self.ownership.order

    def resolve(self, identities: Sequence[Identity], most: int) -> Sequence[PersonRow]:
        """
        Find the rows that *are* somebody whom one of *identities* names, and what they hold.

        Raises:
            StoreError: A table cannot be read.
        """
        context = Context(Subject(tuple(identities)), 0.0)
        whose = self.whose(context)
        people: list[PersonRow] = []
        for name in self.order():
            if self.ownership.collections[name].subject:
                people += islice(self._people(whose, name, context), most)
        return people

    def _people(self, whose: FileWhose, name: str, context: Context) -> Iterator[PersonRow]:
        seen: set[str] = set()
        for record in self._near(name, whose, context):
            if whose.identified(name, record.values) and (key := digest(record)) not in seen:
                seen.add(key)
                holds = tuple(held_identities(self.ownership, name, record.values))
                yield PersonRow(f"{self.dataset}.{name}", (key,), holds)

    def iter_identities(self) -> Iterator[tuple[str, Identity]]:
        """
        Yield every raw identity value that stands in a mapped column, with its collection.

        Raises:
            StoreError: A table cannot be read.
        """
        for name in self.order():
            fields = self.ownership.identity_fields(name)
            raw = {c: f.identity for c, f in fields.items() if f.identity and f.format == "raw"}
            for record in self._all(name) if raw else ():
                for column, kind in raw.items():
                    value = text_of(value_at(record.values, column))
                    if value is not None:
                        yield name, Identity(kind, value)

    def hashed_columns(self) -> list[str]:
        """Return the identity columns that hold hashes, which :meth:`iter_identities` leaves."""
        return capability.hashed_columns(self.ownership)

    def strangers(self, subject: Subject) -> int:
        """Return 0: rows here are known by what stands in them, not by an id used again."""
        del subject
        return 0

    def find(self, collection: str, context: Context) -> Iterator[Target]:
        """
        Name every row of *collection* that is the selection's.

        Raises:
            StoreError: A table cannot be read.
        """
        whose, keys = self.whose(context), RowKeys()
        for record in self._near(collection, whose, context):
            kind = whose.kind(collection, record.values)
            if kind is not None:
                action = action_of(self.ownership, whose, collection, record.values, kind, context)
                key = keys.next(digest(record))
                yield Target(key, action, None if kind == OWN else kind)

    def step(self, collection: str, action: Action, justification: str | None) -> PlanStep:
        """Describe what *action* does to *collection*; its counts are filled in by the flow."""
        asked = self._datamap.datasets[self.dataset].effect
        reach = Effect.ERASED if asked is Effect.ERASED else Effect.LOGICAL
        return describe_step(
            self.ownership,
            collection,
            action,
            justification,
            reach=reach,
            cost_model=self.cost_model,
        )

    def size(self, collection: str) -> int:
        """Return how many rows *collection* has."""
        return self._tables.count(collection)

    def count_rows(self, query: CountQuery) -> CountedRows:
        """
        Count what *query* asks: every row of the table is read.

        Raises:
            StoreError: A table cannot be read.
        """
        return count_records(self._all(query.collection), query)

    def rows(self, collection: str, context: Context) -> Iterator[Mapping[str, Any]]:
        """
        Yield the person's rows for export, other people's data redacted.

        Raises:
            StoreError: A table cannot be read.
        """
        whose, mine = self.whose(context), Mine(context.selection)
        for record in self._near(collection, whose, context):
            if whose.kind(collection, record.values) is not None:
                shown = redacted(self.ownership, whose, collection, record.values, context, mine)
                if shown:
                    yield shown

    def search(self, values: Sequence[str], context: Context) -> Iterator[Hit]:
        """
        Look for *values* in every text column of every table, mapped or not.

        Raises:
            StoreError: A table cannot be read.
        """
        whose = self.whose(context)
        wanted = [value.lower() for value in values if value]
        for name in self._tables.names():
            counts: dict[tuple[str, str | None], int] = defaultdict(int)
            for scanned in self._tables.holding(name, wanted) if wanted else ():
                for path, record in hits_in(scanned.batch, wanted):
                    found = path, str(value_at(record.values, path))
                    why = why_it_stands(self.ownership, whose, name, record.values, found, wanted)
                    counts[path, why] += 1
            for (path, why), number in counts.items():
                yield Hit(name, path, number, why)

    def every_table(self) -> Sequence[str]:
        """Return the tables that are there, mapped or not."""
        return self._tables.names()

    def row_count(self, table: str) -> int:
        """Return how many rows *table* has."""
        return self._tables.count(table)

    def every_row(self, table: str) -> Iterator[Mapping[str, Any]]:
        """
        Yield the rows of *table*, of a batch a page at a time.

        Raises:
            StoreError: It cannot be read.
        """
        for batch in self._batches(table, None):
            for start in range(0, batch.num_rows, PAGE):
                yield from batch.slice(start, PAGE).to_pylist()

    def sample(self, collection: str, column: str, number: int) -> list[Any]:
        """Return up to *number* values of a field, for the detectors of ``datamap scan`` only."""
        values = (value_at(record.values, column) for record in self._all(collection))
        return list(islice((value for value in values if value is not None), number))

    def whose(self, context: Context) -> FileWhose:
        """Return what says of rows here whose they are."""
        whose: FileWhose

        def near(name: str) -> Iterator[Record]:
            return self._near(name, whose, context)

        whose = FileWhose(self._datamap, self.ownership, self._all, context, near)
        return whose

    def _near(self, name: str, whose: FileWhose, context: Context) -> Iterator[Record]:
        yield from self._read(name, wanted_of(self.ownership, whose, name, context))

    def _all(self, name: str) -> Iterator[Record]:
        yield from self._read(name, None)

    def _read(self, name: str, wanted: Wanted) -> Iterator[Record]:
        for batch in self._batches(name, wanted):
            for values in batch.to_pylist():
                yield Record(values)

    def _batches(self, name: str, wanted: Wanted) -> Iterator[Any]:
        with naming(f"{self.dataset}.{name}"):
            for scanned in self._tables.scan(name, wanted):
                yield scanned.batch


def _columns(schema: Any) -> tuple[Column, ...]:  # noqa: ANN401 - of Arrow
    return tuple(
        Column(path, cast("Kind", kind_of_type(kind))) for path, kind in leaf_fields(schema)
    )
