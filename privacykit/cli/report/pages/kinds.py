"""Commands that make a report, found among all of the group: a new one has a page too."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import typer

from privacykit.cli.report.answering import only_checked, received
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.cli.report.pages.fields import (
    ReportField,
    fields_of_command,
    read_words,
    values_of,
)
from privacykit.cli.terminal.commands import first_sentence
from privacykit.errors import InputError

if TYPE_CHECKING:
    from privacykit.reports.result import Report

_SHARED = frozenset(one.name for kind in (EventOptions, OutputOptions) for one in fields(kind))
"""Said once for all reports, or never: whose events, and how they are written."""
_STARTED_WITH = frozenset({"k", "accept_overlap", "epsilon"})
"""What whoever starts the program decides: how much is shown of few people, and what is spent."""


@dataclass(frozen=True, slots=True)
class ReportCommand:
    """
    A command that makes a report.

    Attributes:
        name: Its name, like ``funnel``.
        about: What it shows, in a sentence.
        function: Makes it, of keyword arguments.
        fields: What it can be asked.
    """

    name: str
    about: str
    function: Callable[..., None]
    fields: tuple[ReportField, ...]

    @property
    def asked(self) -> tuple[ReportField, ...]:
        """The fields that whoever looks at a page may fill in: no files, and not how few people."""
        return tuple(
            one for one in self.fields if one.name not in _SHARED | _STARTED_WITH and one.is_open
        )

    @property
    def is_open(self) -> bool:
        """Whether whoever looks at a page can fill in all that it needs."""
        return {one for one in self.fields if one.required} <= set(self.asked)

    def reports(
        self, given: Mapping[str, Sequence[str]], shared: Mapping[str, Any]
    ) -> list[Report]:
        """
        Return the reports.

        Args:
            given: What is said of its fields, as text.
            shared: Values that hold for all reports: whose events, ``k``.

        Raises:
            InputError: It cannot be asked.
            ConfigurationError: The configuration or a column map is wrong.
            BackendError: It could not be answered.
        """
        with received() as found:
            self._run(given, shared)
        return found

    def check(self, given: Mapping[str, Sequence[str]], shared: Mapping[str, Any]) -> None:
        """
        Refuse what cannot be asked, without asking it.

        Args:
            given: What is said of its fields, as text.
            shared: Values that hold for all reports: whose events, ``k``.

        Raises:
            InputError: It cannot be asked.
            ConfigurationError: Something in a definition is wrong.
        """
        with only_checked():
            self._run(given, shared)

    def _run(self, given: Mapping[str, Sequence[str]], shared: Mapping[str, Any]) -> None:
        """
        Run the command.

        Raises:
            InputError: It cannot be asked.
        """
        values = values_of(given, self.fields) | dict(shared)
        try:
            self.function(**values)
        except typer.Exit:
            raise InputError("these options do not fit together") from None


@dataclass(frozen=True, slots=True)
class AskedPage:
    """
    A page: a command, with what was said of it at the start.

    Attributes:
        name: Its own, which can be a file's.
        command: The command.
        given: What is said of its fields, as text.
    """

    name: str
    command: ReportCommand
    given: Mapping[str, Sequence[str]]


def report_commands() -> dict[str, ReportCommand]:
    """Return the commands that make a report which can be a page, by name."""
    from privacykit.cli.report import register

    home = typer.Typer()
    register(home)
    group = home.registered_groups[0].typer_instance
    assert group is not None
    found = {}
    for info in group.registered_commands:
        assert info.callback is not None
        name = info.name or ""
        known = tuple(fields_of_command(info.callback))
        if any(one.name == "html" for one in known):
            about = first_sentence(info.help or "")
            found[name] = ReportCommand(name, about, info.callback, known)
    return found


def asked_pages(lines: Sequence[str]) -> list[AskedPage]:
    """
    Return a page for each of *lines*, typed as after ``privacykit report``.

    Raises:
        InputError: One names no kind of report, or an option that it has not.
    """
    known, pages = report_commands(), []
    for number, line in enumerate(lines, 1):
        try:
            name, *words = shlex.split(line)
        except ValueError:
            raise InputError("--report: say a kind of report, with its quotes closed") from None
        if name not in known:
            raise InputError(f"--report: no such kind of report; there are: {', '.join(known)}")
        command = known[name]
        own = [one for one in command.fields if one.name not in _SHARED and one.name != "k"]
        pages.append(AskedPage(f"{number}-{name}", command, read_words(words, own)))
    return pages


def reports_of(
    lines: Sequence[str], events: EventOptions, scope: ScopeOptions
) -> list[tuple[str, Report]]:
    """
    Return the reports of *lines*, each with a name of its own that can be a file's.

    Args:
        lines: Each typed as after ``privacykit report``.
        events: Whose events, for all of them.
        scope: When and for whom; what is said here goes before what a line says.

    Raises:
        InputError: One cannot be asked.
        ConfigurationError: The configuration or a column map is wrong.
        BackendError: One could not be answered.
    """
    scoped = {name: value for name, value in asdict(scope).items() if value}
    shared = asdict(events) | {"k": scope.k} | scoped
    found = []
    for page in asked_pages(lines):
        reports = page.command.reports(page.given, shared)
        several = len(reports) > 1
        for place, one in enumerate(reports, 1):
            found.append((f"{page.name}-{place}" if several else page.name, one))
    return found
