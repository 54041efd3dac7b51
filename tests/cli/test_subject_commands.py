"""``privacykit subject`` as an operator sees it: dry run first, plain words, exit codes."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile

import pyrage
import pytest
from sqlalchemy import create_engine

from examples.shop.database import (
    SHOP_MAP,
    create_shop,
    differences,
    email_of,
    erased,
    fill,
    make_rows,
    read_rows,
)
from privacykit.cli.main import main
from privacykit.pseudonym.subject import subject_reference
from privacykit.stores.database.engine import open_engine
from privacykit.stores.keys import load_keys
from privacykit.stores.records.consents import SqlConsentStore

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
timezone = "Europe/Berlin"
establishments = ["DE"]
[purposes.analytics]
uses = ["analytics_no_storage"]
"""
PEOPLE = 8
ME = 5
EMAIL = email_of(ME)
KEY = str(pyrage.x25519.Identity.generate().to_public())


@pytest.fixture
def shop(tmp_path):
    """The shop's database beside the configuration."""
    engine = create_engine(f"sqlite:///{tmp_path}/shop.db")
    create_shop(engine)
    with engine.begin() as connection:
        fill(connection, make_rows(PEOPLE))
    yield engine
    engine.dispose()


@pytest.fixture
def run(tmp_path, monkeypatch, capsys, shop):  # noqa: ARG001 - the shop is there
    """Run a command; gives exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    (tmp_path / "datamap.toml").write_text(
        SHOP_MAP.replace("[datasets.shop]\n", '[datasets.shop]\neffect = "erased"\n')
    )

    def run(*arguments, stdin=""):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    assert run("keys", "init")[0] == 0
    return run


def _rows(engine):
    with engine.connect() as connection:
        return read_rows(connection)


def _command(out):
    return re.search(r"--plan (\w+) --digest (\w+)", out).groups()


def test_find_counts_and_shows_no_value(run):
    """Where, how many, whose else; nothing that names the person."""
    code, out, err = run("subject", "find", "--email", EMAIL)
    assert code == 0
    assert re.search(r"shop\.customers +(delete|change) +1 row", out)
    assert "somebody else's too" in out
    assert EMAIL not in out + err


def test_find_as_json_is_counts_and_codes(run):
    """For programs."""
    code, out, _ = run("subject", "find", "--email", EMAIL, "--json")
    steps = json.loads(out)["steps"]
    assert code == 0
    assert {"dataset", "collection", "action", "rows", "effect"} <= steps[0].keys()
    assert EMAIL not in out


def test_erase_plans_first_and_changes_nothing(run, shop):
    """Only the plan with its digest is carried out."""
    before = _rows(shop)
    code, out, _ = run("subject", "erase", "--email", EMAIL)
    assert code == 0
    assert "nothing was changed" in out
    assert before == _rows(shop)


def test_erase_carries_out_the_plan_it_showed(run, shop):
    """Row by row; what stays says why; the receipt can be shown; exit 3 for partly."""
    before = _rows(shop)
    plan, digest = _command(run("subject", "erase", "--email", EMAIL)[1])
    code, out, err = run(
        "subject",
        "erase",
        "--plan",
        plan,
        "--digest",
        digest,
        "--proof",
        "logged_in",
        "--place",
        "DE",
    )
    assert differences(erased(before, ME), _rows(shop)) == []
    assert code == 3, out + err
    assert "partially fulfilled" in out
    request = re.search(r"request receipt (\w+)", out)[1]
    receipt = json.loads(run("request", "receipt", request)[1])
    assert (receipt["status"], receipt["suppressed"]) == ("partially_fulfilled", True)
    assert run("audit", "verify")[0] == 0
    assert EMAIL not in out + err


def test_a_digest_that_was_not_shown_is_refused(run, shop):
    """A preview not bound to its rows is no control."""
    before = _rows(shop)
    plan, _ = _command(run("subject", "erase", "--email", EMAIL)[1])
    code, _, err = run(
        "subject", "erase", "--plan", plan, "--digest", "0" * 32, "--proof", "logged_in"
    )
    assert code == 2
    assert "digest" in err
    assert before == _rows(shop)


def test_a_plan_cannot_be_used_twice(run):
    """Its targets were erased with its end, unless something is left to do."""
    run("subject", "erase", "--email", email_of(3))
    plan, digest = _command(run("subject", "erase", "--email", EMAIL)[1])
    arguments = ("subject", "erase", "--plan", plan, "--digest", digest, "--proof", "logged_in")
    run(*arguments)
    code, _, err = run(*arguments)
    assert code == 2
    assert "the plan is over" in err


def test_erasure_needs_a_proof_of_identity(run):
    """Saying so proves nothing."""
    plan, digest = _command(run("subject", "erase", "--email", EMAIL)[1])
    code, _, err = run("subject", "erase", "--plan", plan, "--digest", digest)
    weak = run("subject", "erase", "--plan", plan, "--digest", digest, "--proof", "asserted")
    assert (code, weak[0]) == (2, 2)
    assert "--proof" in err
    assert "substantial" in weak[2]


def test_export_writes_the_package(run, tmp_path):
    """And answers a request that it files itself."""
    code, out, err = run(
        "subject",
        "export",
        "--email",
        EMAIL,
        "-o",
        "me.zip",
        "--proof",
        "logged_in",
        "--place",
        "DE",
    )
    assert code == 0, out + err
    with zipfile.ZipFile(tmp_path / "me.zip") as archive:
        assert {"index.html", "manifest.json", "data/shop/orders.csv"} <= set(archive.namelist())
    assert "sha256" in out
    assert EMAIL not in out + err


def test_export_can_be_sealed_with_a_passphrase(run, tmp_path):
    """Read from a pipe, never from the command line."""
    word = "correct horse battery"
    code, out, err = run(
        "subject", "export", "--email", EMAIL, "-o", "me.age", "--proof", "logged_in", "--passphrase-file", "-",
        stdin=word + "\n",
    )  # fmt: skip
    assert code == 0, out + err
    sealed = (tmp_path / "me.age").read_bytes()
    assert pyrage.passphrase.decrypt(sealed, word)[:2] == b"PK"


def test_export_never_overwrites(run, tmp_path):
    """Nor does it file a request first."""
    (tmp_path / "me.zip").write_text("mine")
    code, _, err = run(
        "subject", "export", "--email", EMAIL, "-o", "me.zip", "--proof", "logged_in"
    )
    assert (code, (tmp_path / "me.zip").read_text()) == (2, "mine")
    assert "already" in err


@pytest.mark.parametrize(
    "wrong",
    [
        ("-o", "me.zip", "--passphrase-file", "short"),
        ("-o", "me.zip", "--passphrase-file", "nowhere"),
        ("-o", "me.zip", "--age", "age1nonsense"),
        ("-o", "me.zip", "--age", KEY, "--passphrase-file", "long"),
        ("-o", "no/where.zip"),
        ("-o", "short/me.zip"),
        ("-o", "dangling"),
    ],
    ids=["short", "no file", "no key", "both", "no folder", "a file for a folder", "a link"],
)  # fmt: skip
def test_an_export_with_a_wrong_option_files_nothing(run, tmp_path, wrong):
    """A request that stands open has a deadline and is somebody's to answer."""
    (tmp_path / "short").write_text("short")
    (tmp_path / "long").write_text("correct horse battery")
    (tmp_path / "dangling").symlink_to("me.zip")

    code, _, err = run("subject", "export", "--email", EMAIL, "--proof", "logged_in", *wrong)

    assert (code, run("request", "list", "--all")[1]) == (2, "no requests\n"), err


