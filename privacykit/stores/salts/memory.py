"""Salts in the memory of one process: for tests and for single-process sites. Does no I/O."""

from __future__ import annotations

import os
import threading
from math import inf

from privacykit import forks
from privacykit.errors import ConfigurationError, Problem, StoreError
from privacykit.pseudonym.salts import SaltAudit
from privacykit.stores.salts.rules import SaltRow, audit_of, check_alive, check_salt

_NOTES = (
    "Every restart makes new salts, so visitors of the day are counted again.",
    "Memory, swap and core dumps are not searched.",
)


class MemorySaltStore:
    """
    Salts that live and die with one process.

    Args:
        workers: How many processes serve the sites.

    Raises:
        ConfigurationError: There are several: each would give a visitor another id.
    """

    def __init__(self, *, workers: int = 1) -> None:
        if workers > 1:
            raise ConfigurationError(
                Problem(
                    "PK144",
                    "privacykit.toml",
                    "salts.url",
                    "memory:// serves one process, and several are to run",
                    "use sqlite:///… or redis://…, or run one worker",
                )
            )
        self._salts: dict[tuple[str, str], tuple[bytearray, float, float]] = {}
        self.after_fork_in_child()
        forks.renew(self)
        self._process = os.getpid()

    def after_fork_in_child(self) -> None:
        """Forget who held the lock."""
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """
        Check that this is still the process that opened the store.

        Raises:
            StoreError: The store was carried into another process by a fork.
        """
        if os.getpid() != self._process:
            raise StoreError("PK145 a salt store in memory was carried into another process")

    def get_or_create(
        self, site: str, day: str, candidate: bytes, not_after: float, now: float
    ) -> bytes:
        """
        Keep *candidate* unless there is a salt already; return what is kept.

        Raises:
            StoreError: The salt is dead, not of the present, or this is another process.
            KeyMaterialError: *candidate* is not 32 bytes.
        """
        self.prepare()
        check_salt(day, candidate, not_after, now)
        with self._lock:
            made = (bytearray(candidate), now, not_after)
            salt, _, until = self._salts.setdefault((site, day), made)
            check_alive(until, now)
            return bytes(salt)

    def destroy_expired(self, now: float) -> int:
        """Overwrite and forget every salt that is dead at *now*; return how many there were."""
        with self._lock:
            dead = [key for key, (_, _, until) in self._salts.items() if until <= now]
            for key in dead:
                salt = self._salts.pop(key)[0]
                salt[:] = bytes(len(salt))
        return len(dead)

    def destroy_all(self, now: float) -> int:  # noqa: ARG002 - the other stores note the time
        """Overwrite and forget every salt; return how many there were."""
        return self.destroy_expired(inf)

    def rows(self) -> tuple[SaltRow, ...]:
        """Return what stands in memory, without the salts."""
        with self._lock:
            found = [(*key, made, until) for key, (_, made, until) in self._salts.items()]
        return tuple(SaltRow(*row) for row in sorted(found))

    def audit(self, now: float) -> SaltAudit:
        """Count what stands; memory is not searched."""
        return audit_of(self.rows(), now, level="memory", searched=False, notes=_NOTES)
