"""Whose a row can be: ties, loops, sharing and reach over small maps, written out."""

from __future__ import annotations

import pytest

from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.schema import Column, ForeignKey, Table
from privacykit.govern.erasure.ownership import Ownership, OwnershipLink, build_ownership

KEY = 'category = "user.unique_id"'


def _shop(collections: str, *tables: Table) -> Ownership:
    text = f'[datasets.shop]\nurl = "sqlite:///shop.db"\n{collections}'
    return build_ownership(parse_datamap(text), "shop", tables)


def _collection(name: str, *fields: str, more: str = "") -> str:
    lines = "\n".join([f"id = {{ {KEY} }}", *fields])
    return f"[collections.shop.{name}]\n{more}\n[collections.shop.{name}.fields]\n{lines}\n"


def _table(name: str, *keys: ForeignKey, hard: tuple[str, ...] = ()) -> Table:
    columns = [column for key in keys for column in key.columns]
    made = (Column(column, "int", column not in hard) for column in columns)
    return Table(name, (Column("id", "int", nullable=False), *made), ("id",), keys)


def _key(column: str, target: str) -> ForeignKey:
    return ForeignKey((column,), target, ("id",))


def _to(column: str, relation: str, more: str = "") -> str:
    return f'{column} = {{ {KEY}, relation = "{relation}"{more} }}'


PEOPLE = _collection("people", f'email = {{ {KEY}, identity = "email" }}', more="subject = true")
MAIL = f'email = {{ {KEY}, identity = "email" }}'


@pytest.mark.parametrize(
    ("relation", "ties"),
    [
        ("owned_by", {"notes": OwnershipLink(("who",), "people", ("id",), owns=True, points=True)}),
        (
            "accessed_by",
            {"notes": OwnershipLink(("who",), "people", ("id",), owns=False, points=True)},
        ),
        ("owns", {"people": OwnershipLink(("id",), "notes", ("who",), owns=True, points=False)}),
        (
            "accesses",
            {"people": OwnershipLink(("id",), "notes", ("who",), owns=False, points=False)},
        ),
    ],
)
def test_a_relation_makes_one_tie(relation, ties):
    """Two follow the key to the person, two follow it from the row that points."""
    shop = _shop(
        PEOPLE + _collection("notes", _to("who", relation)),
        _table("people"),
        _table("notes", _key("who", "people")),
    )
    expected = {name: (ties[name],) if name in ties else () for name in ("people", "notes")}
    assert (dict(shop.ties), shop.missing) == (expected, ())


@pytest.mark.parametrize(
    ("more", "detach"), [("", False), (', erase = "detach"', True), (', erase = "keep"', False)]
)
def test_a_tie_may_be_cut_where_the_map_says_so(more, detach):
    """Only the word ``detach`` does."""
    shop = _shop(
        PEOPLE + _collection("notes", _to("who", "owned_by", more)),
        _table("people"),
        _table("notes", _key("who", "people")),
    )
    assert [tie.detach for tie in shop.ties["notes"]] == [detach]


def test_a_relation_of_several_columns_finds_its_key_in_any_order():
    """The key's own order joins."""
    rule = 'relations = [{ kind = "owned_by", columns = ["b", "a"], detach = true }]'
    fields = (f"a = {{ {KEY} }}", f"b = {{ {KEY} }}")
    key = ForeignKey(("a", "b"), "people", ("id", "part"))
    shop = _shop(
        PEOPLE + _collection("notes", *fields, more=rule), _table("people"), _table("notes", key)
    )
    tie = OwnershipLink(("a", "b"), "people", ("id", "part"), owns=True, points=True, detach=True)
    assert shop.ties["notes"] == (tie,)


@pytest.mark.parametrize(
    "keys",
    [(), (_key("other", "people"),), (_key("who", "unmapped"),)],
    ids=["no key", "another key", "a key to what is not mapped"],
)
def test_a_relation_without_a_declared_key_is_missing(keys):
    """Nothing is joined by the look of a name."""
    shop = _shop(
        PEOPLE + _collection("notes", _to("who", "owned_by")),
        _table("people"),
        _table("notes", *keys),
    )
    assert (shop.ties["notes"], shop.missing) == ((), (("notes", ("who",)),))


