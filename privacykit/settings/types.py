"""Texts of a certain form in ``privacykit.toml``, and the tables of a sink. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from privacykit.pseudonym.texts.detectors import find
from privacykit.settings.values import Credential, Url
from privacykit.toml_files.words import pattern


def _of_nobody(name: str) -> str:
    # It stands in every event, as the application's own names do.
    if find(name):
        raise ValueError("a name holds no number or token that could be somebody's")
    return name


_NAME = pattern(
    r"^[a-z0-9][a-z0-9_-]{0,62}$", "lower case letters, digits, '-' and '_', 63 at most"
)
_HEADER = pattern(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", "the name of a header, without a colon")
_LISTEN = pattern(r"^.+:\d{1,5}$", "host and port, as in 127.0.0.1:9100")
_PREFIX = pattern(
    r"^/[a-zA-Z0-9/_-]*[a-zA-Z0-9_-]$", "a path such as /privacy, with no slash at its end"
)
_DAY = pattern(r"^\d{4}-\d\d-\d\d$", 'a day in quotes, as in "2026-12-01"')
_ORIGIN = pattern(r"^[a-z0-9][a-z0-9./_-]{0,99}$", "a name such as shop.example/log, in lower case")

Name = Annotated[str, StringConstraints(pattern=_NAME), AfterValidator(_of_nobody)]
"""Names that we write into events, keys and file names."""


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
"""Days of the week, Monday first."""

HeaderName = Annotated[str, StringConstraints(pattern=_HEADER)]
"""Of an HTTP header."""

Listen = Annotated[str, StringConstraints(pattern=_LISTEN)]
"""Where something is served."""

PathPrefix = Annotated[str, StringConstraints(pattern=_PREFIX)]
"""How paths begin."""

DayText = Annotated[str, StringConstraints(pattern=_DAY)]
"""A day, written as text."""

LogName = Annotated[str, StringConstraints(pattern=_ORIGIN)]
"""Of an audit log, as checkpoints name it."""


class DeletionTable(BaseModel):
    """Where and with what credential a sink has people deleted; other keys are the type's."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    url: Url | None = None
    token: Credential | None = None


Role = Literal["processor", "third_party"]
"""On our behalf, or for ends of its own."""


class SinkTable(BaseModel):
    """Where events go. Keys that only one type knows are checked by that sink."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    type: str
    name: Name | None = None
    role: Role = "processor"
    purposes: Annotated[list[str], Field(min_length=1)]
    recipient: str = ""
    sites: Annotated[list[str], Field(min_length=1)] | None = None
    url: Url | None = None
    token: Credential | None = None
    key: Credential | None = None
    deletion: DeletionTable | None = None
