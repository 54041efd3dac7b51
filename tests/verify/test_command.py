"""The command as an operator runs it: words, formats, exit codes, reports and the audit log."""

from __future__ import annotations

import json
from xml.etree.ElementTree import fromstring

import pytest
from typer.testing import CliRunner

from privacykit.cli.documents.made import DocumentOptions, made
from privacykit.cli.main import app
from privacykit.cli.verify.render import looked
from privacykit.errors import InputError
from privacykit.operate.context import OperatorContext
from privacykit.verify.claims import ClaimOutcome, result_of
from privacykit.verify.last import LastRun, outcomes, read_report
from tests.verify.installation import Installation

ADDRESS, EMAIL = "192.0.2.77", "otto@example.org"
FEW = ("--claim", "addresses", "--claim", "sinks")
ROLES = """
[verify.roles.books]
reads = ["shop.orders"]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A clean shop, with roles."""
    made = Installation(tmp_path_factory.mktemp("shop"), extra=ROLES)
    made.close()
    return made


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """A shop with an address and an e-mail address where none may be."""
    made = Installation(tmp_path_factory.mktemp("spoilt"))
    made.keep(made.row(page=f"/{ADDRESS}", props={"to": EMAIL}))
    made.close()
    return made


def _run(shop, *words):
    return CliRunner().invoke(app, ["verify", *words, "--config", str(shop.config)])


def _keys(shop):
    context = OperatorContext(str(shop.config), look=True)
    try:
        return context.public_keys, context.settings.verify.report
    finally:
        context.close()


def test_a_clean_shop_ends_with_nought_and_is_noted(shop):
    """The run is in the audit log by its digest, its report beside the configuration."""
    done = _run(shop)
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "14 claims: 14 holds")
    keys, name = _keys(shop)
    run = read_report((shop.folder / name).read_bytes(), keys)
    assert set(outcomes(run).values()) == {ClaimOutcome.HOLDS}
    context = OperatorContext(str(shop.config), look=True)
    entry = [it for it in context.audit.entries() if it.entry.action == "verify.ran"][-1]
    context.close()
    assert entry.detail == {"digest": run.digest, "holds": True, "claims": 14, "failed": []}


def test_what_is_found_is_told_without_a_value(spoilt):
    """Id, place, kind and count; in every format, and with 1."""
    for words in ([], ["--json"], ["--format", "sarif"], ["--format", "junit"]):
        done = _run(spoilt, "--all", "--claim", "addresses", "--claim", "identifiers", *words)
        assert done.exit_code == 1
        assert "PK300" in done.output
        assert "PK302" in done.output
        assert ADDRESS not in done.output
        assert EMAIL not in done.output


