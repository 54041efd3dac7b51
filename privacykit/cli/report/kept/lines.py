"""The reports that ``[reports] keep`` names, read as they are typed. Reads definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from privacykit.cli.report.answering import looked_at
from privacykit.cli.report.kept.answering import AskedFigures
from privacykit.cli.report.loop import HUBSPOT
from privacykit.cli.report.pages.kinds import ReportCommand, asked_pages
from privacykit.errors import ConfigurationError, InputError, Problem
from privacykit.reports.conditions import LASTING_FIELDS, dimensions
from privacykit.reports.suppression import K
from privacykit.settings.duties.reports import LONGEST

if TYPE_CHECKING:
    from privacykit.settings.model import Settings
    from privacykit.settings.paths import Paths

_FILES = frozenset({"definition", "links", "crm", "crm_columns"})
"""Options that name files, which lie beside the configuration."""
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
            problems += _too_short(settings, line, file, key)
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
        "it looks as far back as events are kept, so that its figures would be those of a day",
        "keep attribution, loop, overview, funnel, cart, journey, or segments of the visit itself",
    ),
    "unasked": (
        "its figures rest on chance, or on costs that a file may tell otherwise later",
        "leave out --epsilon and --costs",
    ),
    "twice": ("another line asks the same", "say all its segments in one"),
}


def _too_short(settings: Settings, line: KeptLine, file: str, key: str) -> Iterator[Problem]:
    """Yield the purposes whose events are gone before a period is over that looks back at them."""
    days = line.asked.kind.lookback_days
    longest = LONGEST[settings.reports.keep_by] + days + 1
    for name, purpose in settings.purposes.items():
        if days and purpose.retention.shortest_days <= longest:
            message = f"events of {name} end before a period is over that looks back {days} days"
            hint = "keep figures by shorter periods, look back less, or keep these events longer"
            yield Problem("PK412", file, key, message, hint)


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
    for name in _FILES & given.keys():
        given[name] = [one if one == HUBSPOT else str(paths.file(one)) for one in given[name]]
    with looked_at() as found:
        page.command.reports(given, {})
    ((kind, segments),) = found
    lasting = any(not dimensions(one.match).isdisjoint(LASTING_FIELDS) for one in segments)
    if kind.history or lasting:
        return "history"
    if kind.question is None:
        return "unasked"
    return KeptLine(text, page.command, given, AskedFigures(kind, segments, K))
