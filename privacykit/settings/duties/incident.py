"""The table ``[incident]``: who is called when something happened, and what the laws ask of us."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class _IncidentBase(BaseModel):
    """A table of the file; keys it does not know are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class IncidentContactTable(_IncidentBase):
    """
    Somebody who is called.

    Attributes:
        role: What for: who leads, who writes, who decides.
        name: Who.
        reach: How: telephone, e-mail.
    """

    role: str
    name: str
    reach: str


class IncidentTable(_IncidentBase):
    """
    Incidents.

    Attributes:
        contacts: Who is called, in order.
        establishments: Where the operator is established, for breach laws; the controller's and the
            sites' if unsaid.
        small_agent: Whether it is a small agent of Brazilian law (Res. CD/ANPD 2/2022), which has
            double the time.
        business_number: Its number in a commercial register, which some forms ask for.
        small: Groups of fewer people are not told outside.
    """

    contacts: list[IncidentContactTable] = []
    establishments: list[str] = []
    small_agent: bool = False
    business_number: str = ""
    small: Annotated[int, Field(ge=1, le=1000)] = 10
