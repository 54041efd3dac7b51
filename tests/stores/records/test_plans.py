"""Plans on real databases."""

import msgspec
import pytest
from sqlalchemy import text

from privacykit.errors import StoreError
from privacykit.govern.erasure.planning.store import Chunk, Lease
from privacykit.govern.planned import Plan
from privacykit.govern.records import Action, StepResult
from privacykit.stores.database.engine import open_engine, writing
from privacykit.stores.records.plans import SqlPlans
from privacykit.testing.plans import MemoryPlans

PLAN = Plan("aa", "bb", "erasure", 100.0, 200.0, (), "d")
CHUNKS = [Chunk(0, 2, b"k0"), Chunk(1, 1, b"k1")]
RESULT = StepResult("shop", "orders", Action.DELETE, 2, 1, cursor=1)


@pytest.fixture(params=["memory", "sqlite", "postgres", "mariadb"])
def plans(request, tmp_path):
    """A plan store of each kind; the one in memory keeps the same laws."""
    if request.param == "memory":
        yield MemoryPlans()
        return
    url = f"sqlite:///{tmp_path}/r.db"
    if request.param != "sqlite":
        url = request.getfixturevalue(f"{request.param}_url")
    engine = open_engine(url, kind="records")
    yield SqlPlans(engine)
    engine.dispose()


def test_plan_comes_back_with_what_belongs_to_it(plans):
    """Chunks added beforehand come first."""
    plans.add_chunks("aa", CHUNKS[:1])
    plans.save_plan(PLAN, b"whose", b"salt", CHUNKS[1:])

    assert plans.load_plan("aa") == (PLAN, b"whose", b"salt")
    assert [list(plans.chunks("aa", n, 1)) for n in range(3)] == [CHUNKS[:1], CHUNKS[1:], []]


def test_unknown_plan_is_none(plans):
    """What never was is not there."""
    assert plans.load_plan("zz") is None
    assert plans.progress("zz") == ()
    assert not plans.chunks("zz", 0, 9)


def test_approval_replaces_the_plan_only(plans):
    """Targets stay as they were."""
    plans.save_plan(PLAN, b"whose", b"salt", CHUNKS)
    approved = msgspec.structs.replace(PLAN, approved_by="op", approved_at=150.0)

    plans.replace_plan(approved)

    assert plans.load_plan("aa") == (approved, b"whose", b"salt")
    assert list(plans.chunks("aa", 0, 9)) == CHUNKS


def test_progress_is_replaced(plans):
    """The newest results stand."""
    plans.save_plan(PLAN, b"w", b"s", CHUNKS)
    plans.save_progress("aa", [RESULT])
    done = msgspec.structs.replace(RESULT, rows_changed=2, cursor=2)

    plans.save_progress("aa", [done])

    assert plans.progress("aa") == (done,)


def test_forgetting_leaves_plan_and_results(plans):
    """Who it was about is gone, what was done is not."""
    plans.save_plan(PLAN, b"w", b"s", CHUNKS)
    plans.save_progress("aa", [RESULT])

    plans.forget("aa")

    assert plans.load_plan("aa") == (PLAN, b"", b"")
    assert (list(plans.chunks("aa", 0, 9)), plans.progress("aa")) == ([], (RESULT,))


def _takes(plans, owner, until, now):
    return plans.advance("aa", Lease(owner, until, now), lambda so_far: so_far) is not None


def test_plan_is_leased_to_one(plans):
    """Another run waits until the lease is over or given back."""
    plans.save_plan(PLAN, b"w", b"s", CHUNKS)

    assert _takes(plans, "me", 110.0, 100.0)
    assert _takes(plans, "me", 110.0, 100.0)
    assert not _takes(plans, "you", 120.0, 105.0)
    assert _takes(plans, "you", 120.0, 110.0)
    plans.release("aa", "me")
    assert not _takes(plans, "me", 130.0, 115.0)
    plans.release("aa", "you")
    assert _takes(plans, "me", 130.0, 115.0)


def test_results_advance_with_the_lease(plans):
    """Who holds the lease replaces the results; nobody else's count."""
    plans.save_plan(PLAN, b"w", b"s", CHUNKS)
    plans.save_progress("aa", [RESULT])

    again = plans.advance("aa", Lease("me", 110.0, 100.0), lambda so_far: [*so_far, *so_far])
    refused = plans.advance("aa", Lease("you", 120.0, 105.0), lambda _: ())

    assert (again, refused) == ((RESULT, RESULT), None)
    assert plans.progress("aa") == (RESULT, RESULT)


def test_lease_is_given_back_with_the_last_results(plans):
    """Until 0 is now: the next run need not wait."""
    plans.save_plan(PLAN, b"w", b"s", CHUNKS)

    assert plans.advance("aa", Lease("me", 0.0, 100.0), lambda _: [RESULT]) == (RESULT,)
    assert _takes(plans, "you", 120.0, 100.0)


@pytest.fixture
def stored(sql_url):
    """A plan store on a database, and its engine."""
    engine = open_engine(sql_url, kind="records")
    yield SqlPlans(engine), engine
    engine.dispose()


def test_plan_that_is_not_there_is_not_changed(stored):
    """Progress of nothing is an error."""
    with pytest.raises(StoreError, match="PK256"):
        stored[0].save_progress("zz", [RESULT])


def test_targets_of_dead_plans_are_erased(stored):
    """Plans nobody finished or started keep nobody's rows."""
    plans, engine = stored
    plans.add_chunks("dead", CHUNKS)
    plans.save_plan(PLAN, b"w", b"s", CHUNKS)
    running = msgspec.structs.replace(PLAN, plan_id="running")
    plans.save_plan(running, b"w", b"s", CHUNKS)
    plans.save_progress("running", [RESULT])

    assert plans.forget_unsaved(before=0.0) == 0
    assert (plans.forget_unsaved(before=1e12), plans.forget_expired(150.0)) == (2, 0)
    assert plans.forget_expired(250.0) == 1
    with writing(engine) as connection:
        left = connection.execute(text("select distinct plan_id from plan_chunks")).scalars()
        assert list(left) == ["running"]


def test_large_chunk_is_kept(stored):
    """A thousand long keys fit."""
    large = Chunk(0, 1000, bytes(range(256)) * 1000)
    stored[0].save_plan(PLAN, b"w" * 100_000, b"s", [large])

    assert list(stored[0].chunks("aa", 0, 1)) == [large]
