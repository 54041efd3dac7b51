"""``privacykit explain`` as text: one decision in words, many as JSON lines."""

import json
import subprocess
import sys
from datetime import date

import pytest
from typer.testing import CliRunner

from privacykit.cli.explain.render import site_in_words
from privacykit.cli.main import app
from privacykit.errors import InputError
from privacykit.runtime.explained import SiteQuestions, answers
from privacykit.settings.load import load
from privacykit.settings.policies import shipped_policies

run = CliRunner().invoke

SPOKEN = """\
deny: targeted_ads may not happen for a visitor in US-CT on 2026-07-01.

deny          US-CT Connecticut
              The law forbids it for minors of this age. [minor_prohibited]
              minors.ban: Conn. Gen. Stat. 42-520, 42-529a as amended by PA 25-113 (2026-07-01)\
 (reported)
needs_consent FR France
              Nothing happens before the person agrees. [consent_needed]
              rules.targeted_ads: Loi 78-17 Art. 82 (verified)
"""


def test_one_decision_is_told_in_words():
    """The chain of clauses, the deciding one first."""
    minor = "--country US --subdivision CT --use targeted_ads --age 17 --date 2026-07-01"
    result = run(app, ["explain", *minor.split(), "--establishment", "FR"])
    assert result.exit_code == 0
    assert result.stdout.startswith(SPOKEN)


def test_one_decision_as_json():
    """The same answer as a batch gives."""
    result = run(app, ["explain", "--country", "DE", "--use", "sale", "--gpc", "--json"])
    told = json.loads(result.stdout)
    assert (told["verdict"], told["reasons"][0]["code"]) == ("deny", "gpc")


OVERRIDE = """id = "DE"
name = "Germany"
kind = "country"
extends = "DE"
[rules.analytics_storage]
model = "notice"
citation = "order"
confidence = "verified"
override = "a court ordered it"
"""


PRACTICE = """id = "DE"
name = "Germany"
kind = "country"
extends = "DE"
[rules.sensitive_data]
model = "prohibited"
citation = "order"
confidence = "verified"
[rules.sensitive_data.practice]
says = "explicit consent is accepted"
citation = "a review"
confidence = "unsure"
"""


def test_where_practice_differs_from_the_letter_both_are_told(tmp_path):
    """The letter decides."""
    (tmp_path / "DE.toml").write_text(PRACTICE, encoding="utf-8")
    question = ["explain", "--country", "DE", "--use", "sensitive_data", "--consent"]
    words = run(app, [*question, "granted_explicit", "--policies", str(tmp_path)]).stdout
    assert words.startswith("deny: sensitive_data")
    assert "in practice: explicit consent is accepted (a review; unsure)" in words


def test_an_override_is_told_with_its_reason(tmp_path):
    """Whoever reads the decision reads why the clause is not ours."""
    (tmp_path / "DE.toml").write_text(OVERRIDE, encoding="utf-8")
    question = ["explain", "--country", "DE", "--use", "analytics_storage"]
    words = run(app, [*question, "--policies", str(tmp_path)])
    assert "overrides our clause: a court ordered it" in words.stdout
    told = json.loads(run(app, [*question, "--policies", str(tmp_path), "--json"]).stdout)
    assert (told["verdict"], told["overrides"]) == (
        "allow",
        [
            {
                "policy": "DE",
                "path": "rules.analytics_storage",
                "reason": "a court ordered it",
            }
        ],
    )


CONFIGURED = """
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_storage"]
[policies]
directories = ["law"]
strict = true
[signals]
gpc_scope = "mandated"
"""
UNSETTLED = ("--country", "AT", "--use", "analytics_no_storage", "--property", "conditions_met")


@pytest.fixture
def configured(tmp_path):
    """A folder whose configuration relaxes a clause, is strict and honours GPC where it must."""
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "DE.toml").write_text(OVERRIDE, encoding="utf-8")
    path = tmp_path / "privacykit.toml"
    path.write_text(CONFIGURED, encoding="utf-8")
    return path


def _told(*options):
    result = run(app, ["explain", "--json", *options])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def _codes(*options):
    return [reason["code"] for reason in _told(*options)["reasons"]]


