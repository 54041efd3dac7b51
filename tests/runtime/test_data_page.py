"""The data page before the whole of privacykit: each sees what is theirs, and nobody else's."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.errors import BackendError, ConfigurationError, StoreError
from privacykit.geo.synthetic import address_of
from privacykit.govern.requests.lifecycle import OPEN
from privacykit.operate.context import OperatorContext
from privacykit.operate.data_desk import held
from privacykit.operate.data_desk.desk import OperatorDataDesk
from privacykit.signals.choice.time import GRANT_SECONDS
from privacykit.testing.canary import Canary
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web.data_page import endpoints
from privacykit.web.preferences import context
from privacykit.web.preferences.limits import Rate

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
TWO_SITES = CONFIG.replace('page = "analytics"', 'page = "profile"').replace(
    "[events]",
    '[[site]]\nid = "blog"\nhosts = ["blog.example"]\ntimezone = "Europe/Berlin"\n\n[events]',
)
MAP = """
[systems.shop]

[datasets.shop]
system = "shop"
connector = "sqlite"
url = "sqlite:///shop.db"

[collections.shop.customers]
subject = true

[collections.shop.customers.fields]
id = { category = "user.unique_id", identity = "customer_id" }
"""
MAY_ASK = endpoints.DataEndpoints.may_ask
FORM = {
    "sec-fetch-site": "same-origin",
    "content-type": "application/x-www-form-urlencoded",
}
OWN = {"sec-fetch-site": "same-origin"}


def signed_in(request):
    """Say who is signed in, by the session cookie of the application."""
    found = re.search(r"session=(\w+)", request.cookie.decode())
    if found and found[1] == "broken":
        raise ValueError(found[1])
    return {"none": None, "number": 3.5}.get(found[1], found[1]) if found else None


@dataclass
class Person:
    """
    A visitor with a browser.

    Attributes:
        place: Last part of the address.
    """

    app: object
    host: str = "shop.example"
    place: int = 9

    def __post_init__(self):
        base = f"http://{self.host}"
        headers = {
            "x-forwarded-for": address_of("DE", self.place),
            "user-agent": FIREFOX,
            "origin": base,
        }
        self.browser = TestClient(
            self.app,
            base_url=base,
            headers=headers,
            client=("127.0.0.1", 5000),
            follow_redirects=False,
        )

    def agrees(self, *purposes):
        """Allow *purposes*, by the form."""
        form = {"action": "save", "purpose": list(purposes)}
        assert self.browser.post("/privacy/choice", data=form, headers=OWN).status_code == 303
        return self

    def visits(self, *paths, **headers):
        """Look at pages, until what is noted of it is committed."""
        counters = self.app._engine.runtime.counters
        wanted = counters.of("outbox_acknowledged") + len(paths)
        for path in paths:
            assert self.browser.get(path, headers=headers).status_code == 200
        end = time.monotonic() + 60
        while counters.of("outbox_acknowledged") < wanted and time.monotonic() < end:
            time.sleep(0.01)
        return self

    def signs_in(self, name):
        """Have a session of the application's."""
        self.browser.cookies.set("session", name, domain=self.host)
        return self

    def sends(self, path, data=None, **headers):
        """Send a form of the site's own page."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.browser.post(f"/privacy/data{path}", data=data or {}, headers=FORM | named)

    def told(self):
        """Return the JSON document."""
        answer = self.sends(".json")
        assert answer.status_code == 200
        return answer.json()

    def arrived(self):
        """Wait until nothing is on its way any more."""
        end = time.monotonic() + 60
        while any(it["waiting"] for it in self.told()["events"]["newest"]):
            assert time.monotonic() < end
            time.sleep(0.05)

    @property
    def pages(self):
        """The pages that are held of them."""
        return sorted(event["page"] for event in self.told()["events"]["newest"])

    @property
    def cookie(self):
        """The grant cookie."""
        return self.browser.cookies["pk-yes"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the application, wrapped, and its folder."""

    async def page(request):
        privacy = request.state.privacy
        user = re.search(r"session=(\w+)", request.headers.get("cookie", ""))
        if user and user[1] not in {"broken", "none", "number"}:
            privacy.identify(user[1])
        return HTMLResponse("<p>ok")

    folder = tmp_path_factory.mktemp("data-page")
    config = lay_out(folder, TWO_SITES)
    names = ("a", "b", "c", "d", "e", "users/{word}/{mail}")
    routes = [Route(f"/{name}", page) for name in names]
    app = PrivacyMiddleware(Starlette(routes=routes), config, person=signed_in)
    with TestClient(app):
        yield app, folder


