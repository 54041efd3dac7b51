"""``privacykit consent``: shown, exported, verified, counted."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing

import msgspec
import pytest

from privacykit.collect.consent.receipts import check_receipt
from privacykit.pseudonym.subject import subject_reference
from privacykit.pseudonym.visitor import consented_id
from privacykit.testing.samples import row
from tests.cli.conftest import ANNA
from tests.cli.consent.conftest import AT, TEXT, choice

pytestmark = pytest.mark.usefixtures("chosen")


def ids(out):
    """Return the records that were shown as JSON."""
    return [it["record"] for it in json.loads(out)]


@pytest.mark.parametrize("given", [("--record", "r11"), ("--identity", "consent_record=r11")])
def test_a_record_is_shown(run, given):
    """What was allowed, how, where, and when that was taken back."""
    code, out, _ = run("consent", "show", *given)
    said = " ".join(out.split())
    assert code == 0
    for words in (
        "record r11",
        "allowed analytics, ads",
        "refused nothing",
        "given 2026-11-20 12:00 UTC, banner, allow_all",
        "withdrawn 2026-11-20 13:00 UTC, page",
        f"text shown 2026-10, en, sha256 {TEXT.hash}",
        "place DE",
        "policies DE@0123456789ab",
    ):
        assert words in said


def test_a_record_is_named_on_standard_input(run):
    """So that it is in no history of a shell."""
    code, out, _ = run("consent", "show", "--record", "-", "--json", stdin="r03\n")
    assert (code, ids(out)) == (0, ["r03"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--record", "nothing"), 1),
        (("--record", "-"), 2),
        (("--record", ""), 2),
        ((), 2),
        (("--record", "r01", "--receipt", "paper"), 2),
        (("--record", "none", "--receipt", "kantara"), 2),
    ],
)
def test_what_cannot_be_shown_is_said(run, words, code):
    """In one line, with nothing shown."""
    ended, out, err = run("consent", "show", *words)
    assert (ended, out) == (code, "")
    assert err


def test_a_person_is_found_by_their_events(run, chosen):
    """An event of somebody known names the consent it rests on; nobody else's is shown."""
    with closing(sqlite3.connect("shop.db")) as shop:
        number = shop.execute("select id from customers where email=?", [ANNA]).fetchone()[0]
    key = chosen.keys.current("subject").value
    now = time.time()
    rows = [
        made(1, subject_reference(key, ANNA), "r03", consented_id(key, "r03")),
        made(2, subject_reference(key, "ben@shop.example"), "r04", consented_id(key, "r04")),
    ]
    with chosen.events() as store:
        store.ensure_periods(now, 2)
        store.add(rows[:1], now)
    with chosen.outbox() as outbox:
        outbox.add([*rows[1:], made(3, subject_reference(key, ANNA), "r05")], now)
    code, out, err = run("consent", "show", "--email", ANNA, "--json")
    assert (code, ids(out), number) == (0, ["r03", "r05"], 1), err
    many = run("consent", "show", "--email", ANNA, "--receipt", "kantara")
    assert many[0] == 2


def made(number, subject, record, visitor=None):
    """Return an event of *subject* that rests on *record*."""
    event = row(number, expires_at=int(time.time()) + 86_400)
    named = msgspec.structs.replace(event.envelope, subject=subject, record=record, visitor=visitor)
    return msgspec.structs.replace(event, envelope=named)


def test_a_receipt_is_made_on_request(run, chosen):
    """Signed as the one that the visitor can get."""
    code, out, _ = run("consent", "show", "--record", "r01", "--receipt", "iso-27560")
    receipt = check_receipt(out.encode(), chosen.public_keys)
    told = receipt["dpv:hasRecordOfActivity"]["dpv:hasProcess"]
    assert code == 0
    assert [it["dpv:hasPurpose"]["dct:title"] for it in told] == ["analytics", "Advertising"]


def test_all_records_are_exported_with_their_texts(run, tmp_path):
    """Oldest first; a text once, however many records name it."""
    code, out, _ = run("consent", "export")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, len(lines)) == (0, 14)
    assert lines[-1]["text"]["shown"]["words"] == {"title": "Choose"}
    wanted = ("-o", "out.jsonl", "--since", "2026-11-20T12:00:05", "--until", "2026-11-21")
    code, out, _ = run("consent", "export", *wanted, "--json")
    assert (code, json.loads(out)) == (0, {"file": "out.jsonl", "records": 7, "texts": 1})
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 8
    assert "7 records, 1 texts" in run("consent", "export", *wanted)[1]


@pytest.mark.parametrize("words", [("--since", "soon"), ("-o", "no/such/folder.jsonl")])
def test_an_export_that_cannot_be_is_said(run, words):
    """As misuse."""
    code, _, err = run("consent", "export", *words)
    assert (code, len(err.splitlines())) == (2, 1)


