"""
The line of each key of a TOML text, for messages. Pure.

The standard library's reader tells no positions. This one is called only when a problem is to be
shown, and only on text that the standard library can read; it needs no errors of its own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from privacykit.errors import Problem

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BETWEEN = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED_KEY = re.compile(r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]*")
_PLACE = re.compile(r"^(.*) \(at (?:line (\d+), column \d+|end of document)\)$", re.DOTALL)

Path = tuple[str, ...]


def lines_of(text: str) -> dict[str, int]:
    """
    Find the keys of a TOML text.

    Args:
        text: The text.

    Returns:
        The line of each key, from 1, by its dotted path; entries of lists by their number, as in
        ``site.0.hosts``. A table stands where it is first mentioned. Nothing for what is no TOML.
    """
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    scan = _Scan(text)
    scan.document()
    return scan.lines


def line_of(lines: dict[str, int], key: str) -> int:
    """
    Return the line of *key*, or of the deepest table around it that is written; 0 for none.

    Args:
        lines: As :func:`lines_of` returns them.
        key: A dotted path; parts of it that name no key of the text are passed over.
    """
    known, start, parts = "", 0, key.split(".")
    while start < len(parts):
        for end in range(len(parts), start, -1):
            tried = ".".join([known, *parts[start:end]] if known else parts[:end])
            if tried in lines:
                known, start = tried, end
                break
        else:
            if not known:
                return 0
            start += 1
    return lines[known]


def with_lines(problems: Iterable[Problem], text: str) -> tuple[Problem, ...]:
    """Return *problems* of one file, whose *text* this is, each with its line."""
    lines = lines_of(text)
    return tuple(
        replace(problem, line=line_of(lines, problem.key))
        if problem.key and not problem.line
        else problem
        for problem in problems
    )


def syntax_problem(id_: str, file: str, error: tomllib.TOMLDecodeError) -> Problem:
    """Return what is wrong with a *file* that is no TOML, with its line."""
    found = _PLACE.match(str(error))
    words = found[1] if found else "it ends too early"
    message = f"not valid TOML: {words[:1].lower()}{words[1:]}"
    line = int(found[2] or 0) if found else 0
    return Problem(id_, file, "", message, "see https://toml.io", line)


class _Scan:
    """One pass over a text that is TOML."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted = 0
        self._line = 1
        self._entries: dict[Path, int] = {}
        self.lines: dict[str, int] = {}

    def document(self) -> None:
        """Read it all."""
        table: Path = ()
        while self._peek(_SPACE):
            if self._text.startswith("[[", self._at):
                table = self._entry()
            elif self._text[self._at] == "[":
                self._at += 1
                table = self._resolved(tuple(self._keys()))
                self._note(table)
                self._peek(_SPACE)
                self._at += 1
            else:
                self._pair(table)

    def _entry(self) -> Path:
        """Read ``[[name]]``; return the path of the entry that it begins."""
        self._at += 2
        *outer, last = self._keys()
        path = (*self._resolved(tuple(outer)), last)
        number = self._entries.get(path, 0)
        self._entries[path] = number + 1
        self._note((*path, str(number)))
        self._peek(_SPACE)
        self._at += 2
        return (*path, str(number))

    def _resolved(self, keys: Path) -> Path:
        """Return the path that the name of a table means: in a list of tables, its last entry."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._entries:
                path = (*path, str(self._entries[path] - 1))
        return path

    def _pair(self, table: Path) -> None:
        path = (*table, *self._keys())
        self._note(path)
        self._peek(_SPACE)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        start = self._peek(_SPACE)
        if start == "[":
            self._at += 1
            number = 0
            while self._peek(_BETWEEN) != "]":
                self._note((*path, str(number)))
                self._value((*path, str(number)))
                number += 1
            self._at += 1
        elif start == "{":
            self._at += 1
            while self._peek(_BETWEEN) != "}":
                self._pair(path)
            self._at += 1
        else:
            self._read(_STRING if start in {'"', "'"} else _SCALAR)

    def _keys(self) -> Iterator[str]:
        while True:
            start = self._peek(_SPACE)
            if start in {'"', "'"}:
                yield tomllib.loads(f"key = {self._read(_QUOTED_KEY)}")["key"]
            else:
                yield self._read(_BARE_KEY)
            if self._peek(_SPACE) != ".":
                return
            self._at += 1

    def _note(self, path: Path) -> None:
        """Write down the line of *path*, and of what is around it, where they are new."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        for end in range(1, len(path) + 1):
            self.lines.setdefault(".".join(path[:end]), self._line)

    def _peek(self, passed_over: re.Pattern[str]) -> str:
        """Pass over blanks; return the character that follows, empty at the end."""
        self._read(passed_over)
        return self._text[self._at : self._at + 1]

    def _read(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found is not None, "the standard library has read this text"
        self._at = found.end()
        return found[0]
