"""``privacykit watch``: the standing canary."""

from privacykit.cli.watch.command import register, watch

__all__ = ["register", "watch"]
