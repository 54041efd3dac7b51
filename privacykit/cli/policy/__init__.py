"""``privacykit policy``: the law as data."""

from privacykit.cli.policy.command import register

__all__ = ["register"]
