"""``privacykit signals``: what consent strings and opt-out headers say."""

from privacykit.cli.signals.command import register

__all__ = ["register"]
