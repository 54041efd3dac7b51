"""
Contract of every connector. Subclass, give the fixture `opened`, run pytest.

`opened` takes rows by collection and returns a connector over a store that holds them, and a
function that reads the store's rows again. The store is described by :data:`.CONTRACT_MAP`, dataset
``contract``; empty values are allowed everywhere but in ``id``, which names a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from privacykit.govern.erasure.ports.connector import Connector, Context, Where
from privacykit.govern.erasure.ports.work import Target, Work
from privacykit.govern.records import Action, Effect, Hold, Identity, RowCondition
from privacykit.govern.words import ErasureStrategy
from privacykit.testing.connector_rows import (
    ANNA,
    BERT,
    COLUMNS,
    MOST,
    NOW,
    Rows,
    contract_rows,
    person,
    values_held,
)

Opened = Callable[[Rows], tuple[Connector, Callable[[], Rows]]]


@dataclass
class At:
    """A connector over the contract's rows, and Anna."""

    connector: Connector
    read: Callable[[], Rows]
    context: Context

    def find(self) -> dict[str, list[Target]]:
        """Return every target, by collection."""
        names = self.connector.order()
        return {name: list(self.connector.find(name, self.context)) for name in names}

    def work(self) -> list[Work]:
        """Return everything an erasure has to do, in order."""
        found: list[Work] = []
        for name, targets in self.find().items():
            groups: dict[tuple[Action, str | None], list[Any]] = {}
            for target in targets:
                groups.setdefault((target.action, target.justification), []).append(target.key)
            for (action, why), keys in groups.items():
                if action is not Action.KEEP:
                    found.append(Work(self.connector.step(name, action, why), keys))
        return found

    def erase(self) -> list[Work]:
        """Do it, and return what was done."""
        work = self.work()
        self.connector.apply(work, self.context)
        return work

    def ids(self, name: str) -> list[int]:
        """Return the ids left in a collection."""
        return sorted(int(row["id"]) for row in self.read()[name])


