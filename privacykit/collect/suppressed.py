"""
Suppressed people, as requests ask for them: keyed hashes in memory. Pure.

An order answers all that came before it: an event that rests on a consent given later is collected
again; one that rests on no consent stays away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

ALL_PURPOSES = ""
"""Stands in the purpose of an order that stops everything."""
CLOSING = "-closing"
"""
Stands in the purpose of an order that stops everything for as long as an erasure waits: taking it
back lifts no other order. No purpose of a configuration begins with a hyphen.
"""


Order = tuple[str, str, float]
"""Subject reference or consent record, the purpose that is stopped, Unix seconds of the order."""


class Suppressed:
    """
    The orders that stand; later ones are added while requests ask, and none is ever taken out.

    Args:
        orders: As :meth:`add` takes them.
    """

    __slots__ = ("_at", "_withdrawn")

    def __init__(self, orders: Iterable[Order] = ()) -> None:
        self._withdrawn: dict[str, float] = {}
        # By purpose, as a person more is then a key more, and not a pair of texts.
        self._at: dict[str, dict[str, float]] = {ALL_PURPOSES: self._withdrawn}
        self.add(orders)

    def __repr__(self) -> str:
        return f"<Suppressed {len(self)}>"

    def __len__(self) -> int:
        return sum(len(known) for known in self._at.values())

    def __iter__(self) -> Iterator[Order]:
        """Yield the orders, in no order."""
        for purpose, known in self._at.items():
            for key, at in known.items():
                yield key, purpose, at

    def __contains__(self, record: object) -> bool:
        """Tell whether *record*, of a consent, is withdrawn."""
        return record in self._withdrawn

    def add(self, orders: Iterable[Order]) -> None:
        """
        Know *orders* too; of a key and purpose that is known already, the later time counts.

        Args:
            orders: Subject reference or consent record, purpose, Unix seconds of the order.
        """
        for key, purpose, at in orders:
            known = self._at.setdefault(purpose, {})
            known[key] = max(at, known.get(key, at))

    def since(self, key: str | None, purpose: str) -> float | None:
        """
        Return when the last order was given that stops what *key* does under *purpose*.

        Args:
            key: A subject reference or consent record, if there is one.
            purpose: The event's purpose.

        Returns:
            Unix seconds; ``None`` when nothing stops it.
        """
        if key is None:
            return None
        known = (self._at.get(name) for name in (ALL_PURPOSES, CLOSING, purpose))
        found = (orders.get(key) for orders in known if orders)
        return max((at for at in found if at is not None), default=None)

    def closing(self, keys: Iterable[str | None]) -> bool:
        """Tell whether an erasure of any of *keys* is approved and waits: they may change it."""
        waiting = self._at.get(CLOSING, {})
        return any(key in waiting for key in keys)

    def latest(self, keys: Iterable[str | None], purpose: str) -> float | None:
        """Return when the last order was given that stops any of *keys*, as :meth:`since` does."""
        found = (self.since(key, purpose) for key in keys)
        return max((at for at in found if at is not None), default=None)


NOBODY = Suppressed()
"""What a process knows before its first look; nothing is added to it."""
