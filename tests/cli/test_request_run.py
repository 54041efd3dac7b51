"""A request from receipt to receipt, on a shop of three tables, as an operator sees it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import create_engine, text

from privacykit.pseudonym.subject import subject_reference
from privacykit.stores.database.engine import open_engine
from privacykit.stores.events.events import EventStore
from privacykit.stores.keys import load_keys
from privacykit.stores.outbox.store import OutboxStore
from privacykit.testing.samples import row

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANNA = "anna@shop.example"


def _receipt(run, request):
    code, out, _ = run("request", "receipt", request)
    assert code == 0
    return json.loads(out)


def _records(tmp_path, statement):
    engine = create_engine(f"sqlite:///{tmp_path}/privacykit-records.db")
    with engine.connect() as connection:
        found = connection.execute(text(statement)).all()
    engine.dispose()
    return found


def test_plan_is_shown_first_and_nothing_is_done(run, filed, rows):
    """A dry run says what would happen, and how to do it."""
    request = filed("erasure")

    code, out, _ = run("request", "run", request)

    assert code == 0
    assert "shop.orders     delete" in out
    assert "nothing was changed" in out
    assert len(rows("orders")) == 3


def test_shown_plan_is_carried_out_by_its_digest(run, filed, rows, shown):
    """Exactly the plan that was shown; the person is gone, the others are untouched."""
    request = filed("erasure")
    plan = shown(request)

    code, out, _ = run("request", "run", request, *plan)

    assert (code, "fulfilled" in out) == (0, True)
    assert rows("customers") == [(2, "ben@shop.example", "Ben", 0)]
    assert rows("orders") == [(2, 2, "for Ben")]


def test_plan_that_was_not_shown_is_refused(run, filed, rows, shown):
    """A digest of nothing starts nothing."""
    request = filed("erasure")
    _, plan, _, digest = shown(request)

    assert run("request", "run", request, "--plan", "0000", "--digest", digest)[0] == 2
    assert run("request", "run", request, "--plan", plan, "--digest", "0000")[0] == 2
    assert run("request", "run", request, "--plan", plan)[0] == 2
    assert len(rows("orders")) == 3


def test_receipt_is_signed_lists_recipients_and_names_nobody(run, tmp_path, filed):
    """Counts and codes, a checkpoint, who was told and who has not answered."""
    request = filed("erasure")
    run("request", "run", request, "--yes")

    receipt = _receipt(run, request)

    assert receipt["suppressed"] is True
    assert {p["recipient"]: p["status"] for p in receipt["propagations"]} == {
        "mailer": "acknowledged",
        "printer": "pending",
    }
    assert ANNA not in json.dumps(receipt)
    (tmp_path / "receipt.json").write_text(json.dumps(receipt, indent=1))
    assert run("audit", "verify", "--receipt", "receipt.json")[0] == 0
    (tmp_path / "receipt.json").write_text(json.dumps(receipt | {"status": "unfulfilled"}))
    assert run("audit", "verify", "--receipt", "receipt.json")[0] == 2


def test_nothing_of_the_person_is_left_in_the_records_when_all_have_answered(run, tmp_path, filed):
    """Identities, targets and messages go; suppression keeps a keyed hash."""
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("request", "send", "--request", request, "--answered", "printer", "--reference", "tel")

    for name in ("privacykit-records.db", "privacykit-records.db-wal"):
        place = tmp_path / name
        content = place.read_bytes() if place.exists() else b""
        assert ANNA.encode() not in content, name
    assert _records(tmp_path, "select count(*) from suppressions") == [(1,)]
    assert run("audit", "verify")[0] == 0


def test_no_detail_of_an_erased_person_stays_however_late_recipients_answer(run, tmp_path, filed):
    """An answer after the erasure is logged like any, and its detail goes as the others went."""
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("request", "send", "--request", request, "--answered", "printer", "--reference", "tel")

    details = _records(
        tmp_path,
        "select count(*), count(d.seq) from audit_entries e left join audit_details d"
        f" on d.seq = e.seq where e.request_id = '{request}' and e.detail_digest != ''",
    )
    entries, kept = details[0]
    assert (entries > 4, kept, run("audit", "verify")[0]) == (True, 0, 0)


def test_erased_person_is_stopped_before_anything_is_erased(run, tmp_path, filed):
    """Flow 1 asks for the subject reference; it is there."""
    request = filed("erasure")
    run("request", "run", request, "--yes")

    assert _records(tmp_path, "select kind from stops") == [("subject",)]


def test_silent_recipient_is_tried_again_and_the_receipt_renewed(run, mailer, filed):
    """Until the recipient answers, it stands in the receipt as pending."""
    mailer.answer = 503
    request = filed("erasure")
    run("request", "run", request, "--yes")
    assert _receipt(run, request)["propagations"][0]["status"] == "pending"
    mailer.answer = 200

    code, out, _ = run("request", "send", at=NOW + timedelta(minutes=2))

    assert (code, "printer" in out, "mailer" in out) == (3, True, False)
    assert _receipt(run, request)["propagations"][0]["status"] == "acknowledged"
    (first, said), (second, _) = mailer.heard
    assert first == second
    assert said["data"]["subject_identities"][0]["identity_value"] == ANNA


def test_all_recipients_answered(run, filed):
    """By webhook and by hand."""
    request = filed("erasure")
    run("request", "run", request, "--yes")
    answered = ("request", "send", "--request", request, "--answered", "printer", "--json")

    assert run(*answered)[:2] == (0, "[]\n")
    assert run(*answered)[0] == 2
    assert run("request", "send")[1] == "every recipient has answered\n"


def counted(steps):
    """Return how many rows of the application each step changed."""
    rows = [it for it in steps if it["dataset"] == "shop" and it["rows_changed"]]
    return {(it["collection"], it["action"]): it["rows_changed"] for it in rows}


def test_held_rows_stay_and_the_request_is_taken_up_again(run, filed, rows):
    """A hold keeps rows; its release re-queues the request."""
    request = filed("erasure")
    added = run(
        "hold", "add", "shop", "orders", "--where", "id = 3", "--basis", "Art. 17(3)(e)",
        "--review", "2027-01-01", "--json",
    )  # fmt: skip
    hold = json.loads(added[1])["hold_id"]

    code, out, _ = run("request", "run", request, "--yes")
    assert (code, "partially fulfilled" in out) == (3, True)
    assert [row[0] for row in rows("orders")] == [2, 3]

    _, released, _ = run("hold", "release", hold)
    assert request[:8] in released
    assert request.startswith(run("request", "list")[1].split()[0])
    code, said, _ = run("request", "run", request, "--yes")
    assert (code, [row[0] for row in rows("orders")]) == (0, [2])
    assert "done before:" in said
    receipt = json.loads(run("request", "receipt", request)[1])
    done = {which: counted(receipt[which]) for which in ("steps", "earlier")}
    assert done == {
        "steps": {("customers", "delete"): 1, ("orders", "delete"): 1},
        "earlier": {("customers", "change"): 1, ("orders", "delete"): 1},
    }
    letter = run("request", "letter", request)[1]
    assert "2" in next(line for line in letter.splitlines() if "orders" in line)


def test_a_hold_released_between_plan_and_run_keeps_no_request(run, filed, rows, shown):
    """What the plan kept stays in that run; the request is to be run again all the same."""
    request = filed("erasure")
    added = run(
        "hold", "add", "shop", "orders", "--where", "id = 3", "--basis", "Art. 17(3)(e)",
        "--review", "2027-01-01", "--json",
    )  # fmt: skip
    plan = shown(request)
    run("hold", "release", json.loads(added[1])["hold_id"])

    assert run("request", "run", request, *plan)[0] == 3
    assert [row[0] for row in rows("orders")] == [2, 3]
    assert json.loads(run("request", "show", request, "--json")[1])["status"] == "in_progress"
    assert run("request", "run", request, "--yes")[0] == 0
    assert [row[0] for row in rows("orders")] == [2]


def test_a_hold_is_named_beside_a_value_that_stands_yet(run, tmp_path, filed):
    """Its release takes the request up again, whatever else was left."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop, shop:
        shop.execute("update orders set note = 'with anna@shop.example' where id = 2")
    request = filed("erasure")
    added = run(
        "hold", "add", "shop", "orders", "--where", "id = 3", "--basis", "Art. 17(3)(e)",
        "--review", "2027-01-01", "--json",
    )  # fmt: skip
    assert run("request", "run", request, "--yes")[0] == 3
    ground = json.loads(run("request", "show", request, "--json")[1])["ground"]
    assert ground == "values still stand in rows that nothing explains, held, referenced"
    assert request[:8] in run("hold", "release", json.loads(added[1])["hold_id"])[1]


