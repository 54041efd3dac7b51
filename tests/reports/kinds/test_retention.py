"""Cohorts: people by the month they first came, and no number of few who came again, or did not."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.reports.answers.retention import answer, notes
from privacykit.reports.kinds.retention import CohortRow, cohorts_of
from privacykit.reports.periods import ReportPeriod, bounds
from tests.reports.kinds import reference

YEAR = ReportPeriod(date(2026, 9, 15), date(2026, 12, 20))
MONTHS = [(2026, 9), (2026, 10), (2026, 11), (2026, 12)]


def village():
    """Return what 300 people did from a month before the period until it was over."""
    start, end = bounds(YEAR, reference.ZONE)
    return reference.invented(5, 300, start - 30 * 86_400 * reference.SECOND, end)


def wanted(events, belongs=lambda _: True):
    """Return the people of each month, and those who came so many months later."""
    start, _ = bounds(YEAR, reference.ZONE)
    came = defaultdict(set)
    early = {one.visitor for one in events if one.at < start}
    first = {}
    for one in sorted(events, key=lambda one: (one.at, one.tie)):
        if one.visitor not in early:
            day = reference.day(one.at)
            came[one.visitor].add(MONTHS.index((day.year, day.month)))
            first.setdefault(one.visitor, one)
    found = []
    for month in range(4):
        people = [who for who, when in came.items() if min(when) == month and belongs(first[who])]
        later = [sum(month + after in came[who] for who in people) for after in range(1, 4 - month)]
        found.append((len(people), later))
    return found


def told(document):
    """Return the same of a report."""
    return [
        (one["persons"], [later["persons"] for later in one["months"]])
        for one in document["cohorts"]
    ]


def test_the_figures_are_those_of_plain_python(asked):
    """Months of the site's clock; who came before the period is in none; and of a segment."""
    events = village()

    report = asked(answer(), events, k=1, period=YEAR, segments=("country==D",))

    whole, part = (one.document for one in report.sets)
    assert told(whole) == wanted(events)
    assert told(part) == wanted(events, lambda first: first.country == "D")
    assert [one["month"] for one in whole["cohorts"]] == [
        "2026-09",
        "2026-10",
        "2026-11",
        "2026-12",
    ]
    assert whole["persons"] == sum(size for size, _ in wanted(events))


def test_ids_of_a_day_are_nobody_of_a_mixed_store(asked):
    """Only events under consent are of people; the reader is told so."""
    events = village()

    report = asked(answer(), events, k=1, ids="mixed", period=YEAR)

    assert told(report.sets[0].document) == wanted(
        [one for one in events if one.basis == "consent"]
    )
    assert len(notes("mixed")) == len(notes("consented")) + 1


def test_who_came_at_the_last_instant_of_a_month_is_of_it(asked):
    """Of the local month: in UTC it is still October two hours before."""
    start, _ = bounds(ReportPeriod(date(2026, 11, 1), date(2026, 11, 1)), reference.ZONE)
    events = [reference.Told(visitor=f"a{at}", at=start) for at in range(10)]
    events += [reference.Told(visitor=f"b{at}", at=start - 1) for at in range(11)]

    found = told(asked(answer(), events, period=YEAR).sets[0].document)

    assert [size for size, _ in found] == [0, 11, 10, 0]


def test_a_table_has_a_column_for_each_month_and_shares_beside(asked):
    """What lies in the future of a cohort does not apply."""
    tables = asked(answer(), village(), k=1, period=YEAR).sets[0].tables

    assert [column.key for column in tables[0].columns] == [
        "month", "persons", "after_1", "after_2", "after_3",
    ]  # fmt: skip
    assert tables[0].rows[3][2:] == ("", "", "")
    assert tables[1].rows[2][2:] == ("", "")


def test_a_segment_of_nearly_all_is_withheld_whole(asked):
    """Its share that is hidden would tell of the three who are not in it."""
    start, _ = bounds(YEAR, reference.ZONE)
    events = [
        reference.Told(visitor=f"v{at}", at=start + at, country="D" if at < 50 else "F")
        for at in range(53)
    ]
    events += [
        reference.Told(visitor=f"w{at}", at=start + 60 * 86_400 * reference.SECOND, country="D")
        for at in range(40)
    ]

    report = asked(answer(), events, period=YEAR, segments=("country==D",))

    assert [size for size, _ in told(report.sets[0].document)] == [53, 0, 40, 0]
    assert {size for size, _ in told(report.sets[1].document)} == {None}
    assert {one for _, after in told(report.sets[1].document) for one in after} == {None}
    assert report.sets[1].hidden.share == "1.00"


people = st.lists(
    st.tuples(st.integers(0, 2), st.frozensets(st.integers(1, 2)), st.integers(0, 1)), max_size=60
)


@settings(deadline=None, max_examples=200)
@given(people)
def test_no_number_tells_of_few(came):
    """Neither those who came again nor those who did not are fewer than k, in all or a segment."""
    k = 3
    counts = defaultdict(int)
    for cohort, later, mask in came:
        for of in (-1, mask):
            for after in {-1, *later}:
                counts[of, cohort, after] += 1
    rows = [CohortRow(*key, persons) for key, persons in counts.items()]

    for bit, found in enumerate(cohorts_of(rows, 3, 1, k)):
        for one in found.cohorts:
            inside = [later for cohort, later, mask in came if cohort == one.month and mask >= bit]
            outside = [later for cohort, later, mask in came if cohort == one.month and mask < bit]
            if one.persons is not None:
                assert one.persons == len(inside)
                assert not inside or len(inside) >= k
                assert not outside or not inside or len(outside) >= k
            for after, again in enumerate(one.after, 1):
                if again is not None:
                    split = [sum(after in later for later in part) for part in (inside, outside)]
                    assert again == split[0]
                    assert all(
                        group == 0 or group >= k for group in (again, len(inside) - again) if inside
                    )


def test_a_small_cohort_hides_the_next_smallest():
    """Whoever knows how many people there are must not find the three."""
    rows = [CohortRow(-1, cohort, -1, people) for cohort, people in enumerate((40, 12, 3))]

    found = cohorts_of(rows, 3, 0, 10)[0]

    assert [one.persons for one in found.cohorts] == [40, None, None]
    assert (found.hidden, found.hidden_persons) == (2, 15)
