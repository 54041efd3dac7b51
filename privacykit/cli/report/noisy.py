"""Reports with noise: answered once, within a budget, and again from the ledger. Does I/O."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

from privacykit.cli.report.answering import ReportKind, is_checking, received, report, write
from privacykit.cli.report.options import EventOptions, OutputOptions, ScopeOptions
from privacykit.errors import InputError, ReportRefusalError
from privacykit.reports.noise.question import NoisyQuestion, WithNoise, epsilon
from privacykit.reports.suppression import K

if TYPE_CHECKING:
    from privacykit.reports.asking import Answer
    from privacykit.reports.periods import ReportPeriod
    from privacykit.reports.result import Ids, Report
    from privacykit.settings.model import Settings
    from privacykit.stores.kept.noise import NoiseLedger


def cost_of(said: str, scope: ScopeOptions) -> tuple[str, int]:
    """
    Return what a report may cost, and what a figure of it must at least be.

    Raises:
        InputError: It is no number, or is out of bounds.
    """
    return epsilon(said), max(scope.k or K, K)


def report_with_noise(
    question: WithNoise,
    kind: ReportKind,
    events: EventOptions,
    scope: ScopeOptions,
    output: OutputOptions,
) -> None:
    """
    Answer, or show again what was answered, and write it as it is wanted.

    Args:
        question: What is asked, and what it may cost.
        kind: What answers it.
        events: Whose events.
        scope: When.
        output: How it is written.

    Raises:
        InputError: It cannot be asked, or the budget is spent.
    """
    if events.events:
        raise InputError("--epsilon is for our own store: a file has no ledger of what was spent")
    if scope.segment or scope.compare or events.stays or events.engine != "duckdb":
        raise InputError("with --epsilon leave out --segment, --compare, --in-place and --engine")
    if is_checking():
        report(kind, events, scope, output)
        return
    write(_answered(question, kind, events, scope), output)


def overview_with_noise(
    said: str, events: EventOptions, scope: ScopeOptions, output: OutputOptions
) -> None:
    """
    Answer how many visitors there were, with noise.

    Raises:
        InputError: It cannot be asked, or the budget is spent.
    """
    question = NoisyQuestion(*cost_of(said, scope))

    def answer(ids: Ids) -> tuple[Answer, tuple[str, ...], tuple[str, ...]]:
        from privacykit.reports.answers.noisy import overview as answers
        from privacykit.reports.noise.mechanism import laplace

        missing = () if ids == "consented" else ("distinct_visitors",)
        return answers.answer(question, laplace), answers.notes(question, ids), missing

    title = "How many visitors there were, with noise"
    kind = ReportKind("overview", title, "visit", frozenset(), answer)
    report_with_noise(question, kind, events, scope, output)


def _answered(
    question: WithNoise, kind: ReportKind, events: EventOptions, scope: ScopeOptions
) -> Report:
    """
    Return the report: of the ledger, if it was shown before, else of the events.

    Raises:
        ReportRefusalError: There is not so much left of the budget.
        StoreError: The ledger failed; nothing may be shown.
    """
    from privacykit.cli.report.source import periods_of, site_of
    from privacykit.reports.kept.figures import question_digest, written
    from privacykit.reports.noise.mechanism import check_extra
    from privacykit.reports.result import Report as ReadReport
    from privacykit.settings.load import load
    from privacykit.stores.kept.figures import KeptSubject
    from privacykit.stores.kept.noise import NoisyReport, spent

    settings = load(events.config)
    site = site_of(settings, events)
    (period,) = periods_of(scope, ZoneInfo(site.timezone), time.time())
    subject = KeptSubject(site.id, kind.name, question_digest(question))
    with _ledger(settings, events, site.id) as ledger:
        shown = ledger.of(site.id)
        for one in shown:
            if (one.subject, one.first, one.last) == (subject, period.first, period.last):
                return msgspec.json.decode(one.body, type=ReadReport)
        before = spent(shown, period.first, period.last)
        left = _left(settings, before, Decimal(question.epsilon))
        check_extra()
        made = structs.replace(_made(kind, events, scope, period), k=question.k)
        note = (
            f"budget: {question.epsilon} of ε was spent for this report, {before} before on these "
            f"days, and {left} is left; the same question has the same answer, and costs nothing."
        )
        made = structs.replace(made, notes=(*made.notes, note))
        body = written(made)
        new = NoisyReport(subject, period.first, period.last, question.epsilon, body)
        ledger.add(new, time.time())
    return made


def _made(
    kind: ReportKind, events: EventOptions, scope: ScopeOptions, period: ReportPeriod
) -> Report:
    days = replace(scope, since=str(period.first), until=str(period.last), k=None)
    with received() as found:
        report(kind, events, days, OutputOptions())
    (made,) = found
    return made


def _left(settings: Settings, before: Decimal, cost: Decimal) -> Decimal:
    """
    Return what is left of the budget after *cost*.

    Raises:
        ReportRefusalError: There is none, or not so much.
    """
    budget = settings.reports.epsilon_budget
    if budget is None:
        raise ReportRefusalError(
            "no_budget: say with [reports] epsilon_budget how much of ε may be spent on a day"
        )
    left = Decimal(str(budget)) - before - cost
    if left < 0:
        raise ReportRefusalError(
            f"budget_spent: of ε = {Decimal(str(budget))} for these days {before} is spent, and "
            f"this report costs {cost}; ask again what was shown before, or ask for less"
        )
    return left


@contextmanager
def _ledger(settings: Settings, events: EventOptions, site: str) -> Iterator[NoiseLedger]:
    """
    Lend the ledger, to one at a time.

    Raises:
        InputError: Another process spends.
    """
    from privacykit.settings.paths import Paths
    from privacykit.stores.database.engine import open_engine
    from privacykit.stores.kept.noise import NoiseLedger

    url = Paths.beside(events.config).url(settings.records.url, "records.url")
    engine, owner = open_engine(url, kind="records"), secrets.token_hex(8)
    ledger = NoiseLedger(engine)
    try:
        if not ledger.claim(site, owner, time.time()):
            raise InputError("another report with noise is made at the moment: ask again")
        try:
            yield ledger
        finally:
            ledger.release(site, owner, time.time())
    finally:
        engine.dispose()
