"""Whose a row is, as a database answers it: every way that leads to a row, written out row by row."""

from __future__ import annotations

import pytest
from sqlalchemy import Subquery, create_engine, select

from privacykit.connectors.sql import SqlConnector
from privacykit.connectors.sql.convert import Unfit
from privacykit.connectors.sql.ownership.whose import Whose
from privacykit.connectors.sql.statement_cache import KEYS
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.condition import parse_condition
from privacykit.govern.erasure.ports.connector import Context, Subject, Where
from privacykit.govern.records import Identity
from privacykit.govern.words import ErasureStrategy

KEY = 'category = "user.unique_id"'
MAIL = '{ category = "user.contact.email", identity = "email" }'
ME, YOU = "me@x.example", "you@x.example"


def _to(relation: str) -> str:
    return f'{{ {KEY}, relation = "{relation}" }}'


FIELDS = {
    "people": {"email": MAIL},
    "orders": {"buyer": _to("owned_by"), "viewer": _to("accessed_by")},
    "items": {"purchase": _to("owned_by")},
    "accounts": {},
    "members": {"person": _to("owned_by"), "account": _to("owns")},
    "letters": {"account": _to("owned_by")},
    "folders": {"owner": _to("owned_by"), "parent": _to("owned_by")},
    "boxes": {"owner": _to("owned_by"), "inner_box": _to("owns")},
    "leads": {"email": MAIL},
    "twins": {"one": MAIL, "two": MAIL},
    "tickets": {"agent": _to("owned_by"), "email": MAIL},
    "pets": {"email": MAIL, "keeper": _to("owned_by")},
    "toys": {"pet": _to("owned_by")},
    "docs": {},
    "things": {},
    "readings": {"person": _to("owned_by"), "doc": _to("accesses")},
    "pages": {"doc": _to("owned_by"), "writer": _to("owned_by")},
    "cases": {"agent": _to("owned_by"), "account": _to("owned_by"), "email": MAIL},
    "subscriptions": {"mail": _to("owned_by")},
    "pieces": {"pa": f"{{ {KEY} }}", "pb": f"{{ {KEY} }}"},
}
MORE = {
    "people": "subject = true",
    "pets": "subject = true",
    "items": 'erase = "fields"',
    "pieces": 'relations = [{ kind = "owned_by", columns = ["pb", "pa"] }]',
}
POINTS_AT = {
    "buyer": "people", "viewer": "people", "person": "people", "owner": "people",
    "agent": "people", "keeper": "people", "writer": "people", "purchase": "orders", "account": "accounts",
    "parent": "folders", "inner_box": "boxes", "pet": "pets", "doc": "docs",
}  # fmt: skip
ROWS = {
    "people": [(1, ME), (2, YOU), (3, None)],
    "orders": [(1, 1, None), (2, 2, 1), (3, 2, 2), (4, None, None), (5, 1, 2)],
    "items": [(1, 1), (2, 2), (3, 3), (4, None), (5, 5)],
    "accounts": [(1,), (2,), (3,), (4,), (5,)],
    "members": [(1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 2, 3), (5, 1, 4), (6, None, 4)],
    "letters": [(1, 1), (2, 2), (3, 3), (4, None), (5, 4)],
    "folders": [
        (1, 1, None), (2, None, 1), (3, 2, None), (4, None, 3), (5, 1, 3), (6, 2, 1),
        (7, None, None), (8, None, 6), (9, None, 2),
    ],
    "boxes": [
        (3, None, None), (2, None, 3), (1, 1, 2), (5, 1, None), (4, 2, 5), (6, None, None),
        (8, 2, None), (7, 1, 8), (9, None, 3),
    ],
    "leads": [(1, ME), (2, YOU), (3, None)],
    "twins": [(1, ME, None), (2, ME, YOU), (3, YOU, None), (4, None, None)],
    "tickets": [(1, None, ME), (2, 2, ME), (3, 1, YOU), (4, None, YOU), (5, 1, ME)],
    "pets": [(1, None, 1), (2, None, None), (3, None, 2), (4, None, None)],
    "toys": [(1, 1), (2, 2), (3, 3), (4, None)],
    "docs": [(1,), (2,), (3,)],
    "things": [(1,)],
    "slips": [(1, None, ME), (2, 1, YOU), (3, 2, YOU), (4, 2, ME)],
    "readings": [(1, 1, 1), (2, 2, 2)],
    "pages": [(1, 1, 1), (2, 1, 2), (3, 1, None), (4, 2, 1), (5, 2, 2)],
    "cases": [
        (1, None, None, ME), (2, None, None, YOU), (3, 1, None, YOU), (4, 1, 2, None),
        (5, None, 1, YOU), (6, 2, 1, None), (7, 2, None, ME),
    ],
    "subscriptions": [(1, ME), (2, YOU), (3, None)],
    "parts": [(1, 1, 1), (1, 2, 2), (2, 1, None)],
    "pieces": [(1, 1, 1), (2, 1, 2), (3, 2, 1), (4, None, None)],
}  # fmt: skip
OWNED = {
    "people": [1],
    "orders": [1, 5],
    "items": [1, 5],
    "accounts": [1, 2, 4],
    "members": [1, 2, 5],
    "letters": [1, 2, 5],
    "folders": [1, 2, 5, 6, 8, 9],  # 1 and 5 by name, the others lie in 1
    "boxes": [1, 2, 3, 5, 7, 8],
    "leads": [1],
    "twins": [1, 2],
    "tickets": [1, 3, 5],  # 2 names me, and is its agent's
    "pets": [1, 2],  # 2 is me
    "toys": [1, 2],
    "docs": [],
    "things": [],  # nothing leads to them
    "readings": [1],
    "pages": [1, 4],
    "cases": [1, 3, 4, 5, 6],  # 7 names me, and is its agent's
    "subscriptions": [1],
    "pieces": [1],
}
SEEN = {
    "orders": [2], "items": [2], "tickets": [2], "docs": [1],
    "pages": [2, 3],  # in a document that I read
    "cases": [7],
}  # fmt: skip
OTHERS = {
    "accounts": [2, 3, 4],  # of 4 one member is nobody known, who is not me
    "letters": [2, 3, 5],
    "folders": [3, 4, 5, 6, 7, 8],  # 5 lies in 3, 6 is another's too, 8 lies in 6
    "boxes": [3, 4, 5, 6, 8, 9],  # 3 lies in 9 too, 5 in 4, 8 is another's too
    "twins": [2, 3],
    "pets": [1, 3, 4],
    "toys": [1, 3],
    "pages": [2, 5],
    "cases": [2, 4, 6, 7],  # 3 and 5 have an owner: whose address stands there does not matter
}
TAKEN = {**OTHERS, "boxes": [4, 8]}
ALONE = {
    ("letters", "account"): [1],
    ("orders", "buyer"): [1, 5],
    ("orders", "viewer"): [2],
    ("toys", "pet"): [2],
}
TIED = {
    ("letters", "account"): [1, 2, 5],
    ("orders", "buyer"): [1, 5],
    ("orders", "viewer"): [2],
    ("toys", "pet"): [1, 2],
}
MINE = Subject(
    (Identity("email", ME),), {"app.people": ((1,),), "app.pets": ((2,),)}, ()
)  # fmt: skip