def test_an_export_that_failed_half_way_can_be_taken_back(run, monkeypatch):
    """A disk that is full: the request is run again, or cancelled."""

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("privacykit.export.write.index_page", full)
        code, _, err = run(
            "subject", "export", "--email", EMAIL, "-o", "me.zip", "--proof", "logged_in"
        )

    assert (code, "cannot be written" in err) == (2, True)
    assert run("request", "cancel", "--last")[0] == 0


def test_rectify_corrects_the_persons_own_row(run, shop):
    """The value comes from standard input, so that no history keeps it."""
    line = "shop.customers.name=Anna New\n"
    out = run("subject", "rectify", "--email", EMAIL, "--set", "-", stdin=line)[1]
    plan, digest = _command(out)
    code, out, err = run(
        "subject", "rectify", "--plan", plan, "--digest", digest, "--proof", "logged_in"
    )
    names = {row["id"]: row["name"] for row in _rows(shop)["customers"]}
    assert code == 0, out + err
    assert names[ME] == "Anna New"
    assert sum(name == "Anna New" for name in names.values()) == 1
    assert "Anna New" not in out + err


@pytest.mark.parametrize("change", ["shop.customers.nme=x", "name=x", "shop.nothing.name=x", "x"])
def test_a_correction_names_a_field_of_the_map(run, change):
    """A misspelt one is refused before anything is found."""
    code, _, err = run("subject", "rectify", "--email", EMAIL, "--set", change)
    assert code == 2
    assert "=x" not in err


def test_restrict_marks_rows_and_says_what_has_no_mark(run, shop):
    """Exit 3: some collections have no place for a mark."""
    plan, digest = _command(run("subject", "restrict", "--email", EMAIL)[1])
    code, out, err = run(
        "subject", "restrict", "--plan", plan, "--digest", digest, "--proof", "knowledge"
    )
    marked = [row["id"] for row in _rows(shop)["customers"] if row["restricted"]]
    assert (code, marked) == (3, [ME]), out + err
    assert "the map names no mark" in out


def test_an_objection_needs_no_proof(run):
    """Stopping is as easy as it can be."""
    plan, digest = _command(run("subject", "object", "--email", EMAIL, "--purpose", "analytics")[1])
    code, out, err = run("subject", "object", "--plan", plan, "--digest", digest, "--json")
    assert code == 3, out + err
    assert json.loads(out)["status"] == "partially_fulfilled"


