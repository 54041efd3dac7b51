"""
Deadlines for answers to people: calendar arithmetic over the laws that apply. Pure.

Every law that applies keeps its own clock, so the earliest end decides and an extension helps only
as far as the strictest law lets it (precedence: union of rights, shortest deadline). Where a law
is silent about details the earlier date is taken; only *roll* moves an end later.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum

import msgspec

from privacykit.errors import InputError

SATURDAY_AND_SUNDAY = frozenset({5, 6})
"""The usual weekend, as :meth:`datetime.date.weekday` counts; some countries rest on others."""


class Unit(Enum):
    """What a period is counted in; a month is a calendar month, never 30 days."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    BUSINESS_DAYS = "business_days"
    MONTHS = "months"
    IMMEDIATE = "immediate"


@dataclass(frozen=True, slots=True)
class Term:
    """
    A period as the law words it.

    Attributes:
        number: How many units, 0 or more; ignored for ``IMMEDIATE``.
        unit: What is counted.
    """

    number: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.number < 0:
            raise InputError("a period is not negative")


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """
    Which days are not working days.

    Attributes:
        holidays: Public holidays; without a list only weekends are left out.
        weekend: Weekdays of rest, Monday is 0.
    """

    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY

    def __post_init__(self) -> None:
        if len(self.weekend & set(range(7))) >= 7:  # noqa: PLR2004 - days of a week
            raise InputError("a week needs a working day")

    def works(self, day: date) -> bool:
        """Tell whether *day* is a working day."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def next_working_day(self, day: date) -> date:
        """Return *day* itself if it is a working day, else the first one after it."""
        while not self.works(day):
            day += timedelta(days=1)
        return day


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """
    What one law says about answering one kind of request.

    Attributes:
        policy: ``id@hash`` of the policy.
        respond: The period to answer in.
        extension: What may be added, if the person is told why inside the first period.
        acknowledge: The period to confirm receipt in, where the law asks for that.
        citation: Where it says so.
        roll: Whether an end on a day of rest moves to the next working day (Reg. 1182/71
            Art. 3(4)); left out, the earlier day counts.
    """

    policy: str
    respond: Term
    extension: Term | None = None
    acknowledge: Term | None = None
    citation: str = ""
    roll: bool = False


HOUSE_RULE = DeadlineRule("house", Term(30, Unit.CALENDAR_DAYS), citation="no law gives a number")
"""Used where no applicable law names a period: never longer than the month of GDPR Art. 12(3)."""


class DeadlineNote(msgspec.Struct, frozen=True):
    """
    A deadline as it is kept: laws may change later, this one was computed at receipt.

    Attributes:
        due_at: Unix seconds.
        extendable_to: Unix seconds; equal to *due_at* when no extension helps.
        acknowledge_by: Unix seconds, where a law asks for it.
        policy: ``id@hash`` of the policy that decides.
        citation: Where it says so.
        considered: Every policy considered.
    """

    due_at: float
    extendable_to: float
    acknowledge_by: float | None
    policy: str
    citation: str
    considered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """
    When a request must be answered, and why then.

    Attributes:
        due: The last moment to answer.
        extendable_to: The last moment after an extension; equal to *due* when none helps.
        acknowledge_by: The last moment to confirm receipt; ``None`` where no law asks for it.
        deciding: The rule that gives *due*.
        rules: Every rule considered.
    """

    due: datetime
    extendable_to: datetime
    acknowledge_by: datetime | None
    deciding: DeadlineRule
    rules: tuple[DeadlineRule, ...] = field(repr=False)

    def noted(self) -> DeadlineNote:
        """Return what is kept of this deadline with the request."""
        by = self.acknowledge_by
        return DeadlineNote(
            due_at=self.due.timestamp(),
            extendable_to=self.extendable_to.timestamp(),
            acknowledge_by=by.timestamp() if by else None,
            policy=self.deciding.policy,
            citation=self.deciding.citation,
            considered=tuple(rule.policy for rule in self.rules),
        )

    @property
    def extendable(self) -> bool:
        """Whether an extension would give any time."""
        return self.extendable_to > self.due


def end_of(term: Term, start: datetime, calendar: WorkCalendar, *, roll: bool = False) -> datetime:
    """
    Tell when *term* ends that is triggered at *start*.

    The day of the trigger is not counted (Reg. 1182/71 Art. 3(1)); a period of days or months
    ends with the last second of its last day, in the time zone of *start*; a month without such a
    day ends on its last day (Art. 3(2)(c)). Hours are counted from the moment itself.

    Args:
        term: The period.
        start: The moment that triggers it, aware of the time zone the person is answered in.
        calendar: Days of rest.
        roll: Move an end on a day of rest to the next working day.

    Returns:
        The last moment inside the period.

    Raises:
        InputError: *start* has no time zone.
    """
    if start.tzinfo is None:
        raise InputError("a moment needs a time zone")
    if term.unit is Unit.IMMEDIATE:
        return start
    if term.unit is Unit.HOURS:
        # Through UTC: adding to local time would count an hour that the clocks skip.
        return (start.astimezone(UTC) + timedelta(hours=term.number)).astimezone(start.tzinfo)
    last = _last_day(term, start.date(), calendar)
    if roll:
        last = calendar.next_working_day(last)
    return datetime.combine(last, time(23, 59, 59), start.tzinfo)


def resolve(rules: Iterable[DeadlineRule], start: datetime, calendar: WorkCalendar) -> Deadline:
    """
    Find the deadline that meets every one of *rules*.

    What a law wants at once or without delay, without a number (GDPR Art. 7(3), 21(3)), is to be
    done on the day it was asked: nobody has answered in the instant of the question.

    Args:
        rules: What each applicable law says; none at all gives :data:`HOUSE_RULE`.
        start: When the clock started, with its time zone.
        calendar: Days of rest.

    Returns:
        The earliest end, with how far it may be extended under **all** of them.

    Raises:
        InputError: *start* has no time zone.
    """
    asked = tuple(rules) or (HOUSE_RULE,)
    ends = [(_answered(rule.respond, start, calendar, roll=rule.roll), rule) for rule in asked]
    due, deciding = min(ends, key=lambda pair: (pair[0], pair[1].policy))
    extended = min(_extended(rule, start, calendar) for rule in asked)
    acknowledge = [_answered(r.acknowledge, start, calendar) for r in asked if r.acknowledge]
    return Deadline(due, extended, min(acknowledge, default=None), deciding, asked)


def extension_refused(note: DeadlineNote, *, now: float, told: bool) -> str | None:
    """
    Tell why a deadline may not be extended, or nothing when it may (GDPR Art. 12(3)).

    Args:
        note: The deadline as computed at receipt.
        now: Unix seconds of the extension.
        told: Whether the person has been told of it, with the reasons.

    Returns:
        ``first_period_over``, ``not_extendable`` or ``not_told``; ``None`` when it stands.
    """
    if now > note.due_at:
        return "first_period_over"
    if note.extendable_to <= note.due_at:
        return "not_extendable"
    return None if told else "not_told"


def _answered(
    term: Term, start: datetime, calendar: WorkCalendar, *, roll: bool = False
) -> datetime:
    """Tell when an answer is late: one that is due at once, when the day is over."""
    if term.unit is not Unit.IMMEDIATE:
        return end_of(term, start, calendar, roll=roll)
    return max(start, datetime.combine(start.date(), time(23, 59, 59), start.tzinfo))


def _extended(rule: DeadlineRule, start: datetime, calendar: WorkCalendar) -> datetime:
    if rule.extension is None:
        return _answered(rule.respond, start, calendar, roll=rule.roll)
    if rule.extension.unit is rule.respond.unit:
        # One period of three months, not one month and then two: 31 January ends on 30 April.
        whole = Term(rule.respond.number + rule.extension.number, rule.respond.unit)
        return _answered(whole, start, calendar, roll=rule.roll)
    first = _answered(rule.respond, start, calendar)
    return _answered(rule.extension, first, calendar, roll=rule.roll)


def _last_day(term: Term, first: date, calendar: WorkCalendar) -> date:
    if term.unit is Unit.MONTHS:
        return _add_months(first, term.number)
    if term.unit is Unit.CALENDAR_DAYS:
        return first + timedelta(days=term.number)
    day = first
    for _ in range(term.number):
        day = calendar.next_working_day(day + timedelta(days=1))
    return day


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
