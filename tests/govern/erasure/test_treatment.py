"""What becomes of a row and its fields: every class of row, every word of the map, written out."""

from __future__ import annotations

import pytest

from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.schema import Column, ForeignKey, Table
from privacykit.govern.erasure.ownership import build_ownership
from privacykit.govern.erasure.treatment import (
    LEFT_ALONE,
    cuts_key,
    cuts_of,
    fallback,
    structure,
    treat,
    undecided,
)

MAP = """
[datasets.shop]
url = "sqlite:///shop.db"
[reasons.tax]
citation = "AO 147"
duration = "10 years"

[collections.shop.people]
subject = true
[collections.shop.people.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email" }

[collections.shop.orders]
erase = "fields"
keep = { reason = "tax" }
[collections.shop.orders.fields]
id = "user.unique_id"
buyer = { category = "user.unique_id", relation = "owned_by" }
item = "system.operations"
street = "user.contact.address.street"
name = { category = "user.name", erase = "truncate", to = 3 }
note = { category = "user.content", keep = "tax" }
rating = { category = "user.content", erase = "keep" }
total = { category = "system.operations", erase = "generalise", to = 10 }
ghost = "user.content"

[collections.shop.letters]
[collections.shop.letters.fields]
id = "user.unique_id"
writer = { category = "user.unique_id", relation = "owned_by" }
reader = { category = "user.unique_id", relation = "owned_by" }
writer_name = { category = "user.name", about = "writer" }
reader_name = { category = "user.name", about = "reader", erase = "mask", to = "x" }
text = "user.content"

[collections.shop.tickets]
[collections.shop.tickets.fields]
id = "user.unique_id"
agent = { category = "user.unique_id", relation = "owned_by" }
asker = { category = "user.unique_id", relation = "accessed_by", erase = "detach" }
helper = { category = "user.unique_id", relation = "accessed_by" }
helper_name = { category = "user.name", about = "helper" }
email = { category = "user.contact.email", identity = "email", erase = "hash" }
phone = { category = "user.contact.phone_number", identity = "phone_number" }

[collections.shop.leads]
[collections.shop.leads.fields]
id = "user.unique_id"
email = { category = "user.contact.email", identity = "email" }
friend = { category = "user.contact.email", identity = "email", erase = "keep" }
"""


def _column(name: str, *, nullable: bool = True, kind: str = "text") -> Column:
    return Column(name, kind, nullable)


def _key(column: str, target: str = "people") -> ForeignKey:
    return ForeignKey((column,), target, ("id",))


def _table(name: str, *columns: Column, keys=(), uniques=()) -> Table:
    first = Column("id", "int", nullable=False)
    return Table(name, (first, *columns), ("id",), tuple(keys), (("id",),), (("id",), *uniques))


TABLES = (
    _table("people", _column("email", nullable=False), uniques=[("email",)]),
    _table(
        "orders",
        _column("buyer", nullable=False, kind="int"),
        _column("item"),
        _column("street"),
        _column("name", nullable=False),
        _column("note"),
        _column("rating"),
        _column("total", kind="int"),
        keys=[_key("buyer")],
    ),
    _table(
        "letters",
        _column("writer", kind="int"),
        _column("reader", nullable=False, kind="int"),
        _column("writer_name"),
        _column("reader_name"),
        _column("text"),
        keys=[_key("writer"), _key("reader")],
    ),
    _table(
        "tickets",
        *(_column(name, kind="int") for name in ("agent", "asker", "helper")),
        _column("helper_name", nullable=False),
        _column("email"),
        _column("phone"),
        keys=[_key("agent"), _key("asker"), _key("helper")],
    ),
    _table("leads", _column("email"), _column("friend")),
)
SHOP = build_ownership(parse_datamap(MAP), "shop", TABLES)


def _told(changes) -> list[tuple]:
    return [(each.column.name, each.strategy.value, each.to) for each in changes]


@pytest.mark.parametrize("collection", ["people", "orders", "letters", "tickets", "leads"])
def test_a_row_on_hold_is_left_as_it_is(collection):
    """Whatever the map says of it (GDPR Art. 17(3)(e))."""
    action, changes = treat(SHOP, collection, "held")
    assert (action.value, changes) == ("keep", ())


