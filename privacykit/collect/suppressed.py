"""
Suppressed people, as requests ask for them: keyed hashes in memory. Pure.

An order answers all that came before it: an event that rests on a consent given later is collected
again; one that rests on no consent stays away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

ALL_PURPOSES = ""
"""Stands in the purpose of an order that stops everything."""


CLOSING = "-closing"
"""
Stands in the purpose of an order that stops everything for as long as an erasure waits: taking it
back lifts no other order. No purpose of a configuration begins with a hyphen.
"""


class Suppressed(msgspec.Struct, frozen=True, gc=False):
    """
    The orders that stand, replaced whole when they change.

    Attributes:
        orders: Subject reference or consent record, and purpose, to the Unix seconds of the order.
    """

    orders: Mapping[tuple[str, str], float] = {}

    def __repr__(self) -> str:
        return f"<Suppressed {len(self.orders)}>"

    def __contains__(self, record: object) -> bool:
        """Tell whether *record*, of a consent, is withdrawn."""
        return (record, ALL_PURPOSES) in self.orders

    def since(self, key: str | None, purpose: str) -> float | None:
        """
        Return when the last order was given that stops what *key* does under *purpose*.

        Args:
            key: A subject reference or consent record, if there is one.
            purpose: The event's purpose.

        Returns:
            Unix seconds; ``None`` when nothing stops it.
        """
        if key is None or not self.orders:
            return None
        found = (self.orders.get((key, name)) for name in (ALL_PURPOSES, CLOSING, purpose))
        return max((at for at in found if at is not None), default=None)

    def closing(self, key: str | None) -> bool:
        """Tell whether an erasure of *key* is approved and waits: it can still be taken back."""
        return key is not None and (key, CLOSING) in self.orders

    def latest(self, keys: Iterable[str | None], purpose: str) -> float | None:
        """Return when the last order was given that stops any of *keys*, as :meth:`since` does."""
        found = (self.since(key, purpose) for key in keys)
        return max((at for at in found if at is not None), default=None)


NOBODY = Suppressed()
