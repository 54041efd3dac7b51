"""Read ``privacykit.toml``: text to Settings, or every error with file, key, id and what to do."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from privacykit.errors import ConfigurationError, Problem
from privacykit.settings.checks import cross_checks
from privacykit.settings.checks.stand_ins import StandIns
from privacykit.settings.model import Settings
from privacykit.settings.paths import DEFAULT_FILE as DEFAULT_FILE  # noqa: PLC0414 - for users
from privacykit.settings.paths import Paths
from privacykit.toml_files.lines import syntax_problem, with_lines
from privacykit.toml_files.words import meant_key, words_of

ROUNDS = 8
"""How often what is wrong is replaced and the rest read again."""


@dataclass(frozen=True, slots=True)
class ConfigReading:
    """
    What a configuration file says, as far as it can be read.

    Attributes:
        problems: Every problem found in the file, with its line.
        settings: Those of the file; where something is wrong, with stand-ins there, so that the
            rest can be looked at; ``None`` where nothing can.
        stand_ins: What was replaced.
    """

    problems: tuple[Problem, ...]
    settings: Settings | None
    stand_ins: StandIns

    def more(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """Yield those of *problems*, found by looking further, that follow from no stand-in."""
        for problem in problems:
            if not self.stand_ins.follows(problem):
                yield self.stand_ins.told(problem)


def load(path: str | Path = DEFAULT_FILE) -> Settings:
    """
    Read and check the configuration file at *path*.

    Raises:
        ConfigurationError: With every problem found.
    """
    return _good(read(path))


def read(path: str | Path = DEFAULT_FILE) -> ConfigReading:
    """
    Read the configuration file at *path*, and what can be known of it where it is wrong.

    Raises:
        ConfigurationError: The file cannot be read, or is no TOML.
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            Problem(
                "PK010",
                str(path),
                "",
                "the file cannot be read",
                "give its path with --config, or write one: privacykit init",
            )
        ) from None
    return _read(text, str(path))


def check_serving(settings: Settings, file: str = DEFAULT_FILE) -> None:
    """
    Check that there is something to serve, not only requests of people.

    Raises:
        ConfigurationError: PK013.
    """
    if not settings.collects:
        hint = "add [[site]] and [purposes.NAME]: see docs/tutorial.md"
        raise ConfigurationError(Problem("PK013", file, "site", "this key is missing", hint))


def parse(text: str, file: str = DEFAULT_FILE) -> Settings:
    """
    Check the configuration in *text*; *file* is its name in errors.

    Raises:
        ConfigurationError: With every problem found.
    """
    return _good(_read(text, file))


def _good(reading: ConfigReading) -> Settings:
    if reading.problems or reading.settings is None:
        raise ConfigurationError(*reading.problems)
    return reading.settings


def _read(text: str, file: str) -> ConfigReading:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(syntax_problem("PK011", file, error)) from None
    stand_ins = StandIns(document)
    problems = [
        Problem("PK014", file, key, "a value with a NUL character", "remove it")
        for key, value in _texts(document)
        if "\0" in value
    ]
    if problems:
        return ConfigReading(with_lines(problems, text), None, stand_ins)
    settings = _settings(stand_ins, file, problems)
    between = [] if settings is None else list(cross_checks(settings, file))
    if between:
        known = ConfigReading((), None, stand_ins)
        problems += list(known.more(between))
        stand_ins.put_for(between)
        settings = _settings(stand_ins, file, [])
    return ConfigReading(with_lines(problems, text), settings, stand_ins)


def _settings(stand_ins: StandIns, file: str, problems: list[Problem]) -> Settings | None:
    """Return what *stand_ins* hold, each thing wrong replaced and added to *problems*."""
    folder = {"folder": Paths.beside(file).folder}
    for _ in range(ROUNDS):
        try:
            return Settings.model_validate(stand_ins.document, context=folder)
        except ValidationError as error:
            found = error.errors()
        here = [_problem(file, one) for one in found]
        known = {(one.id, one.key) for one in problems}
        fresh = [stand_ins.told(one) for one in here if not stand_ins.follows(one)]
        problems += [one for one in fresh if (one.id, one.key) not in known]
        if not stand_ins.mend(found):
            return None
    return None


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts in *value*, names of keys too, each with the key where it stands."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield key, name
            yield from _texts(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{key}.{number}")


def _problem(file: str, error: ErrorDetails) -> Problem:
    key = ".".join(str(part) for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return Problem("PK012", file, key, "unknown key", meant_key(Settings, error["loc"]))
    if error["type"] == "missing":
        return Problem("PK013", file, key, "this key is missing", "add it")
    return Problem("PK014", file, key, words_of(error), "see the reference of privacykit.toml")
