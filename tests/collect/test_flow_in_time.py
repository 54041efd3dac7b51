"""A response that begins when its site's day is over, or the law was read anew meanwhile."""

from __future__ import annotations

import pytest

from privacykit.collect.events.event import Item
from privacykit.collect.facts import ABSENT, shape_of
from privacykit.collect.flow import admit, make_page_event
from privacykit.geo.synthetic import address_of
from privacykit.runtime.build import build
from privacykit.settings.load import load
from privacykit.testing.layout import CONFIG, lay_out

MIDNIGHT = 1_991_516_400.0
"""In Berlin, where the site's days end: 9 February 2033, 00:00 (8 February, 23:00 UTC)."""
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
HEADERS = {
    b"host": b"shop.example",
    b"x-forwarded-for": address_of("DE", 9).encode(),
    b"user-agent": FIREFOX,
}


class Site:
    """A site whose clock is set by hand, without a thread that could look at it."""

    def __init__(self, folder) -> None:
        self.now = MIDNIGHT - 300
        path = lay_out(folder, CONFIG)
        self.runtime = build(load(path), base=str(path), clock=lambda: self.now).runtime
        self.runtime.days.tick()  # makes the next day's salt too

    def begin(self):
        """Let a visitor from Germany ask for a page."""
        shape = shape_of(HEADERS, b"x-forwarded-for")
        lines = [*HEADERS.items(), ABSENT]
        return admit(lines, shape, ("127.0.0.1", 5000), b"", self.runtime)

    def end(self, privacy) -> Item:
        """Let the page's response begin."""
        return make_page_event(privacy, '"/"', "GET", 200, b"text/html")


@pytest.fixture
def site(tmp_path):
    """A site five minutes before its midnight."""
    return Site(tmp_path)


@pytest.mark.parametrize(("later", "same"), [(-1.0, True), (0.0, False), (1.0, False)])
def test_an_event_is_of_the_day_on_which_the_response_begins(site, later, same):
    """From midnight on the id is the one that a new request gets, under the new day's salt."""
    before = site.end(site.begin())
    slow = site.begin()
    site.now = MIDNIGHT + later
    late = site.end(slow)
    fresh = site.end(site.begin())
    assert (late.visitor == before.visitor, late.visitor == fresh.visitor) == (same, True)
    assert (len(late.visitor), late.at) == (len(before.visitor), MIDNIGHT + later)


def test_an_event_is_of_the_law_as_it_stands_when_the_response_begins(site):
    """A reload in the middle of a request decides about its event anew, on the same day."""
    slow, unchanged = site.begin(), site.begin()
    old = site.end(unchanged)
    site.runtime.days.rebuild()
    new = site.end(slow)
    present = site.runtime.site_days["shop"].plans["DE", 0].page
    assert (new.plan is present, old.plan is present) == (True, False)
    assert new.visitor == old.visitor
