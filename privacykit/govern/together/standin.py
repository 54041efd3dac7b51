"""
The stand-in for a scanned store while many requests are carried out together. Pure.

It answers each request from what one pass has read, and keeps what is to be done until all have
said theirs: until then a run hears that the store waits, and goes on as one does that stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from privacykit.errors import StoreError
from privacykit.govern.datamap.schema import Table
from privacykit.govern.erasure.ports.capability import Foretells
from privacykit.govern.erasure.ports.connector import Connector, Context, PersonRow, Subject
from privacykit.govern.erasure.ports.work import Applied, Hit, Settled, Target, Work
from privacykit.govern.planned import PlanStep
from privacykit.govern.records import Action, Effect, Identity

WAITS = "waits for the pass that serves many requests at once"

Job = tuple[Sequence[Work], Context]
Settle = Callable[[Sequence[str], Effect, Sequence[str]], Settled]


class PassConnector(Connector, Foretells):
    """
    A scanned store as one of many requests sees it.

    Args:
        reader: Answers from memory.
        settle: Reaches the level asked, for everybody at once where that can be.
    """

    cost_model: Literal["point", "scan"] = "scan"

    def __init__(self, reader: Connector, settle: Settle) -> None:
        self.dataset = reader.dataset
        self.answer_from(reader, settle)
        self.jobs: dict[bytes, Job] = {}
        self.answers: dict[bytes, Sequence[Applied]] = {}

    def answer_from(self, reader: Connector, settle: Settle) -> None:
        """Answer from now on from what was read anew; what was deferred stays."""
        self.reader = reader
        self._settle = settle

    def schema(self) -> tuple[Table, ...]:
        """Return what the store holds."""
        return self.reader.schema()

    def order(self) -> tuple[str, ...]:
        """Return the mapped collections, those that point at others first."""
        return self.reader.order()

    def resolve(self, identities: Sequence[Identity], most: int) -> Sequence[PersonRow]:
        """Find the rows that *are* somebody whom one of *identities* names."""
        return self.reader.resolve(identities, most)

    def strangers(self, subject: Subject) -> int:
        """Count root rows of *subject* that are no more what they were."""
        return self.reader.strangers(subject)

    def find(self, collection: str, context: Context) -> Iterator[Target]:
        """Name every row of *collection* that is the selection's."""
        return self.reader.find(collection, context)

    def step(self, collection: str, action: Action, justification: str | None) -> PlanStep:
        """Describe what *action* does to *collection*."""
        return self.reader.step(collection, action, justification)

    def size(self, collection: str) -> int:
        """Return about how many rows *collection* has."""
        return self.reader.size(collection)

    def apply(self, work: Sequence[Work], context: Context) -> Sequence[Applied]:
        """
        Keep *work* for the pass; after it, say what became of it.

        Raises:
            StoreError: The pass has not been made yet.
        """
        mark = _mark(work, context)
        if mark not in self.answers:
            self.jobs[mark] = work, context
            raise StoreError(WAITS)
        return self.answers[mark]

    def rows(self, collection: str, context: Context) -> Iterator[Mapping[str, Any]]:
        """Yield the person's rows for export."""
        return self.reader.rows(collection, context)

    def search(self, values: Sequence[str], context: Context) -> Iterator[Hit]:
        """Look for *values* in every text column."""
        return self.reader.search(values, context)

    def settle(self, collections: Sequence[str], asked: Effect, markers: Sequence[str]) -> Settled:
        """Take the step that reaches *asked*, look for *markers* in the bytes."""
        return self._settle(collections, asked, markers)

    def outlook(self, collection: str, context: Context) -> Iterator[str]:
        """Say nothing: what each plan would say alone is not what the pass does."""
        del collection, context
        return iter(())

    def close(self) -> None:
        """Do nothing: the store is somebody else's."""


def _mark(work: Sequence[Work], context: Context) -> bytes:
    """Return what tells one request's work from all others'."""
    steps = [(item.step.collection, item.step.action.value, list(item.keys)) for item in work]
    return msgspec.msgpack.encode((steps, context.selection, context.salt))
