"""What an operator types never reaches somebody else's row without a yes to exactly that."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import sys
import zipfile
from contextlib import closing

import pytest

from privacykit.cli.main import main

CONFIG = """\
[controller]
name = "Shop Ltd"
contact = "privacy@shop.example"
establishments = ["DE"]
timezone = "Europe/Berlin"
"""
MAP = """
[datasets.app]
url = "sqlite:///app.db"
max_proportion = 1.0
[collections.app.customers]
subject = true
restriction = { column = "restricted" }
[collections.app.customers.fields]
id = { category = "user.unique_id", identity = "customers.id" }
email = { category = "user.contact.email", identity = "email" }
phone = { category = "user.contact.phone_number", identity = "phone_number" }
name = "user.name"
parent = { category = "user.unique_id", relation = "owned_by" }
restricted = "system.operations"
[collections.app.subscribers]
subject = true
[collections.app.subscribers.fields]
id = { category = "user.unique_id", identity = "subscribers.id" }
email = { category = "user.contact.email", identity = "email" }
referrer = { category = "user.contact.email", identity = "email" }
[collections.app.notes]
restriction = { column = "restricted" }
[collections.app.notes.fields]
id = "system.operations"
owner = { category = "user.unique_id", relation = "owned_by" }
reader = { category = "user.unique_id", relation = "accessed_by" }
body = "user.content"
restricted = "system.operations"
[collections.app.letters.fields]
id = "system.operations"
doc = "system.operations"
"doc -> $.from" = { category = "user.contact.email", identity = "email" }
"doc -> $.to" = { category = "user.contact.email", identity = "email" }
"""
APP = """
create table customers (id integer primary key, email text, phone text, name text,
  parent integer references customers, restricted integer default 0);
create table subscribers (id integer primary key, email text, referrer text);
create table notes (id integer primary key, owner integer references customers,
  reader integer references customers, body text, restricted integer default 0);
create table letters (id integer primary key, doc json);
insert into customers values (1, 'ben@x.example', '+49 30 111111', 'Ben', null, 0),
  (2, 'anna@x.example', '+49 30 222222', 'Anna', null, 0);
"""
ANNA = ("--email", "anna@x.example")
DOING = ("--yes", "--proof", "logged_in")
AGAIN = ("erasure", "reapply", "--since", "2020-01-01", "--yes")
CARL = "insert into customers values (2, 'carl@x.example', '+49 30 222222', 'Carl', null, 0)"


class App:
    """An application's database and the command line beside it."""

    def __init__(self, folder, monkeypatch, capsys) -> None:
        self.folder, self._patch, self._read = folder, monkeypatch, capsys

    def __call__(self, *arguments):
        """Run a command; gives exit code, output and errors."""
        self._patch.setattr(sys, "argv", ["privacykit", *arguments])
        self._patch.setattr(sys, "stdin", io.StringIO())
        with pytest.raises(SystemExit) as ended:
            main()
        return (ended.value.code or 0, *self._read.readouterr())

    def sql(self, *statements):
        """Run statements of the application; gives the rows of the last one."""
        with closing(sqlite3.connect(self.folder / "app.db")) as database, database:
            found = [database.execute(statement).fetchall() for statement in statements]
        return found[-1]

    def exported(self, *who):
        """Export; gives exit code and all that is in the package."""
        code = self("subject", "export", *who, "-o", "out.zip", "--proof", "logged_in")[0]
        with zipfile.ZipFile(self.folder / "out.zip") as package:
            return code, {n: package.read(n).decode() for n in package.namelist()}


