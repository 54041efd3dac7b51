"""``privacykit explain``: what the middleware would decide, and which clauses say so."""

from privacykit.cli.explain.command import register

__all__ = ["register"]
