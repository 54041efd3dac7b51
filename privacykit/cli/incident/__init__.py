"""``privacykit incident``: what happened, whose data, who must be told by when."""

from privacykit.cli.incident.command import register

__all__ = ["register"]