@pytest.mark.parametrize(
    ("collection", "kind", "action", "changes"),
    [
        ("people", "own", "delete", []),
        ("people", "referenced", "change", [("email", "random", None)]),
        ("people", "shared", "detach", [("email", "random", None)]),
        ("people", "accessed", "detach", [("email", "random", None)]),
        (
            "orders",
            "own",
            "change",
            [
                ("street", "null", None),
                ("name", "truncate", 3),
                ("total", "generalise", 10),
            ],
        ),
        ("orders", "tax", "change", [("name", "truncate", 3), ("total", "generalise", 10)]),
        ("orders", "accessed", "keep", []),
        ("letters", "own", "delete", []),
        (
            "letters",
            "shared",
            "detach",
            [("writer", "null", None), ("writer_name", "null", None), ("reader_name", "mask", "x")],
        ),
        ("letters", "accessed", "keep", []),
        (
            "tickets",
            "accessed",
            "detach",
            [("asker", "null", None), ("helper_name", "mask", None), ("email", "hash", None)],
        ),
        (
            "tickets",
            "shared",
            "detach",
            [
                ("agent", "null", None),
                ("asker", "null", None),
                ("helper_name", "mask", None),
                ("email", "hash", None),
            ],
        ),
        ("tickets", "named", "detach", [("email", "hash", None), ("phone", "null", None)]),
        ("orders", "named", "detach", [("street", "null", None), ("name", "truncate", 3), ("total", "generalise", 10)]),
        ("leads", "own", "delete", []),
        ("leads", "shared", "detach", [("email", "null", None)]),
        ("leads", "accessed", "detach", [("email", "null", None)]),
    ],
)  # fmt: skip
def test_what_becomes_of_a_row(collection, kind, action, changes):
    """By its class: its fields treated, its ties cut, itself deleted, or nothing."""
    done, fields = treat(SHOP, collection, kind)
    assert (done.value, _told(fields)) == (action, changes)


@pytest.mark.parametrize(
    ("kind", "treated"),
    [
        ("tax", ["name", "note", "total"]),
        ("claims", ["name", "total"]),
        ("own", ["street", "name", "total"]),
    ],
)
def test_a_field_that_a_law_needs_is_needed_by_that_law_only(kind, treated):
    """A note kept for claims goes where only tax keeps the row; the person's own row keeps it."""
    text = MAP.replace("[reasons.tax]", '[reasons.claims]\ncitation = "BGB 195"\n[reasons.tax]')
    text = text.replace('keep = "tax" }', 'keep = "claims", erase = "null" }')
    shop = build_ownership(parse_datamap(text), "shop", TABLES)
    assert [name for name, *_ in _told(treat(shop, "orders", kind)[1])] == treated


@pytest.mark.parametrize(
    ("word", "kind", "treated"),
    [
        ("", "own", True),
        ("", "tax", False),
        (', erase = "mask"', "own", True),
        (', erase = "mask"', "tax", True),
        (', erase = "mask", keep = "tax"', "own", False),
        (', erase = "mask", keep = "tax"', "tax", False),
        (', erase = "keep"', "own", False),
    ],
)
def test_one_field_under_every_word(word, kind, treated):
    """Silence means treatment in a row of the person's and rest in a row that a law keeps."""
    line = 'street = "user.contact.address.street"'
    text = MAP.replace(line, f'street = {{ category = "user.contact.address.street"{word} }}')
    shop = build_ownership(parse_datamap(text), "shop", TABLES)
    names = [each[0] for each in _told(treat(shop, "orders", kind)[1])]
    assert ("street" in names) is treated


@pytest.mark.parametrize(
    ("collection", "columns", "cut"),
    [
        ("letters", ("writer",), True),
        ("letters", ("reader",), False),
        ("letters", ("writer", "reader"), False),
        ("tickets", ("agent",), True),
        ("tickets", ("asker",), False),
        ("orders", ("buyer",), False),
    ],
)
def test_a_key_is_lost_only_where_it_makes_an_owner_and_may_be_empty(collection, columns, cut):
    """A hard key stays, and a key that only gives a view is no key to the person."""
    assert cuts_key(SHOP, collection, columns) is cut


