"""The retention ledger: what is remembered of each rule between runs. Pure."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Progress(msgspec.Struct, frozen=True):
    """
    What is remembered of a rule between runs.

    Attributes:
        fingerprint: The rule's.
        confirmed_by: Key id of who confirmed it; empty while nobody did.
        dropping: The partition being dropped; empty between drops.
        started_at: Unix seconds of the last run's start.
        finished_at: Unix seconds of its end, ``None`` while it runs or after a crash.
        rows: Rows the last run removed or changed.
        total: Rows all runs removed or changed.
        backlog: Rows left over by the last run that may go.
        earlier_backlog: The same after the run before.
        seconds: How long the last run worked.
    """

    fingerprint: str
    confirmed_by: str = ""
    dropping: str = ""
    started_at: float = 0.0
    finished_at: float | None = None
    rows: int = 0
    total: int = 0
    backlog: int = 0
    earlier_backlog: int = 0
    seconds: float = 0.0

    @property
    def falling_behind(self) -> bool:
        """Whether more became due between two runs than a run took away."""
        return self.backlog > 0 and self.backlog >= self.earlier_backlog > 0


class RetentionLedger(Protocol):
    """What remembers retention, in ``[records]``."""

    def load(self, fingerprint: str) -> Progress:
        """Return what is remembered, or the blank beginning."""
        ...

    def save(self, progress: Progress) -> None:
        """Remember *progress*; committed when this returns."""
        ...

    def claim(self, fingerprint: str, owner: str, *, now: float, until: float) -> bool:
        """Take or renew the lease on a rule; ``False`` while another host has it."""
        ...

    def release(self, fingerprint: str, owner: str, *, now: float) -> None:
        """Give the lease back."""
        ...
