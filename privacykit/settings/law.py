"""The policies in force: ours and the operator's over them, read again when a file changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

from privacykit.decide.decision import property_names
from privacykit.errors import ConfigurationError, PolicyError, Problem
from privacykit.policy.policyset import PolicySet
from privacykit.settings.checks.establishments import unknown_establishments
from privacykit.settings.model import Settings
from privacykit.settings.paths import Paths
from privacykit.settings.policies import load_policies, shipped_policies


class ConfiguredLaw:
    """
    Holds the policies.

    Args:
        settings: Names the operator's directories.
        paths: Finds them.

    Raises:
        PolicyError: A file is wrong at the start; later a wrong file leaves what is in force.
        ConfigurationError: A purpose states a property that no policy asks about, or somebody is
            established at no place.

    Attributes:
        policies: Those in force.
    """

    def __init__(self, settings: Settings, paths: Paths) -> None:
        self._directories = [paths.file(name) for name in settings.policies.directories]
        self._seen = self._stamp()
        self._wrong: tuple[Problem, ...] = ()
        self.policies: PolicySet = (
            load_policies(self._directories) if self._directories else shipped_policies()
        )
        known = property_names(self.policies)
        unknown = [
            *_unknown_properties(settings, known),
            *unknown_establishments(settings, self.policies),
        ]
        if unknown:
            raise ConfigurationError(*unknown)

    def refresh(self, changed: Callable[[], object]) -> None:
        """
        Read the operator's files again if one changed, and call *changed* when they are in force.

        Raises:
            PolicyError: A file is wrong, until it is mended; the policies in force stay.
        """
        stamp = self._stamp()
        if stamp != self._seen:
            self._wrong = self._read()
            if not self._wrong:
                changed()
            self._seen = stamp
        if self._wrong:
            raise PolicyError(*self._wrong)

    def _read(self) -> tuple[Problem, ...]:
        try:
            self.policies = load_policies(self._directories)
        except PolicyError as error:
            return error.problems
        return ()

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        return tuple(
            (str(file), status.st_mtime_ns, status.st_size)
            for folder in self._directories
            for file in sorted(Path(folder).glob("*.toml"))
            for status in [file.stat()]
        )


def _unknown_properties(settings: Settings, known: frozenset[str]) -> Iterator[Problem]:
    """Find properties that no policy asks about: most are slips of the pen, and none has effect."""
    for purpose, table in settings.purposes.items():
        for name in table.properties:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else "see privacykit policy show"
                key = f"purposes.{purpose}.properties.{name}"
                yield Problem("PK069", "privacykit.toml", key, "no policy asks about it", hint)
