"""An adversary with what was shown before, and with what was kept afterwards."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.reports.kept.figures import of_segments, read, written
from privacykit.reports.kinds.breakdown import CellRow, broken_down
from privacykit.reports.result import (
    DataSet,
    Hidden,
    Report,
    ReportColumn,
    ReportedPeriod,
    ReportTable,
)
from tests.reports.kinds import reference
from tests.reports.kinds.test_covering import GROUPS, SEGMENTS, TOLD, K, Solved, sums_of, visit

FIELDS = {"country", "device"}


def cut(visits, segments):
    """Return visits as an engine counts them, cut by *segments*."""
    keys = []
    for person, atom in visits:
        mask = sum(belongs(atom) << bit for bit, belongs in enumerate(segments))
        for (dimension, of), bits in product(TOLD.items(), (-1, mask)):
            keys.append(((dimension, of(atom), bits, "", 0), person))
            keys.append(((dimension, of(atom), bits, "m", atom[2]), person))
    return [CellRow(*key, *count) for key, count in reference.counted(keys).items()]


@settings(deadline=None, max_examples=60)
@given(st.lists(visit, max_size=160))
def test_what_was_shown_and_what_is_kept_count_no_small_group(visits):
    """A segment shown while the events were there, and another one kept: one system of equations."""
    shown = broken_down(cut(visits, SEGMENTS[1:2]), ("m",), 1, K, FIELDS)
    kept = broken_down(cut(visits, SEGMENTS[1:]), ("m",), 2, K, FIELDS)

    sums = [*sums_of_first(shown), *sums_of(kept)]
    solved = Solved(atoms for atoms, _ in sums)

    for group in GROUPS:
        people = {person for person, atom in visits if atom in group}
        assert not 0 < len(people) < K or not solved.tells(group)


def sums_of_first(found):
    """Yield what is shown of everybody and of the first segment."""
    return sums_of([*found, {}])


FIGURE = st.none() | st.integers(10, 10**12)


@given(
    st.lists(st.sampled_from(["country==DE", "device==mobile", "page==/"]), unique=True),
    st.lists(st.lists(FIGURE, min_size=4, max_size=4), min_size=4, max_size=4),
    st.data(),
)
def test_what_is_kept_is_what_was_published(segments, figures, data):
    """Whatever part of it is asked: the same figures, none more, and hidden ones hidden."""
    columns = tuple(ReportColumn(key, key) for key in "abcd")
    sets = tuple(
        DataSet(
            0,
            name,
            {"visits": row[0], "rows": [{"visits": one} for one in row]},
            (ReportTable("whole", "All", columns, (tuple(row),)),),
            Hidden(1, "0.10"),
        )
        for name, row in zip((None, *segments), figures, strict=False)
    )
    period = ReportedPeriod("2026-01-01", "2026-01-31", "UTC")
    report = Report(
        "overview", "How much", "shop", "visit", "daily", (period,), tuple(segments), 10, False,
        ("DE@0123456789ab",), sets, ("a note",), (), "2027-02-03T12:00:00Z",
    )  # fmt: skip
    asked = data.draw(st.lists(st.sampled_from(segments), unique=True)) if segments else []

    kept = of_segments(read(written(report), 1_800_000_000.0), asked)

    by_name = {one.segment: one for one in sets}
    assert kept.sets == tuple(by_name[name] for name in (None, *asked))
    assert kept.periods[0].kept == "2027-01-15T08:00:00Z"
