"""Which of our own events a hold means: holds are asked before a period is dropped. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.govern.records import Hold
from privacykit.stores.event_tables import EVENTS, HELD, HeldBy

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


def _held_by(hold: Hold) -> HeldBy:
    columns = set(HELD.columns.keys())
    for item in hold.where:
        if item.op == "=" and item.column in columns and isinstance(item.value, str):
            return HeldBy(item.column, item.value)
    return EVERYTHING
