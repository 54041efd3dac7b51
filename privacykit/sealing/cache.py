"""Data keys in memory, for minutes at most: a cache is the life of what was erased. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from privacykit.errors import InputError

LONGEST: Final = 300.0
"""Seconds that a key may be kept: after them whoever was erased is unreadable here too."""

_K = TypeVar("_K")
_V = TypeVar("_V")


class KeyCache(Generic[_K, _V]):
    """
    Remembers what *load* found.

    Args:
        load: Finds a key, or nothing; what is nothing is asked for again.
        seconds: How long a key is kept, at most 300.
        most: How many keys are kept; those used longest ago go.

    Raises:
        InputError: PK387, *seconds* is more than 300 or less than 0.
    """

    def __init__(
        self, load: Callable[[_K], _V | None], *, seconds: float = 60.0, most: int = 100_000
    ) -> None:
        if not 0 <= seconds <= LONGEST:
            raise InputError("PK387 a reader may keep a key for 300 seconds at most")
        self._load = load
        self._seconds = seconds
        self._most = most
        self._kept: OrderedDict[_K, tuple[float, _V]] = OrderedDict()

    def get(self, key: _K, now: float) -> _V | None:
        """
        Return what *key* stands for.

        Args:
            key: What is looked for.
            now: Seconds of a clock that never jumps.
        """
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < self._seconds:
            return kept[1]
        self._kept.pop(key, None)
        found = self._load(key)
        if found is not None:
            self._kept[key] = now, found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found

    def forget(self) -> None:
        """Forget every key at once, as whoever destroys one in this process does."""
        self._kept.clear()
