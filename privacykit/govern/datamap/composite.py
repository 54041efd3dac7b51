"""Identities of several parts, held against those that a data map knows. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from privacykit.errors import InputError
from privacykit.govern.datamap.model import DataMap
from privacykit.govern.records import Identity


def check_composites(datamap: DataMap, identities: Iterable[Identity]) -> None:
    """
    Check that every composite identity among *identities* can find somebody.

    Raises:
        InputError: The map has none of this type and these parts, so that nobody would be found
            and that would look like nothing to do. Names the parts that the map has, no value.
    """
    known = {
        (item.type, tuple(sorted(item.parts)))
        for mapped in datamap.collections.values()
        for collection in mapped.values()
        for item in collection.identities
    }
    asked = {
        (it.type, tuple(sorted(name for name, _ in it.parts))) for it in identities if it.parts
    }
    if not asked <= known:
        there = "; ".join(f"{kind}:{','.join(parts)}" for kind, parts in sorted(known))
        raise InputError(
            "the data map has no identity of this type and these parts"
            + (f"; it has {there}" if there else ": it has none of several parts")
        )
