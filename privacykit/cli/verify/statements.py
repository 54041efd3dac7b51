"""``verify --query-log``: a statement log judged by the purposes of its roles. Reads a file."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from privacykit.cli.findings import Findings, Format, say_findings
from privacykit.cli.terminal.console import Exit, stop
from privacykit.cli.terminal.words import hanging
from privacykit.errors import ConfigurationError, Problem
from privacykit.verify.claims import times

if TYPE_CHECKING:
    from privacykit.verify.statements.judge import StatementReport


class LogFormat(StrEnum):
    """Who wrote a statement log."""

    POSTGRESQL = "postgresql"
    MARIADB = "mariadb"
    JSONL = "jsonl"


NOTHING = "no statement is in it: nothing was judged"
_HINT = "is --log-format right, and does the server log statements?"


def judge_log(path: Path, log_format: LogFormat, config: str, how: Format) -> None:
    """
    Judge the log at *path*; end with 1 where a role read what is not for its purposes.

    Ends with 3 where of something in it nothing can be told, or nothing is in it.

    Raises:
        ConfigurationError: PK318, no role is named, or a role serves a purpose that nothing has.
        InputError: The log cannot be read.
    """
    from privacykit.cli.terminal.opened import opened
    from privacykit.verify.statements.entries import entries
    from privacykit.verify.statements.judge import StatementJudge

    with opened(config, look=True) as context:
        roles, datamap = context.settings.verify.roles, context.datamap
    known = {
        purpose
        for dataset in datamap.datasets
        for name in datamap.of(dataset)
        for purpose in datamap.purposes(dataset, name)
    }
    problems = [
        Problem("PK318", config, f"verify.roles.{name}", "nothing in the data map has this purpose")
        for name, role in roles.items()
        if not set(role.purposes) <= known
    ]
    if not roles:
        hint = 'write [verify.roles.NAME] with purposes = ["…"]'
        problems = [Problem("PK318", config, "verify.roles", "no role is named", hint)]
    if problems:
        raise ConfigurationError(*problems)
    report = StatementJudge(datamap, roles, log_format.value).judge(entries(path, log_format.value))
    _tell(report, path, how)
    if report.violations:
        stop(Exit.FOUND)
    if report.cannot_tell or report.is_empty:
        stop(Exit.PARTLY)


def _tell(report: StatementReport, path: Path, how: Format) -> None:
    from privacykit.verify.statements.judge import StatementVerdict

    wrong: list[Problem] = []
    advice: list[Problem] = []
    for one in report.findings:
        who = one.role or "somebody"
        text = f"{who} read it, {times(one.count)}" if one.role else times(one.count)
        problem = Problem("PK317", path.name, one.what, text, "", one.line)
        violation = one.verdict is StatementVerdict.VIOLATION
        (wrong if violation else advice).append(problem)
    if report.is_empty:
        advice.append(Problem("PK317", path.name, "", NOTHING, _HINT))
    found = Findings("privacykit verify --query-log", wrong, advice, path.absolute().parent)
    say_findings(found, how, lines=_lines(report, path), document=report)


def _lines(report: StatementReport, path: Path) -> Iterator[str]:
    for one in report.findings:
        who = f"{one.role}: " if one.role else ""
        words = f"{who}{one.what}, {times(one.count)}, first in line {one.line} of {path.name}"
        yield from hanging(f"{one.verdict.value:<12} ", words)
    if report.is_empty:
        yield from hanging("", f"{NOTHING} ({_HINT})")
        return
    yield (
        f"{report.compliant} compliant, {report.violations} violations, "
        f"{report.cannot_tell} of which it cannot be told"
    )
