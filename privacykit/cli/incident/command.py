"""The group ``privacykit incident``: each command lives in a file of its own. No I/O."""

from __future__ import annotations

import typer

from privacykit.cli.incident.decide import close, decide
from privacykit.cli.incident.letters import letters
from privacykit.cli.incident.open import open_
from privacykit.cli.incident.plan import plan
from privacykit.cli.incident.shown import list_, show, status
from privacykit.cli.terminal.commands import add

_OPEN = "privacykit incident open --aware 2026-11-27T18:00+01:00 --all --read"


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "plan", plan, "privacykit incident plan --output incident-plan")
    add(group, "open", open_, _OPEN)
    add(group, "status", status, "privacykit incident status")
    add(group, "show", show, "privacykit incident show 3f9a")
    add(group, "list", list_, "privacykit incident list")
    add(group, "letters", letters, "privacykit incident letters 3f9a --output letters")
    add(
        group,
        "decide",
        decide,
        "privacykit incident decide 3f9a --law DE --authority --notify --because 'a risk'",
    )
    add(group, "close", close, "privacykit incident close 3f9a --remedy 'keys changed'")
    app.add_typer(group, name="incident")
