"""
Whatever the schema and the data: another person's rows are untouched.

Schemas are generated (keys of one or two columns, nullable and hard foreign keys, rows that point
at their own table, every relation), filled, and one person is erased. Whose each row is, is worked
out beside it as a plain closure over sets of people.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
)

from privacykit.connectors.sql import SqlConnector
from privacykit.govern import flow
from privacykit.govern.datamap import parse_datamap
from privacykit.govern.datamap.toml import write_toml
from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.inspection.check_map import check_dataset
from privacykit.govern.records import Identity, RequestType
from privacykit.govern.words import Action
from privacykit.testing.plans import MemoryPlans

RELATIONS = ("owned_by", "owned_by", "accessed_by", "owns", "accesses", "")
TO_PEOPLE = ("owned_by", "owned_by", "accessed_by", "")
PEOPLE = 3
NOBODY = -1


@dataclass
class Key:
    """A foreign key of the generated schema."""

    columns: tuple[str, ...]
    target: int
    relation: str
    nullable: bool


@dataclass
class Shape:
    """A generated table."""

    width: int
    keys: list[Key] = field(default_factory=list)
    deletes: bool = True


@st.composite
def schemas(draw):
    """Draw tables; the first one is the people."""
    shapes = [Shape(1)]
    for number in range(1, draw(st.integers(2, 5))):
        shape = Shape(draw(st.integers(1, 2)), deletes=draw(st.booleans()) or draw(st.booleans()))
        for place in range(draw(st.integers(0, 3))):
            target = draw(st.integers(0, number))
            width = shape.width if target == number else shapes[target].width
            columns = tuple(f"f{place}_{n}" for n in range(width))
            nullable = target == number or draw(st.booleans())
            # People belong to nobody: no row owns them.
            relation = draw(st.sampled_from(RELATIONS if target else TO_PEOPLE))
            shape.keys.append(Key(columns, target, relation, nullable))
        shapes.append(shape)
    return shapes


@st.composite
def fillings(draw, shapes):
    """Draw rows that keep the foreign keys."""
    rows = []
    for number, shape in enumerate(shapes):
        found = []
        count = PEOPLE if number == 0 else draw(st.integers(0, 5))
        for n in range(count):
            row = {f"k{w}": n + 10 * w for w in range(shape.width)}
            row["note"] = f"row {number}.{n}"
            if number == 0:
                row["email"] = f"person{n}@generated.example"
            whole = True
            for key in shape.keys:
                targets = found if key.target == number else rows[key.target]
                lowest = -1 if key.nullable or not targets else 0
                choice = draw(st.integers(lowest, len(targets) - 1))
                if choice < 0:
                    whole = whole and key.nullable
                    row |= dict.fromkeys(key.columns)
                else:
                    row |= {c: targets[choice][f"k{w}"] for w, c in enumerate(key.columns)}
            if whole:
                found.append(row)
        rows.append(found)
    return rows


def _tables(shapes):
    metadata = MetaData()
    for number, shape in enumerate(shapes):
        columns = [
            Column(f"k{w}", Integer, primary_key=True, autoincrement=False)
            for w in range(shape.width)
        ]
        columns.append(Column("note", String(50)))
        if number == 0:
            columns.append(Column("email", String(100), unique=True))
        extra = []
        for key in shape.keys:
            columns += [Column(c, Integer, nullable=key.nullable) for c in key.columns]
            width = len(key.columns)
            place = [f"t{key.target}.k{w}" for w in range(width)]
            extra += [
                ForeignKeyConstraint(key.columns, place),
                Index(f"ix_{number}_{key.columns[0]}", *key.columns),
            ]
        Table(f"t{number}", metadata, *columns, *extra)
    return metadata


def _map(shapes):
    collections = {}
    for number, shape in enumerate(shapes):
        fields = {f"k{w}": "system.operations" for w in range(shape.width)}
        fields["note"] = "user.content"
        if number == 0:
            fields["email"] = {"category": "user.contact.email", "identity": "email"}
        relations = []
        for key in shape.keys:
            fields |= dict.fromkeys(key.columns, "system.operations")
            if key.relation:
                relations.append({"kind": key.relation, "columns": list(key.columns)})
        collections[f"t{number}"] = {
            "subject": number == 0,
            "erase": "delete" if shape.deletes else "fields",
            "relations": relations,
            "fields": fields,
        }
    head = {"max_proportion": 1.0, "url": "sqlite://"}
    return write_toml({"datasets": {"g": head}, "collections": {"g": collections}})


def _owners(shapes, rows):
    """Return for each row the set of people it belongs to, by plain closure."""
    owners = [[set() for _ in found] for found in rows]
    for n in range(len(rows[0])):
        owners[0][n].add(n)
    names = [{tuple(r[f"k{w}"] for w in range(s.width)): n for n, r in enumerate(found)}
             for s, found in zip(shapes, rows, strict=True)]  # fmt: skip
    nested = {
        number
        for number, shape in enumerate(shapes)
        for key in shape.keys
        if key.target == number and key.relation in {"owned_by", "owns"}
    }
    ties = [
        (
            key.relation,
            key.target in nested,
            owners[number][n],
            owners[key.target][names[key.target][value]],
        )
        for number, shape in enumerate(shapes)
        for key in shape.keys
        for n, row in enumerate(rows[number])
        if None not in (value := tuple(row[c] for c in key.columns))
    ]
    _close(ties)
    for relation, inside, mine, theirs in ties:
        # Nobody known is not the person: neither who points at a row, nor what lies in others.
        if relation == "owns" and 0 not in mine:
            theirs.add(NOBODY)
        if relation == "owned_by" and inside and 0 not in theirs:
            mine.add(NOBODY)
    _close(ties)
    return owners


def _close(ties):
    grown = True
    while grown:
        grown = False
        for relation, _, mine, theirs in ties:
            if relation == "owned_by" and not theirs <= mine:
                mine.update(theirs)
                grown = True
            if relation == "owns" and not mine <= theirs:
                theirs.update(mine)
                grown = True


def _erase(means):
    who = (Identity("email", "person0@generated.example"),)
    plan = flow.plan_request(means, RequestType.ERASURE, who, plan_id="p", request_id="r")
    flow.approve(means, "p", plan.targets_digest, "op", accept_problems=plan.problems_digest)
    flow.execute(means, "p", plan.targets_digest)
    return plan, flow.verify(means, "p")


def _key(shape, row):
    return tuple(row[f"k{w}"] for w in range(shape.width))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_another_persons_rows_are_untouched(data):
    """Deleted rows were the person's alone; changed rows were theirs too; all else is as it was."""
    shapes = data.draw(schemas())
    rows = data.draw(fillings(shapes))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder)}/g.db"
        engine = create_engine(url)
        metadata = _tables(shapes)
        metadata.create_all(engine)
        with engine.begin() as connection:
            for number, found in enumerate(rows):
                if found:
                    connection.execute(metadata.tables[f"t{number}"].insert(), found)
        datamap = parse_datamap(_map(shapes))
        connector = SqlConnector.open(datamap, "g", url)
        findings = check_dataset(datamap, "g", connector.schema())
        assume(not any(f.problem.id in {"PK228", "PK234", "PK239"} for f in findings))
        means = GovernContext(
            datamap, {"g": connector}, MemoryPlans(), lambda: 1.0, lambda n: b"r" * n, chunk_rows=2
        )
        _, outcome = _erase(means)
        with engine.connect() as connection:
            after = [
                [dict(r) for r in connection.execute(metadata.tables[f"t{n}"].select()).mappings()]
                for n in range(len(rows))
            ]
        again, _ = _again(means)
        connector.close()
        engine.dispose()
    assert [result.error for result in outcome.results if result.error] == []
    assert sum(result.rows_skipped for result in outcome.results) == 0
    counted = Counter[str]()
    for result in outcome.results:
        counted["gone" if result.action is Action.DELETE else "changed"] += result.rows_changed
    assert counted["gone"] == sum(map(len, rows)) - sum(map(len, after))
    assert counted["changed"] == sum(
        row not in rows[n] for n in range(len(rows)) for row in after[n]
    )
    owners = _owners(shapes, rows)
    for number, shape in enumerate(shapes):
        left = {_key(shape, row): row for row in after[number]}
        for n, row in enumerate(rows[number]):
            people, now = owners[number][n], left.get(_key(shape, row))
            if now is None:
                assert people == {0}, (number, n)
            elif 0 not in people:
                assert now == row, (number, n)
            elif people == {0} and shape.deletes:
                # What was the person's alone and is still there was stripped of what it said.
                assert now["note"] is None, (number, n)
    assert again == after


def _again(means):
    """Erase the person once more: nothing is left to do, whatever can still be found."""
    fresh = GovernContext(
        means.datamap,
        means.connectors,
        MemoryPlans(),
        lambda: 2.0,
        lambda n: b"s" * n,
        chunk_rows=2,
    )
    _erase(fresh)
    engine = means.connectors["g"]._engine
    with engine.connect() as connection:
        tables = means.connectors["g"]._tables
        rows = [
            [dict(r) for r in connection.execute(tables[name].select()).mappings()]
            for name in sorted(tables)
        ]
    return rows, None
