"""Cookies of consent managers before the whole of privacykit: what the configuration makes of them."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from typer.testing import CliRunner

from privacykit import PrivacyMiddleware
from privacykit.cli.main import app as command
from privacykit.collect.events.event import RANDOM_BYTES_PER_EVENT, Finisher
from privacykit.errors import ConfigurationError
from privacykit.geo.synthetic import address_of
from privacykit.settings.load import parse
from privacykit.settings.signals import banners
from privacykit.settings.signals.readers import cookie_readers
from privacykit.signals.banners.kinds import BannerKind
from privacykit.signals.read import Heard, granted_bit, refused_bit
from privacykit.testing.layout import CONFIG, lay_out
from tests.signals import bit_writer as write
from tests.signals.test_tcf import BASE

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
MANAGED = (
    CONFIG
    + """
[tcf]
vendor = 755

[tcf.uses.sale]
purposes = [2]

[gpp]

[[banners]]
type = "klaro"
categories = { matomo = ["profile"], pixel = ["ads"] }

[[banners]]
type = "cookiebot"
categories = { marketing = ["ads"] }
"""
)
ALL = frozenset(range(1, 12))
ANALYTICS, PROFILE, ADS = 1, 2, 3


def _tc(days=40, **changes):
    made = int((time.time() - days * 86_400) * 10)
    said = {**BASE, "created": made, "last_updated": made, "purposes_consent": ALL}
    return write.tc_string({**said, **changes})


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Return what tells the purposes that are allowed to a visitor from a place with cookies."""

    async def endpoint(request):
        privacy = request.state.privacy
        names = ("analytics", "profile", "ads")
        return JSONResponse([name for name in names if privacy.allows(name)])

    folder = tmp_path_factory.mktemp("managed")
    app = PrivacyMiddleware(Starlette(routes=[Route("/", endpoint)]), lay_out(folder, MANAGED))
    with TestClient(app, client=("127.0.0.1", 5000)) as client:

        def asked(place, cookie="", **headers):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            common = {"x-forwarded-for": address_of(place, 9), "user-agent": FIREFOX}
            return client.get("/", headers=common | named | {"cookie": cookie}).json()

        yield asked


def test_a_tc_string_allows_what_it_consents_to(ask):
    """Where the law asks for consent."""
    assert "profile" not in ask("DE")
    assert ask("DE", f"euconsent-v2={_tc()}") == ["analytics", "profile", "ads"]
    some = _tc(purposes_consent=frozenset({1, 8, 9}))
    assert ask("DE", f"a=b; euconsent-v2={some}") == ["analytics", "profile"]


@pytest.mark.parametrize(
    "string",
    [
        pytest.param(lambda: _tc()[:40], id="cut"),
        pytest.param(lambda: _tc(400), id="old"),
        pytest.param(lambda: _tc(disclosed_vendors=None), id="undisclosed"),
        pytest.param(lambda: _tc(vendor_consents=frozenset({2})), id="another-vendor"),
        pytest.param(lambda: "CA", id="CA"),
    ],
)
def test_a_tc_string_that_says_nothing_allows_nothing(ask, string):
    """What must be consented to stays off."""
    assert {"profile", "ads"}.isdisjoint(ask("DE", f"euconsent-v2={string()}"))


def test_our_own_refusal_goes_before_every_banner(ask):
    """Whoever said no to us said no."""
    assert {"profile", "ads"}.isdisjoint(ask("DE", f"pk-no=*:; euconsent-v2={_tc()}"))
    assert "ads" not in ask("DE", f"pk-no=ads:; euconsent-v2={_tc()}")


def test_a_refusal_in_one_cookie_goes_before_a_grant_in_another(ask):
    """Banners that disagree take the restrictive side."""
    klaro = 'klaro={"pixel":false}'
    assert ask("DE", f"euconsent-v2={_tc()}; {klaro}") == ["analytics", "profile"]


def test_a_grant_of_a_banner_does_not_override_gpc(ask):
    """Our notice about GPC was not shown by it."""
    assert "ads" not in ask("DE", f"euconsent-v2={_tc()}", sec_gpc="1")


