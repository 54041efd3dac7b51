"""The tables of our own stores, by their schemas, and what some of them hold by design. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from privacykit.operate.migrate import BESIDE, RECORDS
from privacykit.stores.events.event_tables import EVENTS_SCHEMA, WHOLE
from privacykit.stores.salts.sql import SCHEMA as SALTS_SCHEMA

OUR_NAMES = frozenset({
    WHOLE,
    *(
        name
        for schema in (*RECORDS, *BESIDE, EVENTS_SCHEMA, SALTS_SCHEMA)
        for name in schema.metadata.tables
    ),
})  # fmt: skip
"""Every table that a store of ours makes."""

_REQUEST = "what a person asked, and who they are, for as long as the request is open"
_PLAN = "whose rows a plan is about, until it is done"

BY_DESIGN: Mapping[str, str] = {
    "subject_requests": _REQUEST,
    "request_identities": _REQUEST,
    "request_subjects": _REQUEST,
    "request_receipts": "signed receipts: counts, codes and the public key",
    "notices": "whom a recipient is told of, until it is done",
    "plans": _PLAN,
    "plan_chunks": _PLAN,
    "request_channels": _REQUEST,
    "incidents": "what operators wrote down of an incident, and whom to reach",
    "holds": "the reasons and rows that somebody wrote down",
}
"""Tables that hold a person's own data because they asked: not looked into, and said so."""
