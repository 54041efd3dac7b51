"""``privacykit request letter`` and ``register``: for the person, for an authority. Does I/O."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.documents.metrics_command import EXAMPLE, metrics
from privacykit.cli.rights.plan import least_kept
from privacykit.cli.terminal.commands import add
from privacykit.cli.terminal.console import say, say_json, warn
from privacykit.cli.terminal.ids import RequestId
from privacykit.cli.terminal.opened import day, opened
from privacykit.cli.terminal.options import Reading
from privacykit.cli.terminal.words import many
from privacykit.errors import InputError
from privacykit.govern.records import RequestStatus
from privacykit.govern.words import LANGUAGES
from privacykit.private_files import replacing

if TYPE_CHECKING:
    from privacykit.govern.requests.register import RegisterRow

OUTPUT = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write here; never over a file."),
]


def register(group: typer.Typer) -> None:
    """Add the commands to the group ``request``."""
    add(group, "letter", letter, "privacykit request letter 5f0c --language de -o letter.txt")
    add(group, "register", show_register, "privacykit request register --csv -o register.csv")
    add(group, "metrics", metrics, EXAMPLE)


def letter(
    which: RequestId,
    reading: Reading,
    *,
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", help=" or ".join(LANGUAGES))
    ] = "en",
    output: OUTPUT = None,
) -> None:
    """
    Write the letter that answers a person: what was done, what was kept and why, their rights.

    Read it before you send it. It names nobody, and says where the request stands at the moment.

    Raises:
        InputError: There is no such language, or the file is there already.
    """
    import msgspec

    from privacykit.operate.letters.letter import letter_of, write_letter

    found = next((known for known in LANGUAGES if known == language), None)
    if found is None:
        raise InputError("letters are written in " + " or ".join(LANGUAGES))
    with opened(reading.config, look=True) as context:
        told = letter_of(context, context.desk.found(which.of(context)), found)
        text = write_letter(context, told, found)
    for law in () if told.kept else told.at_least:
        warn(least_kept(law))
    if reading.as_json:
        say_json(msgspec.to_builtins(told) | {"text": text})
    else:
        _put(text, output)


def show_register(
    reading: Reading,
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="A row a request, for a table.")] = False,
    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="Received then or later.")
    ] = "",
    output: OUTPUT = None,
) -> None:
    """
    Show the register of requests: types, dates, deadlines, outcomes; nothing of a person.

    Raises:
        InputError: The file is there already.
    """
    from zoneinfo import ZoneInfo

    from privacykit.govern.requests.register import register_rows

    first = day(since) if since else 0.0
    with opened(reading.config, look=True) as context:
        zone = ZoneInfo(context.settings.timezone)
        filed = [
            one for one in context.requests.filed(RequestStatus) if one.request.received_at >= first
        ]
        rows = register_rows(filed, zone, context.clock())
    if reading.as_json:
        say_json(rows)
    elif as_csv:
        _put(_table(rows), output)
    else:
        _put("\n".join(_summary(rows)) + "\n", output)


def _table(rows: tuple[RegisterRow, ...]) -> str:
    import csv

    import msgspec

    from privacykit.govern.requests.register import COLUMNS
    from privacykit.personal.cells import neutral

    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(neutral, msgspec.structs.astuple(row)) for row in rows)
    return page.getvalue()


def _summary(rows: tuple[RegisterRow, ...]) -> list[str]:
    late = sum(row.in_time == "no" for row in rows)
    kinds = Counter((row.type, row.outcome) for row in rows)
    told = [f"  {kind:<20}  {outcome:<20}  {n}" for (kind, outcome), n in sorted(kinds.items())]
    return [f"{many(len(rows), 'request')}, {late} late", *told]


def _put(text: str, output: Path | None) -> None:
    if output is None:
        say(text.rstrip("\n"))
        return
    if output.exists():
        raise InputError("the file is there already")
    try:
        with replacing(output) as file:
            file.write(text.encode())
    except OSError:
        raise InputError(f"{output.name} cannot be written") from None
