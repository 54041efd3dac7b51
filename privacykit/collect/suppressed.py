"""
Who is not to be collected any more, as requests ask it: keyed hashes in memory. Pure.

An order answers all that came before it: an event that rests on a consent given later is collected
again; one that rests on no consent stays away.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

ALL_PURPOSES = ""
"""Stands in the purpose of an order that stops everything."""


class Suppressed(msgspec.Struct, frozen=True, gc=False):
    """
    The orders that stand, replaced whole when they change.

    Attributes:
        orders: Subject reference or consent record, and purpose, to the Unix seconds of the order.
    """

    orders: Mapping[tuple[str, str], float] = {}

    def __repr__(self) -> str:
        return f"<Suppressed {len(self.orders)}>"

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
        of_all = self.orders.get((key, ALL_PURPOSES))
        of_one = self.orders.get((key, purpose))
        if of_all is None or of_one is None:
            return of_one if of_all is None else of_all
        return max(of_all, of_one)


NOBODY = Suppressed()
