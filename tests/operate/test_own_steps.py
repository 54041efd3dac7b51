"""Steps of an erasure in stores of ours: journaled before, told once, held rows beside."""

import pytest

from privacykit.errors import StoreError
from privacykit.govern.records import Action, Effect
from privacykit.operate.records.own_steps import (
    OwnRemoval,
    OwnRows,
    OwnStep,
    carried_out,
    foreseen,
)
from privacykit.stores.database.engine import open_engine
from privacykit.stores.records.operations.own_steps import SqlOwnSteps


class Store:
    """A store of rows of one person, which may die before or after it removed them."""

    def __init__(self, going, held=0):
        self.going, self.held, self.dies, self.heard = going, held, "", []

    def step(self, *, always=False):
        """Return what an erasure does here."""
        return OwnStep("events", lambda: OwnRows(self.going, self.held), self.remove, always)

    def remove(self, again):
        """Remove every row, or die."""
        self.heard.append(again)
        if self.dies == "before":
            raise StoreError("died")
        gone, self.going = self.going, 0
        if self.dies == "after":
            raise StoreError("died")
        return OwnRemoval(gone, Effect.LOGICAL)


@pytest.fixture
def journal(tmp_path):
    """The journal in a file."""
    engine = open_engine(f"sqlite:///{tmp_path}/records.db", kind="records")
    yield SqlOwnSteps(engine)
    engine.dispose()


def run(store, journal, *, always=False):
    """Carry a plan out; return what was done as numbers."""
    done = carried_out([store.step(always=always)], "p", journal, lambda: 5.0)
    return [(it.action, it.rows_matched, it.rows_changed, it.rows_gone, it.attempt) for it in done]


@pytest.mark.parametrize(
    ("dies", "changed", "gone"), [("before", 3, 0), ("after", 0, 3)], ids=["before", "after"]
)
def test_what_a_killed_run_removed_is_told_by_the_next(journal, dies, changed, gone):
    """It stands in the journal from before the first row went."""
    store = Store(3)
    store.dies = dies
    with pytest.raises(StoreError):
        run(store, journal)
    store.dies = ""
    assert run(store, journal) == [(Action.DELETE, 3, changed, gone, 2)]
    assert store.heard == [False, True]


def test_what_was_done_is_told_once(journal):
    """A run that has nothing left to do changes nothing."""
    store = Store(3)
    first = run(store, journal)
    assert (run(store, journal), store.heard) == (first, [False])


def test_what_came_later_is_added(journal):
    """An event in flight arrived after the first run."""
    store = Store(3)
    run(store, journal)
    store.going = 2
    assert run(store, journal) == [(Action.DELETE, 5, 5, 0, 2)]


def test_more_than_was_counted_may_go(journal):
    """It arrived between."""
    step = OwnStep("events", lambda: OwnRows(1), lambda _: OwnRemoval(2))
    done = carried_out([step], "p", journal, lambda: 5.0)
    assert [(it.rows_matched, it.rows_changed, it.rows_gone) for it in done] == [(2, 2, 0)]


@pytest.mark.parametrize(("always", "told"), [(True, [(Action.DELETE, 0, 0, 0, 1)]), (False, [])])
def test_a_store_without_rows_may_answer(journal, always, told):
    """Who is told of an empty outbox knows that it was asked."""
    assert run(Store(0), journal, always=always) == told


def test_held_rows_are_a_step_of_the_plan_and_of_the_receipt(journal):
    """As held rows of the application are; measured anew by each run."""
    store = Store(1, held=2)
    (planned,) = foreseen([store.step()])
    assert (planned.action, planned.rows, planned.justification) == (Action.KEEP, 2, "held")
    assert run(store, journal) == [(Action.DELETE, 1, 1, 0, 1), (Action.KEEP, 2, 0, 0, 1)]
    store.held = 0
    assert run(store, journal) == [(Action.DELETE, 1, 1, 0, 1)]
    assert foreseen([store.step()]) == ()
