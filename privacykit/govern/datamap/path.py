"""
Places inside a JSON column: ``profile -> $.contact.email`` names one as a field. Pure.

A path leads to one place: names and numbers, no wildcard, so that what is erased is what was found.
"""

from __future__ import annotations

import re

from privacykit.errors import InputError

ARROW = " -> "
_STEP = re.compile(r'\.(?P<name>[A-Za-z_][\w-]*)|\."(?P<quoted>[^"\\]+)"|\[(?P<number>\d{1,9})\]')


def split_field(field: str) -> tuple[str, tuple[str | int, ...]]:
    """
    Return the column of a field, and the steps to its place inside; none for the column itself.

    Args:
        field: ``column`` or ``column -> $.name[0]."other name"``.

    Raises:
        InputError: What stands behind the arrow is no path to one place.
    """
    column, arrow, path = field.partition(ARROW)
    if not arrow:
        return field, ()
    steps: list[str | int] = []
    place = 1
    while place < len(path) and path[0] == "$":
        match = _STEP.match(path, place)
        if match is None:
            break
        steps.append(int(match["number"]) if match["number"] else match["name"] or match["quoted"])
        place = match.end()
    if not steps or place < len(path):
        raise InputError('a place inside a column reads: column -> $.name."other name"[0]')
    return column.strip(), tuple(steps)


def write_path(steps: tuple[str | int, ...]) -> str:
    """Return *steps* as SQLite and MariaDB take them: ``$."name"[0]``."""
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f'."{s}"' for s in steps)
