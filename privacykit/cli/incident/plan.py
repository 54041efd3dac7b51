"""``privacykit incident plan``: the response plan, before anything happens. Writes files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privacykit.cli.terminal.console import CONFIG, JSON, Exit, say, say_json, stop, warn
from privacykit.cli.terminal.opened import opened
from privacykit.settings.paths import DEFAULT_FILE


def plan(
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FOLDER", help="Write Markdown and HTML there."),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Leave out stores, hosts, keys and commands.")
    ] = False,
    config: CONFIG = DEFAULT_FILE,
    as_json: JSON = False,
) -> None:
    """
    Write the response plan: contain, assess, notify, with the deadlines of every law that applies.

    The laws are those of the places where visitors were and of where the operator is established.
    Ends with 1 where something that a notice needs was not stated.
    """
    from privacykit.cli.incident.opened_service import write_document
    from privacykit.documents.incident.blocks import as_html, as_markdown
    from privacykit.documents.incident.plan import plan_blocks
    from privacykit.operate.incidents.planning import plan_facts

    with opened(config, look=True) as context:
        facts = plan_facts(context, public=public)
    blocks = plan_blocks(facts, public=public)
    title = "Incident response plan"
    if as_json:
        say_json({"laws": facts.laws, "missing": facts.organisation.missing()})
    elif output is None:
        say(as_markdown(blocks).rstrip("\n"))
    else:
        for name, text in (
            ("incident-plan.md", as_markdown(blocks)),
            ("incident-plan.html", as_html(title, blocks)),
        ):
            say(str(write_document(output, name, text)))
    missing = facts.organisation.missing()
    if missing:
        warn(f"PK355 not stated in the configuration: {', '.join(missing)}")
        stop(Exit.FOUND)
