"""
Ownership of rows: the data map's relations laid over the declared foreign keys. Pure.

A row belongs to the people it can be traced to over owning ties, and to nobody else. From K9db
(OSDI 2023): *owned_by* and *accessed_by* follow the foreign key from the row to the person, *owns*
and *accesses* follow it from the row that points to the row pointed at. Following every key, as a
closure does, takes a neighbour's home for one's own because a parcel once went there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from msgspec.structs import replace

from privacykit.govern.datamap import Collection, DataMap, Field
from privacykit.govern.datamap.parse import resolve_reference
from privacykit.govern.datamap.schema import ForeignKey, Table
from privacykit.govern.erasure.derived import conditional_rules, with_derived
from privacykit.govern.identity.doubts.whose_field import with_about
from privacykit.govern.identity.types import WEAK_IDENTITIES
from privacykit.govern.words import ErasureStrategy, Relation

OWNING = frozenset({Relation.OWNED_BY, Relation.OWNS})
POINTING_UP = frozenset({Relation.OWNED_BY, Relation.ACCESSED_BY})


@dataclass(frozen=True, slots=True)
class OwnershipLink:
    """
    What ties a row of one collection to the row that says whose it is.

    Attributes:
        columns: Columns of this collection.
        other: The collection that says whose the row is.
        other_columns: Its columns, equal to *columns* where the rows are tied.
        owns: Whether the tie makes an owner; else it only gives a view.
        points: Whether this row points at the other; else the other points at this one.
        detach: Whether erasure may empty *columns* to cut the tie.
    """

    columns: tuple[str, ...]
    other: str
    other_columns: tuple[str, ...]
    owns: bool
    points: bool
    detach: bool = False


@dataclass(frozen=True)
class Ownership:
    """
    The ties of one dataset.

    Attributes:
        dataset: Its name.
        collections: What the map says, by name.
        tables: What is there, by name, foreign keys that only the map declares included.
        missing: Relations without a declared foreign key: ``(collection, columns)``.
    """

    dataset: str
    collections: Mapping[str, Collection]
    tables: Mapping[str, Table]
    ties: Mapping[str, tuple[OwnershipLink, ...]]
    missing: tuple[tuple[str, tuple[str, ...]], ...] = ()
    _shared: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    def key(self, collection: str) -> tuple[str, ...]:
        """Return the columns that name a row: the map's word, else the primary key; or nothing."""
        return self.collections[collection].key or self.tables[collection].key

    def owners(self, collection: str) -> tuple[OwnershipLink, ...]:
        """Return the ties that make an owner."""
        return tuple(tie for tie in self.ties[collection] if tie.owns)

    def identity_fields(self, collection: str) -> dict[str, Field]:
        """Return the columns whose values find a person."""
        fields = self.collections[collection].fields
        return {
            name: item
            for name, item in fields.items()
            if item.identity and item.identity not in WEAK_IDENTITIES
        }

    def identified(self, collection: str) -> bool:
        """Say whether a row of *collection* can be found by an identity."""
        return bool(self.identity_fields(collection) or self.collections[collection].identities)

    def incoming(self, collection: str) -> list[tuple[str, ForeignKey]]:
        """Return every foreign key that points at *collection*, mapped or not, with its table."""
        return [
            (table.name, key)
            for table in self.tables.values()
            for key in table.foreign_keys
            if key.target == collection
        ]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The mapped collections, those that point at others first; loops are cut somewhere."""
        waiting = dict.fromkeys(name for name in self.collections if name in self.tables)
        done: list[str] = []
        while waiting:
            # A loop: begin where only the loop points, by no hard key if there is such a place.
            ways = (self._pointers, self._fixed, self._outer)
            found = ([name for name in waiting if not way(name, waiting)] for way in ways)
            name = next((names[0] for names in found if names), next(iter(waiting)))
            done.append(name)
            del waiting[name]
        return tuple(done)

    def _pointers(self, name: str, among: Mapping[str, None]) -> list[tuple[str, ForeignKey]]:
        keys = self.incoming(name)
        return [(source, key) for source, key in keys if source in among and source != name]

    def _fixed(self, name: str, among: Mapping[str, None]) -> bool:
        """Say whether a key from outside its loop, or one that is never empty, points at *name*."""
        keys = self._pointers(name, among)
        return self._outer(name, among) or any(not self.nullable(s, key) for s, key in keys)

    def _outer(self, name: str, among: Mapping[str, None]) -> bool:
        """Say whether a key from outside its loop points at *name*."""
        return any(not self.in_loop(source, key) for source, key in self._pointers(name, among))

    def nullable(self, collection: str, key: ForeignKey) -> bool:
        """Say whether some column of *key* may be empty, so that the link can be cut."""
        return bool(self.tables[collection].cuttable(key.columns))

    def in_loop(self, collection: str, key: ForeignKey, *, hard: bool = False) -> bool:
        """
        Say whether *key* leads, over declared keys, back to its own collection.

        Args:
            collection: Where the key is.
            key: The key.
            hard: Whether to follow only keys that may never be empty.
        """
        seen, waiting = set[str](), [key.target]
        while waiting:
            name = waiting.pop()
            if name == collection:
                return True
            if name not in seen and name in self.tables:
                seen.add(name)
                keys = self.tables[name].foreign_keys
                waiting += [k.target for k in keys if not (hard and self.nullable(name, k))]
        return False

    def deferred(self, collection: str, key: ForeignKey) -> bool:
        """Say whether *key*, of a loop, never empty, may be looked at when a transaction ends."""
        hard = key.deferrable and not self.nullable(collection, key)
        return hard and self.in_loop(collection, key, hard=True)

    def may_detach(self, collection: str, key: ForeignKey) -> bool:
        """Say whether the map lets erasure of the row pointed at empty *key*."""
        mapped = self.collections.get(collection)
        if mapped is None or not self.nullable(collection, key):
            return False
        if any(detach and columns == key.columns for _, columns, detach in _relations(mapped)):
            return True
        fields = [mapped.fields.get(name) for name in key.columns]
        return any(item is not None and item.erase is ErasureStrategy.DETACH for item in fields)

    def only_through(self, collection: str, key: ForeignKey) -> bool:
        """Say whether *key* is what makes rows of *collection* somebody's, and the only thing."""
        owners = self.owners(collection)
        return len(owners) == 1 and owners[0].points and owners[0].columns == key.columns

    def may_be_shared(self, collection: str) -> bool:
        """Say whether a row of *collection* can have two owners at once."""
        if collection not in self._shared:
            self._shared[collection] = True  # a loop of owners: the careful answer
            self._shared[collection] = self._can_share(collection)
        return self._shared[collection]

    def _can_share(self, collection: str) -> bool:
        owners = self.owners(collection)
        if self.collections[collection].subject:
            return bool(owners)
        if len(owners) > 1 or any(not tie.points for tie in owners):
            return True
        if any(self.may_be_shared(tie.other) for tie in owners if tie.other != collection):
            return True
        types = [item.identity for item in self.identity_fields(collection).values()]
        return not owners and len(set(types)) < len(types)

    def may_be_accessed(self, collection: str, _above: frozenset[str] = frozenset()) -> bool:
        """Say whether a row can be somebody's to see without being theirs."""
        if collection in _above:
            return False
        ties, above = self.ties[collection], _above | {collection}
        if any(not tie.owns for tie in ties):
            return True
        if self.identified(collection) and self.owners(collection):
            return True
        return any(self.may_be_accessed(tie.other, above) for tie in ties)

    def reachable(self, collection: str, _above: frozenset[str] = frozenset()) -> bool:
        """Say whether any path leads from a row to a person."""
        if collection in _above or collection not in self.collections:
            return False
        if self.identified(collection):
            return True
        above = _above | {collection}
        return any(self.reachable(tie.other, above) for tie in self.ties[collection])


