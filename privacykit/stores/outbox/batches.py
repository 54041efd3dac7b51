"""
Batches of events as the outbox keeps them: formed, packed, read again. Pure.

Envelopes are MessagePack, an array of each; bodies are JSON lines, as they are sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from privacykit.collect.ports import Envelope, OutboxRow, StopKind

MOST_BYTES = 4 * 2**20
"""Bytes of bodies in one batch, unless one event alone has more: servers limit a statement."""

_NEW_LINE = b"\n"
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Envelope]).decode
_id = attrgetter("envelope.id")
_expires_at = attrgetter("expires_at")


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Events that were committed together and go to the same sinks.

    Attributes:
        id: Its key; no id of an event in it is lower.
        added: Unix seconds of the commit.
        envelopes: Their envelopes.
        bodies: Their bodies, in the same order.
        ending: What its key ends in, behind the id of its first event.
    """

    id: str
    added: float
    envelopes: Sequence[Envelope]
    bodies: Sequence[bytes]
    ending: str = ""

    def rows(self) -> Iterator[dict[str, Any]]:
        """
        Yield its row of the table of batches, or several if its bodies are too many for one.

        Raises:
            ValueError: A body is more than one line, and so no event of ours.
        """
        values, half = self.values(), len(self.bodies) // 2
        if len(values["bodies"]) <= MOST_BYTES or not half:
            yield values
            return
        envelopes, bodies = self.envelopes, self.bodies
        second = envelopes[half].id + self.ending
        yield from replace(self, envelopes=envelopes[:half], bodies=bodies[:half]).rows()
        yield from replace(self, id=second, envelopes=envelopes[half:], bodies=bodies[half:]).rows()

    def values(self) -> dict[str, Any]:
        """
        Return its row of the table of batches.

        Raises:
            ValueError: A body is more than one line, and so no event of ours.
        """
        bodies = _NEW_LINE.join(self.bodies)
        if bodies.count(_NEW_LINE) != len(self.bodies) - 1:
            raise ValueError("a body is not one line")
        return {
            "id": self.id,
            "last": self.envelopes[-1].id,
            "n": len(self.bodies),
            "expires_at": min(map(_expires_at, self.envelopes)),
            "added": self.added,
            "envelopes": _pack(self.envelopes),
            "bodies": bodies,
        }

    def only(self, places: Collection[int]) -> Batch:
        """Return the same batch with the events at *places*, in their order, and no others."""
        kept = [place for place in range(len(self.bodies)) if place in places]
        envelopes = [self.envelopes[place] for place in kept]
        return Batch(self.id, self.added, envelopes, [self.bodies[place] for place in kept])

    def row(self, place: int, sink: str) -> OutboxRow:
        """Return the event at *place* as *sink* gets it: its envelope names no other."""
        envelope = self.envelopes[place]
        if envelope.sinks != (sink,):
            envelope = msgspec.structs.replace(envelope, sinks=(sink,))
        return OutboxRow(envelope, self.bodies[place])


def form_batches(rows: Iterable[OutboxRow], added: float) -> list[Batch]:
    """Put *rows* into batches, those of the same sinks together, in the order of their ids."""
    by_sinks: defaultdict[tuple[str, ...], list[OutboxRow]] = defaultdict(list)
    for row in rows:
        by_sinks[row.envelope.sinks].append(row)
    formed: list[Batch] = []
    for sinks, theirs in by_sinks.items():
        if sinks:
            theirs.sort(key=_id)
            bodies = [row.body for row in theirs]
            envelopes = [row.envelope for row in theirs]
            formed.append(Batch(envelopes[0].id, added, envelopes, bodies))
    return formed


def unpacked(id_: str, added: float, envelopes: bytes, bodies: bytes) -> Batch:
    """Return the batch that these columns of its row hold."""
    return Batch(id_, added, envelopes_in(envelopes), bytes(bodies).split(_NEW_LINE))


def envelopes_in(packed: bytes) -> list[Envelope]:
    """Return the envelopes that a row holds."""
    return _unpack(packed)


def runs(flags: Iterable[bool], start: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the runs of equal *flags*: where each starts, where it has stopped, and its flag."""
    for flag, same in groupby(flags):
        stop = start + sum(1 for _ in same)
        yield start, stop, flag
        start = stop


def is_of(envelope: Envelope, kind: StopKind, key: str) -> bool:
    """
    Tell whether *envelope* is that of the visitor, consent record or subject *key*.

    A visitor or consent names only events of nobody known, as in the event store.
    """
    found = getattr(envelope, kind) == key
    return found and (kind == "subject" or envelope.subject is None)
