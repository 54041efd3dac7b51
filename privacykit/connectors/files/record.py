"""A row of a file: its values by dotted path, and a digest to find it again. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from privacykit.govern.erasure.ownership import Ownership
from privacykit.govern.erasure.ports.connector import RowIdentity
from privacykit.govern.identity.equality import text_of
from privacykit.govern.identity.types import leads, teaches
from privacykit.govern.records import Identity

_encoder = msgspec.json.Encoder(order="sorted", enc_hook=str)


class Record(msgspec.Struct):
    """
    One row.

    Attributes:
        values: As the file holds them, nested or flat; empty where the row cannot be read.
        raw: Its bytes in the file, end of line included, where the format has lines.
    """

    values: dict[str, Any]
    raw: bytes = b""

    def __repr__(self) -> str:
        return "<Record>"


def digest(record: Record) -> str:
    """Return what the row is known by: equal rows share it, and one fate."""
    data = _encoder.encode(record.values) if record.values else record.raw
    return blake2b(data, digest_size=16, person=b"privacykit.row").hexdigest()


class RowKeys:
    """
    Makes keys of the rows of one collection: those that are equal differ by their number.

    Each counts, in plans and receipts and against their bounds; which of them is which nobody can
    tell, so what is done to one is done to all.
    """

    def __init__(self) -> None:
        self._times: Counter[tuple[str, ...]] = Counter()

    def next(self, *known: str) -> tuple[str | int, ...]:
        """Return the key of the next row that *known* (the last of it a digest) names."""
        self._times[known] += 1
        times = self._times[known]
        return known if times == 1 else (*known, times)


def known_by(key: Sequence[object]) -> tuple[str, ...]:
    """Return of a key that :class:`RowKeys` made what equal rows have in common."""
    return tuple(part for part in key if isinstance(part, str))


def value_at(values: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - a value
    """Return what stands at *path*: a field's own name, or names joined by dots."""
    if path in values:
        return values[path]
    found: Any = values
    for name in path.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def key_in(values: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, ...] | None:
    """Return what stands in *columns*, as text; ``None`` where one of them is empty."""
    found = [value_at(values, column) for column in columns]
    return None if any(value is None for value in found) else tuple(map(str, found))


def with_value(values: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return *values* with *value* at *path*; as they are where something else is in its way."""
    if path in values or "." not in path:
        return {**values, path: value}
    head, _, rest = path.partition(".")
    inner = values.get(head)
    inner = {} if inner is None else inner
    return (
        {**values, head: with_value(inner, rest, value)}
        if isinstance(inner, Mapping)
        else dict(values)
    )


def leaves(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return every value by its path; lists are values."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= leaves(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def held_identities(
    ownership: Ownership, name: str, values: Mapping[str, Any]
) -> Iterator[RowIdentity]:
    """Yield the identities that stand in a row, those of several fields included."""
    for column, field in ownership.identity_fields(name).items():
        text = text_of(value_at(values, column))
        if text is not None and field.identity:
            identity = Identity(field.identity, text, field.format)
            yield RowIdentity(identity, teaches(field), field.match, leads(field))
    for composite in ownership.collections[name].identities:
        texts = {part: text_of(value_at(values, c)) for part, c in composite.parts.items()}
        parts = tuple((part, text) for part, text in texts.items() if text is not None)
        if len(parts) == len(texts):
            yield RowIdentity(Identity(composite.type, "", parts=parts))
