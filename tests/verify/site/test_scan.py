"""The scan of a site: what is read of cookies and pages, and a real browser at a foreign banner."""

from __future__ import annotations

import json
import tomllib

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route
from typer.testing import CliRunner

from privacykit.cli.main import app as cli
from privacykit.cli.site.proposal import proposal
from privacykit.documents.seen import read_seen
from privacykit.errors import InputError
from privacykit.stores.keys import load_keys
from privacykit.stores.records.audit_keys import public_keys
from privacykit.testing.layout import lay_out
from privacykit.verify.site.buttons import harder
from privacykit.verify.site.cookies import SeenCookie, life_in_words, of_line, of_lines
from privacykit.verify.site.declared.declaration import (
    CookieTerms,
    DeclaredPurpose,
    declaration,
    to_html,
    to_markdown,
)
from privacykit.verify.site.origin import SiteOrigin
from privacykit.verify.site.pages import PageParts, RobotRules, hosts_loaded, pages_linked
from privacykit.verify.site.seen import ButtonLook, PhaseScan, SiteScan, StoredKey
from tests.browsers import CHROMIUM, served

SHOP = SiteOrigin("https://www.shop.example/", ("pay.example", "*.cdn.example"))
NOW = 1_800_000_000.0


def test_a_cookie_is_read_without_its_value():
    """RFC 6265bis; every attribute that a declaration tells."""
    line = b"id=v4lue; Domain=.shop.example; Path=/a; Max-Age=60; Secure; HttpOnly; SameSite=none; Partitioned"
    found = of_line(line, "www.shop.example", SHOP, NOW)
    assert found == SeenCookie(
        "id", "shop.example", "first", "/a", 60, True, True, "None", True, "http"
    )
    assert "v4lue" not in repr(found)


@pytest.mark.parametrize("line", [b"", b";", b"=value", b"novalue", b" ; Secure"])
def test_what_names_no_cookie_is_none(line):
    """As browsers read it."""
    assert of_line(line, "shop.example", SHOP, NOW) is None


def test_a_line_that_ends_a_cookie_sets_none():
    """Max-Age=0, or an end that is past; the last line of a name counts."""
    lines = [
        b"a=1",
        b"b=1; Max-Age=0",
        b"c=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        b"a=2; Secure",
    ]
    assert [(one.name, one.secure) for one in of_lines(lines, "shop.example", SHOP, NOW)] == [
        ("a", True)
    ]


def test_control_characters_of_names_are_not_printed():
    """A name is somebody else's text."""
    found = of_line(b"a\x1b[2Jb=1", "shop.example", SHOP, NOW)
    assert found is not None
    assert found.name == "a?[2Jb"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "session"), (5, "5 seconds"), (90, "2 minutes"), (7200, "2 hours"), (86_400, "1 day"),
     (30 * 86_400, "30 days"), (395 * 86_400, "13 months")],
)  # fmt: skip
def test_lives_are_told_as_people_read_them(seconds, words):
    """Months from two of them on."""
    assert life_in_words(seconds) == words


@pytest.mark.parametrize(
    ("host", "own"),
    [("shop.example", True), ("img.shop.example", True), ("PAY.example", True),
     ("a.cdn.example", True), ("cdn.example", False), ("notshop.example", False), ("", False)],
)  # fmt: skip
def test_whose_a_host_is(host, own):
    """The site's, below it, or named in the configuration."""
    assert SHOP.is_own(host) is own


@pytest.mark.parametrize(
    "url", ["", "ftp://x/", "https://user@x/", "https://x:port/", "http://a b/", "https:///"]
)
def test_what_is_no_address_is_refused(url):
    """Without quoting it."""
    with pytest.raises(InputError, match="write the site as"):
        SiteOrigin(url)


