"""``privacykit consent export``: all records as JSON lines. Reads stores; writes files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privacykit.cli.consent.period import PeriodOptions
from privacykit.cli.terminal.console import say, say_json
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import Reading
from privacykit.errors import InputError
from privacykit.private_files import replacing

if TYPE_CHECKING:
    from privacykit.stores.records.consent.archive import ConsentArchive

OUTPUT = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write there; else to the terminal."),
]


def export(period: PeriodOptions, reading: Reading, output: OUTPUT = None) -> None:
    """
    Write consent records as JSON lines, oldest first, then each text that they name, once.

    A line is {"record": {…}} or {"text": {…}}. With FILE, --json sums up what was written.

    Raises:
        InputError: The file cannot be written, or an end of the period is no date.
    """
    from privacykit.operate.consent.records import archive_of

    bounds = period.bounds()
    with opened(reading.config, look=True) as context:
        lines = _Lines(archive_of(context), bounds)
        if output is None:
            for line in lines:
                sys.stdout.write(line.decode())
            return
        try:
            with replacing(output) as file:
                file.writelines(lines)
        except OSError:
            raise InputError(f"{output.name} cannot be written") from None
    if reading.as_json:
        say_json({"file": str(output), "records": lines.records, "texts": lines.texts})
    else:
        say(f"{output}: {lines.records} records, {lines.texts} texts")


class _Lines:
    """The lines of an export, counted as they pass."""

    def __init__(self, archive: ConsentArchive, bounds: tuple[float, float]) -> None:
        self._archive = archive
        self._bounds = bounds
        self.records = self.texts = 0

    def __iter__(self) -> Iterator[bytes]:
        import msgspec

        named: dict[str, None] = {}
        for record in self._archive.records(*self._bounds):
            self.records += 1
            named[record.text_hash] = None
            yield msgspec.json.encode({"record": record}) + b"\n"
        for hash_ in named:
            text = self._archive.text(hash_)
            if text is not None:
                self.texts += 1
                shown = msgspec.Raw(text.body)
                told = {"hash": text.hash, "language": text.language, "shown": shown}
                yield msgspec.json.encode({"text": told}) + b"\n"