@pytest.fixture
def app(tmp_path, monkeypatch, capsys):
    """A small application."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    (tmp_path / "datamap.toml").write_text(MAP)
    with closing(sqlite3.connect(tmp_path / "app.db")) as database:
        database.executescript(APP)
    made = App(tmp_path, monkeypatch, capsys)
    assert made("keys", "init")[0] == 0
    return made


@pytest.mark.parametrize(
    "who",
    [("--phone", "+49 30 222222"), ("--identity", "customers.id=2")],
    ids=["telephone", "number"],
)
def test_a_number_given_anew_is_nobody_who_came_back(app, who):
    """After an erasure by a number its next owner is not erased by ``reapply``."""
    assert app("subject", "erase", *who, *DOING)[0] == 0
    app.sql(CARL)
    code, _, err = app(*AGAIN)

    assert (code, "PK245" in err) == (2, True)
    assert app.sql("select name from customers order by id") == [("Ben",), ("Carl",)]


NOT_KNOWN = {
    "mentions": ("(3, 'carl@x.example', 'anna@x.example')", "it holds another email"),
    "signed up": ("(9, 'anna@x.example', null)", "it was not erased then and may have come since"),
}


@pytest.mark.parametrize(("row", "why"), NOT_KNOWN.values(), ids=NOT_KNOWN)
def test_who_is_not_known_as_erased_is_asked(app, row, why):
    """Told in each command by one code, and erased after a yes to exactly that alone."""
    assert app("subject", "erase", *ANNA, *DOING)[0] == 0
    app.sql(f"insert into subscribers values {row}", "insert into letters values (9, null)")
    app.sql('update letters set doc = \'{"from": "anna@x.example"}\' where id = 9')

    code, out, _ = app(*AGAIN[:-1])
    assert (code, "back" in out, f"app.subscribers: maybe somebody else, {why}" in out) == (
        3,
        False,
        True,
    )
    assert "app.letters: a row names somebody erased and was not erased then" in out
    _, said, _ = app("verify", "--claim", "erased")
    assert ("PK308" in said, "PK447" in said) == (False, True)
    code, _, err = app(*AGAIN)
    assert (code, app.sql("select count(*) from subscribers")) == (2, [(1,)])
    assert app(*AGAIN, "--accept-problems", err.split()[-1])[0] == 0
    assert app.sql("select (select count(*) from subscribers), (select count(*) from letters)") == [
        (0, 0)
    ]


def test_what_a_backup_brought_back_goes_beside_who_came_anew(app):
    """Her old rows go at once; the new account waits for a yes of its own."""
    app.sql("insert into notes values (1, 2, 1, 'hers', 0)")
    assert app("subject", "erase", *ANNA, *DOING)[0] == 0
    anna = "'anna@x.example', '+49 30 222222', 'Anna', null, 0"
    app.sql(
        f"insert into customers values (2, {anna}), (7, {anna})",
        "insert into notes values (1, 2, 1, 'hers', 0), (7, 7, 1, 'new', 0)",
    )

    code, out, _ = app(*AGAIN)

    assert (code, "2 rows erased or changed again" in out) == (2, True)
    assert app.sql("select id from customers") == [(1,), (7,)]
    assert app.sql("select id from notes") == [(7,)]


def test_a_telephone_beside_an_address_that_came_back_goes_along(app):
    """A restored row is hers by her address: nobody is asked."""
    assert app("subject", "erase", *ANNA, "--phone", "+49 30 222222", *DOING)[0] == 0
    app.sql("insert into customers values (2, 'anna@x.example', '+49 30 222222', 'A', null, 0)")

    assert app(*AGAIN)[0] == 0
    assert app.sql("select name from customers") == [("Ben",)]


def test_whoever_asked_by_a_hash_is_found_again(app):
    """The address that it was made of stood in her row: that is what is recognised."""
    hashed = hashlib.sha256(b"anna@x.example").hexdigest()
    assert app("subject", "erase", "--identity", f"email:sha256={hashed}", *DOING)[0] == 0
    app.sql("insert into customers values (2, 'anna@x.example', '+49 30 222222', 'A', null, 0)")

    code, out, _ = app(*AGAIN)

    assert (code, "1 identity that was erased is back" in out) == (0, True)
    assert app.sql("select name from customers") == [("Ben",)]


def test_a_key_that_is_given_anew_while_a_hold_lasts(app):
    """The request is taken up again for what was held, not for the key's next owner."""
    app.sql('insert into letters values (1, \'{"from": "anna@x.example"}\')')
    app("hold", "add", "app", "letters", "--basis", "claim", "--review", "2037-06-01")
    app("subject", "erase", *ANNA, *DOING)
    app.sql(CARL)
    [hold] = json.loads(app("hold", "list", "--json")[1])
    app("hold", "release", hold["hold_id"])
    request = json.loads(app("request", "list", "--json")[1])[0]["id"]

    assert app("request", "run", request, "--yes")[0] == 0
    assert app.sql("select name from customers order by id") == [("Ben",), ("Carl",)]
    assert app.sql("select * from letters") == []


