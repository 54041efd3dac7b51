"""Tests of the bounded memory."""

from privacykit.collect.memo import Memo


def test_an_answer_is_made_once():
    """What was asked before is remembered."""
    asked = []
    memo = Memo(lambda key: asked.append(key) or key * 2)
    assert (memo["a"], memo["a"], asked) == ("aa", "aa", ["a"])


def test_memory_is_bounded():
    """No number of keys makes it grow beyond two generations."""
    memo = Memo(lambda key: key, limit=10)
    assert all(memo[key] == key for key in range(1000))
    assert len(memo) <= 10


def test_a_full_memory_is_not_emptied():
    """What the last generation knew is not made again."""
    asked = []
    memo = Memo(lambda key: asked.append(key) or key, limit=2)
    for key in ("a", "b", "c", "a"):
        memo[key]
    assert asked == ["a", "b", "c"]


def test_long_keys_are_answered_and_not_remembered():
    """Headers of megabytes buy no memory, alone or in a tuple."""
    memo = Memo(lambda _key: 1)
    answers = [memo[b"x" * 2000], memo["x" * 2000], memo[b"x" * 600, None, "x" * 600], memo[7, "x"]]
    assert (answers, len(memo)) == ([1] * 4, 1)


def test_it_prints_no_keys():
    """User agents and referrers are keys."""
    memo = Memo(lambda key: key)
    assert (memo["Mozilla"], repr(memo)) == ("Mozilla", "<Memo of 1>")
