"""
Check an audit log: edits, gaps, cut tails, wrong keys, and databases older than they should be.

Pure. The log streams through, so that its length costs no memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from privacykit.govern.audit.chain import GENESIS, AuditKey, Head, canonical, same
from privacykit.govern.audit.checkpoint import signed_by
from privacykit.govern.audit.entries import AuditEntry, Checkpoint
from privacykit.govern.audit.merkle import Frontier, leaf_hash, push, root

CLOCK_TOLERANCE_US = 10_000_000
"""Microseconds by which times may go back: several machines wait for each other's appends."""

MOST_FINDINGS = 100
"""How many findings a report lists; more are only counted."""


class LogFault(Enum):
    """
    What can be wrong with a log.

    ``CLOCK`` is no break: times that go backwards say something of a clock, not of the chain.
    """

    EDITED = "edited"
    GAP = "gap"
    RELINKED = "relinked"
    WRONG_KEY = "wrong_key"
    CUT = "cut"
    UNSEALED = "unsealed"
    OLDER = "older_than_checkpoint"
    FORKED = "forked"
    FOREIGN = "checkpoint_of_another_log"
    UNSIGNED = "checkpoint_signature"
    DETAIL = "detail_edited"
    STRAY = "outside_the_chain"
    CLOCK = "clock_set_back"


class LogStatus(Enum):
    """
    What a log may be called.

    ``WHOLE`` needs a checkpoint kept elsewhere that the log contains; ``CONSISTENT`` is a log that
    fits itself, with nothing to tell whether it is an old copy; ``OLDER`` fits itself and lacks
    what a checkpoint has seen, like a restored backup; ``BROKEN`` does not fit itself.
    """

    WHOLE = "whole"
    CONSISTENT = "consistent"
    OLDER = "older"
    BROKEN = "broken"


class LogFinding(msgspec.Struct, frozen=True):
    """
    One thing wrong.

    Attributes:
        finding: What kind.
        seq: The entry (or checkpoint size) where it shows.
    """

    finding: LogFault
    seq: int


class AuditReport(msgspec.Struct, frozen=True):
    """
    What a check of the log saw.

    Attributes:
        standing: What the log may be called.
        entries: How many entries were read.
        details: How many details are still there and were checked.
        erased_details: How many details entries name that were erased since; no fault.
        first_at: Unix seconds of the first entry; ``None`` in an empty log.
        last_at: Unix seconds of the latest one.
        newest_checkpoint: Size in the newest checkpoint compared with; ``None`` without any.
        findings: What is wrong, in the order met, at most :data:`MOST_FINDINGS`.
        more: How many findings beyond those.
    """

    standing: LogStatus
    entries: int
    details: int
    erased_details: int
    first_at: float | None
    last_at: float | None
    newest_checkpoint: int | None
    findings: tuple[LogFinding, ...] = ()
    more: int = 0