def test_a_relation_of_a_collection_that_is_not_there_is_missing():
    """The map speaks of a table that nobody made."""
    shop = _shop(PEOPLE + _collection("notes", _to("who", "owned_by")), _table("people"))
    assert (shop.ties["notes"], shop.missing) == ((), (("notes", ("who",)),))


def test_a_key_that_the_store_cannot_declare_is_declared_by_the_map():
    """Once, and not where the store has it."""
    reference = _to("who", "owned_by", ', references = "people.id"')
    shop = _shop(
        PEOPLE + _collection("notes", reference) + _collection("files", reference),
        _table("people"),
        Table("notes", (Column("id"), Column("who")), ("id",)),
        _table("files", _key("who", "people")),
    )
    keys = [
        (key.target, key.declared_by)
        for name in ("notes", "files")
        for key in shop.tables[name].foreign_keys
    ]
    assert (keys, [tie.other for tie in shop.ties["notes"]]) == (
        [("people", "map"), ("people", "store")],
        ["people"],
    )


def test_a_rule_of_several_columns_is_declared_by_the_map():
    """The collection first, then its columns."""
    rule = 'relations = [{ kind = "owned_by", columns = ["a", "b"], references = ["people", "id", "part"] }]'
    fields = (f"a = {{ {KEY} }}", f"b = {{ {KEY} }}")
    shop = _shop(
        PEOPLE + _collection("notes", *fields, more=rule),
        _table("people"),
        Table("notes", (Column("id"), Column("a"), Column("b")), ("id",)),
    )
    assert shop.tables["notes"].foreign_keys == (
        ForeignKey(("a", "b"), "people", ("id", "part"), "map"),
    )


def test_a_reference_into_another_dataset_is_an_identity():
    """No key joins two stores: the value finds the row."""
    text = f"""
[datasets.shop]
url = "sqlite:///shop.db"
[datasets.log]
url = "sqlite:///log.db"
{_collection("people", f'number = {{ {KEY}, identity = "customer" }}')}
[collections.log.lines]
[collections.log.lines.fields]
who = {{ {KEY}, relation = "owned_by", references = "shop.people.number" }}
"""
    log = build_ownership(parse_datamap(text), "log", [Table("lines", (Column("who"),))])
    field = log.collections["lines"].fields["who"]
    told = (field.identity, field.relation, log.ties["lines"], log.tables["lines"].foreign_keys)
    assert told == ("customer", None, (), ())


@pytest.mark.parametrize(
    ("fields", "more", "identified"),
    [
        ((MAIL,), "", True),
        ((f'ip = {{ {KEY}, identity = "ip_address" }}',), "", False),
        ((f"x = {{ {KEY} }}",), "", False),
        ((f"x = {{ {KEY} }}",), 'identities = [{ type = "both", parts = { a = "id", b = "x" } }]', True),
    ],
    ids=["an e-mail address", "an address of the network", "nothing", "two together"],
)  # fmt: skip
def test_an_identity_finds_a_row_unless_it_is_weak(fields, more, identified):
    """An IP address proves nobody."""
    shop = _shop(_collection("notes", *fields, more=more), _table("notes"))
    assert (shop.identified("notes"), shop.reachable("notes")) == (identified, identified)


@pytest.mark.parametrize(
    ("mapped", "primary", "key"),
    [("", ("id",), ("id",)), ('key = "x"', ("id",), ("x",)), ("", (), ())],
)
def test_a_row_is_named_by_the_maps_key_or_the_primary_one(mapped, primary, key):
    """Or by nothing."""
    table = Table("notes", (Column("id"), Column("x")), primary)
    shop = _shop(_collection("notes", f"x = {{ {KEY} }}", more=mapped), table)
    assert shop.key("notes") == key


