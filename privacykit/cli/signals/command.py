"""
``privacykit signals decode``: what a consent string or an opt-out header says, without a network.

Reads a file of lines with ``--batch``. Writes to standard output; never the string itself.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import JSON, Exit, say, say_json, stop
from privacykit.cli.terminal.words import hanging

if TYPE_CHECKING:
    from privacykit.cli.signals.words import ToldSignal


def register(app: typer.Typer) -> None:
    """Add the group to *app*."""
    group = typer.Typer(no_args_is_help=True)
    add(group, "decode", decode, "privacykit signals decode 1YNN")
    app.add_typer(group, name="signals")


def decode(
    *,
    string: Annotated[
        str | None,
        typer.Argument(help="A TC, GPP, US Privacy or AC string, gpp_sid, or Name: value."),
    ] = None,
    section: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Read it as this section of a GPP string, as usca."),
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Answer every line of a JSON-lines file; - is stdin."),
    ] = None,
    json: JSON = False,
) -> None:
    """
    Explain a consent string or an opt-out header in plain words.

    Nothing is looked up: vendors are numbers. A string that cannot be read whole says nothing, and
    why is told. With --batch each line is answered by a line of JSON.
    """
    if (string is None) == (batch is None):
        stop(Exit.MISUSE, "give one string, or --batch FILE")
    if batch is not None:
        from privacykit.cli.signals.batch import answer_all

        unread = answer_all(batch)
        stop(Exit.FOUND, f"{unread} lines could not be read") if unread else None
        return
    from privacykit.cli.signals.answers import answer
    from privacykit.cli.signals.recognise import recognised
    from privacykit.cli.signals.words import reliance, told

    line = recognised(string or "", section)
    if line is None:
        stop(Exit.FOUND, "This is no string or header that we know the form of.")
    now = datetime.fromtimestamp(time.time(), UTC)
    if json:
        answered = {**answer(line), **reliance(line, now)}
        say_json({"standard": line.standard, **answered})
        stop(Exit.FOUND) if answered.get("valid") is False else None
        return
    found = told(line, now)
    _print(found)
    stop(Exit.FOUND) if found.unknown else None


def _print(found: ToldSignal) -> None:
    for text in hanging("", found.title):
        say(text)
    widest = max((len(label) for label, _ in found.rows), default=0)
    for label, text in found.rows:
        for part in hanging(f"  {label:<{widest}}  ", text):
            say(part)
    for sentence in found.meaning:
        for text in hanging("", sentence):
            say(text)
