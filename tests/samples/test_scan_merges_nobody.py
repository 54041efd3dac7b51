"""
What a scan proposes, taken as it is, makes one person of no two: in any schema, in any language.

Of three people two have one address in common. Each of them asks; whatever the map says of whose
rows are, nobody else's appears or changes, or a problem says so before.
"""

from __future__ import annotations

import sys

import pytest
from sqlalchemy import create_engine, text

from privacykit.cli.main import main
from privacykit.connectors.sql import SqlConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.inspection.check_map import check_dataset
from privacykit.govern.erasure.ports.connector import Context
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Identity, RequestType
from tests.connectors.conftest import world
from tests.samples.test_rights_on_samples import opened, scan

__all__ = ["world"]

PEOPLE = {
    "en": "insured id email first_name last_name date_of_birth",
    "odd": "xq7 id email first_name last_name born_on",
    "de": "mitglieder id email vorname nachname geburtsdatum",
    "de, kept": "stammkunden nr mailadresse name strasse geburtstag",
    "fr": "adherents id courriel prenom nom date_naissance",
    "es": "socios id correo nombre apellidos fecha_nacimiento",
    "it": "iscritti id email nome cognome data_nascita",
    "pt": "utentes id email nome sobrenome data_nascimento",
    "nl": "leden id emailadres voornaam achternaam geboortedatum",
    "pl": "czlonkowie id email imie nazwisko data_urodzenia",
    "tr": "uyeler id eposta ad soyad dogum_tarihi",
    "ja": "会員 id メール 名 姓 生年月日",
    "zh": "会员 id 邮箱 名字 姓氏 出生日期",
    "ar": "الأعضاء id البريد_الإلكتروني الاسم_الأول اسم_العائلة تاريخ_الميلاد",
}
ROWS = (
    (1, "familie@b.example", "Walter", "Weiss", "1980-01-01"),
    (2, "familie@b.example", "Wilma", "Weiss", "1982-02-02"),
    (3, "carla@b.example", "Carla", "Kurz", "1984-04-04"),
)


class Made:
    """Three people of a table in a schema, what each of them ordered, and who edited that."""

    def __init__(self, url: str, words: str, *, schema: str = "") -> None:
        self.url = url
        self.engine = create_engine(url)
        name, self.key, self.mail, *rest = words.split()
        quote = self.engine.dialect.identifier_preparer.quote
        home = f"{quote(schema)}." if schema else ""
        self.table, self.orders = home + quote(name), home + quote(f"{name}_x")
        self.place = f"{schema}.{name}" if schema else name
        kinds = ("varchar(60)", "varchar(60)", "date")
        more = ", ".join(f"{quote(c)} {k}" for c, k in zip(rest, kinds, strict=True))
        key, mail = quote(self.key), quote(self.mail)
        with self.engine.begin() as connection:
            if schema:
                connection.exec_driver_sql(f"create schema if not exists {quote(schema)}")
            connection.exec_driver_sql(
                f"create table {self.table} ({key} int not null primary key, {mail} varchar(60), {more})"
            )
            connection.exec_driver_sql(
                f"create table {self.orders} (id int not null primary key,"
                f" {quote(name + '_id')} int, edited_by int, what varchar(20),"
                f" foreign key ({quote(name + '_id')}) references {self.table} ({key}),"
                f" foreign key (edited_by) references {self.table} ({key}))"
            )
            for row in ROWS:
                connection.execute(
                    text(f"insert into {self.table} values (:a, :b, :c, :d, :e)"),
                    dict(zip("abcde", row, strict=True)),
                )
            for number, *_ in ROWS:
                own = {"a": number, "b": number, "c": number % 3 + 1, "d": f"note {number}"}
                connection.execute(text(f"insert into {self.orders} values (:a, :b, :c, :d)"), own)

    def rows(self, table: str) -> dict[int, tuple[object, ...]]:
        """Return the rows of a table by their key."""
        with self.engine.connect() as connection:
            found = connection.exec_driver_sql(f"select * from {table}")
            return {row[0]: tuple(row) for row in found}


