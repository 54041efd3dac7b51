"""The options of a run, from which every process makes its own scrubber, and counts of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from privacykit.logs.addresses import Weaken, weaken_logged
from privacykit.logs.files.fields import LogFields
from privacykit.logs.files.scrubber import Scrubber, Unknown
from privacykit.pseudonym.url.referrer import Level


@dataclass(frozen=True)
class Recipe:
    """
    How lines are weakened; every process of a run makes the same of it.

    Attributes:
        config: The file whose ``[ip]`` says how addresses are weakened; maybe empty.
        query_keep: Parameters of queries that stay.
        referrer: What is left of referrers.
        formats: Formats to look for.
        pattern: A format of the user's own.
        unknown: What becomes of lines of no known format.
    """

    config: str = ""
    query_keep: frozenset[str] = frozenset()
    referrer: Level = "origin"
    formats: tuple[str, ...] = ()
    pattern: str = ""
    unknown: Unknown = "mask"

    def scrubber(self) -> Scrubber:
        """
        Return what weakens lines so.

        Raises:
            ConfigurationError: PK265 a wrong pattern, PK266 an unknown format, or the configuration
                is wrong.
        """
        fields = LogFields(_weaken(self.config), self.query_keep, self.referrer)
        return Scrubber(fields, self.formats, self.pattern, self.unknown)


def _weaken(config: str) -> Weaken | None:
    if not config:
        return None
    from privacykit.runtime.sites import ip_method_of
    from privacykit.settings.load import load

    return weaken_logged(ip_method_of(load(config)))


@dataclass
class ScrubCounts:
    """
    ScrubCounts of a run; no values.

    Attributes:
        seen: Lines by format.
        changed: Fields by kind.
        left: Files that stay as they were.
    """

    seen: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    left: int = 0

    @classmethod
    def of(cls, scrubber: Scrubber, left: int = 0) -> ScrubCounts:
        """Return those of *scrubber*."""
        return cls(scrubber.seen, scrubber.fields.changed, left)

    def __add__(self, other: ScrubCounts) -> ScrubCounts:
        return ScrubCounts(
            self.seen + other.seen, self.changed + other.changed, self.left + other.left
        )
