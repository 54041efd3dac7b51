"""
The outlook of an erasure on events: what goes from our own stores, what sinks are asked. Does I/O.

It is made as the orders are, of the same events and by the same rules, and kept nowhere.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from privacykit.govern.erasure.planning.plan import PlanScope
from privacykit.govern.planned import Plan
from privacykit.govern.records import RequestType
from privacykit.operate.backends.deletions import PREFIX, BackendDeletions
from privacykit.operate.context import OperatorContext
from privacykit.operate.own.events import OwnEvents
from privacykit.sinks.deletes import DeletionLevel


class SinkOutlook(msgspec.Struct, frozen=True):
    """
    What one sink will be asked.

    Attributes:
        recipient: Its name in the receipt.
        status: Whether it will be asked, or why not: as in a receipt.
        ids: Under how many ids.
        level: The most that its other end can say.
        why: Why it cannot be asked.
    """

    recipient: str
    status: Literal["asked", "unable", "nothing_sent"]
    ids: int = 0
    level: DeletionLevel = "none"
    why: str = ""


class EventsOutlook(msgspec.Struct, frozen=True):
    """
    What becomes of a person's events, and of their choices.

    Attributes:
        waiting: How many wait in the outbox, and go.
        stored: How many of our event store go.
        held: How many stay there, since a hold lies on them.
        sinks: What each sink will be asked.
        choices: At how many sites what the person chose while signed in goes.
    """

    waiting: int = 0
    stored: int = 0
    held: int = 0
    sinks: tuple[SinkOutlook, ...] = ()
    choices: int = 0

    def __bool__(self) -> bool:
        """Tell whether there is anything of the person."""
        sent = any(sink.status != "nothing_sent" for sink in self.sinks)
        return bool(self.waiting or self.stored or self.held or self.choices or sent)


def outlook(context: OperatorContext, plan: Plan) -> EventsOutlook:
    """
    Return what becomes of a person's events where *plan*, an erasure, is carried out.

    Raises:
        ConfigurationError: What a sink needs to delete is wrong.
        MissingExtraError: Its package is not installed.
        StoreError: A database failed.
    """
    loaded = context.plans.load_plan(plan.plan_id)
    if plan.kind != RequestType.ERASURE.value or not loaded or not loaded[1]:
        return EventsOutlook()
    scope = msgspec.msgpack.decode(loaded[1], type=PlanScope)
    events = OwnEvents(context, (*scope.given, *scope.subject.identities))
    if not context.settings.collects:
        return EventsOutlook()
    waiting, stored, held = events.count()
    sinks = tuple(_sinks(context, events))
    return EventsOutlook(waiting, stored, held, sinks, events.count_choices())


def _sinks(context: OperatorContext, events: OwnEvents) -> list[SinkOutlook]:
    found: list[SinkOutlook] = []
    for sink, ids, why in BackendDeletions(context).asked(events.traces):
        name = f"{PREFIX}{sink.name}"
        if why is not None:
            status: Literal["unable", "nothing_sent"] = (
                "nothing_sent" if why.status == "nothing_sent" else "unable"
            )
            found.append(SinkOutlook(name, status, why=why.evidence))
        elif sink.deleter is not None:
            found.append(SinkOutlook(name, "asked", len(ids), sink.deleter.level))
    return found
