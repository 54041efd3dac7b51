"""The choice of a signed-in person on their devices: the stricter wins, and it is said."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from werkzeug.test import Client

from privacykit import PrivacyMiddleware, PrivacyWSGIMiddleware
from privacykit.cli.rights.plan import events_lines
from privacykit.collect.consent.account import NO_CHOICE, AccountChoice
from privacykit.errors import BackendError, StoreError
from privacykit.geo.synthetic import address_of
from privacykit.govern.audit.chain import SYSTEM
from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.records import Hold, Identity
from privacykit.operate.backends.outlook import EventsOutlook
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.datamap import own_map
from privacykit.operate.own.events import OwnEvents
from privacykit.operate.own.export import OwnStores
from privacykit.operate.own.proofs import accounts_of, end_consents
from privacykit.stores.records.consent.accounts import SqlAccountChoices
from privacykit.testing.canary import Canary
from privacykit.testing.layout import CONFIG, lay_out
from privacykit.web import asgi
from privacykit.web.preferences.endpoints import account
from privacykit.web.preferences.http import PageRequest

OWN = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate"}
SCRIPT = {"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
HELD, GIVEN = "Another device of yours refused: ", "This browser refuses: "
SAID = "  what was chosen while signed in goes, at 1 site"
YEARS = 5 * 366 * 86_400.0


def signed_in(request):
    """Say who is signed in, by the session cookie of the application."""
    found = re.search(r"session=(\w+)", request.cookie.decode())
    return found and found[1]


class Device:
    """
    A browser.

    Args:
        app: The application.
        user: Who is signed in; nobody without.
    """

    def __init__(self, app, user=""):
        base = "http://shop.example"
        headers = {"x-forwarded-for": address_of("DE", 9), "origin": base}
        self.browser = TestClient(
            app, base, headers=headers, client=("127.0.0.1", 5000), follow_redirects=False
        )
        self.signs_in(user)

    def signs_in(self, user):
        """Have a session of the application's, or none."""
        self.browser.cookies.delete("session")
        if user:
            self.browser.cookies.set("session", user, domain="shop.example")
        return self

    def sends(self, action, *ticked, headers=OWN, **fields):
        """Send the form of the preferences page."""
        form = {"action": action, "purpose": list(ticked)} | fields
        return self.browser.post("/privacy/choice", data=form, headers=headers)

    def saves(self, *ticked):
        """Tick and save; return where that leads."""
        answer = self.sends("save", *ticked)
        assert answer.status_code == 303
        return answer.headers["location"]

    def comes(self, next_=""):
        """Open the account page."""
        query = f"?next={next_}" if next_ else ""
        return self.browser.get(f"/privacy/account{query}")

    @property
    def choice(self):
        """What the browser refuses and grants."""
        told = self.browser.get("/privacy/status.json").json()["choice"]
        return set(told["refused"]), set(told["granted"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the application, wrapped, and its configuration."""
    config = lay_out(tmp_path_factory.mktemp("accounts"), CONFIG)
    (config.parent / "datamap.toml").write_text("")
    app = PrivacyMiddleware(Starlette(), config, person=signed_in)
    with TestClient(app):
        yield app, str(config)


@pytest.fixture
def device(site):
    """Return what makes devices."""
    return lambda user="": Device(site[0], user)


@pytest.fixture
def context(site):
    """The stores as operators see them."""
    made = OperatorContext(site[1])
    yield made
    made.close()


def test_a_refusal_follows_and_is_said(device):
    """At the sign-in on another device; what was allowed there ends, with its record."""
    device("ann").saves("analytics", "profile")
    second = device()
    second.saves("analytics", "profile", "ads")
    second.signs_in("ann")

    page = second.comes("/welcome")

    assert page.status_code == 200
    assert f"{HELD}Ads. It holds here, too." in page.text
    assert second.choice == ({"ads"}, {"profile"})
    assert 'href="/welcome"' in page.text
    again = second.comes("/welcome")
    assert (again.status_code, again.headers["location"]) == (303, "/welcome")


def test_a_refusal_made_before_the_sign_in_enters_the_account(device):
    """It is said, and holds on the next device."""
    first = device()
    first.saves("analytics")
    page = first.signs_in("bea").comes("/")
    assert f"{GIVEN}Profile, Ads." in page.text

    second = device("bea")
    assert f"{HELD}Profile, Ads. It holds here, too." in second.comes().text
    assert second.choice == ({"profile", "ads"}, set())


def test_a_permission_is_offered_and_counts_after_a_click(device):
    """The device that has not answered keeps silent until it is asked."""
    device("cleo").saves("analytics", "profile", "ads")
    second = device("cleo")
    assert second.comes("/").status_code == 303

    page = second.comes()
    assert "You allowed on another device: Profile, Ads." in page.text
    assert second.choice == (set(), set())
    offered = re.findall(r'name="asked" value="(\w+)"', page.text)
    assert second.sends("allow", asked=offered).status_code == 303
    assert second.choice == (set(), {"profile", "ads"})


def test_an_offer_refused_is_refused_everywhere(device):
    """The button beside it refuses what was offered, and nothing else."""
    first = device("dora")
    first.saves("analytics", "profile", "ads")
    second = device("dora")
    second.sends("save", asked=["profile", "ads"])
    assert second.choice == ({"profile", "ads"}, set())
    first.comes()
    assert first.choice == ({"profile", "ads"}, set())


def test_an_unseen_refusal_goes_before_a_click(device):
    """The account refused meanwhile: the form allows what is left, and the page says why."""
    device("elsa").saves("analytics", "profile")
    second = device("elsa")
    there = second.saves("analytics", "profile", "ads")

    assert there.startswith("/privacy/account?held=ads")
    assert f"{HELD}Ads. It holds here, too." in second.browser.get(there).text
    assert second.choice == ({"ads"}, {"profile"})


def test_a_click_against_the_account_is_asked_for_once(device, context):
    """The record keeps it apart from what is in force, and the banner does not ask again."""
    device("ella").saves("analytics", "profile")
    second = device("ella")
    second.sends("allow", interface="banner", asked=["profile", "ads"])

    record = context.consents.get(second.browser.cookies["pk-yes"].split(":")[1])
    assert (record.purposes, record.barred) == (("profile",), (("ads", "account"),))
    shown = second.browser.get("/privacy/banner").text
    assert 'data-privacy-banner="rests"' in shown


def test_a_seen_refusal_is_lifted_by_a_click(device):
    """For the account: a new device is offered it, and a device that refuses it still says no."""
    first, second = device("fay"), device("fay")
    first.saves("analytics", "profile")
    second.comes()
    assert second.saves("analytics", "profile", "ads").startswith("/privacy/?")
    assert second.choice == (set(), {"profile", "ads"})
    assert "You allowed on another device: Profile, Ads." in device("fay").comes().text

    assert f"{GIVEN}Ads." in first.comes().text
    assert first.choice[0] == {"ads"}


def test_the_script_of_the_banner_lets_the_browser_say_it(device):
    """It reads no answer: nothing is changed until the browser sends the form itself."""
    device("gina").saves("analytics")
    second = device("gina")
    form = {"interface": "banner", "asked": ["profile", "ads"]}

    assert second.sends("allow", headers=SCRIPT, **form).status_code == 409
    assert second.choice == (set(), set())
    answer = second.sends("allow", **form)
    assert "Another device" in second.browser.get(answer.headers["location"]).text


def test_an_address_says_nothing_that_does_not_hold(device):
    """What the link names is told only where account and browser both refuse it."""
    hana = device("hana")
    hana.saves("analytics", "profile")
    text = hana.browser.get("/privacy/account?held=profile,analytics,%3Cb%3E").text
    assert HELD not in text
    assert "<b>" not in text


def test_two_people_at_one_device(device):
    """What one allowed enters nobody else's account; what one refused does, and is said."""
    shared = device("ida")
    shared.saves("analytics", "profile")
    assert f"{GIVEN}Ads." in shared.signs_in("jane").comes("/").text
    assert shared.choice == ({"ads"}, {"profile"})
    shared.saves("analytics", "profile")

    own = device("jane")
    assert "You allowed on another device" not in own.comes().text
    assert own.choice == ({"ads"}, set())


def test_nobody_signed_in_changes_nothing(device):
    """The page leads on, or says so."""
    lone = device()
    lone.saves("analytics")
    assert lone.comes("/home").headers["location"] == "/home"
    assert "You are not signed in" in lone.comes().text
    assert device().comes("//evil.example").status_code == 200


@pytest.mark.parametrize("part", ["image", "iframe", "empty", "document"])
def test_a_part_of_another_sites_page_makes_no_refusal_smaller(device, part):
    """It comes without the browser's own refusals, and with a session that is sent anywhere."""
    device(f"sue{part}").saves("analytics", "profile")
    there = {"sec-fetch-site": "cross-site", "sec-fetch-dest": part}
    answer = device(f"sue{part}").browser.get("/privacy/account", headers=there)
    assert ("set-cookie" in answer.headers) == (part == "document")


def test_a_withdrawal_follows(device):
    """Whatever was allowed on several devices."""
    first, second = device("kim"), device("kim")
    for each in (first, second):
        each.saves("analytics", "profile", "ads")
    first.browser.post("/privacy/withdraw", headers=OWN)
    second.comes()
    assert second.choice == ({"profile", "ads"}, set())


def test_pending_events_of_what_is_held_are_stopped(device, context):
    """The consent of which something is left stays as it was given, and stops for the rest."""
    second = device()
    second.saves("analytics", "profile", "ads")
    record = second.browser.cookies["pk-yes"].split(":")[1]
    device("lea").saves("analytics", "profile")
    second.signs_in("lea").comes()

    assert context.consents.get(record).withdrawn_at is None
    orders = context.consents.suppressed()
    assert orders.since(record, "ads") is not None
    assert orders.since(record, "profile") is None

    device("lea").sends("refuse")
    second.comes()
    assert context.consents.get(record).withdrawn_at is not None
    assert "pk-yes" not in second.browser.cookies


@pytest.mark.parametrize("method", ["get", "change"])
def test_a_store_that_fails_changes_nothing_and_leads_on(site, device, monkeypatch, method):
    """The sign-in must not wait for us; a form is answered as without a store."""

    def broken(*_):
        raise StoreError("the disk is full")

    mona = device()
    mona.saves("analytics", "profile")
    mona.signs_in("mona")
    before = site[0]._engine.runtime.counters.of("error", "routes")
    monkeypatch.setattr(SqlAccountChoices, method, broken)

    assert mona.comes("/home").headers["location"] == "/home"
    assert mona.comes().status_code == 503
    assert mona.choice == ({"ads"}, {"profile"})
    assert site[0]._engine.runtime.counters.of("error", "routes") == before + 2
    assert mona.sends("refuse").status_code == (503 if method == "get" else 303)
    assert mona.choice == ({"analytics", "profile", "ads"}, set())


def test_where_nothing_was_decided_nobody_is_asked(site, monkeypatch):
    """Django has no thread left, say: neither the application nor a store is waited for."""
    asked = []
    monkeypatch.setattr(account, "account_of", lambda *_: asked.append(1))
    request = PageRequest("GET", "/privacy/account", "", b"next=/home", {b"host": b"shop.example"})
    answer = site[0]._engine.pages(request)
    assert ((b"location", b"/home") in answer.headers, asked) == (True, [])


def test_it_is_the_same_under_wsgi(site):
    """By the application's own thread, on the same stores."""
    Device(site[0], "quin").saves("analytics")
    app = PrivacyWSGIMiddleware(lambda *_: [b""], site[1], person=signed_in)
    try:
        page = Client(app, use_cookies=False).get(
            "/privacy/account",
            base_url="http://shop.example",
            headers={"Cookie": "session=quin", "X-Forwarded-For": address_of("DE", 9)},
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )
        assert f"{HELD}Profile, Ads." in page.text
        assert "pk-no=" in page.headers["set-cookie"]
    finally:
        app._engine.stop(5)


def test_where_all_threads_wait_it_leads_on(site, monkeypatch):
    """A page that cannot ask is no page that asked."""
    device = Device(site[0], "nora")
    monkeypatch.setattr(asgi, "in_thread", _busy)
    assert device.comes("/home").headers["location"] == "/home"
    assert device.comes().status_code == 503


async def _busy(*_):
    raise BackendError("all our threads wait")


def _told(context, *identities):
    collections = own_map(context.settings).of("privacykit")
    stores = OwnStores(context, OwnEvents(context, identities).traces, collections)
    asked = Context(Subject(identities), time.time())
    return list(stores.rows("account_choices", asked))


def test_the_account_is_exported_and_erased(device, context):
    """By the id of the person, and nobody else's."""
    first = device("olga")
    first.saves("analytics", "profile")
    device("pia").saves("analytics")
    olga, pia = (Identity("controller_customer_id", name) for name in ("olga", "pia"))

    told = _told(context, olga)[0]
    assert (told["site"], told["refused"], told["allowed"]) == ("shop", ["ads"], ["profile"])
    assert told["record"] == first.browser.cookies["pk-yes"].split(":")[1]

    assert OwnEvents(context, (olga,)).count_choices() == 1
    said = list(events_lines(EventsOutlook(choices=1)))
    assert (said, bool(EventsOutlook(choices=1))) == ([SAID], True)
    done = OwnEvents(context, (olga,)).forget()
    assert [(it.collection, it.rows_changed) for it in done][-1] == ("account_choices", 1)
    assert (_told(context, olga), len(_told(context, pia))) == ([], 1)


def test_nothing_of_the_visitor_comes_out(site, device):
    """P1: neither the account's id nor anything written is on the page or in the stores."""
    canary = Canary.hatch(address_of("DE", 77), address_of("DE", 77, ipv6=True))
    written = {name.lower(): value for name, value in canary.headers()}
    asked = []
    for ticked in (["analytics"], ["analytics", "profile"]):
        one = device()
        written["cookie"] = f"session={canary.words['user']}; x={canary.words['cookie']}"
        one.sends("save", *ticked, headers=OWN | written)
        query = f"held={canary.words['query']}&lang={canary.words['path']}"
        kept = "".join(f"; {name}={value}" for name, value in one.browser.cookies.items())
        written["cookie"] += kept
        asked.append(one.browser.get(f"/privacy/account?{query}", headers=written))

    assert all("say the same" in answer.text for answer in asked)
    told = b"".join(answer.content + str(answer.headers).encode() for answer in asked)
    assert canary.search(told, "the account page") == []
    stored = [path.read_bytes() for path in Path(site[1]).parent.glob("*records*")]
    assert any(b"account_choices" in part for part in stored)
    assert canary.search(b"".join(stored), "the records") == []


def test_a_choice_that_nobody_confirms_ends(tmp_path):
    """As the proof of a consent that was given then; a hold keeps it."""
    context = OperatorContext(str(lay_out(tmp_path)), lambda: time.time() + YEARS)
    refuse = AccountChoice(frozenset({"ads"}), at=time.time())
    accounts_of(context).change("rosa", "shop", lambda _: refuse)
    hold = Hold("h", "privacykit", "account_choices", (), "claim", "system", 0.0, 0.0)

    context.holds.place(hold)
    assert end_consents(context, SYSTEM) == 0
    context.holds.release("h", actor=SYSTEM, at=time.time())
    assert end_consents(context, SYSTEM) == 1
    assert accounts_of(context).get("rosa", "shop") == NO_CHOICE
    context.close()


def test_without_a_hook_there_is_no_such_page(tmp_path):
    """Nor a link to it."""
    app = PrivacyMiddleware(Starlette(), lay_out(tmp_path, CONFIG))
    with TestClient(app, "http://shop.example", client=("127.0.0.1", 5000)) as browser:
        assert browser.get("/privacy/account").status_code == 404
        assert "/privacy/account" not in browser.get("/privacy/").text
