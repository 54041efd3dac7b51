"""``privacykit policy`` as text."""

import json
import shutil
from datetime import date

import pytest
from typer.testing import CliRunner

from privacykit.cli.main import app
from privacykit.cli.policy.render import page
from privacykit.policy.parse import parse_policy
from privacykit.settings.policies import shipped_directory

SOURCE = 'citation = "counsel"\nconfidence = "verified"\n'
OVER = f"""id = "DE"
name = "Germany"
kind = "country"
read = 2026-11-21
extends = "DE"

[rules.analytics_storage]
model = "notice"
override = "a court ordered it"
{SOURCE}"""


def run(*arguments):
    """Run the command and give exit code and output."""
    result = CliRunner().invoke(app, ["policy", *map(str, arguments)])
    return result.exit_code, result.stdout


@pytest.fixture
def copy(tmp_path):
    """A copy of our files that may be broken."""
    return shutil.copytree(shipped_directory(), tmp_path / "copy")


@pytest.fixture
def own(tmp_path):
    """A user's directory that changes one clause."""
    directory = tmp_path / "own"
    directory.mkdir()
    (directory / "DE.toml").write_text(OVER, encoding="utf-8")
    return directory


def edit(directory, policy_id, old, new):
    """Change one file."""
    file = directory / f"{policy_id}.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_list_has_every_policy(monkeypatch):
    """A line each, a heading, a count."""
    monkeypatch.setenv("COLUMNS", "160")
    code, out = run("list")
    assert code == 0
    lines = out.splitlines()
    assert " ".join(lines[0].split()) == "ID NAME FOLLOWS IN FORCE AGE GPC COOKIES ADS SALE"
    assert lines[-1] == "103 policies"
    assert len(lines) == 105


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--kind", "overlay"], ["US-COPPA"]),
        (["--place", "RE"], ["FR"]),
        (["--place", "UK"], ["GB"]),
        (["--find", "quebec"], ["CA-QC"]),
        (["--gpc", "permissive"], ["US-MD"]),
        (["--gpc", "conditional", "--date", "2024-12-31"], []),
        (["--follows", "operator", "--kind", "establishment_regime"], ["AE-ADGM", "AE-DIFC"]),
    ],
)
def test_the_list_is_filtered(options, ids):
    """By kind, place, text, duty and whom the law follows."""
    code, out = run("list", *options, "--json")
    assert (code, [row["id"] for row in json.loads(out)]) == (0, ids)


def test_a_policy_is_shown_as_it_stands_on_a_day():
    """Dated clauses change, inherited ones say so, coming changes are named."""
    code, out = run("show", "US-CA", "--date", "2026-11-21")
    assert code == 0
    assert out.startswith("US-CA California, on 2026-11-21\nCalifornia Consumer Privacy Act")
    assert "rules.profiling_significant: notice" in out
    assert "from US, COPPA 15 U.S.C. 6501(1)" in out
    assert "Coming 2027-01-01: Automated decisions" in out
    assert "rules.profiling_significant: opt_out" in run("show", "US-CA", "--date", "2027-01-01")[1]


def test_a_policy_is_shown_whole():
    """Deadlines and the rest on demand."""
    assert "deadlines.response: n 45" not in run("show", "US-CA")[1]
    assert "deadlines.response: n 45" in run("show", "US-CA", "--all")[1]


def test_a_policy_not_yet_in_force_says_whose_clauses_hold():
    """Texas before its act."""
    out = run("show", "US-TX", "--date", "2024-06-30")[1]
    assert "Its law is not in force on that day: what follows is US's." in out


