"""
The end of made-up people's events: found anew, erased, searched for once more. Does I/O.

Law of this file: what is erased is found when it is erased, so that a run that failed on its way
leaves no more than one that did not.
"""

from __future__ import annotations

from collections.abc import Sequence

from privacykit.operate.context import OperatorContext
from privacykit.settings.named_stores import EVENT_STORE
from privacykit.stores.events.held_events import held_events
from privacykit.stores.records.holds import standing_holds
from privacykit.stores.watch_state import WatchFinding
from privacykit.verify.watch.places.erase import Erased, erase_events
from privacykit.verify.watch.places.placed import EventPlaces, PlacedEvent
from privacykit.verify.watch.theirs import TheirEvents


class EventsEnd:
    """
    The end of the events of some runs.

    Args:
        context: The operator's stores.
        places: Where events are.
        theirs: What tells theirs from everybody's.
        since: Unix seconds of the begin of the earliest run.

    Attributes:
        seen: Place and id of each event that was found.
        found: Events that are still there, or came while they were erased and stay.
    """

    def __init__(
        self, context: OperatorContext, places: EventPlaces, theirs: TheirEvents, since: float
    ) -> None:
        self._context = context
        self._places = places
        self._theirs = theirs
        self._since = since
        self.seen: set[tuple[str, str]] = set()
        self.found: list[WatchFinding] = []

    def come(self) -> Erased:
        """Erase what there is, and once more what came late or stayed; what then stays is found."""
        erased = self._erase(self._theirs.among(self._rows()))
        if late := self._still(erased):
            again = self._erase(late)
            erased = Erased(erased.rows + again.rows, erased.left | again.left)
            for event in self._still(erased):
                said = "an event of a made-up person is still there after its erasure"
                self.found.append(WatchFinding("PK332", event.place, said, LOOK))
        return erased

    def _rows(self) -> list[PlacedEvent]:
        return self._places.every(self._since, self._context.clock())

    def _erase(self, events: Sequence[PlacedEvent]) -> Erased:
        context = self._context
        ids: dict[str, set[str]] = {}
        for event in events:
            ids.setdefault(event.place, set()).add(event.id)
        self.seen |= {(event.place, event.id) for event in events}
        holds = held_events(standing_holds(context.engine))
        return erase_events(
            context.settings, context.paths, self._places, ids, holds, context.clock
        )

    def _still(self, erased: Erased) -> list[PlacedEvent]:
        """Return what is there now; what is held or cannot go is told, and is not among it."""
        rows, known = self._rows(), {id_ for _, id_ in self.seen}
        held = bool(held_events(standing_holds(self._context.engine)))
        theirs = [*(one for one in rows if one.id in known), *self._theirs.among(rows)]
        return [
            event
            for event in {(one.place, one.id): one for one in theirs}.values()
            if event.place not in erased.left and not (held and event.place == EVENT_STORE)
        ]


LOOK = "look at what writes there: `privacykit events tail` and the how-to on verification"
