"""The hops that a header names, from the right: a list of addresses, or ``Forwarded``. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.collect.address.forwarded import MAX_ELEMENTS, MAX_TAIL, elements_from_right
from privacykit.pseudonym.addresses.address import parse

HIDDEN = object()
Hop = bytes | object | None
"""A packed address, :data:`HIDDEN`, or ``None`` for what can't be read."""


def address(text: str) -> bytes | None:
    """Return the address that *text* spells; ``None`` for what is none, and for nobody's."""
    packed = parse(text)
    return packed if packed is not None and any(packed) else None


def hops_of_list(text: str) -> Iterator[Hop]:
    """Yield the elements of *text*, addresses parted by commas, the last one first."""
    first, *others = text[-MAX_TAIL:].rsplit(",", MAX_ELEMENTS)
    for element in reversed(others):
        yield _hop(element.strip(" \t"))
    whole = len(text) <= MAX_TAIL and len(others) < MAX_ELEMENTS
    yield _hop(first.strip(" \t")) if whole else None


def _hop(element: str) -> Hop:
    packed = parse(element)
    if packed is not None and any(packed):
        return packed
    return HIDDEN if element.lower() == "unknown" else None


def hops_of_forwarded(text: str) -> Iterator[Hop]:
    """Yield whom the elements of a ``Forwarded`` value name with ``for``, the last one first."""
    for element in elements_from_right(text):
        node = None if element is None else element.get("for")
        if node is None:
            yield None
        elif node.lower() == "unknown" or node.startswith("_"):
            yield HIDDEN
        else:
            yield address(_without_obfuscated_port(node))


def _without_obfuscated_port(node: str) -> str:
    host, obfuscated, _ = node.rpartition(":_")
    return host if obfuscated else node