def _map() -> str:
    lines = ['[datasets.app]\nurl = "sqlite://"']
    for name, fields in FIELDS.items():
        lines.append(f"[collections.app.{name}]\n{MORE.get(name, '')}")
        lines.append(f'[collections.app.{name}.fields]\nid = "system"')
        lines += [f"{column} = {field}" for column, field in fields.items()]
    lines.append(f'[collections.app.slips.fields]\nid = "system"\nemail = {MAIL}')
    lines.append(f"agent = {_to('owned_by')}")
    lines.append(f"[collections.app.parts.fields]\na = {{ {KEY} }}\nb = {{ {KEY} }}")
    lines.append(f"owner = {_to('owned_by')}")
    return "\n".join(lines)


def _statements():
    for name, fields in FIELDS.items():
        if name == "pieces":
            continue
        columns = ["id integer primary key"]
        for column in fields:
            target = POINTS_AT.get(column)
            kind = f"integer references {target} (id)" if target else "varchar(60)"
            if column == "mail":
                kind = "varchar(60) references people (email)"
            if name == "people":
                kind += " unique"
            columns.append(f"{column} {kind}")
        yield f"create table {name} ({', '.join(columns)})"
    yield (
        "create table slips (id integer, agent integer references people (id), email varchar(60))"
    )
    yield (
        "create table parts (a integer, b integer, owner integer references people (id),"
        " primary key (a, b))"
    )
    yield (
        "create table pieces (id integer primary key, pa integer, pb integer,"
        " foreign key (pa, pb) references parts (a, b))"
    )


def _written(value) -> str:
    return "null" if value is None else repr(value)


