"""Figures that outlive the events of our own store: kept before they go, and shown afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privacykit.operate.retention import KeepsFigures
    from privacykit.settings.model import Settings


def keeper_of(config: str, settings: Settings) -> KeepsFigures | None:
    """Return what keeps figures, where *settings* name some; others need none of its imports."""
    if not settings.reports.keep:
        return None
    from privacykit.cli.report.kept.keeper import FigureKeeper

    return FigureKeeper(config)
