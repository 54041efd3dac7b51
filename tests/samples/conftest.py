"""Sample databases: public schemas with people of our own, each freshly loaded for a test."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine

SCRIPTS = sorted(Path(__file__).parent.glob("*/*.sql"))
SEPARATOR = "\n-- next\n"
SERVERS = {"postgresql": "postgres_url", "mariadb": "mariadb_url"}

_RENTAL = (
    ("customer", "customer_id", 1, "email", "HESTER.QUILL@customer.example"),
    ("customer", "customer_id", 3, "email", "BERTRAM.NOCK@customer.example"),
    ("customer", "customer_id", 10, "email", "saoirse.lynott@customer.example"),
    ("staff", "staff_id", 1, "email", "Rowan.Dallow@staff.example"),
    ("staff", "staff_id", 4, "email", "devin.okoro@staff.example"),
    ("staff", "staff_id", 7, "email", "mei.tran@staff.example"),
)
PEOPLE = {
    "chinook": (
        ("Customer", "CustomerId", 1, "email", "ines.carvalhal@solaria.example"),
        ("Customer", "CustomerId", 3, "email", "maeve.dunmore@example.com"),
        ("Customer", "CustomerId", 4, "email", "greta.hagenau@example.org"),
        ("Employee", "EmployeeId", 3, "email", "silvio@chinook.example"),
        ("Employee", "EmployeeId", 6, "email", "niall@chinook.example"),
        ("Employee", "EmployeeId", 7, "email", "Harumi@Chinook.example"),
    ),
    "django": (
        ("auth_user", "id", 2, "email", "mara.holt@example.com"),
        ("auth_user", "id", 4, "email", "lena.pohl@example.net"),
        ("auth_user", "id", 6, "email", "amina@example.com"),
    ),
    "northwind": (
        ("Customers", "CustomerID", "CHEZM", "phone_number", "01.99.00.02.05"),
        ("Customers", "CustomerID", "HOLTF", "controller_customer_id", "HOLTF"),
        ("Customers", "CustomerID", "KITEB", "phone_number", "(218) 555-0111"),
        ("Employees", "EmployeeID", 1, "phone_number", "(206) 555-0101"),
        ("Employees", "EmployeeID", 3, "phone_number", "(206) 555-0103"),
        ("Employees", "EmployeeID", 5, "phone_number", "(20) 7946 0105"),
    ),
    "pagila": _RENTAL,
    "sakila": _RENTAL,
}


@dataclass(frozen=True)
class Person:
    """
    One row that is a person, and what to ask for them by.

    Attributes:
        table: The table of people.
        key: Column and value of its primary key.
        identity: Type and value, of nobody else in any table of people. It is as the row has it,
            but one person of each sample with e-mails writes it in lower case, the row in mixed.
    """

    table: str
    key: tuple[str, int | str]
    identity: tuple[str, str]


@dataclass(frozen=True)
class Sample:
    """
    A loaded database.

    Attributes:
        name: Of the schema; ``chinook``.
        dialect: ``sqlite``, ``postgresql`` or ``mariadb``.
        url: SQLAlchemy's.
        people: Three of each table of people.
    """

    name: str
    dialect: str
    url: str
    people: tuple[Person, ...]


def _snake(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _people(name, dialect):
    spelt = _snake if dialect == "postgresql" else str
    return tuple(
        Person(spelt(table), (spelt(column), key), (kind, value))
        for table, column, key, kind, value in PEOPLE[name]
    )


def load(url, script):
    """Run a script's statements on an empty database, all of them or none where DDL allows."""
    engine = create_engine(url, execution_options={"no_parameters": True})
    with engine.begin() as connection:
        for statement in script.read_text(encoding="utf-8").split(SEPARATOR):
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(params=SCRIPTS, ids=lambda script: f"{script.parent.name}-{script.stem}")
def sample(request, tmp_path):
    """Each sample on each database that its original is published for."""
    script = request.param
    name, dialect = script.parent.name, script.stem
    if dialect == "sqlite":
        url = f"sqlite:///{tmp_path}/{name}.db"
    else:
        url = request.getfixturevalue(SERVERS[dialect])
    load(url, script)
    return Sample(name, dialect, url, _people(name, dialect))
