"""Destroyed keys of sealed fields: how many, and where one stands still. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SERVER = (
    "the database server's log and replicas keep the wrapped key until they are recycled;"
    " `privacykit seal rotate`, then removing the old wrapping key, ends that"
)


@dataclass(frozen=True, slots=True)
class DestroyedKeys:
    """
    What was destroyed.

    Attributes:
        keys: How many keys.
        remains: Where a key still stands and until when, in plain words; empty for nowhere.
    """

    keys: int
    remains: str = ""
