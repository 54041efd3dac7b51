"""The routes, over ASGI: what is accepted from whom, and what it leaves behind."""

from __future__ import annotations

import json

import anyio
import pytest
from starlette.websockets import WebSocketDisconnect

from privacykit.errors import UnprovenError
from privacykit.signals.choice.mask import GRANT_AFTER_GPC, REFUSED, granted, refused
from privacykit.web.preferences.http import LONGEST_QUERY, PageRequest
from privacykit.web.preferences.routes import pages_of_sites
from tests.web.preferences.conftest import changeable

INDEX = {"security": 0, "analytics": 1, "ads": 2, "chat": 3}
ELSEWHERE = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}


def allowed(choice):
    """Return the purposes that *choice* grants."""
    return {name for name, index in INDEX.items() if granted(choice.mask, index)}


def denied(choice):
    """Return the purposes that *choice* refuses, besides the necessary one, which stays on."""
    return {name for name, index in INDEX.items() if index and refused(choice.mask, index)}


@pytest.mark.parametrize("path", ["/privacy", "/privacy/", "/privacy/opt-out"])
def test_looking_sets_no_cookie(shop, path):
    """A page that is only read leaves nothing behind and is kept by no cache."""
    answer = shop.client().get(path)
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/privacy/static/tags.js", "/privacy/static/privacy.css"])
def test_what_may_be_another_sites_is_kept_by_no_cache(shop, path):
    """Where nothing was decided, the site is not known."""
    request = PageRequest("GET", path, "", b"", {})
    answer = pages_of_sites({"shop": shop.context})(request)
    kept = [value for name, value in answer.headers if name == b"cache-control"]
    assert (answer.status, kept) == (200, [b"private, no-store"])


def test_pages_allow_nothing_from_elsewhere(shop):
    """The policy lets no script, style or frame of another origin in, and nothing inline."""
    answer = shop.client().get("/privacy/")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text