@pytest.mark.parametrize(
    ("cookie", "ads"),
    [
        ("", True),
        ("__gpp=DBABBg~BVoAAACA.QA", True),
        ("__gpp=DBABBg~BVYAAACA.QA", False),
        ("__gpp=DBABBg~BVYAAACA.QA; __gpp_sid=8", False),
        ("__gpp=DBABBg~BVYAAACA.QA; __gpp_sid=2", True),
        ("__gpp=DBABBg~BVoAAACA.YA", False),
        ("__gpp=DBABBg~broken", False),
        ("usprivacy=1YYN", False),
        ("usprivacy=1YNN", True),
    ],
)
def test_an_opt_out_in_a_us_string_is_honoured(ask, cookie, ads):
    """Where nothing but an opt-out stops sale and targeted advertising."""
    assert ("ads" in ask("US-CA", cookie)) is ads


PARAMETERS = """
[tcf]
vendor = 755
parameters = ["gdpr_consent"]

[gpp]
parameters = ["gpp"]
sid_parameters = ["gpp_sid"]
us_privacy_parameters = ["us_privacy"]
"""


@pytest.fixture(scope="module")
def linked(tmp_path_factory):
    """Return what tells the purposes allowed to a visitor who follows a link."""

    async def endpoint(request):
        privacy = request.state.privacy
        names = ("analytics", "profile", "ads")
        return JSONResponse([name for name in names if privacy.allows(name)])

    folder = tmp_path_factory.mktemp("linked")
    config = lay_out(folder, CONFIG + PARAMETERS)
    app = PrivacyMiddleware(Starlette(routes=[Route("/", endpoint)]), config)
    with TestClient(app, client=("127.0.0.1", 5000)) as client:

        def asked(place, query, cookie=""):
            headers = {"x-forwarded-for": address_of(place, 9), "user-agent": FIREFOX}
            return client.get(f"/?{query}", headers=headers | {"cookie": cookie}).json()

        yield asked


def test_a_link_grants_nothing(linked):
    """Anybody can write one, with a string that consents to everything."""
    assert linked("DE", f"gdpr=1&gdpr_consent={_tc()}") == linked("DE", "")
    assert linked("US-CA", "gpp=DBABBg~BVoAAACA.QA&gpp_sid=8") == linked("US-CA", "")


@pytest.mark.parametrize(
    ("query", "ads"),
    [
        ("us_privacy=1YYN", False),
        ("us_privacy=1YNN", True),
        ("gpp=DBABBg~BVYAAACA.QA&gpp_sid=8", False),
        ("gpp=DBABBg%7EBVYAAACA.QA", False),
        ("gpp=DBABBg~BVYAAACA.QA&gpp_sid=2", True),
        ("x=gpp&agpp=broken", True),
        ("gpp=%3B%26;", False),
    ],
)
def test_a_link_may_refuse(linked, query, ads):
    """What a partner knows of an opt-out comes along in it."""
    assert ("ads" in linked("US-CA", query)) is ads


def test_a_link_refuses_what_a_cookie_grants(linked):
    """They take the restrictive side."""
    granted = f"euconsent-v2={_tc()}"
    some = _tc(purposes_consent=frozenset({1, 8, 9}))
    none = _tc(purposes_consent=frozenset())
    said = [linked("DE", f"gdpr_consent={tc}", granted) for tc in (_tc(), some, none)]
    assert said == [["analytics", "profile"], ["analytics", "profile"], []]


def _heard(text, name, value):
    readers = [one for one in cookie_readers(parse(text)) if name in one.names]
    values = [[value] if one == name else [] for one in readers[0].names]
    return readers[0].heard(values, time.time())


def test_without_a_table_there_is_no_reader():
    """A request costs what it cost before."""
    assert cookie_readers(parse(CONFIG)) == ()


def test_a_use_that_tcf_does_not_speak_of_is_not_granted_by_it():
    """Sale is nothing that Europe's framework asks for, unless the site says what stands for it."""
    plain = CONFIG + "\n[tcf]\nvendor = 755\n"
    string = _tc().encode()
    assert _heard(plain, b"euconsent-v2", string).granted == granted_bit(ANALYTICS) | granted_bit(
        PROFILE
    )
    assert _heard(MANAGED, b"euconsent-v2", string).granted & granted_bit(ADS)


def test_what_a_use_needs_can_be_said():
    """With special features too."""
    text = CONFIG + (
        "\n[tcf]\nvendor = 755\nmax_age_days = 30\n[tcf.uses.analytics_no_storage]\n"
        "purposes = [8]\nspecial_features = [2]\n"
    )
    assert _heard(text, b"euconsent-v2", _tc(40).encode()) == Heard()
    young = _heard(text, b"euconsent-v2", _tc(20).encode())
    assert young.refused == refused_bit(ANALYTICS)


