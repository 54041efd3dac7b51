"""
Propose a data map for a schema: a first draft to read and correct, never a finished one. Pure.

It looks at names, types, foreign keys and at what detectors said of sampled values; a value itself
is neither kept nor written. What it guesses it says so. Of two guesses it takes the one that treats
more as personal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from privacykit.govern.datamap.parts import UNWRITTEN
from privacykit.govern.datamap.proposal.guessed_keys import GUESSED_KEY, with_guessed_keys
from privacykit.govern.datamap.proposal.guessed_kinds import (
    MIXED_CASE,
    PARTS,
    Guess,
    Labels,
    guess_kind,
    of_a_person,
)
from privacykit.govern.datamap.proposal.known_tables import why_excluded
from privacykit.govern.datamap.proposal.people_shape import people_among
from privacykit.govern.datamap.proposal.plain import plain
from privacykit.govern.datamap.proposal.said_in_code import NOTHING_SAID, SaidInCode
from privacykit.govern.datamap.proposal.whose_key import owning, says_whose
from privacykit.govern.datamap.schema import Column, ForeignKey, Table
from privacykit.govern.datamap.toml import commented
from privacykit.govern.identity.types import EMAIL
from privacykit.personal.categories import personal
from privacykit.personal.mark import Personal

CHECK = "guessed; check"
NOT_WHOSE = "says who had to do with it, not whose it is; owned_by where it is theirs; check"
OWN_KEY = "a number of this table's own: no other table's rows are found by it; check"
_IDENTITIES = {
    "user.contact.email": "email",
    "user.contact.phone_number": "phone_number",
    "user.account.username": "username",
}
"""Types of the identities that a marked column holds."""
CREDENTIALS = ("user.authorization.password", "user.authorization.credentials")
"""What stays out of an export: whoever gets hold of the package could sign in."""
NOTHING_FOUND = f"{UNWRITTEN}: nothing of a person was found; say why there is nothing"


def draft_map(
    dataset: str,
    url: str,
    tables: Sequence[Table],
    labels: Labels,
    told: SaidInCode = NOTHING_SAID,
) -> dict[str, Any]:
    """
    Propose a map.

    Args:
        dataset: The name to give the dataset.
        url: What to write as its address; a variable's name, never a credential.
        tables: The schema.
        labels: What detectors say of sampled values.
        told: What the application's own code says: no guess stands against it.

    Returns:
        The document, for :func:`~privacykit.govern.datamap.toml.write_toml`.
    """
    tables = [with_guessed_keys(table, tables) for table in tables]
    guesses = {table.name: _fields(table, labels, told) for table in tables}
    people = people_among(tables, guesses)
    people = (people | told.subjects) - told.excluded.keys()
    owned = _owned(tables, people, _parts(tables, people))
    held = {t.name for t in tables if any(key.target in people for key in t.foreign_keys)}
    collections: dict[str, Any] = {}
    excluded: dict[str, Any] = {}
    for table in tables:
        if table.name not in told.mapped and (why := why_excluded(table)):
            excluded[table.name] = commented(why, CHECK)
            continue
        if table.name in told.excluded:
            excluded[table.name] = told.excluded[table.name]
            continue
        fields = guesses[table.name]
        if table.name in people:
            fields = {c.name: of_a_person(c, fields[c.name]) for c in table.columns}
        ours = table.name in people or table.name in owned or table.name in told.mapped
        found = any(personal(key) for key, _, sure in fields.values() if sure)
        if not ours and not found:
            excluded[table.name] = commented(NOTHING_FOUND, CHECK)
            continue
        lines = {
            c.name: _line(table, c, fields[c.name], people, owned, labels, held)
            for c in table.columns
        }
        lines |= told.lines_of(table.name, lines)
        collections[table.name] = told.more.get(table.name, {}) | _collection(table, lines, people)
    return {
        "version": 1,
        "datasets": {dataset: {"url": {"env": url}, "excluded": excluded}},
        "collections": {dataset: collections},
    }


def _fields(table: Table, labels: Labels, told: SaidInCode) -> dict[str, Guess]:
    return {
        column.name: _marked(told.marks[table.name, column.name])
        if (table.name, column.name) in told.marks
        else guess_kind(table, column, labels)
        for column in table.columns
    }


def _marked(mark: Personal) -> Guess:
    """Return what the application's own code says of a column."""
    first = mark.categories[0]
    return first, _IDENTITIES.get(first), True


def _parts(tables: Sequence[Table], people: set[str]) -> set[str]:
    """Tables that hold a part of what is told of people, who point at it: an address."""
    targets = {key.target for table in tables if table.name in people for key in table.foreign_keys}
    return {name for name in targets - people if PARTS.fullmatch(plain(name))}


