"""
The letter that answers a person's request, in plain words. Reads templates and stores.

It says what was done, what was kept and why, who was told, and where to complain (GDPR Art. 12(1),
12(3), 12(4), 13(2)(d), 19), by when, where a law says so. It names nobody: whoever sends it knows
to whom.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from privacykit.govern.datamap import DataMap
from privacykit.govern.erasure.planning.plan import READING
from privacykit.govern.records import (
    STANDS_YET,
    Action,
    Receipt,
    RequestStatus,
    RequestType,
    StepResult,
)
from privacykit.govern.requests.deadlines import end_of
from privacykit.govern.requests.ledger import StoredRequest
from privacykit.govern.requests.lifecycle import ENDED, OPEN, is_over
from privacykit.govern.requests.rights import LeastKept, kept_at_least, remedies
from privacykit.govern.words import Language
from privacykit.operate.backends.deletions import PREFIX
from privacykit.operate.context import OperatorContext
from privacykit.operate.fulfil import SUPPRESSED, needs_plan

_DATES = {"de": "%d.%m.%Y", "en": "%d %B %Y"}
_BLANKS = re.compile(r"\n{3,}")


class Line(msgspec.Struct, frozen=True):
    """
    What became of the rows of one collection.

    Attributes:
        what: The collection, in the data map's words.
        rows: How many.
        action: What was done.
        why: The citation or the code of a reason to keep.
    """

    what: str
    rows: int
    action: str
    why: str = ""


class WrittenRemedy(msgspec.Struct, frozen=True):
    """
    What the person may do against the answer.

    Attributes:
        kind: ``complaint`` or ``appeal``.
        law: Whose law says so.
        number: So many units.
        unit: As of :class:`~privacykit.govern.requests.deadlines.Unit`.
        until: The day until which a complaint may be made at the least; empty for an appeal.
        citation: Where it stands.
    """

    kind: str
    law: str
    number: int
    unit: str
    until: str
    citation: str


class Letter(msgspec.Struct, frozen=True):
    """
    What a letter says.

    Attributes:
        reference: The request's id.
        type: What was asked.
        outcome: The request's status, ``open`` before it was answered.
        received: The day it reached us.
        due: The day by which it is answered.
        answered: The day it was.
        extended: Whether it takes longer than the first period.
        closes: Until when an erasure may be taken back, where it waits.
        ground: Why it was refused or takes longer.
        touches: Whether the request concerns rows at all.
        done: What was done.
        kept: What was kept, and why.
        missing: What could not be done.
        unsure: Rows that a copy leaves out, for they may be another person's.
        told: Recipients that were told.
        suppressed: Whether nothing more is collected.
        stopped: Whether something is no longer done, but for what concerns other purposes.
        package: SHA-256 of the copy.
        remedies: What may be done against an answer that is not wholly a yes.
        at_least: What laws want kept for a time, though its erasure was asked for.
        waits: Whether it was answered, and something of it is left to do.
    """

    reference: str
    type: str
    outcome: str
    received: str
    due: str
    answered: str
    extended: bool
    closes: str
    ground: str
    touches: bool
    done: tuple[Line, ...] = ()
    kept: tuple[Line, ...] = ()
    missing: tuple[str, ...] = ()
    unsure: tuple[Line, ...] = ()
    told: tuple[str, ...] = ()
    suppressed: bool = False
    stopped: bool = False
    package: str = ""
    remedies: tuple[WrittenRemedy, ...] = ()
    at_least: tuple[LeastKept, ...] = ()
    waits: bool = False


_NO = frozenset({"rejected", "partially_fulfilled", "unfulfilled"})
"""Outcomes against which a person may want to do something."""


def letter_of(context: OperatorContext, filed: StoredRequest, language: Language) -> Letter:
    """
    Gather what the letter to the person of *filed* says.

    Args:
        context: The stores.
        filed: The request.
        language: Of its dates.
    """
    request = filed.request
    zone = ZoneInfo(context.settings.timezone)

    def day(at: float | None) -> str:
        return f"{datetime.fromtimestamp(at, zone):{_DATES[language]}}" if at is not None else ""

    waits = request.status is RequestStatus.ACCEPTED
    letter = Letter(
        request.subject_request_id,
        request.subject_request_type.value,
        "open" if request.status in OPEN else request.status.value,
        day(request.received_at),
        day(request.extended_to or request.due_at),
        day(request.finished_at),
        request.extended_to is not None,
        day(request.closes_at) if waits else "",
        request.justification or "",
        needs_plan(request.subject_request_type) or request.subject_request_type in READING,
        waits=request.status in ENDED and not is_over(request),
    )
    answered = context.clock() if request.finished_at is None else request.finished_at
    laws = context.applicable.policies(request.place, answered)
    if letter.outcome in _NO:
        calendar, start = context.applicable.calendar, datetime.fromtimestamp(answered, zone)
        written = tuple(
            WrittenRemedy(
                it.kind,
                it.law,
                it.term.number,
                it.term.unit.value,
                day(end_of(it.term, start, calendar).timestamp()) if it.kind == "complaint" else "",
                it.citation,
            )
            for it in remedies(laws)
        )
        letter = msgspec.structs.replace(letter, remedies=written)
    if request.subject_request_type is RequestType.ERASURE:
        letter = msgspec.structs.replace(letter, at_least=kept_at_least(laws))
    document = context.requests.receipt(request.subject_request_id)
    if document is None:
        return letter
    receipt = msgspec.json.decode(document, type=Receipt)
    whole = request.subject_request_type in SUPPRESSED and not request.purposes
    return msgspec.structs.replace(
        letter,
        suppressed=receipt.suppressed and whole,
        stopped=receipt.suppressed and not whole,
        **_results(receipt, context.datamap),
    )


def write_letter(context: OperatorContext, letter: Letter, language: Language) -> str:
    """
    Write *letter* as text.

    Args:
        context: Who we are, and what day it is.
        letter: What it says.
        language: Of its words.
    """
    zone = ZoneInfo(context.settings.timezone)
    today = f"{datetime.fromtimestamp(context.clock(), zone):{_DATES[language]}}"
    text = _page(language).render(letter=letter, us=context.controller, today=today)
    return _BLANKS.sub("\n\n", text).strip() + "\n"


@cache
def _page(language: Language) -> Template:
    loader = PackageLoader("privacykit.operate", "letters")
    room = Environment(  # noqa: S701 - plain text, which nothing interprets
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return room.get_template(f"{language}.txt")


def _results(receipt: Receipt, datamap: DataMap) -> dict[str, Any]:
    names = {name: recipient.name for name, recipient in datamap.recipients.items()}
    told = [it for it in receipt.propagations if it.status not in {"nothing_sent", "unable"}]
    return {
        "done": tuple(_done(receipt, datamap)),
        "kept": tuple(_kept(receipt, datamap)),
        "missing": tuple(dict.fromkeys(_missing(receipt, datamap))),
        "unsure": tuple(_unsure(receipt, datamap)),
        "told": tuple(_recipient(it.recipient, names) for it in told),
        "package": receipt.package_sha256 or "",
    }


def _done(receipt: Receipt, datamap: DataMap) -> Iterator[Line]:
    rows: Counter[tuple[str, str]] = Counter()
    for step in (*receipt.earlier, *receipt.steps):
        if step.rows_changed and step.action is not Action.KEEP:
            rows[_what(step, datamap), step.action.value] += step.rows_changed
    for (what, action), n in rows.items():
        yield Line(what, n, action)


def _kept(receipt: Receipt, datamap: DataMap) -> Iterator[Line]:
    for step in receipt.steps:
        stayed = step.action in {Action.KEEP, Action.CHANGE, Action.DETACH}
        if step.rows_matched and step.justification and stayed:
            reason = datamap.reasons.get(step.justification)
            why = reason.citation if reason else step.justification
            yield Line(_what(step, datamap), step.rows_matched, step.action.value, why)


def _recipient(called: str, names: Mapping[str, str]) -> str:
    """Return the name of a recipient; of a sink, that of its table in the file."""
    return names.get(called, called.removeprefix(PREFIX).partition("/")[0])


def _missing(receipt: Receipt, datamap: DataMap) -> Iterator[str]:
    """Yield what failed or cannot be deleted, and where a value of the person stands yet."""
    for told in receipt.propagations:
        if told.status == "unable":
            yield _recipient(told.recipient, {})
    for step in receipt.steps:
        if step.error:
            yield _what(step, datamap)
        for line in step.evidence.remains if step.action is not Action.EXPORT else ():
            if STANDS_YET in line:
                yield f"{step.dataset}: {line.partition(':')[0]}"


def _unsure(receipt: Receipt, datamap: DataMap) -> Iterator[Line]:
    """Yield rows that a copy leaves out: others of their collection may well be in it."""
    for step in receipt.steps:
        rows = step.evidence.verify_query_count
        if step.action is Action.EXPORT and rows:
            yield Line(_what(step, datamap), rows, step.action.value)


def _what(step: StepResult, datamap: DataMap) -> str:
    mapped = datamap.of(step.dataset).get(step.collection)
    return (mapped.description if mapped else "") or f"{step.dataset}: {step.collection}"
