"""``privacykit run``: serve any application wrapped, or try privacykit without a set-up."""

from privacykit.cli.run.command import register

__all__ = ["register"]