class Verifier:
    """
    Reads a log once and says what it is.

    Args:
        keys: Audit keys by id, retired ones included.
        origin: The name of this log; a checkpoint of another log does not count.
        checkpoints: What was kept elsewhere (and here), in any order.
        public_keys: Keys that may have signed them.
    """

    def __init__(
        self,
        keys: Mapping[str, AuditKey],
        *,
        origin: str,
        checkpoints: Iterable[Checkpoint] = (),
        public_keys: Sequence[Ed25519PublicKey] = (),
    ) -> None:
        self._keys = keys
        self._findings: list[LogFinding] = []
        self._more = 0
        self._unknown: set[str] = set()
        self._roots: Frontier = ()
        self._size = self._last = 0
        self._hash = GENESIS
        self._times: tuple[int, int] | None = None
        self._details = self._erased = 0
        self._expected: dict[int, list[Checkpoint]] = {}
        for checkpoint in checkpoints:
            self._expect(checkpoint, origin, public_keys)
        self._compare()

    def _expect(
        self, checkpoint: Checkpoint, origin: str, public_keys: Sequence[Ed25519PublicKey]
    ) -> None:
        if not any(signed_by(checkpoint, key) for key in public_keys):
            self._find(LogFault.UNSIGNED, checkpoint.size)
        elif checkpoint.origin != origin:
            self._find(LogFault.FOREIGN, checkpoint.size)
        else:
            self._expected.setdefault(checkpoint.size, []).append(checkpoint)

    def read(self, entry: AuditEntry, digest: str | None) -> None:
        """
        Take the next entry.

        Args:
            entry: As stored, in the order of ``seq``.
            digest: The digest of its detail as stored; ``None`` when there is no detail (any more).
        """
        if entry.seq != self._last + 1:
            self._find(LogFault.GAP, entry.seq)
        elif not same(entry.prev_hash, self._hash):
            self._find(LogFault.RELINKED, entry.seq)
        self._check_key(entry)
        self._check_detail(entry, digest)
        self._check_time(entry)
        self._roots = push(self._roots, self._size, leaf_hash(canonical(entry)))
        self._size += 1
        self._last = entry.seq
        self._hash = entry.hash
        self._compare()

    def stray(self, seq: int) -> None:
        """Take note of a row at *seq*, outside the chain: nobody of ours put it there."""
        self._find(LogFault.STRAY, seq)

    def finish(self, head: Head | None) -> AuditReport:
        """
        Compare with the sealed *head* and say what the log may be called.

        Args:
            head: The head as stored; ``None`` when the store has none, which no log of ours lacks.
        """
        self._check_head(head)
        newest = max(self._expected, default=None)
        older = newest is not None and newest > self._size
        if any(found.finding is not LogFault.CLOCK for found in self._findings) or self._more:
            standing = LogStatus.BROKEN
        elif older:
            standing = LogStatus.OLDER
        else:
            standing = LogStatus.CONSISTENT if newest is None else LogStatus.WHOLE
        if older and newest is not None:
            self._find(LogFault.OLDER, newest)
        first, last = self._times or (None, None)
        return AuditReport(
            standing,
            self._size,
            self._details,
            self._erased,
            None if first is None else first / 1_000_000,
            None if last is None else last / 1_000_000,
            newest,
            tuple(self._findings),
            self._more,
        )

    def _check_key(self, entry: AuditEntry) -> None:
        key = self._keys.get(entry.key)
        if key is None:
            if entry.key not in self._unknown:
                self._find(LogFault.WRONG_KEY, entry.seq)
            self._unknown.add(entry.key)
        elif not key.made(entry):
            self._find(LogFault.EDITED, entry.seq)

    def _check_detail(self, entry: AuditEntry, digest: str | None) -> None:
        if digest is None:
            self._erased += bool(entry.detail_digest)
            return
        self._details += 1
        if not same(digest, entry.detail_digest):
            self._find(LogFault.DETAIL, entry.seq)

    def _check_time(self, entry: AuditEntry) -> None:
        first, latest = self._times or (entry.at, entry.at)
        if entry.at < latest - CLOCK_TOLERANCE_US:
            self._find(LogFault.CLOCK, entry.seq)
        self._times = (first, max(latest, entry.at))

    def _check_head(self, head: Head | None) -> None:
        if head is None:
            self._find(LogFault.UNSEALED, self._size)
            return
        key = self._keys.get(head.key)
        if key is None:
            if head.key not in self._unknown:
                self._find(LogFault.WRONG_KEY, head.size)
        elif not key.sealed(head):
            self._find(LogFault.UNSEALED, head.size)
        elif head.size != self._size or head.hash != self._hash:
            self._find(LogFault.CUT, self._size)

    def _compare(self) -> None:
        for checkpoint in self._expected.get(self._size, ()):
            if (checkpoint.root_hash, checkpoint.head) != (root(self._roots).hex(), self._hash):
                self._find(LogFault.FORKED, checkpoint.size)

    def _find(self, finding: LogFault, seq: int) -> None:
        if len(self._findings) < MOST_FINDINGS:
            self._findings.append(LogFinding(finding, seq))
        else:
            self._more += 1
