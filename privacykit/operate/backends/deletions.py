"""
Sinks as recipients of an erasure: what each is asked, and how it answered. Does I/O.

An order is a notice to a recipient like any other (GDPR Art. 19): kept, sent, tried again, noted,
signed into the receipt. What it holds are ids that the sink sent, and never who the person is.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Sequence

import msgspec

from privacykit.delivery.courier import LEASE_SECONDS
from privacykit.errors import ConfigurationError, SinkError
from privacykit.govern.datamap.parse import OF_SINKS
from privacykit.govern.erasure.event_keys import EventKey
from privacykit.govern.records import Effect, SubjectRequest
from privacykit.govern.requests.notify import MOST_EVIDENCE, RecipientAnswer, RecipientNotice
from privacykit.operate.backends.destination import destination_of
from privacykit.operate.backends.sent import SentTo, sent_to
from privacykit.operate.context import OperatorContext
from privacykit.settings.backends import deleter_of
from privacykit.sinks.deletes import FOLLOW_SECONDS, Deletes, Deletion, DeletionProgress, key_of
from privacykit.stores.events.held_events import held_events

PREFIX = OF_SINKS
"""What the name of a recipient begins with that is a sink."""

MOST_BYTES = 30_000
"""Of the ids in one order: more than those of a year of daily visits."""

MOVED = "the sink of this name leads elsewhere than when the order was made"

HELD = "a hold on events was placed since: it waits until that is released"

ON_HOLD = "events are on hold"
"""What stands behind a number where a sink is asked nothing yet."""

TOLD_BY = 8
"""Digits of a hold's id: an order has to fit into a row."""

LONGEST_SECONDS = 120 * 86_400.0
"""After so long an order that is not done is somebody's to look at."""


