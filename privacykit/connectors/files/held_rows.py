"""
Rows in files that a hold keeps: those it names, and those that they point at. Pure but for reads.

A row on which a hold lies tells nothing without the person, the order, the address it points at: a
database refuses to take those away, and a file would not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from privacykit.connectors.files.conditions import meets
from privacykit.connectors.files.record import Record, key_in
from privacykit.govern.datamap.schema import ForeignKey
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.records import Hold

Values = Mapping[str, Any]
_HeldKeys = dict[tuple[str, tuple[str, ...]], set[tuple[str, ...]]]


class HeldRows:
    """
    Says of rows in files whether a hold keeps them.

    Args:
        ownership: The dataset's ties.
        read: Yields every row of a collection.
        holds: All holds, those of other datasets and released ones included.
    """

    def __init__(
        self,
        ownership: Ownership,
        read: Callable[[str], Iterator[Record]],
        holds: Sequence[Hold],
    ) -> None:
        self._ownership = ownership
        self._read = read
        of_here = (hold for hold in holds if hold.dataset == ownership.dataset)
        self._holds = [hold for hold in of_here if hold.released_at is None]
        self._named: dict[tuple[str, tuple[str, ...]], frozenset[tuple[str, ...]]] = {}

    def named(self, name: str, values: Values) -> bool:
        """Say that a hold lies on the row itself."""
        return any(
            hold.collection in {name, "*"} and meets(values, hold.where) for hold in self._holds
        )

    def kept(self, name: str, values: Values) -> bool:
        """Say that a hold lies on the row, or on one that leads to it, whoever's that is."""
        return self.named(name, values) or self._is_among(self._held_keys, name, values)

    def keys_of(self, name: str, key: ForeignKey) -> frozenset[tuple[str, ...]]:
        """Return what stands in *key* of the rows of *name* on which a hold lies."""
        if (name, key.columns) not in self._named:
            rows = self._read(name) if self._holds else ()
            told = (key_in(it.values, key.columns) for it in rows if self.named(name, it.values))
            self._named[name, key.columns] = frozenset(filter(None, told))
        return self._named[name, key.columns]

    def _is_among(self, keys: _HeldKeys, name: str, values: Values) -> bool:
        return any(
            key_in(values, columns) in found
            for (target, columns), found in keys.items()
            if target == name
        )

    @cached_property
    def _held_keys(self) -> _HeldKeys:
        """What rows that stay point at, by collection and columns; asked for where holds are."""
        keys = {
            (key.target, key.target_columns): set[tuple[str, ...]]()
            for table in self._ownership.tables.values()
            for key in table.foreign_keys
        }
        # Those that point come first, so that only rows of one table after another are read anew.
        grows = bool(self._holds)
        while grows:
            grows = sum(self._follow(name, keys) for name in self._ownership.order) > 0
        return keys

    def _follow(self, name: str, keys: _HeldKeys) -> int:
        """Add to *keys* where the rows of *name* that stay point; return how many are new."""
        leading = self._ownership.tables[name].foreign_keys
        before = sum(map(len, keys.values()))
        for record in self._read(name) if leading else ():
            if self.named(name, record.values) or self._is_among(keys, name, record.values):
                for key in leading:
                    found = key_in(record.values, key.columns)
                    if found is not None:
                        keys[key.target, key.target_columns].add(found)
        return sum(map(len, keys.values())) - before