def served(made: Made, datamap, mail: str, owner: int | None) -> None:
    """Ask by *mail*: problems, or an export and an erasure of *owner*'s rows alone."""
    means, asked = opened(datamap, made.url), (Identity("email", mail),)
    connector = means.connectors["app"]
    try:
        plan = flow.plan_request(means, RequestType.ERASURE, asked, plan_id=mail, request_id="r")
        if owner is None:
            assert "(PK245)" in " ".join(plan.problems)
            return
        assert plan.problems == ()
        person = find_person(means, asked).subject
        shown = str(
            [list(connector.rows(name, Context(person, 1.0))) for name in connector.order()]
        )
        seen = {number for number, *row in ROWS if any(repr(v) in shown for v in (row[1], row[0]))}
        assert seen == {owner}
        before = made.rows(made.table), made.rows(made.orders)
        flow.approve(means, mail, plan.targets_digest, "op")
        flow.execute(means, mail, plan.targets_digest)
        for old, new in zip(before, (made.rows(made.table), made.rows(made.orders)), strict=True):
            kept = {n: row for n, row in old.items() if n != owner}
            # Their key as editor of another's row may be emptied, and nothing else of it.
            assert {n: new[n][:2] + new[n][3:] for n in kept if n in new} == {
                n: row[:2] + row[3:] for n, row in kept.items()
            }
            assert all(new[n][2] in {kept[n][2], None} for n in kept)
        assert owner not in made.rows(made.table)
    finally:
        connector.close()


@pytest.mark.parametrize("words", PEOPLE.values(), ids=PEOPLE)
def test_a_proposal_in_any_language_merges_nobody(tmp_path, words):
    """The shape of a table decides; its name, and those of columns, only help."""
    made = Made(f"sqlite:///{tmp_path}/x.db", words)
    datamap = scan(made.url, tmp_path)
    mapped = datamap.of("app")[made.place]
    assert mapped.subject
    assert [f.category[0][:5] for f in mapped.fields.values()] == ["user."] * 5
    served(made, datamap, "familie@b.example", None)
    served(made, datamap, "carla@b.example", 3)
    made.engine.dispose()


ORDERS = """
[collections.app.orders]
subject = false
[collections.app.orders.fields]
id = "system.operations"
email = { category = "user.contact.email", identity = "email" }
name = "user.name"
"""
CONFIG = """
[[site]]
id = "shop"
hosts = ["shop.example"]
[purposes.analytics]
uses = ["analytics_no_storage"]
"""


def test_a_proposal_of_two_schemas_merges_nobody(postgres_url, tmp_path, monkeypatch, capsys):
    """Tables of one name in two schemas, without an index: the check ends with an answer."""
    words = PEOPLE["odd"].replace("xq7", "customers")
    here, there = (Made(postgres_url, words, schema=schema) for schema in ("", "crm"))
    datamap = scan(postgres_url, tmp_path)
    subjects = {name for name, mapped in datamap.of("app").items() if mapped.subject}
    assert subjects == {"customers", "crm.customers"}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("APP_URL", postgres_url)
    (tmp_path / "privacykit.toml").write_text(CONFIG)
    monkeypatch.setattr(sys, "argv", ["privacykit", "datamap", "check"])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main()
    out = capsys.readouterr().out
    assert "app.crm.customers.email: finds people and has no index" in out
    assert not ended.value.code, out
    for made in (there, here):
        served(made, datamap, "familie@b.example", None)
        made.engine.dispose()


def test_a_table_that_the_map_calls_no_people_is_guarded(sql_url, tmp_path):
    """What the rows say of whom they speak tells, whatever the map says of them."""
    made = Made(sql_url, PEOPLE["odd"])
    for said in ("subject = false", ""):
        (tmp_path / "datamap.toml").unlink(missing_ok=True)
        scan(made.url, tmp_path)
        text = (tmp_path / "datamap.toml").read_text().replace("subject = true", said)
        datamap = parse_datamap(text)
        connector = SqlConnector.open(datamap, "app", made.url)
        found = {f.problem.id for f in check_dataset(datamap, "app", connector.schema())}
        connector.close()
        assert ("PK430" in found) is (said == "")
        served(made, datamap, "familie@b.example", None)
    made.engine.dispose()


def test_rows_of_one_name_are_one_persons(world, sql_url):
    """Orders of a guest: no yes is wanted; where the name differs, one is."""
    tables = [
        "create table orders (id integer primary key, email varchar(60), name varchar(60))",
        "insert into orders values (1, 'me@x.example', 'Ann  Lee'), (2, 'me@x.example', 'ann lee')",
        "insert into orders values (3, 'two@x.example', 'Bo'), (4, 'two@x.example', 'Cy')",
    ]
    made = world(sql_url, tables, ORDERS)
    assert made.plan().problems == ()
    [problem] = made.plan("two@x.example", "q").problems
    assert problem.startswith("app.orders: rows that one value finds are maybe several people's")
    assert problem.endswith("they differ in name (PK245)")


