"""
Two people under one address are told apart by what stands in a row, whatever its columns are called.

The map says of these columns no more than a scan does of a word in no list: ``user.content``.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from privacykit.connectors.files import FilesConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans
from tests.connectors.conftest import world

NOW = 1_780_000_000.0
__all__ = ["world"]

TWO = {
    "de": ("kundenname", "Walter Weiss", "Wilma Weiss"),
    "de, initials": ("besteller", "W. Weiss", "O. Weiss"),
    "fr": ("nom_client", "Hélène d'Aubigné", "Rémi d'Aubigné"),
    "sv": ("efternamn", "Åkesson", "Öberg"),
    "sv, small": ("namn", "lars", "lena"),
    "no": ("navn", "Kåre", "Åse"),
    "fi": ("asiakas", "Matti Meikäläinen", "Maija Meikäläinen"),
    "hu": ("ugyfel", "Nagy János", "Kis Éva"),
    "cs": ("jmeno", "Jan Novák", "Jana Nováková"),
    "nl": ("wie", "Jan van der Berg", "Piet de Vries"),
    "ru": ("kto", "Иван Петров", "Анна Петрова"),
    "el": ("onoma", "ΓΙΩΡΓΟΣ", "ΜΑΡΙΑ"),
    "ja": ("kata", "山田太郎", "山田花子"),
    "ar": ("man", "محمد علي", "فاطمة علي"),
    "code": ("col7", "Ann Lee", "Bo Lee"),
    "birthday": ("fodt", "1980-01-02", "1982-03-04"),
    "birthday as written": ("syntyma", "02.01.1980", "04.03.1982"),
    "number": ("kundnummer", "K-1001", "K-1002"),
}
ONE = {
    "a name twice": ("kundenname", "Walter Weiss", "walter  weiss"),
    "state": ("stav", "shipped", "pending"),
    "status": ("status", "Shipped", "Pending"),
    "sentence": ("text", "Where is my parcel?", "Thanks, it came!"),
    "day": ("bestilt", "2026-01-02", "2026-03-04"),
    "moment": ("am", "1980-01-02 10:00:00", "1982-03-04 10:00:00"),
    "order": ("bestellnr", "A-1001", "A-1002"),
    "amount": ("betrag", "12.50", "13.00"),
    "nobody": ("kundenname", "Walter Weiss", "unbekannt"),
    "code": ("kod", "XK7", "XK9"),
}
MAP = """
[collections.app.orders.fields]
id = "system.operations"
kundenmail = {{ category = "user.contact.email", identity = "email" }}
{} = "{}"
"""


def made(world, url, column, rows, category="user.content"):
    """Build a table of an address and one more column, mapped as a scan maps it."""
    wide = f"create table orders (id integer primary key, kundenmail varchar(60), {column} varchar(60))"
    ready = [f"insert into orders values ({n}, '{mail}', '{text.replace(chr(39), chr(39) * 2)}')"
             for n, (mail, text) in enumerate(rows)]  # fmt: skip
    house = world(url, [wide, *ready], MAP.format(column, category))
    house.means = replace(house.means, clock=lambda: NOW)
    return house


@pytest.mark.parametrize("category", ["user.content", "user", "system.operations"])
@pytest.mark.parametrize("shape", TWO.values(), ids=TWO)
def test_two_under_one_address_are_asked_about(world, tmp_path, shape, category):
    """No word of any list names the column; a yes is wanted, for an erasure and for an export."""
    column, first, second = shape
    rows = [("us@x.example", first), ("us@x.example", second), ("c@x.example", "Carla Kurz")]
    house = made(world, f"sqlite:///{tmp_path}/x.db", column, rows, category)
    [problem] = house.plan("us@x.example").problems
    assert problem.endswith(f"they differ in {column} (PK245)")
    assert house.plan("c@x.example", "q").problems == ()


@pytest.mark.parametrize("shape", ONE.values(), ids=ONE)
def test_what_one_person_ordered_is_not_asked_about(world, tmp_path, shape):
    """States, days, numbers of orders and sentences differ in one person's rows."""
    column, first, second = shape
    rows = [("us@x.example", first), ("us@x.example", second)]
    house = made(world, f"sqlite:///{tmp_path}/x.db", column, rows)
    assert house.plan("us@x.example").problems == ()


def test_a_column_of_few_words_for_many_people_tells_nobody_apart(world, sql_url):
    """Rows of everybody show it: five things that a hundred people bought; who they are, no."""
    things = ["Tea", "Green Tea", "Coffee", "Cocoa", "Mate"]
    rows = [(f"p{n % 100}@x.example", things[n % 5 - n // 100]) for n in range(200)]
    house = made(world, sql_url, "was", rows)
    assert house.plan("p7@x.example").problems == ()
    with house.engine.begin() as connection:
        connection.exec_driver_sql("update orders set was = 'Ann Lee' where id = 7")
    assert "they differ in was (PK245)" in house.plan("p7@x.example", "q").problems[0]


def test_files_are_told_apart_alike(tmp_path):
    """The rule is one, whatever holds the rows; what everybody has in a file tells nobody apart."""
    things = ["Tea", "Coffee"]
    lines = [
        {
            "id": n,
            "kundenmail": f"p{n % 50}@x.example",
            "wer": things[n // 50],
            "namn": f"P{n % 50}",
        }
        for n in range(100)
    ]
    lines += [{"id": 200 + n, "kundenmail": "us@x.example", "namn": it, "wer": "Tea"}
              for n, it in enumerate(("Lars", "Lena"))]  # fmt: skip
    (tmp_path / "orders.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    text = MAP.format("namn", "user.content") + 'wer = "user.content"\n'
    datamap = parse_datamap('[datasets.app]\npath = "."\nmax_proportion = 1.0\n' + text)
    means = GovernContext(
        datamap,
        {"app": FilesConnector(datamap, "app", tmp_path)},
        MemoryPlans(),
        lambda: NOW,
        lambda size: b"s" * size,
    )
    problems = [
        flow.plan_request(
            means,
            RequestType.ERASURE,
            (Identity("email", f"{who}@x.example"),),
            plan_id=who,
            request_id="r",
        ).problems
        for who in ("us", "p7")
    ]
    assert (len(problems[0]), problems[1]) == (1, ())
    assert problems[0][0].endswith("they differ in namn (PK245)")