@pytest.fixture(autouse=True)
def unlimited(monkeypatch):
    """Nobody is asked to wait, the test of waiting aside; counts of sites are made anew."""
    monkeypatch.setattr(held, "SITE_SECONDS", 0.0)
    monkeypatch.setattr(endpoints.DataEndpoints, "may_ask", lambda *_: True)


@pytest.fixture
def person(site):
    """Return what makes visitors."""
    app, _ = site
    return lambda **said: Person(app, **said)


@pytest.fixture(scope="module")
def agreed(site):
    """Return a visitor who agreed and looked at one page, for tests that change nothing."""
    app, _ = site
    return Person(app).agrees("profile").visits("/a")


def test_each_of_two_sees_their_own(person):
    """The consent in the cookie finds its events and no other's."""
    anna = person(place=9).agrees("profile").visits("/a", "/b")
    ben = person(place=9).agrees("profile").visits("/c")
    assert (anna.pages, ben.pages) == (["/a", "/b"], ["/c"])
    assert anna.told()["found_by"] == ["consent_record"]


def test_who_has_agreed_to_nothing_is_shown_nothing(person):
    """Not even what was counted of them without consent: it is nobody's."""
    told = person().visits("/a").told()
    assert (told["found_by"], told["events"]["newest"]) == ([], [])
    assert "We cannot tell which data is yours" in person().sends("").text


def _forged(cookie):
    body, _, signature = cookie.rpartition(":")
    return f"{body}:{signature[::-1]}"


def _another_record(cookie):
    fields = cookie.split(":")
    return ":".join([fields[0], "A" * 22, *fields[2:]])


@pytest.mark.parametrize("forge", [_forged, _another_record], ids=["signature", "record"])
def test_a_forged_cookie_finds_nothing(person, forge):
    """A record is believed in a signed cookie only."""
    anna = person().agrees("profile").visits("/a")
    other = person()
    other.browser.cookies.set("pk-yes", forge(anna.cookie), domain="shop.example")
    assert other.told()["found_by"] == []
    assert other.sends("/export").status_code == 403


def test_a_second_grant_in_one_browser_finds_nothing(person):
    """One of the two was put there by somebody."""
    anna, ben = (person().agrees("profile").visits("/a") for _ in range(2))
    both = {"cookie": f"pk-yes={anna.cookie}; pk-yes={ben.cookie}"}
    assert person().sends(".json", **both).json()["found_by"] == []


def test_an_expired_cookie_finds_nothing(site, person):
    """No browser keeps a grant for more than thirteen months."""
    app, _ = site
    anna = person().agrees("profile").visits("/a")
    record = anna.cookie.split(":")[1]
    choices = app._engine.runtime.days.site_days["shop"].choices
    old = choices.grant(record, ["profile"], time.time() - GRANT_SECONDS - 60)
    other = person()
    other.browser.cookies.set("pk-yes", old.partition("=")[2].partition(";")[0])
    assert other.told()["found_by"] == []


def test_a_withdrawn_cookie_finds_nothing(person):
    """Whoever kept a copy of it has no right to what it once found."""
    anna = person().agrees("profile").visits("/a")
    kept = anna.cookie
    assert anna.pages == ["/a"]
    anna.browser.post("/privacy/withdraw", headers=OWN)
    other = person()
    other.browser.cookies.set("pk-yes", kept, domain="shop.example")
    told = other.told()
    assert (told["consents"]["records"], told["events"]["newest"]) == ([], [])
    assert told["found_by"] == []
    assert "Take it with you" not in other.sends("").text
    assert other.sends("/export").status_code == 403


