"""Sealed fields from the producer's line to the receipt of an erasure, and the commands of keys."""

import json
import sqlite3
from contextlib import closing

import pytest
import time_machine

from privacykit.errors import InputError
from privacykit.sealed import SealRule, Shredded, open_sealing
from tests.cli.conftest import ANNA, NOW

RULES = [
    SealRule("data.email", person="data.email", purpose="orders", identity="email"),
    SealRule("data.to", person="data.to", purpose="orders", identity="email", period="month"),
]
EVENT = {"id": "1", "type": "order", "data": {"email": ANNA, "to": "ben@shop.example", "sum": 3}}


@pytest.fixture
def sealing(run, tmp_path):
    """Rules of a shop; nothing is kept in memory."""
    run("keys", "init")
    with time_machine.travel(NOW, tick=False):
        opened = open_sealing(str(tmp_path / "privacykit.toml"), RULES, keep_seconds=0)
        yield opened
    opened.close()


def _stored(tmp_path):
    with closing(sqlite3.connect(tmp_path / "privacykit-records.db")) as records:
        return [row[0] for row in records.execute("select wrapped from sealing_keys")]


def test_an_erasure_ends_what_was_sealed_for_the_person(run, tmp_path, sealing, filed):
    """The event stays where it is, and nobody reads of the person in it any more."""
    sent = sealing.seal(EVENT)
    assert sealing.open(sent) == EVENT
    wrapped = _stored(tmp_path)
    request = filed("erasure")
    code, out, err = run("request", "run", request, "--yes")
    assert (code, "fulfilled" in out) == (0, True), out + err
    read = sealing.open(sent)["data"]
    assert isinstance(read["email"], Shredded)
    assert (read["to"], read["sum"]) == ("ben@shop.example", 3)
    left = _stored(tmp_path)
    (gone,) = [it for it in wrapped if it not in left]
    files = [f.read_bytes() for f in tmp_path.glob("privacykit-records.db*")]
    assert not any(gone.encode() in data for data in files)
    step = json.loads(run("request", "receipt", request)[1])["steps"][-1]
    assert (step["collection"], step["effect"]) == ("sealing_keys", "unreadable")
    assert any("consumers opened" in line for line in step["evidence"]["remains"])


def test_no_key_is_made_for_the_erased(run, sealing, filed):
    """Suppression is asked before a key is."""
    run("request", "run", filed("erasure"), "--yes")
    sent = sealing.seal(EVENT)["data"]
    assert sent["email"] == {"enc": {"v": 1, "alg": "none"}}
    assert "kid" in sent["to"]["enc"]


@pytest.mark.usefixtures("sealing")
def test_no_key_is_made_for_the_numbers_of_the_erased(run, tmp_path, filed):
    """Who gave an address is stopped by the number that was found of them, too; others are not."""
    datamap = tmp_path / "datamap.toml"
    number = 'id = { category = "user.unique_id", identity = "controller_customer_id" }'
    datamap.write_text(datamap.read_text().replace('id = { exclude = "a number" }', number, 1))
    run("request", "run", filed("erasure"), "--yes")
    rule = SealRule("data.sum", person="data.who", purpose="orders")
    opened = open_sealing(str(tmp_path / "privacykit.toml"), [rule], keep_seconds=0)
    sent = [
        opened.seal({"id": "1", "data": {"who": who, "sum": 3}})["data"]["sum"]["enc"]["alg"]
        for who in (1, 2, "-")
    ]
    opened.close()
    assert sent == ["none", "A256GCM", "none"]


def test_a_hold_keeps_the_keys(run, sealing, filed):
    """Of our own dataset, like any other."""
    sent = sealing.seal(EVENT)
    held = run("hold", "add", "privacykit", "*", "--basis", "x", "--review", "2027-01-01")
    assert held[0] == 0
    request = filed("erasure")
    assert run("request", "run", request, "--yes")[0] == 3
    assert sealing.open(sent) == EVENT
    assert run("seal", "destroy", "--email", ANNA, "--yes")[0] == 2
    step = json.loads(run("request", "receipt", request)[1])["steps"][-1]
    told = (step["collection"], step["action"], step["rows_retained"], step["justification"])
    assert told == ("sealing_keys", "keep", 1, "held")


def test_the_keys_are_destroyed_when_the_hold_is_released(run, sealing, filed):
    """The request is taken up again, with the names that were found."""
    sent = sealing.seal(EVENT)
    options = ("privacykit", "*", "--basis", "x", "--review", "2027-01-01", "--json")
    hold = json.loads(run("hold", "add", *options)[1])["hold_id"]
    request = filed("erasure")
    assert run("request", "run", request, "--yes")[0] == 3
    assert run("hold", "release", hold)[0] == 0
    run("request", "run", request, "--yes")
    assert isinstance(sealing.open(sent)["data"]["email"], Shredded)
    step = json.loads(run("request", "receipt", request)[1])["steps"][-1]
    assert (step["collection"], step["rows_changed"]) == ("sealing_keys", 1)


