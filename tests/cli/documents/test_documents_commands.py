"""``notice``, ``ropa``, ``dpia`` and ``request metrics`` as text."""

from __future__ import annotations

import json
import zipfile

import pytest
from typer.testing import CliRunner

from privacykit.cli.documents import made
from privacykit.cli.main import app
from privacykit.documents.evidence import Disproved
from tests.documents.samples import CONSENTED, MAP, SOLD

RUNNER = CliRunner()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command beside the configuration of a shop; gives exit code, output, errors."""
    (tmp_path / "privacykit.toml").write_text(CONSENTED)
    (tmp_path / "datamap.toml").write_text(MAP)
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        done = RUNNER.invoke(app, [*arguments])
        return done.exit_code, done.stdout, done.stderr or str(done.exception or "")

    return run


def change(tmp_path, before, after):
    """Change the configuration."""
    path = tmp_path / "privacykit.toml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_the_notice_is_a_page(run):
    """HTML by default; nothing is missing."""
    code, out, err = run("notice", "--on", "2026-12-01")
    assert (code, err) == (0, "")
    assert out.startswith("<!doctype html>")
    assert "Matomo Cloud" in out


@pytest.mark.parametrize("form", ["html", "markdown", "json", "dpv"])
def test_each_form_is_the_same_twice(run, form):
    """The same files, the same bytes."""
    asked = ("notice", "--format", form, "--on", "2026-12-01", "--lang", "de")
    assert run(*asked) == run(*asked)


def test_the_cookie_declaration_stands_alone(run):
    """Without what else the notice says."""
    _, out, _ = run("notice", "--cookies", "--format", "markdown")
    assert out.startswith("# Cookies and storage")
    assert "Orders" not in out


def test_each_language_is_a_file(run, tmp_path):
    """Beside each other; on a terminal they would be one."""
    assert run("notice", "--lang", "en,de", "--out", "notice.html")[0] == 0
    assert sorted(path.name for path in tmp_path.glob("notice*")) == [
        "notice.de.html",
        "notice.en.html",
    ]
    code, _, err = run("notice", "--lang", "en,de")
    assert (code, "--out" in err) == (1, True)


@pytest.mark.parametrize("lang", ["xx", "../en", "e n"])
def test_an_unknown_language_is_refused(run, lang):
    """Whatever its name is a path to."""
    assert "--lang" in run("notice", "--lang", lang)[2]
    assert "--lang" in run("ropa", "--lang", lang)[2]


def test_an_unknown_law_is_refused(run):
    """And a known one is written by; several with commas or again."""
    assert "--law" in run("notice", "--law", "else")[2]
    _, out, _ = run("notice", "--law", "gdpr,lgpd", "--law", "app", "--json")
    assert json.loads(out)["laws"] == ["gdpr", "lgpd", "app"]


def test_a_wrong_day_is_refused(run):
    """Without its text."""
    assert "write a day" in run("notice", "--on", "soon")[2]


def test_what_is_missing_is_said_with_its_line(run, tmp_path):
    """On standard error, with what to do; the page comes out all the same."""
    change(tmp_path, 'must_give = "No. Without an address we cannot deliver."\n', "")
    code, out, err = run("notice")
    assert (code, out.startswith("<!doctype html>")) == (1, True)
    assert err.startswith("PK335 privacykit.toml:")
    assert "notice.must_give" in err


def test_without_a_notice_table_everything_is_missing(run, tmp_path):
    """Nothing is guessed, and it is no crash."""
    (tmp_path / "privacykit.toml").write_text("[controller]\n")
    (tmp_path / "datamap.toml").unlink()
    code, _, err = run("notice")
    assert (code, err.count("PK335")) == (1, 7)


def test_explain_names_file_and_line(run):
    """Of every statement; as JSON too."""
    code, out, _ = run("notice", "--explain")
    assert code == 0
    assert "derived   Statistics: 13 months\n          privacykit.toml:" in out
    assert "stated    Data protection officer: dpo@shop.example" in out
    told = json.loads(run("notice", "--explain", "--json")[1])
    assert {one["kind"] for one in told} == {"derived", "stated"}


def test_what_changed_since_is_told(run, tmp_path):
    """Exit code 1 where anything did, by words or JSON."""
    assert run("notice", "--format", "json", "--out", "old.json")[0] == 0
    assert run("notice", "--diff", "old.json")[:2] == (0, "nothing changed\n")
    change(tmp_path, '"13 months"', '"12 months"')
    code, out, _ = run("notice", "--diff", "old.json")
    assert (code, out) == (1, "changed  Statistics: 13 months\n      to Statistics: 1 year\n")
    (told,) = json.loads(run("notice", "--diff", "old.json", "--json")[1])
    assert told["new"] == "Statistics: 1 year"


@pytest.mark.parametrize("form", ["html", "markdown", "json"])
def test_a_published_notice_is_checked(run, tmp_path, form):
    """True until the configuration changes, in any form and language."""
    assert run("notice", "--format", form, "--lang", "de", "--out", "published")[0] == 0
    code, out, _ = run("notice", "--check", "published")
    assert (code, "published is true" in out) == (0, True)
    change(tmp_path, 'requests = "Write to privacy@shop.example."\n', "")
    change(tmp_path, '"13 months"', '"12 months"')
    code, out, err = run("notice", "--check", "published")
    assert (code, out.count("PK343")) == (1, 2)
    assert "no longer true" in err
    told = json.loads(run("notice", "--check", "published", "--json")[1])
    assert (told["true"], len(told["changes"])) == (False, 2)


def test_a_check_fails_where_something_is_missing(run, tmp_path):
    """Though what is published has not changed."""
    change(tmp_path, 'effective = "2026-12-01"\n', "")
    run("notice", "--out", "published")
    code, _, err = run("notice", "--check", "published")
    assert (code, "PK335" in err) == (1, True)
    told = json.loads(run("notice", "--check", "published", "--json")[1])
    assert (told["true"], told["problems"][0]["id"]) == (False, "PK335")


def test_what_a_verification_disproved_is_left_out(run, monkeypatch):
    """And the command ends with 1: duties 1, acceptance 6."""
    last = Disproved(frozenset({"addresses"}), "2026-11-30", "ab")
    monkeypatch.setattr(made, "disproved", lambda *_: last)
    code, out, err = run("notice")
    assert (code, "PK342" in err, "network address" in out) == (1, True, False)


@pytest.mark.parametrize("content", [None, "nothing of ours"])
@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_a_file_that_is_no_notice_is_refused(run, tmp_path, content, option):
    """Or none at all."""
    if content is not None:
        (tmp_path / "other").write_text(content)
    assert "PK345" in run("notice", option, "other")[2]


def test_a_broken_data_map_is_said(run, tmp_path):
    """With its line; nothing is written of a half of it."""
    (tmp_path / "datamap.toml").write_text("[x")
    assert "PK210 datamap.toml" in run("notice")[2]
    (tmp_path / "datamap.toml").write_bytes(b"\xff")
    assert "PK210 datamap.toml" in run("ropa")[2]


@pytest.mark.parametrize(
    ("form", "start"),
    [("markdown", "# Record"), ("html", "<!doctype"), ("csv", "(a)"), ("json", "{")],
)
def test_the_record_has_each_form(run, form, start):
    """Of the columns of Art. 30."""
    code, out, _ = run("ropa", "--profile", "art30", "--format", form)
    assert (code, out.startswith(start)) == (0, True)


def test_a_workbook_is_a_file(run, tmp_path):
    """A terminal cannot show it."""
    assert "--out" in run("ropa", "--format", "xlsx")[2]
    assert run("ropa", "--format", "xlsx", "--out", "record.xlsx")[0] == 0
    assert zipfile.is_zipfile(tmp_path / "record.xlsx")


def test_without_the_library_a_workbook_is_refused(run, monkeypatch):
    """By the extra that brings it."""
    monkeypatch.setitem(__import__("sys").modules, "xlsxwriter", None)
    assert "privacykit[documents]" in run("ropa", "--format", "xlsx", "--out", "x")[2]


def test_a_processor_has_to_name_its_controllers(run, tmp_path):
    """GDPR Art. 30(2)(a)."""
    code, _, err = run("ropa", "--role", "processor")
    assert (code, "notice.on_behalf_of" in err) == (1, True)
    change(tmp_path, "[notice]\n", '[notice]\non_behalf_of = ["A AG"]\n')
    code, out, _ = run("ropa", "--role", "processor", "--json")
    assert (code, json.loads(out)["on_behalf_of"]) == (0, ["A AG"])


@pytest.mark.parametrize(
    ("form", "start"), [("markdown", "# Impact"), ("html", "<!doctype"), ("json", "{")]
)
def test_the_assessment_has_each_form(run, form, start):
    """Advice in each of them."""
    code, out, _ = run("dpia", "--format", form)
    assert (code, out.startswith(start), "no verdict" in out) == (0, True, True)


def test_a_file_that_cannot_be_written_is_said(run):
    """By its name alone."""
    assert "cannot be written" in run("dpia", "--out", "no/where.md")[2]


def test_no_document_tells_a_credential(run, tmp_path):
    """Not the internal ones either, though they name systems."""
    (tmp_path / "privacykit.toml").write_text(CONSENTED)
    for command in (("notice",), ("notice", "--explain"), ("ropa",), ("ropa", "--json"), ("dpia",)):
        told = "".join(map(str, run(*command)))
        assert not any(word in told for word in ("s3cret", "t0ken", "shop:pw"))


def test_the_metrics_of_a_year(run, tmp_path):
    """Out of the ledger: filed, counted, and nothing of a person."""
    (tmp_path / "privacykit.toml").write_text(SOLD)
    assert run("keys", "init")[0] == 0
    email = ("--email", "anna@shop.example")
    (tmp_path / "datamap.toml").write_text(MAP)
    assert run("request", "new", "erasure", *email, "--place", "US-CA")[0] == 0
    assert run("request", "new", "access", *email, "--place", "DE")[0] == 0
    year = str(made.day_of("").year)
    code, out, _ = run("request", "metrics", "--year", year)
    assert (code, "delete: 1 received" in out, "know: 0 received" in out) == (0, True, True)
    _, out, _ = run("request", "metrics", "--year", year, "--everybody", "--json")
    told = {one["kind"]: one["received"] for one in json.loads(out)["metrics"]}
    assert (told["delete"], told["know"], "anna" in out) == (1, 1, False)