def test_the_configuration_says_which_policies(configured, monkeypatch):
    """That of the present folder, or the one that is named; the options go over it."""
    question = ("--country", "DE", "--use", "analytics_storage")
    ours = _told(*question)["verdict"]
    named = _told(*question, "--config", str(configured))["verdict"]
    monkeypatch.chdir(configured.parent)
    assert (ours, named, _told(*question)["verdict"]) == ("needs_consent", "allow", "allow")
    configured.with_name("other").mkdir()
    assert _told(*question, "--policies", "other")["verdict"] == "needs_consent"


def test_the_configuration_says_how_strict(configured):
    """And ``--no-strict`` says otherwise."""
    config = ("--config", str(configured))
    assert "unsettled_strict" in _codes(*UNSETTLED, *config)
    assert "unsettled_strict" not in _codes(*UNSETTLED, *config, "--no-strict")


def test_the_configuration_says_how_far_gpc_goes(configured):
    """Where no law demands it, the minimum does not honour it."""
    question = ("--country", "US", "--subdivision", "VA", "--use", "sale", "--gpc")
    config = ("--config", str(configured))
    assert "gpc" not in _codes(*question, *config)
    assert "gpc" in _codes(*question, *config, "--gpc-scope", "everywhere")


def test_a_configuration_that_was_named_must_be_there(tmp_path):
    """Without a name the default one need not."""
    missing = str(tmp_path / "none.toml")
    assert run(app, ["explain", "--country", "DE", "--config", missing]).exit_code != 0


def test_a_large_set_is_cut_short_in_words():
    """An unknown place asks a hundred policies; a dozen are shown."""
    result = run(app, ["explain", "--use", "sale"])
    assert "a place nobody knows" in result.stdout
    assert "more policies, none stricter" in result.stdout


@pytest.mark.parametrize(
    ("value", "verdict"), [("true", "allow"), ("false", "needs_consent"), ("yes", "needs_consent")]
)
def test_properties_are_given_by_name_and_value(value, verdict):
    """True and numbers are what they look like, other words are words."""
    options = f"--property user_informed={value} --property refusal_explained --property identifier_hours=1".split()
    result = run(
        app, ["explain", "--country", "CH", "--use", "analytics_storage", "--json", *options]
    )
    assert json.loads(result.stdout)["verdict"] == verdict


def test_a_malformed_option_is_misuse():
    """Exit 2 and the key."""
    result = run(app, ["explain", "--country", "DE", "--use", "sale", "--date", "soon"])
    assert result.exit_code == 2
    assert "cannot read date" in result.stderr


def test_a_batch_is_answered_in_order(tmp_path):
    """One line for each case, blank lines passed over."""
    file = tmp_path / "cases.jsonl"
    file.write_text('{"id":1,"country":"DE","purpose":"sale"}\n\n{"id":2,"purpose":"sale"}\n')
    result = run(app, ["explain", "--batch", str(file)])
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [1, 2]
    assert result.exit_code == 0


def test_a_batch_comes_from_standard_input_too():
    """A dash is stdin."""
    result = run(app, ["explain", "--batch", "-"], input='{"country":"DE","purpose":"sale"}\n')
    assert json.loads(result.stdout)["verdict"] == "needs_consent"


def test_unreadable_cases_are_answered_counted_and_end_with_one():
    """Fail closed, line by line."""
    result = run(app, ["explain", "--batch", "-"], input="{\n")
    assert json.loads(result.stdout)["verdict"] == "deny"
    assert (result.exit_code, result.stderr) == (1, "1 cases could not be read\n")


def test_a_batch_that_is_not_there_is_misuse(tmp_path):
    """Exit 2 and the name of the file."""
    result = run(app, ["explain", "--batch", str(tmp_path / "none")])
    assert result.exit_code == 2


