"""
The incident record: instants, the frozen inventory, decisions. Pure.

It holds counts, names of fields and what operators wrote, and no value of a person's: it is kept
as long as the longest register duty (GDPR Art. 33(5)) asks, which is longer than the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from privacykit.errors import InputError

NOT_TOLD = "not told"
"""Stands for a number that would tell that of a small group."""

Touched = Literal["read", "changed", "lost"]
"""Confidentiality, integrity, availability (EDPB 9/2022, 17)."""


class Instants(msgspec.Struct, frozen=True):
    """
    When what happened, each with a time zone; clocks of laws start at different ones.

    Attributes:
        aware: Somebody of the operator is reasonably certain that there was a breach.
        happened: Protection failed.
        determined: It was determined or confirmed that there was a breach that counts.
        assessed: It was assessed that it has to be notified.
        authority_told: The first authority was told.
        people_told: The people affected were told.
    """

    aware: datetime
    happened: datetime | None = None
    determined: datetime | None = None
    assessed: datetime | None = None
    authority_told: datetime | None = None
    people_told: datetime | None = None


class FieldInventory(msgspec.Struct, frozen=True):
    """
    One field that was touched.

    Attributes:
        field: Its name.
        categories: Keys of fideslang.
        special: Which special category it is of (GDPR Art. 9, 10), if any.
        trigger: Which kind of data of the states' breach laws it is of, if any.
        form: In what form it is stored.
    """

    field: str
    categories: tuple[str, ...]
    special: str = ""
    trigger: str = ""
    form: str = "plain"


class PeopleCount(msgspec.Struct, frozen=True):
    """
    How many people, and how well that is known.

    Attributes:
        known: ``exact``, ``at_least`` or ``not_knowable``.
        number: How many, exactly or at least; 0 where it cannot be known.
        at_most: How many at most, where that is known.
        why: Why it is not exact.
        visitor_days: Daily ids met: they count visitor-days, not people.
    """

    known: Literal["exact", "at_least", "not_knowable"]
    number: int = 0
    at_most: int | None = None
    why: str = ""
    visitor_days: int = 0


class StoreInventory(msgspec.Struct, frozen=True):
    """
    One store or collection that was touched.

    Attributes:
        name: ``events`` or ``dataset.collection``.
        kind: What serves it.
        rows: Rows in all.
        in_period: Rows in the period; equal to *rows* where no time of rows is known.
        timed: Whether the period could be applied.
        oldest: Unix seconds of the oldest row in the period.
        newest: Of the newest.
        fields: What it holds.
        people: How many people.
        places: Place to people, or to rows where people cannot be counted; ``ZZ`` is unknown.
        recipients: Sinks and recipients that got the same.
    """

    name: str
    kind: str
    rows: int
    in_period: int
    timed: bool = True
    oldest: float | None = None
    newest: float | None = None
    fields: tuple[FieldInventory, ...] = ()
    people: PeopleCount = PeopleCount("not_knowable")
    places: dict[str, int] = {}
    recipients: tuple[str, ...] = ()


class SaltDay(msgspec.Struct, frozen=True):
    """
    Whether the ids of one day can still be linked to anything.

    Attributes:
        day: The day.
        state: ``alive`` while the salt stands, ``destroyed``, or ``unknown`` where no command can
            look.
    """

    day: str
    state: Literal["alive", "destroyed", "unknown"]


class Inventory(msgspec.Struct, frozen=True):
    """
    What was touched, as it was when the incident was opened.

    Attributes:
        taken_at: Unix seconds.
        start: The period's first moment, Unix seconds; ``None`` is from the beginning.
        end: Its last moment.
        stores: What was touched.
        people: How many people in all.
        places: Place to people or rows, as in the stores, the greatest of them.
        unknown_place: Whether there are people or rows of unknown place.
        salts: The state of each day's salt.
        keys: Which durable keys were exposed.
        sinks: Everything that events go to, by name.
    """

    taken_at: float
    start: float | None
    end: float | None
    stores: tuple[StoreInventory, ...]
    people: PeopleCount
    places: dict[str, int]
    unknown_place: bool = False
    salts: tuple[SaltDay, ...] = ()
    keys: tuple[str, ...] = ()
    sinks: tuple[str, ...] = ()

    @property
    def triggers(self) -> tuple[str, ...]:
        """The kinds of data of the states' breach laws that were touched, sorted."""
        found = {field.trigger for store in self.stores for field in store.fields}
        return tuple(sorted(found - {""}))

    @property
    def special(self) -> tuple[str, ...]:
        """The special categories that were touched, sorted."""
        found = {field.special for store in self.stores for field in store.fields}
        return tuple(sorted(found - {""}))


