"""
Whatever the database enforces: the plan said so, or it worked; nobody else's row changes.

Tables are generated with constraints of every kind, over two schemas where the database has them,
and strategies that may or may not fit. Two people are erased, one after the other: what works for
the first and never again for anybody else is the fault that no single erasure shows.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine

from privacykit.connectors.sql import SqlConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.toml import write_toml
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.inspection.check_map import check_dataset
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

PEOPLE = 3
EXAMPLES = {"sqlite": 60, "postgresql": 12, "mysql": 12}
CONSTRAINTS = {
    "free": "{n} varchar(60)",
    "never empty": "{n} varchar(60) not null",
    "unique": "{n} varchar(60) unique",
    "unique, never empty": "{n} varchar(60) not null unique",
    "short": "{n} varchar(12)",
    "short, unique": "{n} varchar(12) not null unique",
    "condition": "{n} varchar(60) not null check ({n} <> '[erased]')",
    "list": "{n} varchar(60) not null check ({n} in ('v1', 'v2', 'v3', '[erased]'))",
    "other list": "{n} varchar(60) check ({n} in ('v1', 'v2', 'v3'))",
    "number": "{n} integer not null unique",
    "computed": "{n} varchar(80) generated always as (lower(id)) {stored}",
}
STRATEGIES = ("", "", "null", "mask", "random", "hash", "keep")


@dataclass(frozen=True)
class Made:
    """A generated column: its constraint and what the map says of it."""

    constraint: str
    strategy: str


@dataclass(frozen=True)
class Shape:
    """A generated table."""

    columns: tuple[Made, ...]
    elsewhere: bool
    fields: bool
    hard: bool
    lowered: bool
    together: bool


@st.composite
def shapes(draw: st.DrawFn) -> list[Shape]:
    """Draw tables of rows that people own; the first one is the people."""
    made = st.builds(Made, st.sampled_from(sorted(CONSTRAINTS)), st.sampled_from(STRATEGIES))
    columns = st.lists(made, min_size=1, max_size=3).map(tuple)
    flags = [st.booleans() for _ in range(5)]
    return draw(st.lists(st.builds(Shape, columns, *flags), min_size=1, max_size=3))


class Database:
    """One database of a kind, emptied before each example."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = create_engine(url)
        self.kind = self.engine.dialect.name
        self.other = "billing" if self.kind == "postgresql" else f"{self.engine.url.database}_b"

    def create(self, drawn: list[Shape]) -> None:
        """Make the tables of *drawn* and three people's rows in each."""
        with self.engine.begin() as connection:
            for statement in (*self._empty(len(drawn)), *self._tables(drawn), *_rows(self, drawn)):
                connection.exec_driver_sql(statement)

    def _empty(self, number: int) -> Iterator[str]:
        del number
        if self.kind == "postgresql":
            yield "drop schema public cascade"
            yield "create schema public"
            yield "drop schema if exists billing cascade"
            yield "create schema billing"
            return
        if self.kind != "sqlite":
            yield f"drop database if exists {self.other}"
            yield f"create database {self.other}"
        for place in range(3, -1, -1):
            yield f"drop table if exists t{place}"

    def _tables(self, drawn: list[Shape]) -> Iterator[str]:
        for number, shape in enumerate(drawn):
            key = "id varchar(20) primary key, email varchar(60) unique"
            if number:
                empty = " not null" if shape.hard else ""
                key = f"id varchar(20) primary key, owner varchar(20){empty}"
            stored = "stored"
            columns = [
                CONSTRAINTS[made.constraint].format(n=f"c{place}", stored=stored)
                for place, made in enumerate(shape.columns)
            ]
            if number:
                home = f"{self.engine.url.database}." if self.kind == "mysql" else ""
                people = f"{home}{self.table(0, drawn[0])}"
                columns.append(f"foreign key (owner) references {people} (id) on delete cascade")
            if shape.together:
                columns.append("unique (c0, id)")
            yield f"create table {self.table(number, shape)} ({key}, {', '.join(columns)})"
            if shape.lowered and self.kind != "mysql" and shape.columns[0].constraint != "number":
                table = self.table(number, shape)
                yield f"create unique index lowered{number} on {table} (lower(c0), id)"

    def table(self, number: int, shape: Shape) -> str:
        """Where table *number* is: the people's are at home."""
        elsewhere = shape.elsewhere and number and self.kind != "sqlite"
        return f"{self.other}.t{number}" if elsewhere else f"t{number}"

    def dump(self, drawn: list[Shape]) -> dict[str, dict[str, tuple[object, ...]]]:
        """Every row by table and id."""
        found = {}
        with self.engine.connect() as connection:
            for number, shape in enumerate(drawn):
                table = self.table(number, shape)
                rows = connection.exec_driver_sql(f"select * from {table}")
                found[table] = {row[0]: tuple(row) for row in rows}
        return found


