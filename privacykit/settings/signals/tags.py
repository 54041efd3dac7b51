"""The table ``[tags]``: what tags of others are told, and which strings are written. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from privacykit.settings.signals.tables import STRICT


class GoogleTagsTable(BaseModel):
    """
    Google consent mode, version 2: the purposes that must all be allowed for each storage.

    Attributes:
        wait_for_update: Milliseconds that Google's tags wait for the decision.
    """

    model_config = STRICT

    ad_storage: list[str] = []
    ad_user_data: list[str] = []
    ad_personalization: list[str] = []
    analytics_storage: list[str] = []
    functionality_storage: list[str] | None = None
    personalization_storage: list[str] | None = None
    security_storage: list[str] | None = None
    wait_for_update: Annotated[int, Field(ge=0, le=10_000)] = 500


class MicrosoftTagsTable(BaseModel):
    """Microsoft's consent mode (UET): the purposes that must all be allowed."""

    model_config = STRICT

    ad_storage: list[str] = []


class MatomoTagsTable(BaseModel):
    """
    Matomo's own script: what it waits for.

    Attributes:
        tracking: The purposes that must be allowed before it sends anything; unsaid, it is not
            asked to wait.
        cookies: The same before it sets cookies.
    """

    model_config = STRICT

    tracking: list[str] | None = None
    cookies: list[str] | None = None


class TagsTable(BaseModel):
    """
    What tags of others are told.

    Attributes:
        google: Google consent mode.
        microsoft: Microsoft's.
        matomo: Matomo's.
        gpp: Write GPP strings with the section of the visitor's state, or the national one.
        us_privacy: Offer ``__uspapi``.
        notices: Whether the site gives the notices that US sections ask about.
        cmp_id: The site's id as a consent manager registered with IAB.
        tcf: Refused: a TC string is a registered consent manager's.
    """

    model_config = STRICT

    google: GoogleTagsTable | None = None
    microsoft: MicrosoftTagsTable | None = None
    matomo: MatomoTagsTable = MatomoTagsTable()
    gpp: Literal["state", "national"] | None = None
    us_privacy: bool = False
    notices: bool = False
    cmp_id: Annotated[int, Field(ge=2, le=4095)] | None = None
    tcf: bool = False

    def storages(self) -> dict[str, dict[str, list[str]]]:
        """Return the purposes of each storage that is mapped, by who is told."""
        tables = {"google": self.google, "microsoft": self.microsoft, "matomo": self.matomo}
        told = {who: table.model_dump() for who, table in tables.items() if table is not None}
        return {
            who: {key: names for key, names in table.items() if isinstance(names, list)}
            for who, table in told.items()
        }
