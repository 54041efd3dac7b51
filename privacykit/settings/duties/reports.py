"""``[reports]``: where reports are sent, and whose figures outlive the events. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, Field

from privacykit.errors import Problem
from privacykit.settings.duties.verify import STRICT
from privacykit.settings.values import Credential, Url

if TYPE_CHECKING:
    from privacykit.settings.model import Settings

KeptBy = Literal["day", "week", "month"]
LONGEST: Final[dict[KeptBy, int]] = {"day": 1, "week": 7, "month": 31}
"""The most days a calendar period has."""


class ReportsTable(BaseModel):
    """
    Reports that are sent, and reports that are kept.

    Attributes:
        hook: A URL that takes them, signed as webhooks are; ``https``, or this machine.
        key: What they are signed with, shared with it: ``whsec_`` and base64.
        keep: Reports whose figures outlive the events of our own store, each typed as after
            ``privacykit report``.
        keep_by: The calendar periods that they are kept by.
        epsilon_budget: How much of ε reports with noise may spend on a day; none if unsaid.
    """

    model_config = STRICT

    hook: Url | None = None
    key: Credential | None = None
    keep: Annotated[list[str], Field(max_length=20)] = []
    keep_by: KeptBy = "month"
    epsilon_budget: Annotated[float, Field(gt=0, le=100)] | None = None


def report_problems(settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong with the figures that are to be kept, as far as the file says it."""
    reports = settings.reports
    if not reports.keep:
        return
    if settings.events.url is None or not settings.collects:
        hint = "keep events with [events] url, or remove this key"
        yield Problem("PK411", "", "reports.keep", "there is no event store of ours", hint)
    longest = LONGEST[reports.keep_by]
    for name, purpose in settings.purposes.items():
        if purpose.retention.shortest_days <= longest:
            message = f"events of {name} end before a {reports.keep_by} is over"
            hint = "keep figures by shorter periods, or these events for longer"
            yield Problem("PK412", "", "reports.keep_by", message, hint)
