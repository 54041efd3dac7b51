"""
One run of the standing canary: visit, wait, search, erase, search again. Does I/O.

Laws of this file: what was made is erased whatever happens in between, and no value of a mark is in
what is returned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from privacykit.connectors.bytesearch import count_in_sqlite
from privacykit.errors import BackendError
from privacykit.operate.context import OperatorContext
from privacykit.settings.named_stores import EVENT_STORE, named_sinks
from privacykit.stores.watch_state import OpenRun, WatchFinding
from privacykit.verify.site.claims import claims_of
from privacykit.verify.site.expected import SiteExpectations
from privacykit.verify.site.http import TIMEOUT_SECONDS, Transport
from privacykit.verify.site.origin import SiteOrigin
from privacykit.verify.site.voices import VoiceTrial
from privacykit.verify.watch.changes import once
from privacykit.verify.watch.checks import marks_in, of_cookie, of_event, others_marks
from privacykit.verify.watch.grants import OwnGrant, end_grants
from privacykit.verify.watch.people import CONSENTING, MadeUpPerson, people_of
from privacykit.verify.watch.places.erase import Erased
from privacykit.verify.watch.places.files import FileMark, WatchedFiles, own_files
from privacykit.verify.watch.places.gone import LOOK, EventsEnd
from privacykit.verify.watch.places.placed import OUTBOX, EventPlaces, PlacedEvent
from privacykit.verify.watch.signups import SignUp, Undo, details_of
from privacykit.verify.watch.theirs import TheirEvents, browsers_of
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
        open: Runs that did not come to their end: what they left is erased too.
        remember: Keeps what finds the people of this run again, should it be interrupted.
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
    open: tuple[OpenRun, ...] = ()
    remember: Callable[[OpenRun], None] = lambda _: None


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
        means = (tools.site, self._settings, tools.expected, tools.transport)
        self._visiting = Visiting(*means, self._clock, self._granted)
        self._found: list[WatchFinding] = []
        self._visits: list[Visit] = []
        self._events: set[tuple[str, str]] = set()
        self._grants: list[OwnGrant] = []
        self._began = self._until = 0.0
        self._unread: dict[str, str] = {}

    def run(self) -> WatchReport:
        """Visit, search, erase, search again. A site or place that fails is a finding."""
        began = self._began = self._clock()
        visits = len(self.people) * (len(self._settings.watch.pages) + _OTHERS)
        self._until = began + visits * TIMEOUT_SECONDS
        self._tools.remember(self._mine())
        self._tools.expected.turn_to(began)
        before = self._tools.written
        before = self._files.marked() if before is None else before
        undo = self._signed_up()
        try:
            self._visit()
            self._until = self._clock()
            self._tools.remember(self._mine())
            self._await_delivery(began)
            self._look_at_events(began)
        finally:
            erased = self._erase(undo)
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

    def _mine(self) -> OpenRun:
        records = tuple((one.record, one.place) for one in self._grants)
        return OpenRun(self._began, self._until, browsers_of(self.people), records)

    def _theirs(self, runs: Sequence[OpenRun]) -> TheirEvents:
        return TheirEvents(runs, self._tools.expected, {one.wanted for one in self.people})

    def _granted(self, grant: OwnGrant) -> None:
        self._grants.append(grant)
        self._tools.remember(self._mine())

    def _waiting(self, began: float) -> bool:
        waiting = self._places.waiting(began, self._clock())
        return bool(self._theirs((self._mine(),)).near(waiting))

    def _look_at_events(self, began: float) -> None:
        events = self._places.every(began, self._clock())
        for event in events:
            for person in self._searched_for:
                self._found += marks_in(event.text, event.place, person)
        mine = self._theirs((self._mine(),))
        theirs = mine.among(events)
        for event in theirs:
            self._found += self._wrong_with(event)
        known = {(event.place, event.id) for event in theirs}
        for event in mine.near(events):
            if (event.place, event.id) not in known:
                self._found.append(WatchFinding("PK331", event.place, _DOUBTFUL, _PROXY))
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
        words = [word.encode() for one in self.people for word in one.marks.words.values()]
        for path in own_files(self._settings, self._tools.context.paths):
            if count_in_sqlite(path, words)[1]:
                said = "its bytes hold a mark of a made-up person"
                self._found.append(WatchFinding("PK330", f"file {path.name}", said, LOOK))

    def _signed_up(self) -> list[Undo]:
        if self._tools.signup is None:
            return []
        person = next(one for one in self.people if one.choice == CONSENTING)
        try:
            return [self._tools.signup(details_of(person))]
        except Exception as error:  # noqa: BLE001 - whatever the application's hook does
            said = f"the sign-up failed ({type(error).__name__})"
            self._found.append(WatchFinding("PK333", "sign-up", said, LOOK))
            return []

    def _erase(self, undo: list[Undo]) -> Erased:
        for one in undo:
            try:
                one()
            except Exception as error:  # noqa: BLE001 - as above
                said = f"the sign-up was not undone ({type(error).__name__})"
                self._found.append(WatchFinding("PK332", "sign-up", said, LOOK))
        left: dict[str, str] = {}
        runs = (*self._tools.open, self._mine())
        for run in runs:
            grants = [OwnGrant(*one) for one in run.records]
            self._found += end_grants(self._tools.context, grants, run.at, left)
        first = min(run.at for run in runs)
        end = EventsEnd(self._tools.context, self._places, self._theirs(runs), first)
        rows, kept = end.come()
        self._events |= end.seen
        self._found += end.found
        return Erased(rows, left | kept)

    def _searched(self) -> Iterator[str]:
        yield "pages"
        places = {EVENT_STORE, OUTBOX, *(name for _, name, _ in named_sinks(self._settings))}
        if self._settings.events.url is None:
            places.discard(EVENT_STORE)
        yield from sorted(places - set(self._unread))
        if self._settings.watch.files:
            yield "files"
        yield "the files of our stores"


_OTHERS = 3
"""What a visit asks for besides its pages, and some."""
_DOUBTFUL = "a made-up person's browser with another address: it is taken for a visitor's and stays"
_PROXY = "is nobody that browser, something in front replaces addresses: let [client_ip] trust it"
