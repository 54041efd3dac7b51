"""The reports that ``[reports] keep`` names, read as they are typed. Reads definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from privacykit.cli.report.answering import looked_at
from privacykit.cli.report.kept.answering import AskedFigures
from privacykit.cli.report.pages.kinds import ReportCommand, asked_pages
from privacykit.errors import ConfigurationError, InputError, Problem
from privacykit.reports.conditions import LASTING_FIELDS, dimensions
from privacykit.reports.suppression import K

if TYPE_CHECKING:
    from privacykit.settings.model import Settings
    from privacykit.settings.paths import Paths

_WHEN = frozenset({"since", "until", "compare", "accept_overlap"})
"""What the calendar says of figures that are kept."""


@dataclass(frozen=True, slots=True)
class KeptLine:
    """
    A report whose figures are kept.

    Attributes:
        text: As it is typed.
        command: The command that makes it.
        given: What is said of its fields, as text.
        asked: What it asks.
    """

    text: str
    command: ReportCommand
    given: Mapping[str, Sequence[str]]
    asked: AskedFigures


def kept_lines(settings: Settings, paths: Paths, file: str) -> list[KeptLine]:
    """
    Return the reports whose figures are kept.

    Args:
        settings: The configuration.
        paths: Where the files are that it names.
        file: The configuration file, as the user named it.

    Raises:
        ConfigurationError: PK413: one cannot be asked; PK414: one cannot be kept; with all of them.
    """
    found: list[KeptLine] = []
    problems: list[Problem] = []
    if settings.reports.keep and find_spec("ibis") is None:
        problems.append(_extra(file))
    for place, text in enumerate(settings.reports.keep):
        key = f"reports.keep.{place}"
        try:
            line = _line(text, paths)
        except InputError as error:
            problems.append(Problem("PK413", file, key, str(error).removeprefix("--report: ")))
            continue
        except ConfigurationError as error:
            problems += error.problems
            continue
        if isinstance(line, str):
            problems.append(Problem("PK414", file, key, *_UNKEPT[line]))
        elif any(line.asked.subject("") == one.asked.subject("") for one in found):
            problems.append(Problem("PK414", file, key, *_UNKEPT["twice"]))
        else:
            found.append(line)
    if problems:
        raise ConfigurationError(*problems)
    return found


def kept_problems(settings: Settings, paths: Paths, file: str) -> Iterator[Problem]:
    """Yield what is wrong with the reports whose figures are to be kept."""
    try:
        kept_lines(settings, paths, file)
    except ConfigurationError as error:
        yield from error.problems


_UNKEPT = {
    "when": (
        "figures are kept by the calendar",
        "leave out --from, --to, --compare and --accept-overlap",
    ),
    "history": (
        "it looks at events before its period, which are gone by then",
        "keep overview, funnel, cart, journey, or segments with --by of what the visit itself has",
    ),
    "twice": ("another line asks the same", "say all its segments in one"),
}


def _extra(file: str) -> Problem:
    hint = "pip install 'privacykit[reports]'"
    return Problem("PK414", file, "reports.keep", "the extra 'reports' is not installed", hint)


def _line(text: str, paths: Paths) -> KeptLine | str:
    """
    Return what *text* asks, or why that cannot be kept.

    Raises:
        InputError: It cannot be asked.
        ConfigurationError: Something in a definition is wrong.
    """
    (page,) = asked_pages([text])
    if not _WHEN.isdisjoint(page.given):
        return "when"
    given = dict(page.given)
    if files := given.get("definition"):
        given["definition"] = [str(paths.file(one)) for one in files]
    with looked_at() as found:
        page.command.reports(given, {})
    ((kind, segments),) = found
    lasting = any(not dimensions(one.match).isdisjoint(LASTING_FIELDS) for one in segments)
    if kind.question is None or kind.history or kind.lookback_days or lasting:
        return "history"
    return KeptLine(text, page.command, given, AskedFigures(kind, segments, K))
