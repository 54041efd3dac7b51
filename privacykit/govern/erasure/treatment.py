"""
The treatment of a row and of its fields, by the class of the row. Pure.

.. code-block:: text

    class        what it is                                         what becomes of it
    held         a hold lies on it                                  nothing
    named        it is the person, and somebody else owns it        what speaks of the person goes
    accessed     the person sees it, somebody else owns it          what names the person goes
    accessed_kept
                 the same, and a law needs what names the person    what it does not need goes
    shared       somebody else owns it too                          detached from the person
    shared_kept  the same, and a law needs what would be cut        what it does not need goes
    (a reason)   a law wants it kept                                fields not needed are treated
    referenced   a row that stays points at it                      every personal field is treated
    own          the person's alone                                 deleted, or its fields treated
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from privacykit.govern.datamap import Collection, Field
from privacykit.govern.datamap.schema import Column, Table
from privacykit.govern.erasure.derived import real_columns
from privacykit.govern.erasure.ownership import Ownership, OwnershipLink
from privacykit.govern.identity.types import teaches
from privacykit.govern.words import Action, ErasureStrategy

HELD, ACCESSED, SHARED, REFERENCED, OWN = "held", "accessed", "shared", "referenced", "own"
NAMED = "named"
ACCESSED_KEPT, SHARED_KEPT = "accessed_kept", "shared_kept"
BY_LAW = {ACCESSED: ACCESSED_KEPT, SHARED: SHARED_KEPT}
"""What becomes of a class where a law that keeps the row needs what would be cut."""
SEEN = frozenset({ACCESSED, ACCESSED_KEPT})
"""Rows that the person only sees: somebody else's."""
CO_OWNED = frozenset({SHARED, SHARED_KEPT})
"""Rows of the person's that are somebody else's too."""
LEFT_ALONE = frozenset({HELD, *SEEN, *CO_OWNED, NAMED})
SOMEBODYS = SEEN | CO_OWNED
"""Rows that stay since they are somebody else's, whatever is cut off them."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """
    What is written into one field.

    Attributes:
        column: The field.
        strategy: How.
        to: The strategy's parameter.
    """

    column: Column
    strategy: ErasureStrategy
    to: str | int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """
    How a row that stays is cut loose from the person.

    Attributes:
        tie: The tie that leads to the person; ``None`` where an identity in the row does.
        changes: What is written: the tie's columns emptied, fields about the person treated.
        is_person: Whether the row itself is the person, so that no tie has to lead there.
    """

    tie: OwnershipLink | None
    changes: tuple[FieldChange, ...]
    is_person: bool = False


def treat(
    ownership: Ownership, collection: str, kind: str
) -> tuple[Action, tuple[FieldChange, ...]]:
    """
    Say what becomes of rows of *kind* and, where they are changed, of which fields.

    Args:
        ownership: The dataset's ties.
        collection: The collection.
        kind: The class of the row, a reason's name included.
    """
    mapped = ownership.collections[collection]
    if kind == HELD:
        return Action.KEEP, ()
    if kind in LEFT_ALONE:
        cuts = cuts_of(ownership, collection, kind)
        changes = tuple(change for cut in cuts for change in cut.changes)
        return (Action.DETACH if changes else Action.KEEP), changes
    if kind == OWN and mapped.erase == "delete":
        return Action.DELETE, ()
    reason = kind if kind not in {OWN, REFERENCED} else None
    pointed_at = _pointed_at(ownership, collection) if kind == REFERENCED else frozenset()
    changes = _changes(ownership, collection, reason, pointed_at)
    return (Action.CHANGE if changes else Action.KEEP), changes


def cuts_of(ownership: Ownership, collection: str, kind: str) -> tuple[Cut, ...]:
    """
    Return how rows of *kind* are cut loose, tie by tie.

    A co-owned row loses its key to the person wherever that may be empty; where a law keeps the
    row, as in a row of the person's alone, only where the map says so. A row that the person only
    sees is somebody else's: its key is emptied only where the map says ``detach``, and what
    names the person goes unless the map says ``keep``, or a law that keeps the row needs the field.
    A row that is the person loses all that speaks of them; the keys to its owners, and what is
    about those, stay.
    """
    found = []
    if kind == NAMED:
        changes = _changes(ownership, collection, None)
        fields = ownership.collections[collection].fields
        theirs = tuple(change for change in changes if not fields[change.column.name].about)
        return (Cut(None, theirs, is_person=True),) if theirs else ()
    for tie in ownership.ties[collection]:
        if not tie.points or tie.other == collection:
            continue  # what contains a row is not the person
        if kind in SEEN and tie.owns:
            continue  # it leads to the row's owner, who is somebody else
        cut = tie.detach or (kind == SHARED and tie.owns) or _is_emptied(ownership, collection, tie)
        changes = _emptied(ownership.tables[collection], tie) if cut else ()
        named = real_columns(ownership.tables[collection], tie.columns)
        changes += _told_of(ownership, collection, named)
        if changes:
            found.append(Cut(tie, changes))
    found += _identities(ownership, collection, kind)
    by_law = kind in BY_LAW.values()
    return tuple(_unneeded(ownership, collection, found) if by_law else found)


def explains(ownership: Ownership, collection: str, kind: str, column: str) -> bool:
    """
    Say whether the class of a row is why a value of the person may still stand in *column*.

    A hold and a law are, where they keep the field. That the row is somebody else's is none: who
    looks into it finds the person, unless the map says that the field is kept.
    """
    if kind == OWN:
        return False
    if kind == HELD:
        return True
    if kind in {NAMED, *BY_LAW}:
        field = ownership.collections[collection].fields.get(column)
        return field is not None and field.erase is ErasureStrategy.KEEP
    changes = treat(ownership, collection, kind)[1]
    return not any(column in {it.column.name, it.column.of} for it in changes)


def law_needs(ownership: Ownership, collection: str, kind: str) -> bool:
    """Say whether a law that keeps a row of *kind* may need what would be cut off it."""
    if not ownership.collections[collection].keep:
        return False
    kept = cuts_of(ownership, collection, BY_LAW[kind])
    return kept != cuts_of(ownership, collection, kind)


def _is_emptied(ownership: Ownership, collection: str, tie: OwnershipLink) -> bool:
    """Say that the map itself lets an owning key go, in whatever row."""
    fields = ownership.collections[collection].fields
    named = [fields[column] for column in tie.columns if column in fields]
    said = (field.erase for field in named if field.erase)
    return tie.owns and any(word is not ErasureStrategy.KEEP for word in said)


def _unneeded(ownership: Ownership, collection: str, cuts: Sequence[Cut]) -> Iterator[Cut]:
    """Yield *cuts* without fields that a law needs which keeps rows of the collection."""
    fields = ownership.collections[collection].fields
    needed = {name for name, field in fields.items() if field.keep}
    for cut in cuts:
        changes = tuple(it for it in cut.changes if it.column.name not in needed)
        if changes:
            yield replace(cut, changes=changes)


def _identities(ownership: Ownership, collection: str, kind: str) -> Iterator[Cut]:
    """
    A value of the person in a row that stays somebody else's: treated where that is said or safe.

    What is one person's own is the person's in whatever row. In a row of several people that no
    key makes theirs, such a value is all that does: it goes, of whatever type.
    """
    table = ownership.tables[collection]
    alone = kind in CO_OWNED and not ownership.owners(collection)
    for name, field in ownership.identity_fields(collection).items():
        if field.about or name in ownership.key(collection):
            continue
        if field.erase or alone or teaches(field):
            change = _change(table, name, field)
            if change is not None and change.strategy is not ErasureStrategy.KEEP:
                yield Cut(None, (change, *_told_of(ownership, collection, (name,))))


def cuts_key(
    ownership: Ownership, collection: str, columns: tuple[str, ...], kind: str = SHARED
) -> bool:
    """Say whether a row that the person shares loses its key *columns* to them."""
    return any(
        cut.tie is not None
        and cut.tie.owns
        and cut.tie.columns == columns
        and any(change.column.name in columns for change in cut.changes)
        for cut in cuts_of(ownership, collection, kind)
    )


def loses_key(ownership: Ownership, collection: str, columns: tuple[str, ...], kind: str) -> bool:
    """Say whether a row of *kind* that stays lets go of its key *columns*, as they are emptied."""
    if kind in CO_OWNED:
        return cuts_key(ownership, collection, columns, kind)
    changes = () if kind in LEFT_ALONE else treat(ownership, collection, kind)[1]
    return any(
        change.column.name in columns and change.strategy is ErasureStrategy.NULL
        for change in changes
    )


def _emptied(table: Table, tie: OwnershipLink) -> tuple[FieldChange, ...]:
    free = table.cuttable(tie.columns)
    return tuple(FieldChange(c, ErasureStrategy.NULL) for c in free if not c.generated)


def _told_of(ownership: Ownership, name: str, named: Container[str]) -> tuple[FieldChange, ...]:
    """Return the changes of fields that speak of whom the columns *named* name."""
    fields, table = ownership.collections[name].fields, ownership.tables[name]
    told = (_change(table, it, field) for it, field in fields.items() if field.about in named)
    return tuple(change for change in told if change is not None)


def _pointed_at(ownership: Ownership, collection: str) -> frozenset[str]:
    """Return the columns by which rows are pointed at, of a store that has no primary keys."""
    bare = not ownership.tables[collection].key
    keys = (k for _, k in ownership.incoming(collection) if bare or k.declared_by == "map")
    return frozenset(name for key in keys for name in key.target_columns)


def _changes(
    ownership: Ownership,
    collection: str,
    reason: str | None,
    pointed_at: frozenset[str] = frozenset(),
) -> tuple[FieldChange, ...]:
    mapped, table = ownership.collections[collection], ownership.tables[collection]
    fixed = structure(ownership, collection) | pointed_at
    changes = []
    for name, field in mapped.fields.items():
        if field.keep if reason is None else reason in field.keep:
            continue
        # In a row that a law keeps, a field without a word stays: the check demands that word.
        silent = field.erase is None and (reason is not None or name in fixed or not field.personal)
        if silent or field.erase in {ErasureStrategy.KEEP, ErasureStrategy.DETACH}:
            continue
        change = _change(table, name, field)
        if change is not None:
            changes.append(change)
    # A document that is erased as a whole needs nothing done inside it.
    whole = {change.column.name for change in changes}
    return tuple(change for change in changes if change.column.of not in whole)


def structure(ownership: Ownership, collection: str) -> frozenset[str]:
    """Return the columns that hold rows together: the key and the keys to other rows."""
    table = ownership.tables[collection]
    foreign = {n for key in table.foreign_keys for n in real_columns(table, key.columns)}
    return frozenset(ownership.key(collection)) | foreign


def _change(table: Table, name: str, field: Field) -> FieldChange | None:
    column = table.column(name)
    if column is None or column.generated:
        return None  # what the store computes follows from what it is computed of
    return FieldChange(column, field.erase or fallback(table, column), field.to)


def fallback(table: Table, column: Column) -> ErasureStrategy:
    """Return the strategy for a personal field that the map gives none: the strongest that fits."""
    if column.nullable:
        return ErasureStrategy.NULL
    if any(column.name in unique for unique in table.uniques) and column.kind == "text":
        return ErasureStrategy.RANDOM
    return ErasureStrategy.MASK


def undecided(ownership: Ownership, collection: str) -> tuple[str, ...]:
    """Return the personal fields of rows that a law keeps of which the map does not say a word."""
    mapped: Collection = ownership.collections[collection]
    fixed = structure(ownership, collection) if collection in ownership.tables else frozenset()
    return tuple(
        name
        for name, field in mapped.fields.items()
        if mapped.keep
        and field.personal
        and not field.erase
        and not field.keep
        and name not in fixed
    )
