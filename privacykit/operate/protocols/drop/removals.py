"""
The removals of one batch, staged until it was read whole, then done in one step. Does file I/O.

A line takes back one item, by its id. A hash is taken back when no item of it is left: another
item with the same hash is another request, which stands.

The newest list says whether an item stands: one that is added by a list of an earlier day than that
which took it back stays taken back; by a later list its person asks again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

TABLES = """
create table if not exists staged (
  batch integer not null, list text not null, digest blob not null, id text not null,
  day text not null, primary key (batch, list, digest, id)) without rowid;
create table if not exists led (
  list text not null, digest blob not null, request text not null,
  primary key (list, digest, request)) without rowid;
create table if not exists taken_back (request text primary key) without rowid;
create table if not exists gone (id text primary key) without rowid;
create table if not exists taken_on (id text primary key, day text not null) without rowid;
drop table if exists removed;
drop table if exists removals;
"""
"""
``led``: every request that a hash led to, however long ago. ``gone``: the ids that were taken back,
without their hashes, so that a removal that comes again is known. ``taken_on``: the day of the list
that took an id back last, whether we had it or not. ``removed`` and ``removals`` were of old files.
"""
READY = "(select id from batches where ready = 1)"
_BACK = f"""
select distinct r.list, r.digest from staged r where r.batch = :batch and not exists (
  select 1 from items i where i.list = r.list and i.digest = r.digest
  and (i.batch = :batch or i.batch in {READY}) and not exists (
    select 1 from staged x where x.batch = :batch and x.list = i.list
    and x.digest = i.digest and x.id in (i.id, '')))
"""  # noqa: S608 - ours
_REQUESTS = f"""
select l.request from ({_BACK}) b cross join led l on l.list = b.list and l.digest = b.digest
union select i.request from ({_BACK}) b cross join items i
  on i.list = b.list and i.digest = b.digest where i.request <> ''
"""  # noqa: S608 - ours
_UNKNOWN = """
select count(*) from staged r where r.batch = :batch and r.id <> '' and not exists (
  select 1 from items i where i.id = r.id and i.list = r.list and i.digest = r.digest)
and r.id not in (select id from gone)
and exists (select 1 from items i where i.list = r.list and i.digest = r.digest)
"""
_AGAIN = """
select count(*) from staged r where r.batch = :batch and r.id in (select id from gone)
and not exists (select 1 from items i where i.id = r.id)
"""
_GOING = """
select i.id from staged r cross join items i
on i.list = r.list and i.digest = r.digest where r.batch = :batch and r.id in (i.id, '')
"""
_TAKEN_ON = """
insert into taken_on
select r.id, r.day from staged r where r.batch = :batch and r.id <> ''
union all select i.id, r.day from staged r cross join items i
  on i.list = r.list and i.digest = r.digest where r.batch = :batch and r.id = ''
on conflict (id) do update set day = max(day, excluded.day)
"""
STAGE = """
insert into staged values (?, ?, ?, ?, ?)
on conflict (batch, list, digest, id) do update set day = max(day, excluded.day)
"""
_STEPS = (
    f"insert or ignore into taken_back {_REQUESTS}",
    f"delete from led where (list, digest) in ({_BACK})",  # noqa: S608 - ours
    f"insert or ignore into gone {_GOING}",
    _TAKEN_ON,
    f"delete from items where id in ({_GOING})",  # noqa: S608 - ours
    "delete from staged where batch = :batch",
)


def taken_back_since(database: sqlite3.Connection, ids: Sequence[str], day: str) -> set[str]:
    """Return those of *ids* that a list of a later day than *day* took back."""
    marks = ",".join("?" * len(ids))
    wanted = f"select id from taken_on where day > ? and id in ({marks})"  # noqa: S608 - ours
    return {row[0] for row in database.execute(wanted, (day, *ids))}


def requests_taken_back(database: sqlite3.Connection, batch: int) -> tuple[str, ...]:
    """Return the requests of ours that the hashes led to which *batch* takes back."""
    return tuple(row[0] for row in database.execute(_REQUESTS, {"batch": batch}))


def unknown_removals(database: sqlite3.Connection, batch: int) -> int:
    """Return how many lines name no item of ours, although their hash stands by another one."""
    return int(database.execute(_UNKNOWN, {"batch": batch}).fetchone()[0])


def removals_again(database: sqlite3.Connection, batch: int) -> int:
    """Return how many lines name an item that an earlier archive took back."""
    return int(database.execute(_AGAIN, {"batch": batch}).fetchone()[0])


def do_removals(database: sqlite3.Connection, batch: int) -> None:
    """Forget the items that *batch* takes back, and remember whose requests they led to."""
    for step in _STEPS:
        database.execute(step, {"batch": batch})
