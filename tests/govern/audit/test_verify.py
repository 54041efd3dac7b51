"""What a check of the log finds, and what it calls the log."""

from dataclasses import dataclass, field

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from privacykit.govern.audit.chain import SYSTEM, AuditKey, Head, detail_digest, draft
from privacykit.govern.audit.checkpoint import sign
from privacykit.govern.audit.entries import AuditEntry
from privacykit.govern.audit.verify import MOST_FINDINGS, LogFault, LogStatus, Verifier

KEY = AuditKey(bytes(32))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORIGIN = "test"
DIGEST = detail_digest(bytes(16), b"{}")


@dataclass
class _Log:
    """A log in memory: entries, details, heads by size."""

    entries: list[AuditEntry] = field(default_factory=list)
    digests: list[str | None] = field(default_factory=list)
    heads: list[Head] = field(default_factory=lambda: [KEY.empty()])

    def add(self, count: int, key: AuditKey = KEY) -> "_Log":
        for _ in range(count):
            entry = key.link(draft(len(self.heads), SYSTEM, "a.b"), self.heads[-1])
            self.entries.append(entry)
            self.digests.append(None)
            self.heads.append(key.advance(self.heads[-1], entry))
        return self

    def checkpoint(self, size: int, origin: str = ORIGIN, signer=SIGNER):
        return sign(self.heads[size], origin, 0, signer)

    def check(self, *checkpoints, keys=(KEY,), head: Head | None = None, headless=False):
        verifier = Verifier(
            {key.id: key for key in keys},
            origin=ORIGIN,
            checkpoints=checkpoints,
            public_keys=[SIGNER.public_key()],
        )
        for entry, digest in zip(self.entries, self.digests, strict=True):
            verifier.read(entry, digest)
        return verifier.finish(None if headless else head or self.heads[-1])


def _kinds(report) -> set[LogFault]:
    return {found.finding for found in report.findings}


def test_log_with_a_checkpoint_is_whole():
    """A log that contains what was kept elsewhere may be called whole."""
    log = _Log().add(5)

    assert LogStatus.WHOLE is log.check(log.checkpoint(3)).standing


def test_log_without_a_checkpoint_is_only_consistent():
    """Without a checkpoint nothing tells a log from an old copy of it."""
    assert LogStatus.CONSISTENT is _Log().add(5).check().standing


def test_empty_log_is_consistent():
    """Nothing done yet is no fault."""
    report = _Log().check()

    assert (report.standing, report.first_at, report.last_at) == (LogStatus.CONSISTENT, None, None)


def test_checkpoint_of_the_empty_log_counts():
    """A checkpoint of size 0 is compared before the first entry."""
    log = _Log().add(1)

    assert LogStatus.WHOLE is log.check(log.checkpoint(0)).standing


def test_restored_older_database_is_not_whole():
    """An old log with its old head fits itself; the checkpoint says that more had been there."""
    log = _Log().add(5)
    newer = log.checkpoint(5)
    old = _Log(log.entries[:3], log.digests[:3], log.heads[:4])

    report = old.check(newer)

    assert (LogStatus.OLDER, {LogFault.OLDER}) == (report.standing, _kinds(report))


def test_cut_tail_is_found_without_a_checkpoint():
    """The sealed head knows how many entries there were."""
    log = _Log().add(5)
    del log.entries[3:], log.digests[3:]

    assert {LogFault.CUT} == _kinds(log.check())


def test_missing_entry_is_a_gap():
    """An entry taken out of the middle is missed."""
    log = _Log().add(5)
    del log.entries[2], log.digests[2]

    assert LogFault.GAP in _kinds(log.check())


def test_edited_entry_is_found():
    """An entry with another action does not carry its hash."""
    log = _Log().add(5)
    log.entries[2] = msgspec.structs.replace(log.entries[2], action="c.d")

    report = log.check()

    assert (
        report.standing,
        report.findings[0].finding,
        report.findings[0].seq,
    ) == (LogStatus.BROKEN, LogFault.EDITED, 3)


def test_entry_of_another_chain_is_relinked():
    """An entry that the key made, but after another one, does not follow."""
    log = _Log().add(5)
    stranger = KEY.link(draft(9, SYSTEM, "c.d"), KEY.seal(2, "11" * 32, ()))
    log.entries[2] = stranger

    assert LogFault.RELINKED in _kinds(log.check())


