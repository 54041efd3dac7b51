"""Tests of ``request.state.privacy``: what an application may ask and do."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import InputError, PrivacyMiddleware
from privacykit.collect.privacy import NO_PRIVACY
from privacykit.collect.suppressed import CLOSING, Suppressed
from privacykit.django.limits import client_key
from privacykit.geo.synthetic import address_of
from privacykit.pseudonym.subject import subject_reference
from privacykit.testing.layout import CONFIG, lay_out

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def ask(tmp_path):
    """Return what runs a function on the privacy of a request from a place."""
    todo = []

    async def endpoint(request):
        made = todo.pop()(request.state.privacy)
        return JSONResponse(await made if hasattr(made, "__await__") else made)

    config = CONFIG + '\n[raw_address]\nsecurity = "blocking attacks, GDPR Art. 6(1)(f)"\n'
    config = config.replace("[events]", "[events]\ncontent_types = []")  # these answer JSON
    app = PrivacyMiddleware(Starlette(routes=[Route("/", endpoint)]), lay_out(tmp_path, config))
    items = []
    runtime = app._engine.runtime
    accept = runtime.accept
    runtime.accept = lambda item: items.append(item) or accept(item)

    with TestClient(app, client=("127.0.0.1", 5000)) as client:

        def run(what, place="DE", host=9, **headers):
            todo.append(what)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            address = {"x-forwarded-for": address_of(place, host), "user-agent": FIREFOX}
            return client.get("/", headers=address | named).json()

        run.items = items
        run.runtime = runtime
        yield run


def test_emit_keeps_what_may_happen(ask):
    """An event whose purpose is allowed is accepted."""
    assert ask(lambda p: bool(p.emit("signup", props={"plan": "free"})), "US-CA") is True
    assert [item.opening.rpartition(":")[2] for item in ask.items] == ['"signup"', '"page"']


def test_emit_says_why_it_keeps_nothing(ask):
    """An event whose purpose needs consent is withheld with its reason, no exception."""
    assert ask(lambda p: p.emit("click", "ads").reason) == "consent_needed"


def test_emit_falls_back_to_the_weaker_purpose(ask):
    """Until consent, what would be identified is counted without storage."""
    ask(lambda p: p.emit("view", "profile").reason)
    assert ask.items[0].plan.purpose == "analytics"


def test_emit_durably_returns_when_committed(ask):
    """The acknowledged event is in the outbox."""
    assert ask(_durably) is True
    assert ask.runtime.counters.of("outbox_acknowledged") >= 1


async def _durably(privacy):
    return bool(await privacy.emit_durably("order"))


def test_props_lose_personal_data(ask):
    """An e-mail address in a property does not leave."""
    ask(lambda p: bool(p.emit("note", props={"text": "ann@mail.example called"})))
    assert "mail.example" not in ask.items[0].more


@pytest.mark.parametrize(
    "name", ["", "x" * 65, "tab\there", "ann@mail.example", "user 198.51.100.23", "view /users/ann"]
)
def test_what_is_no_name_is_not_accepted(ask, name):
    """It may be somebody's value: it is counted, not kept, and fails no request."""
    assert ask(lambda p: p.emit(name).reason) == "not_a_name"
    assert [item for item in ask.items if "privacykit.event" in item.opening] == []


def test_an_unknown_purpose_is_refused(ask):
    """The programmer hears of a purpose that the configuration does not have."""
    said = ask(lambda p: _raises(lambda: p.allows("adds")))
    assert said == "no such purpose; the configuration has: necessary, analytics, profile, ads"


def _raises(call) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value)


def test_visitor_is_the_same_all_day_and_another_for_others(ask):
    """One visitor has one id today; a neighbour has another."""
    ids = [ask(lambda p: p.visitor, host=host) for host in (9, 9, 10)]
    assert ids[0] == ids[1]
    assert ids[0] != ids[2]


def test_identify_needs_a_purpose_that_may_identify(ask):
    """A reference of the person travels only where the purpose identifies and may happen."""

    def signed_in(privacy):
        privacy.identify("customer-7")
        return [bool(privacy.emit("a", "profile")), bool(privacy.emit("b", "analytics"))]

    ask(signed_in, "US-CA")
    with_reference = [item.subject is not None for item in ask.items[:2]]
    assert with_reference == [True, False]
    assert "customer-7" not in str(ask.items[0].subject)


def _asked(ask, privacy_of, orders, cookie=""):
    """Run *privacy_of* on a person about whom *orders* stand; return the reasons it gives."""
    ask.runtime.suppressed = Suppressed((*pair, at) for pair, at in orders.items())
    return ask(privacy_of, "US-CA", **({"cookie": cookie} if cookie else {}))


def _identified(privacy):
    privacy.identify("customer-7")
    return [privacy.emit("a", purpose).reason for purpose in ("profile", "analytics")]


def test_an_erased_person_is_not_collected_again(ask):
    """Neither under a purpose that identifies nor under another; the page makes no event."""
    [reference] = ask.runtime.subject_references("customer-7")
    assert _asked(ask, _identified, {(reference, ""): 0.0}) == ["suppressed", "suppressed"]
    assert ask.items == []
    assert ask.runtime.counters.of("withheld", "suppressed") == 3


def test_an_order_outlives_the_key_of_its_reference(ask):
    """Who was erased before a rotation is recognised after it; the event would bear the new one."""
    old, new = bytes(range(32)), bytes(range(1, 33))
    ask.runtime._subject_keys = (new, old)
    [current, former] = ask.runtime.subject_references("customer-7")
    assert (current, former) == (
        subject_reference(new, "customer-7"),
        subject_reference(old, "customer-7"),
    )
    assert _asked(ask, _identified, {(former, ""): 0.0}) == ["suppressed", "suppressed"]