def test_export_is_written_and_certified(run, tmp_path, filed):
    """The package's digest is in the receipt; it holds the person's rows and no others'."""
    request = filed("access")

    code, _, err = run("request", "run", request)
    assert (code, "--output" in err) == (2, True)
    code, out, _ = run("request", "run", request, "--output", "anna.zip", "--json")

    assert code == 0
    assert len(json.loads(out)["package_sha256"]) == 64
    with zipfile.ZipFile(tmp_path / "anna.zip") as package:
        everything = b"".join(package.read(name) for name in package.namelist())
        manifest = json.loads(package.read("manifest.json"))
    assert b"for Anna" in everything
    assert b"for Ben" not in everything
    assert "Art. 11" in manifest["notes"][0]


def test_export_holds_our_own_events_of_the_person(run, tmp_path, filed):
    """Described like any other collection, without a line of the data map."""
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    _add_events(tmp_path, EventStore(engine))
    engine.dispose()
    request = filed("access")

    assert run("request", "run", request, "--output", "anna.zip")[0] == 0

    with zipfile.ZipFile(tmp_path / "anna.zip") as package:
        manifest = json.loads(package.read("manifest.json"))
        events = package.read("data/privacykit/events.jsonl").splitlines()
    ours = next(part for part in manifest["parts"] if part["collection"] == "events")
    assert [json.loads(line)["id"] for line in events] == [row(0).envelope.id]
    assert (ours["purposes"], ours["retention"][0]) == (
        ["analytics", "ads"],
        "13 months from time for analytics",
    )


