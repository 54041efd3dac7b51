"""The sample databases are what their README says."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import create_engine, inspect

# SQLAlchemy has no word for MariaDB's geometry, and says so whenever it looks at such a table.
pytestmark = pytest.mark.filterwarnings("ignore:Did not .* type 'geometry'")

CHINOOK = (
    "Album Artist Customer Employee Genre Invoice InvoiceLine MediaType Playlist PlaylistTrack"
    " Track"
)
DJANGO = (
    "account_emailaddress account_emailconfirmation auth_group auth_group_permissions"
    " auth_permission auth_user auth_user_groups auth_user_user_permissions django_admin_log"
    " django_content_type django_migrations django_session shop_address shop_comment shop_order"
    " shop_orderitem shop_product socialaccount_socialaccount socialaccount_socialapp"
    " socialaccount_socialtoken"
)
SAKILA = (
    "actor address category city country customer film film_actor film_category inventory"
    " language payment rental staff store"
)
TABLES = {
    "chinook-mariadb": CHINOOK,
    "chinook-postgresql": (
        "album artist customer employee genre invoice invoice_line media_type playlist"
        " playlist_track track"
    ),
    "chinook-sqlite": CHINOOK,
    "django-mariadb": DJANGO,
    "django-postgresql": DJANGO,
    "django-sqlite": DJANGO,
    "northwind-postgresql": (
        "categories customer_customer_demo customer_demographics customers employees"
        " employee_territories order_details orders products region shippers suppliers"
        " territories us_states"
    ),
    "northwind-sqlite": (
        "Categories CustomerCustomerDemo CustomerDemographics Customers Employees"
        " EmployeeTerritories Order_Details Orders Products Regions Shippers Suppliers"
        " Territories"
    ),
    "pagila-postgresql": SAKILA + "".join(f" payment_p2022_{month:02}" for month in range(1, 8)),
    "sakila-mariadb": f"{SAKILA} film_text",
    "sakila-sqlite": f"{SAKILA} film_text",
}
PEOPLE = {
    "chinook": {"customer": 14, "employee": 8},
    "django": {"auth_user": 12},
    "northwind": {"customers": 12, "employees": 9},
    "pagila": {"customer": 12, "staff": 8},
    "sakila": {"customer": 12, "staff": 8},
}
KEYS = {"chinook": 11, "django": 22, "northwind": 13, "pagila": 36, "sakila": 22}


@pytest.fixture
def database(sample):
    """A connection to the sample."""
    engine = create_engine(sample.url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _rows(database, table):
    quoted = database.dialect.identifier_preparer.quote(table)
    return database.exec_driver_sql(f"select * from {quoted}").mappings().all()


def _keys(schema):
    return [
        (table, key) for table in schema.get_table_names() for key in schema.get_foreign_keys(table)
    ]


def _without_parent(database, keys):
    """Name the keys that point at no row, as often as they do."""
    if database.dialect.name == "sqlite":
        return database.exec_driver_sql("pragma foreign_key_check").all()
    lost = []
    for table, key in keys:
        mine, theirs = key["constrained_columns"], key["referred_columns"]
        parents = _rows(database, key["referred_table"])
        known = {tuple(row[column] for column in theirs) for row in parents}
        given = [tuple(row[column] for column in mine) for row in _rows(database, table)]
        lost += [(table, *mine) for value in given if None not in value and value not in known]
    return lost


def test_a_sample_has_the_tables_of_its_original(sample, database):
    """Every table, each partition too, and no other; a space is written as an underscore here."""
    found = {table.replace(" ", "_") for table in inspect(database).get_table_names()}
    assert found == set(TABLES[f"{sample.name}-{sample.dialect}"].split())


def test_a_table_of_people_has_its_rows(sample, database):
    """Eight to twenty people each, three of them named."""
    named = Counter(person.table for person in sample.people)
    found = {table.lower(): (len(_rows(database, table)), named[table]) for table in named}
    assert found == {table: (rows, 3) for table, rows in PEOPLE[sample.name].items()}


def test_every_foreign_key_points_at_a_row(sample, database):
    """Also those that the server was not asked to check while it loaded."""
    keys = _keys(inspect(database))
    assert (len(keys), _without_parent(database, keys)) == (KEYS[sample.name], [])


def test_each_person_is_there_once(sample, database):
    """The identity stands in one row of one table of people, and it is the row of the key."""
    tables = {person.table: _rows(database, person.table) for person in sample.people}
    for person in sample.people:
        column, key = person.key
        holding = [
            (table, row[column])
            for table, rows in tables.items()
            for row in rows
            if person.identity[1].lower() in {str(value).lower() for value in row.values()}
        ]
        assert holding == [(person.table, key)]