def test_each_cut_names_its_tie():
    """The writer's columns with the writer's tie; an identity in the row has none."""
    found = [
        (cut.tie.columns if cut.tie else None, [change.column.name for change in cut.changes])
        for cut in cuts_of(SHOP, "tickets", "accessed")
    ]
    assert found == [(("asker",), ["asker"]), (("helper",), ["helper_name"]), (None, ["email"])]


@pytest.mark.parametrize(
    ("column", "uniques", "strategy"),
    [
        (_column("x"), [("x",)], "null"),
        (_column("x", nullable=False), [("x",)], "random"),
        (_column("x", nullable=False), [("y", "x")], "random"),
        (_column("x", nullable=False), [("y",)], "mask"),
        (_column("x", nullable=False), [], "mask"),
        (_column("x", nullable=False, kind="int"), [("x",)], "mask"),
    ],
)
def test_the_strongest_strategy_that_fits_is_taken(column, uniques, strategy):
    """Empty where it may be, random where it must stay unique text, else masked."""
    table = Table("t", (column,), uniques=tuple(uniques))
    assert fallback(table, column).value == strategy


@pytest.mark.parametrize(
    ("collection", "columns"),
    [
        ("people", {"id"}),
        ("orders", {"id", "buyer"}),
        ("tickets", {"id", "agent", "asker", "helper"}),
    ],
)
def test_what_holds_rows_together_is_the_keys(collection, columns):
    """The row's own and those to other rows."""
    assert structure(SHOP, collection) == columns


def test_a_row_that_a_law_keeps_needs_a_word_for_every_personal_field():
    """Named: what is personal and has neither strategy nor reason; keys hold the row together."""
    assert undecided(SHOP, "orders") == ("street", "ghost")


@pytest.mark.parametrize("collection", ["people", "letters", "tickets", "leads"])
def test_a_row_that_no_law_keeps_needs_none(collection):
    """It goes as a whole, or by the strongest strategy."""
    assert undecided(SHOP, collection) == ()


def test_a_collection_that_is_not_there_has_no_structure():
    """Its keys are asked about like any field."""
    shop = build_ownership(parse_datamap(MAP), "shop", [TABLES[0]])
    assert undecided(shop, "orders") == ("id", "buyer", "street", "ghost")


MORE = """
[collections.shop.flags]
erase = "fields"
[collections.shop.flags.fields]
id = "user.unique_id"
colour = "system.operations"

[collections.shop.posts]
[collections.shop.posts.fields]
id = "user.unique_id"
parent = { category = "user.unique_id", relation = "owned_by", erase = "detach" }
who = { category = "user.unique_id", relation = "owned_by" }

[collections.shop.places]
[collections.shop.places.fields]
id = "user.unique_id"
code = "user.unique_id"

[collections.shop.carts]
erase = "fields"
[collections.shop.carts.fields]
id = "user.unique_id"
who = { category = "user.unique_id", relation = "owned_by", erase = "detach" }
place = { category = "user.unique_id", relation = "owns" }

[collections.shop.calls]
key = "phone"
[collections.shop.calls.fields]
phone = { category = "user.contact.phone_number", identity = "phone_number" }
maker = { category = "user.unique_id", relation = "accessed_by" }
maker_email = { category = "user.contact.email", identity = "email", about = "maker" }
email = { category = "user.contact.email", identity = "email", erase = "mask" }
"""
MORE_TABLES = (
    _table("flags", _column("colour")),
    _table(
        "posts",
        *(_column(name, kind="int") for name in ("parent", "who")),
        keys=[_key("parent", "posts"), _key("who")],
    ),
    _table("places", _column("code")),
    _table(
        "carts",
        _column("who", kind="int"),
        _column("place"),
        keys=[_key("who"), ForeignKey(("place",), "places", ("code",))],
    ),
    _table(
        "calls",
        *(_column(name) for name in ("phone", "maker", "maker_email", "email")),
        keys=[_key("maker")],
    ),
)


