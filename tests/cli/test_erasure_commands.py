"""``privacykit erasure reapply``: a restored backup brings nobody back."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from privacykit.cli.main import main

CONFIG = """\
[[site]]
id = "shop"
hosts = ["shop.example"]
establishments = ["DE"]
[purposes.analytics]
uses = ["analytics_no_storage"]
"""
MAP = """
[datasets.shop]
url = "sqlite:///shop.db"
max_proportion = 1.0
[collections.shop.customers]
subject = true
identities = [{ type = "name_birth", parts = { name = "name", birth = "born" } }]
[collections.shop.customers.fields]
id = { exclude = "a number" }
email = { category = "user.contact.email", identity = "email", match = "ignore-case" }
name = "user.name"
born = "user.demographic.date_of_birth"
[collections.shop.orders.fields]
id = { exclude = "a number" }
customer_id = { category = "user.unique_id", relation = "owned_by" }
[datasets.news]
path = "news"
[collections.news.readers]
subject = true
fields = { email = { category = "user.contact.email", identity = "email" } }
"""
SHOP = """
create table customers (id integer primary key, email text unique, name text, born text);
create table orders (id integer primary key, customer_id integer references customers);
create index orders_customer on orders (customer_id);
insert into customers values (1, 'Anna@shop.example', 'Anna', '2000-01-01'),
  (2, 'ben@shop.example', 'Ben', '2000-01-02'), (3, 'cleo@shop.example', 'Cleo', '2000-01-03');
insert into orders values (1, 1), (2, 2), (3, 1);
"""
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BACKUP = "2026-11-20"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command in a shop with a newsletter in files."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    (tmp_path / "datamap.toml").write_text(MAP)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.executescript(SHOP)
    (tmp_path / "news").mkdir()
    lines = [f'{{"email": "{name}@shop.example"}}\n' for name in ("anna", "ben")]
    (tmp_path / "news" / "readers.jsonl").write_text("".join(lines))

    def run(*arguments, at=NOW):
        monkeypatch.setattr(sys, "argv", ["privacykit", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        with time_machine.travel(at, tick=False), pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *capsys.readouterr())

    assert run("keys", "init")[0] == 0
    return run


def _ids(folder, table):
    with closing(sqlite3.connect(folder / "shop.db")) as shop:
        return [row[0] for row in shop.execute(f"select id from {table} order by id")]


def _erase(run, *person):
    _, out, _ = run("request", "new", "erasure", *person, "--place", "DE", "--json")
    request = json.loads(out)["id"]
    run("request", "prove", request, "--method", "eid")
    run("request", "approve", request)
    return run("request", "run", request, "--yes")[0]


@pytest.fixture
def restored(run, tmp_path):
    """A shop whose backup from before Anna's erasure was restored."""
    shutil.copytree(tmp_path / "news", tmp_path / "news.backup")
    shutil.copy(tmp_path / "shop.db", tmp_path / "shop.backup")
    assert _erase(run, "--email", "anna@shop.example") == 0
    assert (_ids(tmp_path, "customers"), _ids(tmp_path, "orders")) == ([2, 3], [2])
    _restore(tmp_path)
    return run


def _restore(folder):
    shutil.rmtree(folder / "news")
    shutil.copytree(folder / "news.backup", folder / "news")
    shutil.copy(folder / "shop.backup", folder / "shop.db")


def test_returned_people_are_counted_first(restored, tmp_path):
    """A dry run says where they are, and changes nothing."""
    code, out, _ = restored("erasure", "reapply", "--since", BACKUP)

    assert code == 3  # a job that runs it is heard
    assert "shop.customers: 1 identity that was erased is back" in out
    assert "news.readers: 1 identity that was erased is back" in out
    assert "nothing was done yet" in out
    assert "anna" not in out.lower()
    assert _ids(tmp_path, "customers") == [1, 2, 3]


def test_who_wrote_their_address_in_capitals_is_found_again(run, tmp_path):
    """The newsletter was searched for it in lower case too, and what that found stays away."""
    shutil.copytree(tmp_path / "news", tmp_path / "news.backup")
    shutil.copy(tmp_path / "shop.db", tmp_path / "shop.backup")
    assert _erase(run, "--email", "Anna@Shop.example") == 0
    _restore(tmp_path)
    code, out, _ = run("erasure", "reapply", "--since", BACKUP)
    assert (code, "news.readers: 1 identity" in out) == (3, True)
    added = [line for line in run("audit", "show")[1].splitlines() if "suppression.added" in line]
    assert len(added) == 1


