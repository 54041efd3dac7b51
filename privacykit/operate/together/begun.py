"""A request whose carrying out has begun. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from privacykit.govern.planned import Plan
from privacykit.govern.records import Identity, SubjectRequest
from privacykit.operate.own.events import OwnEvents


@dataclass(frozen=True, slots=True)
class Begun:
    """A request of which nothing is collected any more and whose plan may be executed."""

    request: SubjectRequest
    plan: Plan
    person: tuple[Identity, ...]
    events: OwnEvents
    suppressed: bool
