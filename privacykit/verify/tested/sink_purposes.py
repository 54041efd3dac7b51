"""Sinks and stores: each holds events of its own purposes and sites, and of no others. Pure."""

from __future__ import annotations

from privacykit.settings.named_stores import EVENT_STORE
from privacykit.settings.types import SinkTable
from privacykit.verify.places.place import KeptEvent, PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.claim import TestedClaim

SALE = "sale"


class SinkClaim(TestedClaim):
    """
    Nothing is where its purpose does not lead.

    Args:
        stated: The policy in force.
        unreadable: Sinks that cannot be read back.
    """

    name = "sinks"
    says = "each sink got, and waits for, events of its purposes and sites only"
    cannot_show = "It does not see what became of events at the other end."
    kinds = frozenset({PlaceKind.EVENTS, PlaceKind.OUTBOX, PlaceKind.SINK})

    def __init__(self, stated: Stated, unreadable: list[str]) -> None:
        super().__init__()
        self._stated = stated
        if unreadable:
            self.unable.append(f"It cannot read back: {', '.join(sorted(unreadable))}.")

    def look(self, row: StoredRow) -> None:
        """Look whether the event may be where it is, or go where it goes."""
        self.seen(row.place)
        event = row.event
        if event is None:
            return
        purpose, site = event.text("purpose"), event.text("site")
        if self._stated.purpose(purpose) is None:
            advice = "erase what it was collected for, or bring [purposes] back"
            self.found("PK309", row.at("purpose"), "an event of no configured purpose", advice)
        elif site not in self._stated.zones:
            advice = "erase it, or bring [[site]] back"
            self.found("PK309", row.at("site"), "an event of no configured site", advice)
        elif not _agree(event):
            words = "an event whose envelope is of another purpose than it is"
            self.found("PK310", row.at("purpose"), words, "look what wrote it, and erase it")
        for sink in event.sinks:
            self._look_at(row, sink, purpose, site)

    def _look_at(self, row: StoredRow, name: str, purpose: str, site: str) -> None:
        table = self._stated.sink(name)
        advice = "erase it there: `privacykit sinks` and the sink's own page say how"
        if table is None:
            if name != EVENT_STORE or not self._stated.knows_sink(name):
                words = "an event for a sink that is not configured"
                self.found("PK310", row.at("sink"), words, "`privacykit sinks drain`")
            return
        if words := self._fault(table, purpose, site):
            self.found("PK310", row.at(""), words, advice)

    def _fault(self, table: SinkTable, purpose: str, site: str) -> str:
        """Return why a sink may not have the event; empty where it may."""
        if purpose not in table.purposes:
            return "an event of a purpose that the sink does not serve"
        if table.sites is not None and site not in table.sites:
            return "an event of a site that the sink does not serve"
        stated = self._stated.purpose(purpose)
        if table.role == "third_party" and stated is not None and SALE not in stated.uses:
            return "an event at a third party under a purpose that has no use 'sale'"
        return ""


def _agree(event: KeptEvent) -> bool:
    """Tell whether what stands beside an event is what it says itself."""
    return all(
        event.data.get(name) in {None, event.columns.get(name)}
        for name in ("purpose", "site")
        if event.columns.get(name) is not None
    )
