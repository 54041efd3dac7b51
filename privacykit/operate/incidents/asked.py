"""A new incident, as the operator tells of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from privacykit.govern.incidents.model import Instants, Touched
from privacykit.stores.key_file import USES

SALTS = "salts"
KEYS = (SALTS, *USES)
"""What may be exposed besides data."""


@dataclass(frozen=True, slots=True)
class NewIncident:
    """
    What the operator says of an incident.

    Attributes:
        instants: When.
        stores: Names of stores and collections; none is every one.
        start: Unix seconds of the period's first moment; ``None`` is from the beginning.
        end: Of its end.
        touched: What became of the data.
        keys: Which durable keys were exposed.
        places: Places whose laws apply, beside those counted.
        says: What happened, in words.
    """

    instants: Instants
    stores: tuple[str, ...] = ()
    start: float | None = None
    end: float | None = None
    touched: tuple[Touched, ...] = ()
    keys: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    says: str = ""
