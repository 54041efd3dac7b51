"""
A reader of a banner's own cookie: its categories, as the site's purposes. Pure.

A purpose that several categories stand for is granted where all of them are, and refused where one
of them is refused. A category that the cookie does not name says nothing. A grant of which the
cookie tells the time grows old like our own; one that is older than ours may get is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from privacykit.signals.choice.time import GRANT_SECONDS, calendar_months
from privacykit.signals.read import Heard, VoiceKind, all_of, granted_bit, refused_bit
from privacykit.signals.readers.tcf import text_of

AHEAD_SECONDS = 86_400
"""How far ahead the clock of a browser may be, which writes the time."""

Categories = Mapping[str, bool]
"""Whether each category of a banner was allowed; those that are not named are absent."""


class BannerReader:
    """
    Reads the cookies of one banner.

    Args:
        names: The cookies.
        read: Reads a value of the cookie at the same place in *names*.
        purposes: The indexes of the purposes that each category stands for.
        given_at: Reads when a value's consent was given, in Unix seconds, if it tells.
    """

    kind: VoiceKind = "banner"

    def __init__(
        self,
        names: Sequence[str],
        read: Callable[[str, str], Categories],
        purposes: Mapping[str, Sequence[int]],
        given_at: Callable[[str, str], float | None] | None = None,
    ) -> None:
        self.names = tuple(name.encode() for name in names)
        self._read = read
        self._given_at = given_at
        self._purposes = {category: tuple(indexes) for category, indexes in purposes.items()}
        spoken_of = {index for indexes in self._purposes.values() for index in indexes}
        self.everything = sum(map(refused_bit, spoken_of))

    def heard(self, values: Sequence[Sequence[bytes]], now: float) -> Heard:
        """Return what they say together."""
        said = [
            self._aged(name.decode(), text_of(value), now)
            for name, listed in zip(self.names, values, strict=True)
            for value in listed
        ]
        return all_of(said)

    def _aged(self, name: str, value: str, now: float) -> Heard:
        """Return what *value* says, without the grants of no time that may be relied upon."""
        said = self._of(self._read(name, value))
        at = self._given_at(name, value) if self._given_at and said.granted else None
        if at is None:
            return said
        if not now - GRANT_SECONDS <= at <= now + AHEAD_SECONDS:
            return Heard(refused=said.refused)
        return Heard(said.granted, said.refused, months=calendar_months(min(at, now), now))

    def _of(self, categories: Categories) -> Heard:
        granted, refused, unsaid = 0, 0, 0
        for category, indexes in self._purposes.items():
            try:
                allowed: bool | None = categories[category]
            except KeyError:
                allowed = None
            for index in indexes:
                if allowed is None:
                    unsaid |= granted_bit(index)
                elif allowed:
                    granted |= granted_bit(index)
                else:
                    refused |= refused_bit(index)
        return Heard(granted & ~unsaid & ~(refused >> 1), refused)
