"""
The event: prepared fragments joined into CloudEvents 1.0 JSON, off the request's path. Pure.

The request leaves an :class:`Item`; the outbox's writer hands whole batches to a
:class:`Finisher`, which adds id and times. The format is additive within a major version and is
described by ``docs/reference/event.schema.json``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from time import gmtime, strftime

import msgspec

from privacykit.collect.memo import Memo
from privacykit.collect.plans.plan import PurposePlan
from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.pseudonym.texts.names import is_name

RANDOM_BYTES_PER_EVENT = 8

PAGE = '"type":"privacykit.page","data":{"name":"page"'
CUSTOM = '"type":"privacykit.event","data":{"name":'
NULL = "null"

_DIGITS = tuple(f"{number:03d}" for number in range(1000))
"""Three digits of every number below a thousand: formatting one costs more than all the rest."""
TIMES_BYTES = 128 * 1024
"""For the seconds of now, and of the end of each retention from now."""
_NODE_BYTES = 6
_SECOND = 1000
"""Milliseconds."""


class Item(msgspec.Struct, frozen=True, gc=False):
    """
    An accepted event before it has an id: everything in it is weakened already.

    Attributes:
        plan: What the decision allows.
        at: Unix seconds.
        opening: The event's type and name, and the beginning of its data, as JSON.
        visitor: The visitor id, if there is one.
        page: The route template as JSON, ``null`` when there is none.
        address: Members that tell the weakened address and how many bits of it were kept.
        device: The device as a JSON object.
        more: Further members of ``data``, each with a comma before it.
        record: The consent record the event rests on.
        subject: Reference of the identified person.
    """

    plan: PurposePlan
    at: float
    opening: str
    visitor: str | None
    page: str
    address: str
    device: str
    more: str
    record: str | None
    subject: str | None

    def __repr__(self) -> str:
        return "<Item>"


@lru_cache(maxsize=256)
def custom_opening(name: object) -> str | None:
    """Return type and name of an event that an application calls *name*; ``None`` if no name."""
    if not isinstance(name, str) or not is_name(name):
        return None
    return CUSTOM + msgspec.json.encode(name).decode()


class EventIds:
    """
    Makes UUIDv7 (RFC 9562 §5.7) that rise within a process, a batch at a time.

    Three digits count the ids of one millisecond; 12 bits are random for each batch and 48 more for
    each id.
    """

    __slots__ = ("_ms",)

    def __init__(self) -> None:
        self._ms = -1

    def take(self, count: int, ms: int, random: bytes) -> list[str]:
        """
        Return the next ids.

        Args:
            count: How many.
            ms: Unix milliseconds; not later than those of the last ids, the next free ones serve.
            random: :data:`RANDOM_BYTES_PER_EVENT` random bytes for each.
        """
        variant = f"-8{random[-2:].hex()[:3]}-"
        nodes = random[: _NODE_BYTES * count].hex(",", _NODE_BYTES)
        tails = (variant + nodes.replace(",", f",{variant}")).split(",")
        made: list[str] = []
        while len(made) < count:
            self._ms = ms = max(ms, self._ms + 1)
            head = ms.to_bytes(6).hex("-", -4) + "-7"
            made += map("".join, zip(repeat(head), _DIGITS, tails[len(made) :], strict=False))
        return made


class Finisher:
    """Turns batches of :class:`Item` into rows for the outbox; one per writer, not thread-safe."""

    __slots__ = ("_ids", "_times")

    def __init__(self) -> None:
        self._ids = EventIds()
        self._times: Memo[int, str] = Memo(_iso_second, TIMES_BYTES)

    def __call__(self, items: Sequence[Item], random: bytes) -> list[OutboxRow]:
        """
        Return *items* as outbox rows, in order.

        Args:
            items: Accepted events.
            random: :data:`RANDOM_BYTES_PER_EVENT` random bytes for each.
        """
        if not items:
            return []
        times = self._times
        ids = self._ids.take(len(items), int(items[-1].at * 1000), random)
        rows = []
        begins, time, retention, expires_at, end = 0, "", -1, 0, ""
        for item, id_ in zip(items, ids, strict=True):
            plan = item.plan
            ms = int(item.at * 1000) - begins
            if not 0 <= ms < _SECOND:  # of another second than the last one
                second = int(item.at * 1000) // _SECOND
                ms += begins - second * _SECOND
                begins, time, retention = second * _SECOND, times[second], -1
            if plan.retention != retention:
                retention = plan.retention
                expires_at = begins // _SECOND + retention
                end = times[expires_at]
            visitor = item.visitor
            quoted = NULL if visitor is None else f'"{visitor}"'
            body = (
                f'{plan.head}{id_}","time":"{time}.{_DIGITS[ms]}Z",{item.opening},{plan.fixed},'
                f'{item.address},"visitor":{quoted},"page":{item.page},"device":{item.device},'
                f'"expires_at":"{end}Z"{item.more}}}}}'
            )
            envelope = Envelope(
                id_,
                plan.site,
                plan.purpose,
                expires_at,
                plan.sinks,
                visitor,
                item.record if plan.consented else None,
                item.subject,
                plan.shared,
            )
            rows.append(OutboxRow(envelope, body.encode()))
        return rows


def _iso_second(second: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(second))