class IncidentDecision(msgspec.Struct, frozen=True):
    """
    A decision to notify or not to, with its reasons (GDPR Art. 33(5); ANPD Res. 15/2024 Art. 10).

    Attributes:
        policy: Id of the policy; ``*`` is every one.
        told: ``authority`` or ``people``.
        notify: Whether they are told.
        because: The reasons, in the operator's words.
        by: Key id of the operator.
        at: Unix seconds.
        told_at: Unix seconds when they were told; ``None`` while it was only decided.
    """

    policy: str
    told: Literal["authority", "people"]
    notify: bool
    because: str
    by: str
    at: float
    told_at: float | None = None


class Incident(msgspec.Struct, frozen=True):
    """
    An incident, as the register holds it.

    Attributes:
        incident_id: Random; begins with ``drill-`` in a rehearsal.
        opened_at: Unix seconds.
        opened_by: Key id of the operator.
        instants: What the clocks start at.
        touched: What became of the data.
        says: What happened, in the operator's words.
        inventory: What was touched.
        places: Places whose laws apply, beside those counted.
        drill: Whether it is a rehearsal on made-up data.
        decisions: In order.
        closed_at: Unix seconds of the end.
        remedy: What was done about it, in the operator's words.
    """

    incident_id: str
    opened_at: float
    opened_by: str
    instants: Instants
    touched: tuple[Touched, ...]
    says: str
    inventory: Inventory
    places: tuple[str, ...] = ()
    drill: bool = False
    decisions: tuple[IncidentDecision, ...] = ()
    closed_at: float | None = None
    remedy: str = ""

    @property
    def all_places(self) -> tuple[str, ...]:
        """Every place whose laws apply, sorted; the unknown one left out."""
        return tuple(sorted({*self.places, *self.inventory.places} - {"ZZ"}))


def check_order(instants: Instants) -> None:
    """
    Check that instants have a zone and an order that things can happen in.

    Raises:
        InputError: They have not.
    """
    known = (instants.happened, instants.aware, instants.determined, instants.assessed)
    order = [moment for moment in known if moment is not None]
    if any(moment.tzinfo is None for moment in order):
        raise InputError("a moment needs a time zone")
    if order != sorted(order):
        raise InputError(
            "an incident happens, is noticed, is determined and is assessed in this order (PK354)"
        )


def check_past(now: datetime, *moments: datetime | None) -> None:
    """
    Check that what is said to have been was: a clock from a day to come gives days nobody has.

    Args:
        now: With its time zone.
        moments: With theirs; ``None`` is not known yet.

    Raises:
        InputError: One lies in the future.
    """
    if any(moment is not None and moment > now for moment in moments):
        raise InputError("a moment lies in the future: its clock would end too late (PK354)")


def shown_places(places: Mapping[str, int], small: int) -> dict[str, str]:
    """
    Return *places* with their numbers as the outside may see them, the largest first.

    Where the groups that are not told have fewer than *small* together, the next one is not told
    either: else the whole less the others would tell it.
    """
    ordered = sorted(places.items(), key=lambda one: (-one[1], one[0]))
    hidden = {place for place, number in ordered if 0 < number < small}
    if hidden and sum(places[place] for place in hidden) < small:
        hidden |= {next((place for place, number in reversed(ordered) if number >= small), "")}
    return {
        place: NOT_TOLD if place in hidden and number >= small else shown_count(number, small)
        for place, number in ordered
    }


def shown_count(number: int, small: int) -> str:
    """Return *number* as the outside may see it: a group of fewer than *small* is not told."""
    return f"< {small}" if 0 < number < small else str(number)