def test_export_that_cannot_be_written_is_said(run, filed):
    """No folder, no package, no receipt."""
    request = filed("access")

    code, _, err = run("request", "run", request, "--output", "no/where.zip")

    assert (code, "cannot be written" in err) == (2, True)
    assert run("request", "receipt", request)[0] == 1


def test_rectification_says_what_is_right(run, filed, rows):
    """The new value stands where the map says, for this person only."""
    request = filed("rectification")

    assert run("request", "run", request, "--yes")[0] == 2
    assert run("request", "run", request, "--yes", "--set", "name=Anne")[0] == 2
    code, _, _ = run("request", "run", request, "--yes", "--set", "shop.customers.name=Anne")

    assert code == 0
    assert [row[2] for row in rows("customers")] == ["Anne", "Ben"]


def test_restriction_marks_rows(run, filed, rows):
    """The application is told to leave the person alone; rows stay."""
    request = filed("restriction")

    code, out, _ = run("request", "run", request, "--yes")

    assert [row[3] for row in rows("customers")] == [1, 0]
    assert (code, "shop.orders" in out) == (3, True)


@pytest.mark.parametrize(
    "wanted", ["opt_out_sale_sharing", "limit_sensitive", "consent_withdrawal"]
)
def test_choice_stops_what_is_to_come_and_touches_no_row(run, tmp_path, wanted, filed, rows):
    """An opt-out erases nobody."""
    request = filed(wanted, approve=False)
    run("request", "approve", request)

    code, out, _ = run("request", "run", request, "--json")

    assert (code, json.loads(out)["status"]) == (0, "fulfilled")
    assert (len(rows("customers")), len(rows("orders"))) == (2, 3)
    assert len(_records(tmp_path, "select * from stops")) >= 1


@pytest.mark.parametrize("wanted", ["consent_withdrawal", "objection", "opt_out_sale_sharing"])
def test_choice_is_in_time_on_its_day_and_late_on_the_next(run, wanted, filed):
    """At once is no instant: what is done that day was in time."""
    request = filed(wanted)
    late = NOW + timedelta(days=1)

    said = [run("request", "list", at=at)[1] for at in (NOW + timedelta(seconds=1), late)]

    assert ["OVERDUE" in line for line in said] == [False, True]
    assert request[:8] in said[0]


