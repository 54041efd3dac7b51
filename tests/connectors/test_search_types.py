"""Verification finds a value in a column of any type, however it is spelt there."""

import pytest
from sqlalchemy import create_engine, text

from privacykit.connectors.sql import SqlConnector
from privacykit.connectors.sql.reading.contains import escapes, spellings
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.ports.connector import Context, Subject

VALUE = "Ann+x@Ex.example"
BYTES = b"\xff\0" + VALUE.encode()
ESCAPED = '{"mail": "ann\\u002bx\\u0040ex.example"}'
SQLITE = {
    "integer": VALUE,
    "datetime": VALUE,
    "real": VALUE,
    "boolean": VALUE,
    "blob": BYTES,
    "": VALUE,
    "text": "behind a\0NUL " + VALUE,
    "varchar(9)": b"\xff\xfe" + VALUE.encode("utf-16-le"),
    "json": b"\x01" + ESCAPED.encode(),
}
POSTGRESQL = {
    "text[]": [VALUE],
    "jsonb": ESCAPED,
    "json": ESCAPED,
    "hstore": f'mail=>"{VALUE}"',
    "bytea": BYTES,
    "bytea[]": [VALUE.encode()],
    "xml": f"<mail>{VALUE}</mail>",
    "citext": VALUE,
    "char(40)": VALUE,
}
MARIADB = {
    "json": ESCAPED,
    "blob": BYTES,
    "varbinary(90)": BYTES,
    "set('ann+x@ex.example', 'b')": VALUE.lower(),
    "enum('ann+x@ex.example', 'b')": VALUE.lower(),
    "varchar(50) character set latin1": VALUE,
    "varchar(50) character set utf16": VALUE,
}


def _found(url, rows, *values, extra=()):
    """Say in which of the columns, one for each type, a value is found."""
    engine = create_engine(url)
    columns = ", ".join(f"c{n} {kind}" for n, kind in enumerate(rows))
    with engine.begin() as connection:
        for statement in extra:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"create table t (id integer primary key, {columns})")
        for number, value in enumerate(rows.values()):
            query = text(f"insert into t (id, c{number}) values (:id, :value)")
            connection.execute(query, {"id": number, "value": value})
    engine.dispose()
    connector = SqlConnector.open(parse_datamap('[datasets.app]\nurl = "sqlite://"\n'), "app", url)
    hits = list(connector.search(values, Context(Subject(()), 0.0)))
    connector.close()
    return [list(rows)[int(hit.field[1:])] for hit in hits]


def test_any_column_of_sqlite_may_hold_anything(tmp_path):
    """What a column was declared as is no promise there."""
    assert _found(f"sqlite:///{tmp_path}/s.db", SQLITE, VALUE) == list(SQLITE)


def test_every_type_of_postgresql_that_holds_text_is_read(postgres_url):
    """Arrays, documents, bytes and the types of extensions."""
    extensions = ["create extension hstore", "create extension citext"]
    assert _found(postgres_url, POSTGRESQL, VALUE, extra=extensions) == list(POSTGRESQL)


def test_every_type_of_mariadb_that_holds_text_is_read(mariadb_url):
    """Documents, bytes, lists and other character sets."""
    assert _found(mariadb_url, MARIADB, VALUE) == list(MARIADB)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("RENÉ@x.example", ["varchar(40)"]),
        ("rené@x.example", ["varchar(40)"]),
        ("rene@x.example", []),
        ("+49 170 1234567", ["bigint"]),
        ("no number here", []),
    ],
)
def test_case_is_folded_and_letters_are_not(sql_url, value, found):
    """A number is found as a number; another letter is another person."""
    rows = {
        "varchar(40)": "René@x.example",
        "bigint": 491701234567,
        "date": None,
        "timestamp": None,
    }
    assert _found(sql_url, rows, value) == found


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        ("Ann@x", ["ann@x"]),
        ('a"b', ['a"b', 'a\\"b']),
        ("É", ["é", "É", "\\u00c9", "\\u00e9"]),
    ],
)
def test_a_value_is_looked_for_as_documents_spell_it(value, spelt):
    """In lower case, as given, and with the escapes of JSON."""
    assert list(spellings(value)) == spelt


def test_each_character_may_be_an_escape():
    """Also one beyond the first plane, which takes two, and a slash."""
    assert escapes("a/😀") == r"(a|\\u0061)(/|\\u002f|\\/)(😀|\\ud83d\\ude00)"
