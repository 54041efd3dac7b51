"""`privacykit request`: people's requests, from filing to the letter."""

from privacykit.cli.request.command import register

__all__ = ["register"]
