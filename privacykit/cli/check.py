"""``privacykit check``: find what is wrong before a visitor does. Reads files, asks stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

import typer

from privacykit.cli.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.errors import ConfigurationError, PrivacyKitError, Problem
from privacykit.settings.load import DEFAULT_FILE


def register(app: typer.Typer) -> None:
    """Add ``check`` to *app*."""
    app.command("check")(check)


def check(
    config: CONFIG = DEFAULT_FILE,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Also fetch this page and name its cookies.")
    ] = "",
    as_json: JSON = False,
) -> None:
    """
    Check configuration, policies, keys, stores, sinks and geo database.

    Ends with 0 when nothing is wrong, with 1 when something is. A warning is said and is not wrong.
    """
    wrong, warnings = examine(config, url)
    if as_json:
        say_json({"problems": wrong, "warnings": warnings})
    else:
        for problem in wrong:
            say(f"error    {problem}")
        for problem in warnings:
            say(f"warning  {problem}")
        say("something is wrong" if wrong else f"{config} is in order")
    if wrong:
        stop(Exit.FOUND)


def examine(config: str, url: str = "") -> tuple[list[Problem], list[Problem]]:
    """Return what is wrong with the installation that *config* describes, and warnings."""
    from privacykit.settings.inspect import Inspection

    wrong: list[Problem] = []
    try:
        inspection = Inspection(config)
    except ConfigurationError as error:
        return list(error.problems), []
    for look in inspection.looks():
        wrong += _problems(look, config)
    warnings = list(inspection.warnings())
    if url:
        wrong += _problems(lambda: warnings.extend(inspection.unknown_cookies(url)), config)
    return wrong, warnings


def _problems(look: Callable[[], object], config: str) -> Iterator[Problem]:
    try:
        look()
    except ConfigurationError as error:
        yield from error.problems
    except PrivacyKitError as error:
        yield Problem("PK040", config, "", str(error), "is it up, and may we use it?")
