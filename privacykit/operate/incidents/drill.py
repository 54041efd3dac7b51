"""
The rehearsal: an incident over made-up data, marked so everywhere. Pure.

Names, numbers and places are invented; the laws, clocks, forms and what is missing of the
configuration are the real ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from privacykit.govern.incidents.model import (
    FieldInventory,
    Instants,
    Inventory,
    PeopleCount,
    SaltDay,
    StoreInventory,
)
from privacykit.operate.incidents.asked import NewIncident

_PEOPLE = 1_234
_EVENTS = 56_789
_SAYS = "A made-up rehearsal: a copy of a database lay open for a weekend."


def made_up(now: datetime, places: tuple[str, ...]) -> tuple[NewIncident, Inventory]:
    """
    Return an incident that did not happen and its inventory.

    Args:
        now: When the rehearsal begins; it was noticed then.
        places: Where its people live, in turn; the laws of these apply.
    """
    start, end = now - timedelta(days=2), now
    share = _PEOPLE // max(len(places), 1)
    by_place = dict.fromkeys(places, share) or {"ZZ": _PEOPLE}
    customers = StoreInventory(
        name="rehearsal.customers",
        kind="made up",
        rows=_PEOPLE,
        in_period=_PEOPLE,
        fields=(
            FieldInventory("email", ("user.contact.email",)),
            FieldInventory(
                "password",
                ("user.authorization.password",),
                trigger="credentials of an account",
                form="a password, as the application hashes it: judge how",
            ),
        ),
        people=PeopleCount("exact", _PEOPLE, _PEOPLE),
        places=by_place,
    )
    visits = StoreInventory(
        name="rehearsal.events",
        kind="made up",
        rows=_EVENTS,
        in_period=_EVENTS,
        oldest=start.timestamp(),
        newest=end.timestamp(),
        fields=(
            FieldInventory("visitor", ("user.unique_id.pseudonymous",), form="keyed pseudonym"),
        ),
        people=PeopleCount(
            "not_knowable",
            why="daily ids count visitor-days, and browsers, not people",
            visitor_days=_EVENTS // 7,
        ),
        places=by_place,
    )
    days = tuple(f"{now - timedelta(days=back):%Y-%m-%d}" for back in (2, 1))
    inventory = Inventory(
        taken_at=now.timestamp(),
        start=start.timestamp(),
        end=end.timestamp(),
        stores=(customers, visits),
        people=PeopleCount("at_least", _PEOPLE, None, "a person may be in several stores"),
        places=by_place,
        unknown_place=not places,
        salts=tuple(SaltDay(day, "destroyed") for day in days),
    )
    new = NewIncident(Instants(aware=now, happened=start), touched=("read",), says=_SAYS)
    return new, inventory
