"""Deadlines: calendar arithmetic, and the strictest of several laws."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacykit.errors import InputError
from privacykit.govern.requests.deadlines import (
    HOUSE_RULE,
    DeadlineRule,
    Term,
    Unit,
    WorkCalendar,
    end_of,
    extension_refused,
    resolve,
)

BERLIN = ZoneInfo("Europe/Berlin")
PLAIN = WorkCalendar()
GDPR = DeadlineRule("EU", Term(1, Unit.MONTHS), extension=Term(2, Unit.MONTHS))
BRAZIL = DeadlineRule("BR", Term(15, Unit.CALENDAR_DAYS))
CALIFORNIA = DeadlineRule(
    "US-CA",
    Term(45, Unit.CALENDAR_DAYS),
    extension=Term(45, Unit.CALENDAR_DAYS),
    acknowledge=Term(10, Unit.BUSINESS_DAYS),
)


def _at(day: str, zone=BERLIN) -> datetime:
    return datetime.fromisoformat(f"{day}T11:30:00").replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("number", "unit", "start", "last"),
    [
        pytest.param(1, Unit.MONTHS, "2026-03-05", "2026-04-05", id="EDPB 01/2022, example"),
        pytest.param(1, Unit.MONTHS, "2026-08-31", "2026-09-30", id="shorter month"),
        pytest.param(1, Unit.MONTHS, "2026-01-31", "2026-02-28", id="February"),
        pytest.param(1, Unit.MONTHS, "2028-01-31", "2028-02-29", id="leap year"),
        pytest.param(3, Unit.MONTHS, "2026-11-30", "2027-02-28", id="over the new year"),
        pytest.param(45, Unit.CALENDAR_DAYS, "2026-11-21", "2027-01-05", id="45 days"),
        pytest.param(5, Unit.BUSINESS_DAYS, "2026-11-20", "2026-11-27", id="from a Friday"),
        pytest.param(5, Unit.BUSINESS_DAYS, "2026-11-21", "2026-11-27", id="from a Saturday"),
        pytest.param(0, Unit.BUSINESS_DAYS, "2026-11-21", "2026-11-21", id="none"),
    ],
)
def test_period_ends_with_its_last_day(number, unit, start, last):
    """Periods of days and months end at the end of the day, the trigger's day not counted."""
    ends = end_of(Term(number, unit), _at(start), PLAIN)

    assert f"{last}T23:59:59" == ends.replace(tzinfo=None).isoformat()


def test_business_days_skip_holidays():
    """A public holiday is no business day."""
    calendar = WorkCalendar(holidays=frozenset({date(2026, 12, 25), date(2027, 1, 1)}))

    ends = end_of(Term(5, Unit.BUSINESS_DAYS), _at("2026-12-24"), calendar)

    assert date(2027, 1, 4) == ends.date()


def test_business_days_follow_the_weekend_of_the_country():
    """Where Friday and Saturday are the weekend, Sunday works."""
    calendar = WorkCalendar(weekend=frozenset({4, 5}))

    ends = end_of(Term(1, Unit.BUSINESS_DAYS), _at("2026-11-19"), calendar)

    assert date(2026, 11, 22) == ends.date()


def test_week_without_a_working_day_is_refused():
    """A calendar in which nothing ever ends is a mistake."""
    with pytest.raises(InputError, match="a week needs a working day"):
        WorkCalendar(weekend=frozenset(range(7)))


def test_hours_are_real_hours_when_the_clocks_change():
    """72 hours over the end of summer time are 72 hours, not 71."""
    start = datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN)

    ends = end_of(Term(72, Unit.HOURS), start, PLAIN)

    assert timedelta(hours=72) == ends.astimezone(UTC) - start.astimezone(UTC)


def test_immediate_means_now():
    """What takes effect at once is due when it arrives."""
    assert _at("2026-11-21") == end_of(Term(0, Unit.IMMEDIATE), _at("2026-11-21"), PLAIN)


@pytest.mark.parametrize("asked", ["2026-11-21T00:00:00", "2026-11-21T23:59:58"])
def test_what_is_due_at_once_is_in_time_all_day(asked):
    """An answer in the instant of the question is none that anybody can give."""
    start = datetime.fromisoformat(asked).replace(tzinfo=BERLIN)
    at_once = DeadlineRule("EU@1", Term(0, Unit.IMMEDIATE), citation="Art. 7(3)")

    deadline = resolve([at_once, GDPR], start, PLAIN)

    end = datetime(2026, 11, 21, 23, 59, 59, tzinfo=BERLIN)
    assert (deadline.due, deadline.extendable_to, deadline.deciding) == (end, end, at_once)


