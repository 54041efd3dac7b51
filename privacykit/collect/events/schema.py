"""
The JSON Schema of events, made from :mod:`privacykit.collect.events.format`. Pure.

``docs/reference/event.schema.json`` is what :func:`schema_text` returns; a test compares the two.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from privacykit.collect.events.format import DATASCHEMA, Event

_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


def event_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema 2020-12); what docstrings say of members describes them."""
    made = msgspec.json.schema(Event)
    for described in made["$defs"].values():
        text, _, attributes = described.pop("description").partition("\n\nAttributes:\n")
        described["description"] = _plain(text)
        for name, words in _ATTRIBUTE.findall(attributes):
            described["properties"][name].setdefault("description", _plain(words))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": DATASCHEMA,
        "title": "A privacykit event",
        **made,
    }


def schema_text() -> str:
    """Return the schema as its file in the documentation holds it."""
    return msgspec.json.format(msgspec.json.encode(event_schema()), indent=2).decode() + "\n"


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("``", "")