def _rows(database: Database, drawn: list[Shape]) -> Iterator[str]:
    for number, shape in enumerate(drawn):
        for person in range(1, PEOPLE + 1):
            names, values = ["id"], [f"'P{person}'" if not number else f"'R{number}{person}'"]
            names.append("owner" if number else "email")
            values.append(f"'P{person}'" if number else f"'p{person}@x.example'")
            for place, made in enumerate(shape.columns):
                if made.constraint != "computed":
                    names.append(f"c{place}")
                    values.append(str(person) if made.constraint == "number" else f"'v{person}'")
            table = database.table(number, shape)
            yield f"insert into {table} ({', '.join(names)}) values ({', '.join(values)})"


def _map(database: Database, drawn: list[Shape]) -> dict[str, object]:
    collections = {}
    for number, shape in enumerate(drawn):
        fields: dict[str, object] = {"id": "user.unique_id"}
        if number:
            fields["owner"] = {"category": "user.unique_id", "relation": "owned_by"}
        else:
            fields["email"] = {
                "category": "user.contact.email",
                "identity": "email",
                "erase": "random",
            }
        for place, made in enumerate(shape.columns):
            said = {"erase": made.strategy} if made.strategy else {}
            fields[f"c{place}"] = {"category": "user.content", **said}
        erase = "fields" if shape.fields else "delete"
        collections[database.table(number, shape)] = {
            "subject": number == 0,
            "erase": erase,
            "fields": fields,
        }
    dataset = {"url": "sqlite://", "max_proportion": 1.0}
    return {"datasets": {"app": dataset}, "collections": {"app": collections}}


def _try(database: Database, drawn: list[Shape]) -> int:
    """Return how many of two people were erased."""
    database.create(drawn)
    datamap = parse_datamap(write_toml(_map(database, drawn)))
    connector = SqlConnector.open(datamap, "app", database.url)
    means = GovernContext(
        datamap, {"app": connector}, MemoryPlans(), lambda: 1.0, secrets.token_bytes
    )
    schema, beyond = connector.schema(), connector.inspection()
    found = check_dataset(datamap, "app", schema, "datamap.toml", beyond)
    silent = not any(f.problem.id in {"PK226", "PK270"} for f in found)
    try:
        return sum(_erase(database, drawn, means, who, silent=silent) for who in (1, 2))
    finally:
        connector.close()


def _erase(
    database: Database, drawn: list[Shape], means: GovernContext, person: int, *, silent: bool
) -> bool:
    before = database.dump(drawn)
    name, who = f"plan{person}", (Identity("email", f"p{person}@x.example"),)
    plan = flow.plan_request(means, RequestType.ERASURE, who, plan_id=name, request_id="r")
    assert database.dump(drawn) == before, "a plan changes nothing"
    if silent:
        assert plan.problems == (), "what the check lets pass is not refused later"
    if plan.problems:
        assert all("PK27" in problem for problem in plan.problems)
        return False
    flow.approve(means, name, plan.targets_digest, "op")
    results = flow.execute(means, name, plan.targets_digest)
    assert [r.error for r in results if r.error] == []
    assert sum(r.rows_skipped for r in results) == 0
    after = database.dump(drawn)
    mine = {f"P{person}", *(f"R{number}{person}" for number in range(1, len(drawn)))}
    for table, rows in before.items():
        theirs = {key: row for key, row in rows.items() if key not in mine}
        assert {k: row for k, row in after[table].items() if k not in mine} == theirs
    assert who[0].value not in repr(after)
    return True


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def database(request: pytest.FixtureRequest, tmp_path) -> Iterator[Database]:
    """Return a database of each kind."""
    names = {"postgresql": "postgres_url", "mysql": "mariadb_url"}
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/store.db"
    else:
        url = request.getfixturevalue(names[request.param])
    made = Database(url)
    yield made
    if made.kind not in {"sqlite", "postgresql"}:
        with made.engine.begin() as connection:
            connection.exec_driver_sql(f"drop database if exists {made.other}")
    made.engine.dispose()


def test_what_the_database_refuses_is_said_in_time(database):
    """The plan said so, or it worked, for the first person and for the next."""

    @settings(
        max_examples=EXAMPLES[database.kind],
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(shapes())
    def holds(drawn):
        erased.append(_try(database, drawn))

    erased: list[int] = []
    holds()
    assert sum(erased) > 0, "no example went as far as an erasure"
