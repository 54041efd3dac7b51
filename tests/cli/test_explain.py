"""``privacykit explain`` as text: one decision in words, many as JSON lines."""

import json

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app

run = CliRunner().invoke

SPOKEN = """\
deny: targeted_ads may not happen for a visitor in US-CT on 2026-07-01.

deny          US-CT Connecticut
              The law forbids it for minors of this age. [minor_prohibited]
              minors.ban: Conn. Gen. Stat. 42-520, 42-529a as amended by PA 25-113 (2026-07-01)\
 (reported)
needs_consent FR France
              Nothing happens before the person agrees. [consent_needed]
              rules.targeted_ads: Loi 78-17 Art. 82 (reported)
"""


def test_one_decision_is_told_in_words():
    """The chain of clauses, the deciding one first."""
    minor = "--country US --subdivision CT --purpose targeted_ads --age 17 --date 2026-07-01"
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
    options = (
        f"--property user_informed={value} --property refusal_explained --property n=1".split()
    )
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
