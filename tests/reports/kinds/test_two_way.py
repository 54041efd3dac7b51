"""Tables whose rows and columns add up: no combination of sums is of small cells alone."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.reports.kinds.two_way import KEPT, OTHER, TableRow, shown_tables
from tests.reports.kinds import reference

K = 3
NAMES = "abcd"

steps = st.lists(
    st.tuples(
        st.integers(0, 14),
        st.sampled_from(NAMES),
        st.sampled_from(NAMES),
        st.integers(0, 3),
    ),
    max_size=150,
)


def rows_of(told):
    """Return steps of people, from a name to a name, as an engine counts them."""
    keys = [((of, row, to), who) for who, row, to, mask in told for of in (-1, mask)]
    return [TableRow(*key, *count) for key, count in reference.counted(keys).items()]


def rank(columns):
    """Return how many of *columns* are independent."""
    left = [[Fraction(one) for one in column] for column in columns]
    found = 0
    while left:
        column = left.pop()
        pivot = next((at for at, one in enumerate(column) if one), None)
        if pivot is None:
            continue
        found += 1
        left = [
            [one - other * of[pivot] / column[pivot] for one, other in zip(of, column, strict=True)]
            for of in left
        ]
    return found


def told_apart(small, big):
    """
    Return whether sums of rows and columns tell something of *small* cells alone.

    They do if numbers given to the rows and columns make nought of each of *big*, and not of each
    of *small*: if the small cells add to the rank of the others.
    """
    points = [(side, name) for side in (0, 1) for name in NAMES]

    def column(pair):
        return [int((side, name) in {(0, pair[0]), (1, pair[1])}) for side, name in points]

    columns = [column(pair) for pair in big]
    return rank([*columns, *map(column, small)]) > rank(columns)


@settings(deadline=None, max_examples=300)
@given(steps)
def test_sums_of_rows_and_columns_tell_no_small_cell(told):
    """Of all, and of two segments; nothing is merged, so that every sum may be known."""
    for place, table in enumerate(shown_tables(rows_of(told), 2, K, KEPT.union(NAMES))):
        inside = [one for one in told if not place or one[3] >> (place - 1) & 1]
        counts = reference.counted([((row, to), who) for who, row, to, _ in inside])
        outside = reference.counted(
            [((row, to), who) for who, row, to, mask in told if place and not mask & place]
        )
        small = {
            pair for pair in counts if counts[pair][1] < K or 0 < outside.get(pair, (0, K))[1] < K
        }
        assert table.cells.items() <= {pair: units for pair, (units, _) in counts.items()}.items()
        assert not small & table.cells.keys()
        assert table.hidden == len(counts) - len(table.cells)
        assert table.units == sum(counts[pair][0] for pair in counts.keys() - table.cells.keys())
        if table.cells:
            assert not told_apart(small, counts.keys() - table.cells.keys() - small)


def test_one_small_cell_hides_a_path_from_its_row_to_its_column():
    """Four people went from a to b: three cells more are hidden, the smallest that do."""
    whole = {"ab": 4, "aa": 20, "bb": 12, "ba": 15, "ac": 50, "ca": 60, "bc": 90, "cb": 80}
    rows = [TableRow(-1, pair[0], pair[1], people, people) for pair, people in whole.items()]

    table = shown_tables(rows, 0, 10)[0]

    assert {"".join(pair) for pair in table.cells} == {"ac", "ca", "bc", "cb"}
    assert (table.hidden, table.units) == (4, 51)


def test_names_of_few_steps_become_other():
    """A page that no larger step joins takes the next smallest one with it."""
    told = [("(start)", "a", 50), ("a", "(end)", 40), ("a", "x", 6), ("a", "y", 6)]
    told += [("x", "a", 1), ("x", "(end)", 5), ("y", "(end)", 6), ("(start)", "(end)", 30)]
    rows = [TableRow(-1, *step, step[2]) for step in told]

    table = shown_tables(rows, 0, 6)[0]

    assert table.cells == {("a", "(end)"): 40, ("a", OTHER): 12}
    assert sum(table.cells.values()) + table.units == sum(step[2] for step in told)


def test_a_step_between_two_names_that_become_one_is_none():
    """As what repeats at once is one."""
    told = [("(start)", "a", 50), ("a", "(end)", 40), ("a", "x", 6), ("x", "y", 2)]
    told += [("y", "(end)", 3), ("(start)", "(end)", 30)]
    rows = [TableRow(-1, *step, step[2]) for step in told]

    table = shown_tables(rows, 0, 6)[0]

    assert table.cells == {
        ("(start)", OTHER): 50,
        (OTHER, "(end)"): 43,
        ("(start)", "(end)"): 30,
    }


@pytest.mark.parametrize("people", [1, 9])
def test_a_table_of_small_cells_is_withheld_whole(people):
    """Where no larger cell joins them, nothing is shown."""
    rows = [TableRow(-1, "a", "b", people, people), TableRow(-1, "b", "a", 50, 50)]

    table = shown_tables(rows, 0, 10, frozenset("ab"))[0]

    assert (table.cells, table.hidden) == ({}, 2)
