"""
The ledger's rules: which report may be shown after others, and what its cells are cut by. Pure.

Two reports over periods that overlap differ by what happened in the rest, which may be few people;
two segments of one period differ by those who are in one of them only. So periods of one kind of
report are equal or have no day in common, and the cells of a report are cut by all segments that
were ever shown of its period.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from privacykit.errors import ReportRefusalError
from privacykit.reports.periods import ReportPeriod
from privacykit.reports.question import MOST_SEGMENTS, Segment
from privacykit.stores.published import PublishedReport


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
