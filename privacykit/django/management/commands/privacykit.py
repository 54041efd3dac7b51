"""The command ``manage.py privacykit``: every command of privacykit, with its own options."""

from __future__ import annotations

import sys

from django.core.management.base import BaseCommand


class Command(BaseCommand):  # type: ignore[misc]
    """Hands its words to the command line of privacykit."""

    help = "The commands of privacykit: manage.py privacykit events tail"
    requires_system_checks: tuple[str, ...] = ()

    def run_from_argv(self, argv: list[str]) -> None:
        """Run ``privacykit`` with what follows the command's name."""
        from privacykit.cli.main import main

        sys.argv = ["privacykit", *argv[2:]]
        main()

    def handle(self, *_: object, **__: object) -> None:
        """Show the commands, where somebody calls it without words."""
        self.run_from_argv(["manage.py", "privacykit", "--help"])
