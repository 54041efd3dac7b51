"""The last look at leased events: which of them may leave, and why the others may not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from privacykit.collect.ports import Envelope
from privacykit.collect.site import SinkRule
from privacykit.decide.withheld import Withheld
from privacykit.stores.outbox.tables import Leased


def last_look(
    leased: Iterable[Leased], stopped: Collection[str], rule: SinkRule | None, now: float
) -> tuple[list[Leased], dict[str, Withheld]]:
    """
    Part what may leave from what may not.

    Args:
        leased: The events of one sink.
        stopped: The ids of those that an order stops.
        rule: Which events the sink takes at present: what waits was accepted under an older file,
            perhaps for a processor where a third party is now. ``None`` for all.
        now: Unix seconds.

    Returns:
        What to send, in order, and the ids of the others with the reason.
    """
    may: list[Leased] = []
    gone: dict[str, Withheld] = {}
    for one in leased:
        event = one.row.envelope
        if event.id in stopped:
            gone[event.id] = Withheld.STOPPED
        elif rule is not None and not _may_have(rule, event):
            gone[event.id] = Withheld.NOT_SERVED
        elif event.expires_at <= now:
            gone[event.id] = Withheld.EXPIRED
        else:
            may.append(one)
    return may, gone


def _may_have(rule: SinkRule, event: Envelope) -> bool:
    """Tell whether the sink takes *event*, and may in its present role."""
    allowed = event.shared or rule.role != "third_party"
    return allowed and rule.takes(event.site, event.purpose)
