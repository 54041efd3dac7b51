"""``python -m privacykit``: the command line."""

from privacykit.cli.main import main

main()