def test_refusing_all_needs_no_origin(shop):
    """A refusal is accepted from anywhere and takes effect at once."""
    client = shop.client()
    answer = client.post("/privacy/choice", data={"action": "refuse"}, headers=ELSEWHERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/privacy/?done=refused")
    assert shop.choice(client).mask & REFUSED


def test_a_permission_for_one_purpose_leaves_the_others_alone(shop, own_page):
    """It neither grants nor refuses anything else, and lifts the refusal of its own."""
    client = shop.client()
    client.post("/privacy/choice", data={"action": "allow", "asked": "ads"}, headers=own_page)
    assert (allowed(shop.choice(client)), denied(shop.choice(client))) == ({"ads"}, set())
    client.post("/privacy/opt-out")
    client.post("/privacy/choice", data={"action": "allow", "asked": "chat"}, headers=own_page)
    assert (allowed(shop.choice(client)), denied(shop.choice(client))) == (
        {"chat"},
        {"analytics", "ads"},
    )


def test_a_permission_for_one_purpose_is_given_on_our_own_pages(shop):
    """Nobody else can give it for a visitor."""
    client = shop.client()
    data = {"action": "allow", "asked": "ads"}
    assert client.post("/privacy/choice", data=data, headers=ELSEWHERE).status_code == 403
    assert not shop.choice(client).mask


@pytest.mark.parametrize("form", [{}, {"next": "/shop"}], ids=["no form", "form"])
def test_one_click_opts_out(shop, form):
    """The opt-out works from any page, with or without a form."""
    client = shop.client()
    answer = client.post("/privacy/opt-out", data=form, headers=ELSEWHERE)
    assert answer.status_code == 303
    assert answer.headers["location"] == form.get("next", "/privacy/?done=refused")
    assert shop.choice(client).mask & REFUSED


def test_allowing_all_keeps_the_proof_first(shop, own_page):
    """A grant is a committed record and a signed cookie that names it."""
    client = shop.client()
    answer = client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    record = shop.consents.records["record-000000000000001"]
    choice = shop.choice(client)
    assert answer.status_code == 303
    assert (choice.record, allowed(choice)) == (record.record, {"analytics", "ads", "chat"})
    assert (record.site, record.given_at, record.policies) == (
        "shop",
        shop.now,
        ("DE@0123456789ab",),
    )
    assert record.text_version == shop.context.version


@pytest.mark.parametrize(
    "headers",
    [
        ELSEWHERE,
        {},
        {"origin": "https://shop.example", "sec-fetch-site": "same-site"},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": "http://shop.example"},
        {"origin": "https://shop.example:8443"},
        {"origin": "https://shop.example.evil.example"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
        {"origin": "https://[", "sec-fetch-site": "same-origin"},
        {"origin": "https://shop.example/path"},
        {"origin": "file://"},
    ],
)
def test_a_grant_from_elsewhere_is_refused(shop, headers):
    """Nobody can give permission for somebody else."""
    client = shop.client()
    answer = client.post("/privacy/choice", data={"action": "allow"}, headers=headers)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    assert not shop.consents.records


@pytest.mark.parametrize(
    ("options", "headers"),
    [
        ({}, {"origin": "https://shop.example:443"}),
        ({"hosts": ("public.example",)}, {"origin": "https://public.example"}),
    ],
    ids=["default port", "host behind a proxy"],
)
def test_the_own_page_has_several_names(shop, options, headers):
    """A default port and the configured hosts are the site too."""
    shop.options = options
    answer = shop.client().post("/privacy/choice", data={"action": "allow"}, headers=headers)
    assert answer.status_code == 303


def test_saving_grants_what_was_ticked_and_refuses_the_rest(shop, own_page):
    """Each purpose is chosen for itself."""
    client = shop.client()
    form = {"action": "save", "purpose": ["ads"]}
    client.post("/privacy/choice", data=form, headers=own_page)
    choice = shop.choice(client)
    assert (allowed(choice), denied(choice)) == ({"ads"}, {"analytics", "chat"})


def test_a_box_that_was_ticked_before_is_no_consent(shop, own_page):
    """What is on by the law's default stays so without a grant (C-673/17)."""
    client = shop.client()
    form = {"action": "save", "purpose": ["analytics"]}
    client.post("/privacy/choice", data=form, headers=own_page)
    choice = shop.choice(client)
    assert (allowed(choice), denied(choice)) == (set(), {"ads", "chat"})
    assert not shop.consents.records


def test_saving_again_keeps_what_was_granted(shop, own_page):
    """A ticked box that is on by an earlier grant is granted again."""
    client = shop.client()
    for ticked in (["ads"], ["ads", "chat"]):
        client.post("/privacy/choice", data={"action": "save", "purpose": ticked}, headers=own_page)
        decisions = {**shop.shown.decisions, "ads": shop.shown.decisions["analytics"]}
        shop.show(decisions=decisions)
    assert allowed(shop.choice(client)) == {"ads", "chat"}
    assert not shop.consents.withdrawn


def test_narrowing_a_grant_withdraws_the_old_record(shop, own_page):
    """What is no longer allowed must not leave under the earlier record."""
    client = shop.client()
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    form = {"action": "save", "purpose": ["ads"]}
    client.post("/privacy/choice", data=form, headers=own_page)
    assert set(shop.consents.withdrawn) == {"record-000000000000001"}
    assert shop.choice(client).record == "record-000000000000002"


def test_withdrawing_reaches_the_records_that_were_renewed(shop, own_page):
    """Events may be pending under each of them."""
    client = shop.client()
    for _ in range(6):
        client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    assert set(shop.consents.withdrawn) == {f"record-{n:015d}" for n in (1, 2)}
    client.post("/privacy/withdraw")
    assert set(shop.consents.withdrawn) == set(shop.consents.records)


def test_saving_nothing_refuses_everything(shop):
    """No box ticked is a refusal, so it is accepted from anywhere."""
    client = shop.client()
    answer = client.post("/privacy/choice", data={"action": "save"}, headers=ELSEWHERE)
    assert answer.status_code == 303
    assert shop.choice(client).mask & REFUSED


def test_what_cannot_be_granted_here_is_neither_granted_nor_refused(shop, own_page):
    """A disabled box is no choice; an earlier refusal of it stays."""
    shop.show(standings=changeable("ads", "analytics"))
    client = shop.client()
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    assert allowed(shop.choice(client)) == {"analytics", "ads"}
    client.post("/privacy/opt-out")
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    assert denied(shop.choice(client)) == {"chat"}


def test_withdrawing_takes_back_and_stops(shop, own_page):
    """The record is withdrawn, the visitor's pending events stopped, the purposes refused."""
    client = shop.client()
    form = {"action": "save", "purpose": ["ads", "analytics"]}
    client.post("/privacy/choice", data=form, headers=own_page)
    shop.show(visitors=lambda: ("visitor-1",))
    answer = client.post("/privacy/withdraw", headers=ELSEWHERE)
    assert answer.headers["location"] == "/privacy/?done=withdrawn"
    assert shop.consents.withdrawn == {"record-000000000000001": shop.now}
    assert shop.consents.stops == [("visitor", "visitor-1", shop.now, None, ("ads", "chat"))]
    assert (shop.choice(client).record, denied(shop.choice(client))) == (None, {"ads", "chat"})


def test_no_other_site_narrows_a_refusal(shop, own_page):
    """A refusal that the store missed hides a grant; only our own page may uncover it."""
    client = shop.client()
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    shop.consents.broken = True
    client.post("/privacy/opt-out")
    form = {"action": "save", "purpose": "analytics"}
    assert client.post("/privacy/choice", data=form, headers=ELSEWHERE).status_code == 403
    assert shop.choice(client).mask & REFUSED


def test_withdrawing_without_a_grant_refuses_everything(shop):
    """A browser that keeps its cookie from another site's form is still heard."""
    client = shop.client()
    client.post("/privacy/withdraw")
    assert shop.choice(client).mask & REFUSED


def test_an_order_to_stop_can_have_an_end(shop):
    """No longer than an event may live."""
    shop.options = {"stop_seconds": 100.0}
    shop.show(visitors=lambda: ("visitor-1",))
    shop.client().post("/privacy/opt-out")
    assert shop.consents.stops[0][3] == shop.now + 100


def test_a_choice_is_one_change_of_the_store(shop, own_page):
    """What it withdraws, stops and allows is committed together or not at all."""
    client = shop.client()
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    shop.show(visitors=lambda: ("visitor-1",))
    before = shop.consents.changes
    form = {"action": "save", "purpose": ["analytics"]}
    client.post("/privacy/choice", data=form, headers=own_page)
    done = len(shop.consents.withdrawn), len(shop.consents.stops), len(shop.consents.records)
    assert (shop.consents.changes - before, done) == (1, (1, 1, 2))


def test_a_refusal_that_cannot_be_proved_is_a_refusal(shop):
    """What is pending is stopped; the record alone is missing, and that is counted."""
    failed = []
    shop.options = {"failed": failed.append}
    shop.consents.unproven = True
    shop.show(visitors=lambda: ("visitor-1",))
    answer = shop.client().post("/privacy/opt-out")
    assert (answer.status_code, len(shop.consents.stops)) == (303, 1)
    assert ([type(it) for it in failed], shop.consents.refusals) == ([UnprovenError], [])


def test_what_a_site_shows_is_put_together_once(shop):
    """A stranger's forms would each pay for it, though they come to nothing."""
    context = shop.context
    assert context.shown is context.shown


def test_a_broken_store_still_refuses_in_the_browser(shop, own_page):
    """When nothing can be committed the page says so, and the browser says no from here on."""
    client = shop.client()
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    shop.consents.broken = True
    answer = client.post("/privacy/withdraw")
    assert answer.status_code == 503
    assert shop.choice(client).record is None
    assert denied(shop.choice(client)) == {"analytics", "ads", "chat"}


def test_the_next_attempt_withdraws_what_the_first_could_not(shop, own_page):
    """The grant cookie stays until its record is withdrawn, though it grants nothing any more."""
    client = shop.client()
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    shop.consents.broken = True
    client.post("/privacy/opt-out")
    shop.consents.broken = False
    client.post("/privacy/opt-out")
    assert set(shop.consents.withdrawn) == {"record-000000000000001"}


def test_a_broken_store_grants_nothing(shop, own_page):
    """A grant that is not kept is not used; what was refused beside it is refused."""
    shop.consents.broken = True
    client = shop.client()
    form = {"action": "save", "purpose": ["ads"]}
    answer = client.post("/privacy/choice", data=form, headers=own_page)
    assert (answer.status_code, "again" in answer.text) == (503, True)
    assert (allowed(shop.choice(client)), denied(shop.choice(client))) == (
        set(),
        {"analytics", "chat"},
    )


def test_a_broken_store_does_not_refuse_what_was_to_be_allowed(shop, own_page):
    """A failed permission changes nothing."""
    shop.consents.broken = True
    client = shop.client()
    answer = client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    assert (answer.status_code, "set-cookie" in answer.headers) == (503, False)


@pytest.mark.parametrize(("method", "refuses"), [("get", False), ("post", True)])
def test_a_failure_of_ours_is_a_page_and_a_refusal(shop, method, refuses):
    """Whatever breaks inside, a post refuses and a look does not (P9, P2)."""
    shop.options = {"decided": lambda _request: 1 / 0}
    client = shop.client()
    answer = getattr(client, method)("/privacy/opt-out")
    assert answer.status_code == 503
    assert bool(shop.choice(client).mask & REFUSED) is refuses


def test_a_grant_against_the_signal_needs_the_notice(shop, own_page):
    """Only a form that showed the conflict makes a grant that goes before GPC."""
    shop.show(gpc=True, gpc_honoured=True)
    client = shop.client()
    assert "goes before that signal" in client.get("/privacy/").text
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    assert not shop.choice(client).mask & GRANT_AFTER_GPC
    form = {"action": "allow", "gpc_notice": "1"}
    client.post("/privacy/choice", data=form, headers=own_page)
    assert shop.choice(client).mask & GRANT_AFTER_GPC
    assert shop.consents.records["record-000000000000002"].gpc_seen


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        ("action=dance", {}, 400),
        ("", {}, 400),
        ("action=save&purpose=%ff", {}, 303),
        (b"action=\xff", {}, 400),
        ("&".join(["a=b"] * 201), {}, 400),
        ("x" * 16_385, {}, 413),
        ("next=/" + "%41" * 513, {}, 413),
        ('{"action": "refuse"}', {"content-type": "application/json"}, 415),
        ("--x--", {"content-type": "multipart/form-data; boundary=x"}, 415),
    ],
    ids=["unknown", "empty", "percent", "bytes", "many", "long", "escapes", "json", "multipart"],
)
def test_odd_forms_change_nothing(shop, data, headers, status):
    """What is not our form is told so; nothing is granted by it."""
    client = shop.client()
    headers = {"content-type": "application/x-www-form-urlencoded", **headers}
    answer = client.post("/privacy/choice", content=data, headers=headers)
    assert answer.status_code == status
    assert not allowed(shop.choice(client))


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/a b",
        "javascript:alert(1)",
        "evil",
        "/" + "x" * 3000,
        "/%0d%0aSet-Cookie:a=b\r\n",
    ],
)
def test_next_never_leaves_the_site(shop, path):
    """Anything but a plain path leads back to the page of ours."""
    answer = shop.client().post("/privacy/opt-out", data={"next": path})
    assert answer.headers["location"] == "/privacy/?done=refused"
    assert "evil" not in shop.client().get("/privacy/", params={"next": path}).text