class World:
    """The tables, and what a predicate says of their rows."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url)
        with self.engine.begin() as connection:
            for statement in _statements():
                connection.exec_driver_sql(statement)
            for name, rows in ROWS.items():
                for row in rows:
                    values = ", ".join(map(_written, row))
                    connection.exec_driver_sql(f"insert into {name} values ({values})")
        self.datamap = parse_datamap(_map())
        self.connector = SqlConnector.open(self.datamap, "app", url)
        self.tables = self.connector._tables

    def whose(self, selection=MINE) -> Whose:
        """Return the predicates of *selection*."""
        return Whose(
            self.datamap,
            self.connector.ownership,
            self.tables,
            self.connector._fitting,
            Context(selection, 1.0),
            fixed=True,
            inline=self.engine.dialect.name not in {"sqlite", "postgresql"},
        )

    def rows(self, name: str, predicate, **parameters) -> list:
        """Return the ids of the rows of which *predicate* is true."""
        return self.run(select(self.tables[name].c.id).where(predicate), **parameters)

    def run(self, statement, **parameters) -> list:
        """Return what the first column of *statement* holds."""
        with self.engine.connect() as connection:
            return sorted(connection.execute(statement, parameters).scalars())

    def each(self, what: str, names=tuple(FIELDS), selection=MINE) -> dict[str, list]:
        """Return what the predicate *what* finds in each collection."""
        whose = self.whose(selection)
        ask = getattr(whose, what)
        return {name: self.rows(name, ask(name, self.tables[name])) for name in names}

    def ties(self, what: str, names) -> dict[tuple[str, str], list]:
        """Return what the predicate *what* of a tie finds."""
        whose, found = self.whose(), {}
        for name, column in names:
            (tie,) = (
                tie for tie in self.connector.ownership.ties[name] if tie.columns == (column,)
            )
            found[name, column] = self.rows(name, getattr(whose, what)(tie, self.tables[name]))
        return found

    def close(self):
        """Close both."""
        self.connector.close()
        self.engine.dispose()


@pytest.fixture
def world(sql_url):
    """Every kind of table, on each database."""
    made = World(sql_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The same on the embedded one, for what is no matter of a database."""
    made = World(f"sqlite:///{tmp_path_factory.mktemp('whose')}/app.db")
    yield made
    made.close()


def _all(some: dict[str, list]) -> dict[str, list]:
    return {name: some.get(name, []) for name in FIELDS}


def test_every_database_says_the_same_of_every_row(world):
    """Mine, mine to see, somebody else's too, taken meanwhile."""
    found = {name: sorted(OWNED[name] + SEEN.get(name, [])) for name in FIELDS}
    assert world.each("owned") == OWNED
    assert world.each("found") == found
    assert world.each("others") == _all(OTHERS)
    assert world.each("taken") == _all(TAKEN)
    assert world.each("own_key") == OWNED
    assert world.ties("tied", TIED) == TIED
    assert world.ties("tied_alone", ALONE) == ALONE
    whose = world.whose()
    told = {
        name: world.run(whose.among_mine(name, select(world.tables[name].c.id))) for name in FIELDS
    }
    assert told == found


def test_an_owner_that_is_not_there_is_somebody_else(tmp_path):
    """SQLite keeps a key that points nowhere: whoever it was, it was not me."""
    made = World(f"sqlite:///{tmp_path}/app.db")
    with made.engine.begin() as connection:
        connection.exec_driver_sql("insert into cases values (8, 99, 1, null)")
    found = [made.each(what, ["cases"])["cases"] for what in ("owned", "others")]
    made.close()
    assert found == [[1, 3, 4, 5, 6, 8], [2, 4, 6, 7, 8]]


def test_statements_that_are_kept_are_filled_anew_for_each_person(one):
    """The next person is told of their own rows, not of the first one's."""
    orders, told = one.tables["orders"], []
    for email, key in ((ME, 1), (YOU, 2), (ME, 1)):
        context = Context(Subject((Identity("email", email),), {"app.people": ((key,),)}), 1.0)
        whose = one.connector._whose(context)

        def build(whose=whose):
            return select(orders.c.id).where(whose.owned("orders", orders))

        with one.engine.connect() as connection:
            rows = whose.binds.fetch(connection, ("orders",), build, context)
        told.append(sorted(id_ for (id_,) in rows))
    assert told == [[1, 5], [2, 3], [1, 5]]


def test_what_is_the_person_is_found_by_its_key(one):
    """Other rows of people are not, whatever leads to them."""
    assert one.each("is_root", ["people", "pets", "orders"]) == {
        "people": [1],
        "pets": [2],
        "orders": [],
    }


