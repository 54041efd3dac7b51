"""The period that consent commands look at: options shared by them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Annotated

import typer

from privacykit.cli.terminal.opened import day


@dataclass(frozen=True, slots=True)
class PeriodOptions:
    """When choices were made: an option set."""

    since: Annotated[
        str, typer.Option("--since", metavar="DATE", help="Choices made from then on.")
    ] = ""
    until: Annotated[
        str, typer.Option("--until", metavar="DATE", help="Choices made before then.")
    ] = ""

    def bounds(self) -> tuple[float, float]:
        """
        Return both ends in Unix seconds; what is not said is open.

        Raises:
            InputError: One is no date.
        """
        first = day(self.since) if self.since else -inf
        return first, day(self.until) if self.until else inf
