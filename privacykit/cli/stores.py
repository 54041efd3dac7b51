"""``privacykit stores``: the versions of our tables, and bringing them up to date. Does I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.settings.paths import DEFAULT_FILE, Paths

if TYPE_CHECKING:
    from privacykit.operate.migrate import StoreStatus


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "status", status, "privacykit stores status")
    add(group, "migrate", migrate, "privacykit stores migrate")
    app.add_typer(group, name="stores")


def status(config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """List the stores: the version that is there, and the one that is wanted."""
    from privacykit.operate.migrate import store_status
    from privacykit.settings.load import load

    found = list(store_status(load(config), Paths.beside(config)))
    _tell(found, as_json=as_json)
    if not all(store.fits for store in found):
        stop(Exit.FOUND, "a start would be refused: privacykit stores migrate")


def migrate(config: CONFIG = DEFAULT_FILE, as_json: JSON = False) -> None:
    """Make the tables that are missing, and bring those that are older up to date."""
    from privacykit.operate.migrate import store_status
    from privacykit.settings.load import load

    _tell(list(store_status(load(config), Paths.beside(config), migrate=True)), as_json=as_json)


def _tell(found: list[StoreStatus], *, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    for one in found:
        there = "not made yet" if one.found is None else f"version {one.found}"
        wanted = "" if one.fits else f", {one.wanted} is wanted"
        say(f"{one.table:<8} {one.store:<13} {there}{wanted}")
