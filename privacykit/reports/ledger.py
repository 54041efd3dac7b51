"""
The ledger's rules: which report may be shown after others, and what its cells are cut by. Pure.

Two reports over periods that overlap differ by what happened in the rest, which may be few people;
two segments of one period differ by those who are in one of them only. So periods of one kind of
report are equal or have no day in common, and the cells of a report are cut by all segments that
were ever shown of its period. Events by which a policy lets nobody tell of campaigns are in all
reports of a period or in none: their difference would be the people of that policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from privacykit.errors import ReportRefusalError
from privacykit.reports.periods import ReportPeriod
from privacykit.reports.question import MOST_SEGMENTS, Segment
from privacykit.stores.published import PublishedReport, Untold


def check_overlap(earlier: Iterable[PublishedReport], periods: Sequence[ReportPeriod]) -> None:
    """
    Refuse a period that overlaps another.

    Raises:
        ReportRefusalError: It does; the message names the other one.
    """
    for period in periods:
        for shown in earlier:
            other = ReportPeriod(shown.first, shown.last)
            if period.overlaps(other) and period != other:
                raise ReportRefusalError(
                    f"overlaps_published: a report of {other.first} to {other.last} was shown "
                    "before, and its difference to this one may be a few people; ask for that "
                    "period again, for one that has no day in common with it, or accept it with "
                    "--accept-overlap"
                )


def check_untold(
    earlier: Iterable[PublishedReport], periods: Sequence[ReportPeriod], untold: Untold
) -> None:
    """
    Refuse to leave out events that were counted before, and to count what was left out.

    Args:
        earlier: What was shown.
        periods: What is asked.
        untold: What becomes of events by which nobody may tell of campaigns.

    Raises:
        ReportRefusalError: It was the other way before; the message says which.
    """
    done = {"counted": "counts", "left_out": "leaves out"}
    for shown in earlier:
        if ReportPeriod(shown.first, shown.last) not in periods:
            continue
        if {shown.untold, untold} == {"counted", "left_out"}:
            raise ReportRefusalError(
                f"overlaps_published: this report {done[untold]} events by which a policy lets "
                "nobody tell of campaigns, and one that was shown before of "
                f"{shown.first} to {shown.last} {done[shown.untold]} them, so that the difference "
                "may be a few people; ask with channels and campaigns as before, or accept it "
                "with --accept-overlap"
            )


def segments_shown(
    earlier: Iterable[PublishedReport],
    periods: Sequence[ReportPeriod],
    segments: Sequence[Segment],
) -> tuple[str, ...]:
    """
    Return the segments that were shown of *periods* before, beside *segments*.

    Raises:
        ReportRefusalError: With those there would be more than a report may be cut by.
    """
    wanted = {(period.first, period.last) for period in periods}
    known = {one.name for one in segments}
    before = dict.fromkeys(
        text
        for shown in earlier
        if (shown.first, shown.last) in wanted
        for text in shown.segments
        if text not in known
    )
    if len(before) + len(segments) > MOST_SEGMENTS:
        raise ReportRefusalError(
            f"too_many_segments: of this period {len(before)} other segments were shown before; "
            f"with these there are more than {MOST_SEGMENTS}, and their differences may be a few "
            "people"
        )
    return tuple(before)
