"""``privacykit init``: a configuration and keys for the project in this folder."""

from privacykit.cli.init.command import register

__all__ = ["register"]
