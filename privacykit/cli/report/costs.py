"""What channels cost, from a CSV file. Reads it."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from pathlib import Path

from privacykit.cli.report.options import EventOptions
from privacykit.errors import InputError


def read_costs(path: str, name: str, events: EventOptions) -> dict[str, int]:
    """
    Return what each channel cost, in the smallest unit of money.

    Amounts are written as those of the events are: with as many decimals as their column map says,
    and in the smallest unit for our own store.

    Args:
        path: A CSV file with the columns *name* and ``cost``.
        name: What has costs: ``channel``, ``campaign`` or ``content``.
        events: Whose events they stand beside.

    Raises:
        InputError: The file cannot be read, a column is missing, or a cost is no such amount.
        ConfigurationError: The column map is wrong.
    """
    digits = _digits(events)
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


def _digits(events: EventOptions) -> int:
    if not (events.events and events.columns):
        return 0
    from privacykit.reports.sources.column_map import read_column_map

    try:
        text = Path(events.columns).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"cannot read {events.columns}") from None
    return read_column_map(text, events.columns).digits
