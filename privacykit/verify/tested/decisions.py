"""Decisions: none rests on a policy file that was replaced before it. Reads files' times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from pathlib import Path

from privacykit.policy.model import Policy
from privacykit.policy.place import UNKNOWN
from privacykit.policy.policyset import PolicySet
from privacykit.verify.law import LawAlone
from privacykit.verify.places.place import KeptEvent, PlaceKind, StoredRow
from privacykit.verify.stated import Stated
from privacykit.verify.tested.claim import TestedClaim
from privacykit.verify.tested.ids import time_of

LAW = "law"
SOURCES = frozenset({LAW, "consent"})
GRACE = 3600.0
"""Seconds within which a server takes up a new policy file, or is started again."""


class DecisionClaim(TestedClaim):
    """
    What was decided was decided by the policies of its time.

    Args:
        stated: The policy in force.
        current: Policy id to its hash, as the files are now.
        changed: Policy id to Unix seconds at which its files were last changed.
        folders: Unix seconds at which a file of policies last came or went.
        law: Tells what may rest on the law alone; ``None`` where nothing is collected.
    """

    name = "policies"
    says = (
        "no event was decided by an older policy than the one in force then, and none rests on "
        "the law where that asks for consent"
    )
    cannot_show = (
        "It knows a file's present version and when it was changed, not what stood in it before."
    )
    kinds = frozenset({PlaceKind.EVENTS, PlaceKind.OUTBOX, PlaceKind.SINK})

    def __init__(
        self,
        stated: Stated,
        current: Mapping[str, str],
        changed: Mapping[str, float],
        folders: float = inf,
        law: LawAlone | None = None,
    ) -> None:
        super().__init__()
        self._stated = stated
        self._current = current
        self._changed = changed
        self._folders = folders
        self._law = law
        self._earlier = 0

    def look(self, row: StoredRow) -> None:
        """Look which policies the event names."""
        self.seen(row.place)
        at = time_of(row.event) if row.event else None
        consent = row.event.data.get("consent") if row.event else None
        if row.event is None or at is None or not isinstance(consent, Mapping):
            return
        named = consent.get("policies")
        for label in named if isinstance(named, list | tuple) else ():
            self._label(row, row.event, str(label), at)
        self._source(row, row.event, consent.get("source"), at)

    def _label(self, row: StoredRow, event: KeptEvent, label: str, at: float) -> None:
        id_, _, digest = label.partition("@")
        if self._current.get(id_) == digest:
            return
        if of_many := self._of_many(id_):
            # One label for all: it is the right one where the law, asked now, gives the same.
            alike = self._law.names_alike(event, at) if self._law is not None else None
            if alike is False and at > max(self._changed[it] for it in of_many) + GRACE:
                self._older(row)
            return
        if at <= self._changed.get(id_, self._folders) + GRACE:
            self._earlier += 1
            return
        if id_ in self._current:
            self._older(row)
            return
        words = "an event decided by a policy that there was no file of"
        advice = "look what wrote it, and erase it: `privacykit policy list` names the policies"
        self.found("PK311", row.at("consent.policies"), words, advice)

    def _older(self, row: StoredRow) -> None:
        words = "an event decided by an older version of a policy than was in force"
        advice = "start the server again: it still decides by the policies it read"
        self.found("PK311", row.at("consent.policies"), words, advice)

    def _of_many(self, id_: str) -> list[str]:
        """Return the policies that *id_* stands for, where one label does for many."""
        land, several, rest = id_.partition("-ALL")
        if not several or rest:
            return []
        return [it for it in self._changed if land in {UNKNOWN, it.partition("-")[0]}]

    def _source(self, row: StoredRow, event: KeptEvent, source: object, at: float) -> None:
        advice = "look what wrote it, and erase it"
        if source not in SOURCES:
            words = "an event that says of no known ground that it rests on it"
            self.found("PK460", row.at("consent.source"), words, advice)
        elif source == LAW and self._law is not None and self._law.permits(event, at) is False:
            words = "an event that rests on the law, which does not allow it without a consent"
            self.found("PK460", row.at("consent.source"), words, advice)

    def settle(self) -> None:
        """Say how many decisions are older than the policies."""
        if self._earlier:
            words = f"{self._earlier} decisions were made by earlier versions, in their time."
            self.unable.append(words)


def versions(policies: PolicySet) -> dict[str, str]:
    """Return policy ids to the hashes that events name."""
    return {policy.id: policy.hash for policy in policies}


def folders_changed(directories: Iterable[Path]) -> float:
    """Return when a file of policies last came or went, or was put in another's place."""
    return max(max(it.stat().st_mtime, it.stat().st_ctime) for it in directories)


def changes(policies: PolicySet, directories: Iterable[Path]) -> dict[str, float]:
    """Return policy ids to when a file that they are made of was last changed."""
    files: dict[str, float] = {}
    for directory in directories:
        for path in directory.glob("*.toml"):
            status = path.stat()
            at = max(status.st_mtime, status.st_ctime)
            files[path.stem] = max(at, files.get(path.stem, 0.0))
    return {policy.id: max(_parents(policy, files), default=inf) for policy in policies}


def _parents(policy: Policy | None, files: Mapping[str, float]) -> Iterator[float]:
    while policy is not None:
        if policy.id in files:
            yield files[policy.id]
        policy = policy.parent