def test_the_formats_of_tools_are_whole(spoilt):
    """Each can be read by what reads such files."""
    found = json.loads(_run(spoilt, *FEW, "--json").stdout)
    assert {one["claim"]: one["outcome"] for one in found["claims"]} == {
        "addresses": "fails",
        "sinks": "holds",
    }
    (run,) = json.loads(_run(spoilt, *FEW, "--format", "sarif").stdout)["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["PK300"]
    suite = fromstring(_run(spoilt, *FEW, "--format", "junit").stdout)
    assert suite.get("failures") == "1"


def test_a_sample_says_so(shop):
    """None of n is at most 3/n of all, at 95 %, and never none."""
    for number in range(30):
        shop.keep(shop.row(page=f"/{number}"))
    done = _run(shop, *FEW, "--sample", "9")
    assert "0 of a sample of" in done.output
    assert "at most" in done.output
    assert "all of" not in done.output


def test_a_store_that_cannot_be_read_is_not_tested(shop):
    """A claim that was not looked at is no success."""
    told = shop.config.read_text()
    shop.config.write_text(told.replace('folder = "lines"', 'folder = "none"'))
    done = _run(shop, "--claim", "addresses")
    shop.config.write_text(told)
    assert done.exit_code == 1
    assert "not tested   addresses" in done.output
    assert "sink lines: PK316" in done.output


def test_a_report_is_signed_and_checked(shop, tmp_path):
    """With the key that signs receipts; a report that was edited is none."""
    file = tmp_path / "report.json"
    assert _run(shop, *FEW, "--report", str(file)).exit_code == 0
    assert "The report is genuine" in _run(shop, "--check", str(file)).output
    assert json.loads(_run(shop, "--check", str(file), "--json").stdout)["genuine"] is True
    (key, *_), _ = _keys(shop)
    spelled = key.public_bytes_raw().hex()
    done = CliRunner().invoke(app, ["verify", "--check", str(file), "--key", spelled])
    assert done.exit_code == 0
    file.write_bytes(file.read_bytes().replace(b'"holds"', b'"fails"'))
    done = _run(shop, "--check", str(file))
    assert (done.exit_code, "PK319" in done.output) == (1, True)
    file.write_text("{}")
    assert "PK319" in _run(shop, "--check", str(file)).output


def test_a_run_of_some_claims_is_not_the_last_of_all(shop):
    """What documents rest on is a whole run; of what was not asked for nothing is said."""
    _, name = _keys(shop)
    (shop.folder / name).unlink(missing_ok=True)
    assert _run(shop, *FEW).exit_code == 0
    assert not (shop.folder / name).exists()
    assert LastRun(0, (), "").outcome("addresses") is ClaimOutcome.NOT_TESTED


def test_a_report_of_a_failed_run_fails_its_check(spoilt, tmp_path):
    """So that a build can be held up by it."""
    file = tmp_path / "report.json"
    assert _run(spoilt, *FEW, "--report", str(file)).exit_code == 1
    assert _run(spoilt, "--check", str(file)).exit_code == 1
    run = read_report(file.read_bytes(), _keys(spoilt)[0])
    assert run.failed == ("addresses",)
    assert not run.holds


def test_documents_know_what_was_disproved(spoilt):
    """By the names that they have for claims; a report that was edited is none."""
    assert _run(spoilt, "--all").exit_code == 1
    given, _ = made(DocumentOptions(config=str(spoilt.config)))
    assert given.disproved.claims == {"addresses", "identifiers"}
    _, name = _keys(spoilt)
    report = spoilt.folder / name
    whole = report.read_bytes()
    report.write_bytes(whole.replace(b'"fails"', b'"holds"'))
    with pytest.raises(InputError, match="PK319"):
        made(DocumentOptions(config=str(spoilt.config)))
    report.write_bytes(whole)


def test_misuse_is_said(shop, tmp_path):
    """An unknown claim, a file that is not there."""
    with pytest.raises(InputError, match="no claim is called weather"):
        CliRunner().invoke(
            app,
            ["verify", "--claim", "weather", "-c", str(shop.config)],
            catch_exceptions=False,
        )
    with pytest.raises(InputError, match="cannot be read"):
        CliRunner().invoke(
            app,
            ["verify", "--check", str(tmp_path / "none"), "-c", str(shop.config)],
            catch_exceptions=False,
        )


def test_a_run_that_cannot_be_noted_says_so(shop):
    """The audit log is older than its checkpoint: nothing is written, and it is no success."""
    checkpoint = shop.folder / "privacykit.checkpoint"
    whole = checkpoint.read_bytes()
    checkpoint.write_bytes(whole[:-20])
    done = _run(shop, "--claim", "transport")
    checkpoint.write_bytes(whole)
    assert done.exit_code == 1
    assert "the run is not noted" in done.output


def test_a_statement_log_is_judged(shop, tmp_path):
    """With 1 where a role read what is not for it; no literal is told."""
    log = tmp_path / "statements.jsonl"
    said = [
        {"role": "books", "statement": "select note from orders"},
        {"role": "books", "statement": f"select name from customers where email = '{EMAIL}'"},
        {"role": "nobody", "statement": "select name from customers"},
    ]
    log.write_text("".join(json.dumps(one) + "\n" for one in said))
    done = _run(shop, "--query-log", str(log), "--log-format", "jsonl")
    assert done.exit_code == 1
    assert "books: shop.customers.name, once, first in line 2" in done.output
    assert "1 compliant, 1 violations, 1 of which it cannot be told" in done.output
    assert EMAIL not in done.output
    told = _run(shop, "--query-log", str(log), "--log-format", "jsonl", "--format", "sarif")
    assert {one["ruleId"] for one in json.loads(told.stdout)["runs"][0]["results"]} == {"PK317"}
    log.write_text(json.dumps(said[0]) + "\n")
    assert _run(shop, "--query-log", str(log), "--log-format", "jsonl").exit_code == 0


def test_the_parser_says_nothing(spoilt, tmp_path, caplog):
    """It would quote what it does not understand."""
    log = tmp_path / "statements.jsonl"
    log.write_text(json.dumps({"role": "books", "statement": f"call p('{EMAIL}')"}) + "\n")
    told = spoilt.config.read_text()
    spoilt.config.write_text(told + ROLES)
    done = _run(spoilt, "--query-log", str(log), "--log-format", "jsonl")
    spoilt.config.write_text(told)
    assert (done.exit_code, done.stderr) == (3, "")
    assert EMAIL not in done.output
    assert EMAIL not in caplog.text


@pytest.mark.parametrize(
    ("log_format", "text", "told"),
    [
        ("postgresql", "203.0.113.7 - - nothing\n" * 2, "another format than the log was said"),
        ("mariadb", "", "no statement is in it: nothing was judged"),
    ],
    ids=["another format", "empty"],
)
def test_what_is_not_judged_is_no_success(shop, tmp_path, log_format, text, told):
    """It is said, and does not end as what is compliant does."""
    log = tmp_path / "statements.log"
    log.write_text(text)
    config = shop.config.read_text()
    shop.config.write_text(config if "[verify.roles" in config else config + ROLES)
    done = _run(shop, "--query-log", str(log), "--log-format", log_format)
    shop.config.write_text(config)
    assert done.exit_code == 3
    assert told in " ".join(done.output.split())


@pytest.fixture
def logins(tmp_path):
    """A shop that also keeps, under a class, from where somebody logged in."""
    made = Installation(tmp_path)

    def of(category):
        told = (tmp_path / "datamap.toml").read_text()
        row = f'seen = "{category}"\n' if category else ""
        (tmp_path / "datamap.toml").write_text(
            told.replace('name = "user.name"\n', f'name = "user.name"\n{row}')
        )
        made.sql("alter table customers add column seen varchar(90)")
        made.sql(f"update customers set seen = '{ADDRESS}'")
        made.close()
        return made

    return of


@pytest.mark.parametrize(
    ("category", "code", "told", "said"),
    [
        ("user.device", 1, "PK300 shop: customers.seen: an address", False),
        (
            "user.device.ip_address",
            0,
            "as the data map says there is a whole address in shop: customers.seen, once",
            True,
        ),
    ],
    ids=["a class of another kind", "the class of addresses"],
)
def test_the_notice_says_no_more_than_was_found(logins, category, code, told, said):
    """Where a column holds what the map does not say, the sentence about addresses goes."""
    shop = logins(category)
    done = _run(shop)
    assert (done.exit_code, told in " ".join(done.output.split())) == (code, True)
    notice = CliRunner().invoke(app, ["notice", "--config", str(shop.config)])
    assert ("your network address is shortened" in notice.stdout) is said
    assert ("PK342" in notice.stderr) is not said


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (0, "nothing was there to look at (records)"),
        (7, "all of 7 looked at (records)"),
    ],
    ids=["nothing", "something"],
)
def test_where_there_is_nothing_that_is_said(rows, told):
    """It would sound as if something had been verified."""
    result = result_of(
        "visitors", "", scope="records", cannot_show="", looked_at=rows, all_of_it=True
    )
    assert looked(result) == told
