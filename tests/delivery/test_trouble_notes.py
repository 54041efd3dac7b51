"""Words of trouble: when they are left, and when they are taken back."""

from __future__ import annotations

from privacykit.delivery.trouble_notes import CLEAR_SECONDS, TroubleNotes
from privacykit.errors import StoreError


class Troubles:
    """Remembers what it is told."""

    def __init__(self, broken=False):
        self.heard, self.broken = [], broken

    def note(self, sink, said, now, again):
        self._hear(sink, said, now, again)

    def clear(self, sink):
        self._hear(sink)

    def _hear(self, *words):
        self.heard.append(words)
        if self.broken:
            raise StoreError("PK133 database")


def test_every_failure_is_told_with_its_pause():
    """So that who looks knows when it is tried again."""
    troubles = Troubles()
    notes = TroubleNotes(troubles, "a")
    notes.leave("PK166 one", 10.0, 2.0)
    notes.leave("PK166 one", 12.0, 4.0)
    assert troubles.heard == [("a", "PK166 one", 10.0, 12.0), ("a", "PK166 one", 12.0, 16.0)]


def test_success_is_told_now_and_then():
    """A busy sink writes nothing each time; a clock that is set back does not silence it."""
    troubles = Troubles()
    notes = TroubleNotes(troubles, "a")
    for now in (10.0, 11.0, 10.0 + CLEAR_SECONDS, 5.0):
        notes.leave("", now, 0.0)
    assert troubles.heard == [("a",)] * 3


def test_success_after_trouble_is_told_at_once():
    """Whatever was said shortly before."""
    troubles = Troubles()
    notes = TroubleNotes(troubles, "a")
    for trouble in ("", "PK166 one", ""):
        notes.leave(trouble, 10.0, 0.0)
    assert [len(words) for words in troubles.heard] == [1, 4, 1]


def test_a_store_that_fails_keeps_no_event_back():
    """Delivery does not depend on a word."""
    troubles = Troubles(broken=True)
    notes = TroubleNotes(troubles, "a")
    notes.leave("PK166 one", 10.0, 0.0)
    notes.leave("", 11.0, 0.0)
    assert len(troubles.heard) == 2
