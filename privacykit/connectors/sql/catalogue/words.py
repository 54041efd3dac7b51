"""SQL text read word by word: conditions in a table's definition, columns in a condition. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from privacykit.govern.datamap.schema import Check

_WORD = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'"
    r'|(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])'
    r"|(?P<plain>[^\W\d]\w*)|(?P<other>\S)",
    re.DOTALL,
)
_LOWERED = re.compile(
    r"lower\(+\s*[\"`\[]?(?P<column>\w+)[\"`\]]?\s*\)*(?:::[\w ]+)?\)+", re.IGNORECASE
)


def names_in(expression: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Return those of *columns* that *expression* reads, in their order, whatever their case."""
    words = {name.lower() for name, _ in _named(expression)}
    return tuple(column for column in columns if column.lower() in words)


def checks_in(definition: str, columns: Sequence[str]) -> list[Check]:
    """
    Return the conditions in the text of a ``CREATE TABLE``.

    Args:
        definition: The statement, as the database keeps it.
        columns: The table's columns.
    """
    found: list[Check] = []
    words = list(_words(definition))
    for number, (text, start, quoted) in enumerate(words):
        if quoted or text.lower() != "check" or number + 1 == len(words):
            continue
        end = _closing(words[number + 1 :])
        if words[number + 1][0] == "(" and end:
            expression = definition[words[number + 1][1] + 1 : end]
            named = number > 1 and words[number - 2][0].lower() == "constraint"
            name = words[number - 1][0] if named else ""
            found.append(Check(names_in(expression, columns), expression, name))
        del start
    return found


def lowered_in(expression: str) -> str | None:
    """Return the column that *expression* is the lower case of, or ``None``."""
    match = _LOWERED.fullmatch(expression.strip())
    return match["column"] if match else None


def expressions_of(definition: str) -> list[str]:
    """Return the parts between commas of the first parentheses of a ``CREATE INDEX``."""
    words = list(_words(definition))
    opening = next((n for n, word in enumerate(words) if word[0] == "("), None)
    if opening is None:
        return []
    depth, cuts = 0, [words[opening][1] + 1]
    for text, start, _ in words[opening:]:
        depth += {"(": 1, ")": -1}.get(text, 0)
        if (text == "," and depth == 1) or depth == 0:
            cuts += [start, start + 1]
        if depth == 0:
            break
    return [definition[a:b].strip() for a, b in zip(cuts[::2], cuts[1::2], strict=False)]


def after_where(definition: str) -> str:
    """Return the condition of a partial index; empty when it has none."""
    words = list(_words(definition))
    place = next((w[1] for w in words if not w[2] and w[0].lower() == "where"), None)
    return "" if place is None else definition[place:]


def _closing(words: Sequence[tuple[str, int, bool]]) -> int:
    depth = 0
    for text, start, quoted in words:
        depth += 0 if quoted else {"(": 1, ")": -1}.get(text, 0)
        if depth == 0:
            return start
    return 0


def _words(text: str) -> Iterator[tuple[str, int, bool]]:
    """Yield names and signs with their place, and whether they stand in quotes."""
    for match in _WORD.finditer(text):
        if match["quoted"]:
            yield match["quoted"][1:-1], match.start(), True
        elif match["plain"] or match["other"]:
            yield match[0], match.start(), False


def _named(text: str) -> Iterator[tuple[str, bool]]:
    return ((word, quoted) for word, _, quoted in _words(text))
