"""Word of events that did not leave: where it is left, and that it may fail."""

from __future__ import annotations

from privacykit.decide.withheld import Withheld
from privacykit.delivery.gone_notes import GoneNotes
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.withheld import WithheldStore


def test_counts_that_cannot_be_written_harm_nobody(tmp_path, caplog):
    """Delivery goes on; the log has told all the same."""
    caplog.set_level("INFO", "privacykit")
    (tmp_path / "there.db").mkdir()
    store = WithheldStore(open_engine(f"sqlite:///{tmp_path}/there.db", kind="events"))
    GoneNotes(store, "archive").leave(Withheld.STOPPED, 2, 0.0)
    assert ["archive" in line for line in caplog.messages] == [True]


def test_of_none_nothing_is_said(tmp_path, caplog):
    """Nor is a table made."""
    caplog.set_level("INFO", "privacykit")
    store = WithheldStore(open_engine(f"sqlite:///{tmp_path}/events.db", kind="events"))
    GoneNotes(store).leave(Withheld.EXPIRED, 0, 0.0)
    assert (caplog.messages, list(tmp_path.iterdir())) == ([], [])
