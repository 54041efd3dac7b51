"""Say what kind of values the rows of a file hold. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from privacykit.connectors.files.record import Record, leaves
from privacykit.govern.datamap.schema import Column, Kind

LOOKED_AT = 1000
"""Rows from which the columns are told."""


def columns_of(rows: Iterable[Record]) -> tuple[Column, ...]:
    """Return the columns that the first rows have, in their order; all may be empty."""
    kinds: dict[str, Kind] = {}
    for record in islice(rows, LOOKED_AT):
        for path, value in leaves(record.values).items():
            kind = _kind(value)
            if kind is not None or path not in kinds:
                kinds.setdefault(path, kind or "text")
    return tuple(Column(name, kind) for name, kind in kinds.items())


def _kind(value: Any) -> Kind | None:  # noqa: ANN401 - a value
    if value is None:
        return None
    kinds: tuple[tuple[Any, Kind], ...] = (
        (bool, "bool"),
        (int, "int"),
        ((float, Decimal), "float"),
        (datetime, "time"),
        (date, "date"),
        (bytes, "bytes"),
        (list, "json"),
    )
    return next((kind for type_, kind in kinds if isinstance(value, type_)), "text")
