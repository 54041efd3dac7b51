"""What the store would refuse is told when the map is checked."""

import pytest

from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.schema import Check, Column, ForeignKey, Table
from privacykit.govern.erasure.inspection.check_map import Inspection, check_dataset

ID = Column("id", "int", nullable=False)
HEAD = """
[datasets.app]
url = "sqlite://"
[collections.app.people]
subject = true
erase = "fields"
[collections.app.people.fields]
id = { category = "user.unique_id", identity = "customer" }
"""


def _findings(line, *columns, uniques=(), key=("id",), checks=()):
    table = Table(
        "people",
        (ID, *columns),
        key,
        indexes=(("id",), *uniques),
        uniques=(("id",), *uniques),
        checks=checks,
    )
    found = check_dataset(parse_datamap(HEAD + line), "app", (table,))
    return [(finding.problem.id, finding.problem.message) for finding in found]


def _words(line, *columns, **settings):
    return [words for _, words in _findings(line, *columns, **settings)]


NAME = Column("name", nullable=False, length=60)


@pytest.mark.parametrize(
    ("said", "column", "words"),
    [
        ('erase = "null"', NAME, "cannot be empty"),
        ('erase = "random"', Column("name", length=14), "too short for a token"),
        ('erase = "random"', Column("name", "int"), "is no text"),
        ('erase = "random"', Column("name", values=("a",)), "is no text"),
        ('erase = "truncate", to = 1', Column("name", "int"), "cannot be cut"),
        ('erase = "generalise", to = "year"', Column("name", "int"), "made coarser"),
        ('erase = "generalise", to = 10', Column("name"), "made coarser"),
        ('erase = "mask"', Column("name", values=("a", "b")), "its type lists"),
        ('erase = "mask"', Column("name", "json", nullable=False), "no mask of its type"),
        ('erase = "mask"', Column("name", generated=True), "is computed by the store"),
        ("", Column("name", nullable=False, values=("a", "b")), "its type lists"),
    ],
)
def test_what_a_column_does_not_take_is_told(said, column, words):
    """By its type, its length, its values."""
    comma = ", " if said else ""
    [found] = _words(f'name = {{ category = "user.name"{comma}{said} }}\n', column)
    assert words in found


@pytest.mark.parametrize(
    ("said", "column"),
    [
        ('erase = "mask", to = "a"', Column("name", values=("a", "b"))),
        ('erase = "null"', Column("name", values=("a", "b"))),
        ('erase = "random"', Column("name", length=15)),
        ('erase = "truncate", to = 1', Column("name")),
        ('erase = "generalise", to = "year"', Column("name", "date")),
        ('erase = "generalise", to = 10', Column("name", "int")),
        ('erase = "keep"', Column("name", nullable=False, length=3)),
        ('withhold = "computed of the others"', Column("name", generated=True)),
    ],
)
def test_what_fits_is_no_finding(said, column):
    """Nobody is bothered for nothing."""
    assert _words(f'name = {{ category = "user.name", {said} }}\n', column) == []


@pytest.mark.parametrize(
    ("uniques", "refused"),
    [
        ((("name",),), True),
        ((("name", "group"),), True),
        ((("id", "name"),), False),
        ((("name", "number"), ("number",)), False),
        ((("name", "word"),), False),
        ((("group",),), False),
    ],
    ids=["alone", "with a group", "with the key", "with another unique", "with a token", "not in"],
)
def test_a_value_that_two_rows_would_share_is_refused_where_rows_must_differ(uniques, refused):
    """The first person would be erased, every later one never."""
    line = (
        'name = { category = "user.name", erase = "mask" }\n'
        'group = "system"\nnumber = "system"\n'
        'word = { category = "user.content", erase = "random" }\n'
    )
    columns = (NAME, Column("group"), Column("number", "int"), Column("word"))
    found = _words(line, *columns, uniques=uniques)
    assert [("must be unique" in words) for words in found] == [True] * refused


def test_personal_data_in_a_key_needs_a_word():
    """It would stay in the row, without anybody having said so."""
    columns = (Column("email", nullable=False), Column("at", "date", nullable=False))
    key = ("id", "email", "at")
    line = 'email = "user.contact.email"\nat = { category = "user.behavior", erase = "keep" }\n'
    found = _findings(line, *columns, key=key)
    assert found == [("PK270", "is part of a key, so it stays in a row that stays")]


@pytest.mark.parametrize(
    ("column", "words"),
    [(Column("flag", generated=True), "is computed"), (Column("flag", values=("a",)), "lists")],
)
def test_a_mark_that_cannot_be_written_is_told(column, words):
    """Restriction would fail when somebody asks for it."""
    head = HEAD.replace('erase = "fields"', 'restriction = { column = "flag", value = "x" }')
    table = Table("people", (ID, column), ("id",), indexes=(("id",),))
    datamap = parse_datamap(head + 'flag = "system"\n')
    [found] = check_dataset(datamap, "app", (table,))
    assert found.problem.id == "PK226"
    assert words in found.problem.message


