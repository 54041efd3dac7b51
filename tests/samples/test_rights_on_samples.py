"""
A scan's untouched proposal, and three people of each table: nobody else is touched.

Whose a row is, is worked out beside it: the person's row, what points at it and is no person, what
it alone points at, what holds the identity. Everything else is compared to the last value. What of
the person is left, the outcome says.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any, TypeAlias

import pytest
from sqlalchemy import create_engine, inspect

from privacykit.cli.main import main
from privacykit.connectors.sql import SqlConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.inspection.check_map import check_dataset
from privacykit.govern.erasure.ports.connector import Context
from privacykit.govern.identity.find_person import find_person
from privacykit.govern.records import Identity, RequestType
from privacykit.testing.plans import MemoryPlans

pytestmark = pytest.mark.filterwarnings("ignore:Did not .* type 'geometry'")


Row: TypeAlias = tuple[str, tuple[str, ...]]
"""A table and the key of a row of it."""


class Rows:
    """Every row of a database, and how rows point at one another."""

    def __init__(self, url: str) -> None:
        engine = create_engine(url)
        schema = inspect(engine)
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self.keys: dict[str, list[Any]] = {}
        self.primary: dict[str, list[str]] = {}
        quote = engine.dialect.identifier_preparer.quote
        with engine.connect() as connection:
            for table in schema.get_table_names():
                found = connection.exec_driver_sql(f"select * from {quote(table)}").mappings()
                self.tables[table] = [{k: repr(v) for k, v in row.items()} for row in found]
                self.keys[table] = schema.get_foreign_keys(table)
                self.primary[table] = schema.get_pk_constraint(table)["constrained_columns"]
        for table, keys in self.keys.items():
            # Partitions of one table hold rows of one kind, though keys may be declared on some only.
            alike = (t for t in self.tables if self._columns(t) == self._columns(table))
            self.keys[table] = keys or next((self.keys[t] for t in alike if self.keys[t]), keys)
        engine.dispose()

    def _columns(self, table: str) -> frozenset[str]:
        return frozenset(self.tables[table][0]) if self.tables[table] else frozenset({table})

    @cache  # noqa: B019 - lives as long as the test
    def named(self, table: str) -> dict[tuple[str, ...], dict[str, Any]]:
        """Return the rows of *table* by their key, or by all they hold where there is none."""
        key = self.primary[table]
        return {
            tuple(row[c] for c in key) if key else tuple(row.values()): row
            for row in self.tables[table]
        }

    @cache  # noqa: B019 - lives as long as the test
    def links(self) -> list[tuple[Row, Row]]:
        """Return every pair of rows of which the first points at the second."""
        found = []
        for table, keys in self.keys.items():
            for key in keys:
                target, columns = key["referred_table"], key["referred_columns"]
                there: dict[tuple[str, ...], list[Row]] = {}
                for name, row in self.named(target).items():
                    there.setdefault(tuple(row[c] for c in columns), []).append((target, name))
                for name, row in self.named(table).items():
                    value = tuple(row[c] for c in key["constrained_columns"])
                    found += [((table, name), other) for other in there.get(value, ())]
        return found


def scan(url: str, folder) -> Any:
    """Return the map that a scan proposes, as it is."""
    file = folder / "datamap.toml"
    file.unlink(missing_ok=True)
    arguments, sys.argv = sys.argv, ["privacykit", "datamap", "scan", url, "-o", str(file)]
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = arguments
    assert not ended.value.code
    return parse_datamap(file.read_text())


def given(person) -> Identity:
    """Return what the person is asked by; a store's own number has the type that a scan gives."""
    kind, value = person.identity
    own = kind == "controller_customer_id"
    return Identity(f"{person.table}.{person.key[0]}" if own else kind, value)


def opened(datamap, url: str) -> GovernContext:
    """Open the database for flow 2."""
    connector = SqlConnector.open(datamap, "app", url)
    return GovernContext(
        datamap, {"app": connector}, MemoryPlans(), lambda: 1.7e9, lambda n: b"r" * n, key=b"k" * 32
    )


def theirs(rows: Rows, people: set[str], person) -> set[Row]:
    """Return the rows that may change: the person's, by keys and by the identity's value."""
    column, value = person.key
    me = next(r for r in rows.tables[person.table] if r[column] == repr(value))
    myself = (person.table, tuple(me[c] for c in rows.primary[person.table]))
    asked = person.identity[1].lower()
    found = {myself} | {
        (table, name)
        for table in rows.tables.keys() - people
        for name, row in rows.named(table).items()
        if any(asked in cell.lower() for cell in row.values())
    }
    grown = True
    while grown:
        more = {one for one, other in rows.links() if other in found and one[0] not in people}
        grown = not more <= found
        found |= more
    mine = {other for one, other in rows.links() if one == myself and other[0] not in people}
    used = {other for one, other in rows.links() if one not in found}
    return found | (mine - used)


def touched(before: Rows, after: Rows) -> set[tuple[str, tuple[str, ...], str]]:
    """Return what is gone or other than it was, a column each; ``*`` for a whole row."""
    found = set()
    for table in before.tables:
        left = after.named(table)
        for name, row in before.named(table).items():
            if name not in left:
                found.add((table, name, "*"))
                continue
            found |= {(table, name, c) for c, v in row.items() if left[name][c] != v}
    return found


def test_a_right_touches_only_the_person(sample, tmp_path):
    """Find, export and erase, one after another, on the untouched proposal."""
    datamap = scan(sample.url, tmp_path)
    people = {person.table for person in sample.people}
    for person in sample.people:
        before = Rows(sample.url)
        means = opened(datamap, sample.url)
        asked = (given(person),)
        reach = find_person(means, asked)
        assert list(reach.rows) == [(f"app.{person.table}", (person.key[1],))]
        assert reach.problems() == ()
        connector = means.connectors["app"]
        shown = {
            name: list(connector.rows(name, Context(reach.subject, 1.7e9)))
            for name in connector.order()
            if name in people
        }
        assert {name: len(found) for name, found in shown.items() if found} == {person.table: 1}
        plan = flow.plan_request(means, RequestType.ERASURE, asked, plan_id="p", request_id="r")
        assert plan.problems == ()
        flow.approve(means, "p", plan.targets_digest, "op")
        flow.execute(means, "p", plan.targets_digest)
        outcome = flow.verify(means, "p")
        connector.close()
        after = Rows(sample.url)
        mine = theirs(before, people, person)
        links = {
            (table, key["constrained_columns"][0])
            for table, keys in before.keys.items()
            for key in keys
            if key["referred_table"] == person.table
        }
        strange = {
            (table, name, column)
            for table, name, column in touched(before, after)
            if (table, name) not in mine and (table, column) not in links
        }
        assert strange == set(), person
        left = [
            table
            for table, found in after.tables.items()
            for row in found
            if any(person.identity[1].lower() in cell.lower() for cell in row.values())
        ]
        assert not left or outcome.status.value != "fulfilled", (person, left)
        assert [result.error for result in outcome.results if result.error] == [], person


def test_a_proposal_is_not_in_order_by_itself(sample, tmp_path):
    """What a scan has guessed away, somebody has to have looked at."""
    datamap = scan(sample.url, tmp_path)
    connector = SqlConnector.open(datamap, "app", sample.url)
    found = {finding.problem.id for finding in check_dataset(datamap, "app", connector.schema())}
    connector.close()
    assert "PK247" in found
    assert "PK246" not in found
