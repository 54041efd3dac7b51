"""Claims about a site: a real server, wrapped; what is right is not found, what is wrong is."""

from __future__ import annotations

import json
import time
from pathlib import Path
from xml.etree.ElementTree import fromstring

import msgspec
import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app as cli
from privacykit.documents.seen import read_seen
from privacykit.errors import BackendError, InputError
from privacykit.geo.synthetic import address_of
from privacykit.stores.keys import load_keys
from privacykit.stores.records.audit_keys import public_keys
from privacykit.verify.claims import ClaimOutcome
from privacykit.verify.site.claims import CLAIMS
from privacykit.verify.site.verify import SiteTrial, verify_site
from tests.browsers import CHROMIUM
from tests.cli.findings.test_formats import SHAPE
from tests.verify.site.faulty_site import shop_served

CALIFORNIA = {"x-forwarded-for": address_of("US-CA", 9)}
GERMANY = {"x-forwarded-for": address_of("DE", 9)}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The shop, served once for all tests of this module."""
    with shop_served(tmp_path_factory.mktemp("shop")) as (one, url):
        yield one, url


def looked_at(shop, fault, headers=CALIFORNIA, *, browser=False):
    """Return what is wrong: ids and places."""
    one, url = shop
    one.fault = fault
    try:
        trial = SiteTrial(1 if browser else 3, browser, headers=headers)
        results = verify_site(one.config, url, trial)
    finally:
        one.fault = ""
    assert b"v4lue" not in msgspec.json.encode(results)
    assert all(result.outcome in {"holds", "fails"} for result in results)
    return [(found.id, found.place) for result in results for found in result.violations]


FAULTS = {
    "no purpose": [("PK320", "cookie tracker")],
    "long life": [("PK322", "cookie lang")],
    "none without secure": [("PK323", "cookie lang")],
    "third party": [("PK324", "host pictures.example")],
    "cached": [("PK325", "page /"), ("PK325", "page /offers")],
    "gpc lost": [("PK326", "cookie _ga")],
    "refusal lost": [("PK326", "cookie _ga")],
    "no gpc file": [("PK327", "/.well-known/gpc.json")],
    "no page": [("PK328", "/privacy/")],
    "no opt-out": [("PK328", "/privacy/opt-out")],
    "no refusal": [("PK329", "/privacy/")],
    "odd refusal": [("PK329", "/privacy/")],
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_and_nothing_else(shop, fault):
    """Seen from California, where advertising may happen until somebody objects."""
    assert looked_at(shop, fault) == FAULTS[fault]


@pytest.mark.parametrize("headers", [CALIFORNIA, GERMANY], ids=["California", "Germany"])
def test_a_site_that_does_as_it_says_has_no_finding(shop, headers):
    """Neither where advertising may happen, nor where it needs consent."""
    assert looked_at(shop, "", headers) == []


def test_a_cookie_set_in_front_of_us_is_found_where_it_needs_consent(shop):
    """Seen from Germany, by somebody who has said nothing."""
    assert looked_at(shop, "set in front", GERMANY) == [("PK321", "cookie _ga")]


def test_a_site_that_does_not_answer_is_not_tested(shop):
    """It is said why, and no claim holds."""
    one, _ = shop
    results = verify_site(one.config, "http://127.0.0.1:9/", SiteTrial(browser=False))
    assert {result.outcome for result in results} == {ClaimOutcome.NOT_TESTED}
    assert {result.why for result in results} == {"PK333 the site does not answer"}


def test_the_command_says_what_fails(shop):
    """One line a claim, below it what disproves it and what to do; 1 where one fails."""
    one, url = shop
    words = ["verify", "--site", url, "--no-browser", "--pages", "1", "--config", one.config]
    assert CliRunner().invoke(cli, words).exit_code == 0
    one.fault = "no purpose"
    try:
        result = CliRunner().invoke(cli, words)
    finally:
        one.fault = ""
    assert result.exit_code == 1
    assert "fails         site-cookies       Each cookie has a purpose." in result.output
    assert "  PK320 cookie tracker (5): a cookie that no purpose names" in result.output
    down = ["verify", "--site", "http://127.0.0.1:9/", "--no-browser", "--config", one.config]
    assert CliRunner().invoke(cli, down).exit_code == 3


def held(shop, fault, how, *words):
    """Return exit code and output of the command, in a format."""
    one, url = shop
    asked = ["verify", "--no-browser", "--pages", "1", "--config", one.config, "--format", how]
    one.fault = fault
    try:
        done = CliRunner().invoke(cli, [*asked, *(words or ("--site", url))])
    finally:
        one.fault = ""
    return done.exit_code, done.stdout


@pytest.mark.parametrize("fault", ["", "no purpose", "no gpc file"])
def test_tools_read_the_same_findings(shop, fault):
    """As SARIF and as JUnit: ids and places of the JSON, and its exit code."""
    code, text = held(shop, fault, "json")
    claims = json.loads(text)["claims"]
    found = [(one["id"], one["place"]) for it in claims for one in it["violations"]]
    assert code == bool(fault) == bool(found)
    again, text = held(shop, fault, "sarif")
    document = json.loads(text)
    SHAPE.validate(document)
    results = document["runs"][0]["results"]
    places = [it["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] for it in results]
    assert (again, list(zip([it["ruleId"] for it in results], places, strict=True))) == (
        code,
        found,
    )
    again, text = held(shop, fault, "junit")
    cases = fromstring(text).findall("./testsuite/testcase")
    failed = [case for case in cases if case.find("failure") is not None]
    assert again == code
    assert [case.get("name") for case in failed] == [f"{id_} {place}" for id_, place in found]
    assert {case.get("classname") for case in failed} <= {shop[1].rstrip("/")}
    assert "v4lue" not in text


def test_tools_hear_of_a_site_that_does_not_answer(shop):
    """Each claim under the id that says why; with 3, as in words."""
    words = ("--site", "http://127.0.0.1:9/")
    code, text = held(shop, "", "sarif", *words)
    results = json.loads(text)["runs"][0]["results"]
    assert (code, {it["ruleId"] for it in results}) == (3, {"PK333"})
    code, text = held(shop, "", "junit", *words)
    root = fromstring(text)
    assert (code, root.get("failures")) == (3, str(len(CLAIMS)))


@pytest.mark.parametrize("words", [("--watch",), ("--check", "report.json")])
def test_what_finds_nothing_writes_no_findings(shop, words):
    """A format that would be passed over in silence is refused."""
    asked = ["verify", *words, "--config", shop[0].config, "--format", "sarif"]
    with pytest.raises(InputError, match="text or json"):
        CliRunner().invoke(cli, asked, catch_exceptions=False)


def test_what_was_seen_is_kept_in_a_signed_report(shop, tmp_path):
    """Names and lives, no value; also where a claim fails, and not where nobody answered."""
    one, url = shop
    file = tmp_path / "seen.json"
    assert held(shop, "long life", "text", "--site", url, "--report", str(file))[0] == 1
    keys = load_keys(Path(one.config).parent / "privacykit.keys")
    report = read_seen(file.read_bytes(), public_keys(keys))
    assert (report.site, report.pages) == (url.rstrip("/"), 1)
    assert {it.name: it.life for it in report.cookies}["lang"] == 700 * 86_400
    assert {it.name: it.life for it in report.cookies}["session"] == 0
    assert b"v4lue" not in file.read_bytes()
    away = tmp_path / "away.json"
    held(shop, "", "text", "--site", "http://127.0.0.1:9/", "--report", str(away))
    assert not away.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--watch", "--report", "x"), "--report is of"),
        (("--site", "http://127.0.0.1/", "--report", "no/where/x"), "cannot be written"),
    ],
)
def test_a_report_that_cannot_be_is_said(shop, words, said):
    """In words."""
    one, url = shop
    asked = [url if word == "http://127.0.0.1/" else word for word in words]
    more = ["--no-browser", "--pages", "1", "--config", one.config]
    with pytest.raises(InputError, match=said):
        CliRunner().invoke(cli, ["verify", *asked, *more], catch_exceptions=False)


def test_visits_are_counted_nowhere(shop):
    """Who looks says that it is a robot."""
    one, url = shop
    verify_site(one.config, url, SiteTrial(pages=1, browser=False, headers=GERMANY))
    from tests.whole.conftest import events_in

    time.sleep(0.2)
    assert events_in(one.config.removesuffix("/privacykit.toml")) == []


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")
class TestInABrowser:
    """What only a browser sees."""

    def test_a_site_that_does_as_it_says_has_no_finding(self, shop):
        """With scripts run, and buttons measured."""
        assert looked_at(shop, "", browser=True) == []

    def test_what_only_a_browser_sees_is_found(self, shop):
        """A cookie that no answer set, and a button that a style made small."""
        found = [("PK320", "cookie by_script"), ("PK329", "privacykit")]
        assert looked_at(shop, "in the browser", browser=True) == found


def test_a_browser_that_is_not_there_is_said(shop, monkeypatch):
    """Asked for by name, and nothing stands under it."""
    one, url = shop
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(BackendError, match="PK334"):
        verify_site(one.config, url, SiteTrial(pages=1, browser=True, headers=GERMANY))
