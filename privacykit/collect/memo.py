"""A bounded memory for answers that depend on little. Pure."""

from __future__ import annotations

from collections.abc import Callable
from sys import getsizeof
from typing import TypeVar

import msgspec

K = TypeVar("K")
V = TypeVar("V")

LONGEST_KEY = 1024
"""Characters of a key that is remembered by default; a longer one is answered and forgotten."""
KIBIBYTE = 1024
MEBIBYTE = 1024 * KIBIBYTE
ENTRY_BYTES = 112
"""What a dictionary takes for an entry just after it grew, when it is emptiest."""


def _of_both(key: object, value: object) -> int:
    return weight(key) + weight(value)


def weight(value: object) -> int:
    """Return about how many bytes *value* takes with all it holds, shared or not."""
    if isinstance(value, msgspec.Struct):
        return getsizeof(value) + sum(map(weight, msgspec.structs.astuple(value)))
    if isinstance(value, tuple):
        return getsizeof(value) + sum(map(weight, value))
    return getsizeof(value)


class Memo(dict[K, V]):
    """
    Remembers what *make* answered, in at most so many bytes, in two generations.

    A full generation becomes the old one, so the memory never empties at once; a look-up that hits
    costs what a dictionary costs. Keys are never raw addresses or anything finer than the policy
    lets out. Threads may race to make one answer: the answers are equal. Whatever strangers send,
    nobody buys more memory than the bound, and one entry takes at most a sixteenth of it.

    Args:
        make: Makes the answer.
        most_bytes: Of both generations together, keys and answers as :func:`weight` tells.
        weigh: Bytes of key and answer, where these share what they hold with others.
        longest: Characters of a key that is remembered.
    """

    __slots__ = ("_bytes", "_half", "_longest", "_make", "_old", "_weigh")

    def __init__(
        self,
        make: Callable[[K], V],
        most_bytes: int = MEBIBYTE,
        weigh: Callable[[K, V], int] = _of_both,
        longest: int = LONGEST_KEY,
    ) -> None:
        super().__init__()
        self._longest = longest
        self._make = make
        self._weigh = weigh
        self._half = most_bytes // 2
        self._bytes = 0
        self._old: dict[K, V] = {}

    def __repr__(self) -> str:
        # A dictionary would print its keys: user agents, referrers.
        return f"<Memo of {len(self)}>"

    def __missing__(self, key: K) -> V:
        old = self._old
        value = old[key] if key in old else self._make(key)
        if _length(key) > self._longest:
            return value
        needed = ENTRY_BYTES + self._weigh(key, value)
        if needed > self._half // 8:
            return value
        if self._bytes + needed > self._half:
            self._old = dict(self)
            self.clear()
            self._bytes = 0
        self._bytes += needed
        self[key] = value
        return value


def _length(key: object) -> int:
    if isinstance(key, bytes | str):
        return len(key)
    return sum(map(_length, key)) if isinstance(key, tuple) else 0
