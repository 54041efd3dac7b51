"""What a scan proposes: each number its own, undeclared keys by name, reasons still to be written."""

from __future__ import annotations

import tomllib

import pytest

from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.proposal.draft import draft_map
from privacykit.govern.datamap.proposal.guessed_kinds import MIXED_CASE
from privacykit.govern.datamap.proposal.plain import plain
from privacykit.govern.datamap.schema import Column, ForeignKey, Table
from privacykit.govern.datamap.toml import write_toml
from privacykit.govern.erasure.inspection.check_map import check_dataset

ID = Column("id", "int", nullable=False)
EMAIL = Column("email")
CUSTOMER, EMPLOYEE = (
    Table("customer", (ID, EMAIL), ("id",)),
    Table("employee", (ID, EMAIL), ("id",)),
)
CARD = Table("payment_card", (ID, Column("ccn"), Column("customer_id", "int")), ("id",))
LOGIN = Table("login", (ID, Column("customer_id", "int"), Column("time", "time")), ("id",))
STOCK = Table("stock", (ID, Column("amount", "int")), ("id",))
TABLES = (CUSTOMER, EMPLOYEE, CARD, LOGIN, STOCK)


def _drafted(labels=lambda _, __: {}):
    text = write_toml(draft_map("app", "APP_URL", TABLES, labels))
    return text, tomllib.loads(text)


@pytest.mark.parametrize("table", ["customer", "employee"])
def test_each_table_of_people_has_numbers_of_its_own(table):
    """Customer 1 is not employee 1; that it is a guess is said."""
    text, drafted = _drafted()
    field = drafted["collections"]["app"][table]["fields"]["id"]
    assert field["identity"] == f"{table}.id"
    assert f'identity = "{table}.id" }}  # a number of this table\'s own' in text


@pytest.mark.parametrize("table", ["payment_card", "login"])
def test_a_key_that_nobody_declared_is_guessed_by_its_name(table):
    """Card numbers and logins are somebody's, whatever the schema leaves out."""
    field = _drafted()[1]["collections"]["app"][table]["fields"]["customer_id"]
    assert (field["references"], field["relation"]) == ("customer.id", "owned_by")


def test_a_card_number_is_known_by_its_name():
    """Without a value to look at."""
    fields = _drafted()[1]["collections"]["app"]["payment_card"]["fields"]
    assert fields["ccn"] == "user.financial.credit_card"


def test_a_generated_reason_does_not_satisfy_the_check():
    """Somebody has to look, and to write why."""
    text, drafted = _drafted()
    found = check_dataset(parse_datamap(text), "app", TABLES)
    assert drafted["datasets"]["app"]["excluded"]["stock"].startswith("TODO")
    assert [f.problem.key for f in found if f.problem.id == "PK247"] == ["app.stock"]


def test_capitals_that_were_seen_are_not_looked_over():
    """An address is then compared without regard to case."""
    fields = _drafted(lambda _, __: {MIXED_CASE: 0.1})[1]["collections"]["app"]["customer"][
        "fields"
    ]
    assert fields["email"]["match"] == "ignore-case"


def test_two_tables_with_one_type_of_key_are_a_finding():
    """Whoever writes the same type twice has made two people one."""
    text = _drafted()[0].replace("employee.id", "customer.id")
    found = check_dataset(parse_datamap(text), "app", TABLES)
    assert [f.problem.key for f in found if f.problem.id == "PK246"] == ["app.employee"]


def test_a_telephone_that_teaches_is_advice():
    """The map may say so; whoever reads the check is told what it means."""
    line = 'phone = { category = "user.contact.phone_number", identity = "phone_number", teaches = true }'
    text = _drafted()[0].replace('"customer.id" }', f'"customer.id" }}\n{line}', 1)
    found = check_dataset(parse_datamap(text), "app", TABLES)
    assert [(f.problem.key, f.advice) for f in found if f.problem.id == "PK248"] == [
        ("app.customer.phone", True)
    ]