def test_a_cookie_of_another_site_of_the_same_store_finds_nothing(person):
    """The site is in the signature."""
    anna = person().agrees("profile").visits("/a")
    there = person(host="blog.example")
    there.browser.cookies.set("pk-yes", anna.cookie, domain="blog.example")
    assert there.told()["found_by"] == []


def test_an_account_is_shown_what_was_noted_of_it_at_this_site(person):
    """At another site of the same store, user 7 may be somebody else."""
    person().agrees("profile").signs_in("u7").visits("/a")
    person(host="blog.example").agrees("profile").signs_in("u7").visits("/b")
    person().agrees("profile").signs_in("u8").visits("/c")
    at_shop, at_blog = (
        person(host=host).signs_in("u7").pages for host in ("shop.example", "blog.example")
    )
    assert (at_shop, at_blog) == (["/a"], ["/b"])
    assert person().signs_in("u7").told()["found_by"] == ["account"]


def test_the_browser_does_not_tell_what_an_account_did_in_it(person):
    """Two people may share one; what was done signed in is the account's."""
    anna = person().agrees("profile").visits("/a").signs_in("u9").visits("/b")
    assert anna.pages == ["/a", "/b"]
    anna.browser.cookies.delete("session")
    assert anna.pages == ["/a"]


@pytest.mark.parametrize("session", ["broken", "number", "none"])
def test_a_hook_that_fails_signs_nobody_in(site, person, session):
    """It is counted, and the page goes on."""
    app, _ = site
    before = app._engine.runtime.counters.of("error", "routes")
    told = person().signs_in(session).told()
    failed = app._engine.runtime.counters.of("error", "routes") - before
    assert (told["found_by"], failed) == ([], int(session != "none"))


PATHS = ["", ".json", "/export", "/delete", "/request"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "http://evil.shop.example", "sec-fetch-site": "same-site"},
        {"origin": "http://blog.example", "sec-fetch-site": ""},
        {"origin": "null", "sec-fetch-site": ""},
        {"origin": "", "sec-fetch-site": ""},
    ],
    ids=["cross-site", "subdomain", "another site", "null", "no origin"],
)
def test_a_form_of_another_page_is_shown_and_changes_nothing(agreed, headers):
    """A cookie goes along with whatever anybody makes the browser send."""
    form = {"sure": "1", "right": "erasure"}
    for path in PATHS:
        answer = agreed.browser.post(f"/privacy/data{path}", data=form, headers=headers)
        assert answer.status_code == 403
        assert "Nothing was shown or changed" in answer.text
        assert "13 months" not in answer.text
    assert agreed.pages == ["/a"]


def test_nothing_is_told_to_an_address(agreed):
    """Addresses stand in histories and logs, and are opened ahead."""
    answers = [agreed.browser.get(f"/privacy/data{path}").status_code for path in PATHS]
    assert answers == [200, 405, 405, 405, 405]


def test_looking_at_the_page_asks_nobody_and_shows_nothing(person):
    """It is the same for everybody."""
    anna = person().agrees("profile").signs_in("broken").visits("/a")
    mine, other = (p.browser.get("/privacy/data") for p in (anna, person()))
    assert (mine.status_code, mine.text) == (200, other.text)
    assert mine.headers["cache-control"] == "private, no-store"


def test_the_page_tells_how_long_and_why(person):
    """For each purpose, and for the proof of the consent."""
    said = person().agrees("profile").visits("/a", "/b").sends("")
    text = " ".join(re.sub("<[^>]*>", " ", said.text).split())
    assert "We keep 2 of your visits and actions. Days on which they happened: 1." in text
    assert "13 months from when it happened" in text
    assert "The proof of a consent stays for 36 months after its end" in text
    assert "GDPR Art. 11" in text
    assert said.headers["cache-control"] == "private, no-store"


def test_the_package_is_that_of_an_export(person):
    """All of one's own, with its manifest, and nothing of another's."""
    anna = person().agrees("profile").visits("/a", "/b")
    person().agrees("profile").visits("/c")
    answer = anna.sends("/export")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        names = package.namelist()
        rows = [
            json.loads(line)
            for name in names
            if name.endswith(("events.jsonl", "outbox.jsonl"))
            for line in package.read(name).splitlines()
        ]
        manifest = json.loads(package.read("manifest.json"))
    assert "index.html" in names
    assert {row["page"] for row in rows} == {"/a", "/b"}
    assert manifest["incomplete"] == []