def test_unapproved_request_is_not_run(run, filed, rows):
    """Nothing happens before somebody said yes."""
    request = filed("erasure", approve=False)

    assert run("request", "run", request, "--yes")[0] == 2
    assert len(rows("orders")) == 3


def test_finished_request_is_not_run_again(run, filed):
    """What is fulfilled is over."""
    request = filed("erasure")
    run("request", "run", request, "--yes")

    assert run("request", "run", request, "--yes")[0] == 2


def test_store_that_does_not_answer_is_no_success(run, tmp_path, filed, shown):
    """A missing database is not an empty one."""
    request = filed("erasure")
    plan = shown(request)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.executescript("drop table orders")

    code, out, _ = run("request", "run", request, *plan, "--json")

    assert code in {1, 3}
    assert json.loads(out)["status"] != "fulfilled"


def test_remind_is_silent_until_something_presses(run, filed):
    """Cron mails nobody when there is nothing to say."""
    request = filed("access")

    assert run("request", "remind")[:2] == (0, "")
    code, out, _ = run("request", "remind", at=NOW + timedelta(days=26))
    assert (code, request[:8] in out) == (1, True)
    assert run("request", "remind", "--json")[0] == 0


def test_remind_names_holds_to_review_and_recipients_that_failed(run, mailer, filed):
    """A hold past its review, a recipient that refuses our key."""
    mailer.answer = 401
    request = filed("erasure")
    run("request", "run", request, "--yes")
    run("hold", "add", "shop", "orders", "--basis", "x", "--review", "2026-12-01")

    code, out, _ = run("request", "remind", at=NOW + timedelta(days=12))

    assert code == 1
    assert "review was 2026-12-01" in out
    assert "mailer did not answer" in out


def test_nobody_of_that_name_is_an_answer_too(run, rows):
    """Every store was asked and none knows the person; that is not a failure."""
    _, out, _ = run(
        "request", "new", "erasure", "--email", "stranger@shop.example", "--place", "DE", "--json"
    )
    request = json.loads(out)["id"]
    run("request", "prove", request, "--method", "eid")
    run("request", "approve", request)

    planned = run("request", "run", request)[1]
    code, out, _ = run("request", "run", request, "--yes", "--json")

    assert "nothing in 2 collections" in planned
    assert (code, json.loads(out)["status"]) == (0, "fulfilled")
    assert len(rows("customers")) == 2


def test_json_answers_for_machines(run, filed):
    """Lists, tokens and steps."""
    request = filed("access", approve=False)

    assert json.loads(run("request", "list", "--json")[1])[0]["id"] == request
    assert len(json.loads(run("request", "ask", request, "--json")[1])["token"]) == 43
    proven = run("request", "prove", request, "--method", "eid", "--json")
    assert json.loads(proven[1])["status"] == "acknowledged"


def test_unknown_request_is_not_run(run):
    """An id that is none."""
    assert run("request", "run", "0000")[:2] == (2, "")


def test_passphrase_file_that_is_missing_is_said(run, filed):
    """Nothing is exported in the clear instead."""
    request = filed("access")

    code, _, err = run(
        "request", "run", request, "--output", "a.zip", "--passphrase-file", "nothing"
    )

    assert (code, "passphrase file nothing cannot be read" in err) == (2, True)


def test_missing_data_map_is_said(run, tmp_path, filed):
    """No map, no plan."""
    request = filed("erasure")
    (tmp_path / "datamap.toml").unlink()

    code, _, err = run("request", "run", request)

    assert (code, "PK210" in err) == (2, True)


def test_recipient_taken_out_of_the_map_is_a_failure_to_look_at(run, mailer, tmp_path, filed):
    """An notice that nobody can deliver does not vanish."""
    mailer.answer = 503
    request = filed("erasure")
    run("request", "run", request, "--yes")
    text = (tmp_path / "datamap.toml").read_text()
    (tmp_path / "datamap.toml").write_text(
        text.replace("[recipients.mailer]", "[recipients.other]").replace('"mailer", ', "")
    )

    run("request", "send", at=NOW + timedelta(minutes=5))

    assert _receipt(run, request)["propagations"][0]["evidence"].startswith("no url")