@pytest.mark.parametrize(
    ("key", "relation"),
    [
        ("customer_id", "owned_by"), ("kunde_id", "owned_by"), ("auteur_id", "owned_by"),
        ("owner", "owned_by"), ("created_by", "owned_by"), ("edited_by", "accessed_by"),
        ("banned_by", "accessed_by"), ("bearbeitet_von", "accessed_by"),
        ("guardian_id", "accessed_by"), ("arzt_id", "accessed_by"), ("x", "accessed_by"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("beside", [(), ("user_id",)])
def test_a_key_owns_where_its_name_says_whose_the_row_is(key, relation, beside):
    """Who had to do with it only sees it; whoever typed it in does, beside one whose it is."""
    keys = tuple(ForeignKey((name,), "customer", ("id",)) for name in (key, *beside))
    columns = (ID, *(Column(name, "int") for name in (key, *beside)))
    tables = (CUSTOMER, Table("thing", columns, ("id",), keys))
    fields = draft_map("app", "U", tables, lambda _, __: {})["collections"]["app"]["thing"][
        "fields"
    ]
    if (key, beside) == ("created_by", ("user_id",)):
        relation = "accessed_by"
    assert fields[key]["relation"] == relation


LOGINS = {
    "user_login": "owned_by", "author_login": "owned_by", "authorLogin": "owned_by",
    "owner_handle": "owned_by", "kunde_handle": "owned_by", "auteur_login": "owned_by",
    "last_login": "accessed_by", "deploy_handle": "accessed_by",
}  # fmt: skip
ONLY_DECLARED = {"login", "author_phone"}
"""Called so by chance, or found by itself wherever it stands: a key where the store says so."""


@pytest.mark.parametrize("column", [*LOGINS, *sorted(ONLY_DECLARED)])
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "undeclared"])
def test_a_key_by_what_people_are_called_says_whose_a_row_is(column, declared):
    """Not only ids are keys: what users sign in with is, where it is one of them alone."""
    end = plain(column).rpartition("_")[2]
    alone = (("login",), ("handle",), ("phone",))
    columns = (ID, EMAIL, *(Column(name, "text") for (name,) in alone))
    users = Table("users", columns, ("id",), uniques=alone)
    keys = (ForeignKey((column,), "users", (end,)),) if declared else ()
    notes = Table("notes", (ID, Column(column, "text")), ("id",), keys)
    drafted = draft_map("app", "U", (users, notes), lambda _, __: {})
    line = drafted["collections"]["app"].get("notes", {}).get("fields", {}).get(column)
    relation = line.get("relation") if isinstance(line, dict) else None
    wanted = LOGINS.get(column, "owned_by")
    if not declared and (column in ONLY_DECLARED or wanted == "accessed_by"):
        wanted = None
    assert relation == wanted
    assert declared or not wanted or str(line["references"]) == f"users.{end}"


@pytest.mark.parametrize(
    ("column", "kind", "people", "category"),
    [
        ("unknown", "date", True, "user"), ("unknown", "date", False, "system.operations"),
        ("created_on", "date", True, "system.operations"), ("Prénom", "text", False, "user.name.first"),
        ("kunde_vorname", "text", False, "user.name.first"), ("payer_name", "text", False, "user.name"),
        ("product_name", "text", False, "user.content"), ("nom", "text", True, "user.name"),
        ("nom", "text", False, "user.content"), ("plz", "int", True, "user.contact.address.postal_code"),
    ],
)  # fmt: skip
def test_a_column_is_known_by_its_name_in_any_language(column, kind, people, category):
    """And a day in a row that is a person is said of them, whatever it is called."""
    table = Table("kunden" if people else "dinge", (ID, EMAIL, Column(column, kind)), ("id",))
    if not people:
        table = Table("dinge", (ID, Column("kunde_id", "int"), Column(column, kind)), ("id",))
    kunden = (Table("kunden", (ID, EMAIL), ("id",)),) if not people else ()
    drafted = draft_map("app", "U", (table, *kunden), lambda _, __: {})
    fields = drafted["collections"]["app"][table.name]["fields"]
    assert str(fields[column]) == category


def _django(**more):
    made = {
        "auth_user": ("id", "email"),
        "auth_group": ("id", "name"),
        "auth_group_permissions": ("id", "group_id", "permission_id"),
        "auth_permission": ("id", "name", "content_type_id", "codename"),
        "django_content_type": ("id", "app_label", "model"),
        "django_migrations": ("id", "app", "name", "applied"),
        "django_session": ("session_key", "session_data", "expire_date"),
    }
    columns = {name: (*names, *more.get(name, ())) for name, names in made.items()}
    return tuple(
        Table(name, tuple(Column(each) for each in names), names[:1])
        for name, names in columns.items()
    )


def test_tables_that_a_framework_makes_for_itself_are_known():
    """Excluded with a reason that says what they hold, and the check is content."""
    text = write_toml(draft_map("app", "APP_URL", _django(), lambda _, __: {}))
    drafted, found = tomllib.loads(text), check_dataset(parse_datamap(text), "app", _django())
    assert list(drafted["collections"]["app"]) == ["auth_user"]
    assert not [f.problem for f in found if not f.advice]
    assert "clearsessions" in drafted["datasets"]["app"]["excluded"]["django_session"]


def test_a_table_with_a_column_more_is_looked_at_like_any_other():
    """Somebody changed it, or it only bears the same name."""
    tables = _django(django_session=("email",), auth_group=("colour",))
    drafted = draft_map("app", "APP_URL", tables, lambda _, __: {})
    assert "django_session" in drafted["collections"]["app"]
    assert str(drafted["datasets"]["app"]["excluded"]["auth_group"]).startswith("TODO")