def build_ownership(datamap: DataMap, dataset: str, tables: Sequence[Table]) -> Ownership:
    """
    Lay the relations of *dataset* over the foreign keys of *tables*.

    Args:
        datamap: The data map.
        dataset: Which of its datasets.
        tables: What is really there.

    Returns:
        The ties. A relation without a declared key makes none and is listed as missing; nothing
        is joined by the look of a name.
    """
    mapped = datamap.of(dataset)
    collections = {name: _linked(datamap, dataset, item) for name, item in mapped.items()}
    by_name = {table.name: _with_references(datamap, dataset, table) for table in tables}
    for name, collection in collections.items():
        if name in by_name:
            by_name[name] = with_derived(collection, by_name[name], by_name)
    ties: dict[str, list[OwnershipLink]] = {name: [] for name in collections}
    missing: list[tuple[str, tuple[str, ...]]] = []
    for name, collection in collections.items():
        for relation, columns, detach in _relations(collection):
            key = _declared(by_name.get(name), columns)
            if key is None or key.target not in collections:
                missing.append((name, columns))
                continue
            _tie(ties, name, key, relation, detach)
    return Ownership(
        dataset,
        collections,
        by_name,
        {name: tuple(items) for name, items in ties.items()},
        tuple(missing),
    )


def _linked(datamap: DataMap, dataset: str, collection: Collection) -> Collection:
    """Turn references into other datasets into identities: no key joins two stores."""
    fields = {}
    for name, item in collection.fields.items():
        fields[name] = item
        if item.references:
            place, target, column = resolve_reference(datamap, dataset, item.references)
            if place != dataset:
                identity = datamap.of(place)[target].fields[column].identity
                fields[name] = item.model_copy(update={"identity": identity, "relation": None})
    return with_about(collection.model_copy(update={"fields": fields}))


