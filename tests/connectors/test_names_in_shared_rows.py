"""A name in a row that stays with somebody else goes with whom it names, or is said to stay."""

from __future__ import annotations

import pytest

from privacykit.govern.records import STANDS_YET
from tests.connectors.conftest import world

__all__ = ["world"]

PEOPLE = """
[collections.app.people]
subject = true
[collections.app.people.fields]
id = { category = "user.unique_id", identity = "people.id" }
email = { category = "user.contact.email", identity = "email" }
"""
KEYS = """
[collections.app.notes.fields]
id = "system.operations"
%s = { category = "user.unique_id", relation = "owned_by" }
%s = { category = "user.unique_id", relation = "owned_by" }
%s
body = "user.content"
"""
MAILS = """
[collections.app.notes.fields]
id = "system.operations"
%s = { category = "user.contact.email", identity = "email" }
%s = { category = "user.contact.email", identity = "email" }
%s
body = "user.content"
"""
TWO = {
    "en": "sender_id reader_id sender_name reader_name",
    "one word": "absender empfaenger absendername empfaengername",
    "de": "von_id an_id von_name an_name",
    "sv": "avsandare mottagare avsandarnamn mottagarnamn",
    "fr": "expediteur_ref destinataire_ref expediteur_nom destinataire_nom",
}


@pytest.mark.parametrize("category", ["user.name", "user.content"])
@pytest.mark.parametrize("words", TWO.values(), ids=TWO)
def test_a_name_goes_with_the_key_that_it_is_called_after(world, sql_url, words, category):
    """Hers goes, and the other's stays: in the row that is kept for the other."""
    mine, other, name, called = words.split()
    fields = f'{name} = "{category}"\n{called} = "{category}"'
    tables = [
        "create table people (id int primary key, email varchar(90))",
        (
            f"create table notes (id int primary key, {mine} int, {other} int, {name} varchar(90),"
            f" {called} varchar(90), body varchar(90), foreign key ({mine}) references people(id),"
            f" foreign key ({other}) references people(id))"
        ),
        "insert into people values (1, 'me@x.example'), (2, 'you@x.example')",
        "insert into notes values (1, 1, 2, 'Anna Me', 'Bo You', 'x'), (2, 2, 1, 'Bo You', 'Anna Me', 'x')",
    ]
    made = world(sql_url, tables, PEOPLE + KEYS % (mine, other, fields))
    made.erase()
    assert made.rows("notes") == [
        (1, None, 2, None, "Bo You", "x"),
        (2, 2, None, "Bo You", None, "x"),
    ]


MAILED = {
    "en": "sender_email reader_email sender_name reader_name",
    "one word": "absendermail empfaengermail absendername empfaengername",
    "de": "von_mail an_mail von_name an_name",
}


@pytest.mark.parametrize("words", MAILED.values(), ids=MAILED)
def test_a_name_goes_with_the_address_that_it_is_called_after(world, sql_url, words):
    """No key makes the row anybody's: two addresses do."""
    mine, other, name, called = words.split()
    fields = f'{name} = "user.name"\n{called} = "user.name"'
    tables = [
        (
            f"create table notes (id int primary key, {mine} varchar(90), {other} varchar(90),"
            f" {name} varchar(90), {called} varchar(90), body varchar(90))"
        ),
        "insert into notes values (1, 'me@x.example', 'you@x.example', 'Anna Me', 'Bo You', 'x')",
    ]
    made = world(sql_url, tables, MAILS % (mine, other, fields))
    made.erase()
    assert made.rows("notes") == [(1, None, "you@x.example", None, "Bo You", "x")]


@pytest.mark.parametrize("column", ["who", "name", "person_name"])
def test_a_name_of_nobody_knows_whom_is_said_to_stay(world, sql_url, column):
    """Plan and receipt name the column: it may be either's."""
    tables = [
        (
            "create table notes (id int primary key, sender_email varchar(90),"
            f" reader_email varchar(90), {column} varchar(90), body varchar(90))"
        ),
        "insert into notes values (1, 'me@x.example', 'you@x.example', 'Anna Me', 'x')",
    ]
    fields = f'{column} = "user.name"'
    made = world(sql_url, tables, MAILS % ("sender_email", "reader_email", fields))
    words = f"notes.{column}: 1 row may {STANDS_YET} of the person"
    assert any(note.startswith("app." + words) for note in made.plan(name="q").notes)
    [result] = [it for it in made.erase().results if it.rows_matched]
    assert any(line.startswith(words) for line in result.evidence.remains)
