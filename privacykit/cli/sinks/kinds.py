"""The kinds of sink there are, as `sinks list` tells them. Looks for installed packages."""

from __future__ import annotations

from importlib.util import find_spec

import msgspec

from privacykit.sinks import OURS, kind_of, kinds


class KnownKind(msgspec.Struct):
    """
    One kind of sink.

    Attributes:
        name: What ``type`` says.
        summary: Where events go.
        extra: The extra that it needs, if any.
        installed: Whether what it needs is there.
        ours: Whether privacykit brings it, or another package.
        deduplicates: By what the other end knows an event that comes again; empty if it cannot.
        deletes: Whether an erasure can have a person deleted at the other end.
    """

    name: str
    summary: str
    extra: str
    installed: bool
    ours: bool
    deduplicates: str
    deletes: bool


def known_kinds() -> list[KnownKind]:
    """Return all kinds, ours and others, by name."""
    found = []
    for name in kinds():
        if (kind := kind_of(name)) is not None:
            there = all(find_spec(package) is not None for package in kind.packages)
            found.append(
                KnownKind(
                    name,
                    kind.summary,
                    kind.extra,
                    there,
                    name in OURS,
                    kind.deduplicates,
                    kind.deleter is not None,
                )
            )
    return found
