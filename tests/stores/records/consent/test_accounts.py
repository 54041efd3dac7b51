"""Choices of accounts in a database: found by the person's id, which is not in it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from privacykit.collect.consent.account import NO_CHOICE, AccountChoice, Click
from privacykit.pseudonym.subject import subject_reference
from privacykit.stores.database.engine import open_engine, reading
from privacykit.stores.key_file import Key
from privacykit.stores.records.consent.accounts import SqlAccountChoices

PURPOSES = ("ads", "chat", "maps", "video")
DAY = datetime(2026, 11, 29, tzinfo=UTC)
OLD, NEW = (Key(name, "subject", DAY, name.encode() * 16) for name in ("old", "new"))


@pytest.fixture
def engine(sql_url):
    """A database of this test's own."""
    engine = open_engine(sql_url, kind="records")
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine):
    """A store in it, under two keys."""
    return SqlAccountChoices(engine, lambda: [NEW, OLD])


def _refusing(*refused, at=1.0):
    return lambda choice: choice.with_refusals(refused, PURPOSES, at)


def test_a_choice_is_read_as_it_was_kept(store, engine):
    """Of this account and site only; the id is not there."""
    click = Click(frozenset({"chat"}), frozenset({"ads"}), record="r" * 22)
    kept = store.change("ann", "shop", lambda it: it.clicked(click, PURPOSES, 5.5))

    assert kept == AccountChoice(frozenset({"ads"}), frozenset({"chat"}), "r" * 22, 5.5)
    assert store.get("ann", "shop") == kept
    assert store.get("ben", "shop") == store.get("ann", "blog") == NO_CHOICE
    with reading(engine) as connection:
        rows = connection.execute(text("select * from account_choices")).all()
    assert "ann" not in repr(rows)


def test_a_rotated_key_loses_no_refusal(store, engine):
    """What stands under the older key moves to the newest when it changes."""
    SqlAccountChoices(engine, lambda: [OLD]).change("ann", "shop", _refusing("ads"))
    assert store.get("ann", "shop").refused == {"ads"}

    store.change("ann", "shop", _refusing("chat"))

    of_keys = [list(store.of_subject(subject_reference(k.value, "ann"))) for k in (OLD, NEW)]
    assert of_keys == [[], [("shop", AccountChoice(frozenset({"ads", "chat"}), at=1.0))]]


def test_devices_at_the_same_time_lose_no_refusal(store):
    """Each change is made of what the one before left."""
    store.get("ann", "shop")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda p: store.change("ann", "shop", _refusing(p)), PURPOSES))

    assert store.get("ann", "shop").refusing(PURPOSES) == set(PURPOSES)


def test_an_empty_choice_leaves_no_row(store):
    """Who takes back all that was said has said nothing."""
    store.change("ann", "shop", _refusing("ads"))
    lifted = Click(lifted=frozenset({"ads"}))
    store.change("ann", "shop", lambda it: it.clicked(lifted, PURPOSES, 2.0))

    assert list(store.of_subject(subject_reference(NEW.value, "ann"))) == []


def test_erased_and_ended_choices_are_gone(store):
    """The person's at every site; and those that nobody confirmed for so long."""
    for who, site, at in (("ann", "shop", 9.0), ("ann", "blog", 9.0), ("ben", "shop", 3.0)):
        store.change(who, site, _refusing("ads", at=at))

    assert store.forget(subject_reference(NEW.value, "ann")) == 2
    assert (store.any_before(2.9), store.any_before(3.0)) == (False, True)
    assert store.forget_before(3.0) == 1
    assert store.get("ann", "shop") == store.get("ben", "shop") == NO_CHOICE