def test_whole_records_are_said_to_be(run):
    """With the audit log's word for them, once the worker gave it."""
    assert run("retention", "run")[0] == 0
    code, out, _ = run("consent", "verify")
    assert code == 0
    assert "The consent records are whole.\n  13 records, 14 entries" in out
    assert "the audit log vouches for the first 14" in out
    assert json.loads(run("consent", "verify", "--json")[1])["whole"] is True


def test_a_record_that_was_changed_is_found(run, tmp_path):
    """And the place is named, not the person."""
    with closing(sqlite3.connect(tmp_path / "privacykit-records.db")) as records, records:
        records.execute("update consents set purposes='[\"ads\"]' where record='r02'")
        records.execute("delete from consents where record='r04'")
        records.execute("update consents set withdrawn_at=1 where record='r05'")
        records.execute("update consent_texts set body='{}'")
    code, out, _ = run("consent", "verify")
    assert code == 1
    assert "NOT as we left them" in out
    assert "the record of entry 3 was changed or taken out" in out
    assert "the record of entry 5 was changed or taken out" in out
    assert "1 texts are not what their hash says, or gone" in out
    report = run("consent", "verify", "--json")
    assert (report[0], json.loads(report[1])["whole"]) == (1, False)


def test_an_older_copy_is_said_to_be_older(run, chosen, tmp_path):
    """The chain of before fits itself; the audit log has seen more."""
    kept = tmp_path / "privacykit-records.db"
    with closing(sqlite3.connect(kept)) as records:
        tables = ("consents", "consent_entries", "consent_head")
        old = {name: records.execute(f"select * from {name}").fetchall() for name in tables}
    chosen.consents.add(choice("late", "ads"), TEXT)
    run("retention", "run")
    with closing(sqlite3.connect(kept)) as records, records:
        for name, rows in old.items():
            records.execute(f"delete from {name}")
            marks = ", ".join("?" * len(rows[0]))
            records.executemany(f"insert into {name} values ({marks})", rows)
    code, out, _ = run("consent", "verify")
    assert code == 1
    assert "OLDER than the audit log, which has seen 15 entries" in out


def test_a_receipt_is_verified_without_an_installation(run, tmp_path, monkeypatch):
    """The public key is enough; in each way it may be written."""
    receipt = tmp_path / "receipt.json"
    made = run("consent", "show", "--record", "r01", "--receipt", "kantara")[1]
    receipt.write_text(made)
    keys = json.loads(run("keys", "public", "--json")[1])["keys"][0]
    assert keys["hex"] in run("keys", "public")[1]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for key in (keys["hex"], keys["multikey"], f"did:key:{keys['multikey']}"):
        code, out, _ = run("consent", "verify", str(receipt), "--public-key", key)
        assert (code, "genuine: KI-CR-v1.1.0" in out) == (0, True)
    code, out, _ = run("consent", "verify", str(receipt), "--public-key", "ab" * 32, "--json")
    assert (code, json.loads(out)["genuine"]) == (1, False)
    receipt.write_text(made.replace("Advertising", "Everything"))
    code, _, err = run("consent", "verify", str(receipt), "--public-key", keys["hex"])
    assert (code, err) == (1, "no trusted key signed this receipt as it stands\n")


@pytest.mark.parametrize(
    "words",
    [("nothing.json",), ("nothing.json", "--public-key", "x"), ("--public-key", "ab" * 32)],
)
def test_what_cannot_be_verified_is_said(run, words):
    """As misuse, with no value back."""
    code, _, err = run("consent", "verify", *words)
    assert (code, len(err.splitlines())) == (2, 1)


def test_a_receipt_without_a_configuration_needs_a_public_key(run, tmp_path, monkeypatch):
    """Who is shown one has neither our key file nor a use for a configuration of their own."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "receipt.json").write_text("{}")
    code, _, err = run("consent", "verify", str(tmp_path / "receipt.json"))
    assert (code, "PK010" in err, "--public-key" in err) == (2, True, True)


def test_rates_are_told_without_small_groups(run):
    """The lone refusal in Iceland cannot be read off, nor be had by subtraction."""
    code, out, _ = run("consent", "stats")
    assert code == 0
    assert "IS" not in out
    assert "DE" not in out
    assert "(small groups together)" in out
    found = json.loads(run("consent", "stats", "--json")[1])
    assert found["whole"]["percent"] == {
        "everything": 92,
        "some": 0,
        "refused": 8,
        "withdrawn": 8,
    }
    assert found["threshold"] == 10
    told = json.loads(run("consent", "stats", "--threshold", "2", "--json")[1])["by"]["place"]
    assert list(told) == ["(small groups together)"]


def test_rates_of_few_are_not_told(run):
    """Whatever the period."""
    until = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(AT + 3))
    code, out, _ = run("consent", "stats", "--until", until)
    assert (code, out) == (0, "Fewer than 10 choices: no rates are told of so few.\n")