def test_nobody_named_is_misuse(run):
    """An empty question is not answered with everything."""
    assert run("subject", "find")[0] == 2
    assert run("subject", "find", "--identity", "ip_address=192.0.2.7")[0] == 2


@pytest.mark.parametrize("verb", ["find", "erase", "export", "restrict", "object", "new"])
@pytest.mark.parametrize(
    "named", ["customer=9", "customers.ld=9", "emails=a@x.example"], ids=["part", "typo", "mail"]
)
def test_a_type_that_the_map_does_not_have_is_refused(run, verb, named):
    """It would find nobody, and be answered as if there was nothing to do."""
    words = {
        "new": ("request", "new", "erasure"),
        "export": ("subject", "export", "-o", "me.zip", "--proof", "logged_in"),
        "find": ("subject", "find"),
    }.get(verb, ("subject", verb, "--yes", "--proof", "logged_in"))

    code, _, err = run(*words, "--identity", named)

    assert (code, run("request", "list", "--all")[1]) == (2, "no requests\n"), err
    assert "it is one of consent_record, controller_customer_id, email" in err
    assert ("did you mean 'email'?" in err, "a@x.example" in err) == ("emails" in named, False)


@pytest.mark.parametrize(
    "words", [("subject", "object", "--yes"), ("request", "new", "objection")], ids=["run", "file"]
)
def test_a_purpose_that_nobody_has_is_refused(run, words):
    """It would stop nothing, under a signed receipt."""
    code, _, err = run(*words, "--email", EMAIL, "--purpose", "analytic")

    assert (code, run("request", "list", "--all")[1]) == (2, "no requests\n"), err
    assert "did you mean 'analytics'" in err


def test_somebody_unknown_is_found_nowhere(run):
    """Which is an answer, not an error."""
    code, out, err = run("subject", "find", "--email", "unheard.of@else.example")
    assert code == 0
    assert "nobody is known by this" in err
    assert "capitals count in shop.customers.email" in err
    assert "nothing in 16 collections" in out


@pytest.mark.parametrize("named", [("--phone", "+49 30 9990000"), ("--customer", "99999")])
def test_capitals_are_no_hint_for_what_has_none(run, named):
    """Of addresses only."""
    code, _, err = run("subject", "erase", *named)
    assert ("nobody is known by this" in err, "capitals" in err) == (True, False), (code, err)


def test_a_copy_tells_of_addresses_that_are_not_the_persons(run, shop):
    """Whoever hands it out reads it in the receipt, and the person in the package."""
    with shop.begin() as connection:
        body = "update reviews set body = 'ask bert@else.example' where customer_id = ?"
        assert connection.exec_driver_sql(body, (ME,)).rowcount == 1
    code, out, err = run(
        "subject", "export", "-o", "a.zip", "--email", EMAIL, "--proof", "logged_in"
    )
    assert code == 0, err
    assert "an address that is not known as the person's" in out
    assert "bert@else" not in out


def test_a_store_that_does_not_answer_is_no_empty_store(run, tmp_path):
    """Nothing is planned while something cannot be looked at."""
    with (tmp_path / "datamap.toml").open("a") as file:
        file.write('[datasets.crm]\nurl = { env = "CRM_URL" }\n')
    code, out, err = run("subject", "erase", "--email", EMAIL)
    assert (code, out) == (2, "")
    assert "PK218" in err


def test_a_plan_with_problems_is_carried_out_knowingly_only(run, tmp_path):
    """A cap of rows is a question, not a wall."""
    text = (tmp_path / "datamap.toml").read_text()
    capped = text.replace("[datasets.shop]\n", "[datasets.shop]\nmax_rows = 3\n")
    (tmp_path / "datamap.toml").write_text(capped)
    code, out, _ = run("subject", "erase", "--email", EMAIL)
    plan, digest = _command(out)
    arguments = ("subject", "erase", "--plan", plan, "--digest", digest, "--proof", "logged_in")
    assert code == 1
    assert "more than max_rows = 3 rows (PK242)" in out
    refused = run(*arguments)
    assert refused[0] == 2
    known = re.search(r"--accept-problems ([0-9a-f]{32})", out)[1]
    assert known in refused[2]
    assert run(*arguments, "--accept-problems", "0" * 32)[0] == 2
    assert run(*arguments, "--accept-problems", known)[0] == 3


def test_an_erasure_stops_the_events_of_every_name_that_was_found(run, tmp_path):
    """The application may call the person by number, and the request by address."""
    keys = load_keys(tmp_path / "privacykit.keys")
    plan, digest = _command(run("subject", "erase", "--email", EMAIL)[1])
    run("subject", "erase", "--plan", plan, "--digest", digest, "--proof", "logged_in")

    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-records.db", kind="records")
    orders = SqlConsentStore(engine).suppressed()
    engine.dispose()
    reference = subject_reference(keys.current("subject").value, str(ME))
    assert orders.since(reference, "") is not None