class ConnectorContract:
    """The laws of :class:`privacykit.govern.erasure.ports.connector.Connector`, one test each."""

    def at(self, opened: Opened, *holds: Hold, **more: Any) -> At:  # noqa: ANN401 - of Context
        """Open the contract's rows for Anna."""
        connector, read = opened(contract_rows())
        context = Context(person(connector), NOW, holds, key=b"k" * 32, salt=b"s" * 32, **more)
        return At(connector, read, context)

    def test_serves_the_dataset(self, opened: Opened) -> None:
        """By name, with a price, every mapped collection once."""
        at = self.at(opened)
        assert at.connector.dataset == "contract"
        assert at.connector.cost_model in {"point", "scan"}
        assert sorted(at.connector.order()) == sorted(COLUMNS)

    def test_describes_what_is_there(self, opened: Opened) -> None:
        """Every table and column, for the check against the map."""
        tables = {table.name: table for table in self.at(opened).connector.schema()}
        for name, columns in COLUMNS.items():
            assert set(columns) <= {column.name for column in tables[name].columns}

    def test_knows_a_person_by_one_identity_and_learns_the_others(self, opened: Opened) -> None:
        """What stands in the row that is the person leads on to other stores."""
        connector, _ = opened(contract_rows())
        known = values_held(connector, Identity("email", ANNA), MOST)
        assert known == {("email", ANNA), ("controller_customer_id", "1")}
        assert connector.resolve((Identity("email", "carla@contract.example"),), MOST) == []

    def test_knows_a_value_by_its_characters(self, opened: Opened) -> None:
        """Whatever the store takes for the same: accents, case, spaces, numbers as text."""
        connector, _ = opened(contract_rows())
        near = (ANNA.replace("a", "á"), f"{ANNA}x", ANNA.replace("@", "\uff20"))
        others = [Identity("email", value) for value in near]
        others += [Identity("controller_customer_id", v) for v in ("01", "1.0", "1abc", "true")]
        assert [row for one in others for row in connector.resolve((one,), MOST)] == []

    def test_stops_at_enough(self, opened: Opened) -> None:
        """A value that half the world has is not read to the end."""
        rows = contract_rows()
        rows["people"] += [{"id": n, "email": ANNA, "name": str(n)} for n in range(10, 30)]
        connector, _ = opened(rows)
        assert len(connector.resolve((Identity("email", ANNA),), 5)) == 5  # noqa: PLR2004

    def test_finds_a_hashed_identity(self, opened: Opened) -> None:
        """A request may come with the hash only (OpenDSR)."""
        from hashlib import sha256

        connector, _ = opened(contract_rows())
        hashed = Identity("email", sha256(ANNA.encode()).hexdigest(), "sha256")
        assert ("email", ANNA) in values_held(connector, hashed, MOST)

    def test_finds_every_row_of_the_person_and_classes_it(self, opened: Opened) -> None:
        """Own, shared, kept by law; nothing of anybody else."""
        found = {
            name: sorted((t.action.value, t.justification or "") for t in targets)
            for name, targets in self.at(opened).find().items()
        }
        assert found == {
            "people": [("delete", "")],
            "notes": [("delete", "")] * 5,
            "bills": [("change", "tax"), ("delete", "")],
            "letters": [("delete", ""), ("detach", "shared"), ("detach", "shared")],
        }

    def test_names_each_row_once(self, opened: Opened) -> None:
        """A target twice would be counted as a failure once."""
        for targets in self.at(opened).find().values():
            keys = [repr(target.key) for target in targets]
            assert len(keys) == len(set(keys))

    def test_erases_the_person_and_nobody_else(self, opened: Opened) -> None:
        """Rows of others are what they were, to the last value."""
        at = self.at(opened)
        before = at.read()
        at.erase()
        assert (at.ids("people"), at.ids("notes"), at.ids("bills"), at.ids("letters")) == (
            [2],
            [1, 3, 5, 7, 9],
            [1, 3],
            [1, 2, 4],
        )
        for name, theirs in (("people", 2), ("notes", 5), ("bills", 3), ("letters", 4)):
            assert _row(at.read(), name, theirs) == _row(before, name, theirs)

    def test_treats_what_must_stay(self, opened: Opened) -> None:
        """A row that a law keeps loses what it does not need; a shared one the person."""
        at = self.at(opened)
        at.erase()
        rows = at.read()
        assert _row(rows, "bills", 1)["street"] == "[erased]"
        assert _row(rows, "letters", 1)["sender"] is None
        assert _row(rows, "letters", 1)["sender_name"] == "[erased]"
        assert _row(rows, "letters", 2)["receiver"] is None
        assert _row(rows, "letters", 2)["sender_name"] == "Bert"

    def test_accounts_for_every_row(self, opened: Opened) -> None:
        """Changed, gone and skipped add up to what was given."""
        at = self.at(opened)
        work = at.work()
        done = at.connector.apply(work, at.context)
        assert [a.changed + a.gone + a.skipped for a in done] == [len(w.keys) for w in work]
        assert all(a.changed == len(w.keys) for a, w in zip(done, work, strict=True))

    def test_twice_is_once(self, opened: Opened) -> None:
        """A run that crashed before it could note what it did is simply repeated."""
        at = self.at(opened)
        work = at.erase()
        rows = at.read()
        again = at.connector.apply(work, at.context)
        assert rows == at.read()
        assert [(a.changed, a.gone, a.skipped) for a in again] == [
            (0, len(w.keys), 0) for w in work
        ]

    def test_skips_a_row_that_changed_hands(self, opened: Opened) -> None:
        """Between plan and run, note 4 became Bert's."""
        rows = contract_rows()
        at = self.at(opened)
        work = [item for item in at.work() if item.step.collection == "notes"]
        rows["notes"][4]["owner"] = 2
        connector, read = opened(rows)
        keys = _keys_of(connector, work[0].keys, at)
        done = connector.apply([Work(work[0].step, keys)], at.context)
        assert 4 in [int(row["id"]) for row in read()["notes"]]  # noqa: PLR2004
        assert done[0].changed == 4  # noqa: PLR2004 - the other four

    def test_a_hold_stops_every_change(self, opened: Opened) -> None:
        """Found as held; not touched even if asked to be."""
        hold = Hold(
            "h", "contract", "notes", (RowCondition("id", "=", 4),), "claim", "op", 0.0, 1.0
        )
        at = self.at(opened, hold)
        held = [t for t in at.find()["notes"] if t.justification == "held"]
        step = at.connector.step("notes", Action.DELETE, None)
        done = at.connector.apply([Work(step, [target.key for target in held])], at.context)
        assert [(t.action, a.skipped) for t, a in zip(held, done, strict=True)] == [
            (Action.KEEP, 1)
        ]
        assert 4 in at.ids("notes")  # noqa: PLR2004 - the held one

    def test_exports_what_it_finds(self, opened: Opened) -> None:
        """The same rows; what is somebody else's is blackened."""
        at = self.at(opened)
        found = {n: list(at.connector.rows(n, at.context)) for n in at.connector.order()}
        assert {n: len(rows) for n, rows in found.items()} == {
            n: len(targets) for n, targets in at.find().items()
        }
        letters = {int(row["id"]): row for row in found["letters"]}
        assert (letters[1]["receiver"], letters[1]["sender_name"]) == ("[redacted]", "Anna Mark")
        assert (letters[2]["sender"], letters[2]["sender_name"]) == ("[redacted]", "[redacted]")

    def test_erase_then_export_finds_nothing_of_ones_own(self, opened: Opened) -> None:
        """But the bill that the law keeps, if its owner can still be told."""
        at = self.at(opened)
        at.erase()
        left = [n for n in at.connector.order() for _ in at.connector.rows(n, at.context)]
        assert set(left) <= {"bills"}

    def test_search_finds_what_still_stands(self, opened: Opened) -> None:
        """In any column, whatever the case; nothing when all is gone."""
        rows = contract_rows()
        rows["notes"][0]["body"] = f"mail to {ANNA.upper()} failed"
        connector, _ = opened(rows)
        context = Context(person(connector), NOW, salt=b"s" * 32, key=b"k" * 32)
        hits = [(hit.collection, hit.field, hit.rows) for hit in connector.search([ANNA], context)]
        assert sorted(hits) == [("notes", "body", 1), ("people", "email", 1)]

    def test_rectifies_and_restricts(self, opened: Opened) -> None:
        """Once, and only the person's own rows."""
        at = self.at(opened, changes={"name": "Anna New"})
        key = at.find()["people"][0].key
        step = at.connector.step("people", Action.RECTIFY, None)
        done = at.connector.apply([Work(step, [key])], at.context)
        notes = [target.key for target in at.find()["notes"]]
        mark = at.connector.step("notes", Action.RESTRICT, None)
        marked = at.connector.apply([Work(mark, notes)], at.context)
        rows = at.read()
        assert (done[0].changed, marked[0].changed) == (1, 5)
        assert sorted(str(row["name"]) for row in rows["people"]) == ["Anna New", "Bert"]
        assert sum(row["mark"] == "restricted" for row in rows["notes"]) == 5  # noqa: PLR2004

    def test_goes_by_a_predicate_too(self, opened: Opened) -> None:
        """Retention is the same machine without a person."""
        at = self.at(opened)
        where = Where("bills", (RowCondition("paid", "<", "2010-01-01"),), ErasureStrategy.DELETE)
        at.context = Context(where, NOW)
        keys = [target.key for target in at.connector.find("bills", at.context)]
        step = at.connector.step("bills", Action.DELETE, None)
        assert at.connector.apply([Work(step, keys)], at.context)[0].changed == 1
        assert at.ids("bills") == [1, 3]

    def test_claims_no_level_it_has_not_seen(self, opened: Opened) -> None:
        """While a marker stands in the store, it is not erased."""
        at = self.at(opened)
        before = at.connector.settle(tuple(COLUMNS), Effect.ERASED, [BERT])
        assert before.effect is not Effect.ERASED
        at.erase()
        after = at.connector.settle(tuple(COLUMNS), Effect.ERASED, [ANNA])
        assert after.effect in {Effect.ERASED, Effect.LOGICAL}
        assert after.remains

    def test_says_nothing_of_people_when_printed(self, opened: Opened) -> None:
        """Neither connector nor context nor target."""
        at = self.at(opened)
        text = repr((at.connector, at.context, at.find(), at.work())).lower()
        assert "anna" not in text

    def test_counts_and_closes(self, opened: Opened) -> None:
        """For caps and costs."""
        at = self.at(opened)
        assert at.connector.size("people") >= 0
        assert at.connector.strangers(at.context.selection) == 0  # type: ignore[arg-type]
        at.connector.close()


def _row(rows: Rows, name: str, number: int) -> dict[str, Any]:
    return next(row for row in rows[name] if int(row["id"]) == number)


def _keys_of(connector: Connector, keys: Sequence[Any], at: At) -> Sequence[Any]:
    """Return *keys*, or, where a row is named by its content, the changed row's new name."""
    bert = Context(person(connector, BERT), NOW, salt=b"s" * 32)
    if not any(table.by_content for table in connector.schema()):
        return keys
    del at
    old = {repr(key) for key in keys}
    new = [t.key for t in connector.find("notes", bert) if repr(t.key) not in old]
    return [*keys, *new[:1]]
