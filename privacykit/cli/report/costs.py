"""Costs of channels, from a CSV file. Reads it."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

from privacykit.cli.report.options import EventOptions
from privacykit.errors import InputError


def read_costs(path: str, name: str, digits: int) -> dict[str, int]:
    """
    Return what each channel cost, in the smallest unit of money.

    Args:
        path: A CSV file with the columns *name* and ``cost``.
        name: What has costs: ``channel``, ``campaign`` or ``content``.
        digits: How many decimals a cost may have.

    Raises:
        InputError: The file cannot be read, a column is missing, or a cost is no such amount.
    """
    costs: dict[str, int] = {}
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            if not {name, "cost"} <= set(rows.fieldnames or ()):
                raise InputError(f"{path}: the first line must name the columns {name} and cost")
            for row in rows:
                amount = _amount(row["cost"], digits, f"{path}, line {rows.line_num}")
                costs[row[name]] = costs.get(row[name], 0) + amount
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError(f"cannot read {path} as CSV in UTF-8") from None
    return costs


def _amount(text: str | None, digits: int, where: str) -> int:
    try:
        exact = Decimal((text or "").strip()).scaleb(digits)
    except InvalidOperation:
        raise InputError(f"{where}: cost is no amount; write one like 1200") from None
    if not exact.is_finite() or exact < 0 or exact != int(exact):
        raise InputError(
            f"{where}: cost is negative, or has more than {digits} decimals, as amounts of the "
            "events have"
        )
    return int(exact)


def digits_of(events: EventOptions) -> int:
    """
    Return how many decimals amounts of the events have: as their column map says, else none.

    Costs are written like them; amounts of our own store are in the smallest unit.

    Raises:
        InputError: The column map cannot be read.
        ConfigurationError: It is wrong.
    """
    if not (events.events and events.columns):
        return 0
    from privacykit.reports.sources.column_map import read_column_map

    try:
        text = Path(events.columns).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"cannot read {events.columns}") from None
    return read_column_map(text, events.columns).digits
