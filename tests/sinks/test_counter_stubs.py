"""The stubs of products that know no ids: they take what is right, and find what is not."""

import msgspec
import pytest

from privacykit.testing.samples import NOW
from privacykit.testing.stubs.ga4 import GA4Stub
from privacykit.testing.stubs.goatcounter import GoatCounterStub
from privacykit.testing.stubs.matomo import MatomoStub
from privacykit.testing.stubs.plausible import PlausibleStub
from privacykit.testing.stubs.server import StubRequest
from privacykit.testing.stubs.umami import UmamiStub

PAGE = {"domain": "shop.example", "name": "pageview", "url": "https://shop.example/"}
HIT = {"idsite": 1, "rec": "1", "url": "https://x.example/", "ua": "a", "cip": "0.0.0.0"}
ITEM = {
    "website": UmamiStub.website,
    "id": "1",
    "ip": "0.0.0.0",
    "userAgent": "Mozilla/5.0 (a)",
    "timestamp": 1_800_000_000,
}
CALL = {
    "client_id": "1",
    "timestamp_micros": 1_800_000_000_000_000,
    "consent": {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
    "user_location": {"country_id": "DE"},
    "events": [{"name": "page_view", "params": {}}],
}
COUNT = {"path": "/", "session": "1"}


def posted(path, body, **headers):
    """Return a request with *body*."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    told = {"content-type": "application/json", **told}
    query = {"measurement_id": GA4Stub.measurement_id, "api_secret": GA4Stub.token}
    query = query if path == "/mp/collect" else {}
    return StubRequest("POST", path, query, told, msgspec.json.encode(body))


def bulk(**item):
    """Return a bulk request of one item."""
    token = MatomoStub.token
    return MatomoStub, posted("/matomo.php", {"requests": [HIT | item], "token_auth": token})


def page(address="2001:db8::1", **event):
    """Return a page view as Plausible takes it."""
    request = posted("/api/event", PAGE | event, x_forwarded_for=address)
    return PlausibleStub, request


def item(**payload):
    """Return an event as Umami takes it."""
    return UmamiStub, posted("/api/batch", [{"type": "event", "payload": ITEM | payload}])


def call(**message):
    """Return a message as Google takes it."""
    return GA4Stub, posted("/mp/collect", CALL | message)


def hit(**view):
    """Return a page view as GoatCounter takes it."""
    bearer = f"Bearer {GoatCounterStub.token}"
    return GoatCounterStub, posted("/api/v0/count", {"hits": [COUNT | view]}, authorization=bearer)


def with_clock(kind):
    """Return a stub of *kind* that lives when the samples do."""
    return kind() if kind in {PlausibleStub, UmamiStub} else kind(lambda: NOW)


@pytest.mark.parametrize("good", [bulk(), page(), item(), call(), hit()])
def test_the_stubs_take_what_is_right(good):
    """So that what they find below is what was changed."""
    kind, request = good
    stub = with_clock(kind)
    stub.answer(request)
    assert (stub.faults, len(stub.events)) == ([], 1)


@pytest.mark.parametrize(
    ("wrong", "taken"),
    [
        (bulk(ua=""), 1),
        (bulk(cip=""), 1),
        (bulk(uid="anna"), 1),
        (bulk(idsite=9), 0),
        (bulk(cid="abc"), 0),
        (bulk(lat="52.5"), 0),
        (bulk(cdt="2030-01-01 00:00:00"), 1),
        (page("203.0.113.9"), 1),
        (page(props={f"{at}": at for at in range(31)}), 1),
        (page(props={"a": ["b"]}), 0),
        (page(user_id="anna"), 0),
        (item(id=""), 1),
        (item(ip=""), 1),
        (item(ip="203.0.113.9"), 1),
        (item(timestamp=1_800_000_000_000), 1),
        (item(userAgent="privacykit"), 0),
        (item(userAgent="Mozilla/5.0 (compatible)"), 0),
        (item(name="=1"), 0),
        (call(consent={"ad_user_data": "granted", "ad_personalization": "DENIED"}), 0),
        (call(consent=None), 0),
        (call(ip_override="203.0.113.9"), 0),
        (call(client_id=""), 0),
        (call(timestamp_micros=1), 1),
        (call(events=[{"name": "error"}]), 0),
        (call(events=[{"name": "a", "params": {"a b": 1}}]), 0),
        (call(events=[{"name": "a", "params": {"a": True}}]), 0),
        (call(events=[{"name": "a", "params": {"a": "x" * 101}}]), 0),
        (call(events=[{"name": "a", "params": {f"a{at}": at for at in range(26)}}]), 0),
        (hit(ip="203.0.113.9", user_agent="a"), 1),
        (hit(location="Berlin"), 0),
        (hit(city="Berlin"), 0),
    ],
)
def test_the_stubs_find_what_may_not_be_sent(wrong, taken):
    """Also what the service would take, and what it would take and throw away."""
    kind, request = wrong
    stub = with_clock(kind)
    stub.answer(request)
    assert (stub.faults != [], len(stub.events)) == (True, taken)


@pytest.mark.parametrize("kind", [MatomoStub, PlausibleStub, UmamiStub, GA4Stub, GoatCounterStub])
def test_the_stubs_know_no_other_address(kind):
    """A sink that posts elsewhere is found."""
    stub = with_clock(kind)
    assert stub.answer(posted("/elsewhere", {})).status == 404
    assert stub.faults != []
