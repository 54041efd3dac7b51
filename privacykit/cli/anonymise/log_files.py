"""Log files of an anonymisation plan, replaced by the code of ``privacykit scrub``. File I/O."""

from __future__ import annotations

from pathlib import Path


def scrub_file(path: str, *, config: str) -> str:
    """
    Replace the log file *path* as ``privacykit scrub --config`` does.

    Returns:
        Why it stays as it is; empty where it was replaced.
    """
    from privacykit.cli.scrub.recipe import Recipe
    from privacykit.cli.scrub.several import replace_one
    from privacykit.settings.load import load

    kept = frozenset(load(config).text.query_keep)
    _, reason = replace_one(Path(path), recipe=Recipe(config, kept), unknown_may_be_many=False)
    return reason
