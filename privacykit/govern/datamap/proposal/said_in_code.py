"""Words of an application's own code about its tables: a draft follows them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from privacykit.personal.mark import Personal


class SaidInCode(msgspec.Struct, frozen=True):
    """
    What is known of tables before anything is guessed.

    Attributes:
        marks: Table and column to the mark that stands in the code.
        lines: Table and column to the whole line, as a map has it.
        more: Table to further members of its collection.
        excluded: Table to the reason why it is nobody's.
        subjects: Tables whose rows are people.
        mapped: Tables that are mapped, whatever is found in them.
    """

    marks: Mapping[tuple[str, str], Personal] = {}
    lines: Mapping[tuple[str, str], Any] = {}
    more: Mapping[str, dict[str, Any]] = {}
    excluded: Mapping[str, str] = {}
    subjects: frozenset[str] = frozenset()
    mapped: frozenset[str] = frozenset()

    def lines_of(self, table: str, drafted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the lines of *table* that stand in the place of those *drafted*."""
        marked = {
            column: _with_categories(drafted[column], mark)
            for (name, column), mark in self.marks.items()
            if name == table and column in drafted
        }
        return marked | {
            column: line for (name, column), line in self.lines.items() if name == table
        }


def _with_categories(line: Any, mark: Personal) -> Any:  # noqa: ANN401 - a line of the map
    """Return *line* with all that *mark* says, unless it is a key to another row."""
    if isinstance(line, dict) and ("relation" in line or "references" in line):
        return line
    keys = list(mark.categories) if len(mark.categories) > 1 else mark.categories[0]
    return line | {"category": keys} if isinstance(line, dict) else keys


NOTHING_SAID = SaidInCode()