CHAIN = (
    PEOPLE
    + _collection("orders", _to("who", "owned_by"))
    + _collection("items", _to("order", "owned_by"))
)


def test_what_points_at_others_comes_first():
    """Items before orders before people, whatever the order of the map."""
    shop = _shop(
        CHAIN,
        _table("people"),
        _table("orders", _key("who", "people")),
        _table("items", _key("order", "orders")),
    )
    assert shop.order == ("items", "orders", "people")


def test_a_collection_that_is_not_there_has_no_place_in_the_order():
    """Nothing can be done to it."""
    shop = _shop(CHAIN, _table("people"), _table("orders", _key("who", "people")))
    assert shop.order == ("orders", "people")


@pytest.mark.parametrize(
    ("hard", "order"),
    [(("last",), ("people", "orders")), (("who",), ("orders", "people")), ((), ("people", "orders"))],
    ids=["the one pointed at first", "the other way", "either"],
)  # fmt: skip
def test_a_loop_is_cut_where_a_key_may_be_empty(hard, order):
    """A row that a hard key points at waits for the row that points."""
    shop = _shop(
        _collection("people", f"last = {{ {KEY} }}", MAIL)
        + _collection("orders", _to("who", "owned_by")),
        _table("people", _key("last", "orders"), hard=hard),
        _table("orders", _key("who", "people"), hard=hard),
    )
    assert shop.order == order


def test_a_row_that_points_at_its_own_collection_is_no_loop():
    """A reply stands in the same collection as what it answers."""
    shop = _shop(
        PEOPLE + _collection("posts", _to("who", "owned_by"), _to("reply", "owned_by")),
        _table("people"),
        _table("posts", _key("who", "people"), _key("reply", "posts"), hard=("reply",)),
    )
    assert shop.order == ("posts", "people")


@pytest.mark.parametrize(
    ("columns", "nullable"), [(("a",), True), (("b",), False), (("a", "b"), True), (("no",), False)]
)
def test_a_key_can_be_cut_where_one_of_its_columns_may_be_empty(columns, nullable):
    """A column that is not there is none."""
    table = Table("notes", (Column("a"), Column("b", nullable=False)))
    shop = _shop(_collection("notes"), table)
    assert shop.nullable("notes", ForeignKey(columns, "people", columns)) is nullable


LOOP = (
    _table("a", _key("to_b", "b"), hard=("to_b",)),
    _table("b", _key("to_c", "c"), _key("to_out", "outside"), hard=("to_c",)),
    _table("c", _key("to_a", "a")),
)


@pytest.mark.parametrize(
    ("start", "target", "hard", "loop"),
    [
        ("a", "b", False, True),
        ("a", "b", True, False),
        ("b", "c", False, True),
        ("b", "outside", False, False),
        ("c", "c", True, True),
        ("outside", "a", False, True),
    ],
    ids=["around", "not over a soft key", "from elsewhere", "out", "to itself", "from outside"],
)
def test_a_key_may_lead_back_to_where_it_began(start, target, hard, loop):
    """Over every key, or over those only that may never be empty."""
    shop = _shop(_collection("a") + _collection("b") + _collection("c"), *LOOP)
    assert shop.in_loop(start, ForeignKey(("x",), target, ("id",)), hard=hard) is loop


@pytest.mark.parametrize(
    ("field", "rule", "hard", "may"),
    [
        (_to("who", "owned_by", ', erase = "detach"'), "", (), True),
        (_to("who", "owned_by", ', erase = "detach"'), "", ("who",), False),
        (_to("who", "owned_by"), "", (), False),
        (_to("who", "owned_by", ', erase = "null"'), "", (), False),
        (f"who = {{ {KEY} }}", 'relations = [{ kind = "owned_by", columns = ["who"], detach = true }]', (), True),
        (f"who = {{ {KEY} }}", 'relations = [{ kind = "owned_by", columns = ["who"] }]', (), False),
        (f"who = {{ {KEY} }}", 'relations = [{ kind = "owned_by", columns = ["who", "id"], detach = true }]', (), False),
    ],
    ids=["said", "hard", "not said", "another word", "by a rule", "by a rule without", "by another rule"],
)  # fmt: skip
def test_a_key_is_emptied_only_where_the_map_lets_it(field, rule, hard, may):
    """And where it can be."""
    table = _table("notes", _key("who", "people"), hard=hard)
    shop = _shop(PEOPLE + _collection("notes", field, more=rule), _table("people"), table)
    assert shop.may_detach("notes", table.foreign_keys[0]) is may


