"""Tests of the bounded memory."""

import sys

import pytest

from privacykit.collect.memo import ENTRY_BYTES, KIBIBYTE, Memo, weight
from privacykit.collect.ports import Device


def test_an_answer_is_made_once():
    """What was asked before is remembered."""
    asked = []
    memo = Memo(lambda key: asked.append(key) or key * 2)
    assert (memo["a"], memo["a"], asked) == ("aa", "aa", ["a"])


def test_memory_is_bounded():
    """No number of keys makes it grow beyond its bytes, as the interpreter counts them."""
    memo = Memo(lambda key: key.hex(), most_bytes=256 * KIBIBYTE)
    for number in range(20_000):
        memo[b"%d" % number * 9]
    generations = (memo, memo._old)
    # Not what is allocated meanwhile: threads of other tests may remember things, too.
    pairs = (one for known in generations for pair in known.items() for one in pair)
    taken = sum(map(sys.getsizeof, (*generations, *pairs)))
    assert 64 * KIBIBYTE < taken <= 256 * KIBIBYTE


@pytest.mark.parametrize(
    "value",
    [b"x" * 100, "x" * 100, "\N{SNOWMAN}" * 100, ("x" * 100, None), Device(b"x" * 100, "y" * 100)],
    ids=["bytes", "text", "wide text", "tuple", "record"],
)
def test_weight_is_what_is_held(value):
    """No answer weighs less than the bytes in it."""
    assert weight(value) >= 100


def test_a_full_memory_is_not_emptied():
    """What the last generation knew is not made again."""
    asked = []
    memo = Memo(lambda key: asked.append(key) or key, 2 * 8 * ENTRY_BYTES, lambda *_: 0)
    for key in (*range(9), 0):
        memo[key]
    assert (asked, len(memo)) == ([*range(9)], 2)


def test_large_answers_are_given_and_not_remembered():
    """One answer cannot push out all others."""
    memo = Memo(lambda key: "x" * key, most_bytes=32 * KIBIBYTE)
    assert (len(memo[4000]), len(memo[9]), list(memo)) == (4000, 9, [9])


def test_long_keys_are_answered_and_not_remembered():
    """Headers of megabytes buy no memory, alone or in a tuple."""
    memo = Memo(lambda _key: 1)
    answers = [memo[b"x" * 2000], memo["x" * 2000], memo[b"x" * 600, None, "x" * 600], memo[7, "x"]]
    assert (answers, len(memo)) == ([1] * 4, 1)


def test_it_prints_no_keys():
    """User agents and referrers are keys."""
    memo = Memo(lambda key: key)
    assert (memo["Mozilla"], repr(memo)) == ("Mozilla", "<Memo of 1>")