@pytest.mark.parametrize(
    ("collection", "kind", "action", "changes"),
    [
        ("flags", "own", "keep", []),
        ("posts", "shared", "detach", [("who", "null", None)]),
        ("places", "shared", "keep", []),
        ("carts", "own", "keep", []),
        ("carts", "referenced", "keep", []),
        ("calls", "accessed", "detach", [("maker_email", "null", None), ("email", "mask", None)]),
    ],
    ids=[
        "nothing to change",
        "a row of its own collection is not the person",
        "what contains a row is not the person",
        "a key to be cut is no field to be treated",
        "nor where a row stays",
        "a key that finds somebody names the row; each field is treated once",
    ],
)
def test_what_looks_like_the_person_and_is_not(collection, kind, action, changes):
    """Rows that hold this one, keys of rows, fields about somebody whose tie is treated."""
    shop = build_ownership(parse_datamap(MAP + MORE), "shop", TABLES + MORE_TABLES)
    done, fields = treat(shop, collection, kind)
    assert (done.value, _told(fields)) == (action, changes)


def test_four_classes_of_rows_stay():
    """Held, seen, shared and owned by somebody else; connectors ask before they change a row."""
    by_law = {"accessed_kept", "shared_kept"}
    assert set(LEFT_ALONE) == {"held", "accessed", "shared", "named", *by_law}


NAMES = """
[collections.shop.forms]
[collections.shop.forms.fields]
id = "user.unique_id"
agent = { category = "user.unique_id", relation = "owned_by" }
ghost = { category = "user.name", about = "agent" }
email = { category = "user.contact.email", identity = "email" }
phone = { category = "user.contact.phone_number", identity = "phone_number" }

[collections.shop.cards]
[collections.shop.cards.fields]
id = "user.unique_id"
phone = { category = "user.contact.phone_number", identity = "phone_number" }

[collections.shop.profiles]
erase = "fields"
[collections.shop.profiles.fields]
id = "user.unique_id"
whole = "user.content"
"whole -> $.email" = "user.contact.email"
part = { category = "user.content", erase = "keep" }
"part -> $.email" = "user.contact.email"
"""
NAMES_TABLES = (
    _table(
        "forms",
        _column("agent", kind="int"),
        *(_column(name) for name in ("email", "phone")),
        keys=[_key("agent")],
    ),
    _table("cards", _column("phone")),
    _table("profiles", _column("whole", kind="json"), _column("part", kind="json")),
)
NAMED_SHOP = build_ownership(
    parse_datamap(MAP + MORE + NAMES), "shop", TABLES + MORE_TABLES + NAMES_TABLES
)


@pytest.mark.parametrize(
    ("collection", "kind", "changed"),
    [
        ("forms", "shared", ["agent", "email"]),
        ("forms", "accessed", ["email"]),
        ("forms", "named", ["email", "phone"]),
        ("cards", "shared", ["phone"]),
        ("cards", "accessed", []),
        ("profiles", "own", ["whole", "part -> $.email"]),
    ],
    ids=[
        "an address goes with the key where it is who asks that it names",
        "what names somebody goes from a row that they only see",
        "all that speaks of the person goes from a row that is theirs and another's",
        "a row of nobody's else loses its number",
        "a number that may be several people's names nobody",
        "a document that goes as a whole needs nothing done inside it",
    ],
)
def test_which_fields_name_the_person(collection, kind, changed):
    """Where somebody else owns the row, where nobody does, and inside documents."""
    fields = treat(NAMED_SHOP, collection, kind)[1]
    assert [each.column.name for each in fields] == changed


@pytest.mark.parametrize(
    ("collection", "kind", "told"),
    [
        ("forms", "named", [(True, None)]),
        ("flags", "named", []),
        ("forms", "shared", [(False, "people"), (False, None)]),
        ("forms", "accessed", [(False, None)]),
    ],
)
def test_a_cut_says_whether_the_row_is_the_person(collection, kind, told):
    """Then no tie has to lead there; with nothing to write there is no cut."""
    cuts = cuts_of(NAMED_SHOP, collection, kind)
    assert [(cut.is_person, cut.tie and cut.tie.other) for cut in cuts] == told