def test_a_key_of_a_table_that_is_not_mapped_is_never_emptied():
    """Nobody said a word of it."""
    table = _table("strangers", _key("who", "people"))
    shop = _shop(PEOPLE, _table("people"), table)
    assert shop.may_detach("strangers", table.foreign_keys[0]) is False


@pytest.mark.parametrize(
    ("fields", "column", "only"),
    [
        ((_to("who", "owned_by"),), "who", True),
        ((_to("who", "owned_by"), _to("other", "accessed_by")), "who", True),
        ((_to("who", "owned_by"), _to("other", "accessed_by")), "other", False),
        ((_to("who", "owned_by"), _to("other", "owned_by")), "who", False),
        ((_to("who", "owns"),), "who", False),
        ((_to("who", "accessed_by"),), "who", False),
    ],
)
def test_a_key_may_be_all_that_makes_a_row_somebodys(fields, column, only):
    """The one owner, over this key."""
    table = _table("notes", _key("who", "people"), _key("other", "people"))
    shop = _shop(PEOPLE + _collection("notes", *fields), _table("people"), table)
    assert shop.only_through("notes", _key(column, "people")) is only


@pytest.mark.parametrize(
    ("fields", "shared", "accessed"),
    [
        ((), False, False),
        ((MAIL,), False, False),
        ((MAIL, f'second = {{ {KEY}, identity = "email" }}'), True, False),
        ((MAIL, f'phone = {{ {KEY}, identity = "phone_number" }}'), False, False),
        ((_to("who", "owned_by"),), False, False),
        ((_to("who", "owned_by"), MAIL), False, True),
        ((_to("who", "owned_by"), _to("other", "owned_by")), True, False),
        ((_to("who", "accessed_by"),), False, True),
        ((_to("who", "accessed_by"), _to("other", "owned_by")), False, True),
    ],
    ids=[
        "nobody's", "an identity", "two of a type", "two of two types", "one owner",
        "an owner and an identity", "two owners", "a view", "a view and an owner",
    ],
)  # fmt: skip
def test_a_row_may_be_shared_or_only_seen(fields, shared, accessed):
    """By two owners, or by who is none."""
    table = _table("notes", _key("who", "people"), _key("other", "people"))
    shop = _shop(PEOPLE + _collection("notes", *fields), _table("people"), table)
    assert (shop.may_be_shared("notes"), shop.may_be_accessed("notes")) == (shared, accessed)


def test_a_row_inside_a_shared_row_may_be_shared():
    """And inside one that is only seen, only seen."""
    shop = _shop(
        PEOPLE
        + _collection("orders", _to("who", "owned_by"), _to("other", "owned_by"))
        + _collection("items", _to("order", "owned_by"))
        + _collection("views", _to("who", "accessed_by"))
        + _collection("parts", _to("view", "owned_by")),
        _table("people"),
        _table("orders", _key("who", "people"), _key("other", "people")),
        _table("items", _key("order", "orders")),
        _table("views", _key("who", "people")),
        _table("parts", _key("view", "views")),
    )
    told = {
        name: (shop.may_be_shared(name), shop.may_be_accessed(name)) for name in ("items", "parts")
    }
    assert told == {"items": (True, False), "parts": (False, True)}


