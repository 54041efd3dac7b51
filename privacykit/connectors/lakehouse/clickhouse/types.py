"""
Names of types of ClickHouse taken apart, and how each is read in one that Arrow and Python hold.

Pure. Whole numbers, decimals and moments stay what they are, inside arrays, tuples and maps too; of
whatever else (UUID, Enum, an address, JSON, a state of an aggregate) the text is read, as
ClickHouse writes it. Bytes that are no UTF-8 are read as replaced.
"""

from __future__ import annotations

import re
from typing import NamedTuple

WHOLE = frozenset(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))
_EXACT = WHOLE | {"Bool", "Float32", "Float64", "Decimal"}
_DAYS = frozenset({"Date", "Date32"})
MOMENTS = frozenset({"DateTime", "DateTime64"}) | _DAYS
_NESTED = frozenset({"Array", "Tuple", "Map"})
_PART = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]|[^(),'`]+")
_FIELD = re.compile(r"(`(?:[^`\\]|\\.)*`|[A-Za-z_][A-Za-z0-9_]*) (.+)", re.DOTALL)


class ClickHouseType(NamedTuple):
    """
    A type.

    Attributes:
        name: Without what it is made of.
        parts: What it is made of, as text.
        text: The whole.
    """

    name: str
    parts: tuple[str, ...]
    text: str

    @property
    def bare(self) -> ClickHouseType:
        """The type without ``Nullable``, ``LowCardinality`` and what only says how it merges."""
        if self.name in {"Nullable", "LowCardinality"}:
            return parsed(self.parts[0]).bare
        if self.name == "SimpleAggregateFunction":
            return parsed(self.parts[1]).bare
        return self

    @property
    def nullable(self) -> bool:
        """Whether a value may be missing."""
        if self.name == "LowCardinality":
            return parsed(self.parts[0]).nullable
        return self.name == "Nullable"

    @property
    def plain(self) -> str:
        """The same without ``LowCardinality``."""
        return self.parts[0] if self.name == "LowCardinality" else self.text


def parsed(text: str) -> ClickHouseType:
    """Return the type that *text* names."""
    name, found, rest = text.partition("(")
    if not found or not text.endswith(")"):
        return ClickHouseType(text, (), text)
    parts, depth = [""], 0
    for part in _PART.findall(rest[:-1]):
        depth += {"(": 1, ")": -1}.get(part, 0)
        if part == "," and not depth:
            parts.append("")
        else:
            parts[-1] += part
    return ClickHouseType(name, tuple(part.strip() for part in parts), text)


def read_expression(kind: ClickHouseType, value: str, depth: int = 0) -> str:
    """
    Return the expression that reads *value*, itself an expression, of the type *kind*.

    Args:
        kind: Its type.
        value: As SQL.
        depth: Of how many others it is inside.
    """
    bare = kind.bare
    if bare.name in _NESTED and not kind.nullable:
        return _nested(bare, value, depth)
    if bare.name in WHOLE or bare.name in _EXACT:
        return value if kind.name != "LowCardinality" else f"CAST({value}, '{_safe(kind)}')"
    if bare.name in _DAYS:
        return f"toDate32({value})"
    if bare.name in MOMENTS:
        return f"toDateTime64({value}, 6, 'UTC')"
    return f"toValidUTF8({text_expression(kind, value)})"


def text_expression(kind: ClickHouseType, value: str) -> str:
    """Return the expression that is *value*, of the type *kind*, as text."""
    if kind.text in {"String", "Nullable(String)"}:
        return value
    return f"CAST({value}, '{'Nullable(String)' if kind.nullable else 'String'}')"


def _safe(kind: ClickHouseType) -> str:
    return kind.plain.replace("\\", "\\\\").replace("'", "\\'")


def _nested(kind: ClickHouseType, value: str, depth: int) -> str:
    one = f"privacykit_{depth}"
    if kind.name == "Array":
        inner = read_expression(parsed(kind.parts[0]), one, depth + 1)
        return value if inner == one else f"arrayMap({one} -> {inner}, {value})"
    if kind.name == "Map":
        key, item = f"{one}_key", f"{one}_item"
        keys = read_expression(parsed(kind.parts[0]), key, depth + 1)
        items = read_expression(parsed(kind.parts[1]), item, depth + 1)
        return f"mapApply(({key}, {item}) -> ({keys}, {items}), {value})"
    fields = [_field(part, number) for number, part in enumerate(kind.parts, 1)]
    each = (
        read_expression(inner, f"tupleElement({value}, {number})", depth + 1)
        for number, (_, inner) in enumerate(fields, 1)
    )
    named = ", ".join(f"{name} {_read_type(inner)}" for name, inner in fields)
    safe = named.replace("\\", "\\\\").replace("'", "\\'")
    return f"CAST(tuple({', '.join(each)}), 'Tuple({safe})')"


def _field(part: str, number: int) -> tuple[str, ClickHouseType]:
    """Return name and type of a part of a tuple; one without a name is called by its number."""
    found = _FIELD.fullmatch(part)
    return (found[1], parsed(found[2])) if found else (f"`{number}`", parsed(part))


def _read_type(kind: ClickHouseType) -> str:
    """Return the name of the type in which a value of *kind* is read."""
    bare = kind.bare
    if bare.name in _NESTED and not kind.nullable:
        if bare.name == "Tuple":
            fields = [_field(part, number) for number, part in enumerate(bare.parts, 1)]
            return f"Tuple({', '.join(f'{name} {_read_type(it)}' for name, it in fields)})"
        return f"{bare.name}({', '.join(_read_type(parsed(part)) for part in bare.parts)})"
    if bare.name in _EXACT:
        found = bare.text
    elif bare.name in _DAYS:
        found = "Date32"
    else:
        found = "DateTime64(6, 'UTC')" if bare.name in MOMENTS else "String"
    return f"Nullable({found})" if kind.nullable else found
