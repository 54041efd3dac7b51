"""Turns at a SQLite file."""

from threading import Event, Thread

from privacykit.stores import turns
from privacykit.stores.turns import Turn


def test_a_fork_waits_for_the_turn_and_gives_it_back():
    """The parent's threads go on afterwards; the child has a turn of its own."""
    turn = Turn()
    turn.before_fork()
    turn.after_fork()
    with turn:
        pass
    turn.before_fork()
    turns._after_fork_in_child()
    with turn:
        pass


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
    end.set()
    holder.join()
    with turn:
        pass