@pytest.mark.parametrize(
    "root",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a b", "/\r\nx: y"],
)
def test_a_root_path_never_leads_away(shop, root):
    """Some servers take it from a header, so it is believed no more than a form."""
    client = shop.client(root_path=root)
    answer = client.post("/privacy/opt-out")
    assert answer.headers["location"] == "/privacy/?done=refused"
    assert "evil" not in client.get("/privacy/").text


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("HEAD", "/privacy/", 200, None),
        ("HEAD", "/.well-known/gpc.json", 200, None),
        ("PUT", "/privacy/", 405, "GET, HEAD"),
        ("GET", "/privacy/choice", 405, "POST"),
        ("DELETE", "/privacy/opt-out", 405, "GET, POST, HEAD"),
    ],
)
def test_other_methods_are_told(shop, method, path, status, allow):
    """What is asked in another way than a page knows changes nothing."""
    answer = shop.client().request(method, path)
    assert (answer.status_code, answer.headers.get("allow"), answer.content) == (status, allow, b"")


def test_a_strangers_kilobytes_of_query_are_not_decoded(shop):
    """A page of ours needs few bytes of it; what is longer is as if nothing was asked."""
    for length, kept in ((2000, True), (LONGEST_QUERY, False)):
        answer = shop.client().get(f"/privacy/?next=/{'a' * length}")
        assert (answer.status_code, "aaa" in answer.text) == (200, kept)


