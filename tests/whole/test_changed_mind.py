"""Who refuses and allows again on the same day: what came before never leaves, what comes does."""

from __future__ import annotations

import os

import pytest

from privacykit.collect.events.event import RANDOM_BYTES_PER_EVENT, Finisher
from privacykit.geo.synthetic import address_of

OWN = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}


class Browser:
    """A browser at a place; each there has the same address and user agent, and own cookies."""

    def __init__(self, house, place):
        self.client = house.client
        self.headers = {"x-forwarded-for": address_of(place, 9), "user-agent": "Firefox/145.0"}
        self.cookies = {}

    def _ask(self, method, path, **more):
        self.client.cookies.clear()
        said = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**self.headers, **more.pop("headers", {}), "cookie": said}
        answer = self.client.request(method, path, headers=headers, follow_redirects=False, **more)
        self.cookies |= dict(answer.cookies)
        for line in answer.headers.get_list("set-cookie"):
            if "max-age=0" in line.lower():
                self.cookies.pop(line.partition("=")[0], None)
        return answer

    def look(self):
        """Look at a page."""
        assert self._ask("GET", "/").status_code == 200

    def choose(self, action):
        """Press a button of our page."""
        path = "/privacy/withdraw" if action == "withdraw" else "/privacy/choice"
        assert self._ask("POST", path, data={"action": action}, headers=OWN).status_code == 303


class Watched:
    """A house, with the events it accepts and what a worker says of them."""

    def __init__(self, house):
        self.house, self.items = house, []
        accept = house.runtime.accept
        house.runtime.accept = lambda item: self.items.append(item) or accept(item)
        self._consents = house.keeper.chores["suppressed"].__self__._consents

    def accepted(self):
        """Return the events since the last call, each as a worker meets it."""
        items, self.items = self.items, []
        rows = Finisher()(items, os.urandom(RANDOM_BYTES_PER_EVENT * len(items)))
        return [row.envelope for row in rows]

    def leaving(self, envelopes):
        """Return how many of *envelopes* may leave now."""
        return len(envelopes) - len(self._consents.stopped(envelopes))


@pytest.fixture
def watched(open_house):
    """Return a house whose events are watched."""
    return Watched(open_house())


places = pytest.mark.parametrize("place", ["DE", "US-CA", "JP"])


@places
def test_a_mind_changed_twice(watched, place):
    """What was done before the refusal stays here; after the consent everything is as before."""
    browser = Browser(watched.house, place)
    browser.choose("allow")
    browser.look()
    before = watched.accepted()
    assert (len(before), watched.leaving(before)) == (1, 1)
    browser.choose("withdraw")
    browser.look()
    refused = watched.accepted()
    browser.choose("allow")
    browser.look()
    after = watched.accepted()
    assert (refused, watched.leaving(before)) == ([], 0)
    assert (len(after), watched.leaving(after)) == (1, 1)


@places
def test_a_neighbours_consent_is_their_own(watched, place):
    """Somebody else refuses from the same network with the same browser; who agrees then, is heard."""
    one, other = (Browser(watched.house, place) for _ in range(2))
    one.look()
    before = watched.accepted()
    one.choose("refuse")
    other.choose("allow")
    other.look()
    after = watched.accepted()
    assert watched.leaving(before) == 0
    assert (len(after), watched.leaving(after)) == (1, 1)


def test_an_opt_out_is_the_days_where_nobody_agreed(watched):
    """Where the law asks for no consent and none was given, the day's id stays stopped."""
    one, other = (Browser(watched.house, "US-CA") for _ in range(2))
    one.look()
    one.choose("refuse")
    other.look()
    events = watched.accepted()
    assert (len(events), watched.leaving(events)) == (2, 0)
