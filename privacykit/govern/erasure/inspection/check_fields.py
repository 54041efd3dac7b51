"""
Fields that cannot be treated as the map says, for the store would refuse it. Pure.

Seen before anybody asks: what a rolled-back try shows for one person's rows, this shows for all.
"""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.govern.datamap.collection import Collection
from privacykit.govern.datamap.field import Field
from privacykit.govern.datamap.schema import Column, Table
from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.strategies import SHORTEST_TOKEN, TOKENS, constant
from privacykit.govern.erasure.treatment import fallback, structure
from privacykit.govern.words import ErasureStrategy

SURROGATES = ("user.unique_id", "user.device.cookie_id")
"""Categories of keys that say nothing by themselves."""

_UNWRITTEN = frozenset({ErasureStrategy.KEEP, ErasureStrategy.DETACH})
_ALIKE = frozenset({ErasureStrategy.MASK, ErasureStrategy.TRUNCATE, ErasureStrategy.GENERALISE})
"""Strategies by which two people's different values may become one."""

_Found = Iterator[tuple[str, str, str]]


def check_fields(ownership: Ownership, name: str) -> _Found:
    """
    Yield id, key and words for each field of a collection that cannot be treated.

    Args:
        ownership: The dataset's ties.
        name: The collection.
    """
    table, mapped = ownership.tables[name], ownership.collections[name]
    written = treated(ownership, name)
    for field, item in mapped.fields.items():
        column = table.column(field)
        if column is None:
            yield "PK223", f"{name}.{field}", "is in the map and not in the store"
        elif field in written:
            words = _refused(column, written[field], item) or _met(table, written, column)
            if words:
                yield "PK226", f"{name}.{field}", words
        elif item.erase and item.erase not in _UNWRITTEN and column.generated:
            yield "PK226", f"{name}.{field}", "is computed by the store and cannot be written"
        elif _left(ownership, name, mapped, field):
            yield "PK270", f"{name}.{field}", "is part of a key, so it stays in a row that stays"
    yield from _flags(name, table, mapped)


def treated(ownership: Ownership, name: str) -> dict[str, ErasureStrategy]:
    """Return the fields that are written in rows that stay, and how."""
    table, mapped = ownership.tables[name], ownership.collections[name]
    fixed, staying = structure(ownership, name), stays(ownership, name)
    found: dict[str, ErasureStrategy] = {}
    for field, item in mapped.fields.items():
        column = table.column(field)
        if column is None or column.generated:
            continue
        implied = staying and item.personal and not item.keep and field not in fixed
        strategy = item.erase or (fallback(table, column) if implied else None)
        if strategy is not None and strategy not in _UNWRITTEN:
            found[field] = strategy
    return found


def stays(ownership: Ownership, name: str, _below: frozenset[str] = frozenset()) -> bool:
    """Say whether a person's own rows stay: fields are treated, or rows that stay point there."""
    if ownership.collections[name].erase == "fields":
        return True
    below = _below | {name}
    for source, key in ownership.incoming(name):
        mapped = ownership.collections.get(source)
        if mapped is None or source in below or ownership.may_detach(source, key):
            continue
        cut = any(mapped.fields[c].erase for c in key.columns if c in mapped.fields)
        if not cut and stays(ownership, source, below):
            return True
    return False


def _left(ownership: Ownership, name: str, mapped: Collection, field: str) -> bool:
    """Say whether a personal *field* of a key stays in a row that stays, without a word on it."""
    item = mapped.fields[field]
    silent = item.personal and item.erase is None and not item.keep and item.relation is None
    surrogate = all(k.startswith(SURROGATES) or not k.startswith("user") for k in item.category)
    fixed = field in structure(ownership, name)
    return stays(ownership, name) and fixed and silent and not surrogate


def _refused(column: Column, strategy: ErasureStrategy, field: Field) -> str | None:
    """Say why the column does not take what the strategy writes."""
    if strategy is ErasureStrategy.NULL:
        return None if column.nullable else "cannot be empty, so it cannot be erased to nothing"
    if strategy is ErasureStrategy.TRUNCATE:
        return None if column.kind == "text" else "is no text, so it cannot be cut"
    if strategy is ErasureStrategy.GENERALISE:
        kinds = {"int", "float"} if isinstance(field.to, int) else {"time", "date", "text"}
        return None if column.kind in kinds else "is of no type that can be made coarser so"
    return _no_token(column, field) if strategy in TOKENS else _no_mask(column, field)


def _no_mask(column: Column, field: Field) -> str | None:
    value = constant(ErasureStrategy.MASK, column, field.to)
    if column.values and str(value) not in column.values:
        return "takes only the values its type lists; name one of them with to"
    if value is None and not column.nullable:
        return "has no mask of its type; exclude it, or let it be empty"
    return None


def _no_token(column: Column, field: Field) -> str | None:
    if column.kind not in {"text", "other"} or column.values:
        return "is no text, so it cannot hold a token"
    suffix = 0 if field.to is None else len(str(field.to))
    short = column.length is not None and column.length < SHORTEST_TOKEN + len("pk-") + suffix
    return "is too short for a token" if short else None


def _met(table: Table, written: dict[str, ErasureStrategy], column: Column) -> str | None:
    """Say that two rows would be one where the store wants them apart: the second is refused."""
    if written[column.name] not in _ALIKE:
        return None
    alike = frozenset(name for name, strategy in written.items() if strategy in _ALIKE)
    if not table.collides(column.name, alike, frozenset(written) - alike):
        return None
    return "must be unique, so two erased rows cannot hold the same; use random"


def _flags(name: str, table: Table, mapped: Collection) -> _Found:
    for flag in (mapped.restriction, mapped.objection):
        column = table.column(flag.column) if flag else None
        if column is not None and flag is not None:
            if column.generated:
                words = "is computed by the store and cannot be written"
                yield "PK226", f"{name}.{column.name}", words
            elif column.values and str(flag.value) not in column.values:
                words = "takes only the values its type lists"
                yield "PK226", f"{name}.{column.name}", words
