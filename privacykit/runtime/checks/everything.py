"""All that is wrong with an installation, in one go, each thing once. Reads files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from sys import maxsize

from privacykit.errors import ConfigurationError, PrivacyKitError, Problem
from privacykit.runtime.checks.installation import UP, InstallationCheck
from privacykit.settings.located import with_places
from privacykit.settings.model import Settings


def everything_wrong(
    config: str, first: Iterable[Problem], besides: Callable[[Settings], object]
) -> tuple[Problem, ...]:
    """
    Return what else is wrong where a start was refused: every file is read, no server is asked.

    Args:
        config: The configuration file.
        first: What the start was refused for.
        besides: Tries what a start builds that this room does not know.
    """
    found = list(first)
    folders = []
    try:
        inspection = InstallationCheck(config)
    except ConfigurationError as error:
        found += error.problems
    else:
        folders = inspection.policy_folders
        found += inspection.problems
        for look in inspection.looks():
            found += problems_of(look, config, inspection)
        found += problems_of(partial(besides, inspection.settings), config, inspection)
    return once(with_places(found, config, folders))


def once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return each thing that is wrong once, by file and line; what has no line last of its file."""
    found = {(one.id, one.file, one.key, one.message): one for one in problems}
    files = list(dict.fromkeys(one.file for one in found.values()))
    lines = sorted(found.values(), key=lambda one: (files.index(one.file), one.line or maxsize))
    return tuple(lines)


def problems_of(
    look: Callable[[], object], config: str, inspection: InstallationCheck
) -> Iterator[Problem]:
    """
    Yield what is wrong with the part that *look* tries.

    Args:
        look: Tries it.
        config: The configuration file.
        inspection: The installation it is a part of.
    """
    # What is wrong in the file was said: that a part stumbles over it in its own way is no news.
    passed_over = (PrivacyKitError, ValueError, LookupError) if inspection.problems else ()
    try:
        look()
    except ConfigurationError as error:
        yield from inspection.more(error.problems)
    except passed_over:
        return
    except PrivacyKitError as error:
        yield Problem("PK040", config, "", str(error), UP)
