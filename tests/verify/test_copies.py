"""Copies that somebody left beside our stores: an operator's backup before a change, most often."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

from privacykit.verify.asked import CLAIMS
from privacykit.verify.claims import ClaimOutcome
from tests.verify.installation import Installation, found

WHO = "/192.0.2.77"


def _copied(shop, name):
    """Return the copy *name* of the event store, whole."""
    with (
        closing(sqlite3.connect(shop.folder / "own.db")) as store,
        closing(sqlite3.connect(shop.folder / name)) as copy,
    ):
        store.backup(copy)
    return shop.folder / name


def test_copies_are_read_as_the_store_is(tmp_path):
    """One that holds what it should is clean, and makes nothing beside it; another is told."""
    shop = Installation(tmp_path)
    _copied(shop, "own.db.bak")
    (duck,) = (tmp_path / "ducks").glob("*.duckdb")
    shutil.copy(duck, f"{duck}.2026-11-30")
    before = sorted(path.name for path in tmp_path.iterdir())
    told = {name: (one.outcome, one.why) for name, one in shop.verify().items()}
    assert told == dict.fromkeys(CLAIMS, (ClaimOutcome.HOLDS, ""))
    assert "event store, own.db.bak" in shop.verify("addresses")["addresses"].scope
    assert [name for name in sorted(p.name for p in tmp_path.iterdir()) if name not in before] == []
    with closing(sqlite3.connect(_copied(shop, "own.old"))) as copy:
        copy.execute("create table left_over (note text)")
        copy.execute("insert into left_over values (?)", (WHO,))
        copy.commit()
    shop.close()
    assert found(shop.verify("addresses")) == {("PK300", "event store, own.old: left_over.note")}


def test_a_copy_of_a_month_is_read(tmp_path):
    """On SQLite a month is a file of its own."""
    shop = Installation(tmp_path)
    shop.keep(shop.row(page=WHO))
    shop.close()
    for month in tmp_path.glob("own_20*.db"):
        shutil.copy(month, f"{month}~")
    places = {place for _, place in found(shop.verify("addresses"))}
    assert any(place.startswith("event store, own_") for place in places)


def test_what_is_called_after_a_store_and_is_none_is_not_passed_over(tmp_path):
    """A dump, or a packed copy: nobody here can say what is in it."""
    shop = Installation(tmp_path)
    (tmp_path / "own.db.gz").write_bytes(b"\x1f\x8b")
    shop.close()
    result = shop.verify("addresses")["addresses"]
    assert (result.outcome, "own.db.gz: PK316" in result.why) == (ClaimOutcome.NOT_TESTED, True)


def test_stores_that_no_server_made_yet_are_told_once(tmp_path):
    """A fresh configuration: not tested, and why, in one line and not once for each store."""
    shop = Installation(tmp_path)
    shop.close()
    for name in ("own.db", "salts.db"):
        (tmp_path / name).unlink()
    result = shop.verify("addresses")["addresses"]
    assert result.outcome is ClaimOutcome.NOT_TESTED
    assert result.why.startswith("event store, salts: PK316 not there yet: ")
