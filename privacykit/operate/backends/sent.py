"""
Events of one person that sinks may have sent, as our own stores show them. Does I/O.

Laws of this file:

1. What is the person's is said by :func:`~privacykit.stores.events.event_tables.of_person`, as for
   our own stores.
2. A visitor id under which there are events of somebody else, or of nobody known, is not the
   person's alone: nothing is asked for by it. Where no event store of ours could show them, nobody
   knows, and nothing is asked for by it either.
3. What the application calls a person is learnt from events that say whose they are, and is not
   the person's alone either where it stands in an event of somebody else or of nobody known.
4. What is on hold stays everywhere: nothing is asked for by an id under which there is some of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from privacykit.collect.ports import Envelope, OutboxRow
from privacykit.collect.site import SinkRule
from privacykit.govern.erasure.event_keys import EventKey
from privacykit.operate.context import OperatorContext
from privacykit.settings.backends import deleter_of
from privacykit.settings.named_stores import named_sinks, sink_rules
from privacykit.sinks import kind_of
from privacykit.sinks.deletes import Deletes, FoundBy
from privacykit.stores.events.event_tables import StoredEvent
from privacykit.stores.events.held_events import held_events, is_held


@dataclass(slots=True)
class SentTo:
    """
    What one sink may have sent of a person.

    Attributes:
        name: The sink's name.
        rule: Which events it gets.
        deleter: What has people deleted at its other end, if anything.
        can: Whether its kind could, were it configured.
        events: How many events may have gone.
        ids: The ids under which the other end knows the person.
        shared: How many more there are that are not the person's alone.
        unsure: How many more there are of which nothing kept here says whose else they are.
        held: How many of the events are on hold.
    """

    name: str
    rule: SinkRule
    deleter: Deletes | None
    can: bool
    events: int = 0
    ids: list[str] = field(default_factory=list, repr=False)
    shared: int = 0
    unsure: int = 0
    held: int = 0


def sent_to(context: OperatorContext, keys: Sequence[EventKey]) -> list[SentTo]:
    """
    Return what each sink of the file may have sent of the person whom *keys* find.

    Raises:
        ConfigurationError: What a sink needs to delete is wrong.
        MissingExtraError: Its package is not installed.
        StoreError: A database failed.
    """
    found = list(_sinks(context))
    known: list[dict[str, str | None]] = [{} for _ in found]
    holding: list[set[str]] = [set() for _ in found]
    held = _held(context, keys) if found else set()
    for row in _events(context, keys) if found else ():
        for sink, ids, on_hold in zip(found, known, holding, strict=True):
            if _gets(sink, row):
                sink.events += 1
                sink.held += row.envelope.id in held
                id_ = _known_as(sink, row)
                if id_:
                    ids[id_] = row.envelope.visitor if _finds(sink, "visitor") else None
                    if row.envelope.id in held:
                        on_hold.add(id_)
    for ids, on_hold in zip(known, holding, strict=True):
        for id_ in on_hold:
            del ids[id_]
    shared = _shared(context, {who for ids in known for who in ids.values() if who}, keys)
    alone = context.settings.events.url is None
    for sink, ids in zip(found, known, strict=True):
        others = _of_others(context, sink, ids, keys) if _finds(sink, "person") else set()
        sink.ids = [id_ for id_, who in ids.items() if who not in shared and id_ not in others]
        sink.shared = len(ids) - len(sink.ids)
        if alone:
            sure = [id_ for id_ in sink.ids if ids[id_] is None and not _finds(sink, "person")]
            sink.unsure, sink.ids = len(sink.ids) - len(sure), sure
    return found


def _finds(sink: SentTo, found_by: FoundBy) -> bool:
    return sink.deleter is not None and sink.deleter.found_by == found_by


def _known_as(sink: SentTo, row: OutboxRow) -> str:
    """Return the id under which the person is known by *row*; nothing where it says of nobody."""
    if sink.deleter is None or (_finds(sink, "person") and row.envelope.subject is None):
        return ""
    return sink.deleter.known_as(row)


def _of_others(
    context: OperatorContext, sink: SentTo, ids: Collection[str], keys: Sequence[EventKey]
) -> set[str]:
    """Return those of *ids* that stand in an event of somebody else, or of nobody known."""
    if sink.deleter is None or not ids:
        return set()
    with context.outbox() as outbox:
        rows = (it for it in outbox.of_others(keys) if _gets(sink, it))
        found = {sink.deleter.known_as(row) for row in rows}
    with context.events() as store:
        if store is not None:
            kept = store.of_others(keys, sorted(sink.rule.purposes), sorted(ids))
            found |= {sink.deleter.known_as(row) for row in map(_row, kept) if _gets(sink, row)}
    return found.intersection(ids)


def _sinks(context: OperatorContext) -> Iterator[SentTo]:
    settings, paths = context.settings, context.paths
    rules = {rule.name: rule for rule in sink_rules(settings)}
    for _, name, table in named_sinks(settings):
        kind = kind_of(table.type)
        deleter = deleter_of(settings, paths, name, context.clock)
        can = kind is not None and kind.deleter is not None
        yield SentTo(name, rules[name], deleter, can)


def _gets(sink: SentTo, row: OutboxRow) -> bool:
    return sink.rule.takes(row.envelope.site, row.envelope.purpose)


def _events(context: OperatorContext, keys: Sequence[EventKey]) -> Iterator[OutboxRow]:
    with context.events() as store:
        if store is not None:
            for key in keys:
                yield from map(_row, store.of_subject(*key))
    with context.outbox() as outbox:
        for key in keys:
            yield from outbox.of_subject(*key)


def _held(context: OperatorContext, keys: Sequence[EventKey]) -> set[str]:
    """Return the ids of the person's events that are on hold."""
    holds = held_events(context.holds.standing())
    with context.events() as store:
        if store is None or not holds:
            return set()
        theirs = {event.id for key in keys for event in store.of_subject(*key)}
        held = theirs.difference(*(store.erasable(*key, holds) for key in keys))
    with context.outbox() as outbox:
        waiting = (row for key in keys for row in outbox.of_subject(*key))
        return held | {row.envelope.id for row in waiting if is_held(row, holds)}


def _row(event: StoredEvent) -> OutboxRow:
    envelope = Envelope(
        event.id,
        event.site,
        event.purpose,
        event.expires_at,
        (),
        event.visitor,
        event.record,
        event.subject,
    )
    return OutboxRow(envelope, event.body.encode())


def _shared(
    context: OperatorContext, visitors: set[str], keys: Sequence[EventKey]
) -> set[str | None]:
    if not visitors:
        return set()
    with context.outbox() as outbox:
        found: set[str | None] = set(outbox.shared(visitors, keys))
    with context.events() as store:
        return found if store is None else found | store.shared(sorted(visitors), keys)
