"""``privacykit report retention``: who comes again in later months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privacykit.cli.report.answering import ReportKind, report
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.errors import ReportRefusalError

if TYPE_CHECKING:
    from privacykit.reports.asking import Answer
    from privacykit.reports.result import Ids


def retention(events: EventOptions, scope: ScopeOptions, output: OutputOptions) -> None:
    """
    Show how many people come again: by the month they first came in, so many months later.

    Only ids that last are people; where all ids end at midnight there is no such report.
    """

    def answer(ids: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.reports.answers import retention as answers

        if ids == "daily":
            raise ReportRefusalError(
                "needs_person_id: visitor ids end at midnight, so nobody can be seen to come again"
            )
        return answers.answer(), answers.notes(ids), ()

    kind = ReportKind("retention", "Who comes again", "person", frozenset(), answer, history=True)
    report(kind, events, scope, output)
