"""``privacykit drop``: the lists of California's DROP, answered."""

from __future__ import annotations

from privacykit.cli.drop.command import register

__all__ = ["register"]
