"""``privacykit seal``: the keys of sealed fields."""

from privacykit.cli.seal.command import register

__all__ = ["register"]
