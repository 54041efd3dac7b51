"""Boxes: few words for many points, and never another point."""

from itertools import product
from math import prod

from hypothesis import given
from hypothesis import strategies as st

from privacykit.decide.impact.boxes import boxes_of, values_in


def points(box):
    """Give the points of *box*, as indices on each axis."""
    return set(product(*(tuple(values_in(mask)) for mask in box)))


@given(st.data())
def test_boxes_hold_the_marked_points_and_no_others(data):
    """Whatever is marked, on grids of up to four axes."""
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    count = prod(sizes)
    marks = bytes(data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)))
    found = boxes_of(marks, sizes)
    for mark in (1, 2):
        held = set().union(*(points(box) for at, box in found if at == mark))
        grid = product(*map(range, sizes))
        assert held == {p for p, at in zip(grid, marks, strict=True) if at == mark}


def test_what_makes_no_difference_is_one_box():
    """Two of four values of the first axis, whatever the second says."""
    assert boxes_of(bytes([0, 0, 7, 7, 0, 0, 7, 7]), [4, 2]) == [(7, (0b1010, 0b11))]


def test_a_box_leaves_to_earlier_ones_what_they_hold():
    """A corner: one row whole, of the other only what is left."""
    assert boxes_of(bytes([1, 1, 0, 1]), [2, 2]) == [(1, (0b01, 0b11)), (1, (0b10, 0b10))]


def test_the_larger_box_is_told_first():
    """Of each mark."""
    assert boxes_of(bytes([1, 0, 2, 2, 0, 0, 0, 0, 0, 1, 1, 1]), [3, 4]) == [
        (1, (0b100, 0b1110)),
        (1, (0b001, 0b0001)),
        (2, (0b001, 0b1100)),
    ]
