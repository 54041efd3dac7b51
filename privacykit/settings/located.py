"""The lines of problems that were found after a file was read. Reads the file again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from privacykit.errors import ConfigurationError, Problem
from privacykit.settings.load import DEFAULT_FILE
from privacykit.settings.paths import Paths
from privacykit.toml_files.lines import with_lines


def with_places(
    problems: Iterable[Problem], config: str, folders: Iterable[Path] = ()
) -> tuple[Problem, ...]:
    """
    Return *problems* each with its line, the configuration file under the name it was called by.

    Parts that are built from settings know their keys, and not where the file is.

    Args:
        problems: What was found; their files are named as seen from the configuration's folder.
        config: Path of the configuration file.
        folders: Where else a named file may be, such as directories of policies.
    """
    found: list[Problem] = []
    for problem in problems:
        one = replace(problem, file=config) if problem.file == DEFAULT_FILE else problem
        text = "" if one.line or not one.key else _text_of(one.file, config, folders)
        found += with_lines([one], text)
    return tuple(found)


@contextmanager
def located(config: str) -> Iterator[None]:
    """
    Give the problems of configuration errors raised inside their lines.

    Args:
        config: Path of the configuration file.

    Raises:
        ConfigurationError: As it was raised inside.
    """
    try:
        yield
    except ConfigurationError as error:
        error.problems = with_places(error.problems, config)
        raise


def _text_of(file: str, config: str, folders: Iterable[Path]) -> str:
    home = Paths.beside(config)
    beside = [] if file == config else [home.file(file), *(folder / file for folder in folders)]
    for path in [Path(config)] if file == config else beside:
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
    return ""