PAGE = """<base href="/deep/"><a href="one">1</a><a href="/two?id=7#x">2</a><a href="/two">again</a>
<a href="//other.example/">other</a><a href="/logout">bye</a><a href="/terms.pdf">pdf</a>
<a href="/private/x">no</a><a href="javascript:alert(1)">js</a><a href="http://[">broken</a>
<script src="https://tags.example/t.js"></script><img src="/own.png"><iframe src="//ads.example">
<link rel="stylesheet" href="https://fonts.example/css"><link rel="canonical" href="https://c.example/">
<form id="choices" method="post"><button name="action" value="allow">a</button></form>"""


def test_links_are_followed_on_the_site_alone():
    """Once, without queries; nothing that robots.txt forbids or that may do something."""
    rules = RobotRules("User-agent: *\nDisallow: /private/\n")
    parts = PageParts(PAGE)
    root = "https://www.shop.example"
    assert list(pages_linked(parts.links, f"{root}/", SHOP, rules)) == [
        f"{root}/one",
        f"{root}/two",
    ]


def test_hosts_are_those_that_a_browser_asks_by_itself():
    """Scripts, frames, style sheets; no link, and nothing of the site's own."""
    found = hosts_loaded(PageParts(PAGE), "https://www.shop.example/", SHOP)
    assert found == {"ads.example": 1, "fonts.example": 1, "tags.example": 1}


@pytest.mark.parametrize("text", ["<", "<a", "</", "<!--", "<form><form>", "\x00" * 99, "<a href>"])
def test_any_page_is_read_to_its_end(text):
    """Whatever somebody wrote."""
    assert PageParts(text).loaded == []


BIG, SMALL = ButtonLook(200, 50, 16, True), ButtonLook(90, 40, 16, True)


@pytest.mark.parametrize(
    ("refuse", "said"),
    [(BIG, ""), (None, "not shown"), (SMALL, "smaller"), (ButtonLook(200, 50, 12, True), "letters"),
     (ButtonLook(200, 50, 16, False), "colour")],
)  # fmt: skip
def test_a_button_that_is_harder_to_see_is_said(refuse, said):
    """Beside one that is large and has a colour."""
    assert said in harder(BIG, refuse)
    assert bool(harder(BIG, refuse)) is bool(said)


SEEN = SiteScan(
    "https://shop.example/",
    NOW,
    "privacykit",
    (
        PhaseScan(
            "before a choice",
            ("https://shop.example/",),
            (
                SeenCookie("_ga", "shop.example", "first", life=9_000_000, asked=63_072_000),
                SeenCookie("a|<b>", "x.example", "third", by="script"),
                SeenCookie("__Host-pk-no", "shop.example", "first", life=34_560_000),
            ),
            (StoredKey("local storage", "shop.example", "seen"),),
        ),
    ),
    ("after accepting: no button",),
)
TERMS = CookieTerms(
    {"_ga*": "ads", "lang": "necessary"},
    {"_ga": "ads"},
    {"ads": DeclaredPurpose("Advertising", ("sale",), "Ads.", 13, ("Ad Ltd",), ("DE", "FR"))},
)


def test_a_declaration_tells_declared_and_observed_lives():
    """What is declared and was not seen stands in it, too, and what nothing names says so."""
    told = declaration(SEEN, TERMS, "2027-01-15")
    rows = {row.name: row for row in told.rows}
    assert (rows["_ga"].declared_life, rows["_ga"].observed_life) == ("13 months", "3 months")
    assert rows["_ga"].recipients == ("Ad Ltd",)
    assert rows["a|<b>"].purpose == ""
    assert rows["__Host-pk-no"].purpose == "your choice"
    assert rows["lang"].seen == ()
    assert rows["seen"].kind == "local storage"
    assert told == declaration(SEEN, TERMS, "2027-01-15")


def test_a_declaration_is_escaped():
    """A name of somebody else's makes no markup."""
    told = declaration(SEEN, TERMS, "2027-01-15")
    assert "<b>" not in to_html(told)
    assert "| a\\|&lt;b> |" in to_markdown(told)
    assert "Not looked at: after accepting: no button." in to_html(told)