class BackendDeletions:
    """
    Has people deleted where sinks sent their events.

    Args:
        context: The stores.
    """

    def __init__(self, context: OperatorContext) -> None:
        self._context = context

    def notices(
        self, request: SubjectRequest, keys: Sequence[EventKey]
    ) -> Iterator[RecipientNotice]:
        """
        Yield a notice to each sink: of what it is to delete, or why it is asked nothing.

        An order waits until no attempt that began before it can deliver any more.

        Args:
            request: The erasure.
            keys: What finds the person's events in our own stores.

        Raises:
            ConfigurationError: What a sink needs to delete is wrong.
            MissingExtraError: Its package is not installed.
            StoreError: A database failed.
        """
        now, holds = self._context.clock(), self._holds()
        for sink, ids, why in self.asked(keys):
            to = destination_of(self._context, sink.name) if why is None else ""
            for number, some in enumerate(_parts(ids) if why is None else [()], 1):
                order = Deletion(
                    some, asked=len(some), shared=sink.shared, since=now, to=to, holds=holds
                )
                yield RecipientNotice(
                    secrets.token_hex(16),
                    request.subject_request_id,
                    f"{PREFIX}{sink.name}" + (f"/{number}" if number > 1 else ""),
                    msgspec.json.encode(order) if why is None else b"",
                    "pending" if why is None else why.status,
                    0,
                    now + LEASE_SECONDS if why is None else None,
                    now,
                    "" if why is None else why.evidence,
                )

    def asked(
        self, keys: Sequence[EventKey]
    ) -> Iterator[tuple[SentTo, Sequence[str], RecipientAnswer | None]]:
        """Yield each sink, the ids it is asked for, and why it is asked nothing, if so."""
        for sink in sent_to(self._context, keys):
            ids = sink.ids
            if sink.deleter is not None and sink.deleter.found_by == "keys":
                ids = [key_of(*key) for key in keys]
            yield sink, ids, self._why_not(sink, ids, keys)

    def _why_not(
        self, sink: SentTo, ids: Sequence[str], keys: Sequence[EventKey]
    ) -> RecipientAnswer | None:
        """Say why *sink* is asked nothing; ``None`` if it is."""
        if sink.held and (not ids or sink.deleter is None or sink.deleter.found_by == "keys"):
            return RecipientAnswer("unable", f"{sink.held} {ON_HOLD}")
        if ids and sink.deleter is not None:
            several = sink.deleter.found_by == "person" and len(ids) > 1
            return RecipientAnswer("unable", f"{len(ids)} people") if several else None
        if not sink.events:
            if not keys or self._context.settings.events.url is not None:
                return RecipientAnswer("nothing_sent")
            return RecipientAnswer("unable", "nothing kept here says what was sent")
        if sink.unsure:
            why = "nothing kept here says who else was sent under the same ids"
        elif sink.shared:
            why = f"{sink.shared} ids, all shared with others"
        elif sink.deleter is not None:
            why = "sent under no id that its deletion finds"
        else:
            why = "deletion is not configured" if sink.can else "it deletes nobody"
        return RecipientAnswer("unable", why)

    def send(self, notice: RecipientNotice) -> RecipientAnswer:
        """
        Ask the sink's other end once, and understand what it answered.

        The holds are asked again. What was on hold when the order was made is not in it; whether
        a later hold is of what is in it cannot be told any more where our own rows are gone, so it
        waits for any on our events: too long rather than not long enough.
        """
        try:
            order = msgspec.json.decode(notice.body, type=Deletion)
        except msgspec.MsgspecError:
            return RecipientAnswer("failed", "no order of ours to a sink")
        return self._carried_out(notice.recipient.removeprefix(PREFIX).partition("/")[0], order)

    def _carried_out(self, name: str, order: Deletion) -> RecipientAnswer:
        context = self._context
        if order.ids and not set(self._holds()) <= set(order.holds):
            return RecipientAnswer("pending", HELD, FOLLOW_SECONDS, working=True)
        try:
            if destination_of(context, name) not in {order.to, ""}:
                return RecipientAnswer("failed", MOVED)
            deleter = deleter_of(context.settings, context.paths, name, context.clock)
        except ConfigurationError as error:
            first = error.problems[0]
            return RecipientAnswer("pending", f"{first.id} {first.message}"[:MOST_EVIDENCE])
        if deleter is None:
            return RecipientAnswer("failed", "no such sink, or it deletes nobody")
        try:
            progress = asyncio.run(_asked(deleter, order))
        except SinkError as error:
            return RecipientAnswer("pending", str(error)[:MOST_EVIDENCE], error.retry_after)
        overdue = context.clock() - order.since > LONGEST_SECONDS
        return _answer(order, progress, failed=progress.failed or overdue)

    def renewed(self, written: bytes) -> bytes:
        """Return the order *written* down as one that is made now: it has all the time again."""
        order = msgspec.json.decode(written, type=Deletion)
        return msgspec.json.encode(msgspec.structs.replace(order, since=self._context.clock()))

    def _holds(self) -> tuple[str, ...]:
        """Return what tells the holds on our events from each other."""
        standing = self._context.holds.standing()
        return tuple(it.hold_id[:TOLD_BY] for it in standing if held_events([it]))


async def _asked(deleter: Deletes, order: Deletion) -> DeletionProgress:
    try:
        return await deleter.delete(order)
    finally:
        await deleter.close()


def _answer(order: Deletion, progress: DeletionProgress, *, failed: bool) -> RecipientAnswer:
    if progress.left is None:
        words = [f"{order.asked} ids"]
        words += [f"{order.shared} shared with others left out"] if order.shared else []
        words += [progress.evidence] if progress.evidence else []
        told = "; ".join(words)[:MOST_EVIDENCE]
        return RecipientAnswer("acknowledged", told, effect=Effect(progress.level))
    return RecipientAnswer(
        "failed" if failed else "pending",
        progress.evidence[:MOST_EVIDENCE],
        progress.wait,
        working=not progress.trouble,
        left=msgspec.json.encode(progress.left),
    )


def _parts(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    part: list[str] = []
    size = 0
    for id_ in ids:
        if part and size + len(id_) > MOST_BYTES:
            yield tuple(part)
            part, size = [], 0
        part.append(id_)
        size += len(id_) + 3
    yield tuple(part)
