"""Costs of channels, from a CSV file. Reads it."""

from __future__ import annotations

import csv
from pathlib import Path

from privacykit.cli.report.options import EventOptions
from privacykit.errors import InputError
from privacykit.reports.numbers import money


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
        amount = money(text or "", digits)
    except ValueError:
        amount = -1
    if amount < 0:
        raise InputError(
            f"{where}: cost is no amount of at most {digits} decimals, as those of the events are"
        )
    return amount


def digits_of(events: EventOptions) -> int:
    """
    Return how many decimals amounts of the events have: as their column map says, else none.

    Costs are written like them; amounts of our own store are in the smallest unit.

    Raises:
        ConfigurationError: The column map is wrong.
    """
    if not (events.events and events.columns):
        return 0
    from privacykit.reports.sources.column_map import read_column_map

    text = Path(events.columns).read_text(encoding="utf-8")
    return read_column_map(text, events.columns).digits