def test_status_counts_and_rotation_ends_the_older_key(run, sealing):
    """By purpose and period; 1 while an older wrapping key is needed."""
    sealing.seal(EVENT)
    code, out, _ = run("seal", "status")
    assert (code, out) == (0, "orders: 1 key\norders 2026-11: 1 key\n")
    run("keys", "rotate", "sealing")
    code, out, _ = run("seal", "status")
    assert (code, out.count("older key")) == (1, 2)
    assert "2 keys wrapped anew" in run("seal", "rotate")[1]
    assert json.loads(run("seal", "rotate", "--json")[1])["keys"] == 0
    told = json.loads(run("seal", "status", "--json")[1])
    assert (told["older"], [it["keys"] for it in told["keys"]]) == (0, [1, 1])


def test_a_shop_that_never_sealed_has_nothing_to_show(run):
    """And no table is made for it."""
    run("keys", "init")
    assert run("seal", "status")[:2] == (0, "nothing was ever sealed\n")


def test_keys_are_destroyed_by_person_and_by_period(run, sealing):
    """What was sealed is said to be unreadable, and what that does not cover."""
    sent = sealing.seal(EVENT)
    code, out, _ = run("seal", "destroy", "--identity", f"email={ANNA}", "--yes")
    assert (code, out.splitlines()[0]) == (0, "1 key destroyed")
    assert "backups of the key store" in out
    told = json.loads(run("seal", "destroy", "--period", "2026-11", "--yes", "--json")[1])
    assert (told["keys"], told["remains"], len(told["not_covered"])) == (1, [], 4)
    assert [type(sealing.open(sent)["data"][name]) for name in ("email", "to")] == [Shredded] * 2
    assert run("seal", "destroy", "--email", ANNA, "--yes")[1] == "0 keys destroyed\n"
    assert "sealing.destroyed" in run("audit", "show")[1]


def test_a_purpose_that_no_key_has_is_said(run, sealing):
    """What is misspelt destroys nothing, and is told from what was destroyed before."""
    sealing.seal(EVENT)
    _, out, err = run("seal", "destroy", "--period", "2026-11", "--purpose", "order", "--yes")
    assert (out.splitlines()[0], "there are: orders" in err) == ("0 keys destroyed", True)


@pytest.mark.parametrize(
    "options",
    [
        ["--yes"],
        ["--email", ANNA],
        ["--email", ANNA, "--period", "2026-11", "--yes"],
        ["--identity", "anna", "--yes"],
        ["--period", "2026-13", "--yes"],
        ["--period", "2026-1", "--yes"],
        ["--identity", "email=", "--yes"],
    ],
)
def test_what_is_meant_must_be_said(run, sealing, options):
    """Whose, or which period; and a yes."""
    sealing.seal(EVENT)
    assert run("seal", "destroy", *options)[0] == 2
    assert run("seal", "status")[0] == 0


@pytest.mark.usefixtures("sealing")
def test_without_a_key_for_sealing_the_file_says_what_to_do(run, tmp_path):
    """An older key file has none."""
    file = tmp_path / "privacykit.keys"
    head, *entries = file.read_text().split("[[key]]")
    file.write_text("[[key]]".join([head, *(e for e in entries if '"sealing"' not in e)]))
    code, _, err = run("seal", "rotate")
    assert (code, "PK123" in err, "keys rotate sealing" in err) == (2, True, True)


@pytest.mark.usefixtures("sealing")
def test_keys_stay_in_memory_for_minutes_at_most(run, tmp_path):
    """Whoever asks for more is refused; whoever hears of an erasure forgets at once."""
    file = str(tmp_path / "privacykit.toml")
    with pytest.raises(InputError, match="PK387"):
        open_sealing(file, RULES, keep_seconds=301)
    kept = open_sealing(file, RULES)
    sent = kept.seal(EVENT)
    assert kept.open(sent) == EVENT
    run("seal", "destroy", "--email", ANNA, "--yes")
    assert kept.open(sent) == EVENT
    kept.forget()
    assert isinstance(kept.open(sent)["data"]["email"], Shredded)
    kept.close()


def test_records_of_kafka(sealing):
    """The key is a reference, one under each subject key there was."""
    record = sealing.kafka_record(sealing.seal(EVENT), "email", ANNA)
    assert ANNA.encode() not in record.key + record.value
    assert sealing.tombstones("email", ANNA.upper()) == [(record.key, None)]
