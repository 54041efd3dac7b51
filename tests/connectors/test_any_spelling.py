"""What a search missed for capitals and space around an address is found when it is asked for."""

import pytest

from privacykit.govern.erasure.connector import Context, Subject
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
