"""Corrections of a person's data, as they are written on the command line. Reads standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from privacykit.errors import InputError

if TYPE_CHECKING:
    from privacykit.govern.datamap import DataMap

Corrections = Mapping[str, Mapping[str, Any]]
"""``dataset.collection`` to field to value."""


def parse(given: Iterable[str]) -> Corrections:
    """
    Read ``dataset.collection.field=value``; ``-`` stands for lines of standard input.

    Raises:
        InputError: A line has another shape; it is not quoted.
    """
    changes: dict[str, dict[str, Any]] = {}
    for line in chain.from_iterable(_lines(item) for item in given):
        path, equals, value = line.partition("=")
        dataset, _, rest = path.strip().partition(".")
        collection, _, field = rest.partition(".")
        if not (equals and dataset and collection and field):
            raise InputError("write a correction as dataset.collection.field=value")
        changes.setdefault(f"{dataset}.{collection}", {})[field] = value
    return changes


def check(datamap: DataMap, changes: Corrections) -> None:
    """
    Check that every correction names a field of the map.

    Raises:
        InputError: None was given, or one names no field.
    """
    if not changes:
        raise InputError("say what is right: --set dataset.collection.field=value")
    for place, fields in changes.items():
        dataset, _, name = place.partition(".")
        mapped = datamap.of(dataset).get(name)
        if mapped is None or any(field not in mapped.fields for field in fields):
            raise InputError("a correction names no field of the data map")


def _lines(item: str) -> list[str]:
    return [line.rstrip("\r\n") for line in sys.stdin] if item == "-" else [item]