def test_an_owner_that_points_may_be_one_of_several():
    """Each row that points at this one owns it."""
    shop = _shop(
        PEOPLE + _collection("carts", _to("who", "owned_by"), _to("address", "owns")) + _collection("addresses"),
        _table("people"),
        _table("carts", _key("who", "people"), _key("address", "addresses")),
        _table("addresses"),
    )  # fmt: skip
    assert shop.may_be_shared("addresses") is True


@pytest.mark.parametrize(("owned", "shared"), [(False, False), (True, True)])
def test_a_person_is_shared_only_where_somebody_owns_people(owned, shared):
    """A child that belongs to a parent."""
    fields = (MAIL, _to("parent", "owned_by")) if owned else (MAIL,)
    shop = _shop(
        _collection("people", *fields, more="subject = true"),
        _table("people", _key("parent", "people")),
    )
    assert shop.may_be_shared("people") is shared


def test_a_loop_of_owners_may_be_shared_and_is_reached_through_any_of_them():
    """The careful answer, and an end to the search."""
    shop = _shop(
        _collection("a", _to("to_b", "owned_by")) + _collection("b", _to("to_a", "owned_by"), MAIL),
        _table("a", _key("to_b", "b")),
        _table("b", _key("to_a", "a")),
    )
    told = [(shop.may_be_shared(name), shop.reachable(name)) for name in ("a", "b")]
    assert told == [(True, True), (True, True)]


def test_a_loop_without_anybody_is_reached_by_nobody():
    """Nor seen by anybody."""
    shop = _shop(
        _collection("a", _to("to_b", "owned_by")) + _collection("b", _to("to_a", "owned_by")),
        _table("a", _key("to_b", "b")),
        _table("b", _key("to_a", "a")),
    )
    told = [(shop.reachable(name), shop.may_be_accessed(name)) for name in ("a", "b")]
    assert told == [(False, False), (False, False)]


def test_what_is_not_mapped_is_not_reached():
    """A name that nobody knows."""
    assert _shop(PEOPLE, _table("people")).reachable("strangers") is False


def test_every_key_that_points_at_a_collection_is_known_mapped_or_not():
    """A row that would be left pointing at nothing stands in a table of anybody."""
    shop = _shop(
        PEOPLE,
        _table("people"),
        _table("strangers", _key("who", "people"), _key("other", "elsewhere")),
    )
    assert shop.incoming("people") == [("strangers", _key("who", "people"))]


def test_what_was_asked_before_changes_nothing_about_it():
    """Two readings of one map are equal and print alike, whatever either remembers."""
    asked, fresh = (_shop(PEOPLE, _table("people")) for _ in range(2))
    asked.may_be_shared("people")
    assert (asked == fresh, repr(asked) == repr(fresh)) == (True, True)


def test_of_what_may_come_next_the_first_of_the_map_does():
    """One at a time: orders are free once their items are gone."""
    shop = _shop(
        CHAIN + _collection("extras", _to("who", "owned_by")),
        _table("people"),
        _table("orders", _key("who", "people")),
        _table("items", _key("order", "orders")),
        _table("extras", _key("who", "people")),
    )
    assert shop.order == ("items", "orders", "extras", "people")


def test_a_loop_of_hard_keys_is_cut_once():
    """Behind the cut each collection still waits for those that point at it."""
    shop = _shop(
        _collection("a") + _collection("c") + _collection("b"),
        _table("a", _key("to_b", "b"), hard=("to_b",)),
        _table("b", _key("to_c", "c"), hard=("to_c",)),
        _table("c", _key("to_a", "a"), hard=("to_a",)),
    )
    assert shop.order == ("a", "b", "c")


@pytest.mark.parametrize(("start", "loop"), [("a", True), ("strangers", False)])
def test_a_loop_elsewhere_is_searched_once(start, loop):
    """Over every key, where nothing else is said; a loop that one does not stand in ends too."""
    shop = _shop(
        _collection("a") + _collection("b"),
        _table("a", _key("to_b", "b")),
        _table("b", _key("to_a", "a")),
    )
    assert shop.in_loop(start, _key("x", "b")) is loop


