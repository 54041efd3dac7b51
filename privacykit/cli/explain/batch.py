"""``privacykit explain --batch``: a file of cases, answered line by line. Reads a file or stdin."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from privacykit.cli.explain.law import AskedLaw
from privacykit.cli.terminal.console import Exit, stop
from privacykit.decide.case import Case, CaseError, answer, refuse

Answer = dict[str, object]


def answer_all(source: str, asked: AskedLaw, config: str) -> int:
    """
    Answer every case of *source*, one JSON line each, in order; blank lines are passed over.

    A case whose ``purpose`` is one of the configuration is asked of its site, as its middleware
    would decide; every other one is asked of the bare law.

    Args:
        source: The file, or ``-`` for standard input.
        asked: The policies in force and the configuration.
        config: Name of its file.

    Returns:
        How many could not be read; they were answered too, with ``deny``.

    Raises:
        ConfigurationError: The configuration cannot be used.
    """
    answered = _answers(asked, config)
    with nullcontext(sys.stdin.buffer) if source == "-" else _open(source) as lines:
        return _answer_lines(lines, sys.stdout.buffer, answered)


def _answers(asked: AskedLaw, config: str) -> Callable[[bytes], Answer]:
    on = today()

    def of_law(line: bytes) -> Answer:
        return answer(
            Case.parse(line),
            asked.policies,
            today=on,
            gpc_scope=asked.gpc_scope,
            strict=asked.strict,
        )

    if asked.settings is None or not asked.settings.site:
        return of_law
    from privacykit.cli.explain.cases import SiteCases

    sites = SiteCases(asked, config)

    def of_site_or_law(line: bytes) -> Answer:
        purpose = _named(line, "purpose")
        if purpose is None or not sites.knows(purpose):
            return of_law(line)
        return sites.answer(Case.parse(line), purpose, _named(line, "site"))

    return of_site_or_law


def _named(line: bytes, member: str) -> str | None:
    """Return *member* of a case where it is a word."""
    try:
        table: Any = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    found = table.get(member) if isinstance(table, Mapping) else None
    return found if isinstance(found, str) else None


def _open(source: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except OSError:
        stop(Exit.MISUSE, f"cannot read {source}")


def _answer_lines(
    lines: Iterable[bytes], out: BinaryIO, answered: Callable[[bytes], Answer]
) -> int:
    encode, unread = msgspec.json.Encoder().encode, 0
    for line in lines:
        if not line.strip():
            continue
        try:
            told = answered(line)
        except CaseError as error:
            told, unread = refuse(error), unread + 1
        out.write(encode(told) + b"\n")
    out.flush()
    return unread


def today() -> date:
    """Return the local date."""
    return datetime.now().astimezone().date()