def test_rows_that_stay_for_what_points_at_them_are_checked_too():
    """A row that is deleted as a rule stays under one that stays."""
    text = HEAD.replace('erase = "fields"\n', "") + 'name = "user.name"\n'
    text += """
[collections.app.notes]
erase = "fields"
[collections.app.notes.fields]
id = "system"
person = { category = "user.unique_id", relation = "owned_by" }
"""
    people = Table("people", (ID, Column("name", nullable=False, values=("a",))), ("id",))
    pointer = ForeignKey(("person",), "people", ("id",))
    notes = Table("notes", (ID, Column("person", "int", nullable=False)), ("id",), (pointer,))
    found = check_dataset(parse_datamap(text), "app", (people, notes))
    assert [finding.problem.key for finding in found] == ["app.people.name"]


def test_what_a_store_shows_besides_its_tables_is_told():
    """Refusals are errors; schemas and copies are worth a look."""
    beyond = Inspection(
        tuple("abcdefg"), ("mail",), (("people", ("name",), "a condition says no"),)
    )
    table = Table("people", (ID,), ("id",), indexes=(("id",),), checks=(Check(("id",), "id > 0"),))
    found = check_dataset(parse_datamap(HEAD), "app", (table,), "datamap.toml", beyond)
    assert [(f.problem.id, f.problem.key, f.advice) for f in found] == [
        ("PK226", "app.people.name", False),
        ("PK276", "app.mail", True),
        ("PK275", "app.only", True),
    ]
    assert found[-1].problem.message.endswith("a, b, c, d, e and 2 more")


def test_an_index_on_the_lower_case_serves_who_ignores_case():
    """And does not serve who compares exactly."""
    line = 'name = {{ category = "user.name", identity = "name", match = "{}" }}\n'
    table = Table("people", (ID, Column("name")), ("id",), indexes=(("id",),), lowered=("name",))
    found = {
        match: [
            f.problem.id
            for f in check_dataset(parse_datamap(HEAD + line.format(match)), "app", (table,))
        ]
        for match in ("exact", "ignore-case")
    }
    assert found == {"exact": ["PK230"], "ignore-case": []}


def test_an_index_on_a_place_serves_it():
    """A document is found by an index that is computed of it."""
    line = 'data = "system"\n"data -> $.mail" = { category = "user.contact.email", identity = "email" }\n'
    columns = (ID, Column("data", "json"))
    found = [
        [
            f.problem.id
            for f in check_dataset(
                parse_datamap(HEAD + line),
                "app",
                (Table("people", columns, ("id",), indexes=(("id",),), computed=computed),),
            )
        ]
        for computed in ((), ("data",))
    ]
    assert found == [["PK230"], []]


def test_a_key_that_is_treated_keeps_nothing():
    """Rows that let go of the person's row do not make it stay."""
    text = HEAD.replace('erase = "fields"\n', "") + 'name = "user.name"\n'
    text += """
[collections.app.notes]
erase = "fields"
[collections.app.notes.fields]
id = "system"
person = { category = "user.unique_id", relation = "owned_by", erase = "null" }
"""
    people = Table("people", (ID, Column("name", nullable=False, values=("a",))), ("id",))
    pointer = ForeignKey(("person",), "people", ("id",))
    notes = Table("notes", (ID, Column("person", "int")), ("id",), (pointer,))
    found = check_dataset(parse_datamap(text), "app", (people, notes))
    assert [f.problem.key for f in found if f.problem.id == "PK226"] == []


NOTES = (
    HEAD
    + """[reasons.tax]
citation = "AO 147"
duration = "10 years"
[collections.app.notes]
COLLECTION
[collections.app.notes.fields]
id = { exclude = "a number" }
author = { category = "user.unique_id"RELATION }
words = "user.content"
"""
)


@pytest.mark.parametrize(
    ("collection", "relation", "nullable", "expected"),
    [
        ("", ', relation = "owned_by"', True, ("PK231", "app.notes.author")),
        ("", "", False, ("PK237", "app.notes.author")),
        (
            'keep = { reason = "tax", from = "id" }',
            ', relation = "owned_by", keep = "tax"',
            False,
            ("PK232", "app.notes.words"),
        ),
    ],
    ids=["a key that may be empty", "a key without a relation", "a field of a kept row"],
)
def test_what_ties_a_row_to_people_is_looked_at(collection, relation, nullable, expected):
    """Rows of nobody, ties that nobody speaks of, and rows of which a law keeps a part."""
    people = Table("people", (ID,), ("id",), indexes=(("id",),), uniques=(("id",),))
    author = Column("author", "int", nullable=nullable)
    keys = (ForeignKey(("author",), "people", ("id",)),)
    notes = Table("notes", (ID, author, Column("words")), ("id",), foreign_keys=keys)
    text = NOTES.replace("COLLECTION", collection).replace("RELATION", relation)
    found = check_dataset(parse_datamap(text), "app", (people, notes))
    assert expected in [(one.problem.id, one.problem.key) for one in found]
