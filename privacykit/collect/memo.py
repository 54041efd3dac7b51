"""A bounded memory for answers that depend on little. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")

LONGEST_KEY = 1024
"""Characters of a key that is remembered; a longer one is answered and forgotten."""


class Memo(dict[K, V]):
    """
    Remembers what *make* answered, for at most twice *limit* keys in two generations.

    A full generation becomes the old one, so the memory never empties at once; a look-up that hits
    costs what a dictionary costs. Keys are never raw addresses or anything finer than the policy
    lets out. Threads may race to make one answer: the answers are equal. Nobody can buy memory with
    long headers: :data:`LONGEST_KEY`.
    """

    __slots__ = ("_limit", "_make", "_old")

    def __init__(self, make: Callable[[K], V], limit: int = 4096) -> None:
        super().__init__()
        self._make = make
        self._limit = limit
        self._old: dict[K, V] = {}

    def __repr__(self) -> str:
        # A dictionary would print its keys: user agents, referrers.
        return f"<Memo of {len(self)}>"

    def __missing__(self, key: K) -> V:
        old = self._old
        value = old[key] if key in old else self._make(key)
        if _size(key) > LONGEST_KEY:
            return value
        if len(self) >= self._limit:
            self._old = dict(self)
            self.clear()
        self[key] = value
        return value


def _size(key: object) -> int:
    if isinstance(key, bytes | str):
        return len(key)
    return sum(map(_size, key)) if isinstance(key, tuple) else 0
