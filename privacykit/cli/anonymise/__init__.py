"""``privacykit anonymise``: today's policy over what was stored before."""

from privacykit.cli.anonymise.command import register

__all__ = ["register"]
