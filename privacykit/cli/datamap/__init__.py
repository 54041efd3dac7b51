"""``privacykit datamap``: where personal data lives."""

from privacykit.cli.datamap.command import register

__all__ = ["register"]
