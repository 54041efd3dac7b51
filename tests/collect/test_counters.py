"""Tests of the counters."""

from threading import Thread

from privacykit.collect.counters import Counters


def test_counts_are_kept_by_reason():
    """A reason has its own count, and a name the sum of its reasons."""
    counters = Counters()
    counters.count("withheld", "gpc", 2)
    counters.count("withheld", "opt_in")
    assert (counters.of("withheld", "gpc"), counters.of("withheld"), counters.of("other")) == (
        2,
        3,
        0,
    )


def test_no_count_is_lost_between_threads():
    """Many threads count at once and every count is there."""
    counters = Counters()
    threads = [Thread(target=lambda: [counters.count("x") for _ in range(2000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters.snapshot() == {("x", ""): 16_000}
