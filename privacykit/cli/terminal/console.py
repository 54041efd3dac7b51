"""
Shared parts of the commands: exit codes, JSON or words, errors to act on. Writes to the terminal.

Exit codes (the same for every command): 0 done, 1 found something wrong, 2 misuse, 3 partly done.
"""

from __future__ import annotations

import sys
from enum import IntEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FOUND = 1
    MISUSE = 2
    PARTLY = 3


JSON = Annotated[bool, typer.Option("--json", help="Answer as one JSON document.")]
"""The ``--json`` option, spelled the same everywhere."""

CONFIG = Annotated[
    str, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")
]
"""The ``--config`` option; commands default it to ``privacykit.toml``."""


def say(line: str = "") -> None:
    """Print *line* to standard output."""
    sys.stdout.write(line + "\n")


def warn(line: str) -> None:
    """Print *line* to standard error."""
    sys.stderr.write(line + "\n")


def failed(error: Exception) -> None:
    """Print that *error*, which nobody foresaw, ended something: its kind and place, no value."""
    warn(f"PK007 privacykit failed ({type(error).__name__} at {_place(error)}): report this")


def _place(error: Exception) -> str:
    """Return file and line of the innermost function of ours; no value of any variable."""
    package, place = Path(__file__).parents[2], "cli/terminal/console.py"
    walked = error.__traceback__
    while walked is not None:
        file = Path(walked.tb_frame.f_code.co_filename)
        if file.is_relative_to(package):
            place = f"{file.relative_to(package).as_posix()}:{walked.tb_lineno}"
        walked = walked.tb_next
    return place


def say_json(document: object) -> None:
    """Print *document* as indented JSON; dataclasses and msgspec structs are understood."""
    import msgspec

    say(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def stop(code: Exit, line: str = "") -> NoReturn:
    """
    End the command with *code*, saying *line* on standard error.

    Raises:
        typer.Exit: Always.
    """
    if line:
        warn(line)
    raise typer.Exit(int(code))
