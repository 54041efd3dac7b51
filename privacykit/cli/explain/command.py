"""
``privacykit explain``: may this happen for this visitor, and which clauses say so.

Reads ``privacykit.toml``, policy files and, for ``--batch``, a file of cases. Writes to standard
output.
"""

from __future__ import annotations

from typing import Annotated

import typer

from privacykit.cli.explain.options import Chain, LawAsked, Said, WhatIf, Whereabouts, Wish
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import CONFIG, JSON, Exit, stop
from privacykit.settings.paths import DEFAULT_FILE


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    add(app, "explain", explain, "privacykit explain --country DE --purpose analytics")


def explain(  # noqa: PLR0913  # one for each kind of thing that is said
    *,
    batch: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Answer every case of a JSON-lines file; - is stdin."),
    ] = None,
    wish: Wish,
    where: Whereabouts,
    said: Said,
    what_if: WhatIf,
    law: LawAsked,
    chain: Chain,
    config: CONFIG = DEFAULT_FILE,
    json: JSON = False,
) -> None:
    """
    Explain what the middleware would decide, by the clauses that make it.

    Without a configuration, or with --use, the bare law is asked.
    """
    # Not before it is used: the help of the command needs no law.
    if chain.asked:
        from privacykit.cli.explain.client import explain_headers

        explain_headers(chain.header or (), chain.peer, config, json=json)
        return
    from privacykit.cli.explain.batch import answer_all
    from privacykit.cli.explain.law import asked_law
    from privacykit.cli.explain.one import explain_law, explain_site
    from privacykit.cli.explain.question import QuestionPut, stated

    asked = asked_law(config, law)
    if batch is not None:
        unread = answer_all(batch, asked, config)
        stop(Exit.FOUND, f"{unread} cases could not be read") if unread else None
        return
    ask = explain_law if wish.use is not None else explain_site
    properties = stated(what_if.properties or ())
    ask(QuestionPut(wish, where, said, what_if, properties), asked, config, json=json)
