"""Flow 1 from outside: what a visitor sends, what the application sees then, what is collected."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import PrivacyMiddleware
from privacykit.collect.suppressed import Suppressed
from privacykit.geo.synthetic import address_of
from privacykit.testing.layout import CONFIG, lay_out

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PROFILES = CONFIG.replace('page = "analytics"', 'page = "profile"')


async def _told(request):
    privacy = request.state.privacy
    allowed = [name for name in ("analytics", "profile", "ads") if privacy.allows(name)]
    return JSONResponse({"client": request.client.host, "allowed": allowed})


async def _page(request):
    if user := request.query_params.get("user"):
        request.state.privacy.identify(user)
    return HTMLResponse("<p>hello")


async def _emits(request):
    privacy = request.state.privacy
    said = privacy.emit("seen"), await privacy.emit_durably("seen", "necessary")
    return JSONResponse([one.reason for one in said])


def _emits_in_a_thread(request):
    return JSONResponse([request.state.privacy.emit_durably_sync("seen").reason])


async def _named(request):
    request.state.privacy.page = request.path_params["word"] + "/orders/{id}"
    return HTMLResponse("<p>hello")


async def _as(request):
    kind = request.path_params["kind"]
    status = int(request.query_params.get("status", "200"))
    return Response(status_code=status, headers={"content-type": kind} if kind else {})


class Site:
    """
    A site behind privacykit.

    Attributes:
        items: The events that were accepted.
    """

    def __init__(self, folder, config: str = CONFIG) -> None:
        routes = [
            Route("/", _page),
            Route("/told", _told),
            Route("/named/{word}", _named),
            Route("/emits", _emits),
            Route("/emits-in-a-thread", _emits_in_a_thread),
            Route("/as/{kind:path}", _as),
        ]
        self.app = PrivacyMiddleware(Starlette(routes=routes), lay_out(folder, config))
        self.runtime = self.app._engine.runtime
        self.items = []
        accept = self.runtime.accept
        self.runtime.accept = lambda item: self.items.append(item) or accept(item)

    def get(self, path: str, place: str = "US-CA", *, ipv6: bool = False, **headers: str):
        """Ask for *path* once as a visitor from *place*."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        known = {"user-agent": FIREFOX, "x-forwarded-for": address_of(place, 9, ipv6=ipv6)}
        with TestClient(self.app, client=("127.0.0.1", 5000)) as client:
            return client.get(path, headers=known | named)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Return one site that many are asked of."""
    return Site(tmp_path_factory.mktemp("shop"))


@pytest.mark.parametrize(
    ("place", "headers", "allowed"),
    [
        ("DE", {}, ["analytics"]),
        ("DE", {"dnt": "1"}, []),
        ("DE", {"dnt": "0"}, ["analytics"]),
        ("DE", {"dnt": ""}, ["analytics"]),
        ("DE", {"sec_gpc": "1"}, ["analytics"]),
        ("DE", {"dnt": "1", "sec_gpc": "1"}, []),
        ("US-CA", {}, ["analytics", "profile", "ads"]),
        ("US-CA", {"dnt": "1"}, ["analytics", "profile", "ads"]),
        ("US-CA", {"sec_gpc": "1"}, ["analytics", "profile"]),
        ("US-CA", {"sec_gpc": "0"}, ["analytics", "profile", "ads"]),
        ("US-CA", {"dnt": "1", "sec_gpc": "1"}, ["analytics", "profile"]),
        ("US-CA", {"cookie": "pk-no=ads:2026-11"}, ["analytics", "profile"]),
        ("US-CA", {"cookie": "pk-no=profile:2026-11", "sec_gpc": "1"}, ["analytics"]),
        ("DE", {"cookie": "pk-no=ads:2026-11", "dnt": "1"}, []),
        ("US-CA", {"cookie": "pk-no=*:2026-11"}, []),
        ("US-CA", {"cookie": "theirs=1"}, ["analytics", "profile", "ads"]),
    ],
)
def test_what_a_visitor_says_decides(shop, place, headers, allowed):
    """Do Not Track is an objection in the EU, GPC an opt-out of sale in California; none hides another."""
    assert shop.get("/told", place, **headers).json()["allowed"] == allowed


@pytest.mark.parametrize(
    ("ip", "ipv6", "client", "members"),
    [
        ("", False, "240.253.0.0", '"ip":"240.253.0.0","ip_bits":24'),
        ("", True, "2001:db8:fd::", '"ip":"2001:db8:fd::","ip_bits":48'),
        (
            'mode = "truncate"\nv4_bits = 16',
            False,
            "240.253.0.0",
            '"ip":"240.253.0.0","ip_bits":16',
        ),
        ('mode = "truncate"\nv4_bits = 8', False, "240.0.0.0", '"ip":"240.0.0.0","ip_bits":8'),
        ('mode = "truncate"\nv6_bits = 32', True, "2001:db8::", '"ip":"2001:db8::","ip_bits":32'),
        ('mode = "zero"', False, "0.0.0.0", '"ip":"0.0.0.0","ip_bits":0'),
        ('mode = "drop"', False, "0.0.0.0", '"ip":null,"ip_bits":null'),
        ('mode = "keep"\nbasis = "x"', False, "240.253.0.9", '"ip":"240.253.0.9","ip_bits":32'),
    ],
    ids=["24 bits", "48 bits", "16", "8", "32 of IPv6", "zero", "drop", "keep"],
)
def test_the_address_is_shown_by_the_configured_method(tmp_path, ip, ipv6, client, members):
    """To the application and in the event, never as the place's look-up keeps it."""
    site = Site(tmp_path, f"{CONFIG}\n[ip]\n{ip}\n")
    told = site.get("/told", ipv6=ipv6).json()["client"]
    site.get("/", ipv6=ipv6)
    assert (told, [item.address for item in site.items][-1]) == (client, members)


