"""``privacykit site``: a site as browsers see it."""

from privacykit.cli.site.command import register

__all__ = ["register"]