def test_rewritten_history_does_not_fit_its_checkpoint():
    """Whoever has the key can write another log, but not one that fits the checkpoint."""
    kept = _Log().add(3).checkpoint(3)
    log = _Log()
    log.entries.append(KEY.link(draft(7, SYSTEM, "c.d"), KEY.empty()))
    log.digests.append(None)
    log.heads.append(KEY.advance(KEY.empty(), log.entries[0]))

    assert {LogFault.FORKED} == _kinds(log.add(2).check(kept))


def test_wrong_key_is_named_once():
    """With another key the log cannot be checked; that is said once, not per entry."""
    report = _Log().add(5).check(keys=(AuditKey(b"\x01" * 32),))

    assert [found.finding for found in report.findings] == [LogFault.WRONG_KEY]


def test_head_under_an_unknown_key_is_found():
    """A head sealed by a key nobody knows is no head."""
    assert {LogFault.WRONG_KEY} == _kinds(_Log().check(head=AuditKey(b"\x01" * 32).empty()))


def test_rotated_key_is_followed():
    """A log that changed its key half-way verifies with both."""
    second = AuditKey(b"\x01" * 32)
    log = _Log().add(3).add(3, second)

    assert LogStatus.CONSISTENT is log.check(keys=(KEY, second)).standing


def test_missing_head_is_found():
    """A log of ours has a head."""
    assert {LogFault.UNSEALED} == _kinds(_Log().add(1).check(headless=True))


def test_forged_head_is_found():
    """A head made to fit a cut log lacks the seal."""
    log = _Log().add(5)
    forged = msgspec.structs.replace(log.heads[3], seal="00" * 32)
    cut = _Log(log.entries[:3], log.digests[:3], log.heads[:4])

    assert {LogFault.UNSEALED} == _kinds(cut.check(head=forged))


def test_garbage_in_a_head_is_found_not_raised():
    """A frontier that is no hexadecimal is a finding."""
    log = _Log().add(1)
    garbage = msgspec.structs.replace(log.heads[-1], frontier=("ü",), hash="ü")

    assert {LogFault.UNSEALED} == _kinds(log.check(head=garbage))


def test_garbage_in_an_entry_is_found_not_raised():
    """A hash that is no hexadecimal is a finding."""
    log = _Log().add(1)
    log.entries[0] = msgspec.structs.replace(log.entries[0], hash="ü", prev_hash="ü")

    assert {LogFault.RELINKED, LogFault.EDITED, LogFault.CUT} == _kinds(log.check())


def test_erased_detail_is_no_fault():
    """Details may go; entries name them still."""
    log = _Log()
    entry = KEY.link(draft(1, SYSTEM, "a.b", detail_digest=DIGEST), KEY.empty())
    log.entries, log.digests = [entry], [None]
    log.heads.append(KEY.advance(KEY.empty(), entry))

    report = log.check()

    assert (report.standing, report.details, report.erased_details) == (LogStatus.CONSISTENT, 0, 1)


def test_edited_detail_is_found():
    """A detail that is there must fit its digest."""
    log = _Log().add(1)
    log.digests = [DIGEST]

    assert {LogFault.DETAIL} == _kinds(log.check())


@pytest.mark.parametrize(
    ("origin", "signer", "finding"),
    [
        ("other", SIGNER, LogFault.FOREIGN),
        (ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x01" * 32), LogFault.UNSIGNED),
    ],
    ids=["another log", "another key"],
)
def test_foreign_checkpoint_never_makes_a_log_whole(origin, signer, finding):
    """A checkpoint counts only with our name and our signature."""
    log = _Log().add(2)

    assert {finding} == _kinds(log.check(log.checkpoint(2, origin, signer)))


def test_findings_are_capped_and_the_rest_counted():
    """A log edited everywhere does not fill the memory with findings."""
    log = _Log().add(MOST_FINDINGS + 5)
    log.entries = [msgspec.structs.replace(entry, action="c.d") for entry in log.entries]

    report = log.check()

    assert (len(report.findings), report.more) == (MOST_FINDINGS, 5)
