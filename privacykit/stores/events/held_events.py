"""Holds on our own events, asked before a period is dropped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from privacykit.collect.ports import OutboxRow
from privacykit.govern.records import Hold
from privacykit.stores.events.event_tables import EVENTS, HELD, HeldBy, flatten_event

OWN_DATASET = "privacykit"
"""The dataset of privacykit's own stores in data maps and holds."""

EVERYTHING = HeldBy("", "")


def held_events(holds: Iterable[Hold]) -> tuple[HeldBy, ...]:
    """
    Return *holds* as the event store asks them.

    It compares one column with one value. A hold of several conditions holds what meets the first
    such comparison, and one without any holds everything: too much rather than too little.
    """
    return tuple(
        _held_by(hold)
        for hold in holds
        if hold.dataset == OWN_DATASET
        and hold.collection in {EVENTS, "*"}
        and hold.released_at is None
    )


def is_held(row: OutboxRow, holds: Sequence[HeldBy]) -> bool:
    """
    Tell whether *row*, which is not in our event store yet, would be under one of *holds* there.

    What cannot be read is held by any.
    """
    if any(not hold.column for hold in holds):
        return True
    try:
        kept = dict(zip(HELD.columns.keys(), flatten_event(row, record=False), strict=True))
    except (msgspec.MsgspecError, ValueError):
        return bool(holds)
    return any(kept[hold.column] == hold.value for hold in holds)


def _held_by(hold: Hold) -> HeldBy:
    columns = set(HELD.columns.keys())
    for item in hold.where:
        if item.op == "=" and item.column in columns and isinstance(item.value, str):
            return HeldBy(item.column, item.value)
    return EVERYTHING