@pytest.mark.parametrize("wanted", ["erasure", "rectification", "access"])
def test_a_number_given_anew_after_the_approval(app, wanted):
    """The yes was to whom it named then: who has it now wants another one."""
    who = ("--identity", "customers.id=2", "--place", "DE", "--json")
    request = json.loads(app("request", "new", wanted, *who)[1])["id"]
    app("request", "prove", request, "--method", "logged_in")
    assert app("request", "approve", request)[0] == 0
    app.sql("delete from customers where id = 2", CARL)
    how = {"rectification": ("--set", "app.customers.name=A"), "access": ("-o", "x.zip")}

    code, _, err = app("request", "run", request, *how.get(wanted, ()), "--yes")

    assert (code, "is somebody else's by now (PK244)" in err) == (2, True), err
    assert app.sql("select name from customers order by id") == [("Ben",), ("Carl",)]


def test_whoever_was_referred_is_not_the_referrer(app):
    """Her address stands in his row, beside his own: that is asked, and nothing is done."""
    app.sql("insert into subscribers values (1, 'carl@x.example', 'anna@x.example')")

    code, _, err = app("subject", "erase", *ANNA, *DOING)

    assert code == 2
    assert "app.subscribers: maybe somebody else, it holds another email" in err
    assert app.sql("select email from subscribers") == [("carl@x.example",)]
    assert app("subject", "export", *ANNA, "-o", "x.zip", "--proof", "logged_in")[0] == 2


@pytest.mark.parametrize("shown", [(), ("--json",)], ids=["words", "json"])
def test_a_plan_with_problems_ends_with_one_whichever_command_shows_it(app, shown):
    """A script that only looks at the exit code takes neither for done."""
    app.sql("insert into subscribers values (1, 'carl@x.example', 'anna@x.example')")
    request = json.loads(app("request", "new", "erasure", *ANNA, "--json")[1])["id"]
    app("request", "prove", request, "--method", "logged_in")
    app("request", "approve", request)

    codes = [
        app(*words, *shown)[0]
        for words in (
            ("subject", "find", *ANNA),
            ("subject", "erase", *ANNA),
            ("request", "run", request),
        )
    ]

    assert codes == [1, 1, 1]


@pytest.mark.parametrize("spelt", ["Anna@X.example", "anna@x.example ", "\tanna@x.example\n"])
def test_a_copy_without_rows_of_another_spelling_says_so(spelt, app, tmp_path):
    """An erasure says so, too; a copy that lacks them is not the whole answer."""
    app.sql(f"update customers set email = '{spelt}' where id = 2")
    app.sql("insert into notes values (1, 2, null, 'hers', 0)")
    app.sql("insert into subscribers values (1, 'anna@x.example', null)")
    proven = ("--proof", "logged_in")

    code, out, _ = app("subject", "export", *ANNA, "-o", "a.zip", *proven)

    with zipfile.ZipFile(tmp_path / "a.zip") as package:
        notes = json.loads(package.read("manifest.json"))["notes"]
    said = [note for note in notes if "another spelling" in note]
    assert (code, "partially fulfilled" in out) == (3, True), out
    assert {note.partition(":")[0] for note in said} == {"app.customers", "app.notes"}
    assert "customers: 1 rows hold a value of the person in another spelling" in out
    assert not [note for note in said if "anna" in note.lower()]


