"""
The memory of the standing canary: what its last run saw, in a file. Does file I/O.

No value of anybody's is in it: ids of findings, their places, counts and times, and of made-up
people whom a run could not erase what finds them again.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from privacykit.errors import BackendError
from privacykit.private_files import replacing


class WatchFinding(msgspec.Struct, frozen=True, order=True):
    """
    One thing that was wrong.

    Attributes:
        id: Its ``PKnnn``.
        place: Where.
        text: What is wrong, in a sentence.
        advice: What to do.
    """

    id: str
    place: str
    text: str = ""
    advice: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same thing as in another run."""
        return self.id, self.place


class OpenRun(msgspec.Struct, frozen=True):
    """
    A run whose made-up people are not yet erased.

    Attributes:
        at: Unix seconds of its begin.
        until: Unix seconds when its visits ended, or when they must have.
        people: Browser of each made-up person to the address that proxies were told.
        records: Consent records that they were given, each with the place they were at.
    """

    at: float
    until: float
    people: dict[str, str] = {}
    records: tuple[tuple[str, str], ...] = ()


class WatchState(msgspec.Struct, frozen=True):
    """
    What was seen last.

    Attributes:
        at: Unix seconds of the last run; 0 before the first.
        every: Seconds from it to the next, as the schedule was stretched.
        findings: What was wrong.
        since: Of each of these, as ``id place``, Unix seconds when it was seen first.
        runs: How many runs there were.
        open: Runs that did not come to their end: the next one erases what they left.
    """

    at: float = 0.0
    every: float = 0.0
    findings: tuple[WatchFinding, ...] = ()
    since: dict[str, float] = {}
    runs: int = 0
    open: tuple[OpenRun, ...] = ()


def read_state(path: Path) -> WatchState:
    """Return what *path* says; the first state where there is none, or none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=WatchState)
    except (OSError, msgspec.MsgspecError):
        return WatchState()


def write_state(path: Path, state: WatchState) -> None:
    """
    Keep *state*, whole or not at all.

    Raises:
        BackendError: The file cannot be written.
    """
    try:
        with replacing(path) as file:
            file.write(msgspec.json.format(msgspec.json.encode(state), indent=1) + b"\n")
    except OSError:
        raise BackendError("the file of [watch] cannot be written") from None
