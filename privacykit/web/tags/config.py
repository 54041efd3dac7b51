"""The configuration of tags: which purposes stand behind what others call storage. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

GppScope = Literal["state", "national"]
Storages = Mapping[str, tuple[str, ...]]
"""What others call a storage, and the purposes that must all be allowed for it; none: never."""


@dataclass(frozen=True, slots=True)
class Tags:
    """
    What the script about tags tells whom.

    Attributes:
        google: Google consent mode, ``None`` where it is not told.
        wait_ms: How long Google's tags wait for the decision, milliseconds.
        microsoft: Microsoft's consent mode (UET).
        matomo: Matomo's ``tracking`` and ``cookies``.
        gpp: Whether the section of the visitor's state or the national one is written.
        us_privacy: Whether ``__uspapi`` is offered.
        notices: Whether the site gives the notices that the sections ask about.
        cmp_id: The site's id as a consent manager with IAB; 0 without one.
    """

    google: Storages | None = None
    wait_ms: int = 500
    microsoft: Storages | None = None
    matomo: Storages = field(default_factory=dict)
    gpp: GppScope | None = None
    us_privacy: bool = False
    notices: bool = False
    cmp_id: int = 0

    @property
    def strings(self) -> bool:
        """Whether any string is written."""
        return self.gpp is not None or self.us_privacy


NO_TAGS = Tags()