def test_a_copy_of_one_spelling_is_whole(app):
    """A neighbour of a longer name is nobody else's."""
    app.sql("update customers set email = 'Joanna@X.example' where id = 1")
    assert app("subject", "export", *ANNA, "-o", "a.zip", "--proof", "logged_in")[0] == 0


def test_a_digest_never_stands_without_its_problems(app):
    """A yes is to what was read, in the command that does it at once, too."""
    app.sql("insert into subscribers values (1, 'carl@x.example', 'anna@x.example')")
    err = app("subject", "erase", *ANNA, *DOING)[2]

    assert err.index("→ app.subscribers row 1 (PK245)") < err.index("--accept-problems")


def test_what_hangs_on_a_person_among_people_is_somebody_else(app):
    """A child's account belongs to the parent's: it is neither shown, marked nor corrected."""
    app.sql("update customers set parent = 2 where id = 1")
    shown = app.exported(*ANNA)[1]["data/app/customers.jsonl"]
    app("subject", "restrict", *ANNA, *DOING)
    app("subject", "rectify", *ANNA, "--set", "app.customers.name=Anne", *DOING)

    assert ("Anna" in shown, "Ben" in shown, "ben@" in shown) == (True, False, False)
    found = app.sql("select name, restricted from customers order by id")
    assert found == [("Ben", 0), ("Anne", 1)]


def test_what_a_person_only_sees_is_not_marked(app):
    """A restriction is of her own rows."""
    app.sql("insert into notes values (1, 1, 2, 'his', 0), (2, 2, 1, 'hers', 0)")
    assert app("subject", "restrict", *ANNA, *DOING)[0] == 0

    assert app.sql("select body, restricted from notes order by id") == [("his", 0), ("hers", 1)]


def test_a_document_shows_nothing_that_is_blackened_beside_it(app):
    """Whom she wrote to stands in the document as well as in its field."""
    letter = '{"from": "anna@x.example", "to": "ben@x.example"}'
    app.sql(f"insert into letters values (1, '{letter}')")
    code, files = app.exported(*ANNA)

    assert code == 0
    assert "anna@x.example" in files["data/app/letters.jsonl"]
    assert [name for name, text in files.items() if "ben@x.example" in text] == []


GUEST = """
version = 1
[datasets.app]
url = "sqlite:///app.db"
[collections.app.customers]
subject = true
[collections.app.customers.fields]
id = { category = "user.unique_id", identity = "customers.id" }
email = { category = "user.contact.email", identity = "email" }
phone = "user.contact.phone_number"
name = "user.name"
parent = "system.operations"
restricted = "system.operations"
[collections.app.orders.fields]
id = "system.operations"
customer_id = { category = "user.unique_id", relation = "owned_by" }
contact_email = { category = "user.contact.email", identity = "email" }
"""


@pytest.mark.parametrize("said", ["", "subject = false\n"], ids=["unsaid", "false"])
@pytest.mark.parametrize("owner", ["null", "1"], ids=["guest", "somebody else"])
def test_an_order_that_came_later_is_asked_about(app, said, owner):
    """Whether the map says of orders that they are no people, or leaves it unsaid."""
    table = "[collections.app.orders]\n"
    (app.folder / "datamap.toml").write_text(
        GUEST.replace(
            "[collections.app.orders.fields]", f"{table}{said}[collections.app.orders.fields]"
        )
    )
    app.sql(
        "create table orders (id integer primary key, customer_id integer references customers,"
        " contact_email text)"
    )
    assert app("subject", "erase", *ANNA, *DOING)[0] == 0
    app.sql(f"insert into orders values (9, {owner}, 'anna@x.example')")

    code, _, err = app(*AGAIN)

    assert (code, "app.orders: a row names somebody erased and was not erased then" in err) == (
        2,
        True,
    )
    assert app.sql("select id, contact_email from orders") == [(9, "anna@x.example")]
