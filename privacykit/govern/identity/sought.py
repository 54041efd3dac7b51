"""Identities looked for in rows: of many, those that stand in a row are found by look-ups. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from privacykit.govern.erasure.ports.connector import PersonRow, RowIdentity
from privacykit.govern.identity.equality import matches, written_as
from privacykit.govern.identity.usable import HASHES, names_somebody
from privacykit.govern.records import Identity, IdentityFormat


class Sought:
    """
    Identities as they may stand in a row.

    Holding each of many against each of many rows would multiply two lists: what is written alike
    is looked up first, and only then compared.

    Args:
        identities: What is looked for; found in this order.

    Attributes:
        identities: The same, each once.
    """

    def __init__(self, identities: Iterable[Identity]) -> None:
        self.identities = tuple(dict.fromkeys(identities))
        self._hashes = sorted({it.format for it in self.identities} - {"raw"})
        self._told: dict[int, tuple[PersonRow, list[Identity]]] = {}  # holds the rows, so their ids
        self._written: dict[tuple[str, IdentityFormat], dict[str, list[int]]] = {}

    def in_row(self, row: PersonRow) -> list[Identity]:
        """Return those that stand in *row*; a hash may be one of a placeholder, which is nobody."""
        told = self._told.get(id(row))
        if told is None:
            at = {n for it in row.holds for n in self._alike(it) if self._is(n, it)}
            told = self._told[id(row)] = (row, [self.identities[n] for n in sorted(at)])
        return told[1]

    def _is(self, n: int, it: RowIdentity) -> bool:
        return same(self.identities[n], it) and names_somebody(it.identity)

    def holders(self, found: Iterable[PersonRow]) -> Counter[Identity]:
        """Count how many of *found* hold each of them."""
        return Counter(identity for row in found for identity in self.in_row(row))

    def _alike(self, it: RowIdentity) -> Iterator[int]:
        kind, written = it.identity.type, it.format
        known = self._written.get((kind, written))
        if known is None:
            known = self._written[kind, written] = self._index(kind, written)
        if known:
            for text in self._keys(it):
                yield from known.get(text, ())

    def _keys(self, it: RowIdentity) -> Iterator[str]:
        """Yield by what an identity that is the same is found; others may be, too."""
        lower = it.identity.value.lower()
        yield from {lower, lower.strip()}
        if it.format == "raw":
            text = it.identity.value.strip().lower().encode()
            for name in self._hashes:
                yield f"{name}:{HASHES[name](text).hexdigest()}"

    def _index(self, kind: str, written: IdentityFormat) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for n, identity in enumerate(self.identities):
            if identity.type == kind:
                for text in _texts(identity, written):
                    found.setdefault(text, []).append(n)
        return found


def holding(row: PersonRow, identity: Identity) -> list[RowIdentity]:
    """Return what stands in *row* that is *identity*."""
    return [it for it in row.holds if same(identity, it) and names_somebody(it.identity)]


def same(identity: Identity, it: RowIdentity) -> bool:
    """Say whether what stands in a row is *identity*."""
    if identity.parts:
        # A date has as many spellings as stores: these have compared it part by part.
        names = {part for part, _ in identity.parts}
        return identity.type == it.identity.type and names == {n for n, _ in it.identity.parts}
    return matches(identity, _Compared(it), it.identity.value)


def _texts(identity: Identity, written: IdentityFormat) -> Sequence[str]:
    """Return how *identity* may stand in a row, as it is looked up."""
    if identity.parts:
        return ("",)
    if identity.format != "raw" and written == "raw":
        return (f"{identity.format}:{identity.value.strip().lower()}",)
    return tuple({text.lower() for text in written_as(identity, written)})


class _Compared:
    """A value in a row as :func:`matches` asks for it."""

    __slots__ = ("format", "identity", "match")

    def __init__(self, it: RowIdentity) -> None:
        self.identity: str | None = it.identity.type
        self.format = it.identity.format
        self.match: str = it.match
