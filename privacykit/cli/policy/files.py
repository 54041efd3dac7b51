"""The policies that a command is about: ours, users' over them, a directory alone. Reads files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.terminal.console import Exit, say, stop
from privacykit.policy.model import Policy
from privacykit.policy.words import Kind

if TYPE_CHECKING:
    from privacykit.policy.parse import Parsed
    from privacykit.policy.policyset import PolicySet

OWN = Annotated[
    list[Path] | None,
    typer.Option("--policies", metavar="DIR", help="Policies of your own, over ours."),
]
ON = Annotated[
    str | None,
    typer.Option("--date", "--on", metavar="DATE", help="The day to ask for; today if absent."),
]
DIRECTORY = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="A directory of policies; ours if absent.")
]
CONFIGURED = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Ask for the sites of this configuration."),
]


def law_of(directories: list[Path] | None) -> PolicySet:
    """Return our policies, with those of *directories* over them."""
    from privacykit.settings.policies import load_policies, shipped_policies

    return load_policies(directories) if directories else shipped_policies()


def written(directory: Path) -> dict[str, Policy]:
    """Read a directory as written, over ours unless it stands alone."""
    from privacykit.policy.override import put_over
    from privacykit.settings.policies import read_directory

    own = read_directory(directory)
    return put_over(under(own), [one.policy for one in own])


def under(parsed: list[Parsed]) -> dict[str, Policy]:
    """Return what *parsed* files lie over: ours, or nothing if they bring a fallback."""
    from privacykit.settings.policies import read_directory, shipped_directory

    if any(one.policy.kind is Kind.FALLBACK for one in parsed):
        return {}
    return {one.policy.id: one.policy for one in read_directory(shipped_directory())}


def day_of(text: str | None) -> date:
    """Return the day that *text* names; today if it names none."""
    if text is None:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        stop(Exit.MISUSE, "not a date: write 2026-12-01")


def say_all(lines: Iterable[str]) -> None:
    """Write *lines*."""
    for line in lines:
        say(line)