def test_next_leads_back(shop):
    """A path of the site is kept through the form."""
    client = shop.client()
    assert 'value="/basket?x=1&amp;y=2"' in client.get("/privacy/?next=/basket?x=1%26y=2").text
    answer = client.post("/privacy/opt-out", data={"next": "/basket?x=1&y=2"})
    assert answer.headers["location"] == "/basket?x=1&y=2"


def test_status_says_what_the_page_says(shop, own_page):
    """Signals, choices, verdicts and reasons; no record, no visitor id."""
    client = shop.client()
    client.post("/privacy/choice", data={"action": "save", "purpose": ["ads"]}, headers=own_page)
    shop.show(gpc=True, gpc_honoured=True, dnt=True, visitors=lambda: ("visitor-1",))
    answer = client.get("/privacy/status.json")
    status = json.loads(answer.text)
    assert answer.headers["cache-control"] == "private, no-store"
    assert status["signals"] == {"gpc": True, "gpc_honoured": True, "dnt": True}
    assert status["message"] == "Opt-out request honoured"
    assert status["choice"]["granted"] == ["ads"]
    assert status["choice"]["refused"] == ["analytics", "chat"]
    assert status["purposes"][2]["reasons"][0]["citation"] == "TDDDG § 25(1)"
    assert "record-" not in answer.text
    assert "visitor-1" not in answer.text