def test_a_likeness_is_not_erased_again(restored, tmp_path):
    """The newsletter compares to the letter; that a likeness is left there is said."""
    readers = tmp_path / "news" / "readers.jsonl"
    readers.write_text('{"email": "ANNA@shop.example"}\n{"email": "anna@shop.example"}\n')
    code, _, _ = restored("erasure", "reapply", "--since", BACKUP, "--yes")
    assert (code, readers.read_text()) == (3, '{"email": "ANNA@shop.example"}\n')


def test_a_likeness_alone_is_said(restored, tmp_path):
    """Only capitals tell it from who was erased: it is left, and nobody says that nobody is there."""
    _ = restored("erasure", "reapply", "--since", BACKUP, "--yes")
    (tmp_path / "news" / "readers.jsonl").write_text('{"email": "ANNA@shop.example"}\n')
    code, out, _ = restored("erasure", "reapply", "--since", BACKUP, "--yes")
    assert (code, "news.readers: 1 that differ" in out) == (3, True)
    assert not any(words in out for words in ("ANNA", "nobody", "erased or changed again"))
    told = json.loads(restored("erasure", "reapply", "--since", BACKUP, "--json")[1])
    assert (told["people"], told["alike"]) == ({}, {"news.readers": 1})
    assert "ANNA" in (tmp_path / "news" / "readers.jsonl").read_text()


def test_returned_people_are_erased_again(restored, tmp_path):
    """Rows, orders and files; everybody else stays; the log says so."""
    code, out, _ = restored("erasure", "reapply", "--since", BACKUP, "--yes")

    assert (code, "4 rows erased" in out) == (0, True)
    assert (_ids(tmp_path, "customers"), _ids(tmp_path, "orders")) == ([2, 3], [2])
    assert "anna" not in (tmp_path / "news" / "readers.jsonl").read_text()
    assert "erasure.reapplied" in restored("audit", "show")[1]
    assert restored("audit", "verify")[0] == 0
    assert "nobody who was erased is back" in restored("erasure", "reapply", "--since", BACKUP)[1]


def test_what_stays_is_said(restored, tmp_path):
    """A hold keeps an order that came back: the command ends with 3, and says where and why."""
    hold = ("--where", "id = 1", "--basis", "claim", "--review", "2027-06-01")
    assert restored("hold", "add", "shop", "orders", *hold)[0] == 0
    code, out, _ = restored("erasure", "reapply", "--since", BACKUP, "--yes")
    assert (code, _ids(tmp_path, "orders")) == (3, [1, 2])
    assert "shop.orders" in out
    assert "a hold lies on them" in out
    assert out.splitlines()[-1].strip() == "partially fulfilled"


def test_people_erased_before_the_backup_are_not_looked_for(restored):
    """The backup was made after them, by more than the day of slack that clocks are given."""
    later = (NOW + timedelta(days=2, seconds=1)).isoformat()

    assert "nobody" in restored("erasure", "reapply", "--since", later)[1]


def test_person_known_by_several_columns_is_found(run, tmp_path):
    """Name and birth date together, and with a yes: a namesake may have come since."""
    shutil.copytree(tmp_path / "news", tmp_path / "news.backup")
    shutil.copy(tmp_path / "shop.db", tmp_path / "shop.backup")
    from privacykit.govern.records import Identity
    from privacykit.operate.context import OperatorContext

    context = OperatorContext("privacykit.toml", NOW.timestamp)
    person = Identity("name_birth", "", parts=(("birth", "2000-01-03"), ("name", "Cleo")))
    context.suppressions.add(
        [person], reason="erasure", at=NOW.timestamp(), actor="system", request_id="aa"
    )
    context.seal()
    context.close()

    again = ("erasure", "reapply", "--since", BACKUP, "--yes")
    code, _, err = run(*again)
    assert (code, "PK245" in err, _ids(tmp_path, "customers")) == (2, True, [1, 2, 3])

    assert run(*again, "--accept-problems", err.split()[-1])[0] == 0
    assert _ids(tmp_path, "customers") == [1, 2]


def test_command_takes_several_columns_for_one_identity(run, tmp_path):
    """Name and birth date find Cleo, whatever order they are written in."""
    assert _erase(run, "--identity", "name_birth:name=Cleo,birth=2000-01-03") == 0

    assert _ids(tmp_path, "customers") == [1, 2]


@pytest.mark.parametrize(
    "arguments", [("request", "new", "erasure"), ("subject", "find")], ids=["request", "subject"]
)
def test_parts_that_the_map_does_not_know_are_refused(run, arguments):
    """Nobody would be found, which must not look like nothing to do; no value is repeated."""
    code, out, err = run(*arguments, "--identity", "name_birth:name=Cleo,born=2000-01-03")

    assert code == 2
    assert "name_birth:birth,name" in err
    assert "Cleo" not in out + err


