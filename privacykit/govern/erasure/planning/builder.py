"""A plan in the making: its steps, and its rows in chunks under one digest. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from privacykit.govern.erasure.context import GovernContext
from privacykit.govern.erasure.planning.store import Chunk
from privacykit.govern.erasure.ports.connector import Connector
from privacykit.govern.erasure.ports.work import Key
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Action


@dataclass
class PlanBuilder:
    """A plan in the making: steps as they turn up, targets in chunks."""

    means: GovernContext
    plan_id: str
    digest: Any
    steps: list[PlanStep] = field(default_factory=list)
    places: dict[tuple[str, str, Action, str | None], int] = field(default_factory=dict)
    waiting: dict[int, list[Key]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    ready: list[Chunk] = field(default_factory=list)
    later: list[Chunk] = field(default_factory=list)

    def place(self, connector: Connector, name: str, action: Action, why: str | None) -> int:
        """Return the number of the step for such rows; make it if there is none."""
        key = (connector.dataset, name, action, why)
        if key not in self.places:
            self.places[key] = len(self.steps)
            self.steps.append(connector.step(name, action, why))
        return self.places[key]

    def add(self, number: int, key: Key) -> None:
        """Count a row and, unless it is left alone, remember it."""
        step = self.steps[number]
        self.steps[number] = msgspec.structs.replace(step, rows=step.rows + 1)
        if step.action in {Action.KEEP, Action.EXPORT}:
            return
        keys = self.waiting.setdefault(number, [])
        keys.append(key)
        if len(keys) >= self.means.chunk_rows:
            self.close(number)

    def close(self, number: int) -> None:
        """Turn the rows that wait for step *number* into a chunk."""
        keys = self.waiting.pop(number, [])
        if keys:
            chunk = Chunk(number, len(keys), msgspec.msgpack.encode(keys))
            # Rows that stay let go of rows of their own collection before these are deleted.
            deletes = self.steps[number].action is Action.DELETE
            (self.later if deletes else self.ready).append(chunk)

    def finish(self) -> None:
        """Close what waits of a collection; deletions come last."""
        for number in sorted(self.waiting):
            self.close(number)
        self.ready += self.later
        self.later = []
        self.flush(keep=self.means.chunk_rows)

    def flush(self, keep: int) -> None:
        """Store chunks until at most *keep* rows wait: a small plan is one transaction."""
        if sum(chunk.rows for chunk in self.ready) > keep:
            self.means.plans.add_chunks(self.plan_id, self.hand_over())

    def hand_over(self) -> list[Chunk]:
        """Return the chunks that wait, counted into the digest in the order they are stored."""
        chunks, self.ready = self.ready, []
        for chunk in chunks:
            add_digest(self.digest, chunk)
        return chunks


def add_digest(digest: Any, chunk: Chunk) -> None:  # noqa: ANN401 - a hash object
    """Add *chunk* to *digest*."""
    digest.update(chunk.step.to_bytes(4, "big") + len(chunk.keys).to_bytes(8, "big") + chunk.keys)
