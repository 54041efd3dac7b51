"""Whoever else may be behind an id: nothing of theirs is deleted at the other end of a sink."""

from __future__ import annotations

import msgspec
import pytest

from privacykit.collect.ports import OutboxRow
from tests.operate.backends.test_deletions import HUBSPOT, MATOMO, NOW, asked, event, keep, opened

__all__ = ["opened"]  # a fixture


def without_a_store(opened, sinks, *waiting):
    """Return an installation without an event store, in which *waiting* is on its way."""
    context = opened(sinks)
    events = context.settings.events.model_copy(update={"url": None})
    context.settings = context.settings.model_copy(update={"events": events})
    name = sinks.partition('name = "')[2].partition('"')[0]
    rows = [
        OutboxRow(msgspec.structs.replace(it.envelope, sinks=(name,)), it.body) for it in waiting
    ]
    with context.outbox() as outbox:
        outbox.add(rows, NOW)
    return context


@pytest.mark.parametrize(
    ("sinks", "name"), [(MATOMO, "matomo"), (HUBSPOT, "crm")], ids=["visitor", "person"]
)
def test_without_a_store_an_id_may_be_a_strangers_too(sinks, name, opened):
    """The stranger's event has been delivered, and nothing remembers it."""
    waiting = event(1, visitor="a" * 32, subject="me", props={"lead": 1001})
    context = without_a_store(opened, sinks, waiting)
    why = "nothing kept here says who else was sent under the same ids"
    assert asked(context)[f"privacykit-{name}"] == ("unable", why, None)


def test_without_a_store_the_id_of_an_event_is_still_its_own(opened):
    """An event without a visitor was sent under what nobody else has."""
    context = without_a_store(opened, MATOMO, event(3, subject="me"), event(1, visitor="a" * 32))
    status, _, order = asked(context)["privacykit-matomo"]
    assert (status, order.ids) == ("pending", ("8000" + f"{3:012d}",))


@pytest.mark.parametrize("of", ["other", None], ids=["somebody else", "nobody known"])
@pytest.mark.parametrize("waits", [False, True], ids=["stored", "on its way"])
def test_a_contact_of_somebody_else_too_is_not_the_persons_alone(of, waits, opened):
    """Two accounts may say the same of themselves: neither may have the other's contact deleted."""
    context = opened(HUBSPOT)
    mine = event(1, subject="me", props={"lead": 1001})
    theirs = event(2, subject=of, visitor="b" * 32, props={"lead": "1001"})
    sent = OutboxRow(msgspec.structs.replace(theirs.envelope, sinks=("crm",)), theirs.body)
    keep(context, mine, *([] if waits else [theirs]), pending=[sent] if waits else [])
    said = asked(context)["privacykit-crm"]
    assert said == ("unable", "1 ids, all shared with others", None)


def test_a_number_that_only_looks_like_the_contact_shares_nothing(opened):
    """What is compared is what was sent, not what stands somewhere in an event."""
    context = opened(HUBSPOT)
    keep(
        context,
        event(1, subject="me", props={"lead": 1001}),
        event(2, subject="other", props={"lead": 21001, "price": 1001}),
    )
    assert asked(context)["privacykit-crm"][2].ids == ("1001",)


def test_a_browser_says_nobodys_contact(opened):
    """Whoever names a visitor id may have typed somebody else's number into it."""
    context = opened(HUBSPOT)
    keep(context, event(1, visitor="a" * 32, props={"lead": 1001}))
    said = asked(context, ("visitor", "a" * 32))["privacykit-crm"]
    assert said == ("unable", "sent under no id that its deletion finds", None)