def test_objection_erases_nobody(run, tmp_path):
    """Only those who were erased are erased again."""
    _, out, _ = run(
        "request", "new", "objection", "--email", "ben@shop.example", "--place", "DE", "--json"
    )
    request = json.loads(out)["id"]
    run("request", "approve", request)
    run("request", "run", request, "--yes")

    assert "nobody" in run("erasure", "reapply", "--since", BACKUP)[1]
    assert _ids(tmp_path, "customers") == [1, 2, 3]


LIFT = ("erasure", "lift", "--email", "Anna@shop.example")


def test_person_who_came_back_is_left_alone(restored, tmp_path):
    """A lifted suppression is over, and the audit log says who ended it."""
    assert restored(*LIFT, "--yes", "--operator", "mia")[0] == 0
    restored("erasure", "reapply", "--since", BACKUP, "--yes")

    assert _ids(tmp_path, "customers") == [1, 2, 3]
    assert "suppression.lifted" in restored("audit", "show", "--by", "mia")[1]
    assert restored("audit", "verify")[0] == 0


def test_nobody_is_let_in_without_a_yes(restored, tmp_path):
    """It is told what keeps them away, without a value, and nothing is changed."""
    code, out, err = restored(*LIFT)
    assert (code, "nothing was done yet: --yes" in out) == (0, True)
    assert "anna" not in (out + err).lower()
    (kept,) = json.loads(restored(*LIFT, "--json")[1])["kept_away"]
    assert (kept["type"], kept["reason"]) == ("email", "erasure")
    restored("erasure", "reapply", "--since", BACKUP, "--yes")
    assert _ids(tmp_path, "customers") == [2, 3]


@pytest.mark.parametrize("who", ["an.na@shop.example", "zoe@shop.example"])
def test_who_is_spelt_alike_or_unknown_lets_nobody_in(restored, tmp_path, who):
    """Another person's coming back is no reason to keep what a backup brought back of Anna."""
    assert restored("erasure", "lift", "--email", who, "--yes")[0] == 1
    restored("erasure", "reapply", "--since", BACKUP, "--yes")
    assert _ids(tmp_path, "customers") == [2, 3]


def test_older_records_are_refused(restored, tmp_path):
    """Restored suppressions are missing those who came after: nothing may be called whole."""
    records = tmp_path / "privacykit-records.db"
    with closing(sqlite3.connect(records)) as database:
        database.execute("delete from audit_entries where seq > 2")
        database.commit()

    code, _, err = restored("erasure", "reapply", "--since", BACKUP, "--yes")

    assert (code, "PK253" in err) == (1, True)
    assert _ids(tmp_path, "customers") == [1, 2, 3]


def test_without_a_checkpoint_nothing_is_claimed(restored, tmp_path):
    """Whoever removed the file cannot show that the suppressions are not an old copy."""
    (tmp_path / "privacykit.checkpoint").unlink()

    code, _, err = restored("erasure", "reapply", "--since", BACKUP)

    assert (code, "PK255" in err) == (1, True)


def test_hashed_columns_are_named(restored, tmp_path):
    """What cannot be compared is said, and is not success."""
    text = MAP.replace('identity = "email" } }', 'identity = "email", format = "sha256" } }')
    text = text.replace('[datasets.news]\npath = "news"', '[datasets.news]\nurl = "sqlite:///n.db"')
    (tmp_path / "datamap.toml").write_text(text)
    with closing(sqlite3.connect(tmp_path / "n.db")) as news:
        news.executescript("create table readers (email text primary key)")

    code, _, err = restored("erasure", "reapply", "--since", BACKUP)

    assert (code, "not searched: news.readers.email" in err) == (3, True)


@pytest.mark.parametrize("mail", ["RENÉ@shop.example", "Groẞ@shop.example", "İrem@shop.example"])
def test_capitals_beyond_ascii_are_erased_and_not_back(run, tmp_path, mail):
    """A row that SQLite does not make small stayed, and was told as back each time after."""
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop:
        shop.execute("insert into customers values (4, ?, 'Rene', '2000-01-04')", (mail,))
        shop.commit()
    assert _erase(run, "--email", mail.lower()) == 0
    assert _ids(tmp_path, "customers") == [1, 2, 3]
    code, out, _ = run("erasure", "reapply", "--since", BACKUP)
    assert (code, "nobody who was erased is back" in out) == (0, True)
