"""``privacykit check``: find what is wrong before a visitor does. Reads files, asks stores."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.findings import FORMAT, Findings, Format, format_of, say_findings
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, stop
from privacykit.cli.terminal.opened import import_from_here
from privacykit.errors import ConfigurationError, Problem
from privacykit.settings.paths import DEFAULT_FILE

if TYPE_CHECKING:
    from privacykit.settings.model import Settings

BOUND_SECONDS = 10.0
"""How long one store or sink may take to answer."""


def register(app: typer.Typer) -> None:
    """Add ``check`` to *app*."""
    add(app, "check", check, "privacykit check --config privacykit.toml")


def check(
    config: CONFIG = DEFAULT_FILE,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Also fetch this page and name its cookies.")
    ] = "",
    connect: Annotated[
        bool, typer.Option("--connect", help="Also ask each sink whether it answers.")
    ] = False,
    shown: FORMAT = Format.TEXT,
    as_json: JSON = False,
) -> None:
    """
    Check configuration, policies, data map, keys, stores, sinks and geo database.

    Nothing is created, neither a file nor a table. Ends with 0 when nothing is wrong, with 1 when
    something is. A warning is said and is not wrong.
    """
    wrong, warnings = examine(config, url, connect=connect)
    found = Findings("privacykit check", wrong, warnings, Path(config).absolute().parent)
    lines = [f"error    {problem}" for problem in wrong]
    lines += [f"warning  {problem}" for problem in warnings]
    lines.append("something is wrong" if wrong else f"{config} is in order")
    document = {"problems": wrong, "warnings": warnings}
    say_findings(found, format_of(shown, as_json=as_json), lines=lines, document=document)
    if wrong:
        stop(Exit.FOUND)


def examine(
    config: str, url: str = "", *, connect: bool = False
) -> tuple[list[Problem], list[Problem]]:
    """
    Return what is wrong with the installation that *config* describes, and warnings.

    Args:
        config: The configuration file.
        url: A page whose cookies are looked at.
        connect: Whether each sink is asked whether it answers.
    """
    from privacykit.operate.migrate import look_at_store, stores_of
    from privacykit.runtime.checks.everything import once, problems_of
    from privacykit.runtime.checks.installation import InstallationCheck
    from privacykit.settings.located import with_places

    try:
        inspection = InstallationCheck(config)
    except ConfigurationError as error:
        return list(error.problems), []
    wrong = list(inspection.problems)
    settings, paths = inspection.settings, inspection.paths
    ask = partial(problems_of, config=config, inspection=inspection)
    for look in inspection.looks():
        wrong += ask(look)
    wrong += ask(inspection.look_at_salts)
    for look in _of_the_application(config, settings):
        wrong += ask(look)
    if settings.reports.keep:
        from privacykit.cli.report.kept.lines import kept_problems

        wrong += inspection.more(kept_problems(settings, paths, config))
    for table, place, kind, schemas in stores_of(settings):
        look = partial(look_at_store, paths, table, place, kind, schemas)
        if settings.collects or table == "records":
            found = _within(BOUND_SECONDS, partial(ask, look), config, f"{table}.url")
            wrong += inspection.more(found)
    for key, answer in inspection.asks() if connect else ():
        wrong += _within(BOUND_SECONDS, partial(ask, answer), config, key)
    warnings: list[Problem] = []
    wrong += ask(lambda: warnings.extend(inspection.more(inspection.warnings())))
    if url:
        wrong += ask(lambda: warnings.extend(inspection.unknown_cookies(url)))
    folders = inspection.policy_folders
    return (
        list(once(with_places(wrong, config, folders))),
        list(once(with_places(warnings, config, folders))),
    )


def _of_the_application(config: str, settings: Settings) -> Iterator[Callable[[], object]]:
    """Yield what to try of what the application brings: hooks by name, keys of its protocols."""
    from privacykit.operate.protocols.rooms import rooms_of
    from privacykit.verify.watch.signups import signup_of

    import_from_here()
    yield partial(rooms_of, config, settings, time.time)
    yield partial(signup_of, settings.watch.signup, config)


def _within(
    seconds: float, ask: Callable[[], Iterable[Problem]], config: str, key: str
) -> Iterator[Problem]:
    """Do *ask* for some *seconds* at most: a server that is silent is wrong, too."""
    found: list[Problem] = []
    thread = Thread(target=lambda: found.extend(ask()), daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        hint = "is it up, and may we use it?"
        yield Problem("PK040", config, key, f"no answer within {seconds:.0f} seconds", hint)
    else:
        yield from found