@given(
    st.integers(1_000_000_000, 4_000_000_000_000).map(
        lambda ms: datetime.fromtimestamp(ms / 1000, BERLIN)
    ),
    st.lists(st.sampled_from(Unit), min_size=1),
)
def test_nothing_is_late_in_the_moment_it_is_asked(start, units):
    """Whatever the laws are and whenever it was: an answer in the same moment is in time."""
    rules = [DeadlineRule(unit.value, Term(1, unit), extension=Term(1, unit)) for unit in units]

    deadline = resolve(rules, start, PLAIN)

    assert deadline.due >= start
    assert deadline.extendable_to >= deadline.due


def test_day_is_the_persons_day():
    """The day of receipt is that of the person's time zone."""
    start = datetime(2026, 11, 21, 23, 30, tzinfo=timezone(timedelta(hours=-8)))

    assert date(2026, 12, 21) == end_of(GDPR.respond, start, PLAIN).date()


def test_moment_without_zone_is_refused():
    """A naive moment could be any of 26 hours."""
    with pytest.raises(InputError, match="a moment needs a time zone"):
        end_of(GDPR.respond, _at("2026-11-21").replace(tzinfo=None), PLAIN)


def test_negative_period_is_refused():
    """A deadline before the request is a mistake."""
    with pytest.raises(InputError, match="a period is not negative"):
        Term(-1, Unit.MONTHS)


@pytest.mark.parametrize(("roll", "last"), [(False, "2026-12-20"), (True, "2026-12-21")])
def test_end_on_a_sunday_moves_only_when_asked(roll, last):
    """Regulation 1182/71 Art. 3(4) gives until Monday; the default does not use that."""
    ends = end_of(Term(1, Unit.MONTHS), _at("2026-11-20"), PLAIN, roll=roll)

    assert date.fromisoformat(last) == ends.date()


def test_shortest_deadline_decides():
    """Of three laws the one with fifteen days gives the date."""
    deadline = resolve([GDPR, BRAZIL, CALIFORNIA], _at("2026-11-21"), PLAIN)

    assert ("BR", date(2026, 12, 6)) == (deadline.deciding.policy, deadline.due.date())


def test_acknowledgement_is_kept_from_whichever_law_asks():
    """California's ten business days stand although Brazil decides the deadline."""
    deadline = resolve([BRAZIL, CALIFORNIA], _at("2026-11-21"), PLAIN)

    assert date(2026, 12, 4) == deadline.acknowledge_by.date()


def test_law_without_extension_stops_the_extension_of_another():
    """An extension that one law forbids gives no time under both."""
    assert not resolve([GDPR, BRAZIL], _at("2026-11-21"), PLAIN).extendable


def test_extension_reaches_to_the_shortest_of_all():
    """Two extensible laws extend to the earlier of both ends."""
    deadline = resolve([GDPR, CALIFORNIA], _at("2026-11-21"), PLAIN)

    assert date(2027, 2, 19) == deadline.extendable_to.date()


def test_extension_of_months_is_one_period():
    """31 January plus one and two months is 30 April, not 28 February plus two months."""
    deadline = resolve([GDPR], _at("2027-01-31"), PLAIN)

    assert date(2027, 4, 30) == deadline.extendable_to.date()


def test_extension_in_another_unit_follows_the_first_period():
    """Working days are counted from the end of the month."""
    mixed = DeadlineRule("X", Term(1, Unit.MONTHS), extension=Term(5, Unit.BUSINESS_DAYS))

    deadline = resolve([mixed], _at("2026-11-20"), PLAIN)

    assert date(2026, 12, 25) == deadline.extendable_to.date()


def test_no_law_means_the_house_rule():
    """Silence of the law is no licence to take forever."""
    deadline = resolve([], _at("2026-11-21"), PLAIN)

    assert (HOUSE_RULE, date(2026, 12, 21)) == (deadline.deciding, deadline.due.date())


@pytest.mark.parametrize(
    ("rules", "day", "told", "code"),
    [
        ([GDPR], "2026-12-01", True, None),
        ([GDPR], "2026-12-22", True, "first_period_over"),
        ([GDPR], "2026-12-01", False, "not_told"),
        ([GDPR, BRAZIL], "2026-12-01", True, "not_extendable"),
    ],
    ids=["fine", "late", "silent", "nothing to gain"],
)
def test_extension_is_told_inside_the_first_period(rules, day, told, code):
    """An extension that comes late, silently or for nothing does not stand."""
    note = resolve(rules, _at("2026-11-21"), PLAIN).noted()

    assert extension_refused(note, now=_at(day).timestamp(), told=told) == code


def test_note_keeps_why_and_until_when():
    """What is kept with a request says which law decided, and which were considered."""
    note = resolve([GDPR, CALIFORNIA], _at("2026-11-21"), PLAIN).noted()

    assert (note.policy, note.considered) == ("EU", ("EU", "US-CA"))
    assert note.acknowledge_by < note.due_at < note.extendable_to
    assert resolve([BRAZIL], _at("2026-11-21"), PLAIN).noted().acknowledge_by is None