def test_a_proposal_is_toml_and_leaves_out_what_is_named():
    """What a name does not speak for is a comment."""
    text = proposal(SEEN, CookieTerms({}, {}, {}))
    assert tomllib.loads(text)["cookies"] == {"_ga": "statistics"}
    assert "statistics" in tomllib.loads(text)["purposes"]
    assert '# "a|<b>"' in text
    named = CookieTerms({}, {"_ga": "x", "a|<b>": "x"}, {})
    assert "has a purpose already" in proposal(SEEN, named)


BANNER = """<!doctype html><body><a href="/more">more</a>
<div id="banner"><button id="onetrust-accept-btn-handler" onclick="choose(true)">Accept</button>
<button id="onetrust-reject-all-handler" onclick="choose(false)">Reject</button></div>
<script>
function choose(yes) {
  document.cookie = "said=" + yes + "; max-age=31536000; path=/";
  document.getElementById("banner").remove();
}
if (document.cookie.includes("said")) document.getElementById("banner").remove();
if (document.cookie.includes("said=true")) document.cookie = "_fbp=v4lue; max-age=7776000; path=/";
localStorage.setItem("basket", "v4lue");
</script></body>"""


async def page(_):
    """A page with a banner of a known kind."""
    return HTMLResponse(BANNER)


FOREIGN = Starlette(
    routes=[
        Route("/", page),
        Route("/more", page),
        Route("/away", lambda _: RedirectResponse("https://elsewhere.example/")),
    ]
)


def run(*words):
    """Run the command."""
    return CliRunner().invoke(cli, ["site", "scan", *words])


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")
class TestInABrowser:
    """A real Chromium."""

    def test_a_known_banner_is_answered(self, tmp_path, monkeypatch):
        """Refused and accepted by its buttons: the advertising cookie comes after the second."""
        monkeypatch.chdir(tmp_path)
        out = tmp_path / "cookies.json"
        with served(FOREIGN) as url:
            lay_out(tmp_path)
            seen = tmp_path / "seen.json"
            words = ("--pages", "2", "--out", str(out), "--report", str(seen), "--json")
            result = run(url, *words)
        assert result.exit_code == 0, result.output
        keys = public_keys(load_keys(tmp_path / "privacykit.keys"))
        lives = {one.name: one.life for one in read_seen(seen.read_bytes(), keys).cookies}
        assert lives == pytest.approx({"said": 31_536_000, "_fbp": 7_776_000}, abs=120)
        told = json.loads(result.output)
        assert told["scan"]["banner"] == "OneTrust"
        seen = {
            phase["phase"]: {cookie["name"] for cookie in phase["cookies"]}
            for phase in told["scan"]["phases"]
        }
        assert seen == {
            "before a choice": set(),
            "after refusing": {"said"},
            "after accepting": {"said", "_fbp"},
        }
        assert [key["key"] for key in told["scan"]["phases"][0]["stored"]] == ["basket"]
        assert json.loads(out.read_text()) == told["declaration"]
        assert '"_fbp" = "advertising"' in told["proposal"]
        assert "v4lue" not in result.output

    def test_what_robots_txt_forbids_is_not_visited(self):
        """Neither the first page nor any other."""
        asked = []

        async def front(scope, receive, send):
            if scope["type"] == "http":
                asked.append(scope["path"])
            await app(scope, receive, send)

        rules = PlainTextResponse("User-agent: *\nDisallow: /\n")
        app = Starlette(routes=[Route("/", page), Route("/robots.txt", lambda _: rules)])
        with served(front) as url:
            result = run(url)
        assert "robots.txt forbids it" in str(result.exception)
        assert set(asked) == {"/robots.txt"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ftp://x/"], "write the site as"),
        (["https://shop.example/", "--out", "x.pdf"], "name the file of --out"),
    ],
)
def test_misuse_is_said_before_anything_is_started(words, said):
    """In words."""
    assert said in str(run(*words).exception)


def test_without_a_browser_it_is_said(monkeypatch):
    """What to install, too."""
    monkeypatch.setenv("CHROMIUM", "/nowhere")
    result = run("https://shop.example/")
    assert "PK334" in str(result.exception)
    assert "playwright install chromium" in str(result.exception)