@pytest.mark.parametrize(
    ("bots", "agent", "events"),
    [("false", FIREFOX, 1), ("false", ROBOT, 0), ("true", FIREFOX, 1), ("true", ROBOT, 1)],
    ids=["a browser", "a robot", "a browser among robots", "a robot among robots"],
)
def test_a_robot_is_a_visit_only_where_the_site_says_so(tmp_path, bots, agent, events):
    """Otherwise it is counted as one."""
    site = Site(tmp_path, CONFIG.replace("[events]", f"[events]\nbots = {bots}"))
    site.get("/", user_agent=agent)
    robots = site.runtime.counters.of("withheld", "robot")
    assert (len(site.items), robots) == (events, 1 - events)


@pytest.mark.parametrize("path", ["/emits", "/emits-in-a-thread"])
@pytest.mark.parametrize(
    ("bots", "agent", "reason"),
    [("false", FIREFOX, ""), ("false", ROBOT, "robot"), ("true", ROBOT, "")],
    ids=["a browser", "a robot", "a robot among robots"],
)
def test_what_the_application_emits_for_a_robot_is_held_by_the_same_rule(
    tmp_path, bots, agent, reason, path
):
    """However it is emitted, and under whatever purpose."""
    site = Site(tmp_path, CONFIG.replace("[events]", f"[events]\nbots = {bots}"))
    told = site.get(path, user_agent=agent).json()
    robots = site.runtime.counters.of("withheld", "robot")
    assert (set(told), robots) == ({reason}, len(told) * bool(reason))


@pytest.mark.parametrize(
    ("config", "place", "known"),
    [(PROFILES, "US-CA", True), (PROFILES, "DE", False), (CONFIG, "US-CA", False)],
    ids=["identified", "not before consent", "not under this purpose"],
)
def test_a_page_names_its_person_only_where_the_purpose_may(tmp_path, config, place, known):
    """The reference travels with the purpose that identifies, and with no other."""
    site = Site(tmp_path, config)
    site.get("/?user=7", place)
    reference = site.runtime.subject_references("7")[0]
    assert [item.subject for item in site.items] == [reference if known else None]