def _tie(
    ties: dict[str, list[OwnershipLink]],
    name: str,
    key: ForeignKey,
    relation: Relation,
    detach: bool,
) -> None:
    owns = relation in OWNING
    if relation in POINTING_UP:
        tie = OwnershipLink(
            key.columns, key.target, key.target_columns, owns, points=True, detach=detach
        )
        ties[name].append(tie)
    else:
        ties[key.target].append(
            OwnershipLink(key.target_columns, name, key.columns, owns, points=False)
        )


def _relations(collection: Collection) -> list[tuple[Relation, tuple[str, ...], bool]]:
    single = [
        (item.relation, (name,), item.erase is ErasureStrategy.DETACH)
        for name, item in collection.fields.items()
        if item.relation
    ]
    plain = [r for r in collection.relations if not r.conditional]
    several = [(rule.kind, rule.columns, rule.detach) for rule in plain]
    derived = conditional_rules(collection)
    return single + several + [(rule.kind, names, rule.detach) for rule, names in derived]


def _declared(table: Table | None, columns: tuple[str, ...]) -> ForeignKey | None:
    keys = table.foreign_keys if table else ()
    return next((key for key in keys if set(key.columns) == set(columns)), None)


def _with_references(datamap: DataMap, dataset: str, table: Table) -> Table:
    """Add the keys that the map declares for a store that cannot, within the dataset."""
    collection = datamap.of(dataset).get(table.name)
    if collection is None:
        return table
    added = []
    for name, item in collection.fields.items():
        if item.references and _declared(table, (name,)) is None:
            place, target, column = resolve_reference(datamap, dataset, item.references)
            if place == dataset:
                added.append(ForeignKey((name,), target, (column,), "map"))
    for rule in collection.relations:
        if rule.references and not rule.conditional and _declared(table, rule.columns) is None:
            target, *columns = rule.references
            added.append(ForeignKey(rule.columns, target, tuple(columns), "map"))
    return _replaced(table, (*table.foreign_keys, *added)) if added else table


def _replaced(table: Table, keys: tuple[ForeignKey, ...]) -> Table:
    return replace(table, foreign_keys=keys)
