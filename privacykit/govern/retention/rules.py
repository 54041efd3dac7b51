"""
Retention rules: rows that may no longer be kept, and the cheapest step that removes them. Pure.

Laws of this file:

1. A row goes when **every** purpose it is kept for is over; a law's cap shortens each purpose by
   itself. (Deletion takes the row from all purposes at once, so the longest one decides.)
2. Strategies that leave the row (truncate, null, …) answer to their own rule alone.
3. What is destroyed for the first time under a rule is confirmed for exactly that rule: its
   fingerprint covers what goes, not when it is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

import msgspec

from privacykit.govern.datamap import DataMap, RetentionRule
from privacykit.govern.datamap.collection import Collection
from privacykit.govern.datamap.duration import Duration
from privacykit.govern.records import RowCondition
from privacykit.govern.words import ErasureStrategy

DAY = 86_400


class Cap(msgspec.Struct, frozen=True):
    """
    The longest a law lets data of a purpose be kept.

    Attributes:
        days: Days.
        policy: ``id@hash`` of the policy that says so.
    """

    days: int
    policy: str


class Aggregate(msgspec.Struct, frozen=True):
    """
    What is counted of rows before they are deleted, so that nobody is in it.

    Attributes:
        into: The table that takes the counts.
        by: Columns to count by, with ``year``, ``month``, ``day`` where a time is cut, else empty.
        sum: Columns to add up.
        minimum: Groups of fewer rows are put together.
    """

    into: str
    by: tuple[tuple[str, str], ...]
    sum: tuple[str, ...]
    minimum: int


class RetentionTask(msgspec.Struct, frozen=True):
    """
    Rows of one collection that are over at a cut-off, and what becomes of them.

    Attributes:
        dataset: The dataset.
        collection: The collection.
        column: The column that the clock starts by.
        cutoff: Unix seconds; rows before it are over.
        duration: How long they were kept, in words.
        then: What becomes of them.
        where: Which rows of the collection; none is all.
        purposes: The purposes that are over by then.
        policy: The policy whose cap decided, empty when the map did.
        tally: What is counted of them before they are deleted.
    """

    dataset: str
    collection: str
    column: str
    cutoff: float
    duration: str
    then: ErasureStrategy
    where: tuple[RowCondition, ...] = ()
    purposes: tuple[str, ...] = ()
    policy: str = ""
    tally: Aggregate | None = None

    @property
    def name(self) -> str:
        """``dataset.collection``."""
        return f"{self.dataset}.{self.collection}"

    def fingerprint(self) -> str:
        """Return what is confirmed before the first destructive run: all but the cut-off."""
        said = (self.dataset, self.collection, self.column, self.duration, self.then.value)
        where = [(item.column, item.op, item.value) for item in self.where]
        return sha256(msgspec.json.encode((*said, where, self.tally))).hexdigest()[:16]


class Uncovered(msgspec.Struct, frozen=True):
    """
    A collection that a law caps and that no rule of the map ends.

    Attributes:
        dataset: The dataset.
        collection: The collection.
        purpose: The purpose that is capped.
        policy: Who caps it.
        days: At how many days.
    """

    dataset: str
    collection: str
    purpose: str
    policy: str
    days: int


class RetentionStep(msgspec.Struct, frozen=True):
    """
    One thing a run will do.

    Attributes:
        dataset: The dataset.
        collection: The collection.
        how: ``drop`` of whole partitions or period tables, else ``batches``.
        then: What becomes of the rows.
        cutoff: Unix seconds.
        rows: Rows that are over, counted or estimated by the store.
        held: Rows of them that a hold keeps.
        kept: Rows of them that a reason to keep, or a row that points at them, keeps.
        parts: Names of the partitions dropped.
        fingerprint: Of the rule.
        confirmed: Whether somebody confirmed this rule before.
    """

    dataset: str
    collection: str
    how: Literal["drop", "batches"]
    then: ErasureStrategy
    cutoff: float
    rows: int
    held: int = 0
    kept: int = 0
    parts: tuple[str, ...] = ()
    fingerprint: str = ""
    confirmed: bool = False


def rules(datamap: DataMap, now: float, caps: Mapping[str, Cap]) -> tuple[RetentionTask, ...]:
    """
    Work out every rule of *datamap* at *now*.

    Args:
        datamap: The data map.
        now: Unix seconds.
        caps: Purpose to the law's cap; a purpose without a number in any law is not in it.

    Returns:
        By dataset and collection in the order of the map, deletions last in each.
    """
    found: list[RetentionTask] = []
    for dataset, collections in datamap.collections.items():
        for name, collection in collections.items():
            purposes = datamap.purposes(dataset, name)
            found += _of(dataset, name, collection, purposes, now, caps)
    return tuple(found)


def uncovered(datamap: DataMap, caps: Mapping[str, Cap]) -> tuple[Uncovered, ...]:
    """Return the collections that a law caps and that would be kept for ever."""
    return tuple(
        Uncovered(dataset, name, purpose, caps[purpose].policy, caps[purpose].days)
        for dataset, collections in datamap.collections.items()
        for name, collection in collections.items()
        for purpose in datamap.purposes(dataset, name)
        if purpose in caps
        and not any(not r.purpose or r.purpose == purpose for r in collection.retention)
    )


def iso(moment: float) -> str:
    """Return *moment* as data maps and connectors write times."""
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _of(
    dataset: str,
    name: str,
    collection: Collection,
    purposes: Sequence[str],
    now: float,
    caps: Mapping[str, Cap],
) -> Iterator[RetentionTask]:
    deletions: dict[tuple[object, ...], list[RetentionRule]] = {}
    for rule in collection.retention:
        if rule.then is ErasureStrategy.DELETE:
            rows = (rule.from_, *((c.column, c.op, repr(c.value)) for c in rule.where))
            deletions.setdefault(rows, []).append(rule)
        else:
            found = [_capped(rule, p, now, caps) for p in _served(rule, purposes)]
            yield _rule(dataset, name, rule, max(found, key=_cutoff), _served(rule, purposes))
    for same_rows in deletions.values():
        yield _deletion(dataset, name, same_rows, purposes, now, caps)


def _deletion(
    dataset: str,
    name: str,
    same_rows: Sequence[RetentionRule],
    purposes: Sequence[str],
    now: float,
    caps: Mapping[str, Cap],
) -> RetentionTask:
    by_purpose: dict[str, list[_End]] = {}
    for rule in same_rows:
        for purpose in _served(rule, purposes):
            by_purpose.setdefault(purpose, []).append(_capped(rule, purpose, now, caps))
    # Within a purpose the shortest time counts, over all purposes the longest.
    ends = [max(found, key=_cutoff) for found in by_purpose.values()]
    counted = next((rule for rule in same_rows if rule.aggregate), same_rows[0])
    return _rule(dataset, name, counted, min(ends, key=_cutoff), tuple(by_purpose))


class _End(msgspec.Struct, frozen=True):
    cutoff: float
    duration: str
    policy: str


def _cutoff(end: _End) -> float:
    return end.cutoff


def _served(rule: RetentionRule, purposes: Iterable[str]) -> tuple[str, ...]:
    return (rule.purpose,) if rule.purpose else tuple(purposes) or ("",)


def _capped(rule: RetentionRule, purpose: str, now: float, caps: Mapping[str, Cap]) -> _End:
    own = _End(rule.duration.before(now), str(rule.duration), "")
    cap = caps.get(purpose)
    if cap is None:
        return own
    law = _End(now - cap.days * DAY, str(Duration(days=cap.days)), cap.policy)
    return max(own, law, key=_cutoff)


def _rule(
    dataset: str, name: str, rule: RetentionRule, end: _End, purposes: tuple[str, ...]
) -> RetentionTask:
    return RetentionTask(
        dataset,
        name,
        rule.from_,
        end.cutoff,
        end.duration,
        rule.then,
        rule.where,
        tuple(purpose for purpose in purposes if purpose),
        end.policy,
        _tally(rule),
    )


def _tally(rule: RetentionRule) -> Aggregate | None:
    wanted = rule.aggregate
    if wanted is None:
        return None
    by = tuple((item.partition(" by ")[0], item.partition(" by ")[2]) for item in wanted.by)
    return Aggregate(wanted.into, by, wanted.sum, wanted.minimum)