def test_one_column_that_may_be_emptied_cuts_a_key_of_two():
    """The rest of the key finds nobody any more."""
    fields = (_to("a", "owned_by", ', erase = "detach"'), f"b = {{ {KEY} }}")
    key = ForeignKey(("a", "b"), "people", ("id", "part"))
    shop = _shop(PEOPLE + _collection("notes", *fields), _table("people"), _table("notes", key))
    assert shop.may_detach("notes", key) is True


def test_a_row_below_another_of_its_collection_is_not_shared_by_that():
    """One owner, however deep."""
    shop = _shop(
        _collection("posts", _to("parent", "owned_by")), _table("posts", _key("parent", "posts"))
    )
    assert shop.may_be_shared("posts") is False


def test_a_missing_relation_takes_no_other_with_it():
    """Each is looked for by itself."""
    shop = _shop(
        PEOPLE + _collection("notes", _to("gone", "owned_by"), _to("who", "owned_by")),
        _table("people"),
        _table("notes", _key("who", "people")),
    )
    told = ([tie.columns for tie in shop.ties["notes"]], shop.missing)
    assert told == ([("who",)], (("notes", ("gone",)),))


def test_one_hard_key_of_several_makes_a_collection_wait():
    """Other keys that may be emptied do not free it."""
    shop = _shop(
        _collection("a") + _collection("b") + _collection("c"),
        _table("a", _key("to_b", "b"), _key("to_c", "c")),
        _table("b", _key("to_a", "a"), hard=("to_a",)),
        _table("c", _key("to_a", "a")),
    )
    assert shop.order == ("b", "a", "c")


def test_a_loop_is_cut_where_nothing_else_points():
    """Not at c, which a points at from outside: each of two loops of hard keys is cut once."""
    shop = _shop(
        "".join(_collection(name) for name in "cdab"),
        _table("a", _key("to_b", "b"), _key("to_c", "c"), hard=("to_b", "to_c")),
        _table("b", _key("to_a", "a"), hard=("to_a",)),
        _table("c", _key("to_d", "d"), hard=("to_d",)),
        _table("d", _key("to_c", "c"), hard=("to_c",)),
    )
    assert shop.order == ("d", "a", "c", "b")


@pytest.mark.parametrize(
    ("key", "hard", "deferred"),
    [
        (ForeignKey(("to_b",), "b", ("id",), deferrable=True), ("to_b", "to_a"), True),
        (ForeignKey(("to_b",), "b", ("id",)), ("to_b", "to_a"), False),
        (ForeignKey(("to_b",), "b", ("id",), deferrable=True), ("to_a",), False),
        (ForeignKey(("to_b",), "b", ("id",), deferrable=True), ("to_b",), False),
        (ForeignKey(("to_b",), "c", ("id",), deferrable=True), ("to_b", "to_a"), False),
    ],
    ids=["a hard loop", "at once", "that may be emptied", "emptied elsewhere", "out of the loop"],
)
def test_only_a_key_of_a_hard_loop_is_looked_at_later(key, hard, deferred):
    """Where one key of the loop may be emptied, the loop is cut there."""
    shop = _shop(
        _collection("a") + _collection("b") + _collection("c"),
        _table("a", key, hard=hard),
        _table("b", _key("to_a", "a"), hard=hard),
        _table("c"),
    )
    assert shop.deferred("a", key) is deferred


def test_one_rule_of_several_may_let_a_key_be_emptied():
    """What the others say is of other keys."""
    rules = (
        'relations = [{ kind = "owned_by", columns = ["who"], detach = true },'
        ' { kind = "accessed_by", columns = ["seer"] }]'
    )
    table = _table("notes", _key("who", "people"), _key("seer", "people"))
    fields = (f"who = {{ {KEY} }}", f"seer = {{ {KEY} }}")
    shop = _shop(PEOPLE + _collection("notes", *fields, more=rules), _table("people"), table)
    assert [shop.may_detach("notes", key) for key in table.foreign_keys] == [True, False]
