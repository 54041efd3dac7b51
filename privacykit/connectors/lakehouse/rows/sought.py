"""
Rows that may be a selection's, told from the columns alone: what a scan looks for. Pure.

Law of this file: no row that concerns the selection is passed over. What cannot be told from a
column (a value hidden in a list, a hash of an unknown value) makes every row one to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from privacykit.connectors.files.owned_rows import FileWhose
from privacykit.govern.datamap.field import Field
from privacykit.govern.erasure.ownership import Ownership, OwnershipLink
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.identity.equality import any_spelling, written_as
from privacykit.govern.records import Identity


class SoughtValues(msgspec.Struct, frozen=True):
    """
    Values that a column may hold in a row of interest.

    Attributes:
        column: The column or the dotted path of a field inside one.
        texts: The values as identities are written; ``None`` for any value.
        folded: Whether upper and lower case are one.
    """

    column: str
    texts: frozenset[str] | None
    folded: bool = False

    def __repr__(self) -> str:
        return f"<SoughtValues {self.column}>"


Wanted = tuple[SoughtValues, ...] | None
"""A row is looked at when one of these fits; ``None`` is every row, the empty tuple no row."""


def wanted_of(ownership: Ownership, whose: FileWhose, name: str, context: Context) -> Wanted:
    """
    Return what rows of *name* that concern the selection have in their columns.

    Args:
        ownership: The dataset's ties.
        whose: Knows the keys of the person's rows.
        name: The collection.
        context: Whose or which rows.
    """
    selection = context.selection
    if not isinstance(selection, Subject):
        return None
    found = list(_identified(ownership, name, selection))
    found += [_tied(whose, tie) for tie in ownership.ties[name]]
    return together([tuple(found)])


def _identified(ownership: Ownership, name: str, subject: Subject) -> Iterator[SoughtValues]:
    for column, field in ownership.identity_fields(name).items():
        yield _written(column, field, subject.identities)
    for composite in ownership.collections[name].identities:
        part, column = next(iter(composite.parts.items()))
        of_type = [dict(it.parts) for it in subject.identities if it.type == composite.type]
        texts = frozenset(parts[part] for parts in of_type if part in parts)
        yield SoughtValues(column, texts)


def _written(column: str, field: Field, identities: Sequence[Identity]) -> SoughtValues:
    texts: set[str] = set()
    for identity in identities:
        if identity.type != field.identity or identity.parts:
            continue
        if identity.format != "raw" and field.format == "raw":
            # Whose the hash is only a look at each value can tell.
            return SoughtValues(column, None)
        texts.update(written_as(identity, field.format))
    if any_spelling(field):
        return SoughtValues(column, None)
    return SoughtValues(column, frozenset(texts), field.match == "ignore-case")


def _tied(whose: FileWhose, tie: OwnershipLink) -> SoughtValues:
    return SoughtValues(tie.columns[0], frozenset(key[0] for key in whose.keys_of(tie)))


def together(each: Iterable[Wanted]) -> Wanted:
    """Return what finds every row that one of *each* finds."""
    texts: dict[tuple[str, bool], frozenset[str] | None] = {}
    for wanted in each:
        if wanted is None:
            return None
        for one in wanted:
            place = one.column, one.folded
            before = texts.get(place, frozenset())
            whole = one.texts is None or before is None
            texts[place] = None if whole else (before or frozenset()) | (one.texts or frozenset())
    return tuple(
        SoughtValues(column, found, folded)
        for (column, folded), found in texts.items()
        if found is None or found
    )


def covers(gathered: Wanted, wanted: Wanted) -> bool:
    """Say whether every row that *wanted* fits is among those that *gathered* fits."""
    if gathered is None:
        return True
    if wanted is None:
        return False
    known = {(one.column, one.folded): one.texts for one in gathered}
    for one in wanted:
        place = one.column, one.folded
        have = known.get(place, frozenset())
        if have is not None and (one.texts is None or not one.texts <= have):
            return False
    return True
