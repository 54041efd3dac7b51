"""Consents that the standing canary meets: its own are ended, a real visitor's never."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from privacykit.geo.synthetic import address_of
from privacykit.govern.records import Hold
from tests.verify.watched_house import WatchedHouse

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def house(tmp_path):
    """A site in this process, watched."""
    one = WatchedHouse(tmp_path)
    yield one
    one.close()


def consents(house):
    """Return how many consent records there are."""
    with house.watcher._context.engine.connect() as connection:
        return connection.execute(text("select count(*) from consents")).scalar_one()


def consented(house):
    """Let a real person consent; return the line that sets their grant."""
    headers = {
        "x-forwarded-for": address_of("DE", 9),
        "user-agent": BROWSER,
        "content-type": "application/x-www-form-urlencoded",
        "origin": "http://shop.example",
        "sec-fetch-site": "same-origin",
        "content-length": "12",
    }
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    status, answered, _ = house.ask("POST", "/privacy/choice", sent, b"action=allow")
    assert status == 303
    return next(v for k, v in answered if k == b"set-cookie" and v.startswith(b"pk-yes="))


def cache(house, line, paths):
    """Hand *line* out with *paths*, as a cache does that keeps Set-Cookie with a page."""
    inner = house.app

    async def caching(scope, receive, send):
        async def changed(message):
            if message["type"] == "http.response.start" and scope["path"] in paths:
                message = {**message, "headers": [*message["headers"], (b"set-cookie", line)]}
            await send(message)

        await inner(scope, receive, changed)

    house.app = caching


@pytest.mark.parametrize("paths", [{"/"}, {"/privacy/status.json"}], ids=["page", "status"])
def test_a_real_persons_grant_from_a_cache_is_found_and_stays(house, paths):
    """It is the proof of somebody else: told, neither ended nor withdrawn."""
    cache(house, consented(house), paths)
    report = house.watcher.once().report
    (path,) = paths
    assert ("PK331", f"page {path}") in {(one.id, one.place) for one in report.findings}
    with house.watcher._context.engine.connect() as connection:
        rows = connection.execute(text("select withdrawn_at from consents")).all()
    assert [tuple(row) for row in rows] == [(None,)]


def test_an_answer_that_names_an_older_consent_ends_nothing(house):
    """Something in front answers the choice with a grant of before the run."""
    line = consented(house)
    house.now += 600

    async def answering(scope, receive, send, inner=house.app):
        if scope["path"] != "/privacy/choice":
            await inner(scope, receive, send)
            return
        headers = [(b"set-cookie", line), (b"location", b"/")]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    house.app = answering
    report = house.watcher.once().report
    assert ("PK331", "consent records") in {(one.id, one.place) for one in report.findings}
    assert consents(house) == 1


def test_a_hold_on_consents_keeps_those_of_made_up_people_too(house):
    """Whatever its rows; the run says that they stay."""
    context = house.watcher._context
    hold = Hold("h", "privacykit", "consents", (), "a claim", "system", house.now, house.now + 9e6)
    context.holds.place(hold)
    report = house.watcher.once().report
    assert report.left == {"consent records": "a hold keeps them"}
    assert report.findings == ()
    assert consents(house) == 1