def test_the_cookies_of_a_banner_may_have_other_names():
    """In the order of its own."""
    text = CONFIG + (
        '\n[[banners]]\ntype = "klaro"\ncookies = ["choices"]\ncategories = { a = ["ads"] }\n'
    )
    assert _heard(text, b"choices", b'{"a":true}') == Heard(granted_bit(ADS))


@pytest.mark.parametrize(
    ("more", "id_", "key"),
    [
        ("[tcf.uses.adverts]\npurposes = [2]\n", "PK017", "tcf.uses.adverts"),
        ("[tcf.uses.sale]\npurposes = [25]\n", "PK014", "tcf.uses.sale.purposes.0"),
        ("[tcf]\nmax_age_days = 400\n", "PK014", "tcf.max_age_days"),
        (
            '[[banners]]\ntype = "onetrust"\ncategories = { C0009 = ["ads"] }\n',
            "PK048",
            "banners.0.categories.C0009",
        ),
        (
            '[[banners]]\ntype = "matomo"\ncookies = ["a"]\ncategories = { consent = ["ads"] }\n',
            "PK119",
            "banners.0.cookies",
        ),
        (
            '[[banners]]\ntype = "klaro"\ncategories = { a = ["adverts"] }\n',
            "PK015",
            "banners.0.categories.a",
        ),
        ('[[banners]]\ntype = "nobody"\ncategories = { a = ["ads"] }\n', "PK128", "banners.0.type"),
    ],
)
def test_what_the_tables_name_must_be_there(more, id_, key):
    """A misspelt category would grant nothing, and nobody would know why."""
    with pytest.raises(ConfigurationError) as caught:
        parse(f"{CONFIG}\n{more}")
    assert [(one.id, one.key) for one in caught.value.problems] == [(id_, key)]


@pytest.fixture(scope="module")
def emitted(tmp_path_factory):
    """Return what emits an event of a purpose for a visitor with cookies, and returns the event."""

    async def endpoint(request):
        bool(request.state.privacy.emit("view", request.query_params["purpose"]))
        return JSONResponse({})

    folder = tmp_path_factory.mktemp("emitted")
    app = PrivacyMiddleware(Starlette(routes=[Route("/", endpoint)]), lay_out(folder, MANAGED))
    items = []
    runtime = app._engine.runtime
    accept = runtime.accept
    runtime.accept = lambda item: items.append(item) or accept(item)
    with TestClient(app, client=("127.0.0.1", 5000)) as client:

        def ask(purpose, cookie, *own):
            days = runtime.days.site_days["shop"].choices
            given = days.grant("r" * 22, own, runtime.clock() - 60).partition(";")[0] if own else ""
            headers = {"x-forwarded-for": address_of("DE", 9), "user-agent": FIREFOX}
            asked = {"cookie": f"{cookie}; {given}"}
            client.get(f"/?purpose={purpose}", headers=headers | asked)
            [item] = items
            items.clear()
            return item

        yield ask


def test_a_consent_without_a_record_of_ours_has_no_visitor_id(emitted):
    """The id of `consented` visits lives as long as a record, and a cookie of others is none."""
    item = emitted("profile", f"euconsent-v2={_tc()}")
    assert (item.plan.purpose, item.visitor, item.record) == ("profile", None, None)
    assert json.loads(f"{{{item.plan.fixed}}}")["consent"]["source"] == "consent"


@pytest.mark.parametrize(
    ("own", "borrowed"),
    [(("ads",), False), (("ads", "profile"), True), (("profile",), True)],
    ids=["of another purpose", "of both", "of this one"],
)
def test_a_consent_to_others_borrows_no_record_of_ours(emitted, own, borrowed):
    """Else a withdrawal and a receipt would speak of what we were never allowed."""
    item = emitted("profile", f"euconsent-v2={_tc()}", *own)
    assert item.plan.purpose == "profile"
    [row] = Finisher()([item], bytes(RANDOM_BYTES_PER_EVENT))
    kept = row.envelope.record, item.visitor is not None
    assert kept == ("r" * 22 if borrowed else None, borrowed)


def test_explain_reads_the_same_cookies(tmp_path, monkeypatch):
    """Through the same readers, so that it says what the middleware would."""
    lay_out(tmp_path, MANAGED)
    monkeypatch.chdir(tmp_path)
    asked = ["explain", "--country", "DE", "--purpose", "ads", "--json", "--cookie"]
    told = [
        json.loads(CliRunner().invoke(command, [*asked, cookie]).stdout)["verdict"]
        for cookie in (f"euconsent-v2={_tc()}", f"euconsent-v2={_tc(400)}", 'klaro={"pixel":false}')
    ]
    assert told == ["allow", "needs_consent", "deny"]