SITE = """
[[site]]
id = "shop"
hosts = ["shop.example"]
timezone = "Europe/Berlin"
establishments = ["DE"]
[purposes.analytics]
uses = ["analytics_no_storage"]
[purposes.ads]
uses = ["targeted_ads", "sale"]
otherwise = "analytics"
[purposes.research]
uses = ["sensitive_data"]
[events]
page = "analytics"
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder with a site of a German operator; the commands run in it."""
    (tmp_path / "privacykit.toml").write_text(SITE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("shop")
def test_a_purpose_is_that_of_the_file():
    """With its uses, what is measured of it, and the law of the operator's place."""
    told = _told("--country", "US", "--subdivision", "TX", "--purpose", "analytics")
    assert told["site"] == "shop"
    assert told["properties"]["identifier_hours"] == 24
    assert told["properties"]["user_objected"] is False
    assert (told["verdict"], told["reasons"][0]["jurisdiction"]) == ("allow", "DE")
    assert told["withheld"] == ""


@pytest.mark.usefixtures("shop")
def test_without_a_purpose_every_one_is_told():
    """One line each, what a grant would change, and what becomes of the events."""
    result = run(app, ["explain", "--country", "DE"])
    assert "allow: analytics (analytics_no_storage) may happen on shop" in result.stdout
    assert "Until then its events are kept under analytics." in result.stdout
    assert "A grant on the preferences page would allow it." in result.stdout
    assert "No grant on the preferences page changes it: Only explicit consent" in result.stdout


@pytest.mark.usefixtures("shop")
def test_one_purpose_is_told_with_all_its_clauses():
    """The deciding one first, what was asked with, and each policy counted once."""
    words = run(app, ["explain", "--purpose", "ads", "--no-strict"]).stdout
    assert words.startswith("needs_consent: ads (targeted_ads, sale) may happen only with consent")
    assert "in a place nobody knows on " in words
    assert "No grant on the preferences page changes it: Only explicit consent" in words
    assert "  says CN China (mainland), rules.sale: PIPL Art. 23" in words
    assert words.index("[explicit_consent_needed]") < words.index("[consent_needed]")
    assert "identifier_hours = 24, " in words
    more = int(words.partition("… and ")[2].partition(" ")[0])
    asked = int(words.partition("Policies asked: ")[2].partition(",")[0])
    assert more < asked


CASES = [
    ({"country": "DE", "purpose": "analytics"}, "--country DE --purpose analytics"),
    (
        {"country": "DE", "purpose": "ads", "signals": {"consent": "granted"}},
        "--country DE --purpose ads --consent granted",
    ),
    (
        {"country": "US", "subdivision": "US-CA", "purpose": "ads", "signals": {"gpc": True}},
        "--subdivision US-CA --country US --purpose ads --gpc",
    ),
    (
        {"country": "GB", "purpose": "analytics", "signals": {"opted_out": True}, "site": "shop"},
        "--country GB --purpose analytics --opted-out --site shop",
    ),
    (
        {
            "country": "FR",
            "purpose": "analytics",
            "date": "2026-03-01",
            "establishments": ["FR"],
            "audience": {"child_directed": True},
            "properties": {"user_informed": True},
            "gpc_scope": "mandated",
        },
        "--country FR --purpose analytics --date 2026-03-01 --establishment FR "
        "--child-directed --property user_informed --gpc-scope mandated".strip(),
    ),
    ({"purpose": "research"}, "--purpose research"),
]


def _answered(folder, *cases):
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    (folder / "cases.jsonl").write_text(lines, encoding="utf-8")
    result = run(app, ["explain", "--batch", "cases.jsonl"])
    return [json.loads(line) for line in result.stdout.splitlines()], result


@pytest.mark.parametrize(("case", "options"), CASES)
def test_a_case_about_a_purpose_gets_the_answer_of_the_middleware(shop, case, options):
    """Word for word what the options get, and its own id."""
    [told], _ = _answered(shop, {"id": 7} | case)
    assert told == {"id": 7} | _told(*options.split())


def test_cases_about_uses_are_asked_of_the_bare_law_beside_a_configuration(shop):
    """A use of the law is no purpose of this file; `use` says so even where one is called alike."""
    (shop / "privacykit.toml").write_text(SITE.replace("purposes.research", "purposes.sale"))
    bare, named, own = _answered(
        shop,
        {"country": "US", "subdivision": "CA", "purpose": "targeted_ads", "signals": {"age": 12}},
        {"country": "DE", "use": "sale"},
        {"country": "DE", "purpose": "sale"},
    )[0]
    assert "purpose" not in bare
    assert "purpose" not in named
    assert (own["purpose"], own["uses"]) == ("sale", ["sensitive_data"])


@pytest.mark.parametrize(
    ("case", "clause", "hint"),
    [
        ({"purpose": "analytcs"}, "purpose", "did you mean analytics?"),
        ({"purpose": "ads", "site": "shpo"}, "site", "did you mean shop?"),
        ({"purpose": "ads", "signals": {"age": 12}}, "age", "no request tells it"),
        ({"purpose": "ads", "residence": "DE"}, "residence", "no request tells it"),
        ({"purpose": "ads", "gpc_scope": 1}, "gpc_scope", "the case format"),
    ],
)
def test_a_case_that_is_no_question_to_a_site_is_refused(shop, case, clause, hint):
    """With what to do, and the rest is answered."""
    told, result = _answered(shop, case, {"purpose": "analytics"})
    [reason] = told[0]["reasons"]
    assert (told[0]["verdict"], reason["clause"]) == ("deny", clause)
    assert hint in reason["citation"]
    assert (len(told), result.exit_code) == (2, 1)


UNKNOWN = [
    ("--country Germany", "--country names no place: did you mean DE?"),
    ("--country germanny", "did you mean DE?"),
    ("--country QQ", "write a code of ISO 3166"),
    ("--country US --subdivision California", "did you mean US-CA?"),
    ("--country US --subdivision ZZ", "--subdivision names no place"),
    ("--subdivision CA", "write it as US-CA"),
    ("--country DE --subdivision US-CA", "contradict each other"),
    ("--establishment Germany", "--establishment names no place: did you mean DE?"),
    ("--purpose analyticz", "no such purpose: did you mean analytics?"),
    ("--purpose analytics_storage", "for the use of the law write --use analytics_storage"),
    ("--purpose zzz", "name one of analytics, ads, research"),
    ("--use analytics", "for the purpose of the file write --purpose analytics"),
    ("--use analytic_storage", "no such use: did you mean analytics_storage?"),
    ("--use zzz", "name one of strictly_necessary"),
    ("--use sale --residence Kalifornia", "--residence names no place: did you mean US-CA?"),
    ("--consent grantd", "--consent names no choice: did you mean granted?"),
    ("--consent maybe", "name one of none, granted"),
    ("--property firstparty=true", "did you mean first_party?"),
    ("--site shpo", "no such site: did you mean shop?"),
    ("--host shop2.example", "no site lists this host"),
    ("--address 1.2.3", "not an IP address"),
    ("--date soon", "cannot read --date"),
]
MISUSED = [
    ("--age 12", "--age: no request tells it; ask the bare law with --use"),
    ("--consent granted_explicit", "no request tells it"),
    ("--parental-consent", "no request tells it"),
    ("--use sale --purpose ads", "--purpose asks the configuration and --use the bare law"),
    ("--use sale --cookie x=1", "--cookie asks the configuration"),
    ("--cookie x=1 --opted-out", "--cookie is the whole choice"),
    ("--address 192.0.2.1 --country DE", "both say where"),
]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("options", "message"), UNKNOWN + MISUSED)
def test_what_nobody_knows_is_an_error(options, message):
    """Never an answer about something else, and where we can tell, what was meant."""
    result = run(app, ["explain", *options.split()])
    assert isinstance(result.exception, InputError), result.output
    assert message in str(result.exception)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("unknown", ["ZZ", "XX", "T1", "EU"])
