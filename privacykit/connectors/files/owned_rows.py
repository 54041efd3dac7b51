"""
The ownership of rows in files: the same rules as for SQL, worked out in memory. Pure but for reads.

Files declare no keys: ties come from ``references`` in the map. What is remembered is the person's
own keys, never everybody's.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any

from privacykit.connectors.files.conditions import meets
from privacykit.connectors.files.held_rows import HeldRows
from privacykit.connectors.files.record import Record, key_in, value_at
from privacykit.connectors.moments import period_end
from privacykit.govern.datamap import DataMap, Field, KeepRule
from privacykit.govern.datamap.schema import ForeignKey
from privacykit.govern.erasure.ownership import Ownership, OwnershipLink
from privacykit.govern.erasure.ports.connector import Context, Subject, Where
from privacykit.govern.erasure.treatment import (
    ACCESSED,
    BY_LAW,
    HELD,
    NAMED,
    OWN,
    REFERENCED,
    SHARED,
    law_needs,
    loses_key,
)
from privacykit.govern.identity.equality import matches, text_of
from privacykit.govern.identity.usable import why_unusable
from privacykit.govern.records import Identity
from privacykit.govern.words import ErasureStrategy

Values = Mapping[str, Any]
FoundRow = frozenset[tuple[str, ...]]


class FileWhose:
    """
    Says of rows in files whose they are.

    Args:
        datamap: The data map.
        ownership: The dataset's ties.
        read: Yields every row of a collection.
        context: Whose rows, which holds.
        near: Yields, of a collection, at least the rows that the selection owns; else all are read.
    """

    def __init__(
        self,
        datamap: DataMap,
        ownership: Ownership,
        read: Callable[[str], Iterator[Record]],
        context: Context,
        near: Callable[[str], Iterator[Record]] | None = None,
    ) -> None:
        self._datamap = datamap
        self._ownership = ownership
        self._read = read
        self._near = near or read
        self._context = context
        self.holds = HeldRows(ownership, read, context.holds)
        selection = context.selection
        self._where = selection if isinstance(selection, Where) else None
        subject = selection if isinstance(selection, Subject) else Subject(())
        self._identities = subject.identities
        self._known = (*subject.identities, *subject.known)
        self._mine: dict[tuple[str, tuple[str, ...], bool], FoundRow] = {}
        self._stay: dict[tuple[str, tuple[str, ...]], FoundRow] = {}
        known = ownership.tables.keys() & ownership.collections.keys()
        self._law = {
            (name, kind) for name in known for kind in BY_LAW if law_needs(ownership, name, kind)
        }
        self._by_name: dict[str, Mapping[str, Field]] = {}

    def kind(self, name: str, values: Values) -> str | None:
        """Return the class of a row, or ``None`` when it does not concern the selection."""
        if not self.found(name, values):
            return None
        if self._is_held(name, values):
            return HELD
        if self._where is None and not self.owned(name, values):
            subject = self._ownership.collections[name].subject
            if subject and self.identified(name, values):
                return NAMED
            return self._by_law(ACCESSED, name, values)
        if self.others(name, values):
            return self._by_law(SHARED, name, values)
        kept = next(self._kept(name, values), None)
        return kept or (REFERENCED if self._is_needed(name, values) else OWN)

    def _is_held(self, name: str, values: Values) -> bool:
        """Say that a hold keeps the whole row; of what that points at, retention alone does."""
        if self._where is None or self._where.then is not ErasureStrategy.DELETE:
            return self.holds.named(name, values)
        return self.holds.kept(name, values)

    def _by_law(self, kind: str, name: str, values: Values) -> str:
        """Return the class of somebody else's row, where a law may need what would be cut."""
        needed = (name, kind) in self._law and next(self._kept(name, values), None)
        return BY_LAW[kind] if needed else kind

    def _is_needed(self, name: str, values: Values) -> bool:
        """
        Say that a row which stays points at this one.

        In an erasure by any key, as in a database: what a law keeps of a person tells nothing
        without the row it points at. Retention minds the keys that the store does.
        """
        if self._where is not None and self._where.then is not ErasureStrategy.DELETE:
            return False
        for source, key in self._ownership.incoming(name):
            stays: Callable[[str, ForeignKey], Container[object]] = self._staying
            if key.declared_by != "store" and self._where is not None:
                continue
            if self._where is None and self._ownership.may_detach(source, key):
                stays = self.holds.keys_of  # what a hold lies on lets go of nothing
            if key_in(values, key.target_columns) in stays(source, key):
                return True
        return False

    def _staying(self, name: str, key: ForeignKey) -> FoundRow:
        """Return what stands in *key* of rows that stay with it, the person's or not."""
        place, target = (name, key.columns), (key.target, key.target_columns)
        if place not in self._stay:
            self._stay[place] = frozenset()  # rows that point at one another: the store decides
            keys = (
                found
                for record in self._pointing(name, key)
                if (found := key_in(record.values, key.columns)) is not None
                and (self._where is not None or found in self._keys(*target, shared=False))
                and not self._lets_go(name, key, record.values)
            )
            self._stay[place] = frozenset(keys)
        return self._stay[place]

    def _pointing(self, name: str, key: ForeignKey) -> Iterator[Record]:
        """Yield the rows that may point at the person's: only theirs where the key says so."""
        mapped = name in self._ownership.collections and self._where is None
        theirs = mapped and self._ownership.only_through(name, key)
        return self._near(name) if theirs else self._read(name)

    def _lets_go(self, name: str, key: ForeignKey, values: Values) -> bool:
        """Say that the row goes, or loses the key before the row goes that it points at."""
        mapped = self._ownership.collections.get(name)
        if self._where is not None or mapped is None:
            return False
        kind = self.kind(name, values)
        if kind == OWN and mapped.erase == "delete":
            return True
        if kind is None or self._ownership.in_loop(name, key):
            return False
        return loses_key(self._ownership, name, key.columns, kind)

    def found(self, name: str, values: Values) -> bool:
        """Say that the row is the selection's, to own or only to see."""
        if self._where is not None:
            chosen = self._where.collection == name
            return chosen and meets(values, self._where.conditions)
        if self.owned(name, values) or self.identified(name, values):
            return True
        return any(self.tied(tie, values) for tie in self._ownership.ties[name] if not tie.owns)

    def owned(self, name: str, values: Values) -> bool:
        """Say that the row has the person for an owner."""
        if self._where is not None:
            return self.found(name, values)
        owners = self._ownership.owners(name)
        if any(self.tied(tie, values) for tie in owners):
            return True
        named = [tie for tie in owners if tie.points and key_in(values, tie.columns) is not None]
        return not named and self.identified(name, values)

    def others(self, name: str, values: Values) -> bool:
        """Say that the row has an owner who is not the person."""
        if self._where is not None:
            return False
        owners = self._ownership.owners(name)
        if not owners:
            return any(
                _names_somebody(field, value_at(values, column))
                and not self.in_column(name, column, values)
                for column, field in self._fields(name).items()
                if any(identity.type == field.identity for identity in self._known)
            )
        return any(self._strange(tie, values) for tie in owners)

    def ownerless(self, name: str, values: Values) -> bool:
        """Say that a row known by rows that point at it is known by nobody any more, and free."""
        known_by = any(not tie.points for tie in self._ownership.owners(name))
        kept = self.holds.kept(name, values) or any(True for _ in self._kept(name, values))
        return known_by and not kept and not self.others(name, values)

    def _strange(self, tie: OwnershipLink, values: Values) -> bool:
        key = key_in(values, tie.columns)
        if key is None:
            return False
        if tie.points:
            return key not in self._keys(tie.other, tie.other_columns, shared=False)
        return key in self._keys(tie.other, tie.other_columns, shared=True)

    def tied(self, tie: OwnershipLink, values: Values) -> bool:
        """Say that *tie* leads from the row to one that the person owns."""
        key = key_in(values, tie.columns)
        return key is not None and key in self._keys(tie.other, tie.other_columns, shared=False)

    def keys_of(self, tie: OwnershipLink) -> FoundRow:
        """Return the keys of rows that the person owns and to which *tie* leads."""
        return self._keys(tie.other, tie.other_columns, shared=False)

    def _keys(self, name: str, columns: tuple[str, ...], *, shared: bool) -> FoundRow:
        """Return what stands in *columns* of rows that are the person's, or (shared) are not."""
        place = (name, columns, shared)
        if place not in self._mine:
            self._mine[place] = frozenset()  # rows that own one another: the second look finds none
            found = set()
            for record in self._read(name) if shared else self._near(name):
                key = key_in(record.values, columns)
                if key is None:
                    continue
                mine = self.owned(name, record.values) and not self.others(name, record.values)
                if self.owned(name, record.values) if not shared else not mine:
                    found.add(key)
            self._mine[place] = frozenset(found)
        return self._mine[place]

    def _fields(self, name: str) -> Mapping[str, Field]:
        found = self._by_name.get(name)
        if found is None:
            found = self._by_name[name] = self._ownership.identity_fields(name)
        return found

    # -- identities ----------------------------------------------------------------------------

    def identified(self, name: str, values: Values) -> bool:
        """Say that an identity which finds the person stands in the row."""
        fields = self._fields(name)
        if any(_stands(self._identities, fields[c], value_at(values, c)) for c in fields):
            return True
        return any(
            _composite(composite.parts, identity, values)
            for composite in self._ownership.collections[name].identities
            for identity in self._identities
            if identity.type == composite.type
        )

    def in_column(self, name: str, column: str, values: Values) -> bool:
        """Say that a value of the person stands in *column*."""
        field = self._fields(name)[column]
        return _stands(self._known, field, value_at(values, column))

    # -- what keeps a row ----------------------------------------------------------------------

    def _kept(self, name: str, values: Values) -> Iterator[str]:
        if self._where is not None:
            return
        for rule in self._ownership.collections[name].keep:
            if meets(values, rule.where) and self._lasts(rule, values):
                with_kept = not rule.with_ or self._with_kept(name, rule, values)
                if with_kept:
                    yield rule.reason

    def _lasts(self, rule: KeepRule, values: Values) -> bool:
        duration = self._datamap.reasons[rule.reason].duration
        if not rule.from_ or duration is None:
            return True
        end = period_end(value_at(values, rule.from_))
        return end is None or end > duration.before(self._context.now)  # undated: nobody can say

    def _with_kept(self, name: str, rule: KeepRule, values: Values) -> bool:
        keys = self._ownership.tables[name].foreign_keys
        key = next((item for item in keys if set(item.columns) == set(rule.with_)), None)
        if key is None or key.target not in self._ownership.collections or key.target == name:
            return True
        wanted = key_in(values, key.columns)
        return any(
            key_in(record.values, key.target_columns) == wanted
            and rule.reason in self._kept(key.target, record.values)
            for record in self._read(key.target)
        )


def _stands(identities: Sequence[Identity], field: Field, value: Any) -> bool:  # noqa: ANN401
    text = text_of(value)
    return text is not None and any(matches(identity, field, text) for identity in identities)


def _names_somebody(field: Field, value: Any) -> bool:  # noqa: ANN401 - a value
    text = text_of(value)
    return text is not None and why_unusable(field.identity or "", text, field.format) is None


def _composite(parts: Mapping[str, str], identity: Identity, values: Values) -> bool:
    given = dict(identity.parts)
    same = given.keys() == parts.keys()
    return same and all(text_of(value_at(values, parts[name])) == given[name] for name in parts)