class _Entry:
    """An entry point of another package."""

    def __init__(self, loaded):
        self._loaded = loaded

    def load(self):
        """Return what it is."""
        return self._loaded


class _Points(list):
    """Entry points, as the standard library gives them."""

    names = frozenset({"theirs"})


def _of_others(monkeypatch, loaded):
    found = _Points([_Entry(loaded)])
    monkeypatch.setattr(banners, "entry_points", lambda **_: found)
    return f'{CONFIG}\n[[banners]]\ntype = "theirs"\ncategories = {{ a = ["ads"] }}\n'


def test_another_package_brings_a_banner(monkeypatch):
    """Under its entry point, and with cookies of its own."""
    kind = BannerKind(("their_cookie",), lambda _, value: {"a": value == "yes"})
    text = _of_others(monkeypatch, kind)
    assert _heard(text, b"their_cookie", b"yes") == Heard(granted_bit(ADS))
    assert "theirs" in banners.banner_kinds()


def test_what_another_packages_reader_raises_says_nothing(monkeypatch):
    """The request goes on."""
    kind = BannerKind(("their_cookie",), lambda _, value: {"a": value[99]})
    assert _heard(_of_others(monkeypatch, kind), b"their_cookie", b"yes") == Heard()


def _raises(_, value):
    return float(value)


@pytest.mark.parametrize(
    ("given_at", "granted"),
    [(None, True), (lambda *_: None, True), (lambda *_: 0.0, False), (_raises, False)],
    ids=["none", "untold", "old", "raises"],
)
def test_another_package_tells_when_a_consent_was_given(monkeypatch, given_at, granted):
    """If its cookies do; what it raises is a time that cannot be read."""
    kind = BannerKind(("their_cookie",), lambda *_: {"a": True}, given_at=given_at)
    found = _heard(_of_others(monkeypatch, kind), b"their_cookie", b"yes")
    assert found == (Heard(granted_bit(ADS)) if granted else Heard())


def test_what_is_no_banner_is_said(monkeypatch):
    """An entry point that leads to something else is no kind."""
    with pytest.raises(ConfigurationError) as caught:
        parse(_of_others(monkeypatch, object()))
    assert [one.id for one in caught.value.problems] == ["PK128"]


@pytest.mark.parametrize(
    ("days", "method", "allowed"),
    [
        (40, "explicit", True),
        (400, "explicit", False),
        (3000, "explicit", False),
        (40, "implied", False),
    ],
)
def test_a_consent_in_a_banners_cookie_is_somebodys_and_grows_old(ask, days, method, allowed):
    """Like a TC string, and like our own."""
    utc = int((time.time() - days * 86_400) * 1000)
    value = f"{{stamp:'x',necessary:true,marketing:true,method:'{method}',ver:1,utc:{utc}}}"
    assert ("ads" in ask("DE", f"CookieConsent={quote(value)}")) is allowed


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("DE", ['klaro={"pixel":true}', *["myklaro=1"] * 15, 'klaro={"pixel":false}']),
        ("DE", [*['klaro={"pixel":true}'] * 16, 'klaro={"pixel":false}']),
        ("US-CA", [*["usprivacy=1YNN"] * 16, "usprivacy=1YYN"]),
        ("US-CA", [*["x__gpp=1"] * 40, "__gpp=DBABBg~BVYAAACA.QA"]),
        ("US-CA", [*["klaro={}"] * 16, 'klaro={"pixel":false}']),
    ],
    ids=["longer-name", "too-many", "usprivacy", "gpp", "nothing-said"],
)
def test_a_refusal_behind_decoys_is_honoured(ask, place, parts):
    """A subdomain may set cookies of any name, and as many as it likes."""
    assert "ads" not in ask(place, "; ".join(parts))


def test_an_opt_out_behind_a_very_long_header_is_honoured(ask):
    """Of other cookies the beginning is looked at; what may say no is read wherever it stands."""
    long = "; ".join(f"c{number}={'x' * 200}" for number in range(120))
    assert "ads" in ask("US-CA", long)
    assert "ads" not in ask("US-CA", f"{long}; __gpp=DBABBg~BVYAAACA.QA")
