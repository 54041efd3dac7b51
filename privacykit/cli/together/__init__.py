"""``privacykit request together``: erasures in one pass."""

from privacykit.cli.together.command import register

__all__ = ["register"]
