"""The data map of privacykit's own stores, out of the box: what exports say of events. Pure."""

from __future__ import annotations

from typing import Any

from privacykit.govern.datamap import DataMap
from privacykit.govern.datamap.duration import Duration
from privacykit.govern.datamap.parse import build_datamap
from privacykit.settings.duties.receivers import sink_receivers
from privacykit.settings.model import Settings
from privacykit.settings.named_stores import EVENT_STORE, named_sinks
from privacykit.stores.events.event_tables import EVENTS
from privacykit.stores.events.held_events import OWN_DATASET

OUTBOX = "outbox"
"""Name of the outbox: a collection of our own dataset."""

CONSENTS = "consents"
"""Name of the consent records: likewise."""

ACCOUNTS = "account_choices"
"""Name of the choices of accounts: likewise."""

_SEEN = {"origin": "observed"}
_EVENT: dict[str, dict[str, str]] = {
    "id": {"category": "system.operations", "description": "The event's own number."},
    "time": {"category": "user.behavior", **_SEEN, "description": "When it happened."},
    "site": {"category": "user.behavior", **_SEEN, "description": "On which site."},
    "name": {"category": "user.behavior", **_SEEN, "description": "What happened."},
    "purpose": {"category": "system.operations", "description": "What it is kept for."},
    "page": {"category": "user.behavior.browsing_history", **_SEEN},
    "visitor": {"category": "user.unique_id.pseudonymous", "origin": "derived"},
    "ip": {"category": "user.device.ip_address", **_SEEN, "description": "Weakened."},
    "ip_bits": {"category": "system.operations", "description": "How much of it was kept."},
    "ip_method": {"category": "system.operations", "description": "How it was weakened."},
    "stability": {"category": "system.operations", "description": "How long it stays the same."},
    "place": {"category": "user.location.imprecise", "origin": "derived"},
    "device": {"category": "user.device", **_SEEN},
    "language": {"category": "user.demographic.language", **_SEEN},
    "referrer": {"category": "user.behavior.browsing_history", **_SEEN},
    "campaign": {"category": "user.behavior", **_SEEN},
    "query": {"category": "user.behavior", **_SEEN},
    "props": {"category": "user.content", "description": "What the application said of it."},
    "consent": {"category": "user.privacy_preferences", "description": "Why it may exist."},
    "expires_at": {"category": "system.operations", "description": "When it goes."},
}
_CONSENT: dict[str, dict[str, str]] = {
    "record": {"category": "user.device.cookie_id"},
    "site": {"category": "system.operations"},
    "purposes": {"category": "user.privacy_preferences"},
    "text_version": {"category": "system.operations"},
    "policies": {"category": "system.operations"},
    "given_at": {"category": "user.privacy_preferences", **_SEEN},
    "withdrawn_at": {"category": "user.privacy_preferences", **_SEEN},
    "gpc_seen": {"category": "user.privacy_preferences", **_SEEN},
    "refused": {"category": "user.privacy_preferences"},
    "barred": {"category": "user.privacy_preferences", "description": "Allowed, not in force."},
    "text_hash": {"category": "system.operations", "description": "Of the text shown."},
    "language": {"category": "user.demographic.language", **_SEEN},
    "interface": {"category": "system.operations", "description": "Where the choice was made."},
    "place": {"category": "user.location.imprecise", "origin": "derived"},
    "method": {"category": "user.privacy_preferences", **_SEEN},
    "withdrawn_interface": {"category": "system.operations"},
    "notice": {"category": "system.operations", "description": "The privacy notice in force."},
}
_ACCOUNT: dict[str, dict[str, str]] = {
    "site": {"category": "system.operations"},
    "refused": {"category": "user.privacy_preferences", **_SEEN},
    "allowed": {"category": "user.privacy_preferences", **_SEEN},
    "record": {"category": "user.device.cookie_id", "description": "The consent it rests on."},
    "at": {"category": "user.privacy_preferences", "description": "Last changed or confirmed."},
}

CANNOT_BE_TIED = (
    "Visits of somebody who was not known cannot be tied to anybody once their day is over; they"
    " are not here, and nothing more is kept to find them (GDPR Art. 11)."
)


def own_map(settings: Settings) -> DataMap:
    """Return what the configuration says of our own stores, as a data map."""
    return build_datamap(_document(settings), "privacykit.toml")


def with_own(datamap: DataMap, settings: Settings) -> DataMap:
    """Return *datamap* with our own stores; one that maps them itself is left as it is."""
    if OWN_DATASET in datamap.datasets:
        return datamap
    own = own_map(settings)
    return datamap.model_copy(
        update={
            name: {**getattr(datamap, name), **getattr(own, name)}
            for name in ("systems", "datasets", "collections", "recipients")
        }
    )


def _document(settings: Settings) -> dict[str, Any]:
    public = {one.id: one.name for one, _ in sink_receivers(settings)}
    sinks = {
        f"{OWN_DATASET}-{id_}": {"name": public.get(id_) or id_, "role": table.role}
        for _, id_, table in named_sinks(settings)
    }
    purposes = list(settings.purposes)
    kept = [
        {"duration": _span(table.retention), "from": "time", "purpose": name}
        for name, table in settings.purposes.items()
    ]
    events = {"purposes": purposes, "fields": _EVENT, "recipients": list(sinks), "retention": kept}
    return {
        "systems": {OWN_DATASET: {"description": "Visits and what is measured of them."}},
        "datasets": {OWN_DATASET: {"system": OWN_DATASET, "connector": EVENT_STORE}},
        "recipients": sinks,
        "collections": {
            OWN_DATASET: {
                EVENTS: {"description": "Events while we knew you", **events},
                OUTBOX: {"description": "The same, on their way to a recipient", **events}
                | {"fields": {**_EVENT, "sink": {"category": "system.operations"}}},
                CONSENTS: {"description": "What you agreed to", "fields": _CONSENT},
                ACCOUNTS: {"description": "What you chose while signed in", "fields": _ACCOUNT},
            }
        },
    }


def _span(retention: Any) -> str:  # noqa: ANN401 - the configuration's own class of durations
    """Return a duration of the configuration as the data map spells it."""
    return str(Duration(retention.months, retention.days))
