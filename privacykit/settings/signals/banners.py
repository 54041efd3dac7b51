"""
Kinds of banners by name: ours, and those that other packages bring. Imports a package's when used.

Other packages add kinds under the entry point group ``privacykit.banners``: a
:class:`~privacykit.signals.banners.kinds.BannerKind`. What theirs raises says nothing, and the
request goes on.
"""

from __future__ import annotations

from importlib.metadata import entry_points

import msgspec

from privacykit.signals.banners.kinds import KINDS, BannerKind
from privacykit.signals.banners.times import UNREADABLE
from privacykit.signals.readers.banner import Categories

GROUP = "privacykit.banners"
"""The entry point group of kinds that other packages bring."""


def banner_kinds() -> list[str]:
    """Return the names of all kinds there are, ours and others."""
    return sorted({*KINDS, *entry_points(group=GROUP).names})


def banner_kind(name: str) -> BannerKind | None:
    """Return the kind called *name*, ours or another's; ``None`` if there is none."""
    if name in KINDS:
        return KINDS[name]
    for found in entry_points(group=GROUP, name=name):
        kind = found.load()
        return _guarded(kind) if isinstance(kind, BannerKind) else None
    return None


def _guarded(kind: BannerKind) -> BannerKind:
    def read(name: str, value: str) -> Categories:
        try:
            return kind.read(name, value)
        except Exception:  # noqa: BLE001 - whatever another package raises, nothing was said
            return {}

    told = kind.given_at

    def given_at(name: str, value: str) -> float | None:
        try:
            return None if told is None else told(name, value)
        except Exception:  # noqa: BLE001 - a time that cannot be read is as old as can be
            return UNREADABLE

    return msgspec.structs.replace(kind, read=read, given_at=given_at)