def test_an_order_may_concern_one_purpose(ask):
    """Who objected to one purpose is collected under the others."""
    [reference] = ask.runtime.subject_references("customer-7")
    assert _asked(ask, _identified, {(reference, "profile"): 0.0}) == ["suppressed", ""]


@pytest.mark.parametrize("key", ["current", "older"])
@pytest.mark.parametrize(
    ("name", "expected"), [("customer-7", True), ("customer-8", False), (None, False)]
)
def test_an_application_may_ask_whether_an_erasure_waits(ask, name, expected, key):
    """To offer the way back; of whoever is identified only, by whichever key the order was made."""
    keys = {"current": bytes(range(1, 33)), "older": bytes(range(32))}
    ask.runtime._subject_keys = tuple(keys.values())
    reference = subject_reference(keys[key], "customer-7")

    def closing(privacy):
        if name is not None:
            privacy.identify(name)
        return privacy.closing

    assert _asked(ask, closing, {(reference, CLOSING): 0.0}) is expected


def test_a_person_whose_erasure_waits_is_not_collected(ask):
    """Restricted from the moment of the yes."""
    reference = ask.runtime.subject_references("customer-7")[0]
    expected = ["suppressed", "suppressed"]
    assert _asked(ask, _identified, {(reference, CLOSING): 0.0}) == expected


def test_who_is_not_identified_is_not_recognised(ask):
    """A daily visitor is nobody's, so no order can mean them."""
    [reference] = ask.runtime.subject_references("customer-7")
    assert _asked(ask, lambda p: p.emit("a").reason, {(reference, ""): 0.0}) == ""


def _grant(ask, at, record="r" * 22):
    jar = ask.runtime.days.site_days["shop"].choices
    return jar.grant(record, ["profile"], at).partition(";")[0]


@pytest.mark.parametrize(
    ("later", "expected"), [(60, ""), (-60, "suppressed")], ids=["after", "before"]
)
def test_a_consent_given_after_the_order_counts(ask, later, expected):
    """An order answers what came before it; who agrees afterwards is known again."""
    [reference] = ask.runtime.subject_references("customer-7")
    ordered = ask.runtime.clock() - 3600

    def consented(privacy):
        privacy.identify("customer-7")
        return privacy.emit("a", "profile").reason

    ask.runtime.suppressed = Suppressed([(reference, "", ordered)])
    assert ask(consented, "DE", cookie=_grant(ask, ordered + later)) == expected


def test_a_consent_that_was_erased_is_not_used_again(ask):
    """The cookie still shows it, but its record is ordered to stop."""
    record = "r" * 22
    ask.runtime.suppressed = Suppressed([(record, "", 0.0)])
    cookie = _grant(ask, ask.runtime.clock() - 60, record)
    assert ask(lambda p: p.emit("a", "profile").reason, "DE", cookie=cookie) == "suppressed"


def test_rate_limit_key_is_one_per_address(ask):
    """A limiter can count without an address."""
    keys = [ask(lambda p: p.rate_limit_key(), host=host) for host in (9, 9, 10)]
    assert keys[0] == keys[1] != keys[2]


def test_a_rate_limit_key_may_have_the_form_of_an_address(ask):
    """Columns that take nothing but addresses take it, and it is no host's anywhere."""
    keys = [
        ip_address(ask(lambda p: client_key(SimpleNamespace(privacy=p)), host=host))
        for host in (9, 9, 10)
    ]
    assert keys[0] == keys[1] != keys[2]
    assert all(key in ip_network("fd00::/8") for key in keys)
    assert client_key(SimpleNamespace()) == client_key(SimpleNamespace(privacy=NO_PRIVACY))


def test_raw_address_needs_a_listed_use(ask):
    """The whole address is for the uses that the configuration lists, and is counted."""
    assert ask(lambda p: str(p.raw_address("security"))) == "<address>"
    said = ask(lambda p: _raises(lambda: p.raw_address("marketing")))
    assert said == "not a use listed under [raw_address]"
    assert ask.runtime.counters.of("raw_address", "security") == 1


def test_decision_names_its_clauses(ask):
    """P5: verdict, reasons, jurisdiction, clause, citation and confidence are there."""
    reason = ask(
        lambda p: [[r.jurisdiction, r.citation, r.code] for r in p.decision["ads"].reasons]
    )[0]
    assert reason[0] == "DE"
    assert reason[1]
    assert reason[2] == "consent_needed"


def test_gpc_is_told(ask):
    """The application can show that the signal was honoured."""
    assert ask(lambda p: p.gpc, sec_gpc="1") is True


def test_privacy_does_not_print(ask):
    """P1: a debugger or traceback shows neither address nor user agent."""
    shown = json.dumps(ask(lambda p: repr([p, p.site_day, p.services, p.plan.page])))
    assert address_of("DE", 9) not in shown
    assert "Firefox/145" not in shown


def test_nothing_is_known_when_we_failed():
    """P9: the stand-in answers like the real one, and allows nothing."""
    assert NO_PRIVACY.allows("analytics") is False
    assert not NO_PRIVACY.emit("x")
    assert (NO_PRIVACY.place, NO_PRIVACY.visitor, NO_PRIVACY.decision) == ("ZZ", None, {})
    assert NO_PRIVACY.rate_limit_key() == "unknown"
    assert NO_PRIVACY.raw_address("security") is None
    assert NO_PRIVACY.identify("x") is None


def test_nothing_is_emitted_durably_when_we_failed():
    """P9: a durable event is refused with a reason as well."""
    import anyio

    assert anyio.run(NO_PRIVACY.emit_durably, "x").reason == "error"
