"""The facts of the response plan: laws of where visitors are, stores, keys, sinks. Reads stores."""

from __future__ import annotations

from collections.abc import Iterator

from privacykit.documents.incident.facts import PlanFacts, StoreLine
from privacykit.errors import PrivacyKitError
from privacykit.govern.datamap import Collection
from privacykit.operate.context import OperatorContext
from privacykit.operate.incidents import own_events
from privacykit.operate.incidents.law import incident_policies, law_clocks, organisation_of
from privacykit.policy.place import UNKNOWN
from privacykit.stores.key_file import USES


def plan_facts(context: OperatorContext, *, public: bool) -> PlanFacts:
    """
    Return what the response plan is made of.

    Args:
        context: The stores.
        public: Whether stores, keys and sinks are left out.

    Raises:
        StoreError: The event store does not answer.
    """
    now = context.clock()
    places = _visited(context)
    policies = incident_policies(context, places, now)
    us = organisation_of(context)
    seen = tuple(place for place in places if place != UNKNOWN)
    return PlanFacts(
        organisation=us,
        laws=law_clocks(context.settings, policies, seen, now),
        stores=() if public else tuple(_stores(context)),
        keys=() if public else tuple(_keys(context)),
        sinks=() if public else tuple(own_events.sink_names(context.settings)),
        unknown_place=UNKNOWN in places,
        version=", ".join(sorted(f"{p.id}@{p.hash[:12]}" for p in policies)),
    )


def _visited(context: OperatorContext) -> tuple[str, ...]:
    """Return the places where visitors were, by our own events."""
    with own_events.events_engine(context) as engine:
        if engine is None:
            return ()
        made, _ = own_events.events_inventory(context.settings, engine, None, None, context.clock())
    return tuple(sorted(made.places))


def _stores(context: OperatorContext) -> Iterator[StoreLine]:
    settings = context.settings
    if settings.events.url:
        ids = f"addresses weakened; visitor ids: {own_events.visitor_form(settings)}"
        yield StoreLine("events", "visits and what is measured of them", ids)
    yield StoreLine("records", "consents, requests, audit log", "keyed hashes, chained log")
    yield StoreLine("salts", "salts of daily ids", "destroyed after their day")
    file = context.paths.file(settings.datamap.file)
    if file.exists():
        for dataset, collections in context.datamap.collections.items():
            for name, mapped in collections.items():
                yield StoreLine(f"{dataset}.{name}", _holds(mapped), "as the application stores it")


def _holds(mapped: Collection) -> str:
    keys = {key for field in mapped.fields.values() if field.personal for key in field.category}
    return ", ".join(sorted(keys)) or "nothing that speaks of a person"


def _keys(context: OperatorContext) -> Iterator[str]:
    try:
        ring = context.keys
    except PrivacyKitError:
        return
    for use in USES:
        yield f"{use} ({', '.join(key.id for key in ring.all(use))})"