@pytest.mark.parametrize(
    ("role", "headers", "shared"),
    [("processor", {}, False), ("third_party", {}, True), ("third_party", {"sec_gpc": "1"}, False)],
)
def test_an_event_says_whether_a_third_party_may_have_it(tmp_path, role, headers, shared):
    """As was decided when it was collected: a sink that is one later has no other event."""
    table = f'[[sinks]]\ntype = "memory"\nrole = "{role}"\npurposes = ["analytics"]\n'
    site = Site(tmp_path, CONFIG + table)
    site.get("/", **headers)
    assert [item.plan.shared for item in site.items] == [shared]


def test_an_event_that_rests_on_a_consent_names_its_record(tmp_path):
    """So that a withdrawal reaches it."""
    site = Site(tmp_path, PROFILES)
    jar = site.runtime.days.site_days["shop"].choices
    given = jar.grant("r" * 22, ["profile"], site.runtime.clock() - 60).partition(";")[0]
    site.get("/", "DE", cookie=given)
    assert [(item.plan.purpose, item.record) for item in site.items] == [("profile", "r" * 22)]


def test_who_replays_a_withdrawn_consent_is_known_by_it_and_not_collected(tmp_path):
    """Not even under the weaker purpose."""
    site = Site(tmp_path, PROFILES)
    jar = site.runtime.days.site_days["shop"].choices
    given = jar.grant("r" * 22, ["profile"], site.runtime.clock() - 60).partition(";")[0]
    site.runtime.suppressed = Suppressed([("r" * 22, "", 0.0)])
    site.get("/", "DE", cookie=given)
    assert (site.items, site.runtime.counters.of("withheld", "suppressed")) == ([], 1)


@pytest.mark.parametrize("user", ["7", "8"], ids=["suppressed", "somebody else"])
def test_a_page_of_a_suppressed_person_is_no_event(tmp_path, user):
    """Who was erased is served and not collected."""
    site = Site(tmp_path)
    site.runtime.suppressed = Suppressed([(site.runtime.subject_references("7")[0], "", 0.0)])
    site.get(f"/?user={user}")
    withheld = site.runtime.counters.of("withheld", "suppressed")
    assert (len(site.items), withheld) == ((0, 1) if user == "7" else (1, 0))


def test_what_is_no_page_is_counted_as_such(tmp_path):
    """A missing page is no visit."""
    site = Site(tmp_path)
    site.get("/nowhere")
    assert (site.items, site.runtime.counters.of("withheld", "not_a_page")) == ([], 1)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("text/html", ""),
        ("TEXT/HTML; charset=utf-8", ""),
        ("application/xhtml+xml", ""),
        ("application/json", "not_html"),
        ("text/plain", "not_html"),
        ("text/event-stream", "not_html"),
        ("application/pdf", "not_html"),
        ("application/octet-stream", "not_html"),
        ("image/png", "not_html"),
        ("", "not_html"),
    ],
)
def test_a_page_has_html(shop, kind, reason):
    """What is fetched, streamed or downloaded is no visit, whatever its method and status."""
    _reasons_of(shop)
    shop.get(f"/as/{kind}")
    assert _reasons_of(shop) == (1 if not reason else 0, {reason: 1} if reason else {})


@pytest.mark.parametrize(
    ("path", "told", "reason"),
    [
        ("/nowhere", {"sec-fetch-dest": "image"}, "asset"),
        ("/as/text/css", {"sec-fetch-dest": "style"}, "asset"),
        ("/as/image/png", {"accept": "image/avif,image/webp,*/*;q=0.8"}, "asset"),
        ("/as/text/css", {"accept": "text/css,*/*;q=0.1"}, "asset"),
        ("/as/application/json", {"sec-fetch-dest": "empty"}, "not_html"),
        ("/as/application/json", {"sec-fetch-dest": "document", "accept": "image/png"}, "not_html"),
        ("/nowhere", {"accept": "text/html,*/*;q=0.8"}, "not_a_page"),
    ],
)
def test_what_a_page_is_made_of_has_a_reason_of_its_own(shop, path, told, reason):
    """A browser asks for `/favicon.ico` by itself, and nobody means to count it."""
    _reasons_of(shop)
    shop.get(path, **told)
    assert _reasons_of(shop) == (0, {reason: 1})


