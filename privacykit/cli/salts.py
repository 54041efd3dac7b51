"""``privacykit salts``: their life, and the proof that none outlives its end. Reads the clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop
from privacykit.cli.terminal.words import hanging
from privacykit.errors import StoreError
from privacykit.settings.paths import DEFAULT_FILE, SQLITE, Paths

if TYPE_CHECKING:
    from privacykit.stores.salts.rules import DurableSaltStore


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "status", status, "privacykit salts status")
    add(group, "rotate", rotate, "privacykit salts rotate")
    add(group, "audit", audit, "privacykit salts audit")
    app.add_typer(group, name="salts")


def status(config: CONFIG = DEFAULT_FILE, json: JSON = False) -> None:
    """List the salts that stand, without telling them."""
    now = time.time()
    rows = _store(config).rows()
    if json:
        say_json({"now": now, "salts": rows})
        return
    widest = max((len(row.site) for row in rows), default=0)
    for row in rows:
        ends = f"{'dies' if row.not_after > now else 'DEAD since'} {_said(row.not_after)}"
        first = f"{row.site:<{widest}}  {row.day}  "
        for line in hanging(first, f"made {_said(row.made_at)}  {ends}"):
            say(line)
    if not rows:
        say("There are no salts.")


def rotate(
    config: CONFIG = DEFAULT_FILE,
    json: JSON = False,
    today: Annotated[
        bool, typer.Option("--today", help="Destroy the living ones too; then restart everything.")
    ] = False,
) -> None:
    """Destroy every salt whose day is over, and search for what is left of it."""
    store, now = _store(config), time.time()
    count = store.destroy_all(now) if today else store.destroy_expired(now)
    found = store.audit(now)
    if json:
        say_json({"destroyed": count, "level": found.level, "searched": found.searched})
        return
    say(f"Destroyed {count}; level {found.level}{', searched' if found.searched else ''}.")
    if today:
        say("Restart every server process: each keeps its salt in memory until midnight.")


def audit(config: CONFIG = DEFAULT_FILE, json: JSON = False) -> None:
    """Prove that no salt outlived its end; exit code 1 when one did."""
    found = _store(config).audit(time.time())
    if json:
        say_json(found)
    else:
        say(f"alive     {found.alive}")
        say(f"overdue   {found.overdue}")
        say(f"level     {found.level}")
        say(f"searched  {f'yes, {found.found} found' if found.searched else 'no'}")
        for note in found.notes:
            say(f"          {note}")
    if found.overdue or found.found:
        stop(Exit.FOUND, "A dead salt is still there: run `privacykit salts rotate`.")


def _store(config: str) -> DurableSaltStore:
    """
    Return the salt store that *config* names.

    Raises:
        StoreError: Its file is not there yet. We do not make it: it would belong to whoever runs
            this command, and the server could not open it.
    """
    from privacykit.settings.load import load
    from privacykit.stores.salts.open import open_salts

    url = Paths.beside(config).url(load(config).salts.url, "salts.url")
    if url.startswith("memory:"):
        stop(Exit.MISUSE, "The salts are in the memory of the server: no command can look at them.")
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists():
        raise StoreError("PK139 the salts' file does not exist yet: the server makes it")
    return open_salts(url)


def _said(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
