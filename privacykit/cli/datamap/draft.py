"""``privacykit datamap scan``: a draft of a map. Reads schemas, models and some values."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.terminal.console import say, warn
from privacykit.errors import InputError
from privacykit.private_files import replacing

if TYPE_CHECKING:
    from privacykit.govern.erasure.ports.capability import Samples

OUTPUT = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write here instead of the terminal.")
]
SAMPLES = 200


def scan(
    place: Annotated[
        str,
        typer.Argument(
            metavar="PLACE",
            help="A database's URL, env:NAME for one, a directory, or django; "
            "under manage.py nothing is django.",
        ),
    ] = "",
    name: Annotated[str, typer.Option("--name", help="The dataset's name in the map.")] = "app",
    samples: Annotated[
        int, typer.Option("--samples", min=0, help="Values looked at per column; 0 for none.")
    ] = SAMPLES,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--models",
            metavar="MODULE",
            help="Follow what a module's SQLAlchemy models say of their columns.",
        ),
    ] = None,
    alias: Annotated[
        str, typer.Option("--database", metavar="ALIAS", help="Which of Django's databases.")
    ] = "default",
    output: OUTPUT = None,
) -> None:
    """
    Propose a data map from a live schema; no value of it is printed or kept.

    Raises:
        InputError: No place is named, the variable is not set, the file to write is there already,
            or a module of models cannot be read.
        ConfigurationError: PK213, a model names no data category; PK218, Django cannot be started.
    """
    from privacykit.cli.datamap.source import source_of
    from privacykit.govern.datamap.proposal.draft import draft_map
    from privacykit.govern.datamap.toml import write_toml

    if output is not None and output.exists():
        raise InputError("the file is there already")
    source = source_of(place, name, models or (), alias)
    connector = source.open(name)
    try:
        draft = draft_map(
            name,
            source.variable,
            connector.schema(),
            lambda table, column: _labels(connector, table, column, samples),
            source.told,
        )
    finally:
        connector.close()
    del draft["datasets"][name]["url"]
    draft["datasets"][name] = source.members | draft["datasets"][name]
    write_map(write_toml(draft), output)
    if source.variable and source.variable not in os.environ:
        warn(
            f"the map reads the URL from {source.variable}, since it names a login: "
            "set that variable"
        )


def _labels(connector: Samples, table: str, column: str, samples: int) -> Mapping[str, float]:
    """Return the share of sampled values that are wholly what each detector looks for."""
    from privacykit.govern.datamap.proposal.guessed_kinds import MIXED_CASE
    from privacykit.pseudonym.texts.detectors import find

    values = [str(v) for v in connector.sample(table, column, samples)] if samples else []
    counts: Counter[str] = Counter()
    for value in values:
        text = value.strip()
        for start, end, label in find(text):
            if text and end - start >= 0.9 * len(text):
                counts[label] += 1
        counts[MIXED_CASE] += text != text.lower()
    return {label: count / len(values) for label, count in counts.items()}


def write_map(text: str, output: Path | None) -> None:
    """Write *text* to *output*, or show it."""
    if output is None:
        say(text.rstrip())
        return
    with replacing(output) as file:
        file.write(text.encode())
    say(f"{output}: read it, correct it, then run `privacykit datamap check`")
