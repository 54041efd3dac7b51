"""``privacykit scrub``: weaken log files in place, or lines of a pipe as they come. Does I/O."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from privacykit.cli.scrub.recipe import Recipe, ScrubCounts
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import Exit, stop
from privacykit.errors import ConfigurationError, Problem
from privacykit.logs.files.combined import FIRST_COLUMN
from privacykit.logs.files.scrubber import EXAMPLES, SAME, Unknown
from privacykit.pseudonym.url.referrer import LEVELS, Level

UNKNOWN = ("mask", "text")


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    add(
        app,
        "scrub",
        scrub,
        "privacykit scrub /var/log/nginx/access.log.1 --report",
        summary="Weaken log files, or a pipe.",
    )


def scrub(  # noqa: PLR0913, PLR0917 - one for each option
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILES", help="Files to replace; none for a pipe."),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="Look for this format alone; may be given again. "
            f"One of {', '.join(sorted({*EXAMPLES, *SAME, FIRST_COLUMN}))}.",
        ),
    ] = None,
    pattern: Annotated[
        str,
        typer.Option(metavar="TEXT", help="A format of your own: '{address} [{time}] {text}'."),
    ] = "",
    unknown: Annotated[
        str,
        typer.Option(
            metavar="HOW",
            help="Lines of no known format: mask leaves nothing of them, "
            "text leaves what no detector finds.",
        ),
    ] = "",
    referrer: Annotated[
        str, typer.Option(metavar="LEVEL", help=f"Of referrers: {', '.join(LEVELS)}.")
    ] = "origin",
    query_keep: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A parameter of queries that stays."),
    ] = None,
    follow: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write to standard output what is added to a file."),
    ] = None,
    processes: Annotated[
        int, typer.Option("--processes", min=1, metavar="N", help="So many files at a time.")
    ] = 1,
    config: Annotated[
        str,
        typer.Option(
            "--config",
            "-c",
            metavar="FILE",
            help="Addresses as [ip] of this configuration says, never finer than by default.",
        ),
    ] = "",
    report: Annotated[
        bool, typer.Option("--report", help="Say how much was found, on standard error, as JSON.")
    ] = False,
) -> None:
    """
    Weaken what log files hold of people: addresses, queries, referrers, users, tokens.

    Without files lines go from standard input to standard output, each as soon as it is whole. A
    file is replaced in one step, compressed ones too. Each line is weakened by its format, which is
    recognised; a line of no known format is masked. All other bytes stay.

    Raises:
        ConfigurationError: PK265 to PK266, PK268; or the configuration is wrong.
    """
    _check("--unknown", unknown, ("", *UNKNOWN))
    _check("--referrer", referrer, LEVELS)
    if files and follow is not None:
        raise ConfigurationError(
            Problem(
                "PK268", "--follow", "", "files that are replaced are not followed", "ask twice"
            )
        )
    recipe = Recipe(
        config,
        frozenset(each.lower() for each in query_keep or ()),
        cast("Level", referrer),
        tuple(formats or ()),
        pattern,
        cast("Unknown", unknown or "mask"),
    )
    told = ScrubCounts()
    scrubber = recipe.scrubber()
    if files:
        from privacykit.cli.scrub.several import replace_all

        told = replace_all(files, recipe, processes, unknown_may_be_many=bool(unknown))
    elif follow is not None:
        from privacykit.cli.scrub.following import follow as followed

        followed(follow, scrubber)
    else:
        from privacykit.cli.scrub.pipe import through

        through(scrubber)
    told += ScrubCounts.of(scrubber)
    if report:
        _report(told)
    if told.left:
        stop(Exit.FOUND if told.left == len(files or ()) else Exit.PARTLY)


def _check(option: str, value: str, values: tuple[str, ...]) -> None:
    if value not in values:
        names = ", ".join(filter(None, values))
        raise ConfigurationError(
            Problem("PK268", option, "", "it has no such value", f"one of {names}")
        )


def _report(told: ScrubCounts) -> None:
    """Say counts, never values."""
    import msgspec

    seen = dict(told.seen)
    words = {
        "unknown": seen.pop("unknown", 0),
        "long": seen.pop("long", 0),
        "files_left": told.left,
        "lines": seen,
        "weakened": dict(told.changed),
    }
    sys.stderr.write(msgspec.json.encode(words, order="sorted").decode() + "\n")
