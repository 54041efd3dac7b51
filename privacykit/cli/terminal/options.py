"""
The option sets that commands about people's rights share, each option spelled once.

Reads passphrases from files and from the terminal.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from privacykit.cli.terminal.console import CONFIG, JSON
from privacykit.errors import InputError
from privacykit.govern.requests.identity_proof import METHODS
from privacykit.settings.paths import DEFAULT_FILE

OPERATOR = Annotated[
    str,
    typer.Option(
        "--operator",
        metavar="NAME",
        envvar="PRIVACYKIT_OPERATOR",
        help="Who you are; the login name by default. Only a keyed hash of it is kept.",
    ),
]
PLACE = Annotated[
    str,
    typer.Option(
        "--place",
        metavar="PLACE",
        help="Where the person lives, DE or US-CA, ZZ if unknown; where you are, if unsaid.",
    ),
]
PURPOSE = Annotated[
    list[str] | None,
    typer.Option("--purpose", metavar="NAME", help="For which purpose; none means all."),
]
CHANGES = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="DATASET.COLLECTION.FIELD=VALUE",
        help="What is right; '-' reads lines from standard input.",
    ),
]


ACCEPT_PROBLEMS = Annotated[
    str,
    typer.Option(
        "--accept-problems",
        metavar="HEX",
        help="The digest of the problems that were shown: a yes to exactly these.",
    ),
]


@dataclass(frozen=True, slots=True)
class Reading:
    """What every command takes."""

    config: CONFIG = DEFAULT_FILE
    as_json: JSON = False


@dataclass(frozen=True, slots=True)
class Acting:
    """What every command takes that changes something."""

    operator: OPERATOR = ""
    config: CONFIG = DEFAULT_FILE
    as_json: JSON = False


@dataclass(frozen=True, slots=True)
class Filing:
    """What is noted of a person whose request is filed, proven and approved at once."""

    proof: Annotated[
        str,
        typer.Option(
            "--proof",
            metavar="METHOD",
            help=f"How the person proved who they are: {', '.join(METHODS)}.",
        ),
    ] = ""
    place: PLACE = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """Whether a plan is only made, or carried out: one that was shown, or one made now."""

    plan: Annotated[
        str, typer.Option("--plan", metavar="ID", help="Carry out this plan; else one is made.")
    ] = ""
    digest: Annotated[
        str,
        typer.Option("--digest", metavar="HEX", help="The digest that was shown with the plan."),
    ] = ""
    yes: Annotated[bool, typer.Option("--yes", help="Plan and carry out at once.")] = False
    accept_problems: ACCEPT_PROBLEMS = ""


@dataclass(frozen=True, slots=True)
class Sealing:
    """With what an export is encrypted."""

    age: Annotated[
        list[str] | None, typer.Option("--age", metavar="KEY", help="Seal to this age1… key.")
    ] = None
    passphrase_file: Annotated[
        Path | None,
        typer.Option(
            "--passphrase-file", metavar="FILE", help="Seal with its first line; '-' is typed."
        ),
    ] = None

    def passphrase(self) -> str | None:
        """
        Return the passphrase; ``-`` asks for it on a terminal, and reads a line elsewhere.

        Raises:
            InputError: The file cannot be read.
        """
        if self.passphrase_file is None:
            return None
        if str(self.passphrase_file) == "-":
            return _typed()
        try:
            return self.passphrase_file.read_text(encoding="utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError):
            name = self.passphrase_file.name
            raise InputError(f"the passphrase file {name} cannot be read") from None


def _typed() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    word: str = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    return word
