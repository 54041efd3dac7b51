"""A small world in a database of its own: tables, a data map, requests of the person in it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url

from privacykit.connectors.sql import SqlConnector
from privacykit.govern import flow
from privacykit.govern.datamap import DataMap, parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.inspection.check_map import check_dataset
from privacykit.govern.planned import Plan
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

HEAD = '[datasets.app]\nurl = "sqlite://"\nmax_proportion = 1.0\n'


@dataclass
class World:
    """Tables, what the map says of them, and a connector that was opened on them."""

    engine: Engine
    datamap: DataMap
    connector: SqlConnector
    means: GovernContext = field(init=False)

    def __post_init__(self) -> None:
        self.means = GovernContext(
            self.datamap, {"app": self.connector}, MemoryPlans(), lambda: 1.0, secrets.token_bytes
        )

    def findings(self, *ids: str) -> list[str]:
        """What the check says, of the ids asked for: id and place."""
        schema, beyond = self.connector.schema(), self.connector.inspection()
        found = check_dataset(self.datamap, "app", schema, "datamap.toml", beyond)
        return [f"{f.problem.id} {f.problem.key}" for f in found if f.problem.id in ids]

    def plan(self, mail: str = "me@x.example", name: str = "p") -> Plan:
        """Plan the erasure of whom *mail* finds."""
        who = (Identity("email", mail),)
        return flow.plan_request(self.means, RequestType.ERASURE, who, plan_id=name, request_id="r")

    def erase(self, mail: str = "me@x.example", name: str = "p") -> flow.PlanOutcome:
        """Plan, approve whatever the problems, carry out and verify."""
        plan = self.plan(mail, name)
        flow.approve(
            self.means, name, plan.targets_digest, "op", accept_problems=plan.problems_digest
        )
        flow.execute(self.means, name, plan.targets_digest)
        return flow.verify(self.means, name)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """What stands in *table*."""
        with self.engine.connect() as connection:
            found = connection.exec_driver_sql(f"select * from {table}")
            return sorted((tuple(row) for row in found), key=repr)

    def run(self, *statements: str) -> None:
        """Run statements of the application."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.replace("%", "%%"))


@pytest.fixture
def world() -> Iterator[Callable[[str, Sequence[str], str], World]]:
    """Build worlds and close them."""
    worlds: list[World] = []

    def build(url: str, statements: Sequence[str], text: str, head: str = HEAD) -> World:
        engine = create_engine(url)
        doubled = make_url(url).get_backend_name() != "sqlite"
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement.replace("%", "%%") if doubled else statement)
        datamap = parse_datamap(head + text)
        worlds.append(World(engine, datamap, SqlConnector.open(datamap, "app", url)))
        return worlds[-1]

    yield build
    for made in worlds:
        made.connector.close()
        made.engine.dispose()
