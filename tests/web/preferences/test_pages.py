"""What the pages say, word by word, in each situation."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest

from privacykit.collect.consent.standing import Standing
from privacykit.decide.decision import Reason
from privacykit.policy.verdict import Verdict
from privacykit.signals.choice.cookies import ChoiceCookies
from privacykit.web.preferences.wording import ENGLISH

from .conftest import changeable, decided

MONTH = 31 * 86_400


def page(shop, path="/privacy/", **options):
    """Return the text of a page, its white space folded."""
    return re.sub(r"\s+", " ", shop.client(**options).get(path).text)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ({}, "sends no opt-out signal"),
        ({"gpc": True, "gpc_honoured": True}, "Opt-out request honoured"),
        ({"gpc": True}, "Nothing on this site depends on it"),
        ({"dnt": True}, "also sends Do Not Track"),
    ],
    ids=["none", "honoured", "not applied", "dnt"],
)
@pytest.mark.parametrize("path", ["/privacy/", "/privacy/opt-out"])
def test_the_page_says_what_became_of_the_signal(shop, shown, words, path):
    """Showing it is a duty in California (11 CCR 7025(c)(6))."""
    shop.show(**shown)
    assert words in page(shop, path)


def test_a_later_choice_is_said_to_go_before_the_signal(shop, own_page):
    """Who allowed something after the notice reads that this is what counts."""
    shop.show(gpc=True)
    client = shop.client()
    form = {"action": "allow", "gpc_notice": "1"}
    client.post("/privacy/choice", data=form, headers=own_page)
    assert "your own choice applies" in client.get("/privacy/").text


@pytest.mark.parametrize(
    ("verdict", "grantable", "words"),
    [
        (Verdict.ALLOW, True, "On"),
        (Verdict.NEEDS_CONSENT, True, "Off until you allow it"),
        (Verdict.DENY, True, "Off"),
        (Verdict.DENY, False, "Off, cannot be allowed here"),
    ],
)
def test_each_purpose_has_its_state(shop, verdict, grantable, words):
    """The state is in words, not only in a colour."""
    decision = replace(shop.shown.decisions["ads"], verdict=verdict)
    shop.show(
        decisions={**shop.shown.decisions, "ads": decision},
        standings=changeable(*(["ads"] if grantable else [])),
    )
    assert f'id="state-3">{words}</span>' in page(shop)


def test_a_refused_purpose_says_whose_choice_it_was(shop):
    """Off by choice reads differently from off by law."""
    client = shop.client()
    client.post("/privacy/opt-out")
    decision = replace(shop.shown.decisions["ads"], verdict=Verdict.DENY)
    shop.show(decisions=dict.fromkeys(shop.shown.decisions, decision))
    assert "Off, as you chose" in client.get("/privacy/").text
    assert "You are opted out." in client.get("/privacy/opt-out").text


def test_nothing_is_ticked_that_is_not_on(shop):
    """No box is ticked before a permission was given."""
    boxes = re.findall(r"<input type=\"checkbox\"[^>]*>", page(shop))
    assert [" checked" in box for box in boxes] == [True, False, False]


def test_refusing_and_allowing_look_the_same(shop):
    """Equal by construction: the same element, no class, refuse before allow."""
    buttons = re.findall(r"<button[^>]*>[^<]*</button>", page(shop))
    assert buttons == [
        '<button name="action" value="save">Save choices</button>',
        '<button name="action" value="refuse">Refuse all</button>',
        '<button name="action" value="allow">Allow all</button>',
    ]


def test_reasons_are_said_and_cited(shop):
    """Behind each state stand a sentence and the article that made it."""
    text = page(shop)
    assert "Nothing happens before the person agrees. <cite>" in text
    assert "<bdi>DE</bdi>: <bdi>TDDDG § 25(1)</bdi>" in text
    assert "Rules applied: DE" in text


def with_reasons(shop, *reasons):
    """Let the decision on advertising have *reasons*."""
    made = replace(shop.shown.decisions["ads"], reasons=reasons)
    shop.show(decisions={**shop.shown.decisions, "ads": made})


def test_an_unsure_reason_says_so(shop):
    """What nobody verified is marked; a code without words is shown as it is."""
    with_reasons(shop, Reason("a_new_code", "ZZ", "x", "", "unsure"))
    assert "<li>a_new_code (not verified)</li>" in page(shop)


def test_many_reasons_are_counted(shop):
    """Where every place has a say the deciding rules are shown and the others counted."""
    with_reasons(shop, *(Reason("no_rule", f"X{i}", "x", "Art. 1", "verified") for i in range(9)))
    text = page(shop)
    assert ("X2" in text, "X3" in text) == (True, False)
    assert "agree or ask for less: 6" in text


def test_the_status_tells_the_deciding_ones_and_how_many_more(shop):
    """Where the place is unknown every policy has a reason; a stranger cannot ask for them all."""
    with_reasons(shop, *(Reason("no_rule", f"X{i}", "x", "Art. 1", "verified") for i in range(9)))
    for query in ("", "?reasons=all"):
        told = shop.client().get(f"/privacy/status.json{query}").json()["purposes"][2]
        assert ([r["jurisdiction"] for r in told["reasons"]], told["more"]) == (
            ["X0", "X1", "X2"],
            6,
        )


@pytest.mark.parametrize(
    ("grantable", "notice"), [(frozenset({"ads"}), True), (frozenset(), False)]
)
def test_the_conflict_is_only_said_where_there_can_be_one(shop, grantable, notice):
    """Where nothing can be allowed against the signal there is nothing to warn of."""
    shop.show(gpc=True, gpc_honoured=True, standings=changeable(*grantable))
    assert ("goes before that signal" in page(shop)) is notice


def test_the_conflict_is_said_above_the_purposes_it_speaks_of(shop):
    """It says "below", and is read before something is allowed."""
    shop.show(gpc=True, gpc_honoured=True, standings=changeable("ads"))
    text = page(shop)
    assert text.index("If you allow a purpose below") < text.index('name="purpose"')


def test_a_site_may_say_reasons_in_its_own_words(shop):
    """Also in another language."""
    shop.options = {"wording": {**ENGLISH, "reason_consent_needed": "Erst fragen."}}
    assert "<li>Erst fragen. <cite>" in page(shop)


def test_an_undecided_purpose_is_off(shop):
    """Without a decision nothing happens, and the page says why."""
    shop.show(decisions={}, place="ZZ")
    text = page(shop)
    assert "Nothing was decided, so nothing happens." in text
    assert "strictest of all places" in text


@pytest.mark.parametrize(
    ("months", "words"),
    [(0, "less than a month ago"), (1, "a month ago"), (3, "3 months ago")],
)
def test_consent_can_be_withdrawn_and_says_its_age(shop, own_page, months, words):
    """Withdrawing is one button, as giving was."""
    client = shop.client()
    client.post("/privacy/choice", data={"action": "allow"}, headers=own_page)
    shop.now += months * MONTH
    text = client.get("/privacy/").text
    assert (words in text, "Withdraw my consent" in text) == (True, True)


CHOICES = {
    "refused": ("opt-out", {}),
    "saved": ("choice", {"action": "save", "purpose": "ads"}),
    "cleared": ("choice", {"action": "save", "purpose": "analytics"}),
    "withdrawn": ("withdraw", {}),
}


@pytest.mark.parametrize("done", CHOICES)
def test_what_was_done_is_said(shop, own_page, done):
    """The page after a form says what happened, where the browser sends the choice back."""
    if done == "cleared":
        shop.show(standings={})
    client = shop.client()
    path, form = CHOICES[done]
    location = client.post(f"/privacy/{path}", data=form, headers=own_page).headers["location"]
    assert location == f"/privacy/?done={done}" + "&is=26" * (done == "saved")
    assert ENGLISH[f"done_{done}"] in client.get(location).text


def test_a_choice_that_an_older_one_overrides_is_not_said_to_be_saved(shop, own_page):
    """What the browser sends must be what was chosen, not some choice; the page says which."""
    client = shop.client()
    form = {"action": "save", "purpose": "ads"}
    location = client.post("/privacy/choice", data=form, headers=own_page).headers["location"]
    older = {"cookie": "__Host-pk-no=ads/analytics:2026-11"}
    text = html.unescape(shop.client().get(location, headers=older).text)
    assert ENGLISH["done_saved"] not in text
    assert f"{ENGLISH['not_kept']} {ENGLISH['not_kept_other']}" in text


@pytest.mark.parametrize("query", ["done=refused", "done=saved&is=2a", "done=saved&is=x", "done=x"])
@pytest.mark.parametrize("cookie", ["", "__Host-pk-no=ads:2026-11"])
def test_no_url_turns_a_page_green(shop, query, cookie):
    """Whatever it says: something is on, or something else was chosen."""
    text = shop.client().get(f"/privacy/?{query}", headers={"cookie": cookie}).text
    assert '<p class="done">' not in text


def test_green_is_never_above_something_on(shop):
    """Where a decision allows what the cookie refuses, nobody is told that everything is off."""
    shop.options = {"decided": lambda _: shop.shown}
    client = shop.client()
    client.post("/privacy/opt-out")
    assert '<p class="done">' not in client.get("/privacy/?done=refused").text


STOP = Reason("signature_needed", "US-IL", "rules.biometric", "BIPA 15(b)", "verified")
AGREE = Reason("consent_needed", "FR", "rules.ads", "Art. 82", "verified")


def test_the_reason_that_stops_a_grant_is_read_first(shop):
    """Beside the state, in plain words; the other policies are counted."""
    many = [msgspec.structs.replace(AGREE, jurisdiction=f"A{n}") for n in range(5)]
    made = decided(Verdict.NEEDS_CONSENT, *many, STOP)
    shop.show(
        decisions={**shop.shown.decisions, "ads": made},
        standings=changeable("analytics", "chat", ads=Standing(stops=(STOP,))),
    )
    text = html.unescape(page(shop))
    told = "A signed authorisation is needed. <cite><bdi>US-IL</bdi>: <bdi>BIPA 15(b)</bdi></cite>"
    assert f'<p class="because">{told}</p>' in text
    assert "Rules of other places that agree or ask for less: 3" in text
    (ads,) = [
        p for p in shop.client().get("/privacy/status.json").json()["purposes"] if p["id"] == "ads"
    ]
    assert ads["reasons"][0]["code"] == "signature_needed"


def test_a_purpose_that_waits_for_the_visitor_needs_no_reason_beside_it(shop):
    """It says so itself."""
    assert 'class="because"' not in page(shop)


@pytest.mark.parametrize("path", ["/privacy/", "/privacy/opt-out"])
@pytest.mark.parametrize("done", ["refused", "saved", "withdrawn"])
def test_a_url_alone_proves_nothing(shop, done, path):
    """Where the browser kept no choice the page says that it did not hold, and why."""
    text = page(shop, f"{path}?done={done}")
    assert ENGLISH[f"done_{done}"] not in text
    assert f"{ENGLISH['not_kept']} {ENGLISH['not_kept_blocked']}" in text


@pytest.mark.parametrize(
    ("base_url", "headers", "domain", "reason"),
    [
        ("http://shop.example", {}, None, "not_kept_plain"),
        ("https://shop.example", {"x-forwarded-proto": "http"}, None, "not_kept_plain"),
        ("http://shop.example", {"x-forwarded-proto": "https"}, None, "not_kept_blocked"),
        ("http://shop.example", {"sec-fetch-site": "same-origin"}, None, "not_kept_blocked"),
        ("http://localhost:8000", {}, None, "not_kept_blocked"),
        ("https://other.example", {}, "shop.example", "not_kept_host"),
        ("https://www.shop.example", {}, "shop.example", "not_kept_blocked"),
    ],
    ids=["plain", "plain before a proxy", "TLS before a proxy", "the browser says TLS",
         "loopback", "another host", "a subdomain"],
)  # fmt: skip
def test_the_reason_why_it_did_not_hold(shop, base_url, headers, domain, reason):
    """A Secure cookie is not kept over plain HTTP, and one of a domain not by another host."""
    shop.options = {
        "cookies": ChoiceCookies(
            site="shop", purposes=["security"], sign_keys=[b"k" * 32], domain=domain
        )
    }
    client = shop.client()
    text = client.get(f"{base_url}/privacy/?done=refused", headers=headers).text
    assert ENGLISH[reason] in text


def test_no_other_word_gets_onto_the_page(shop):
    """A link cannot put words into our mouth."""
    assert "hacked" not in page(shop, "/privacy/?done=hacked&next=hacked")


@pytest.mark.parametrize(
    ("contact", "html"),
    [
        ("privacy@shop.example", "<a href='mailto:privacy@shop.example'>"),
        ("https://shop.example/contact", "<a href='https://shop.example/contact'"),
        ("Shop Ltd, 1 High Street", "Shop Ltd, 1 High Street"),
        ("<script>", "&lt;script&gt;"),
    ],
)
def test_the_contact_is_a_link_where_it_can_be(shop, contact, html):
    """Addresses and URLs are links, words are words, nothing is markup."""
    shop.options = {"contact": contact}
    assert html in page(shop)


def test_without_controller_and_contact_there_is_no_footer(shop):
    """Nothing configured, nothing shown."""
    shop.options = {"contact": "", "controller": ""}
    assert "<footer>" not in page(shop)


def test_only_a_controller(shop):
    """Each line stands alone."""
    shop.options = {"contact": ""}
    assert "Responsible: Shop Ltd" in page(shop)
    shop.options = {"controller": ""}
    assert "Responsible" not in page(shop)


def test_language_and_direction_are_the_wording_s(shop):
    """Right-to-left wording makes a right-to-left page."""
    shop.options = {"language": "ar", "direction": "rtl"}
    assert '<html lang="ar" dir="rtl">' in page(shop)


def test_the_version_of_the_wording_follows_the_words(shop):
    """Another wording is another version, without anybody remembering to count it up."""
    before = shop.context.version
    shop.options = {"wording": {**ENGLISH, "allow": "Yes!"}}
    changed = shop.context.version
    shop.options = {"text_version": "7"}
    assert (before != changed, shop.context.version) == (True, "7")


def test_every_word_is_used_and_none_is_missing():
    """The wording holds what the templates and the code name, no more."""
    sources = [
        item.read_text(encoding="utf-8")
        for item in Path(str(files("privacykit.web"))).rglob("*")
        if item.suffix in {".html", ".py"} and item.name != "wording.py"
    ]
    text = "\n".join(sources)
    built = ("done_", "honoured", "overridden", "not_applied", "error_", "reason_", "tag_")
    unused = [k for k in ENGLISH if f'"{k}"' not in text and not k.startswith(built)]
    named = set(re.findall(r"\bt\(\"(\w+)\"", text)) | set(re.findall(r"words\(\"(\w+)\"", text))
    begun = {"done_", "request_", "request_state_"}
    assert (unused, {name for name in named if name not in ENGLISH} - begun) == ([], set())


def test_what_many_see_is_rendered_once_and_each_goes_on_their_own_way(shop):
    """The next path and the purposes are put in for each; nobody gets another's."""
    client = shop.client()
    texts = [client.get(f"/privacy/?next=/{name}").text for name in ("anna", "b%26b", "anna")]
    assert ["/anna" in text for text in texts] == [True, False, True]
    assert texts[0] == texts[2]
    assert texts[1] == texts[0].replace("/anna", "/b&amp;b")
    assert not any("\0" in text for text in texts)
    shop.show(decisions={}, place="ZZ")
    assert "Nothing was decided" in shop.client().get("/privacy/?next=/anna").text