def test_deleting_takes_ones_own_and_the_consent(site, person):
    """The other keeps theirs; the audit log says that it was done, and of whom nothing."""
    _, folder = site
    anna, ben = (person().agrees("profile").visits("/d") for _ in range(2))
    assert anna.sends("/delete").status_code == 400
    assert anna.pages == ["/d"]
    kept = anna.cookie
    done = anna.sends("/delete", {"sure": "1"})
    assert "Done: 1 visits and actions that were tied to your consent are deleted" in done.text
    assert "pk-yes" not in anna.browser.cookies
    assert ben.pages == ["/d"]
    other = person()
    other.browser.cookies.set("pk-yes", kept, domain="shop.example")
    assert other.told()["events"]["total"] == 0
    stores = OperatorContext(str(folder / "privacykit.toml"))
    codes = [it.entry.action for it in stores.audit.entries()]
    stores.close()
    assert "data_page.erased" in codes


def test_what_an_account_did_stays_when_the_browser_deletes(person):
    """Rows of somebody else are not touched."""
    anna = person().agrees("profile").signs_in("u11").visits("/b")
    anna.arrived()
    anna.browser.cookies.delete("session")
    assert anna.sends("/delete", {"sure": "1"}).status_code == 200
    assert person().signs_in("u11").pages == ["/b"]


def test_a_deletion_that_fails_can_be_sent_again(person, monkeypatch):
    """The cookie that finds the events is still there, and nothing is refused meanwhile."""
    anna = person().agrees("profile").visits("/e")
    before = dict(anna.browser.cookies)
    with monkeypatch.context() as broken:

        def fail(*_):
            raise StoreError("the disk is full")

        broken.setattr(OperatorDataDesk, "erase", fail)
        assert anna.sends("/delete", {"sure": "1"}).status_code == 503
    assert dict(anna.browser.cookies) == before
    assert anna.sends("/delete", {"sure": "1"}).status_code == 200


def test_nothing_is_filed_for_nobody(person):
    """Nor without a map of the data that a request is about, nor for a right that is none."""
    assert person().agrees("profile").sends("/request", {"right": "erasure"}).status_code == 403
    assert person().signs_in("u13").sends("/request", {"right": "erasure"}).status_code == 409
    assert person().signs_in("u13").sends("/request", {"right": "all"}).status_code == 400


def test_what_cannot_be_filed_is_not_offered(site, person):
    """And nobody who sends the form all the same rings an alarm."""
    app, folder = site
    failures = app._engine.runtime.counters.of("error", "routes")
    without = person().signs_in("u13").sends("").text
    person().signs_in("u13").sends("/request", {"right": "erasure"})
    (folder / "datamap.toml").write_text(MAP)
    with_map = person().signs_in("u13").sends("").text
    (folder / "datamap.toml").unlink()
    assert ("Ask us" in without, "Ask us" in with_map) == (False, True)
    assert app._engine.runtime.counters.of("error", "routes") == failures


def test_a_deletion_without_a_body_is_told_what_is_missing(agreed):
    """It is a form without fields, and no form of another type."""
    headers = {"sec-fetch-site": "same-origin"}
    answer = agreed.browser.post("/privacy/data/delete", headers=headers)
    assert answer.status_code == 400


def test_a_right_is_filed_for_an_operator(site, person):
    """Proven by being signed in; run by the operator's own commands."""
    _, folder = site
    (folder / "datamap.toml").write_text(MAP)
    anna = person().signs_in("u12")
    answer, _ = (anna.sends("/request", {"right": "erasure"}) for _ in range(2))
    (folder / "datamap.toml").unlink()
    assert answer.status_code == 200
    assert "Your request has arrived" in answer.text
    assert "It is due by" in answer.text
    stores = OperatorContext(str(folder / "privacykit.toml"))
    filed = [it.request for it in stores.requests.filed(OPEN)]
    stores.close()
    [mine] = [it for it in filed if it.subject_identities[0].value == "u12"]
    assert mine.subject_request_type.value == "erasure"
    assert (mine.assurance.method, mine.status.value) == ("logged_in", "initiated")


