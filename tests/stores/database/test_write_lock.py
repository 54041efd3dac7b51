"""Turns at a SQLite file."""

from threading import Event, Thread

import pytest

from privacykit.stores.database import write_lock as turns
from privacykit.stores.database.write_lock import FilesInUse, WriteLock


def test_a_child_has_the_turn_to_give():
    """Whoever had it in the parent is not there."""
    turn = WriteLock()
    with turn:
        held = turn._lock
        turn.after_fork_in_child()
        assert (held.locked(), turn._lock.locked()) == (True, False)
        turn._lock.acquire()


@pytest.fixture
def in_use():
    """Return files that a thread uses until it is told to end, and what tells it."""
    files, began, end = FilesInUse(), Event(), Event()

    def use():
        with files.one_more():
            began.set()
            end.wait(5)

    user = Thread(target=use)
    user.start()
    began.wait(5)
    yield files, lambda: (end.set(), user.join())
    end.set()
    user.join()


def test_a_fork_waits_for_transactions(in_use):
    """It returns when the last has ended, and holds back those that would begin."""
    files, end = in_use
    forking = Thread(target=files.before_fork)
    forking.start()
    forking.join(0.05)
    waited = forking.is_alive()
    end()
    forking.join(5)
    assert (waited, forking.is_alive(), files._threads) == (True, False, 0)


def test_a_fork_does_not_wait_for_ever(in_use, monkeypatch):
    """A transaction that takes too long is no reason not to fork, and goes on."""
    monkeypatch.setattr(turns, "FORK_SECONDS", 0.01)
    files, end = in_use
    files.before_fork()
    files.after_fork()
    assert files._threads == 1
    end()
    assert files._threads == 0


def test_a_transaction_waits_for_the_fork():
    """What begins during a fork begins after it."""
    files, began = FilesInUse(), Event()

    def use():
        with files.one_more():
            began.set()

    files.before_fork()
    user = Thread(target=use)
    user.start()
    early = began.wait(0.05)
    files.after_fork()
    user.join(5)
    assert (early, began.is_set()) == (False, True)


def test_a_thread_that_forks_in_a_transaction_does_not_wait_for_itself():
    """Its own transaction, and one within it, count as nobody's."""
    files = FilesInUse()
    with files.one_more(), files.one_more():
        files.before_fork()
        files.after_fork()
        assert files._threads == 1
    assert files._threads == 0


def test_nobody_uses_a_file_in_a_child(in_use):
    """The threads of the parent are not there."""
    files, _ = in_use
    files.after_fork_in_child()
    assert (files._threads, files._forking) == (0, False)