def test_status_of_a_stranger(shop):
    """Nothing chosen has no age."""
    status = shop.client().get("/privacy/status.json").json()
    assert status["choice"] == {
        "opted_out": False,
        "refused": [],
        "granted": [],
        "months": None,
        "after_gpc": False,
    }


def test_well_known_says_since_when(shop):
    """The support resource is public and cacheable."""
    answer = shop.client().get("/.well-known/gpc.json")
    assert answer.json() == {"gpc": True, "lastUpdate": "2026-11-21"}
    assert answer.headers["content-type"] == "application/json"


def test_a_refusal_is_renewed_as_it_stands(shop):
    """Browsers forget after 400 days, so a look at the page prolongs what was said."""
    client = shop.client()
    client.post("/privacy/opt-out")
    renewed = client.get("/privacy/").headers["set-cookie"]
    assert renewed.startswith("__Host-pk-no=*:2026-11; Max-Age=2147483647")


def test_a_broken_refusal_is_not_renewed(shop):
    """It counts, but what we did not write is not written again."""
    answer = shop.client().get("/privacy/", headers={"cookie": "__Host-pk-no=<x>"})
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("path", "cache"),
    [("privacy.js", "public, max-age=300"), ("privacy.css", "public, max-age=300")],
)
def test_assets_by_plain_name_are_kept_briefly(shop, path, cache):
    """For embedding, where no hash is known."""
    assert shop.client().get(f"/privacy/static/{path}").headers["cache-control"] == cache


def test_assets_of_our_pages_are_kept_for_ever(shop):
    """Their names change with their content."""
    client = shop.client()
    page = client.get("/privacy/").text
    script = page.partition('src="')[2].partition('"')[0]
    answer = client.get(script)
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.content) < 6_000


@pytest.mark.parametrize("path", ["/privacy/static/routes.py", "/privacy/nothing"])
def test_unknown_paths_are_not_found(shop, path):
    """Nothing but our routes is served."""
    assert shop.client().get(path).status_code == 404


def test_a_websocket_is_refused(shop):
    """There is none of ours."""
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        shop.client().websocket_connect("/privacy/x"),
    ):
        pass
    assert closed.value.code == 1000


def test_behind_a_path_prefix_links_lead_to_us(shop):
    """Under `root_path` the browser's paths are longer than ours."""
    client = shop.client(root_path="/app")
    page = client.get("/app/privacy/").text
    assert 'action="/app/privacy/choice"' in page
    location = client.post("/app/privacy/opt-out").headers["location"]
    assert location == "/app/privacy/?done=refused"


def test_a_disconnect_in_the_form_is_no_error(shop):
    """A visitor who goes away mid-form leaves nothing behind."""
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    async def post():
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/privacy/choice",
            "query_string": b"",
            "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
        }
        await shop.serving()(scope, receive, send)

    anyio.run(post)
    assert sent[0]["status"] == 400
