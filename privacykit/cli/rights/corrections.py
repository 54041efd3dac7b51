"""Corrections of a person's data, as they are written on the command line. Reads standard input."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any, TypeAlias

from privacykit.errors import InputError

if TYPE_CHECKING:
    from privacykit.govern.datamap import DataMap

Corrections: TypeAlias = Mapping[str, Mapping[str, Any]]
"""``dataset.collection`` to field to value."""

Written: TypeAlias = tuple[tuple[str, ...], str]
"""The parts of a path, as far as dots outside quotes part it, and the value."""

_SHAPE = "write a correction as dataset.collection.field=value"
_PART = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^"'.=\s][^.=]*?|))\s*([.=])""", re.DOTALL
)
_INSIDE = re.compile(r'((?:[^"=]|"[^"]*")*)=', re.DOTALL)
_ARROW = " -> "
_BARE = re.compile(r"[\w-]+(?: -> .+)?")
_MOST_SHOWN = 3


def parse(given: Iterable[str]) -> tuple[Written, ...]:
    """
    Read ``dataset.collection.field=value``; ``-`` stands for lines of standard input.

    A name with a dot, an equals sign or a quote in it stands in quotes, as in the data map.

    Raises:
        InputError: A line has another shape; it is not quoted.
    """
    return tuple(_parted(line) for line in chain.from_iterable(map(_lines, given)))


def resolve(datamap: DataMap, written: Iterable[Written]) -> Corrections:
    """
    Find the field of the map that each correction names.

    Raises:
        InputError: None was given, or one names no field, or more than one.
    """
    changes: dict[str, dict[str, Any]] = {}
    for parts, value in written:
        found = list(_fields(datamap, parts))
        if len(found) != 1:
            raise InputError(_unclear(datamap, parts, found))
        dataset, collection, field = found[0]
        changes.setdefault(f"{dataset}.{collection}", {})[field] = value
    if not changes:
        raise InputError("say what is right: --set dataset.collection.field=value")
    return changes


def _parted(line: str) -> Written:
    parts: list[str] = []
    start, end = 0, ""
    while end != "=":
        match = _PART.match(line, start)
        if match is None:
            raise InputError(_SHAPE)
        quoted, literal, bare, end = match.groups()
        part = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else literal or bare or ""
        start = match.end()
        if bare and _ARROW in bare and end == ".":  # a place inside a column has dots of its own
            inside = _INSIDE.match(line, start)
            if inside is None:
                raise InputError(_SHAPE)
            part, start, end = f"{part}.{inside[1].strip()}", inside.end(), "="
        if not part:
            raise InputError(_SHAPE)
        parts.append(part)
    if len(parts) < 3:  # noqa: PLR2004 - dataset, collection, field
        raise InputError(_SHAPE)
    return tuple(parts), line[start:]


def _fields(datamap: DataMap, parts: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Yield every field that *parts* may name: a name has dots of its own, quoted or not."""
    for first, second in combinations(range(1, len(parts)), 2):
        cut = parts[:first], parts[first:second], parts[second:]
        dataset, collection, field = map(".".join, cut)
        mapped = datamap.of(dataset).get(collection)
        if mapped is not None and field in mapped.fields:
            yield dataset, collection, field


def _unclear(datamap: DataMap, parts: tuple[str, ...], found: list[tuple[str, str, str]]) -> str:
    """Say that a correction names no field, or several, and how those that may be meant read."""
    if found:
        words, meant = "a correction names more than one field", list(map(_spelt, found))
    else:
        words, known = "a correction names no field of the data map", dict[str, str]()
        for dataset, collections in datamap.collections.items():
            for collection, mapped in collections.items():
                for field in mapped.fields:
                    place = dataset, collection, field
                    known[".".join(place)] = _spelt(place)
        wanted = ".".join(parts)
        meant = [known[one] for one in get_close_matches(wanted, known, _MOST_SHOWN)]
    if not meant:
        meant = ["""DATASET."SCHEMA.TABLE".FIELD"""]
    return f"{words}; write it as in --set '{meant[0]}=VALUE'" + "".join(
        f" or '{one}=VALUE'" for one in meant[1:]
    )


def _spelt(place: tuple[str, str, str]) -> str:
    """Return *place* with its parts in quotes where they need some."""
    return ".".join(
        part if _BARE.fullmatch(part) else '"{}"'.format(re.sub(r'(["\\])', r"\\\1", part))
        for part in place
    )


def _lines(item: str) -> list[str]:
    return [line.rstrip("\r\n") for line in sys.stdin] if item == "-" else [item]