def test_a_policy_is_shown_as_json():
    """Clauses by path."""
    code, out = run("show", "FR", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["clauses"]["consent_age"]["says"] == "15 years"
    assert told["amendments"] == []


def test_an_override_is_shown_with_its_reason(own):
    """Whoever reads the clause reads why it is not ours."""
    out = run("show", "DE", "--policies", own)[1]
    assert "overrides ours: a court ordered it" in out


def test_a_policy_without_a_law_is_shown_too():
    """Before it is merged with what it extends."""
    policy = parse_policy('id = "XA"\nname = "X"\nkind = "country"\n', "x").policy
    lines = list(page(policy, date(2026, 11, 21), whole=False))
    assert lines == ["XA X, on 2026-11-21", "Follows nobody; covers no place of its own."]


def test_an_unknown_policy_is_misuse():
    """Exit 2."""
    assert run("show", "XX")[0] == 2


def test_a_malformed_date_is_misuse():
    """Exit 2."""
    assert run("show", "FR", "--date", "soon")[0] == 2


def test_our_files_pass_lint_and_their_cases():
    """As they ship."""
    code, out = run("lint")
    assert (code, out.startswith("0 problems in ")) == (0, True)
    code, out = run("test")
    assert (code, out.endswith("cases of 103 policies tried, 0 failed\n")) == (0, True)


def test_lint_says_what_is_wrong_and_where(copy):
    """Id, file, key, message, hint; exit 1."""
    edit(copy, "DK", "on = 2024-01-01", "on = 2024-01-02")
    code, out = run("lint", copy)
    assert code == 1
    assert out.splitlines()[0] == (
        "PK061 DK.toml:30: consent_age: changes on 2024-01-01, which no amendment names"
        " (add it to [[amendments]])"
    )
    assert json.loads(run("lint", copy, "--json")[1])[0]["id"] == "PK061"


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        (("DE", 'citation = "TDDDG', 'cite = "TDDDG'), "PK054"),
        (("DE", 'extends = "EU"', 'extends = "EX"'), "PK062"),
        (("DE", 'places = ["DE"]', 'places = ["DE", "FR"]'), "PK059"),
        (("DE", 'id = "DE"', 'id = "DX"'), "PK064"),
        (("DE", "[rules.targeted_ads]", "[rules.ads]"), "PK056"),
    ],
)
def test_lint_finds_what_does_not_parse_or_fit(copy, edits, problem):
    """Parsing, linting and putting together all report."""
    edit(copy, *edits)
    code, out = run("lint", copy)
    assert (code, problem in out) == (1, True)


def test_lint_reads_users_files_over_ours(own):
    """A clause relaxed without a reason is found before it is loaded."""
    assert run("lint", own)[0] == 0
    edit(own, "DE", 'override = "a court ordered it"\n', "")
    code, out = run("lint", own)
    assert (code, "PK063" in out) == (1, True)


def test_a_directory_that_is_not_there_is_found(tmp_path):
    """Nothing to lint is a problem."""
    code, out = run("lint", tmp_path / "none")
    assert (code, "PK064" in out) == (1, True)


def test_cases_that_fail_are_told(copy):
    """What was expected and what came; exit 1."""
    edit(copy, "NZ", 'model = "notice"', 'model = "opt_in"')
    code, out = run("test", copy)
    assert code == 1
    assert "NZ: nothing said yet: measuring with cookies\n    expected allow because" in out
    failed = json.loads(run("test", copy, "--json")[1])["failed"]
    assert "NZ" in {trial["policy"] for trial in failed}


def test_a_difference_names_clause_reach_and_day(copy):
    """What changed for whom, from when; exit 1."""
    edit(copy, "GB", "years = 13", "years = 16")
    code, out = run("diff", copy)
    assert code == 1
    assert out == (
        "GB consent_age (looser)\n"
        "    reaches also GI\n"
        "    - 16 years [UK GDPR Art. 8(1); reported]\n"
        "    + 13 years [UK GDPR Art. 8(1); reported]\n"
        "1 changes, 1 of them looser\n"
    )
    assert json.loads(run("diff", copy, "--json")[1])[0]["reaches"] == ["GB", "GI"]


def test_a_users_directory_is_compared_as_it_lies_over_ours(own):
    """What a user's files change of ours."""
    code, out = run("diff", shipped_directory(), own)
    assert (code, "DE rules.analytics_storage (looser)" in out) == (1, True)


def test_no_difference_is_no_finding():
    """Exit 0."""
    assert run("diff", shipped_directory()) == (0, "0 changes, 0 of them looser\n")


def test_the_schema_is_printed():
    """For editors."""
    assert json.loads(run("schema")[1])["title"] == "PolicyShape"
