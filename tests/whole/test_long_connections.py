"""What outlives midnight: websockets, streams, tasks; all they do is of the moment they do it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from privacykit.collect.ports import Envelope
from privacykit.geo.synthetic import address_of
from privacykit.pseudonym.visitor import DaySalt

LATE = datetime(2031, 1, 15, 22, 55, tzinfo=UTC).timestamp()
"""23:55 in Berlin, on a day of no other test."""
HEADERS = {"x-forwarded-for": address_of("DE", 9), "user-agent": "Firefox/145.0"}


class Clock:
    """A clock set by hand."""

    now = LATE

    def __call__(self):
        return self.now

    def ahead(self, **by):
        """Move it ahead."""
        self.now += timedelta(**by).total_seconds()


@pytest.fixture
def clock():
    """Return a clock at 23:55."""
    return Clock()


class Held:
    """An application that holds its connection open until it is told to end."""

    def __init__(self):
        self.begun, self.end, self.privacy = asyncio.Event(), asyncio.Event(), None

    async def __call__(self, scope, receive, send):
        self.privacy = scope["state"]["privacy"]
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        self.begun.set()
        await self.end.wait()


def _scope(kind):
    lines = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    return {
        "type": kind,
        "path": "/",
        "headers": [(b"host", b"testserver"), *lines],
        "client": ("127.0.0.1", 5000),
        "query_string": b"",
        "method": "GET",
    }


@asynccontextmanager
async def _open(house, kind):
    """Hold a connection of *kind* open, and give its privacy."""
    held = Held()
    house.app.app = held

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        pass

    task = asyncio.ensure_future(house.app(_scope(kind), receive, send))
    await held.begun.wait()
    yield held.privacy
    held.end.set()
    with suppress(asyncio.CancelledError):
        await task


def _while_open(house, kind, what):
    async def run():
        app = house.app.app
        async with _open(house, kind) as privacy:
            house.app.app = app
            return what(privacy)

    return asyncio.run(run())


@pytest.fixture
def house(open_house, clock):
    """Return an application whose clock is set by hand."""
    made = open_house(clock=clock)
    made.keeper.tick()
    return made


kinds = pytest.mark.parametrize("kind", ["websocket", "http"])


@kinds
def test_ids_are_of_the_day_they_are_asked_for(house, clock, kind):
    """After midnight the id is the one that a new request gets, and no more yesterday's."""

    def look(privacy):
        before = privacy.visitor
        clock.ahead(minutes=10)
        house.keeper.tick()
        return before, privacy.visitor, house.get("/seen").json()["visitor"]

    before, after, anew = _while_open(house, kind, look)
    assert (None not in {before, after}, after == anew, after == before) == (True, True, False)


@kinds
def test_events_are_of_the_moment_they_are_emitted(house, clock, kind):
    """Time, expiry and visitor are those of the emission, hours after the handshake."""
    items = []
    accept = house.runtime.accept
    house.runtime.accept = lambda item: items.append(item) or accept(item)

    def emit(privacy):
        clock.ahead(hours=4)
        house.keeper.tick()
        assert privacy.emit("news", "analytics")
        return privacy.visitor

    visitor = _while_open(house, kind, emit)
    assert (items[-1].at, items[-1].visitor) == (clock.now, visitor)


@kinds
def test_an_opt_out_after_midnight_stops_the_next_event(house, clock, kind):
    """At 00:05 the visitor opts out in another tab; what the socket emits does not leave."""
    consents = house.keeper.chores["suppressed"].__self__._consents

    def opt_out(privacy):
        clock.ahead(minutes=10)
        house.keeper.tick()
        done = house.client.post("/privacy/opt-out", headers=HEADERS, follow_redirects=False)
        assert done.status_code == 303
        return privacy.visitor

    visitor = _while_open(house, kind, opt_out)
    envelope = Envelope("e", "shop", "analytics", int(clock.now) + 999, ("events",), visitor)
    assert consents.stopped([envelope]) == {"e"}


@kinds
def test_the_dead_salt_is_gone_while_the_connection_is_open(house, clock, kind):
    """Nothing that an open connection holds keeps yesterday or its salt in memory."""

    def forget(privacy):
        site_day = house.runtime.site_days["shop"]
        yesterday, salt = weakref.ref(site_day), site_day.salt.day
        del site_day
        gc.disable()
        try:
            clock.ahead(minutes=10)
            house.keeper.tick()
        finally:
            gc.enable()
        living = [o.day for o in gc.get_objects() if isinstance(o, DaySalt)]
        return yesterday(), salt in living, privacy.place

    assert _while_open(house, kind, forget) == (None, False, "DE")


@kinds
def test_no_copy_of_the_dead_salt_is_held(house, clock, kind):
    """Its bytes are in no object that anything in the process can reach."""
    found = []
    get = house.keeper._salts.get_or_create

    def remember(*arguments):
        value = get(*arguments)
        found.append((arguments[1], bytearray(value)))
        return value

    house.keeper._salts.get_or_create = remember
    with house.keeper._lock:
        house.keeper.site_days["shop"] = house.keeper._site_day("shop", clock.now, with_salt=True)
    (day, salt), *_ = found

    def search(_privacy):
        clock.ahead(minutes=10)
        house.keeper.tick()
        gc.collect()
        held = [
            one
            for each in gc.get_objects()
            for one in gc.get_referents(each)
            if isinstance(one, bytes) and one == bytes(salt)
        ]
        return len(held)

    assert (day, _while_open(house, kind, search)) == ("2031-01-15", 0)


@kinds
def test_decisions_are_of_the_policies_in_force(house, kind):
    """When the policies change, an open connection is decided anew at its next question."""

    def ask(privacy):
        before = privacy.plan
        house.keeper.rebuild()
        privacy.allows("analytics")
        return before.edition == privacy.plan.edition, privacy.plan.edition

    assert _while_open(house, kind, ask) == (False, house.runtime.site_days["shop"].edition)
