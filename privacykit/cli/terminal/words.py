"""Times, amounts, ids, tables and warnings as people read them. Asks how wide the terminal is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from shutil import get_terminal_size
from textwrap import wrap

SHORT = 8
"""Characters of an id that are shown: one in four thousand million is the same by chance."""


def moment(at: float | None) -> str:
    """Return *at* as people read it, in UTC; stores may hold numbers that no calendar has."""
    try:
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}" if at is not None else "-"
    except (ValueError, OverflowError, OSError):
        return "no such time"


def many(number: int, one: str, more: str | None = None) -> str:
    """Return *number* of things: ``1 row``, ``2 rows``; *more* where an s is not enough."""
    return f"{number} {one if number == 1 else more or one + 's'}"


def short(id_: str) -> str:
    """Return as much of an id as has to be typed."""
    return id_[:SHORT]


def red(text: str) -> str:
    """Return *text* in red on a terminal, unless ``NO_COLOR`` is set."""
    plain = bool(os.environ.get("NO_COLOR")) or not sys.stdout.isatty()
    return text if plain else f"\x1b[31m{text}\x1b[0m"


NARROWEST = 40
_GAP = 2
_CELL = 6
"""As far as a column is shortened."""


def columns() -> int:
    """Return how many columns there are to write in: ``COLUMNS``, the terminal's, or 80."""
    return max(get_terminal_size((80, 24)).columns, NARROWEST)


def hanging(first: str, text: str, indent: int | None = None) -> Iterator[str]:
    """
    Give *first* and *text* behind it, on as many lines as the terminal asks for.

    Args:
        first: What every line of a table has, as wide as its columns are.
        text: What may be of any length.
        indent: Where further lines begin; behind *first* if unsaid.
    """
    at = len(first) if indent is None else indent
    yield from wrap(
        first + text, columns(), subsequent_indent=" " * at, break_on_hyphens=False
    ) or [first.rstrip()]


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], spare: Sequence[str] = ()
) -> Iterator[str]:
    """
    Give the lines of a table that fits the terminal.

    Args:
        header: Names of the columns.
        rows: Their cells.
        spare: Columns that are left out, in this order, where there is no room, and named at the
            end; after that the widest are shortened.
    """
    lines = [list(header), *map(list, rows)]
    left_out = []
    for name in spare:
        if _width(lines) <= columns():
            break
        at = lines[0].index(name)
        left_out.append(name)
        lines = [line[:at] + line[at + 1 :] for line in lines]
    widths = _widths(lines)
    while sum(widths) + _GAP * (len(widths) - 1) > columns() and max(widths) > _CELL:
        widths[widths.index(max(widths))] -= 1
    for line in lines:
        cells = (_cut(cell, width).ljust(width) for cell, width in zip(line, widths, strict=True))
        yield (" " * _GAP).join(cells).rstrip()
    if left_out:
        yield f"no room for {', '.join(left_out)}: a wider terminal, or --json"


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*lines, strict=True)]


def _width(lines: Sequence[Sequence[str]]) -> int:
    widths = _widths(lines)
    return sum(widths) + _GAP * (len(widths) - 1)


def _cut(cell: str, width: int) -> str:
    return cell if len(cell) <= width else cell[: width - 1] + "…"