FORUM = [
    "create table users (id integer primary key, email varchar(60))",
    (
        "create table posts (id integer primary key, author_id integer references users (id),"
        " edited_by integer references users (id), author_name varchar(60), body varchar(60))"
    ),
    (
        "create table votes (user_id integer references users (id),"
        " post_id integer references posts (id), primary key (user_id, post_id))"
    ),
    "insert into users values (1, 'anna@b.example'), (2, 'carla@b.example')",
    "insert into posts values (1, 1, 2, 'Anna', 'mine'), (2, 2, 1, 'Carla', 'hers')",
    "insert into votes values (2, 1), (1, 2)",
]


def test_whoever_votes_on_a_post_or_edits_it_owns_nothing_of_it(tmp_path):
    """Nor is it hers to read, or gone with her."""
    engine = create_engine(url := f"sqlite:///{tmp_path}/x.db")
    with engine.begin() as connection:
        for statement in FORUM:
            connection.exec_driver_sql(statement)
    means, asked = opened(scan(url, tmp_path), url), (Identity("email", "carla@b.example"),)
    connector = means.connectors["app"]
    person = find_person(means, asked).subject
    shown = [dict(row) for row in connector.rows("posts", Context(person, 1.0))]
    assert [row["body"] for row in shown if row["body"] != "[redacted]"] == ["hers"]
    assert "Anna" not in str(shown)
    plan = flow.plan_request(means, RequestType.ERASURE, asked, plan_id="p", request_id="r")
    flow.approve(means, "p", plan.targets_digest, "op")
    flow.execute(means, "p", plan.targets_digest)
    connector.close()
    with engine.connect() as connection:
        left = connection.exec_driver_sql("select * from posts").all()
    assert tuple(left[0]) == (1, 1, None, "Anna", "mine")
    assert "hers" not in str(left)
    engine.dispose()


ACCOUNTS = [
    "create table users (id integer primary key, email text, name text)",
    (
        "create table employees (id integer primary key, user_id integer references users (id),"
        " manager_id integer references employees (id), full_name text, email text, phone text)"
    ),
    "insert into users values (1, 'mona@b.example', 'Mona'), (2, 'otto@b.example', 'Otto')",
    "insert into employees values (1, 1, null, 'Mona', 'm@corp.example', '+49301111')",
    "insert into employees values (2, 2, 1, 'Otto', 'o@corp.example', '+49302222')",
]


def test_a_row_of_another_table_of_people_is_come_upon_by_the_account(tmp_path):
    """As one that may be somebody else's too, not passed over; whom they manage is not theirs."""
    engine = create_engine(url := f"sqlite:///{tmp_path}/x.db")
    with engine.begin() as connection:
        for statement in ACCOUNTS:
            connection.exec_driver_sql(statement)
    means, asked = opened(scan(url, tmp_path), url), (Identity("email", "mona@b.example"),)
    person = find_person(means, asked).subject
    shown = list(means.connectors["app"].rows("employees", Context(person, 1.0)))
    plan = flow.plan_request(means, RequestType.ERASURE, asked, plan_id="p", request_id="r")
    means.connectors["app"].close()
    engine.dispose()
    assert len(shown) == 1
    assert ("employees", 1) in {(step.collection, step.rows) for step in plan.steps}


def test_a_mark_of_somebody_unknown_is_not_the_authors(tmp_path):
    """``reader_id`` points at nobody that the schema tells: the post's author owns no such row."""
    engine = create_engine(url := f"sqlite:///{tmp_path}/x.db")
    with engine.begin() as connection:
        for statement in FORUM:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(
            "create table marks (reader_id integer, post_id integer, primary key (reader_id, post_id))"
        )
        connection.exec_driver_sql("insert into marks values (2, 1), (1, 2)")
    engine.dispose()
    means = opened(scan(url, tmp_path), url)
    person = find_person(means, (Identity("email", "anna@b.example"),)).subject
    connector = means.connectors["app"]
    shown = [
        dict(row)
        for name in connector.order()
        if name == "marks"
        for row in connector.rows(name, Context(person, 1.0))
    ]
    connector.close()
    assert [row for row in shown if row["reader_id"] == 2] == []
