"""``notice``, ``ropa``, ``dpia`` and ``request metrics`` as text."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime

import msgspec
import pytest
import time_machine
from ruamel.yaml import YAML
from typer.testing import CliRunner

from privacykit.cli.documents import made
from privacykit.cli.main import app
from privacykit.collect.ports import OutboxRow
from privacykit.documents.assessment import triggers
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.keys import load_keys
from privacykit.testing.samples import NOW, row
from privacykit.verify.asked import CLAIMS
from privacykit.verify.claims import Violation, result_of
from privacykit.verify.last import LastRun, signed_report
from privacykit.verify.site.claims import CLAIMS as SITE_CLAIMS
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


EDITS = {
    "html": ("13 months", "99 years"),
    "markdown": ("13 Monate", "99 Jahre"),
    "json": ("13 months", "99 years"),
}


@pytest.mark.parametrize("form", EDITS)
def test_a_page_that_somebody_changed_is_no_longer_true(run, tmp_path, form):
    """Its stamp is as it was; a sentence of ours is not there. What stands around it is theirs."""
    lang = "de" if form == "markdown" else "en"
    assert run("notice", "--format", form, "--lang", lang, "--out", "published")[0] == 0
    page = tmp_path / "published"
    before, after = EDITS[form]
    text = page.read_text()
    page.write_text(text.replace("<main>", '<main class="ours"><p>Welcome</p>'))
    assert run("notice", "--check", "published")[0] == 0
    assert before in text
    page.write_text(text.replace(before, after))
    code, out, err = run("notice", "--check", "published")
    assert code == 1
    assert before in out.partition("PK343 edited")[2]
    assert "no longer true" in err


def test_an_edited_cookie_declaration_is_seen(run, tmp_path):
    """Its sentences are fewer, and all of them are looked for."""
    assert run("notice", "--cookies", "--out", "published")[0] == 0
    assert run("notice", "--check", "published")[0] == 0
    page = tmp_path / "published"
    page.write_text(page.read_text().replace("13 months", "13 days"))
    assert run("notice", "--check", "published")[0] == 1


def test_a_check_fails_where_something_is_missing(run, tmp_path):
    """Though what is published has not changed."""
    change(tmp_path, 'effective = "2026-12-01"\n', "")
    run("notice", "--out", "published")
    code, _, err = run("notice", "--check", "published")
    assert (code, "PK335" in err) == (1, True)
    told = json.loads(run("notice", "--check", "published", "--json")[1])
    assert (told["true"], told["problems"][0]["id"]) == (False, "PK335")


def signed(tmp_path, *results):
    """Keep a report of a run, signed with the keys of the installation."""
    ring = load_keys(tmp_path / "privacykit.keys")
    report = signed_report(LastRun(1_764_460_800, results, "ab"), ring.signer())
    (tmp_path / "privacykit.verified.json").write_bytes(report)


def failing(claim):
    """Return the result of a claim that was disproved."""
    found = (Violation("PK300", "events", 1, "a whole address", "shorten it"),)
    return result_of(
        claim,
        "It is so.",
        scope="all",
        cannot_show="",
        looked_at=1,
        all_of_it=True,
        violations=found,
    )


def test_what_a_verification_disproved_is_left_out(run, tmp_path):
    """And the command ends with 1, until a run says otherwise: duties 1, acceptance 6."""
    assert run("keys", "init")[0] == 0
    signed(tmp_path, failing("addresses"))
    code, out, err = run("notice")
    assert (code, "PK342" in err, "network address" in out) == (1, True, False)
    assert "2025-11-30T00:00:00Z, report " in run("ropa")[1]
    signed(tmp_path)
    assert run("notice")[0] == 0


def test_a_report_that_nobody_signed_is_refused(run, tmp_path):
    """It could say that all is well."""
    assert run("keys", "init")[0] == 0
    (tmp_path / "privacykit.verified.json").write_text("{}")
    assert "PK319" in run("notice")[2]
    (tmp_path / "privacykit.verified.json").unlink()
    (tmp_path / "privacykit.verified.json").mkdir()
    assert "PK319" in run("notice")[2]


def test_every_claim_of_a_statement_is_one_that_is_tested(run):
    """A name that `privacykit verify` does not know could never be disproved."""
    told = json.loads(run("notice", "--explain", "--json")[1])
    claims = {claim for one in told for claim in one["claims"]}
    assert "addresses" in claims
    assert claims - {*CLAIMS, *(name for name, *_ in SITE_CLAIMS)} == set()


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


def test_the_record_is_a_manifest_of_fides(run, tmp_path):
    """YAML that is read back; what is not stated for it is said, and ends with 1."""
    code, out, err = run("ropa", "--format", "fides")
    systems = YAML(typ="safe").load(out)["system"]
    assert [one["fides_key"] for one in systems][:2] == ["privacykit", "shop"]
    assert (code, err.count("PK397"), "note: own-requests: fideslang" in err) == (1, 2, True)
    for name, use in (("orders", "essential.service"), ("newsletter", "sales")):
        table = f"[notice.purposes.{name}]\n"
        change(tmp_path, table, f'{table}data_use = "{use}"\n')
    code, again, err = run("ropa", "--format", "fides", "--out", "fides.yml")
    assert (code, again, "PK" in err) == (0, "", False)
    assert (tmp_path / "fides.yml").read_text() == run("ropa", "--format", "fides")[1]
    change(tmp_path, '"essential.service"', '"nonsense"')
    assert "a data use of fideslang" in run("ropa", "--format", "fides")[2]


def test_without_the_library_a_manifest_is_refused(run, monkeypatch):
    """By the extra that brings it."""
    monkeypatch.setitem(__import__("sys").modules, "ruamel.yaml", None)
    assert "privacykit[fides]" in run("ropa", "--format", "fides")[2]


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


def test_a_check_warns_of_what_a_notice_lacks(run, tmp_path):
    """With its line; a warning stops nothing."""
    change(tmp_path, 'effective = "2026-12-01"\n', 'changes = "gone.toml"\n')
    assert run("keys", "init")[0] == 0
    _, out, _ = run("check", "--json")
    warned = {one["id"]: one for one in json.loads(out)["warnings"]}
    assert (warned["PK335"]["key"], warned["PK335"]["line"] > 0) == ("notice.effective", True)
    assert warned["PK344"]["file"] == "gone.toml"
    (tmp_path / "datamap.toml").write_text("[x")
    assert "PK335" not in run("check", "--json")[1]


def kept(number, visitor, seconds=0):
    """Return an event as the outbox has it, of a visitor and so long after the first."""
    one = row(number)
    body = json.loads(one.body) | {"time": f"{datetime.fromtimestamp(NOW + seconds, UTC):%FT%TZ}"}
    envelope = msgspec.structs.replace(one.envelope, visitor=visitor)
    return OutboxRow(envelope, json.dumps(body).encode())


def test_visitor_days_are_counted_in_the_store(run, tmp_path, monkeypatch):
    """Of a day once for each visitor; events of nobody are no visitor's."""
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    store = EventStore(engine)
    store.ensure_periods(NOW, 6)
    day = 86_400
    told = [("a", 0), ("a", 0), ("a", day), ("b", 0), (None, 0)]
    store.add([kept(i, visitor, at) for i, (visitor, at) in enumerate(told)], NOW)
    engine.dispose()
    with time_machine.travel(NOW + 2 * day, tick=False):
        monkeypatch.setattr(triggers, "LARGE_VISITOR_DAYS", 3)
        assert "large scale: 3 visitor-days" in run("dpia", "--count")[1]
        monkeypatch.setattr(triggers, "LARGE_VISITOR_DAYS", 4)
        assert "large scale" not in run("dpia", "--count")[1]
        assert "large scale" not in run("dpia")[1]


def test_without_a_store_nothing_is_counted(run, tmp_path):
    """Events may go to sinks alone; a file that is not url-shaped is none of ours."""
    change(tmp_path, "[events]\n", '[events]\nurl = { env = "NO_EVENTS" }\n')
    assert "PK034" in run("dpia", "--count")[2]
