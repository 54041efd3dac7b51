"""``privacykit consent stats``: rates, without small groups. Reads stores, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privacykit.cli.consent.period import PeriodOptions
from privacykit.cli.terminal.console import say, say_json
from privacykit.cli.terminal.opened import opened
from privacykit.cli.terminal.options import Reading

if TYPE_CHECKING:
    from privacykit.collect.consent.rates import Choices, Rates

_COUNTS = ("everything", "some", "refused", "withdrawn")
_LEAST = 2


def stats(
    period: PeriodOptions,
    reading: Reading,
    threshold: Annotated[
        int,
        typer.Option(
            "--threshold", metavar="N", min=_LEAST, help="Groups of fewer choices are not told."
        ),
    ] = 10,
) -> None:
    """
    Say how many allowed, refused and withdrew, by site, place, language, text and interface.

    Groups of fewer choices than the threshold are told together, and never so that they could be
    had by subtraction.
    """
    from privacykit.collect.consent.rates import rates
    from privacykit.stores.records.consent.counted import counted

    bounds = period.bounds()
    with opened(reading.config, look=True) as context:
        found = rates(counted(context.engine, *bounds), threshold)
    if reading.as_json:
        say_json(_document(found))
    else:
        for line in _table(found):
            say(line)


def _document(found: Rates) -> dict[str, Any]:
    by = {name: {key: _said(it) for key, it in groups.items()} for name, groups in found.by.items()}
    whole = None if found.whole is None else _said(found.whole)
    return {"threshold": found.threshold, "whole": whole, "by": by}


def _said(choices: Choices) -> dict[str, Any]:
    import msgspec

    percent = {name: choices.percent(name) for name in _COUNTS}
    return {**msgspec.to_builtins(choices), "percent": percent}


def _table(found: Rates) -> Iterator[str]:
    if found.whole is None:
        yield f"Fewer than {found.threshold} choices: no rates are told of so few."
        return
    yield f"{'':<28}{'choices':>8}{'all':>8}{'some':>8}{'refused':>9}{'withdrew':>10}"
    yield _line("all", found.whole)
    for name, groups in found.by.items():
        yield f"by {name}"
        yield from (_line(f"  {key}", choices) for key, choices in groups.items())
    yield f"Groups of fewer than {found.threshold} choices are told together."


def _line(name: str, choices: Choices) -> str:
    shares = [f"{choices.percent(it)} %" for it in _COUNTS]
    cells = f"{shares[0]:>8}{shares[1]:>8}{shares[2]:>9}{shares[3]:>10}"
    return f"{name[:27]:<28}{choices.total:>8}{cells}"
