"""``privacykit scrub``: log files and pipes, as weak as the application's own logs."""

from privacykit.cli.scrub.command import register

__all__ = ["register"]
