"""
One run of the standing canary: visit, wait, search, erase, search again. Does I/O.

Laws of this file: what was made is erased whatever happens in between, and no value of a mark is in
what is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from privacykit.connectors.bytesearch import count_in_sqlite
from privacykit.errors import BackendError, StoreError
from privacykit.operate.context import OperatorContext
from privacykit.settings.named_stores import EVENT_STORE, named_sinks
from privacykit.stores.events.held_events import held_events
from privacykit.stores.records.holds import standing_holds
from privacykit.stores.watch_state import WatchFinding
from privacykit.verify.site.claims import claims_of
from privacykit.verify.site.expected import SiteExpectations
from privacykit.verify.site.http import Transport
from privacykit.verify.site.origin import SiteOrigin
from privacykit.verify.site.voices import VoiceTrial
from privacykit.verify.watch.checks import marks_in, of_cookie, of_event, others_marks
from privacykit.verify.watch.grants import end_grants
from privacykit.verify.watch.people import CONSENTING, MadeUpPerson, people_of
from privacykit.verify.watch.places.erase import Erased, erase_events
from privacykit.verify.watch.places.files import FileMark, WatchedFiles, own_files
from privacykit.verify.watch.places.placed import OUTBOX, EventPlaces, PlacedEvent
from privacykit.verify.watch.signups import SignUp, Undo, details_of
from privacykit.verify.watch.visits import Visit, Visiting

POLL_SECONDS = 0.25
"""How often it is looked whether events of a visit still wait."""


class WatchReport(msgspec.Struct, frozen=True):
    """
    What a run saw.

    Attributes:
        at: Unix seconds of its begin.
        people: How many made-up people came.
        pages: Pages that they were shown.
        events: Events that they made, each counted at each place that was read.
        searched: Places that were searched, by name.
        unread: Places that could not be, and why.
        erased: Events erased, each counted at each place.
        left: Places that keep events of theirs, and why.
        findings: What was wrong.
    """

    at: float
    people: int
    pages: int
    events: int
    searched: tuple[str, ...]
    unread: dict[str, str]
    erased: int
    left: dict[str, str]
    findings: tuple[WatchFinding, ...]


class WatchTools(NamedTuple):
    """
    What a run works with.

    Attributes:
        context: The operator's stores.
        places: Where events are.
        site: The site.
        expected: What is expected of it.
        transport: Carries what is asked.
        random: So many random bytes.
        pause: Sleeps for some seconds; what delivers events works meanwhile.
        signup: Signs somebody up, if the application offers that.
        earlier: Who came at the run before, since some things are written late.
        written: How far files were written at its end; ``None`` before the first run.
    """

    context: OperatorContext
    places: EventPlaces
    site: SiteOrigin
    expected: SiteExpectations
    transport: Transport
    random: Callable[[int], bytes]
    pause: Callable[[float], object]
    signup: SignUp | None = None
    earlier: tuple[MadeUpPerson, ...] = ()
    written: dict[int, FileMark] | None = None


class WatchRun:
    """
    One run.

    Args:
        tools: What it works with.

    Attributes:
        people: Who comes.
        written: How far files are written at its end.
    """

    def __init__(self, tools: WatchTools) -> None:
        self._tools = tools
        context = tools.context
        self._settings = context.settings
        self._clock = context.clock
        self.people = people_of(self._settings, tools.random)
        self.written: dict[int, FileMark] = {}
        self._searched_for = (*self.people, *tools.earlier)
        self._places = tools.places
        self._files = WatchedFiles(self._settings.watch.files, context.paths.folder)
        self._visiting = Visiting(
            tools.site, self._settings, tools.expected, tools.transport, self._clock
        )
        self._found: list[WatchFinding] = []
        self._visits: list[Visit] = []
        self._events: list[PlacedEvent] = []
        self._unread: dict[str, str] = {}

    def run(self) -> WatchReport:
        """Visit, search, erase, search again. A site or place that fails is a finding."""
        began = self._clock()
        self._tools.expected.turn_to(began)
        before = self._tools.written
        before = self._files.marked() if before is None else before
        undo = self._signed_up()
        erased = Erased(0, {})
        try:
            self._visit()
            self._await_delivery(began)
            self._look_at_events(began)
        finally:
            erased = self._erase(undo, began)
            self._look_again(began, erased)
            self._look_at_files(before)
        return WatchReport(
            began,
            len(self.people),
            sum(len(visit.pages) for visit in self._visits),
            len(self._events),
            tuple(self._searched()),
            self._unread,
            erased.rows,
            erased.left,
            once(self._found),
        )

    def _visit(self) -> None:
        tools = self._tools
        try:
            self._found += self._claims()
            for person in self.people:
                self._visits.append(self._visiting.visit(person))
        except BackendError:
            self._found.append(WatchFinding("PK333", "the site", "it does not answer", "is it up?"))
        for visit in self._visits:
            self._found += visit.findings
            for _, cookie in visit.cookies:
                self._found += of_cookie(cookie, visit.plan, tools.expected, visit.person.name)
            for path, answer in visit.pages.items():
                self._found += others_marks(answer.body, path, visit.person, self.people)

    def _claims(self) -> Iterator[WatchFinding]:
        """Yield what a few visits of a robot disprove, who is counted nowhere."""
        tools = self._tools
        with_gpc = next(one for one in self.people if "sec-gpc" in one.said)
        headers = {self._settings.client_ip.header.lower(): str(with_gpc.marks.address)}
        trial = VoiceTrial(tools.site, tools.expected, tools.transport, self._clock, headers)
        for result in claims_of(trial.hear(1), None):
            for one in result.violations:
                yield WatchFinding(one.id, one.place, one.text, one.advice)

    def _await_delivery(self, began: float) -> None:
        """Wait until nothing of theirs waits in the outbox, as long as is configured."""
        quiet = 0
        for _ in range(max(2, int(self._settings.watch.wait / POLL_SECONDS))):
            self._tools.pause(POLL_SECONDS)
            quiet = 0 if self._waiting(began) else quiet + 1
            if quiet > 1:  # what was in memory is committed by then
                return
        self._found.append(
            WatchFinding(
                "PK333",
                OUTBOX,
                "events of the visits were not delivered in time",
                "`privacykit sinks status` tells what waits, [watch] wait how long it may take",
            )
        )

    def _waiting(self, began: float) -> bool:
        waiting = self._places.waiting(began, self._clock())
        return any(self._is_theirs(event) for event in waiting)

    def _is_theirs(self, event: PlacedEvent) -> bool:
        browser = event.seen.browser if event.seen is not None else ""
        return any(person.marks.browser == browser for person in self.people)

    def _rows(self, began: float) -> list[PlacedEvent]:
        now = self._clock()
        try:
            return [*self._places.waiting(began, now), *self._places.rows(began, now)]
        except StoreError:
            self._unread[OUTBOX] = "it could not be read"
            return list(self._places.rows(began, now))

    def _look_at_events(self, began: float) -> None:
        for event in self._rows(began):
            for person in self._searched_for:
                self._found += marks_in(event.text, event.place, person)
            if self._is_theirs(event):
                self._events.append(event)
                self._found += self._wrong_with(event)
        self._unread |= self._places.unread

    def _wrong_with(self, event: PlacedEvent) -> Iterator[WatchFinding]:
        browser = event.seen.browser if event.seen is not None else ""
        for visit in self._visits:
            if visit.person.marks.browser == browser:
                yield from of_event(event, visit.person, visit.plan)

    def _look_at_files(self, before: dict[int, FileMark]) -> None:
        """Search what was written since, by now without who signed up."""
        self.written = self._files.marked()
        try:
            for name, piece in self._files.added(before):
                for person in self._searched_for:
                    self._found += marks_in(piece, f"file {name}", person)
        except OSError as error:
            self._unread["files"] = f"one could not be read ({type(error).__name__})"
        for path in own_files(self._settings, self._tools.context.paths):
            words = [word for one in self.people for word in one.marks.words.values()]
            if count_in_sqlite(path, [word.encode() for word in words])[1]:
                said = "its bytes hold a mark of a made-up person"
                self._found.append(WatchFinding("PK330", f"file {path.name}", said, _LOOK))

    def _signed_up(self) -> list[Undo]:
        if self._tools.signup is None:
            return []
        person = next(one for one in self.people if one.choice == CONSENTING)
        try:
            return [self._tools.signup(details_of(person))]
        except Exception as error:  # noqa: BLE001 - whatever the application's hook does
            said = f"the sign-up failed ({type(error).__name__})"
            self._found.append(WatchFinding("PK333", "sign-up", said, _LOOK))
            return []

    def _erase(self, undo: list[Undo], began: float) -> Erased:
        for one in undo:
            try:
                one()
            except Exception as error:  # noqa: BLE001 - as above
                said = f"the sign-up was not undone ({type(error).__name__})"
                self._found.append(WatchFinding("PK332", "sign-up", said, _LOOK))
        context = self._tools.context
        left: dict[str, str] = {}
        self._found += end_grants(context, self._visiting.grants, began, left)
        ids: dict[str, set[str]] = {}
        for event in self._events:
            ids.setdefault(event.place, set()).add(event.id)
        holds = held_events(standing_holds(context.engine))
        rows, kept = erase_events(
            self._settings, context.paths, self._places, ids, holds, self._clock
        )
        return Erased(rows, left | kept)

    def _look_again(self, began: float, erased: Erased) -> None:
        """Search once more for whoever was erased; what is held or cannot go is told, not found."""
        ids = {event.id for event in self._events}
        held = bool(held_events(standing_holds(self._tools.context.engine)))
        for event in self._rows(began):
            if event.place in erased.left or (held and event.place == EVENT_STORE):
                continue
            if event.id in ids or self._is_theirs(event):
                said = "an event of a made-up person is still there after its erasure"
                self._found.append(WatchFinding("PK332", event.place, said, _LOOK))

    def _searched(self) -> Iterator[str]:
        yield "pages"
        places = {EVENT_STORE, OUTBOX, *(name for _, name, _ in named_sinks(self._settings))}
        if self._settings.events.url is None:
            places.discard(EVENT_STORE)
        yield from sorted(places - set(self._unread))
        if self._settings.watch.files:
            yield "files"
        yield "the files of our stores"


_LOOK = "look at what writes there: `privacykit events tail` and the how-to on verification"


def once(found: Iterable[WatchFinding]) -> tuple[WatchFinding, ...]:
    """Return *found* with each thing once, in their order."""
    return tuple(sorted({one.key: one for one in reversed(list(found))}.values()))
