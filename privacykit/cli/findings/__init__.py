"""
Findings of commands that check files, in the formats that people and their tools read.

Text and JSON are each command's own; SARIF and JUnit are the same for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from privacykit.cli.terminal.console import say, say_json
from privacykit.errors import Problem

__all__ = ["FORMAT", "Findings", "Format", "format_of", "say_findings"]


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"


FORMAT = Annotated[
    Format, typer.Option("--format", help="As what findings are written; --json is short for json.")
]
"""The ``--format`` option of every command that checks files."""


@dataclass(frozen=True, slots=True)
class Findings:
    """
    What a command found.

    Attributes:
        command: The command, as it is typed.
        wrong: What is wrong.
        advice: What works and deserves a word.
        base: The folder that file names of problems start from, unless they are found as they are.
    """

    command: str
    wrong: Sequence[Problem]
    advice: Sequence[Problem]
    base: Path

    def file_of(self, problem: Problem) -> str | None:
        """Return the path of the file that *problem* is in, ``None`` where it is in no file."""
        tried = (Path(problem.file), self.base / problem.file)
        found = next((path for path in tried if path.is_file()), None)
        if found is None and Path(problem.file).suffix != ".toml":
            return None
        return (found or tried[0]).as_posix()


def format_of(shown: Format, *, as_json: bool) -> Format:
    """Return the format that was asked for by either option."""
    return Format.JSON if as_json else shown


def say_findings(
    findings: Findings, shown: Format, *, lines: Iterable[str], document: object
) -> None:
    """
    Print *findings*.

    Args:
        findings: What was found.
        shown: How.
        lines: The command's own text.
        document: The command's own JSON.
    """
    from privacykit.cli.findings.junit import junit
    from privacykit.cli.findings.sarif import sarif

    match shown:
        case Format.TEXT:
            for line in lines:
                say(line)
        case Format.JSON:
            say_json(document)
        case Format.SARIF:
            say_json(sarif(findings))
        case Format.JUNIT:
            say(junit(findings))