def test_a_picture_that_counts_as_a_page_counts(shop):
    """What the operator wants counted is asked first."""
    _reasons_of(shop)
    shop.get("/as/text/html", **{"sec-fetch-dest": "image"})
    assert _reasons_of(shop) == (1, {})


def test_other_content_types_count_where_the_site_says_so(tmp_path):
    """Named, or all of them."""
    for types, counted in (('["application/json"]', [1, 0]), ("[]", [1, 1])):
        config = CONFIG.replace("[events]", f"[events]\ncontent_types = {types}")
        folder = tmp_path / str(len(types))
        folder.mkdir()
        site = Site(folder, config)
        for kind, items in zip(("application/json", "text/plain"), counted, strict=True):
            site.items.clear()
            site.get(f"/as/{kind}")
            assert len(site.items) == items


@pytest.mark.parametrize(
    ("headers", "items"),
    [
        ({"accept": "text/html,*/*"}, 1),
        ({"sec_fetch_dest": "document", "accept": "*/*"}, 1),
        ({"sec_fetch_dest": "image", "accept": "text/html"}, 0),
        ({"accept": "application/json"}, 0),
    ],
)
def test_a_page_the_browser_has_already_is_one(shop, headers, items):
    """A 304 names no content type; what was asked for tells."""
    _reasons_of(shop)
    shop.get("/as/?status=304", **headers)
    assert _reasons_of(shop)[0] == items


def test_a_host_that_no_site_lists_has_a_reason_of_its_own(shop):
    """Whatever it asks for."""
    _reasons_of(shop)
    shop.get("/", host="other.example")
    assert _reasons_of(shop) == (0, {"unknown_host": 1})


def test_a_site_without_a_page_purpose_has_one_too(tmp_path):
    """Nothing was wrong with the page."""
    site = Site(tmp_path, CONFIG.replace('page = "analytics"', ""))
    site.get("/")
    assert _reasons_of(site) == (0, {"pages_off": 1})


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("shop", '"/shop/orders/{id}"'),
        ("anna@mail.example", '"/[email]/orders/{id}"'),
        ("198.51.100.7", '"/[ip]/orders/{id}"'),
    ],
)
def test_an_application_may_name_its_page(shop, word, page):
    """Placeholders stay, and a path that it writes there is scrubbed."""
    _reasons_of(shop)
    shop.get(f"/named/{word}")
    assert [item.page for item in shop.items] == [page]


def _reasons_of(site):
    """Return how many events there were since the last call, and why there were no others."""
    counts = site.runtime.counters.snapshot()
    now = {reason: n for (name, reason), n in counts.items() if name == "withheld"}
    before = getattr(site, "before", {})
    items, site.before = len(site.items) - getattr(site, "seen", 0), now
    more = {reason: n - before.get(reason, 0) for reason, n in now.items()}
    site.items.clear()
    site.seen = 0
    return items, {reason: n for reason, n in more.items() if n}


def test_a_refusal_is_the_reason_there_is_no_event(tmp_path):
    """Said by the purpose that would have been used."""
    site = Site(tmp_path)
    site.get("/", cookie="pk-no=*:2026-11")
    assert (site.items, site.runtime.counters.of("withheld", "refused")) == ([], 1)


def test_every_request_is_counted_once_by_its_decision(tmp_path):
    """Pages and others alike."""
    site = Site(tmp_path)
    for path in ("/", "/told", "/nowhere"):
        site.get(path)
    assert site.runtime.days.site_days["shop"].plans["US-CA", 0].tally.n == 3
