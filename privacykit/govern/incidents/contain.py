"""Containment: the commands that apply to an incident, each with its reason. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from privacykit.govern.incidents.model import Incident

REVIEW_DAYS = 90
SALTS = "salts"
EVENTS = "events"


def containment(incident: Incident) -> Iterator[tuple[str, str]]:
    """Yield commands and why they are due, what cannot be undone last."""
    inventory = incident.inventory
    review = incident.instants.aware + timedelta(days=REVIEW_DAYS)
    for store in inventory.stores:
        dataset, dot, collection = store.name.partition(".")
        place = f"{dataset} {collection}" if dot else "privacykit events"
        hold = f"privacykit hold add {place} --basis legal_claim --review {review:%Y-%m-%d}"
        yield hold, "evidence, before the next purge takes it"
    for key in inventory.keys:
        if key != SALTS:
            yield f"privacykit keys rotate {key}", "the key was exposed"
    if inventory.sinks and any(store.name == EVENTS for store in inventory.stores):
        yield "privacykit sinks status", "sinks that got the same events may be part of it"
    if SALTS in inventory.keys:
        yield "privacykit salts rotate --today", "the salts were exposed; ids of today end"
