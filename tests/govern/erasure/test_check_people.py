"""What a data map says of who is meant: where it would make one person of two, it is told."""

from __future__ import annotations

import pytest

from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.schema import Column, ForeignKey, Table
from privacykit.govern.erasure.inspection.check_people import (
    ADVICE,
    HINTS,
    check_people,
    own_keys,
    shared_keys,
)
from privacykit.govern.erasure.ownership import Ownership, build_ownership

KEY = 'category = "user.unique_id"'
FELLOW = f'{{ {KEY}, identity = "customer_id" }}'
MAIL = f'email = {{ {KEY}, identity = "email" }}'
ID = Column("id", "int", nullable=False)
PARENT = ForeignKey(("id",), "parents", ("id",))


def _ownership(text: str, *tables: Table) -> tuple:
    datamap = parse_datamap(f'[datasets.shop]\nurl = "sqlite:///shop.db"\n{text}')
    return datamap, build_ownership(datamap, "shop", tables)


def _people(*fields: str, name: str = "people", more: str = "subject = true") -> str:
    lines = "\n".join(fields)
    return f"[collections.shop.{name}]\n{more}\n[collections.shop.{name}.fields]\n{lines}\n"


def _keys(text: str, *tables: Table) -> dict[str, str]:
    ownership: Ownership = _ownership(text, *tables)[1]
    return own_keys(ownership)


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("stock of the shop", []),
        ("TODO: why does it hold nothing of a person?", ["stock"]),
        ("fixme", ["stock"]),
        ("to do", []),
    ],
)
def test_a_table_is_not_excluded_by_a_reason_that_nobody_wrote(reason, told):
    """A generated reason says that somebody has to look."""
    found = check_people(*_ownership(f'[datasets.shop.excluded]\nstock = "{reason}"\n'))
    words = "is excluded and nobody has written why"
    assert list(found) == [("PK247", name, words) for name in told]


@pytest.mark.parametrize(
    ("reason", "told"),
    [("a number of the shelf", []), ("TODO: is it of a person?", ["people.shelf"])],
)
def test_a_column_is_not_excluded_by_a_reason_that_nobody_wrote(reason, told):
    """Nor is a column of a table that is mapped; a column that is mapped needs no reason."""
    text = _people(MAIL, f'shelf = {{ exclude = "{reason}" }}')
    words = "is excluded and nobody has written why"
    assert list(check_people(*_ownership(text))) == [("PK247", name, words) for name in told]


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ('identity = "phone_number", teaches = true', ["phone_number"]),
        ('identity = "loyalty", teaches = true', ["loyalty"]),
        ('identity = "email", teaches = true', []),
        ('identity = "phone_number"', []),
        ('identity = "phone_number", teaches = false', []),
    ],
)
def test_a_value_that_several_people_share_and_yet_leads_on_is_told(field, told):
    """Only where the map says so against what is safe for the type."""
    found = list(check_people(*_ownership(_people(f"value = {{ {KEY}, {field} }}"))))
    assert found == [
        (
            "PK248",
            "people.value",
            f"teaches: whoever has the same {kind} becomes the same person",
        )
        for kind in told
    ]


def test_two_tables_of_one_dataset_that_call_their_keys_alike_are_told():
    """Number 1 of one would be number 1 of the other."""
    text = _people(f"id = {FELLOW}") + _people(f"id = {FELLOW}", name="staff")
    tables = [Table(name, (ID,), ("id",)) for name in ("people", "staff")]
    words = "its key is called customer_id, as that of shop.people is: two people are one"
    assert list(check_people(*_ownership(text, *tables))) == [("PK246", "staff", words)]


def test_a_third_table_is_compared_with_the_first():
    """Each later one is told, in whatever dataset it is, and other types are not."""
    keys = {
        "shop": {"people": "customer_id", "staff": "employee_id"},
        "crm": {"leads": "customer_id"},
        "mail": {"readers": "customer_id", "lists": "list.id"},
    }
    words = "its key is called customer_id, as that of shop.people is: two people are one"
    assert list(shared_keys(keys)) == [("PK246", "leads", words), ("PK246", "readers", words)]


@pytest.mark.parametrize(
    ("text", "tables", "keys"),
    [
        (_people(f"id = {FELLOW}"), [Table("people", (ID,), ("id",))], "customer_id"),
        (_people(f"id = {FELLOW}"), [], None),
        (_people(f"id = {FELLOW}", more=""), [Table("people", (ID,), ("id",))], None),
        (_people(f"id = {{ {KEY} }}", MAIL), [Table("people", (ID,), ("id",))], None),
        (_people(f"id = {FELLOW}"), [Table("people", (ID,))], None),
        (_people(f"id = {FELLOW}"), [Table("people", (ID,), ("no",))], None),
        (
            _people(f"id = {FELLOW}", f"no = {{ {KEY} }}"),
            [Table("people", (ID, Column("no", "int", nullable=False)), ("id", "no"))],
            None,
        ),
        (
            _people(f"id = {FELLOW}", more='subject = true\nkey = "id"'),
            [Table("people", (ID,))],
            "customer_id",
        ),
        (
            _people(f"id = {FELLOW}", more='subject = true\nkey = "id"'),
            [Table("people", (ID, Column("no", "int", nullable=False)), ("no",))],
            "customer_id",
        ),
        (
            _people(f'id = {{ {KEY}, identity = "customer_id", teaches = true }}'),
            [Table("people", (ID,), ("id",))],
            None,
        ),
        (
            _people(f'id = {{ {KEY}, identity = "customer_id", teaches = false }}'),
            [Table("people", (ID,), ("id",))],
            None,
        ),
        (_people(f"id = {FELLOW}"), [Table("people", (ID,), ("id",), (PARENT,))], None),
    ],
    ids=[
        "its primary key",
        "not there",
        "no people",
        "no identity",
        "no key",
        "not mapped",
        "of two columns",
        "by the map's word",
        "by the map's word before the store's",
        "that teaches by the map's word",
        "that does not teach by the map's word",
        "another's key",
    ],
)
def test_a_table_of_people_has_a_key_of_its_own(text, tables, keys):
    """One column that names a person by a type, given out by this table and no other."""
    assert _keys(text, *tables).get("people") == keys


def test_a_table_without_a_key_of_its_own_hides_no_other():
    """What is no table of people is passed over, and the next is looked at."""
    text = "".join(
        (
            _people(f"id = {FELLOW}", name="orders", more=""),
            _people(f"id = {{ {KEY} }}", MAIL, name="guests"),
            _people(f"id = {FELLOW}"),
        )
    )
    tables = [Table(name, (ID,), ("id",)) for name in ("orders", "guests", "people")]
    assert _keys(text, *tables) == {"people": "customer_id"}


def test_each_error_says_what_to_do_and_the_advice_does_not_fail_a_check():
    """What may be meant so is advice."""
    assert (
        {
            "PK246": 'give each table a type of its own: identity = "TABLE.COLUMN"',
            "PK430": (
                "say subject = true, or subject = false where one person may have several rows"
            ),
            "PK247": "look into it: map it, or write why it holds nothing of a person",
        },
        {"PK248"},
    ) == (HINTS, ADVICE)