def test_the_codes_of_not_knowing_are_places_here(unknown):
    """So one can ask what holds where nobody knows."""
    assert _told("--country", unknown)["place"] == "ZZ"


def test_without_a_configuration_there_are_no_purposes(tmp_path, monkeypatch):
    """The bare law can be asked all the same."""
    monkeypatch.chdir(tmp_path)
    result = run(app, ["explain", "--purpose", "sale"])
    assert "there is no privacykit.toml here" in str(result.exception)
    assert "as in --use sale" in str(result.exception)


def test_of_several_sites_one_must_be_named(tmp_path, monkeypatch):
    """By id or by host; who else answers is not guessed."""
    other = SITE.replace('"shop', '"toys', 1).replace("shop.example", "*.toys.example")
    head = other.partition("[purposes")[0]
    (tmp_path / "privacykit.toml").write_text(head + SITE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = run(app, ["explain", "--country", "DE"])
    assert "name one with --site: toys, shop" in str(result.exception)
    assert _told("--host", "doll.toys.example:8000")["site"] == "toys"


@pytest.mark.usefixtures("shop")
def test_options_go_over_the_site():
    """Other establishments, a stricter mode, a property: what if."""
    question = ("--country", "US", "--subdivision", "TX", "--purpose", "analytics")
    assert _told(*question, "--establishment", "FR")["reasons"][0]["jurisdiction"] == "FR"
    assert _told(*question, "--strict")["verdict"] == "needs_consent"
    assert _told(*question, "--property", "first_party=false")["properties"]["first_party"] is False
    assert _told(*question, "--child-directed")["verdict"] == "needs_consent"


def test_an_allowed_purpose_that_nobody_keeps_is_told(shop):
    """The law lets it happen, and yet there will be no event."""
    settings = load(shop / "privacykit.toml")
    unkept = settings.model_copy(
        update={"events": settings.events.model_copy(update={"url": None})}
    )
    questions = SiteQuestions(unkept, "privacykit.toml", shipped_policies())
    day = questions.day(questions.site(), date(2026, 11, 28))
    lines = site_in_words(answers(day, "DE", 0), shipped_policies(), "shop", "DE", day.day)
    assert "No event of it is kept all the same: no sink takes them [no_sink]." in list(lines)


def _never(shop, text):
    (shop / "privacykit.toml").write_text(text, encoding="utf-8")
    settings = load(shop / "privacykit.toml")
    questions = SiteQuestions(settings, "privacykit.toml", shipped_policies())
    return {problem.key: problem for problem in questions.never_granted()}


def test_a_purpose_that_nobody_can_ever_allow_is_found(shop):
    """Where no place is ever known, and where all are; the law of the operator's place is named."""
    geo = SITE + '[geo]\ncountry_header = "x-country"\n'
    nowhere, everywhere = _never(shop, SITE), _never(shop, geo)
    assert set(nowhere) == {"purposes.ads", "purposes.research"}
    assert "as every place is unknown without a geo database" in str(nowhere["purposes.ads"])
    assert set(everywhere) == {"purposes.research"}
    told = str(everywhere["purposes.research"])
    assert told.startswith("PK071 privacykit.toml: purposes.research: it can never be allowed")
    assert "Only explicit consent is enough." in told
    assert "set explicit = true" in told
    assert "DE EU: rules.sensitive_data" in told
    explicit = geo.replace('["sensitive_data"]', '["sensitive_data"]\nexplicit = true')
    assert _never(shop, explicit) == {}


@pytest.mark.usefixtures("shop")
def test_check_says_that_a_purpose_can_never_be_allowed():
    """Before a visitor reads that it cannot be allowed here."""
    result = run(app, ["check"])
    assert "PK071" in result.stdout
    assert "purposes.ads: it can never be allowed" in result.stdout


def test_check_says_what_the_configuration_belies(shop):
    """A claim that the rest of the file contradicts, and nothing of those that stand."""
    claims = "properties = { identifier_hours = 0, user_informed = true }\n"
    text = SITE.replace("[purposes.ads]\n", f"[purposes.ads]\n{claims}")
    assert text != SITE
    (shop / "privacykit.toml").write_text(text, encoding="utf-8")
    found = [line for line in run(app, ["check"]).stdout.splitlines() if "PK074" in line]
    assert len(found) == 1
    assert "purposes.ads.properties.identifier_hours: declared, but the rest of" in found[0]
    assert "says 24 (what is known counts: mend one of them)" in found[0]


def test_a_question_to_a_site_needs_no_database():
    """Nor what draws pages: half of what the command took went into importing both."""
    told = "import sys, privacykit.cli.explain.one, privacykit.runtime.explained as _;"
    told += "print({'sqlalchemy', 'jinja2', 'starlette'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
