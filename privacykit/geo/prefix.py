"""
A bounded memory by address prefix: one dictionary look-up instead of one in the file. Pure.

The keys are the first 3 bytes of an IPv4 and the first 6 of an IPv6 address, so a raw address is
never kept; a database network finer than that prefix is looked up each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")

IPV4_BYTES = 4
IPV4_KEY_BYTES = 3
IPV6_KEY_BYTES = 6


class PrefixMemo(Generic[V]):
    """
    Prefix to whatever *build* makes of it, in two generations.

    A full generation becomes the old one and what is still asked for comes back from there, so the
    memory is bounded and never empty. Threads may race to fill it: their answers are equal.

    Attributes:
        young: The present generation. The hot path may ask it directly, and calls the memo only
            for what is not there.
    """

    __slots__ = ("_build", "_half", "_lookup", "_old", "young")

    def __init__(
        self,
        lookup: Callable[[bytes], tuple[str, int]],
        build: Callable[[str, bytes], V],
        limit: int,
    ) -> None:
        self._lookup = lookup
        self._build = build
        self._half = max(1, limit // 2)
        self._old: dict[bytes, V] = {}
        self.young: dict[bytes, V] = {}

    def __call__(self, packed: bytes) -> V:
        """Return what *build* makes of the place and prefix of *packed* (4 or 16 bytes)."""
        v4 = len(packed) == IPV4_BYTES
        key = packed[:IPV4_KEY_BYTES] if v4 else packed[:IPV6_KEY_BYTES]
        young = self.young
        found = young.get(key)
        if found is not None:
            return found
        found = self._old.get(key)
        if found is None:
            place, bits = self._lookup(packed)
            found = self._build(place, key + bytes(len(packed) - len(key)))
            if bits > len(key) * 8:
                return found
        # Not kept if the generation changed meanwhile: the answer may be of the file before.
        if self.young is young:
            self._keep(key, found)
        return found

    def __len__(self) -> int:
        return len(self.young) + len(self._old)

    def __repr__(self) -> str:
        return f"<PrefixMemo of {len(self)}>"

    def forget(self) -> None:
        """Empty the memory: the file behind it changed."""
        self.young, self._old = {}, {}

    def _keep(self, key: bytes, value: V) -> None:
        if len(self.young) >= self._half:
            self._old, self.young = self.young, {}
        self.young[key] = value
