"""Known answers of deadlines: where two laws meet, where days of rest do, and at the last moment."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from privacykit.errors import InputError
from privacykit.govern.requests.deadlines import (
    HOUSE_RULE,
    SATURDAY_AND_SUNDAY,
    Deadline,
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
MONTH = Term(1, Unit.MONTHS)
TWO_MONTHS = Term(2, Unit.MONTHS)


def _resolved(*rules: DeadlineRule, start: str = "2026-11-20") -> Deadline:
    return resolve(rules, datetime.fromisoformat(f"{start}T11:30:00").replace(tzinfo=BERLIN), PLAIN)


def test_the_earlier_acknowledgement_of_two_laws_counts():
    """Five business days from a Saturday end on Friday, ten on the Friday after."""
    ten = DeadlineRule("A", MONTH, acknowledge=Term(10, Unit.BUSINESS_DAYS))
    five = DeadlineRule("B", MONTH, acknowledge=Term(5, Unit.BUSINESS_DAYS))
    by = _resolved(ten, five, start="2026-11-21").acknowledge_by
    assert by == datetime(2026, 11, 27, 23, 59, 59, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("rule", "due", "extended"),
    [
        # 20 December 2026 is a Sunday, 20 February 2027 a Saturday, 2 January 2027 a Saturday.
        (DeadlineRule("X", MONTH), "2026-12-20", "2026-12-20"),
        (DeadlineRule("X", MONTH, roll=True), "2026-12-21", "2026-12-21"),
        (DeadlineRule("X", MONTH, TWO_MONTHS), "2026-12-20", "2027-02-20"),
        (DeadlineRule("X", MONTH, TWO_MONTHS, roll=True), "2026-12-21", "2027-02-22"),
        (DeadlineRule("X", MONTH, Term(13, Unit.CALENDAR_DAYS)), "2026-12-20", "2027-01-02"),
        (
            DeadlineRule("X", MONTH, Term(13, Unit.CALENDAR_DAYS), roll=True),
            "2026-12-21",
            "2027-01-04",
        ),
    ],
    ids=["plain", "rolled", "extended", "extended, rolled", "other unit", "other unit, rolled"],
)
def test_an_end_on_a_day_of_rest_moves_with_its_extension(rule, due, extended):
    """Where the law moves the one it moves the other; the extension runs from the unmoved end."""
    found = _resolved(rule)
    assert (found.due.date().isoformat(), found.extendable_to.date().isoformat()) == (due, extended)


@pytest.mark.parametrize(
    ("rules", "extendable"),
    [
        ([DeadlineRule("A", MONTH, TWO_MONTHS)], True),
        ([DeadlineRule("A", MONTH)], False),
        ([DeadlineRule("A", MONTH, TWO_MONTHS), DeadlineRule("B", MONTH)], False),
        ([DeadlineRule("A", MONTH, Term(0, Unit.MONTHS))], False),
    ],
)
def test_an_extension_must_give_time(rules, extendable):
    """Under every law there is."""
    assert _resolved(*rules).extendable is extendable


@pytest.mark.parametrize("order", [("A", "B"), ("B", "A")])
def test_of_two_laws_with_one_end_the_first_by_name_decides(order):
    """Whatever the order in which they were found."""
    assert _resolved(*(DeadlineRule(name, MONTH) for name in order)).deciding.policy == "A"


def test_what_is_kept_is_in_unix_seconds():
    """20 December 2026, 23:59:59 in Berlin; 20 February 2027; 27 November 2026."""
    acknowledge = Term(5, Unit.BUSINESS_DAYS)
    kept = _resolved(DeadlineRule("EU@1", MONTH, TWO_MONTHS, acknowledge, "Art. 12(3)")).noted()
    assert (kept.due_at, kept.extendable_to, kept.acknowledge_by, kept.policy, kept.citation) == (
        1797807599.0,
        1803164399.0,
        1795820399.0,
        "EU@1",
        "Art. 12(3)",
    )


def test_the_last_moment_is_in_time():
    """An extension told in the last second of the first period stands, one second later not."""
    kept = _resolved(DeadlineRule("EU", MONTH, TWO_MONTHS)).noted()
    answers = [extension_refused(kept, now=kept.due_at + late, told=True) for late in (0, 1)]
    assert answers == [None, "first_period_over"]


def test_the_house_rule_is_thirty_days_without_more():
    """Never longer than the month of GDPR Art. 12(3), and never extended."""
    rule = HOUSE_RULE
    assert (rule.policy, rule.respond, rule.extension, rule.acknowledge, rule.roll) == (
        "house",
        Term(30, Unit.CALENDAR_DAYS),
        None,
        None,
        False,
    )


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-20", True),
        ("2026-11-21", False),
        ("2026-11-22", False),
        ("2026-11-23", True),
        ("2026-11-24", False),
    ],
    ids=["Friday", "Saturday", "Sunday", "Monday", "holiday"],
)
def test_a_day_of_rest_is_no_working_day(day, works):
    """Saturday and Sunday rest where nothing else is said."""
    calendar = WorkCalendar(frozenset({date(2026, 11, 24)}))
    assert (calendar.weekend, calendar.works(date.fromisoformat(day))) == (
        SATURDAY_AND_SUNDAY,
        works,
    )


def test_the_next_working_day_is_the_day_itself_where_it_works():
    """Else the first one after it, holidays included."""
    calendar = WorkCalendar(frozenset({date(2026, 11, 23)}))
    days = [date(2026, 11, day) for day in (20, 21, 23)]
    assert [calendar.next_working_day(day).day for day in days] == [20, 24, 24]


@pytest.mark.parametrize(
    "weekend", [{0, 1, 2, 3, 4, 5}, {1, 2, 3, 4, 5, 6, 7}], ids=["six", "eighth"]
)
def test_one_working_day_is_enough(weekend):
    """A day that no week has does not count."""
    assert WorkCalendar(weekend=frozenset(weekend)).weekend == weekend


def test_a_week_of_rest_is_refused():
    """Nothing would ever end."""
    with pytest.raises(InputError, match=r"^a week needs a working day$"):
        WorkCalendar(weekend=frozenset(range(7)))


def test_a_period_is_not_negative_but_may_be_none():
    """Zero days are the day itself."""
    assert Term(0, Unit.MONTHS).number == 0
    with pytest.raises(InputError, match=r"^a period is not negative$"):
        Term(-1, Unit.MONTHS)


@pytest.mark.parametrize("unit", list(Unit))
def test_a_moment_without_a_zone_is_refused_whatever_is_counted(unit):
    """A naive moment could be any of 26 hours."""
    with pytest.raises(InputError, match=r"^a moment needs a time zone$"):
        end_of(Term(1, unit), datetime(2026, 11, 20), PLAIN)  # noqa: DTZ001


def test_hours_come_back_in_the_zone_they_began_in():
    """36 hours over the end of winter time: the clock shows 37 more."""
    start = datetime(2027, 3, 27, 12, tzinfo=BERLIN)
    ends = end_of(Term(36, Unit.HOURS), start, PLAIN)
    assert (ends.isoformat(), ends.astimezone(UTC).isoformat()) == (
        "2027-03-29T01:00:00+02:00",
        "2027-03-28T23:00:00+00:00",
    )


def test_the_units_are_spelt_as_policies_spell_them():
    """A policy file says which."""
    assert [unit.value for unit in Unit] == [
        "hours",
        "calendar_days",
        "business_days",
        "months",
        "immediate",
    ]