def test_the_number_of_the_site_is_told_where_it_tells_of_nobody(person, monkeypatch):
    """In two digits, and not of a few people."""
    anna = person().agrees("profile").visits("/a")
    assert anna.told()["site_total"] is None
    monkeypatch.setattr(held, "FEWEST_OF_A_SITE", 1)
    told = anna.told()
    assert told["site_total"] >= 1
    assert "so yours are" in anna.sends("").text


def test_more_than_is_counted_is_said(person, monkeypatch):
    """Nobody's history makes a request cost without end."""
    anna = person().agrees("profile").visits("/a", "/b", "/c")
    monkeypatch.setattr(held, "MOST_COUNTED", 2)
    told = anna.told()
    assert (told["events"]["total"], told["events"]["complete"]) == (2, False)
    assert "We keep more than 2" in anna.sends("").text


def test_a_package_that_is_too_large_is_not_made(person, monkeypatch):
    """An operator's command makes it, which writes a file."""
    make, why = OperatorDataDesk.package, []

    def making(*asked):
        try:
            return make(*asked)
        except BackendError as error:
            why.append(str(error))
            raise

    monkeypatch.setattr(OperatorDataDesk, "package", making)
    monkeypatch.setattr("privacykit.operate.data_desk.desk.MOST_PACKED", 1)
    anna = person().agrees("profile").visits("/a", "/b")
    assert anna.sends("/export").status_code == 503
    assert why == ["PK156 a package is larger than the data page gives out"]


def test_nothing_finer_than_is_kept_comes_out(person):
    """P1: nothing that a visitor wrote anywhere is on the page, in the document or the package."""
    canary = Canary.hatch(address_of("DE", 77), address_of("DE", 77, ipv6=True))
    anna = person().agrees("profile")
    others = dict(canary.headers())["cookie"].replace("session=", "other=")
    grant = {"cookie": f"pk-yes={anna.cookie}; {others}"}
    written = {name.lower(): value for name, value in canary.headers()} | grant
    anna.visits(canary.path("users"), **written)
    words = canary.words
    asked = [
        anna.sends(f"{path}?q={words['query']}", {"sure": words["form"]}, **written)
        for path in ("", ".json", "/export", "/delete", "/request")
    ]
    asked.append(anna.browser.get(f"/privacy/data?q={words['query']}", headers=written))
    assert "/users/{word}/{mail}" in asked[0].text
    with zipfile.ZipFile(io.BytesIO(asked[2].content)) as package:
        packed = b"".join(map(package.read, package.namelist()))
    told = b"".join(one.content + str(one.headers).encode() for one in asked)
    assert canary.search(told + packed, "the data page") == []


def test_who_asks_too_often_waits(tmp_path, monkeypatch):
    """Each question is a search of databases."""
    monkeypatch.setattr(endpoints.DataEndpoints, "may_ask", MAY_ASK)
    monkeypatch.setattr(context, "DATA_NETWORK", Rate(2, 0.001))
    app = PrivacyMiddleware(Starlette(), lay_out(tmp_path, TWO_SITES))
    with TestClient(app):
        anna = Person(app)
        assert [anna.sends("").status_code for _ in range(3)] == [200, 200, 429]


def test_a_site_may_do_without_the_page(tmp_path):
    """Then it is not there."""
    config = lay_out(tmp_path, f"{TWO_SITES}\n[data_page]\nenabled = false\n")
    app = PrivacyMiddleware(Starlette(), config)
    with TestClient(app):
        assert Person(app).browser.get("/privacy/data").status_code == 404


def test_an_engine_has_its_hook_already(site):
    """A second one would be forgotten in silence."""
    app, _ = site
    other = PrivacyMiddleware(Starlette(), app._engine, person=signed_in)
    with pytest.raises(ConfigurationError, match="person hook"), TestClient(other):
        pass
