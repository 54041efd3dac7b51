"""Turns at a SQLite file."""

from threading import Event, Thread

from privacykit.stores import turns
from privacykit.stores.turns import Turn


def _is_free(turn: Turn) -> bool:
    taken = turn._lock.acquire(blocking=False)
    if taken:
        turn._lock.release()
    return taken


def test_a_fork_waits_for_the_turn_and_gives_it_back():
    """The parent's threads go on afterwards; the child has a turn of its own."""
    turn = Turn()
    turn.before_fork()
    assert not _is_free(turn)
    turn.after_fork()
    assert _is_free(turn)
    turn.before_fork()
    turns._after_fork_in_child()
    assert _is_free(turn)


def test_a_fork_does_not_wait_for_ever(monkeypatch):
    """A write that takes too long keeps its turn."""
    monkeypatch.setattr(turns, "FORK_SECONDS", 0.01)
    turn, held, end = Turn(), Event(), Event()

    def hold():
        with turn:
            held.set()
            end.wait(5)

    holder = Thread(target=hold)
    holder.start()
    held.wait(5)
    turn.before_fork()
    turn.after_fork()
    assert not _is_free(turn)
    end.set()
    holder.join()
    assert _is_free(turn)