def test_a_key_of_two_columns_is_compared_whole(one):
    """Whatever their order in the map."""
    whose, parts = one.whose(), one.tables["parts"]
    with one.engine.connect() as connection:
        found = connection.execute(select(parts.c.a, parts.c.b).where(whose.owned("parts", parts)))
        assert [tuple(row) for row in found] == [(1, 1)]
    assert whose.keys("parts", [(1, 2), ("x", 1), (2, 1)]) == [(1, 2), (2, 1)]
    assert whose.keys("orders", [(1,), ("x",), (3,)]) == [1, 3]


def test_rows_without_a_key_are_found_whatever_leads_to_them(one):
    """By an address in the row, or by its owner; the fourth names me, and is its agent's."""
    slips = one.tables["slips"]
    assert one.run(one.whose().among_mine("slips", select(slips.c.id))) == [1, 2, 4]


def test_a_value_is_put_into_the_shape_of_its_column(one):
    """What cannot be a value of the column is none."""
    whose, orders = one.whose(), one.tables["orders"]
    assert whose.fit(orders.c.buyer, 5) == 5
    with pytest.raises(Unfit):
        whose.fit(orders.c.buyer, "x")


@pytest.mark.parametrize(
    ("name", "columns", "depths"),
    [
        ("folders", ["id"], {1: 0, 2: -1, 5: 0, 6: -1, 8: -2, 9: -2}),
        ("boxes", ["id"], {1: 0, 2: 1, 3: 2, 5: 0, 7: 0, 8: 1}),
    ],
)
def test_how_deep_rows_lie_in_one_another(one, name, columns, depths):
    """What points at others of its collection has the lower number: it goes first."""
    named, tree = one.whose().depths(name)
    with one.engine.connect() as connection:
        found = {row[0]: row.privacykit_depth for row in connection.execute(select(tree))}
    assert (list(named), found) == (columns, depths)


def test_a_collection_without_rows_inside_rows_has_no_depths(one):
    """Nor has a selection without a person."""
    retention = one.whose(Where("folders", (parse_condition("parent is null"),)))
    assert [one.whose().depths("orders"), retention.depths("folders")] == [None, None]


def test_a_selection_without_a_person_is_its_collections_rows(one):
    """Nobody owns, sees or shares them; of other collections none is meant."""
    old = Where("orders", (parse_condition("viewer is null"),))
    names = ["orders", "items", "accounts", "letters"]
    none: dict[str, list] = {name: [] for name in names}
    for what in ("owned", "found"):
        assert one.each(what, names, old) == {**none, "orders": [1, 4]}
    for what in ("others", "is_root"):
        assert one.each(what, names, old) == none


def test_the_rows_of_a_batch_are_those_of_its_keys(one):
    """They are given with each run."""
    whose, orders = one.whose(), one.tables["orders"]
    assert one.rows("orders", whose.in_batch("orders", orders), **{KEYS: [2, 4, 9]}) == [2, 4]


@pytest.mark.parametrize(
    ("selection", "deletes"),
    [
        (MINE, {"orders": True, "items": False}),
        (Where("items", ()), {"items": True}),
        (Where("orders", (), ErasureStrategy.NULL), {"orders": False}),
    ],
    ids=["by the map", "by a rule", "not by a rule"],
)
def test_rows_are_deleted_where_the_map_or_the_rule_says_so(one, selection, deletes):
    """A rule of retention has its own word."""
    whose = one.whose(selection)
    assert {name: whose.deletes(name) for name in deletes} == deletes


def test_what_depends_on_nobody_is_made_once(one):
    """Each under its name; a set of rows as well, where the database lets us name one."""
    whose = one.whose()
    made = [whose.kept("a", object), whose.kept("a", object), whose.kept("b", object)]
    assert (made[0] is made[1], made[0] is made[2], whose.sets.get("stay", "set")) == (
        True,
        False,
        None,
    )
    rows = select(one.tables["orders"].c.id)
    first = whose.sets.made("stay", "set", lambda: rows)
    again = [whose.sets.made("stay", "set", lambda: rows), whose.sets.get("stay", "set")]
    assert [it is first for it in again] == [True, True]
    inline = Whose(
        one.datamap,
        one.connector.ownership,
        one.tables,
        one.connector._fitting,
        Context(MINE, 1.0),
        inline=True,
    )
    inside = [inline.sets.made("stay", "set", lambda: rows), inline.sets.get("stay", "set")]
    assert [isinstance(it, Subquery) and it.element is rows for it in inside] == [True, True]