def _add_events(tmp_path, store):
    """Keep an event of Anna, one of Ben and one of nobody known; return them."""
    key = load_keys(tmp_path / "privacykit.keys").current("subject").value
    later = int(NOW.timestamp()) + 86_400
    store.ensure_periods(NOW.timestamp(), 1)
    people = (subject_reference(key, ANNA), subject_reference(key, "ben@shop.example"), None)
    made = [row(number, expires_at=later) for number in range(len(people))]
    rows = [
        replace(one, envelope=replace(one.envelope, subject=who, record=None, visitor=None))
        for one, who in zip(made, people, strict=True)
    ]
    store.add(rows, NOW.timestamp())
    return rows


def test_identified_events_of_ours_go_too(run, tmp_path, filed):
    """The subject reference of the address finds them, pending ones too; other people's stay."""
    engine = open_engine(f"sqlite:///{tmp_path}/privacykit-events.db", kind="events")
    store = EventStore(engine)
    rows = _add_events(tmp_path, store)
    outbox = OutboxStore(engine)
    outbox.prepare()
    outbox.add(rows, NOW.timestamp())
    request = filed("erasure")

    _, out, _ = run("request", "run", request, "--yes", "--json")

    assert [e.id for e in store.select(NOW.timestamp())] == [row(n).envelope.id for n in (1, 2)]
    ours = json.loads(out)["steps"][-2:]
    assert [(step["collection"], step["rows_changed"]) for step in ours] == [
        ("outbox", 1),
        ("events", 1),
    ]
    assert outbox.depths()[0].pending == 2
    engine.dispose()


@pytest.mark.parametrize("kind", ["postgres", "mariadb"])
def test_records_live_on_a_server(run, tmp_path, request, kind, filed, rows):
    """The same from receipt to receipt with [records] on a server."""
    url = request.getfixturevalue(f"{kind}_url")
    with (tmp_path / "privacykit.toml").open("a") as config:
        config.write(f'[records]\nurl = "{url}"\n')
    (tmp_path / "privacykit.checkpoint").unlink(missing_ok=True)
    erasure = filed("erasure")

    assert run("request", "run", erasure, "--yes")[0] == 0
    assert rows("orders") == [(2, 2, "for Ben")]
    assert _receipt(run, erasure)["status"] == "fulfilled"
    assert run("audit", "verify")[1].startswith("The audit log is whole")


@pytest.mark.slow
def test_killed_run_is_gone_on_from(run, tmp_path, mailer, filed, rows):
    """Kill -9 at any moment: running again finishes, nobody else is touched, the log is whole."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.executemany(
            "insert into orders (customer_id, note) values (?, ?)",
            [(1 + n % 2, f"note {n}") for n in range(20_000)],
        )
        shop.commit()
    text = (tmp_path / "datamap.toml").read_text()
    text = text.replace("[datasets.shop]", "[datasets.shop]\nmax_proportion = 1.0")
    (tmp_path / "datamap.toml").write_text(text)
    request = filed("erasure")
    command = [sys.executable, "-m", "privacykit", "request", "run", request, "--yes"]
    seen = set()
    for delay in (0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.6, 1.9):
        process = subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(delay)
        process.kill()
        process.wait()
        seen.add(json.loads(run("request", "show", request, "--json")[1])["status"])
    if "fulfilled" not in seen:
        done = run("request", "run", request, "--yes", at=datetime.now(UTC))
        assert done[0] == 0, done

    assert seen & {"accepted", "in_progress"}
    assert json.loads(run("request", "show", request, "--json")[1])["status"] == "fulfilled"
    assert {row[1] for row in rows("orders")} == {2}
    assert len(rows("orders")) == 10_001
    assert _receipt(run, request)["status"] == "fulfilled"
    run("request", "send", at=datetime.now(UTC) + timedelta(hours=1))
    assert len({heard[0] for heard in mailer.heard}) == 1
    assert json.loads(run("request", "show", request, "--json")[1])["identities"] == []
    assert run("audit", "verify")[0] == 0
