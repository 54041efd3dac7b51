"""A statement log is judged by what its roles are for, and no literal of it is told."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacykit.errors import InputError
from privacykit.govern.datamap import parse_datamap
from privacykit.settings.duties.verify import RoleTable
from privacykit.verify.statements.entries import entries
from privacykit.verify.statements.judge import UNREAD, StatementJudge, StatementVerdict

MAP = """
[datasets.shop]
url = "sqlite:///shop.db"
purposes = ["orders"]
[datasets.shop.excluded]
stock = "what there is of each shoe"
[collections.shop.customers]
subject = true
purposes = ["letters"]
[collections.shop.customers.fields]
id = { exclude = "a number" }
email = { category = "user.contact.email", identity = "email" }
name = "user.name"
[collections.shop.orders.fields]
id = { exclude = "a number" }
customer_id = { category = "user.unique_id", relation = "owned_by" }
total = "user.behavior.purchase_history"
"""
ROLES = {
    "books": RoleTable(purposes=["orders"]),
    "mailer": RoleTable(purposes=["letters"], never=["shop.customers.name"]),
    "report": RoleTable(reads=["shop.orders.total"]),
}
MARIADB = StatementJudge(parse_datamap(MAP), ROLES, "mariadb")
YES, NO, WHO = StatementVerdict.COMPLIANT, StatementVerdict.VIOLATION, StatementVerdict.CANNOT_TELL


@pytest.fixture(scope="module")
def judge():
    """A judge of a shop with three roles."""
    return StatementJudge(parse_datamap(MAP), ROLES, "postgresql")


CASES = [
    ("books", "select total from orders where customer_id = 3", YES),
    ("books", "select email from customers", NO),
    ("books", "select * from customers", NO),
    ("books", "select c.* from orders o join customers c on c.id = o.customer_id", NO),
    ("books", "select count(*) from customers", YES),
    ("books", "select id from customers", YES),
    ("books", "select 1 from customers where email = 'anna@shop.example'", NO),
    ("books", "select total from orders order by (select email from customers limit 1)", NO),
    ("books", "with c as (select * from customers) select 1 from c", NO),
    ("books", "select x.mail from (select email as mail from customers) x", NO),
    ("books", "select row_to_json(c) from customers c", NO),
    ("books", "select (c).email from customers c", NO),
    ("books", "select c from customers c", NO),
    ("books", "select 1 from orders o where exists (select 1 from customers where email = 'x')", NO),
    ("books", "select 1 from customers c where exists (select 1 from stock where email = 'x')", NO),
    ("books", "select 1 from customers c where exists (select 1 from orders where email = 'x')", NO),
    ("books", "select total from orders union select name from customers", NO),
    ("books", "insert into stock select email from customers", NO),
    ("books", "insert into customers (email) values ('anna@shop.example')", YES),
    ("books", "update customers set name = 'Anna' where id = 3", YES),
    ("books", "update customers set name = upper(name)", NO),
    ("books", "update orders set total = 3 from customers c where c.email = 'x'", NO),
    ("books", "delete from customers where email = 'x'", NO),
    ("books", "delete from customers where id = 1 returning *", NO),
    ("books", "create table copied as select email from customers", NO),
    ("books", "copy customers to stdout", NO),
    ("books", "copy customers (id) to stdout", YES),
    ("books", "copy customers from stdin", YES),
    ("books", "copy (select email from customers) to stdout", NO),
    ("books", "table customers", NO),
    ("books", "declare c cursor for select email from customers", NO),
    ("books", "explain analyze select email from customers", NO),
    ("books", "prepare p as select email from customers", NO),
    ("books", "select email from public.customers", NO),
    ("books", 'select "email" from "customers"', NO),
    ("books", "begin; select email from customers; commit", NO),
    ("books", "set search_path = public", YES),
    ("books", "select name from stock", YES),
    ("books", "select secret()", WHO),
    ("books", "select a from elsewhere", WHO),
    ("books", "execute p(1)", WHO),
    ("books", "do $$ begin perform 1; end $$", WHO),
    ("books", "select from where ((", WHO),
    ("books", "", WHO),
    ("mailer", "select email from customers", YES),
    ("mailer", "select name from customers", NO),
    ("mailer", "select * from customers", NO),
    ("mailer", "select total from orders", NO),
    ("report", "select sum(total) from orders", YES),
    ("report", "select total, customer_id from orders", NO),
    ("stranger", "select email from customers", WHO),
    ("stranger", "select 1", YES),
    ("", "select email from customers", WHO),
]  # fmt: skip


@pytest.mark.parametrize(("role", "sql", "verdict"), CASES, ids=[f"{a}: {b}" for a, b, _ in CASES])
def test_a_statement_is_what_it_reads(judge, role, sql, verdict):
    """Wherever in a statement a field is read."""
    assert judge.one(role, sql)[0] is verdict


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["select email from customers where email = ", ""]))
def test_whatever_a_statement_is_nothing_fails(text, start):
    """What is no statement cannot be told; nothing is raised."""
    assert MARIADB.one("books", start + text)[0] in set(StatementVerdict)


POSTGRES_TEXT = """\
2026-11-30 10:00:00.1 UTC [5] books@shop LOG:  statement: select total
\tfrom orders
2026-11-30 10:00:00.2 UTC [5] books@shop LOG:  execute <unnamed>: select email from customers
2026-11-30 10:00:00.2 UTC [5] books@shop DETAIL:  parameters: $1 = 'anna@shop.example'
2026-11-30 10:00:00.3 UTC [6] LOG:  checkpoint starting: time
2026-11-30 10:00:00.4 UTC [5] books@shop LOG:  duration: 0.1 ms  statement: select 1
"""
POSTGRES_JSON = json.dumps({"user": "books", "message": "statement: select total\nfrom orders"})
POSTGRES_CSV = (
    '2026-11-30 10:00:00.1 UTC,"books","shop",5,"[local]",1,1,"SELECT",now,3/4,0,LOG,00000,'
    '"statement: select total\nfrom orders",,,,,,,,,"psql"\n'
)
GENERAL = (
    "261130 10:00:00\t     8 Connect\tbooks@localhost on shop using Socket\n"
    "\t\t     8 Query\tselect total\nfrom orders\n\t\t     8 Quit\t\n"
)
PLUGIN = "20261130 10:00:00,db,books,localhost,8,1,QUERY,shop,'select total from orders',0\n"
MINE = json.dumps({"role": "books", "statement": "select total from orders"}) + "\nnonsense\n"


@pytest.mark.parametrize(
    ("log_format", "text", "told"),
    [
        ("postgresql", POSTGRES_TEXT, [(1, "books"), (3, "books"), (6, "books")]),
        ("postgresql", POSTGRES_JSON, [(1, "books")]),
        ("postgresql", POSTGRES_CSV, [(2, "books")]),
        ("mariadb", GENERAL, [(2, "books")]),
        ("mariadb", PLUGIN, [(1, "books")]),
        ("jsonl", MINE, [(1, "books"), (2, "")]),
        ("postgresql", "", []),
        ("mariadb", "", []),
    ],
    ids=["text", "json", "csv", "general", "plugin", "lines", "empty", "empty too"],
)
def test_each_kind_of_log_is_read(tmp_path, log_format, text, told):
    """With its lines and roles, and statements of several lines whole."""
    path = tmp_path / "statements.log"
    path.write_text(text)
    found = list(entries(path, log_format))
    assert [(one.line, one.role) for one in found] == told
    assert all(" ".join(one.sql.split()) in {
        "select total from orders", "select email from customers", "select 1",
    } for one in found if one.sql is not None)  # fmt: skip


def test_a_packed_log_is_read_and_a_broken_one_is_an_error(tmp_path):
    """Rotated logs are packed; half a file is not taken for a whole one."""
    path = tmp_path / "statements.log.gz"
    path.write_bytes(gzip.compress(MINE.encode()))
    assert len(list(entries(path, "jsonl"))) == 2
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match="PK318"):
        list(entries(path, "jsonl"))


STARTED = (
    "/usr/sbin/mariadbd, Version: 10.11.6-MariaDB-log (Debian). started with:\n"
    "Tcp port: 3306  Unix socket: /run/mysqld/mysqld.sock\n"
    "Time\t\t    Id Command\tArgument\n"
)
LOGS = {
    "PostgreSQL's text": ("postgresql", POSTGRES_TEXT),
    "PostgreSQL's JSON": ("postgresql", POSTGRES_JSON),
    "PostgreSQL's CSV": ("postgresql", POSTGRES_CSV),
    "MariaDB's general log": ("mariadb", STARTED + GENERAL),
    "MariaDB's plugin": ("mariadb", PLUGIN),
    "lines of JSON": ("jsonl", MINE.partition("\n")[0]),
    "an access log": ("", '192.0.2.0 - - [30/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 5\n'),
    "prose": ("", "nothing, in, particular, is, said, here, of, anything, at, all\n"),
    "bytes": ("", "\x00\x01\ufffd\x02\n"),
    "a table": ("", "a,b,c\n1,2,3\n"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("log_format", ["postgresql", "mariadb", "jsonl"])
@pytest.mark.parametrize("log", LOGS)
def test_a_log_of_another_format_is_never_compliant(judge, tmp_path, log, log_format):
    """What is not read cannot be told, or there is nothing; what is read has no unknown line."""
    path = tmp_path / "statements.log"
    own, text = LOGS[log]
    path.write_text(text)
    report = judge.judge(entries(path, log_format))
    if own == log_format:
        assert (report.cannot_tell, report.is_empty) == (0, False)
    else:
        assert report.compliant == 0
        assert report.cannot_tell or report.is_empty


@pytest.mark.parametrize("log", [one for one in LOGS if LOGS[one][0]])
def test_a_line_of_another_format_within_a_log_is_told(judge, tmp_path, log):
    """Where it stands; of MariaDB's general log it goes on with the statement before it."""
    path = tmp_path / "statements.log"
    own, text = LOGS[log]
    if "general" not in log:
        path.write_text(text.rstrip("\n") + "\nnobody knows this\n")
        report = judge.judge(entries(path, own))
        assert (report.cannot_tell, report.findings[0].what) == (1, UNREAD)
