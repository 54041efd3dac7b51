"""What a search missed for capitals and space around an address is found when it is asked for."""

import pytest

from privacykit.govern.erasure.ports.connector import Context, Subject
from privacykit.govern.identity.equality import ANY_SPELLING
from privacykit.govern.records import Identity

MAIL = "lena@x.example"
LETTERS = """
[collections.app.letters.fields]
id = "system.operations"
email = { category = "user.contact.email", identity = "email" }
"""
SPELT = [MAIL, f"{MAIL} ", f"{MAIL}\n", f"\u00a0\t{MAIL}", "Lena@X.example "]
STRANGERS = ["lena@x.examples", "a lena@x.example", "xlena@x.example", ""]


@pytest.mark.parametrize("given", [MAIL, "LENA@x.example"])
def test_space_and_capitals_are_no_part_of_an_address(given, world, sql_url):
    """On every database; what is longer is somebody else's."""
    made = world(
        sql_url, ["create table letters (id integer primary key, email varchar(90))"], LETTERS
    )
    with made.engine.begin() as connection:
        table = made.connector._tables["letters"]
        rows = [{"id": n, "email": text} for n, text in enumerate([*SPELT, *STRANGERS])]
        connection.execute(table.insert(), rows)
    mapped = made.connector.ownership.collections["letters"]
    loose = mapped.fields["email"].model_copy(update={"match": ANY_SPELLING})
    mapped.fields["email"] = loose
    context = Context(Subject((Identity("email", given),)), 1.0)
    found = [target.key[0] for target in made.connector.find("letters", context)]
    assert found == list(range(len(SPELT)))


CAPITALS = {
    "accent": ("rené@x.example", ["rené@x.example", "RENÉ@X.example", "renÉ@x.example"]),
    "several": ("åsa.öberg@x.example", ["ÅSA.ÖBERG@x.example", "Åsa.öBerg@x.example"]),
    "sharp s": ("groß@x.example", ["groß@x.example", "GROẞ@x.example"]),
    "dotted i": ("i\u0307rem@x.example", ["İrem@x.example", "i\u0307REM@x.example"]),
    "Greek": ("γιώργος", ["Γιώργος", "ΓΙΏΡΓΟΣ"]),
    "Cyrillic": ("иван петров", ["Иван Петров", "ИВАН ПЕТРОВ", "иВАН пЕТРОВ"]),
    "many letters": ("владимир владимирович", ["Владимир Владимирович", "ВЛАДИМИР ВЛАДИМИРОВИЧ"]),
}
OTHERS = ["rene@x.example", "rené@x.examples", "asa.oberg@x.example", "gross@x.example"]


@pytest.mark.parametrize("letters", CAPITALS)
def test_capitals_beyond_ascii_are_the_same_letters(world, letters, tmp_path):
    """SQLite makes none of them small; a row that was not found came back for ever."""
    given, spelt = CAPITALS[letters]
    text = LETTERS.replace('identity = "email"', 'identity = "email", match = "ignore-case"')
    made = world(
        f"sqlite:///{tmp_path}/x.db",
        [
            "create table letters (id integer primary key, email varchar(90))",
            "create index letters_email on letters (lower(email))",
        ],
        text,
    )
    with made.engine.begin() as connection:
        table = made.connector._tables["letters"]
        rows = [{"id": n, "email": it} for n, it in enumerate([*spelt, *OTHERS])]
        connection.execute(table.insert(), rows)
    for asked in (given, *spelt):
        context = Context(Subject((Identity("email", asked),)), 1.0)
        found = [target.key[0] for target in made.connector.find("letters", context)]
        assert found == list(range(len(spelt)))