def _owned(tables: Sequence[Table], people: set[str], parts: set[str]) -> set[str]:
    """Tables that reach people over their own foreign keys, over a table between, or are a part."""
    owned: set[str] = set(parts)
    grown = True
    while grown:
        before = len(owned)
        for table in tables:
            targets = {key.target for key in table.foreign_keys}
            # Who points at an address does not live there: a shop has one, too.
            if table.name not in people and targets & (people | (owned - parts)):
                owned.add(table.name)
            if _joins(table, people):
                # What people are tied to is theirs where it tells of them; a group is not.
                owned |= {name for name in targets - people if PARTS.fullmatch(plain(name))}
        grown = len(owned) > before
    return owned


def _joins(table: Table, people: set[str]) -> bool:
    """Say whether the table only ties people to something: two keys make its own."""
    keys = {column for key in table.foreign_keys for column in key.columns}
    targets = {key.target for key in table.foreign_keys}
    return (
        bool(table.key) and set(table.key) <= keys and bool(targets & people) and len(targets) > 1
    )


def _line(
    table: Table,
    column: Column,
    guess: Guess,
    people: set[str],
    owned: set[str],
    labels: Labels,
    held: set[str],
) -> dict[str, Any] | str:
    category, identity, sure = guess
    for key in table.foreign_keys:
        if key.columns == (column.name,):
            return _reference(table, column, key, people, owned, held)
    if table.key == (column.name,) and not identity:
        if table.name not in people:
            return "system.operations"
        own = commented(f"{table.name}.{column.name}", OWN_KEY)
        return {"category": "user.unique_id", "identity": own}
    written = category if sure else commented(category, CHECK)
    if not identity and category.startswith(CREDENTIALS):
        return {"category": written, "withhold": commented("opens an account", CHECK)}
    if not identity:
        return written
    line: dict[str, Any] = {"category": written, "identity": identity}
    if identity == EMAIL and labels(table.name, column.name).get(MIXED_CASE, 0):
        line["match"] = commented("ignore-case", "addresses in capitals were seen; index lower()")
    return line


def _reference(
    table: Table,
    column: Column,
    key: ForeignKey,
    people: set[str],
    owned: set[str],
    held: set[str],
) -> dict[str, Any] | str:
    place = f"{key.target}.{key.target_columns[0]}"
    guessed = {"references": commented(place, GUESSED_KEY)} if key.declared_by == "map" else {}
    relation, why = "", CHECK
    ours = column.name in owning(table, people)
    if table.name in people and key.target in people and not (ours and says_whose(table, people)):
        if column.nullable:
            return {"category": "user.unique_id", "references": place, "erase": "detach"}
    elif key.target in people:
        relation, why = ("owned_by", CHECK) if ours else ("accessed_by", NOT_WHOSE)
    elif PARTS.fullmatch(plain(key.target)) and key.target in owned:
        # One that says itself whose it is, is theirs. Of others that is not known: such a one
        # stays as long as this row points at it.
        theirs = table.name in people or _joins(table, people) or key.target not in held
        relation = "owns" if theirs else "accesses"
    elif key.target in owned and _hangs(table, key, people):
        relation = "owned_by"
    if not relation:
        return "system.operations"
    line: dict[str, Any] = {"category": "user.unique_id"}
    cut = {"erase": "detach"} if relation == "accessed_by" and column.nullable else {}
    return line | guessed | {"relation": commented(relation, why)} | cut


def _found_alone(table: Table, lines: Mapping[str, Any]) -> bool:
    """Say whether rows are found by what stands in them, and no key says whose they are."""
    told = [line for line in lines.values() if isinstance(line, Mapping)]
    found = any(line.get("identity", "ip_address") != "ip_address" for line in told)
    owned = any(line.get("relation") == "owned_by" for line in told)
    return found and not owned and not PARTS.fullmatch(plain(table.name))


def _hangs(table: Table, key: ForeignKey, people: set[str]) -> bool:
    """Say whether rows of *table* are whose the row is that *key* points at, for want of more."""
    targets = {other.target for other in table.foreign_keys}
    if key.target == table.name or table.name in people or targets & people:
        return False
    # A reader's mark on somebody's post is not the author's: who "reader_id" is, nothing tells.
    pointing = {column for other in table.foreign_keys for column in other.columns}
    others = set(table.key) - pointing if set(key.columns) <= set(table.key) else set()
    return not any(plain(column).endswith("_id") for column in others)


def _collection(table: Table, lines: dict[str, Any], people: set[str]) -> dict[str, Any]:
    collection: dict[str, Any] = {}
    if table.name in people:
        collection["subject"] = True
    elif _found_alone(table, lines):
        collection["subject"] = False  # one person may have several: an order, a message
    several = [
        key
        for key in table.foreign_keys
        if len(key.columns) > 1 and (key.target in people or _hangs(table, key, people))
    ]
    if several:
        collection["relations"] = [
            {"kind": "owned_by", "columns": list(key.columns)} for key in several
        ]
    return collection | {"fields": lines}
